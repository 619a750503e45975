package org.softmin.tensor.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/** npy files, and npz archives of them. */
@Timeout(600) // against hanging only
class NpyTest {
    @TempDir
    Path folder;

    // ---- npy ----

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "|b1; 0100; 1 0; BOOL",
                "|u1; 7fff; 127 255; I32",
                "|i1; 7fff; 127 -1; I32",
                "<u2; 0201 ffff; 258 65535; I32",
                ">i2; 0102 ffff; 258 -1; I32",
                ">u4; 01020304 00000000; 16909060 0; I32",
                "<i8; ffffffffffffffff 0100000000000000; -1 1; I32",
                ">u8; 0000000000000005 0000000000000006; 5 6; I32",
                ">f2; 3c00 c100; 1 -2.5; F32",
                ">f4; 3f800000 c0490fdb; 1 -3.1415927410125732; F32",
                "<f8; 000000000000f83f 182d4454fb2109c0; 1.5 -3.141592653589793; F64",
            })
    void readsEachType(String descr, String data, String expected, DType dtype) throws IOException {
        HostArray array = Npy.read(write("'" + descr + "'", "False", "(2,)", hex(data)));
        assertEquals(dtype, array.dtype());
        assertEquals(Shape.of(2), array.shape());
        assertEquals(expected, text(array));
    }

    /** Bytes that numpy.save of NumPy 2.4 writes. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "F32; 2 3; {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }; 1 -2 3 4 5 6;"
                        + " 0000803f 000000c0 00004040 00008040 0000a040 0000c040",
                "F64; ''; {'descr': '<f8', 'fortran_order': False, 'shape': (), }; 1.5; 000000000000f83f",
                "BOOL; 2; {'descr': '|b1', 'fortran_order': False, 'shape': (2,), }; 1 0; 0100",
            })
    void writesTheBytesOfNumpy(DType dtype, String dims, String header, String values, String data) throws IOException {
        int[] extents = dims.isEmpty()
                ? new int[0]
                : Arrays.stream(dims.split(" ")).mapToInt(Integer::parseInt).toArray();
        HostArray array = HostArray.of(
                dtype,
                Shape.of(extents),
                Arrays.stream(values.split(" "))
                        .mapToDouble(Double::parseDouble)
                        .toArray());
        Path file = folder.resolve("a.npy");
        Npy.write(file, array);
        byte[] bytes = Files.readAllBytes(file);
        assertEquals("934e554d5059010076" + "00", HexFormat.of().formatHex(bytes, 0, 10));
        assertEquals(
                header + " ".repeat(117 - header.length()) + "\n",
                new String(bytes, 10, 118, StandardCharsets.US_ASCII));
        assertEquals(data.replace(" ", ""), HexFormat.of().formatHex(bytes, 128, bytes.length));
        HostArray read = Npy.read(file);
        assertEquals(array.toString(), read.toString());
        assertArrayEquals(array.toDoubles(), read.toDoubles());
    }

    /** One buffer serves for all blocks, so nothing but the block at hand is held; the bytes are those of the whole. */
    @Test
    void rowsAreWrittenAsTheyCome() throws IOException {
        HostArray whole = HostArray.of(Shape.of(7, 2), new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
        Path expected = folder.resolve("whole.npy");
        Npy.write(expected, whole);
        HostArray buffer = HostArray.zeros(DType.F32, Shape.of(3, 2));
        List<Long> asked = new ArrayList<>();
        Path file = folder.resolve("rows.npy");
        Npy.write(file, DType.F32, 7, Shape.of(2), first -> {
            asked.add(first);
            int count = (int) Math.min(3, 7 - first);
            buffer.rows(0, count).copyFrom(whole.rows((int) first, (int) first + count));
            return buffer.rows(0, count);
        });
        assertEquals(List.of(0L, 3L, 6L), asked);
        assertArrayEquals(Files.readAllBytes(expected), Files.readAllBytes(file));
        Npy.write(file, DType.F32, 0, Shape.of(2), first -> whole);
        assertEquals(Shape.of(0, 2), Npy.read(file).shape());
    }

    @Test
    void rowsThatDoNotFitAreRefusedAndTheOldFileStays() throws IOException {
        Path file = folder.resolve("a.npy");
        HostArray old = HostArray.of(Shape.of(2), new float[] {1, 2});
        Npy.write(file, old);
        for (HostArray wrong : List.of(
                HostArray.zeros(DType.F32, Shape.of(4, 2)), // one row too many
                HostArray.zeros(DType.F32, Shape.of(0, 2)),
                HostArray.zeros(DType.F32, Shape.of(1, 3)),
                HostArray.zeros(DType.F64, Shape.of(1, 2)),
                HostArray.zeros(DType.F32, Shape.SCALAR))) {
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class,
                    () -> Npy.write(file, DType.F32, 3, Shape.of(2), first -> wrong),
                    wrong.toString());
            assertTrue(e.getMessage().endsWith("; give 1 to 3 rows of F32[2]"), e.getMessage());
            assertArrayEquals(old.toDoubles(), Npy.read(file).toDoubles());
        }
        HostArray two = HostArray.zeros(DType.F32, Shape.of(2, 2));
        IllegalArgumentException second = assertThrows(
                IllegalArgumentException.class, () -> Npy.write(file, DType.F32, 3, Shape.of(2), first -> two));
        assertTrue(second.getMessage().startsWith("npy: rows from 2 on of 3 are "), second.getMessage());
        assertThrows(
                IOException.class,
                () -> Npy.write(file, DType.F32, 3, Shape.of(2), first -> {
                    throw new IOException("the source has failed");
                }));
        assertArrayEquals(old.toDoubles(), Npy.read(file).toDoubles());
        assertFalse(Files.exists(folder.resolve("a.npy.unfinished")));
    }

    @Test
    void fortranOrderIsTurned() throws IOException {
        Path file = write("'>i2'", "True", "(2, 3)", hex("0000 0003 0001 0004 0002 0005"));
        assertEquals("0 1 2 3 4 5", text(Npy.read(file)));
        try (ArrayFile in = Npy.open(file)) {
            float[] row = new float[3];
            in.array("").rows(1, 1, row);
            assertArrayEquals(new float[] {3, 4, 5}, row);
        }
        // [2, 3, 2]: element (i, j, k) is 6 i + 2 j + k and lies at i + 2 j + 6 k.
        byte[] data = new byte[12];
        for (int n = 0; n < 12; n++) {
            data[n / 6 + 2 * (n / 2 % 3) + 6 * (n % 2)] = (byte) n;
        }
        Path deep = write("'|u1'", "True", "(2, 3, 2)", data);
        assertEquals("0 1 2 3 4 5 6 7 8 9 10 11", text(Npy.read(deep)));
        try (ArrayFile in = Npy.open(deep)) {
            float[] rows = new float[12];
            in.array("").rows(0, 2, rows);
            assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, rows);
        }
    }

    @Test
    void versionsTwoAndThreeHaveALongerLength() throws IOException {
        String header = "{'shape':(0,),'fortran_order':False,'descr':'<f4'}\n";
        for (String version : List.of("02", "03")) {
            byte[] file = concatenate(
                    hex("934e554d5059" + version + "00" + HexFormat.of().toHexDigits((byte) header.length())
                            + "000000"),
                    header.getBytes(StandardCharsets.US_ASCII));
            assertEquals(
                    Shape.of(0),
                    Npy.read(Files.write(folder.resolve("a"), file)).shape());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "''; offset 0: expected an npy header; found nothing",
                "934e554d50; expected an npy header; found 93 4e 55 4d 50",
                "934e554d5058 0100 0200; offset 0: expected an npy header; found 93 4e 55 4d 50 58",
                "934e554d5059 0000 0200 7b7d; offset 6: expected npy version 1.0, 2.0 or 3.0; found 0.0",
                "934e554d5059 0400 0200 7b7d; offset 6: expected; found 4.0",
                "934e554d5059 ff01 0200 7b7d; offset 6: expected; found 255.1",
                "934e554d5059 0200 0200; offset 6: expected; found 2.0",
                "934e554d5059 0100 0000; offset 8: expected a header of 2 to 2 bytes; found 0",
                "934e554d5059 0100 0300 7b7d; offset 8; expected a header of 2 to 2 bytes, found 3",
                "934e554d5059 0200 ffffffff; offset 8: expected a header; found 4294967295",
                "504b0304 0000 0000 0000; expected an npy header; (a zip archive?",
                "3c68746d6c3e; expected an npy header; (a web page?",
            })
    void badStartIsNamed(String content, String first, String second) throws IOException {
        assertFails(Files.write(folder.resolve("a.npy"), hex(content)), first, second);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'<O' ; False ; (1,) | found '<O' (Python objects; save numbers)",
                "'<U4' ; False ; (1,) | found '<U4'",
                "'f4' ; False ; (1,) | found 'f4'",
                "[('a', '<f4')] ; False ; (1,) | offset 11: expected descr (a text)",
                "'<f4' ; 0 ; (1,) | expected descr (a text), fortran_order (True or False)",
                "'<f4' ; False ; (-1,) | expected a shape of whole numbers",
                "'<f4' ; False ; (1) | expected a shape of whole numbers",
                "'<f4' ; False ; 1 | expected descr (a text)",
                "'<f4' ; False ; (1.0,) | expected descr (a text)",
                "'<f4' ; False ; (,) | expected a shape of whole numbers",
                "'<f4' ; False ; (1,,1) | expected a shape of whole numbers",
                "'<f4' ; False ; (9223372036854775808,) | expected dimensions of at most 9223372036854775807",
                "'<f4' ; False ; (9223372036854775807,) | expected more than 2^63 bytes of data",
                "'<f4' ; False ; (4194305, 4194305, 211106198978564) | expected more than 2^63 bytes of data",
                "'<f4' ; False ; (0,) | expected 0 bytes of data for F32[0], found 4",
                "'<f4' ; False ; (2,) | expected 8 bytes of data for F32[2], found 4",
                "'<f2' ; False ; (1,) | expected 2 bytes of data for F16[1], found 4",
                "'<f4' ; False, 'shape': (1,) ; (1,) | each once, found",
                "'<f4' ; False ; (1,), 'x': 1 | each once, found",
            })
    void badHeaderIsNamed(String fields, String expected) throws IOException {
        String[] field = fields.split(" ; ", -1);
        assertFails(write(field[0], field[1], field[2], new byte[4]), expected);
    }

    @Test
    void dictionaryMustBeWholeAndAlone() throws IOException {
        for (String header : List.of("{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4' 'shape': ()}", "{}{}")) {
            assertFails(npy(header, new byte[4]), "expected");
        }
        assertFails(
                npy("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x", new byte[4]),
                "the end of the dictionary");
        String ones = "1,".repeat(65);
        assertFails(write("'<f4'", "False", "(" + ones + ")", new byte[4]), "expected at most 64 dimensions, found 65");
    }

    // ---- npz ----

    @ParameterizedTest
    @ValueSource(strings = {"savez.npz", "savez_compressed.npz"})
    void readsTheArchivesOfNumpy(String name) throws IOException {
        Path file = resource(name);
        boolean compressed = name.contains("compressed");
        try (ArrayFile in = ArrayFile.open(file)) {
            StoredArray a = in.array("a");
            assertEquals(compressed ? "a I64[300]" : "a I64[2, 3]", a.toString());
            int[] values = a.read().toInts();
            for (int i = 0; i < values.length; i++) {
                assertEquals(i, values[i]);
            }
            assertEquals("1 2.5", text(in.array(compressed ? "b" : "d/b").read()));
            float[] row = new float[(int) a.rowSize()];
            for (long from : compressed ? new long[] {299, 17, 18, 0} : new long[] {1, 0}) {
                a.rows(from, 1, row);
                assertEquals((double) (from * row.length), row[0]);
            }
        }
    }

    @Test
    void archiveIsReadAsItIsWritten() throws IOException {
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        arrays.put("w", HostArray.of(DType.F32, Shape.of(2, 2), 1, Double.NaN, 3, -4));
        arrays.put("layer/b\u00e4", HostArray.of(Shape.of(1), new boolean[] {true}));
        arrays.put("s", HostArray.of(Shape.SCALAR, new int[] {-7}));
        Path file = folder.resolve("a.npz");
        Npz.write(file, arrays);
        byte[] bytes = Files.readAllBytes(file);
        try (ArrayFile in = Npz.open(file)) {
            Map<String, HostArray> read = in.readAll();
            assertEquals(arrays.keySet(), read.keySet());
            read.forEach((name, array) -> {
                assertEquals(arrays.get(name).toString(), array.toString());
                assertArrayEquals(arrays.get(name).toDoubles(), array.toDoubles());
            });
        }
        Npz.write(file, arrays);
        assertArrayEquals(bytes, Files.readAllBytes(file), "the same bytes again");
        for (String name : List.of("", "../a", "/a", "C:\\a", "a\\b", "a\nb")) {
            assertThrows(IllegalArgumentException.class, () -> Npz.write(file, Map.of(name, arrays.get("w"))));
        }
        assertArrayEquals(bytes, Files.readAllBytes(file), "nothing is lost");
    }

    @ParameterizedTest
    @CsvSource({
        "../x.npy, leads out of its folder",
        "a/../../x.npy, leads out of its folder",
        "/x.npy, is an absolute path",
        "C:x.npy, is an absolute path",
        "a\\x.npy, holds a backslash",
        "x.txt, expected members called .npy",
    })
    void namesThatLeadAwayAreRefused(String name, String expected) throws IOException {
        assertFails(zip(name, "a.npy"), expected);
    }

    @Test
    void damagedArchivesAreNamed() throws IOException {
        byte[] good = Files.readAllBytes(zip("a.npy", "b.npy"));
        int directory = indexOf(good, "504b0102", 0);
        int second = indexOf(good, "504b0102", directory + 1);
        byte[] twice = good.clone();
        twice[second + 46] = 'a';
        assertFails(archive(twice), "the name a.npy occurs twice");
        byte[] encrypted = good.clone();
        encrypted[directory + 8] |= 1;
        assertFails(archive(encrypted), "member a.npy is encrypted");
        byte[] method = good.clone();
        method[directory + 10] = 12;
        assertFails(archive(method), "expected compression 0 (stored) or 8 (deflate), found 12");
        byte[] overlapping = good.clone();
        System.arraycopy(good, directory + 42, overlapping, second + 42, 4);
        assertFails(archive(overlapping), "members a.npy and b.npy overlap");
        byte[] bomb = good.clone();
        System.arraycopy(hex("ffffff7f"), 0, bomb, directory + 24, 4);
        assertFails(archive(bomb), "cannot hold the 2147483647 declared");
        assertFails(
                archive(Arrays.copyOf(good, good.length - 1)), "expected a zip archive, found no directory at its end");
        assertFails(archive(Arrays.copyOf(good, 30)), "found no directory at its end");
    }

    @Test
    void checkSumOfCompressedMembersIsCompared() throws IOException {
        byte[] bytes = Files.readAllBytes(zip("a.npy"));
        bytes[indexOf(bytes, "504b0102", 0) + 16] ^= 1;
        try (ArrayFile in = Npz.open(archive(bytes))) {
            DataException e =
                    assertThrows(DataException.class, () -> in.array("a").read());
            assertTrue(e.getMessage().contains("member a.npy is damaged: its check sum (CRC-32)"), e.getMessage());
        }
    }

    @Test
    void formatsAreToldByTheirContent() throws IOException {
        Path file = folder.resolve("file");
        HostArray array = HostArray.of(Shape.of(2, 1), new float[] {1, 2});
        Npy.write(file, array);
        assertOpens(file, "F32[2, 1]");
        Npz.write(file, Map.of("x", array));
        assertOpens(file, "x F32[2, 1]");
        Safetensors.write(file, Map.of("x", array), Map.of());
        assertOpens(file, "x F32[2, 1]");
        Idx.write(file, Idx.Type.FLOAT, array);
        assertOpens(file, "F32[2, 1]");
        Path zipped = folder.resolve("file.gz");
        Idx.write(zipped, Idx.Type.SHORT, array);
        assertOpens(zipped, "I16[2, 1]");
        assertFails(Files.write(file, new byte[0]), "found nothing");
        assertFalse(Files.exists(folder.resolve("file.unfinished")));
    }

    private static void assertOpens(Path file, String expected) throws IOException {
        try (ArrayFile in = ArrayFile.open(file)) {
            StoredArray array = in.arrays().getFirst();
            assertEquals(expected, array.toString());
            float[] rows = new float[2];
            array.rows(1, 1, rows);
            array.rows(0, 2, rows);
            assertArrayEquals(new float[] {1, 2}, rows);
            assertEquals("1 2", text(array.read()));
        }
    }

    // ---- helpers ----

    private static void assertFails(Path file, String... parts) {
        DataException e = assertThrows(DataException.class, () -> {
            if (file.toString().endsWith("npy")) {
                Npy.read(file);
            } else {
                ArrayFile.open(file).close();
            }
        });
        assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), () -> "<" + e.getMessage() + "> should contain <" + part + ">");
        }
    }

    private static String text(HostArray array) {
        StringBuilder text = new StringBuilder();
        for (double value : array.toDoubles()) {
            text.append(' ').append(value == (long) value ? Long.toString((long) value) : Double.toString(value));
        }
        return text.substring(1);
    }

    private Path write(String descr, String order, String shape, byte[] data) throws IOException {
        return npy("{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }  \n", data);
    }

    private Path npy(String header, byte[] data) throws IOException {
        return Files.write(
                folder.resolve("x.npy"),
                concatenate(
                        hex("934e554d50590100"),
                        new byte[] {(byte) header.length(), (byte) (header.length() >> 8)},
                        header.getBytes(StandardCharsets.ISO_8859_1),
                        data));
    }

    private Path archive(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("x.npz"), bytes);
    }

    /** Archive of the same compressed array under several names. */
    private Path zip(String... names) throws IOException {
        Path array = write("'<f4'", "False", "(1000,)", new byte[4000]);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String name : names) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(Files.readAllBytes(array));
            }
        }
        return archive(bytes.toByteArray());
    }

    private Path resource(String name) throws IOException {
        try (InputStream in = NpyTest.class.getResourceAsStream(name)) {
            return Files.write(folder.resolve(name), in.readAllBytes());
        }
    }

    private static int indexOf(byte[] bytes, String hex, int from) {
        byte[] wanted = hex(hex);
        for (int i = from; ; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
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
}
