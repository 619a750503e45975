package org.softmin.tensor.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The content of a gzip file (RFC 1952), checked more strictly than {@link java.util.zip.GZIPInputStream} does.
 *
 * <p>Members that follow each other are one content, as the standard says. Anything after the last member, a wrong
 * check sum or length, and a member that ends early are {@link DataException}s with the offset in the compressed file.
 */
final class Gunzip extends InputStream {
    private static final int HEADER_CHECKSUM = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int RESERVED = 0xE0;

    private final Path file;
    private final InputStream in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private long offsetOfBuffer;
    private long memberLength;
    private boolean ended;

    /** Content of {@code in}, which stands at the first byte of {@code file} and is closed with this stream. */
    Gunzip(Path file, InputStream in) throws IOException {
        this.file = file;
        this.in = in;
        try {
            memberHeader();
        } catch (IOException e) {
            inflater.end();
            throw e;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        while (!ended && length > 0) {
            int count = inflate(into, offset, length);
            if (count > 0) {
                crc.update(into, offset, count);
                memberLength += count;
                return count;
            }
            if (inflater.finished()) {
                position = limit - inflater.getRemaining();
                memberTrailer();
                ended = !fill();
                if (!ended) {
                    memberHeader();
                }
            } else if (inflater.needsDictionary()) {
                throw damaged("a preset dictionary is asked for, which gzip does not have");
            } else {
                // The inflater has taken all that the buffer held.
                position = limit;
                if (!fill()) {
                    throw endsEarly();
                }
                inflater.setInput(buffer, position, limit - position);
            }
        }
        return ended ? -1 : 0;
    }

    private int inflate(byte[] into, int offset, int length) throws IOException {
        try {
            return inflater.inflate(into, offset, length);
        } catch (DataFormatException e) {
            position = limit - inflater.getRemaining();
            throw damaged(e.getMessage() == null ? "not deflate data" : e.getMessage());
        }
    }

    private void memberHeader() throws IOException {
        crc.reset();
        long start = offsetOfBuffer + position;
        int first = headerByte();
        int second = headerByte();
        if (first != 0x1F || second != 0x8B) {
            throw fail(
                    start,
                    String.format(
                            Locale.ROOT,
                            "expected the end of the file or another gzip member (bytes 1f 8b), found %02x %02x",
                            first,
                            second));
        }
        int method = headerByte();
        if (method != 8) {
            throw fail(start + 2, "expected compression method 8 (deflate), found " + method);
        }
        int flags = headerByte();
        if ((flags & RESERVED) != 0) {
            throw fail(start + 3, "reserved gzip flags are set: " + flags);
        }
        skip(6); // modification time, extra flags, operating system
        if ((flags & EXTRA) != 0) {
            skip(headerByte() | headerByte() << 8);
        }
        if ((flags & NAME) != 0) {
            skipText();
        }
        if ((flags & COMMENT) != 0) {
            skipText();
        }
        if ((flags & HEADER_CHECKSUM) != 0) {
            int computed = (int) crc.getValue() & 0xFFFF;
            check("header check sum", nextByte() | nextByte() << 8, computed);
        }
        crc.reset();
        memberLength = 0;
        inflater.reset();
        inflater.setInput(buffer, position, limit - position);
    }

    private void memberTrailer() throws IOException {
        check("check sum (CRC-32)", littleEndian(), crc.getValue());
        check("length (mod 2^32)", littleEndian(), memberLength & 0xFFFFFFFFL);
    }

    private void check(String what, long stored, long computed) throws DataException {
        if (stored != computed) {
            throw damaged(String.format(Locale.ROOT, "%s is stored as %x but is %x", what, stored, computed));
        }
    }

    private long littleEndian() throws IOException {
        return nextByte() | nextByte() << 8 | nextByte() << 16 | (long) nextByte() << 24;
    }

    private void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            headerByte();
        }
    }

    private void skipText() throws IOException {
        while (headerByte() != 0) {
            // Text ends at a zero byte.
        }
    }

    private int headerByte() throws IOException {
        int value = nextByte();
        crc.update(value);
        return value;
    }

    private int nextByte() throws IOException {
        if (!fill()) {
            throw endsEarly();
        }
        return buffer[position++] & 0xFF;
    }

    /** Whether there is a next compressed byte; it is then at {@code position}. */
    private boolean fill() throws IOException {
        if (position == limit) {
            offsetOfBuffer += limit;
            position = 0;
            limit = Math.max(0, in.read(buffer));
        }
        return position < limit;
    }

    private DataException endsEarly() {
        return fail(offsetOfBuffer + position, "the file ends in the middle of the gzip data; get it again");
    }

    private DataException damaged(String problem) {
        return fail(offsetOfBuffer + position, "gzip data is damaged: " + problem + "; get the file again");
    }

    private DataException fail(long offset, String problem) {
        return new DataException(file, "compressed offset " + offset + ": " + problem);
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        in.close();
    }
}
