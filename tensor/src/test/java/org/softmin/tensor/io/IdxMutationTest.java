package org.softmin.tensor.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/** Whatever the bytes of a file: an array, or a {@link DataException}, and no more memory than the file can fill. */
class IdxMutationTest {
    private static final int INPUTS = 10_000;
    private static final byte[] EDGES = {0, 1, 2, 8, 9, 0x0D, 0x1F, 0x7F, (byte) 0x80, (byte) 0x8B, (byte) 0xFF};

    @TempDir
    Path folder;

    @Test
    @Timeout(600) // against hanging only; it takes seconds
    void nothingButDataExceptionEscapes() throws IOException {
        ThreadMXBean threads = assertInstanceOf(ThreadMXBean.class, ManagementFactory.getThreadMXBean());
        List<byte[]> seeds = seeds();
        Path file = folder.resolve("mutated.gz");
        int wholeReads = 0;
        int refusals = 0;
        for (int i = 0; i < INPUTS; i++) {
            Random random = new Random(i);
            byte[] content = mutate(seeds.get(i % seeds.size()), random);
            if (random.nextInt(4) == 0) {
                content = gzip(content); // whole gzip around damaged content
            }
            Files.write(file, content);
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                switch (i % 3) {
                    case 0 -> check(Idx.read(file));
                    case 1 -> check(Idx.readImages(file));
                    default -> check(Idx.readLabels(file, 10));
                }
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
        assertTrue(refusals > INPUTS / 2, "only " + refusals + " inputs were refused");
    }

    private static void check(HostArray array) {
        assertEquals(array.shape().size(), array.toDoubles().length);
    }

    private List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        Random random = new Random(0);
        for (Idx.Type type : Idx.Type.values()) {
            HostArray images = HostArray.zeros(type.dtype(), Shape.of(3, 5, 4));
            HostArray labels = HostArray.zeros(type.dtype(), Shape.of(40));
            fill(images, 128, random);
            fill(labels, 10, random);
            for (HostArray array : List.of(images, labels)) {
                Path file = folder.resolve("seed");
                Idx.write(file, type, array);
                byte[] plain = Files.readAllBytes(file);
                seeds.add(plain);
                seeds.add(gzip(plain));
                seeds.add(concatenate(gzip(Arrays.copyOf(plain, 9)), gzip(Arrays.copyOfRange(plain, 9, plain.length))));
            }
        }
        HostArray zeros = HostArray.zeros(DType.I32, Shape.of(200, 20, 20));
        Path file = folder.resolve("seed.gz");
        Idx.write(file, Idx.Type.UNSIGNED_BYTE, zeros);
        seeds.add(Files.readAllBytes(file));
        return seeds;
    }

    private static void fill(HostArray array, int bound, Random random) {
        for (int i = 0; i < array.size(); i++) {
            array.set(i, random.nextInt(bound));
        }
    }

    private static byte[] mutate(byte[] seed, Random random) {
        byte[] bytes = seed;
        for (int left = random.nextInt(4); left >= 0; left--) {
            int at = random.nextInt(bytes.length + 1);
            int end = Math.min(bytes.length, at + 1 + random.nextInt(8));
            byte[] head = Arrays.copyOf(bytes, at);
            bytes = switch (random.nextInt(7)) {
                case 0 -> head; // truncated
                case 1 -> concatenate(head, noise(random), Arrays.copyOfRange(bytes, at, bytes.length)); // inserted
                case 2 -> concatenate(head, Arrays.copyOfRange(bytes, end, bytes.length)); // deleted
                case 3 -> concatenate(bytes, noise(random)); // appended
                case 4 -> with(bytes, random.nextInt(20), EDGES[random.nextInt(EDGES.length)]); // header rewritten
                case 5 -> with(bytes, at, EDGES[random.nextInt(EDGES.length)]);
                default -> flip(bytes, at, random.nextInt(8));
            };
        }
        return bytes;
    }

    private static byte[] noise(Random random) {
        byte[] noise = new byte[1 + random.nextInt(16)];
        random.nextBytes(noise);
        return noise;
    }

    private static byte[] with(byte[] bytes, int at, byte value) {
        byte[] result = bytes.clone();
        if (at < result.length) {
            result[at] = value;
        }
        return result;
    }

    private static byte[] flip(byte[] bytes, int at, int bit) {
        return at < bytes.length ? with(bytes, at, (byte) (bytes[at] ^ 1 << bit)) : bytes;
    }

    private static byte[] concatenate(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(zipped)) {
            out.write(content);
        }
        return zipped.toByteArray();
    }
}
