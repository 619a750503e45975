package org.softmin.tensor.io;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;

/**
 * A data file is missing, unreadable or not what it should be.
 *
 * <p>The message is one line that names the file, the offset where there is one, what was expected and what was found,
 * for instance {@code train-images-idx3-ubyte.gz: offset 4: dimension 0 is 4294967295; expected at most 2147483647}. An
 * offset counts bytes of the content, after decompression.
 */
public final class DataException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** Exception that says what is wrong with {@code file} as a whole. */
    public DataException(Path file, String problem) {
        super(oneLine(file + ": " + problem));
    }

    /** Exception that says what is wrong with {@code file} as a whole, after another failure. */
    public DataException(Path file, String problem, Throwable cause) {
        super(oneLine(file + ": " + problem), cause);
    }

    /** Exception that says what is wrong with {@code file} at byte {@code offset} of its content. */
    public DataException(Path file, long offset, String problem) {
        this(file, "offset " + offset + ": " + problem);
    }

    /** File names and messages of the operating system may hold line ends; a log line must not. */
    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
