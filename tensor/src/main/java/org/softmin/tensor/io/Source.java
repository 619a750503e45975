package org.softmin.tensor.io;

import java.io.Closeable;
import java.nio.file.Path;

/** The bytes that an array lies in: those of a file, or of a compressed part of one. Used by one thread at a time. */
interface Source extends Closeable {
    /** The file, for messages. */
    Path file();

    /**
     * Whether reading is only fast from front to back, because the bytes are decompressed on the way; their number is
     * then a claim until they have been read.
     */
    boolean sequential();

    /** Reads {@code count} bytes from {@code position} on to the front of {@code into}; fails if there are fewer. */
    void read(long position, byte[] into, int count) throws DataException;

    @Override
    void close() throws DataException;
}
