package org.softmin.studies.figure;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes PNG files without {@code java.desktop}: 8-bit grey, 8-bit colours with
 * transparency, and an 8-bit palette of such.
 *
 * <p>Source: Portable Network Graphics Specification (W3C, second edition). Filter type 0 throughout: the pictures are
 * small and palette indices do not profit from prediction.
 */
public final class Png {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int GREY = 0;
    private static final int COLOUR = 6;
    private static final int PALETTE = 3;

    private Png() {}

    /**
     * A grey picture.
     *
     * @param pixels {@code height × width} bytes, row by row, 0 black to 255 white
     */
    public static byte[] grey(int width, int height, byte[] pixels) {
        return encode(width, height, GREY, pixels, new int[0]);
    }

    /**
     * A picture of colours.
     *
     * @param pixels {@code height × width} colours as {@code 0xAARRGGBB}, row by row
     */
    public static byte[] colour(int width, int height, int[] pixels) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(4, pixels.length));
        for (int colour : pixels) {
            bytes.putInt(Integer.rotateLeft(colour, 8)); // alpha goes last
        }
        return encode(width, height, COLOUR, bytes.array(), new int[0]);
    }

    /**
     * A picture of palette indices.
     *
     * @param pixels {@code height × width} indices, row by row
     * @param palette 1 to 256 colours as {@code 0xAARRGGBB}
     */
    public static byte[] indexed(int width, int height, byte[] pixels, int[] palette) {
        if (palette.length < 1 || palette.length > 256) {
            throw new IllegalArgumentException("png: " + palette.length + " palette colours; give 1 to 256");
        }
        return encode(width, height, PALETTE, pixels, palette);
    }

    private static byte[] encode(int width, int height, int colourType, byte[] pixels, int[] palette) {
        int bytes = colourType == COLOUR ? 4 : 1;
        if (width < 1 || height < 1 || (long) width * height * bytes != pixels.length) {
            throw new IllegalArgumentException("png: " + pixels.length + " bytes for a picture of " + width + " × "
                    + height + "; give " + bytes + " for each pixel, and at least one pixel");
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(SIGNATURE);
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
        chunk(file, "IHDR", header.put((byte) 8).put((byte) colourType).array());
        if (colourType == PALETTE) {
            ByteBuffer colours = ByteBuffer.allocate(3 * palette.length);
            ByteBuffer alphas = ByteBuffer.allocate(palette.length);
            for (int colour : palette) {
                colours.put((byte) (colour >> 16)).put((byte) (colour >> 8)).put((byte) colour);
                alphas.put((byte) (colour >>> 24));
            }
            chunk(file, "PLTE", colours.array());
            chunk(file, "tRNS", alphas.array());
        }
        int line = width * bytes;
        byte[] rows = new byte[height * (line + 1)];
        for (int y = 0; y < height; y++) {
            System.arraycopy(pixels, y * line, rows, y * (line + 1) + 1, line);
        }
        chunk(file, "IDAT", deflate(rows));
        chunk(file, "IEND", new byte[0]);
        return file.toByteArray();
    }

    private static byte[] deflate(byte[] bytes) {
        try (Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION)) {
            deflater.setInput(bytes);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        }
    }

    private static void chunk(ByteArrayOutputStream file, String type, byte[] data) {
        byte[] body = ByteBuffer.allocate(4 + data.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(data)
                .array();
        CRC32 checksum = new CRC32();
        checksum.update(body);
        file.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        file.writeBytes(body);
        file.writeBytes(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
    }
}
