package org.softmin.tensor.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/** Whatever the bytes of a file: arrays, or a {@link DataException}, and no more memory than the file can fill. */
@Timeout(600) // against hanging only; it takes seconds
class ArrayFileMutationTest {
    private static final int INPUTS = 10_000;

    /** Where headers are, and what does harm there: digits, signs, brackets, and bytes at the ends of their ranges. */
    private static final byte[] EDGES = {
        0, 1, 2, 8, 0x7F, (byte) 0x80, (byte) 0xFF, '0', '9', '-', '.', '{', '}', '[', '"'
    };

    private static final String[] PIECES = {
        "99999999999",
        "-1",
        "1e9",
        "\"a\":",
        "[[[[",
        "}}",
        "F64",
        "BF16",
        "'<f8'",
        "True",
        ",",
        "\\u0000",
        "\\ud800",
        "PK\u0001\u0002",
        "PK\u0003\u0004",
        "\u00ff\u00ff\u00ff\u00ff",
        "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0080"
    };

    @TempDir
    Path folder;

    @FunctionalInterface
    private interface Opener {
        ArrayFile open(Path file) throws DataException;
    }

    @Test
    void safetensors() throws IOException {
        Path file = folder.resolve("seed");
        Safetensors.write(file, Map.of("a", array(2, 3), "b", array(), "c", array(7)), Map.of("step", "1"));
        byte[] several = Files.readAllBytes(file);
        Safetensors.write(file, Map.of("\u00e4", HostArray.of(Shape.of(2), new boolean[] {true, false})), Map.of());
        check(Safetensors::open, several, Files.readAllBytes(file));
    }

    @Test
    void npy() throws IOException {
        Path file = folder.resolve("seed");
        Npy.write(file, array(20, 30));
        byte[] matrix = Files.readAllBytes(file);
        byte[] columns = new String(matrix, StandardCharsets.ISO_8859_1)
                .replace("False", "True ")
                .replace("<f4", ">i4")
                .getBytes(StandardCharsets.ISO_8859_1);
        Npy.write(file, array());
        check(Npy::open, matrix, columns, Files.readAllBytes(file));
    }

    @Test
    void npz() throws IOException {
        Path file = folder.resolve("seed");
        Npz.write(file, Map.of("a", array(2, 3), "b", array(7)));
        check(Npz::open, Files.readAllBytes(file), resource("savez.npz"), resource("savez_compressed.npz"));
    }

    private void check(Opener opener, byte[]... seeds) throws IOException {
        ThreadMXBean threads = assertInstanceOf(ThreadMXBean.class, ManagementFactory.getThreadMXBean());
        Path file = folder.resolve("mutated");
        int wholeReads = 0;
        int refusals = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] content = mutate(seeds[i % seeds.length], new Random(i));
            Files.write(file, content);
            long before = threads.getCurrentThreadAllocatedBytes();
            try (ArrayFile in = opener.open(file)) {
                for (StoredArray array : in.arrays()) {
                    read(array);
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
        assertTrue(refusals > INPUTS / 5, "only " + refusals + " inputs were refused");
    }

    private static void read(StoredArray array) throws DataException {
        HostArray all = array.read(DType.F64);
        assertEquals(array.size(), all.size());
        if (array.rows() > 0 && array.rowSize() <= 1 << 16) {
            float[] row = new float[(int) array.rowSize()];
            try {
                array.rows(array.rows() - 1, 1, row);
            } catch (DataException e) {
                // Compressed columns are refused.
                assertTrue(e.getMessage().contains("column by column"), e.getMessage());
                return;
            }
            for (int j = 0; j < row.length; j++) {
                assertEquals((float) all.get(all.size() - row.length + j), row[j]);
            }
        }
    }

    private static byte[] mutate(byte[] seed, Random random) {
        byte[] bytes = seed;
        for (int left = random.nextInt(4); left >= 0; left--) {
            int at = random.nextInt(bytes.length + 1);
            int end = Math.min(bytes.length, at + 1 + random.nextInt(8));
            byte[] head = Arrays.copyOf(bytes, at);
            byte[] tail = Arrays.copyOfRange(bytes, at, bytes.length);
            byte[] piece = PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.ISO_8859_1);
            bytes = switch (random.nextInt(8)) {
                case 0 -> head;
                case 1 -> concatenate(head, piece, tail);
                case 2 -> concatenate(head, Arrays.copyOfRange(bytes, end, bytes.length));
                case 3 -> concatenate(bytes, piece);
                case 4 ->
                    concatenate(
                            head,
                            piece,
                            Arrays.copyOfRange(bytes, Math.min(bytes.length, at + piece.length), bytes.length));
                case 5 -> with(bytes, at, EDGES[random.nextInt(EDGES.length)]);
                case 6 -> with(bytes, random.nextInt(32), EDGES[random.nextInt(EDGES.length)]);
                default -> at < bytes.length ? with(bytes, at, (byte) (bytes[at] ^ 1 << random.nextInt(8))) : bytes;
            };
        }
        return bytes;
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

    private static HostArray array(int... dims) {
        HostArray array = HostArray.zeros(DType.F32, Shape.of(dims));
        for (int i = 0; i < array.size(); i++) {
            array.set(i, i + 0.5);
        }
        return array;
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = ArrayFileMutationTest.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }
}
