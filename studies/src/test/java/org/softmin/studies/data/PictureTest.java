package org.softmin.studies.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.tensor.io.DataException;

class PictureTest {
    private static final Path FILE = Path.of("a.image");

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(image, "png", out));
        return out.toByteArray();
    }

    private static Picture decode(byte[] content) throws IOException {
        return Picture.decode(FILE, content);
    }

    private static void assertFails(byte[] content, String problem) {
        DataException e = assertThrows(DataException.class, () -> decode(content));
        assertTrue(e.getMessage().startsWith(FILE + ": " + problem), e.getMessage());
    }

    @Test
    void readsPgmOfEveryKind() throws IOException {
        float[] expected = {0, 0.2f, 0.4f, 0.6f, 0.8f, 1};
        for (String content : new String[] {
            "P2\n# made by hand\n3 2 # width, height\n5\n0 1 2\n3 4 5\n",
            "P2 3 2 5 0 1 2 3 4 5",
            "P5 3 2 5\n\0\1\2\3\4\5",
            "P5#c\r3\t2\n300\n\0\0\0\74\0\170\0\264\0\360\1\54"
        }) {
            Picture picture = decode(bytes(content));
            assertEquals("grey, 3 x 2", picture.kind());
            assertEquals(2, picture.rows());
            assertArrayEquals(expected, picture.pixels());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "P5 2 2 255 abc|offset 10: expected 5 bytes for 2 x 2 pixels up to 255, found 4",
                "P5 2 2 255 abcde|offset 10: expected 5 bytes",
                "P5 2 2 256 abcd|offset 10: expected 9 bytes",
                "P5 999999999 999999999 255 abcd|offset 26: expected 999999998000000002 bytes",
                "P2 999999999 999999999 255 1|offset 26: expected at least 1999999996000000002 bytes",
                "P5 9999999999 1 255 a|offset 3: expected a width of at most 9 digits",
                "P5 0 2 255 a|offset 3: expected a width from 1 to 2147483647, found 0",
                "P5 -1 2 255 a|offset 3: expected white space and a width",
                "P5 1 2 0 a|offset 7: expected a greatest value from 1 to 65535, found 0",
                "P5 1 2 65536 a|offset 7: expected a greatest value from 1 to 65535, found 65536",
                "P5 1 1 9 a|offset 9: expected a pixel from 0 to 9, found 97",
                "P5 1 1 99xa|offset 9: expected one white space after the greatest value",
                "P5 1 1 99xaa|offset 9: expected 2 bytes for 1 x 1",
                "P2 1 1 9 10|offset 9: expected a pixel from 0 to 9, found 10",
                "P2 1 1 9 1 2|offset 11: expected the end after 1 x 1 pixels",
                "P2 2 1 9 111111|offset 9: expected a pixel from 0 to 9, found 111111",
                "P6 1 1 255 abc|offset 0: expected a PGM (P2, P5) or PNG image, found 50 36",
                "<html></html>|offset 0: expected a PGM (P2, P5) or PNG image, found 3c 68",
                "version https://git-lfs|offset 0: expected a PGM (P2, P5) or PNG image, found 76 65",
                "P5|offset 0: expected a PGM",
            })
    void brokenPgmIsNamed(String content, String problem) {
        assertFails(bytes(content), problem);
    }

    @Test
    void emptyFileIsNamed() {
        assertFails(new byte[0], "offset 0: expected a PGM (P2, P5) or PNG image, found nothing");
    }

    @Test
    void readsGreyAsItStandsInTheFile() throws IOException {
        BufferedImage bytes = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
        bytes.getRaster().setSample(0, 0, 0, 51);
        bytes.getRaster().setSample(1, 0, 0, 255);
        Picture picture = decode(png(bytes));
        assertEquals("grey, 2 x 1", picture.kind());
        assertArrayEquals(new float[] {0.2f, 1}, picture.pixels());
        BufferedImage shorts = new BufferedImage(1, 2, BufferedImage.TYPE_USHORT_GRAY);
        shorts.getRaster().setSample(0, 1, 0, 13107);
        assertArrayEquals(new float[] {0, 0.2f}, decode(png(shorts)).pixels());
        BufferedImage bits = new BufferedImage(9, 1, BufferedImage.TYPE_BYTE_BINARY);
        bits.setRGB(8, 0, -1);
        assertArrayEquals(
                new float[] {0, 0, 0, 0, 0, 0, 0, 0, 1}, decode(png(bits)).pixels());
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_BYTE_INDEXED
            })
    void readsColoursChannelByChannel(int type) throws IOException {
        BufferedImage image = new BufferedImage(2, 1, type);
        image.setRGB(0, 0, new Color(255, 0, 51).getRGB());
        image.setRGB(1, 0, new Color(0, 255, 102).getRGB());
        Picture picture = decode(png(image));
        assertEquals("colour, 2 x 1", picture.kind());
        assertArrayEquals(new float[] {1, 0, 0, 1, 0.2f, 0.4f}, picture.pixels());
    }

    @Test
    void transparentPixelsAreRefused() throws IOException {
        BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_ARGB);
        Arrays.stream(new int[] {0, 1, 2}).forEach(i -> image.setRGB(i % 2, i / 2, -1));
        assertFails(png(image), "the pixel in row 1, column 1 is transparent; give it a background");
    }

    @Test
    void brokenPngIsNamed() throws IOException {
        BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_BYTE_GRAY);
        byte[] whole = png(image);
        for (int length = 8; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(DataException.class, () -> decode(cut), "cut to " + length);
        }
        for (int i = 0; i < whole.length - 12; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= 4;
            assertThrows(DataException.class, () -> decode(damaged), "bit of byte " + i);
        }
    }

    /** A header that lies about the size, with a check sum that fits. */
    @ParameterizedTest
    @CsvSource({"65535, 65535", "2147483647, 1", "1, -1", "0, 5", "41, 2000"})
    void declaredSizeIsCheckedBeforeStorageIsTaken(int columns, int rows) throws IOException {
        byte[] content = png(new BufferedImage(40, 30, BufferedImage.TYPE_BYTE_GRAY));
        ByteBuffer header = ByteBuffer.wrap(content);
        header.putInt(16, columns).putInt(20, rows);
        CRC32 sum = new CRC32();
        sum.update(content, 12, 17);
        header.putInt(29, (int) sum.getValue());
        assertThrows(DataException.class, () -> decode(content));
        if (rows != 2000) {
            assertFails(
                    content,
                    "offset 16: " + Integer.toUnsignedString(columns) + " x " + Integer.toUnsignedString(rows)
                            + " pixels; expected 1 or more that fit into");
        }
    }
}
