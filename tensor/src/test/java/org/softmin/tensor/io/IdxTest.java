package org.softmin.tensor.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

@Timeout(600) // against hanging only
class IdxTest {
    @TempDir
    Path folder;

    // ---- what can be read ----

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "08; 00 7f 80 ff; 0 127 128 255; I32",
                "09; 00 7f 80 ff; 0 127 -128 -1; I32",
                "0b; 0000 0102 8000 ffff; 0 258 -32768 -1; I32",
                "0c; 00000000 01020304 80000000 ffffffff; 0 16909060 -2147483648 -1; I32",
                "0d; 00000000 3f800000 c0490fdb 7f800000; 0 1 -3.1415927410125732 Infinity; F32",
                "0e; 0000000000000000 3ff8000000000000 c00921fb54442d18 7ff8000000000000; 0 1.5 -3.141592653589793 NaN;"
                        + " F64",
            })
    void readsEachTypeBigEndian(String type, String elements, String expected, DType dtype) throws IOException {
        Path file = write("a.idx", hex("0000" + type + "02 00000002 00000002" + elements));
        HostArray array = Idx.read(file);
        assertEquals(dtype, array.dtype());
        assertEquals(Shape.of(2, 2), array.shape());
        assertArrayEquals(
                Stream.of(expected.split(" ")).mapToDouble(Double::parseDouble).toArray(), array.toDoubles());
    }

    @ParameterizedTest
    @EnumSource
    void readsWhatItWrites(Idx.Type type) throws IOException {
        HostArray array = HostArray.of(type.dtype(), Shape.of(2, 1, 3), 1, 2, 3, 4, 5, 127);
        for (String name : new String[] {"a.idx", "a.idx.gz"}) {
            Idx.write(folder.resolve(name), type, array);
            HostArray read = Idx.read(folder.resolve(name));
            assertEquals(array.dtype(), read.dtype());
            assertEquals(array.shape(), read.shape());
            assertArrayEquals(array.toDoubles(), read.toDoubles());
        }
        assertEquals(0x1F, Files.readAllBytes(folder.resolve("a.idx.gz"))[0], "compressed because of its name");
        assertEquals(0, Files.readAllBytes(folder.resolve("a.idx"))[0]);
    }

    @Test
    void contentDecidesWhetherItIsGzip() throws IOException {
        byte[] plain = labels(3, 1, 4);
        assertArrayEquals(
                new int[] {3, 1, 4}, Idx.read(write("plain.gz", plain)).toInts());
        assertArrayEquals(
                new int[] {3, 1, 4}, Idx.read(write("zipped", gzip(plain))).toInts());
    }

    @Test
    void gzipMembersThatFollowEachOtherAreOneContent() throws IOException {
        byte[] plain = labels(3, 1, 4);
        byte[] parts = concatenate(
                gzip(Arrays.copyOf(plain, 6)), gzip(new byte[0]), gzip(Arrays.copyOfRange(plain, 6, plain.length)));
        assertArrayEquals(
                new int[] {3, 1, 4}, Idx.read(write("parts.gz", parts)).toInts());
    }

    @Test
    void gzipHeaderMayHaveAllItsOptionalFields() throws IOException {
        byte[] zipped = gzip(labels(3, 1, 4));
        byte[] header = hex("1f8b 08 1e 00000000 00 03 0200 aabb 6e616d6500 6869 00");
        CRC32 crc = new CRC32();
        crc.update(header);
        byte[] checksum = {(byte) crc.getValue(), (byte) (crc.getValue() >> 8)};
        byte[] rest = Arrays.copyOfRange(zipped, 10, zipped.length);
        assertArrayEquals(
                new int[] {3, 1, 4},
                Idx.read(write("full.gz", concatenate(header, checksum, rest))).toInts());
        checksum[0] ^= 1;
        assertFails(write("bad.gz", concatenate(header, checksum, rest)), "compressed offset", "header check sum");
    }

    @Test
    void manyElementsSurviveTheGrowthOfTheStorage() throws IOException {
        byte[] pixels = new byte[300_000];
        new Random(1).nextBytes(pixels);
        HostArray array = Idx.read(write("a.gz", gzip(concatenate(hex("0000 0801 000493e0"), pixels))));
        for (int i = 0; i < pixels.length; i++) {
            assertEquals(pixels[i] & 0xFF, array.get(i));
        }
    }

    @Test
    void emptyArrayIsAnArray() throws IOException {
        HostArray array = Idx.readImages(write("a", hex("0000 0803 00000000 7fffffff 7fffffff")));
        assertEquals(Shape.of(0, Integer.MAX_VALUE, Integer.MAX_VALUE), array.shape());
    }

    @Test
    void imagesAreScaledToOne() throws IOException {
        HostArray images = Idx.readImages(write("a", hex("0000 0803 00000001 00000001 00000003 00 33 ff")));
        assertEquals(DType.F32, images.dtype());
        assertEquals(Shape.of(1, 1, 3), images.shape());
        assertArrayEquals(new float[] {0, 0.2f, 1}, images.toFloats());
    }

    @Test
    void labelsAreCheckedAgainstTheNumberOfClasses() throws IOException {
        Path file = write("t10k-labels-idx1-ubyte", labels(0, 9, 10, 3));
        assertArrayEquals(new int[] {0, 9, 10, 3}, Idx.readLabels(file, 11).toInts());
        DataException e = assertThrows(DataException.class, () -> Idx.readLabels(file, 10));
        assertEquals(file + ": offset 10: label 10; expected labels from 0 to 9", e.getMessage());
    }

    @Test
    void imagesAreNotLabels() throws IOException {
        Path file = write("labels", labels(1));
        assertEquals(
                file + ": offset 2: expected images (UNSIGNED_BYTE[n, rows, columns]), found UNSIGNED_BYTE[1]",
                assertThrows(DataException.class, () -> Idx.readImages(file)).getMessage());
        Path images = write("images", hex("0000 0803 00000001 00000001 00000001 00"));
        assertThrows(DataException.class, () -> Idx.readLabels(images, 10));
        Path ints = write("ints", hex("0000 0c01 00000001 00000001"));
        assertThrows(DataException.class, () -> Idx.readLabels(ints, 10));
    }

    // ---- what cannot ----

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "''; offset 0: expected an IDX header; found nothing",
                "00; offset 0: expected an IDX header; found 00",
                "00 00 08; offset 0: expected an IDX header; found 00 00 08",
                "01 00 08 01 00000000; offset 0: expected an IDX header; found 01 00 08 01",
                "01 08 00 00 01000000 05; offset 0: expected an IDX header; found 01 08 00 00 (written little-endian?)",
                "3c21646f63; offset 0: expected an IDX header; (a web page?",
                "76657273696f6e2068747470; offset 0: expected an IDX header; (a git-lfs pointer?",
                "504b0304; offset 0: expected an IDX header; (a zip archive?",
                "934e554d5059; offset 0: expected an IDX header; (a NumPy array)",
                "80029563; offset 0: expected an IDX header; (a Python pickle?)",
                "00 00 0a 01 00000001 05; offset 2: expected type; found 0a",
                "00 00 88 01 00000001 05; offset 2: expected type; found 88",
                "00 00 08 00 05; offset 3: expected 1 to 8 dimensions; found 0",
                "00 00 08 ff 00000001 05; offset 3: expected 1 to 8 dimensions; found 255",
                "00 00 08 02 00000001 0000; offset 10: the content ends here; expected 2 dimensions of 4 bytes",
                "00 00 08 01 ffffffff 05; offset 4: dimension 0 is 4294967295; expected at most 2147483647",
                "00 00 08 02 00000001 80000000 05; offset 8: dimension 1 is 2147483648; expected at most",
                "00 00 08 02 00010000 00010000 05; offset 4: dimensions [65536, 65536]; expected at most 2147483647",
                // A product that leaves 64 bits.
                "00 00 08 04 7fffffff 7fffffff 7fffffff 7fffffff 05; offset 4: dimensions; expected at most 2147483647",
                "00 00 08 01 00000002 05; expected 10 bytes (8 for the header, then UNSIGNED_BYTE[2]); found 9",
                "00 00 08 01 00000002 050607; expected 10 bytes (8 for the header, then UNSIGNED_BYTE[2]); found 11",
                "00 00 0e 01 00000001 05; expected 16 bytes (8 for the header, then DOUBLE[1]); found 9",
                "00 00 08 01 7fffffff 05; expected 2147483655 bytes; found 9",
            })
    void badContentIsNamed(String content, String where, String what) throws IOException {
        assertFails(write("plain", hex(content)), where, what);
        Path gz = write("zipped.gz", gzip(hex(content)));
        assertFails(gz, where.startsWith("offset") ? where : "zipped.gz: ");
    }

    @Test
    void gzipContentOfTheWrongLengthIsNamed() throws IOException {
        byte[] plain = labels(3, 1, 4);
        assertFails(
                write("a.gz", gzip(Arrays.copyOf(plain, 10))),
                "offset 10: the content ends here; expected 11 bytes (8 for the header, then UNSIGNED_BYTE[3])");
        assertFails(
                write("a.gz", gzip(Arrays.copyOf(plain, 12))),
                "offset 11: the content goes on here; expected 11 bytes (8 for the header, then UNSIGNED_BYTE[3])");
    }

    @Test
    void damagedGzipIsNamed() throws IOException {
        byte[] good = gzip(labels(3, 1, 4));
        for (int length = 2; length < good.length; length++) {
            assertFails(write("a.gz", Arrays.copyOf(good, length)), "compressed offset " + length + ": the file ends");
        }
        assertFails(
                write("a.gz", flip(good, good.length - 8)),
                "compressed offset " + (good.length - 4) + ": gzip data is damaged: check sum (CRC-32) is stored as");
        assertFails(write("a.gz", flip(good, good.length - 1)), "gzip data is damaged: length (mod 2^32) is stored");
        assertFails(write("a.gz", flip(good, 2)), "compressed offset 2: expected compression method 8");
        assertFails(write("a.gz", concatenate(Arrays.copyOf(good, 3), hex("e0"))), "compressed offset 3: reserved");
        assertFails(
                write("a.gz", concatenate(Arrays.copyOf(good, 10), hex("07"))),
                "gzip data is damaged: invalid block type; get the file again");
        assertFails(
                write("a.gz", concatenate(good, hex("0000"))),
                "compressed offset " + good.length + ": expected the end of the file or another gzip member");
        assertFails(write("a.gz", concatenate(good, hex("1f"))), "the file ends in the middle");
        assertFails(write("a.gz", concatenate(good, good)), "offset 11: the content goes on here");
    }

    @Test
    void bombIsLeftAfterTheDeclaredLength() throws IOException {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bomb)) {
            out.write(labels(3, 1, 4));
            for (int i = 0; i < 64; i++) {
                out.write(new byte[1 << 20]);
            }
        }
        Path file = write("bomb.gz", bomb.toByteArray());
        long allocated = allocatedBy(() -> assertFails(file, "offset 11: the content goes on here"));
        assertTrue(allocated < 1 << 20, () -> "allocated " + allocated);
    }

    @Test
    void storageGrowsOnlyWithDataThatCame() throws IOException {
        byte[] noise = new byte[1 << 20];
        new Random(1).nextBytes(noise);
        // A megabyte of deflate data could hold the gigabyte that is declared, but it does not.
        Path file = write("liar.gz", gzip(concatenate(hex("0000 0801 3fffffff"), noise)));
        long allocated = allocatedBy(() -> assertFails(file, "offset 1048584: the content ends here"));
        assertTrue(allocated < 16 << 20, () -> "allocated " + allocated);

        Path tiny = write("tiny.gz", gzip(concatenate(hex("0000 0801 7fffffff"), new byte[10])));
        assertFails(tiny, "expected 2147483655 bytes", "which cannot hold that many");
    }

    @Test
    void whatDoesNotFitInMemoryIsRefused() {
        assumeTrue(Runtime.getRuntime().maxMemory() < 16L << 30, "the heap is too large for this test");
        Path file = folder.resolve("huge");
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(hex("0000 0e01 7fffffff")));
            channel.write(ByteBuffer.wrap(new byte[1]), 8 + 8L * Integer.MAX_VALUE - 1);
        } catch (IOException e) {
            assumeTrue(false, "no sparse file of 16 GB here: " + e);
        }
        assertFails(file, "2147483647 elements need 16383 MB of memory", "-Xmx");
    }

    @Test
    void whatIsNoReadableFileIsNamed() throws IOException {
        assertFails(folder, "expected a file, found a folder");
        assertFails(folder.resolve("missing"), "missing: no such file");
        assertFails(write("file", new byte[0]).resolve("below"), "below: ");
        assumeTrue(Files.exists(Path.of("/dev/zero")));
        assertFails(Path.of("/dev/zero"), "expected a file, found a special file");
    }

    @Test
    void unreadableFileIsNamed() throws IOException {
        Path file = write("secret", labels(1));
        assumeTrue(file.toFile().setReadable(false, false));
        assumeFalse(Files.isReadable(file), "permissions do not bind this user");
        assertFails(file, "secret: cannot be read: permission denied");
    }

    @Test
    void messageStaysOneLineWhateverTheName() throws IOException {
        assertFails(folder.resolve("two\nlines"), "two?lines: no such file");
    }

    // ---- the writer ----

    @ParameterizedTest
    @ValueSource(doubles = {-1, 256, 0.5, Double.NaN, Double.POSITIVE_INFINITY})
    void elementThatDoesNotFitIsRefusedAndTheOldFileStays(double value) throws IOException {
        Path file = write("a", labels(7));
        HostArray array = HostArray.of(DType.F64, Shape.of(2), 1, value);
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Idx.write(file, Idx.Type.UNSIGNED_BYTE, array));
        assertTrue(e.getMessage().startsWith("idx: element 1 is " + value), e.getMessage());
        assertArrayEquals(new int[] {7}, Idx.read(file).toInts());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(1, files.count(), "nothing is left behind");
        }
    }

    @Test
    void nanAndInfinityAreWrittenAsFloats() throws IOException {
        Path file = folder.resolve("a");
        double[] values = {Double.NaN, Double.NEGATIVE_INFINITY, -0.0};
        for (Idx.Type type : new Idx.Type[] {Idx.Type.FLOAT, Idx.Type.DOUBLE}) {
            Idx.write(file, type, HostArray.of(Shape.of(3), values));
            assertArrayEquals(values, Idx.read(file).toDoubles());
        }
    }

    @Test
    void rankOfAWrittenArrayIsChecked() {
        HostArray scalar = HostArray.zeros(DType.F32, Shape.SCALAR);
        assertThrows(IllegalArgumentException.class, () -> Idx.write(folder.resolve("a"), Idx.Type.FLOAT, scalar));
        HostArray deep = HostArray.zeros(DType.F32, Shape.of(1, 1, 1, 1, 1, 1, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> Idx.write(folder.resolve("a"), Idx.Type.FLOAT, deep));
        assertFalse(Files.exists(folder.resolve("a")));
    }

    // ---- the data sets that the format was made for ----

    @Test
    void readsMnist() throws IOException {
        Path mnist = dataFolder().resolve("mnist");
        assumeTrue(Files.isDirectory(mnist), "no MNIST beside the checkout");
        checkSet(mnist, 60_000, "train-", 1_567_298_545L, 5923);
        checkSet(mnist, 10_000, "t10k-", 264_923_200L, 980);
    }

    /** Sum of the bytes and number of zeros among the labels, computed with numpy. */
    private static void checkSet(Path mnist, int n, String prefix, long sumOfBytes, int zeros) throws IOException {
        Path file = mnist.resolve(prefix + "images-idx3-ubyte.gz");
        HostArray images = Idx.readImages(file);
        assertEquals(Shape.of(n, 28, 28), images.shape());
        HostArray bytes = Idx.read(file);
        long sum = 0;
        for (int i = 0; i < images.size(); i++) {
            int value = bytes.ints()[i];
            sum += value;
            assertEquals(value / 255f, images.floats()[i]);
        }
        assertEquals(sumOfBytes, sum);
        HostArray labels = Idx.readLabels(mnist.resolve(prefix + "labels-idx1-ubyte.gz"), 10);
        assertEquals(Shape.of(n), labels.shape());
        assertEquals(
                zeros, Arrays.stream(labels.ints()).filter(label -> label == 0).count());
    }

    private static Path dataFolder() {
        String set = System.getenv("SOFTMIN_DATA");
        if (set != null) {
            return Path.of(set);
        }
        Path below = Path.of("../shared/data"); // beside the checkout, when run from its root
        return Files.isDirectory(below) ? below : Path.of("../../shared/data");
    }

    // ---- helpers ----

    private static void assertFails(Path file, String... parts) {
        DataException e = assertThrows(DataException.class, () -> Idx.read(file));
        String message = e.getMessage();
        assertTrue(message.contains(file.getFileName().toString().replace('\n', '?')), message);
        assertEquals(1, message.lines().count(), message);
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "<" + message + "> should contain <" + part + ">");
        }
    }

    private static long allocatedBy(Runnable work) {
        ThreadMXBean threads = assertInstanceOf(ThreadMXBean.class, ManagementFactory.getThreadMXBean());
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private Path write(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private static byte[] labels(int... labels) {
        byte[] bytes = new byte[8 + labels.length];
        bytes[2] = 8;
        bytes[3] = 1;
        bytes[7] = (byte) labels.length;
        for (int i = 0; i < labels.length; i++) {
            bytes[8 + i] = (byte) labels[i];
        }
        return bytes;
    }

    private static byte[] flip(byte[] content, int index) {
        byte[] result = content.clone();
        result[index] ^= 1;
        return result;
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
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
