package org.softmin.tensor.io;

import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** The content of a compressed member of an archive, decompressed from front to back and again after a step back. */
final class InflatedSource implements Source {
    private static final int BUFFER = 1 << 14;
    private static final byte[] NOTHING = {};

    private final FileSource archive;
    private final ZipDirectory.Member member;
    private final CRC32 crc = new CRC32();
    private byte[] skipped = NOTHING;
    private byte[] packed = NOTHING;
    private @Nullable Inflater inflater;
    private long taken;
    private long position;

    InflatedSource(FileSource archive, ZipDirectory.Member member) {
        this.archive = archive;
        this.member = member;
    }

    @Override
    public Path file() {
        return archive.file();
    }

    @Override
    public boolean sequential() {
        return true;
    }

    @Override
    public void read(long from, byte[] into, int count) throws DataException {
        Inflater running = inflater;
        if (running == null || from < position) {
            close();
            running = new Inflater(true);
            inflater = running;
            skipped = new byte[BUFFER];
            packed = new byte[BUFFER];
            crc.reset();
            taken = 0;
            position = 0;
        }
        while (position < from) {
            inflate(running, skipped, (int) Math.min(BUFFER, from - position));
        }
        inflate(running, into, count);
    }

    private void inflate(Inflater running, byte[] into, int count) throws DataException {
        try {
            for (int done = 0; done < count; ) {
                int got = running.inflate(into, done, count - done);
                if (got == 0) {
                    refill(running);
                }
                done += got;
            }
        } catch (DataFormatException e) {
            throw damaged(e.getMessage() == null ? "not deflate data" : e.getMessage());
        }
        crc.update(into, 0, count);
        position += count;
        if (position == member.size()) {
            checkEnd(running);
        }
    }

    private void refill(Inflater running) throws DataException {
        if (running.finished() || running.needsDictionary() || taken == member.packed()) {
            throw damaged("it ends after " + position + " of " + member.size() + " bytes");
        }
        int count = (int) Math.min(BUFFER, member.packed() - taken);
        archive.read(member.start() + taken, packed, count);
        taken += count;
        running.setInput(packed, 0, count);
    }

    private void checkEnd(Inflater running) throws DataException {
        try {
            // The mark of the end may still be to come; a further byte may not.
            while (!running.finished()) {
                if (running.inflate(skipped, 0, 1) != 0) {
                    throw damaged("it goes on after the " + member.size() + " bytes declared");
                }
                if (!running.finished()) {
                    refill(running);
                }
            }
        } catch (DataFormatException e) {
            throw damaged(e.getMessage() == null ? "not deflate data" : e.getMessage());
        }
        if ((int) crc.getValue() != member.crc()) {
            throw damaged("its check sum (CRC-32) is stored as " + Integer.toHexString(member.crc()) + ", computed as "
                    + Integer.toHexString((int) crc.getValue()));
        }
    }

    private DataException damaged(String problem) {
        return archive.fail("member " + member.name() + " is damaged: " + problem + "; get the file again");
    }

    @Override
    public void close() {
        if (inflater != null) {
            inflater.end();
            inflater = null;
        }
        // An archive may have thousands of members.
        skipped = NOTHING;
        packed = NOTHING;
    }
}
