package org.softmin.studies.figure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What we encode is what another implementation decodes. */
class PngTest {
    @ParameterizedTest
    @CsvSource({"1,1", "1,9", "7,1", "28,28", "255,3", "300,200"})
    void greyIsDecodedToTheSamePixels(int width, int height) throws Exception {
        byte[] pixels = new byte[width * height];
        new Random(width).nextBytes(pixels);
        BufferedImage image = decode(Png.grey(width, height, pixels));
        assertEquals(width, image.getWidth());
        assertEquals(height, image.getHeight());
        for (int i = 0; i < pixels.length; i++) {
            assertEquals(pixels[i] & 0xff, image.getRaster().getSample(i % width, i / width, 0));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "5,3,2", "64,64,256"})
    void indexedIsDecodedToTheSameColours(int width, int height, int colours) throws Exception {
        Random random = new Random(colours);
        int[] palette = random.ints(colours).toArray();
        byte[] pixels = new byte[width * height];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) random.nextInt(colours);
        }
        BufferedImage image = decode(Png.indexed(width, height, pixels, palette));
        for (int i = 0; i < pixels.length; i++) {
            assertEquals(palette[pixels[i] & 0xff], image.getRGB(i % width, i / width));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "5,3", "64,65"})
    void coloursAreDecodedToTheSame(int width, int height) throws Exception {
        int[] pixels = new Random(width).ints((long) width * height).toArray();
        BufferedImage image = decode(Png.colour(width, height, pixels));
        for (int i = 0; i < pixels.length; i++) {
            assertEquals(pixels[i], image.getRGB(i % width, i / width));
        }
    }

    /** ImageIO reads over a wrong checksum; browsers do not. */
    @Test
    void everyChunkCarriesItsChecksum() {
        ByteBuffer file = ByteBuffer.wrap(Png.indexed(2, 2, new byte[4], new int[] {0xff102030}));
        file.position(8);
        StringBuilder types = new StringBuilder();
        while (file.hasRemaining()) {
            int length = file.getInt();
            byte[] body = new byte[4 + length];
            file.get(body);
            types.append(new String(body, 0, 4, StandardCharsets.US_ASCII)).append(' ');
            CRC32 checksum = new CRC32();
            checksum.update(body);
            assertEquals((int) checksum.getValue(), file.getInt(), types.toString());
        }
        assertEquals("IHDR PLTE tRNS IDAT IEND ", types.toString());
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Png.grey(2, 2, new byte[3]));
        assertThrows(IllegalArgumentException.class, () -> Png.grey(0, 5, new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> Png.grey(65536, 65536, new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> Png.indexed(1, 1, new byte[1], new int[257]));
        assertThrows(IllegalArgumentException.class, () -> Png.indexed(1, 1, new byte[1], new int[0]));
    }

    /** Red, green and blue lie one after the other in an image, and together in the picture. */
    @Test
    void channelsOfAColourImageComeTogether() throws Exception {
        float[] image = {1, 0, 0, 1, 0, 0.5f}; // of two pixels
        ImageGrid grid =
                new ImageGrid("t", "d", 2, 1, 2, List.of(new ImageGrid.Group("", Tone.COLOUR, List.of(image, image))));
        BufferedImage picture = embedded(grid);
        int[] expected = {0xffff0000, 0xff00ff80, 0, 0xffff0000, 0xff00ff80};
        for (int x = 0; x < expected.length; x++) {
            assertEquals(Integer.toHexString(expected[x]), Integer.toHexString(picture.getRGB(x, 0)));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> new ImageGrid(
                        "t", "d", 2, 1, 2, List.of(new ImageGrid.Group("", Tone.COLOUR, List.of(new float[2])))));
    }

    @Test
    void imagesOfAGridLieWhereTheyBelong() throws Exception {
        float[] ramp = {0, 0.25f, 0.5f, 0.75f, 1, 2};
        float[] white = new float[6];
        Arrays.fill(white, 1);
        ImageGrid grid = new ImageGrid(
                "t", "d", 3, 2, 2, List.of(new ImageGrid.Group("", Tone.GREY, List.of(ramp, white, white))));
        BufferedImage image = embedded(grid);
        assertEquals(7, image.getWidth());
        assertEquals(5, image.getHeight());
        int[][] alphas = {
            {255, 255, 255, 0, 255, 255, 255},
            {255, 255, 255, 0, 255, 255, 255},
            {0, 0, 0, 0, 0, 0, 0},
            {255, 255, 255, 0, 0, 0, 0},
            {255, 255, 255, 0, 0, 0, 0}
        };
        for (int y = 0; y < 5; y++) {
            int row = y;
            assertArrayEquals(
                    alphas[y],
                    IntStream.range(0, 7).map(x -> image.getRGB(x, row) >>> 24).toArray());
        }
        int[] levels = {0, 64, 128, 191, 255, 255};
        for (int i = 0; i < 6; i++) {
            assertEquals(levels[i], image.getRGB(i % 3, i / 3) & 0xff, 1.0);
        }
        assertEquals(0xffffffff, image.getRGB(4, 0));
        assertEquals(0xffffffff, image.getRGB(2, 4));
    }

    @Test
    void aHeatMapIsClearAtZeroAndStrongAtItsRange() throws Exception {
        float[] values = {-2, -1, 0, 1, 2, Float.NaN};
        BufferedImage image = embedded(new HeatMap("t", "d", "q", 2, List.of(HeatMap.Panel.of("p", values, 3))));
        assertEquals(3, image.getWidth());
        int[] alphas = {255, 146, 0, 146, 255, 255};
        for (int i = 0; i < 6; i++) {
            assertEquals(alphas[i], image.getRGB(i % 3, i / 3) >>> 24, 2.0, "alpha of " + values[i]);
        }
        assertTrue(blue(image.getRGB(0, 0)) > red(image.getRGB(0, 0)), "negative is blue");
        assertTrue(red(image.getRGB(1, 1)) > blue(image.getRGB(1, 1)), "positive is orange");
        assertEquals(red(image.getRGB(2, 1)), blue(image.getRGB(2, 1)), "undefined is grey");
    }

    private static int red(int colour) {
        return colour >> 16 & 0xff;
    }

    private static int blue(int colour) {
        return colour & 0xff;
    }

    private static BufferedImage embedded(Figure figure) throws Exception {
        String data = Samples.between(figure.svg(), "base64,", "\"").getFirst();
        return decode(Base64.getDecoder().decode(data));
    }

    private static BufferedImage decode(byte[] png) throws Exception {
        return ImageIO.read(new ByteArrayInputStream(png));
    }
}
