package org.softmin.tensor.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** The bytes of a file as they are, read from any place. */
final class FileSource implements Source {
    private final Path file;
    private final FileChannel channel;
    private final long length;

    private FileSource(Path file, FileChannel channel, long length) {
        this.file = file;
        this.channel = channel;
        this.length = length;
    }

    /** Opens {@code file} for reading; fails if it is missing, unreadable or not a regular file. */
    static FileSource open(Path file) throws DataException {
        long length = DataFile.length(file);
        try {
            return new FileSource(file, FileChannel.open(file), length);
        } catch (IOException e) {
            throw DataFile.dataException(file, e);
        }
    }

    /** Size of the file when it was opened. */
    long length() {
        return length;
    }

    /** The first bytes of the file, at most {@code count}. */
    byte[] head(int count) throws DataException {
        byte[] head = new byte[(int) Math.min(count, length)];
        read(0, head, head.length);
        return head;
    }

    @Override
    public Path file() {
        return file;
    }

    @Override
    public boolean sequential() {
        return false;
    }

    @Override
    public void read(long position, byte[] into, int count) throws DataException {
        ByteBuffer buffer = ByteBuffer.wrap(into, 0, count);
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, position + buffer.position()) < 0) {
                    throw fail(
                            position + buffer.position(),
                            "the file ends here; expected " + buffer.remaining() + " more bytes");
                }
            }
        } catch (IOException e) {
            throw DataFile.dataException(file, e);
        }
    }

    /** Exception about this file at {@code offset}. */
    DataException fail(long offset, String problem) {
        return new DataException(file, offset, problem);
    }

    /** Exception about this file as a whole. */
    DataException fail(String problem) {
        return new DataException(file, problem);
    }

    @Override
    public void close() throws DataException {
        try {
            channel.close();
        } catch (IOException e) {
            throw DataFile.dataException(file, e);
        }
    }
}
