package org.softmin.studies.data;

import java.nio.file.Path;
import org.softmin.tensor.io.DataException;

/**
 * Decoder of PGM images: P5 (a byte for each pixel, or two, the higher first, where the greatest value is above 255) and P2
 * (decimal numbers).
 *
 * <p>A value v becomes v / greatest value. One image in a file and nothing after it but, in P2, white space. Format: the
 * Netpbm project, "pgm". Used once.
 */
final class PgmDecoder {
    private static final int MOST_DIGITS = 9;

    private final Path file;
    private final byte[] content;
    private int position = 2;

    PgmDecoder(Path file, byte[] content) {
        this.file = file;
        this.content = content;
    }

    static boolean isOne(byte[] content) {
        return content.length > 2
                && content[0] == 'P'
                && (content[1] == '2' || content[1] == '5')
                && (isSpace(content[2]) || content[2] == '#');
    }

    Picture decode() throws DataException {
        boolean plain = content[1] == '2';
        int columns = number("width", 1, Integer.MAX_VALUE);
        int rows = number("height", 1, Integer.MAX_VALUE);
        int greatest = number("greatest value", 1, 65_535);
        int bytes = greatest > 255 ? 2 : 1;
        long count = (long) rows * columns;
        // Before storage is taken: each number of P2 needs a space before it.
        long needed = plain ? 2 * count : 1 + bytes * count;
        int left = content.length - position;
        if (plain ? left < needed : left != needed) {
            throw fail((plain ? "at least " : "") + needed + " bytes for " + columns + " x " + rows + " pixels up to "
                    + greatest + ", found " + left);
        }
        float[] pixels = new float[(int) count];
        if (plain) {
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = number("pixel", 0, greatest) / (float) greatest;
            }
            skipSpace();
            if (position < content.length) {
                throw fail("the end after " + columns + " x " + rows + " pixels");
            }
        } else {
            if (!isSpace(content[position])) {
                throw fail("one white space after the greatest value");
            }
            position++;
            for (int i = 0; i < pixels.length; i++, position += bytes) {
                int value = content[position] & 0xFF;
                if (bytes == 2) {
                    value = value << 8 | content[position + 1] & 0xFF;
                }
                if (value > greatest) {
                    throw fail("a pixel from 0 to " + greatest + ", found " + value);
                }
                pixels[i] = value / (float) greatest;
            }
        }
        return new Picture(1, rows, columns, pixels);
    }

    /** The next decimal number, which begins after white space or a comment. */
    private int number(String what, int least, int greatest) throws DataException {
        int before = position;
        skipSpace();
        int start = position;
        long value = 0;
        while (position < content.length && content[position] >= '0' && content[position] <= '9') {
            value = 10 * value + content[position++] - '0';
            if (position - start > MOST_DIGITS) {
                position = start;
                throw fail("a " + what + " of at most " + MOST_DIGITS + " digits");
            }
        }
        if (position == start || before == start) {
            throw fail("white space and a " + what);
        }
        if (value < least || value > greatest) {
            position = start;
            throw fail("a " + what + " from " + least + " to " + greatest + ", found " + value);
        }
        return (int) value;
    }

    /** Comments begin with # and go to the end of the line. */
    private void skipSpace() {
        boolean comment = false;
        while (position < content.length && (comment || isSpace(content[position]) || content[position] == '#')) {
            comment = content[position] == '#' || comment && content[position] != '\n' && content[position] != '\r';
            position++;
        }
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b >= '\t' && b <= '\r';
    }

    private DataException fail(String expected) {
        return new DataException(file, position, "expected " + expected);
    }
}
