package org.softmin.tensor.io;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The content of a gzip file, decompressed from front to back and again after a step back. */
final class GzipSource implements Source {
    private static final int BUFFER = 1 << 14;

    private final Path file;
    private final long length;
    private @Nullable DataFile in;
    private long position;

    /** Content of {@code file} that should be {@code length} bytes long. */
    GzipSource(Path file, long length) {
        this.file = file;
        this.length = length;
    }

    @Override
    public Path file() {
        return file;
    }

    @Override
    public boolean sequential() {
        return true;
    }

    @Override
    public void read(long from, byte[] into, int count) throws DataException {
        DataFile running = in;
        if (running == null || from < position) {
            close();
            running = DataFile.open(file);
            in = running;
            position = 0;
        }
        String expected = length + " bytes in all";
        byte[] skipped = new byte[(int) Math.min(BUFFER, from - position)];
        while (position < from) {
            int some = (int) Math.min(skipped.length, from - position);
            running.read(skipped, some, expected);
            position += some;
        }
        running.read(into, count, expected);
        position += count;
        if (position == length) {
            running.requireEnd(expected);
        }
    }

    @Override
    public void close() throws DataException {
        if (in != null) {
            in.close();
            in = null;
        }
    }
}
