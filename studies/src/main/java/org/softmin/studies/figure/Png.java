package org.softmin.studies.figure;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes PNG files without {@code java.desktop}: 8-bit grey and 8-bit palette with transparency.
 *
 * <p>Source: Portable Network Graphics Specification (W3C, second edition). Filter type 0 throughout: the pictures are
 * small and palette indices do not profit from prediction.
 */
public final class Png {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int GREY = 0;
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
        if (width < 1 || height < 1 || (long) width * height != pixels.length) {
            throw new IllegalArgumentException("png: " + pixels.length + " pixels for a picture of " + width + " × "
                    + height + "; give width × height of them, at least one");
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
        byte[] rows = new byte[height * (width + 1)];
        for (int y = 0; y < height; y++) {
            System.arraycopy(pixels, y * width, rows, y * (width + 1) + 1, width);
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
