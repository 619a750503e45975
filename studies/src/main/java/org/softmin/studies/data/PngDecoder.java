package org.softmin.studies.data;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.softmin.tensor.io.DataException;

/**
 * Decoder of PNG images, by the Java platform's reader: grey and colour of 1 to 16 bits, with a palette too.
 *
 * <p>A sample v of b bits becomes v / (2ᵇ − 1), as it stands in the file. An alpha channel is dropped where it is opaque
 * everywhere; an image with transparent pixels is refused, for what shows through them is not in the file. Chunks and their
 * check sums are verified first, which the platform's reader does not do.
 */
final class PngDecoder {
    private static final long SIGNATURE = 0x89504E470D0A1A0AL;
    private static final int IHDR = 0x49484452;
    private static final int IEND = 0x49454E44;
    /** Length, type and check sum of a chunk. */
    private static final int FRAME = 12;
    /** Deflate codes at best 258 bytes in 2 bits. */
    private static final long MOST_BYTES_PER_COMPRESSED_BYTE = 1032;

    private PngDecoder() {}

    static boolean isOne(byte[] content) {
        return content.length >= 8 && ByteBuffer.wrap(content).getLong() == SIGNATURE;
    }

    static Picture decode(Path file, byte[] content) throws DataException {
        checkChunks(file, content);
        checkSize(file, content);
        ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
        try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
            reader.setInput(in, true, true);
            return picture(file, reader.read(0));
        } catch (DataException e) {
            throw e;
        } catch (IOException | RuntimeException e) { // the reader meets damaged content with either
            throw new DataException(file, "expected a PNG image; its content is damaged: " + e.getMessage(), e);
        } finally {
            reader.dispose();
        }
    }

    /** Fails unless the file is whole chunks from the header to the end, each with its check sum. */
    private static void checkChunks(Path file, byte[] content) throws DataException {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        int at = 8;
        int type;
        do {
            int left = content.length - at;
            long length = left < FRAME ? 0 : Integer.toUnsignedLong(bytes.getInt(at));
            if (left < FRAME || length > left - FRAME) {
                throw new DataException(file, at, "expected a whole chunk of a PNG image, found " + left + " bytes");
            }
            type = bytes.getInt(at + 4);
            CRC32 sum = new CRC32();
            sum.update(content, at + 4, 4 + (int) length);
            if ((int) sum.getValue() != bytes.getInt(at + 8 + (int) length)) {
                throw new DataException(file, at, "damaged: the check sum of this chunk does not fit");
            }
            if (at == 8 && (type != IHDR || length != 13)) {
                throw new DataException(file, at, "expected the header of a PNG image");
            }
            at += FRAME + (int) length;
        } while (type != IEND);
    }

    /** Fails if the file is too small for the pixels that it declares, before storage for them is taken. */
    private static void checkSize(Path file, byte[] content) throws DataException {
        ByteBuffer header = ByteBuffer.wrap(content);
        long columns = Integer.toUnsignedLong(header.getInt(16));
        long rows = Integer.toUnsignedLong(header.getInt(20));
        long samples = switch (header.get(25)) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
        long most = MOST_BYTES_PER_COMPRESSED_BYTE * content.length;
        long line = 1 + columns * samples * header.get(24) / 8;
        if (columns == 0 || rows == 0 || rows > most || line > most / rows) {
            throw new DataException(
                    file,
                    16,
                    columns + " x " + rows + " pixels; expected 1 or more that fit into " + content.length + " bytes");
        }
        if (rows * columns > Integer.MAX_VALUE / 3) {
            throw new DataException(file, 16, columns + " x " + rows + " pixels; expected at most 715827882");
        }
    }

    private static Picture picture(Path file, BufferedImage image) throws DataException {
        ColorModel colours = image.getColorModel();
        int bands = image.getRaster().getNumBands();
        boolean palette = colours instanceof IndexColorModel;
        checkOpaque(file, image);
        int channels = palette ? (isGrey((IndexColorModel) colours) ? 1 : 3) : bands < 3 ? 1 : 3;
        int plane = image.getWidth() * image.getHeight();
        float[] pixels = new float[channels * plane];
        Raster raster = image.getRaster();
        for (int i = 0; i < plane; i++) {
            int x = i % image.getWidth();
            int y = i / image.getWidth();
            for (int c = 0; c < channels; c++) {
                // Not getRGB: it takes grey samples for linear light and changes them.
                pixels[c * plane + i] = palette
                        ? (colours.getRGB(raster.getSample(x, y, 0)) >> 8 * (2 - c) & 0xFF) / 255f
                        : raster.getSample(x, y, c) / (float) ((1 << colours.getComponentSize(c)) - 1);
            }
        }
        return new Picture(channels, image.getHeight(), image.getWidth(), pixels);
    }

    private static void checkOpaque(Path file, BufferedImage image) throws DataException {
        if (!image.getColorModel().hasAlpha()) {
            return;
        }
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if (image.getRGB(x, y) >>> 24 != 0xFF) {
                    throw new DataException(
                            file, "the pixel in row " + y + ", column " + x + " is transparent; give it a background");
                }
            }
        }
    }

    private static boolean isGrey(IndexColorModel palette) {
        for (int i = 0; i < palette.getMapSize(); i++) {
            if (palette.getRed(i) != palette.getGreen(i) || palette.getRed(i) != palette.getBlue(i)) {
                return false;
            }
        }
        return true;
    }
}
