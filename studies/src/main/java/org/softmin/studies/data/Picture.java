package org.softmin.studies.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.DataFile;

/**
 * One image of a PGM or PNG file.
 *
 * @param channels 1 for grey, 3 for red, green and blue
 * @param rows pixels from top to bottom
 * @param columns pixels from left to right
 * @param pixels channel by channel, then row by row, from 0 (black) to 1 (white)
 */
@SuppressWarnings("ArrayRecordComponent") // read once and copied; never compared
public record Picture(int channels, int rows, int columns, float[] pixels) {
    /** No image that a study can use comes near it. */
    private static final long MOST_BYTES = 1 << 28;

    /**
     * Reads a file, of which the first bytes, not the name, tell the format.
     *
     * @throws DataException if it is missing, unreadable, damaged, or neither PGM nor PNG
     */
    public static Picture read(Path file) throws DataException {
        long length = DataFile.length(file);
        if (length > MOST_BYTES) {
            throw new DataException(
                    file, "expected an image, found " + length + " bytes; expected at most " + MOST_BYTES);
        }
        try (InputStream in = Files.newInputStream(file)) {
            return decode(file, in.readAllBytes());
        } catch (DataException e) {
            throw e;
        } catch (IOException e) {
            throw new DataException(file, "cannot be read: " + e, e);
        }
    }

    /** The image in the content of a file. */
    static Picture decode(Path file, byte[] content) throws DataException {
        if (PngDecoder.isOne(content)) {
            return PngDecoder.decode(file, content);
        } else if (PgmDecoder.isOne(content)) {
            return new PgmDecoder(file, content).decode();
        }
        throw new DataException(
                file,
                0,
                "expected a PGM (P2, P5) or PNG image, found "
                        + DataFile.describe(Arrays.copyOf(content, Math.min(9, content.length))));
    }

    /** What it is, such as {@code grey, 92 x 112}: width, then height. */
    public String kind() {
        return (channels == 1 ? "grey" : "colour") + ", " + columns + " x " + rows;
    }
}
