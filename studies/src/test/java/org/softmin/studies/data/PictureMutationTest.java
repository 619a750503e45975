package org.softmin.studies.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.tensor.io.DataException;

/** Whatever the bytes of a file: images, or a {@link DataException}, and no more memory than the file can fill. */
@Timeout(600) // against hanging only; it takes seconds
class PictureMutationTest {
    private static final int INPUTS = 10_000;
    private static final byte[] EDGES = {0, 1, 2, 9, 0x7F, (byte) 0x80, (byte) 0xFF, '0', '9', '-', ' ', '#', '\n'};
    private static final String[] PIECES = {"99999999", "-1", "65535", "#", " ", "\n", "P5", "P2", "IDAT", "\377\377"};

    @TempDir
    Path folder;

    @FunctionalInterface
    private interface Reader {
        void read(Path file) throws IOException;
    }

    @Test
    void pgm() throws IOException {
        check(
                PictureMutationTest::picture,
                false,
                PictureTest.bytes("P2\n# c\n3 2\n5\n0 1 2\n3 4 5\n"),
                PictureTest.bytes("P5 3 2 255\nabcdef"),
                PictureTest.bytes("P5 2 2 65535\nabcdefgh"));
    }

    @Test
    void png() throws IOException {
        BufferedImage palette = new BufferedImage(7, 5, BufferedImage.TYPE_BYTE_INDEXED);
        BufferedImage alpha = new BufferedImage(3, 4, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 12; i++) {
            alpha.setRGB(i % 3, i / 3, 0xFF000000 | i * 1000);
        }
        check(
                PictureMutationTest::picture,
                true,
                PictureTest.png(palette),
                PictureTest.png(alpha),
                PictureTest.png(new BufferedImage(9, 8, BufferedImage.TYPE_USHORT_GRAY)));
    }

    @Test
    void cifar() throws IOException {
        byte[] plain = Cifar10Test.images(0, 2);
        check(Cifar10::read, false, plain, Cifar10Test.gzip(plain));
    }

    private static void picture(Path file) throws IOException {
        Picture picture = Picture.read(file);
        assertEquals(picture.channels() * picture.rows() * picture.columns(), picture.pixels().length);
        for (float pixel : picture.pixels()) {
            assertTrue(pixel >= 0 && pixel <= 1, () -> "a pixel of " + pixel);
        }
    }

    private void check(Reader reader, boolean png, byte[]... seeds) throws IOException {
        ThreadMXBean threads = assertInstanceOf(ThreadMXBean.class, ManagementFactory.getThreadMXBean());
        Path file = folder.resolve("mutated");
        Files.write(file, seeds[0]);
        reader.read(file); // classes that are loaded once are not what an input costs
        int wholeReads = 0;
        int refusals = 0;
        for (int i = 0; i < INPUTS; i++) {
            Random random = new Random(i);
            byte[] content = mutate(seeds[i % seeds.length], random);
            if (png && random.nextInt(4) != 0) {
                withCheckSums(content);
            }
            Files.write(file, content);
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                reader.read(file);
                wholeReads++;
            } catch (DataException e) {
                assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
                assertEquals(1, e.getMessage().lines().count(), e.getMessage());
                refusals++;
            } catch (Throwable e) {
                fail("input " + i + ": " + HexFormat.of().formatHex(content), e);
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < 4 << 20, "input " + i + " allocated " + allocated + " bytes");
        }
        // The law would be empty if every input were refused at its first byte, or none were.
        assertTrue(wholeReads > INPUTS / 50, "only " + wholeReads + " inputs were read");
        assertTrue(refusals > INPUTS / 5, "only " + refusals + " inputs were refused");
    }

    /** Writes the check sum of each chunk that is whole, so that damage inside gets past them. */
    private static void withCheckSums(byte[] content) {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        int at = 8;
        while (at <= content.length - 12) {
            long length = Integer.toUnsignedLong(bytes.getInt(at));
            if (length > content.length - 12 - at) {
                return;
            }
            CRC32 sum = new CRC32();
            sum.update(content, at + 4, 4 + (int) length);
            bytes.putInt(at + 8 + (int) length, (int) sum.getValue());
            at += 12 + (int) length;
        }
    }

    private static byte[] mutate(byte[] seed, Random random) {
        byte[] bytes = seed;
        for (int left = random.nextInt(3); left >= 0; left--) {
            int at = random.nextInt(bytes.length + 1);
            int end = Math.min(bytes.length, at + 1 + random.nextInt(8));
            byte[] head = Arrays.copyOf(bytes, at);
            byte[] tail = Arrays.copyOfRange(bytes, at, bytes.length);
            byte[] piece = PictureTest.bytes(PIECES[random.nextInt(PIECES.length)]);
            bytes = switch (random.nextInt(7)) {
                case 0 -> head;
                case 1 -> concatenate(head, piece, tail);
                case 2 -> concatenate(head, Arrays.copyOfRange(bytes, end, bytes.length));
                case 3 -> concatenate(bytes, piece);
                case 4 -> with(bytes, at, EDGES[random.nextInt(EDGES.length)]);
                case 5 -> with(bytes, random.nextInt(64), EDGES[random.nextInt(EDGES.length)]);
                default -> at < bytes.length ? with(bytes, at, (byte) (bytes[at] ^ 1 << random.nextInt(8))) : bytes;
            };
        }
        return bytes.clone(); // what the caller may write into
    }

    private static byte[] with(byte[] bytes, int at, byte value) {
        byte[] result = bytes.clone();
        if (at < result.length) {
            result[at] = value;
        }
        return result;
    }

    private static byte[] concatenate(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
