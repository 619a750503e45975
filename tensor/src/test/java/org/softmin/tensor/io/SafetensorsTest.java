package org.softmin.tensor.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

@Timeout(600) // against hanging only
class SafetensorsTest {
    private static final String A = "'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}";

    @TempDir
    Path folder;

    // ---- what can be read ----

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "BOOL; 01 00; 1 0; BOOL",
                "U8; 7f ff; 127 255; I32",
                "I8; 7f ff; 127 -1; I32",
                "U16; 0201 ffff; 258 65535; I32",
                "I16; 0201 ffff; 258 -1; I32",
                "U32; 04030201 ffffff7f; 16909060 2147483647; I32",
                "I32; 04030201 ffffffff; 16909060 -1; I32",
                "U64; 0100000000000000 ffffff7f00000000; 1 2147483647; I32",
                "I64; ffffffffffffffff 00000080ffffffff; -1 -2147483648; I32",
                "F16; 003c 01fc; 1 NaN; F32",
                "F16; 0100 00fc; 5.9604644775390625E-8 -Infinity; F32",
                "BF16; 803f 49c0; 1 -3.140625; F32",
                "F32; 0000803f db0f49c0; 1 -3.1415927410125732; F32",
                "F64; 000000000000f83f 182d4454fb2109c0; 1.5 -3.141592653589793; F64",
            })
    void readsEachType(String type, String data, String expected, DType dtype) throws IOException {
        byte[] bytes = hex(data);
        Path file = write("{'x':{'dtype':'" + type + "','shape':[2],'data_offsets':[0," + bytes.length + "]}}", bytes);
        double[] values =
                Stream.of(expected.split(" ")).mapToDouble(Double::parseDouble).toArray();
        try (ArrayFile in = Safetensors.open(file)) {
            HostArray array = in.array("x").read();
            assertEquals(dtype, array.dtype());
            assertArrayEquals(values, array.toDoubles());
            assertArrayEquals(values, in.array("x").read(DType.F64).toDoubles());
            float[] floats = new float[2];
            in.array("x").rows(0, 2, floats);
            assertArrayEquals(new float[] {(float) values[0], (float) values[1]}, floats);
            assertEquals(bytes.length, in.array("x").bytes());
        }
    }

    @Test
    void integersThatDoNotFitAreReadAsFloatsOnly() throws IOException {
        Path file = write(
                "{'u':{'dtype':'U64','shape':[],'data_offsets':[0,8]},'i':{'dtype':'I64','shape':[1],'data_offsets':[8,16]}}",
                hex("01f8ffffffffffff 0000008000000000"));
        try (ArrayFile in = Safetensors.open(file)) {
            assertEquals(0x1p64 - 2048, in.array("u").read(DType.F64).get(0));
            assertEquals(0x1p31, in.array("i").read(DType.F32).get(0));
            DataException u =
                    assertThrows(DataException.class, () -> in.array("u").read());
            assertEquals(
                    file + ": array u element 0 is 18446744073709549569, which I32 cannot hold; read it as F64",
                    u.getMessage());
            assertThrows(DataException.class, () -> in.array("i").read());
            assertThrows(IllegalArgumentException.class, () -> in.array("i").read(DType.BOOL));
        }
    }

    @Test
    void truthValuesAreChecked() throws IOException {
        Path file = write("{'x':{'dtype':'BOOL','shape':[2],'data_offsets':[0,2]}}", hex("0102"));
        try (ArrayFile in = Safetensors.open(file)) {
            DataException e =
                    assertThrows(DataException.class, () -> in.array("x").read());
            assertEquals(file + ": array x element 1 is the byte 2; expected 0 or 1", e.getMessage());
        }
    }

    @Test
    void readsWhatItWrites() throws IOException {
        LinkedHashMap<String, HostArray> arrays = new LinkedHashMap<>();
        arrays.put("z.weight", HostArray.of(DType.F32, Shape.of(2, 3), 1, -0.0, Double.NaN, 1e-45, 3e38, -7));
        arrays.put("../a/\u00e4\ud83d\ude00\"\\", HostArray.of(Shape.SCALAR, new double[] {Math.PI}));
        arrays.put("empty", HostArray.zeros(DType.F64, Shape.of(3, 0, 2)));
        arrays.put("flags", HostArray.of(Shape.of(3), new boolean[] {true, false, true}));
        arrays.put("part", HostArray.wrap(Shape.of(2), new int[] {9, Integer.MIN_VALUE, 5, 9}, 1));
        arrays.put("long", HostArray.zeros(DType.F32, Shape.of(100_000)));
        arrays.get("long").set(99_999, 2);
        Map<String, String> metadata = Map.of("step", "17", "note", "two\nlines, \"quoted\" \u0000 \u2603", "", "");
        Path file = folder.resolve("a.safetensors");
        Safetensors.write(file, arrays, metadata);
        try (ArrayFile in = Safetensors.open(file)) {
            assertEquals(metadata, in.metadata());
            Map<String, HostArray> read = in.readAll();
            assertEquals(arrays.keySet(), read.keySet());
            read.forEach((name, array) -> {
                assertEquals(arrays.get(name).toString(), array.toString());
                assertArrayEquals(arrays.get(name).toDoubles(), array.toDoubles(), name);
            });
            assertEquals(
                    List.of("../a/\u00e4\ud83d\ude00\"\\", "empty", "long"),
                    in.arrays().stream().limit(3).map(StoredArray::name).toList(),
                    "the widest type first, then by name");
        }
        assertEquals(0, (8 + headerLength(file)) % 8, "the data is aligned");

        Map<String, HostArray> reversed = new LinkedHashMap<>(arrays.reversed());
        Path other = folder.resolve("b.safetensors");
        Safetensors.write(other, reversed, metadata);
        assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(other));
    }

    /** Written by the Python package of the format, version 0.8.0, from numpy arrays. */
    @Test
    void readsAndWritesTheBytesOfTheOriginal() throws IOException {
        byte[] original = hex("c800000000000000"
                + HexFormat.of()
                        .formatHex(("{\"__metadata__\":{\"by\":\"python\"},\"b\":{\"dtype\":\"F64\",\"shape\":[1],"
                                        + "\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],"
                                        + "\"data_offsets\":[8,16]},\"c\":{\"dtype\":\"BOOL\",\"shape\":[3],"
                                        + "\"data_offsets\":[16,19]}}")
                                .getBytes(StandardCharsets.UTF_8))
                + "202020 000000000000f83f 0000803f000000c0 010001");
        Path file = folder.resolve("a.safetensors");
        Safetensors.write(
                file,
                Map.of(
                        "a", HostArray.of(Shape.of(2, 1), new float[] {1, -2}),
                        "b", HostArray.of(Shape.of(1), new double[] {1.5}),
                        "c", HostArray.of(Shape.of(3), new boolean[] {true, false, true})),
                Map.of("by", "python"));
        assertEquals(
                new String(original, StandardCharsets.ISO_8859_1),
                new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
    }

    @Test
    void whitespaceEscapesAndOrderOfFieldsAreFree() throws IOException {
        Path file = write(
                "{\n 'b\\/\\\"\\ud83d\\ude00' :\t{ 'data_offsets' : [ 0 , 0 ] ,\r\n'shape':[ 0 ],'dtype':'F16' } }   ",
                new byte[0]);
        try (ArrayFile in = Safetensors.open(file)) {
            assertEquals("b/\"\ud83d\ude00 F16[0]", in.arrays().getFirst().toString());
        }
        try (ArrayFile in = Safetensors.open(write("{}", new byte[0]))) {
            assertTrue(in.arrays().isEmpty());
        }
    }

    @Test
    void rowsAreReadWithoutTheRest() throws IOException {
        int rows = 1000;
        int width = 77;
        float[] values = new float[rows * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        Path file = folder.resolve("a.safetensors");
        Safetensors.write(
                file,
                Map.of(
                        "x", HostArray.of(Shape.of(rows, 7, 11), values),
                        "before", HostArray.zeros(DType.F64, Shape.of(3)),
                        "scalar", HostArray.of(Shape.SCALAR, new float[] {5})),
                Map.of());
        try (ArrayFile in = Safetensors.open(file)) {
            StoredArray x = in.array("x");
            assertEquals(List.of(1000L, 7L, 11L), x.dims());
            assertEquals(rows, x.rows());
            assertEquals(width, x.rowSize());
            for (long from : new long[] {0, 999, 17, 18, 0}) {
                float[] row = new float[width];
                x.rows(from, 1, row);
                assertArrayEquals(Arrays.copyOfRange(values, (int) from * width, (int) (from + 1) * width), row);
            }
            float[] all = new float[rows * width + 3];
            x.rows(0, rows, all);
            assertArrayEquals(values, Arrays.copyOf(all, values.length));
            x.rows(rows, 0, all);
            assertThrows(IndexOutOfBoundsException.class, () -> x.rows(rows, 1, all));
            assertThrows(IndexOutOfBoundsException.class, () -> x.rows(-1, 1, all));
            assertThrows(IndexOutOfBoundsException.class, () -> x.rows(0, 2, new float[2 * width - 1]));
            float[] one = new float[1];
            in.array("scalar").rows(0, 1, one);
            assertEquals(5, one[0]);
        }
    }

    @Test
    void wrongModelIsExplained() throws IOException {
        Path file = folder.resolve("a.safetensors");
        Safetensors.write(
                file,
                Map.of(
                        "w", HostArray.zeros(DType.F32, Shape.of(2, 3)),
                        "b", HostArray.zeros(DType.F32, Shape.of(2)),
                        "extra", HostArray.zeros(DType.I32, Shape.of(1))),
                Map.of());
        try (ArrayFile in = Safetensors.open(file)) {
            in.requireExactly(Map.of("w", Shape.of(2, 3), "b", Shape.of(2), "extra", Shape.of(1)));
            DataException e = assertThrows(
                    DataException.class,
                    () -> in.requireExactly(Map.of("w", Shape.of(3, 2), "b", Shape.of(2), "scale", Shape.SCALAR)));
            assertEquals(
                    file + ": not the arrays of this model; missing: scale []; unexpected: extra I32[1];"
                            + " of another shape: w F32[2, 3] instead of [3, 2]",
                    e.getMessage());
            DataException absent = assertThrows(DataException.class, () -> in.array("c"));
            assertEquals(file + ": expected an array called c, found b, extra, w", absent.getMessage());
        }
    }

    // ---- what cannot ----

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "''; offset 0: expected the length of a safetensors header (8 bytes), found nothing",
                "00; found 00",
                "00000000000000; found 00 00 00 00 00 00 00",
                "0000000000000000; the length 0",
                "0100000000000000 7b; the length 1",
                "0300000000000000 7b7d; expected a safetensors header of 2 to 2 bytes, as many as the file has, found"
                        + " the length 3",
                "ffffffffffffff7f 7b7d; found the length 9223372036854775807",
                "0000000000000080 7b7d; found the length 9223372036854775808",
                "ffffffffffffffff 7b7d; found the length 18446744073709551615",
                "0200000000000000 5b5d; offset 8: expected a JSON object",
                "76657273696f6e2068747470733a2f2f; (a git-lfs pointer?",
                "3c21444f43545950452068746d6c3e; (a web page?",
                "800495000000000000; (a Python pickle?)",
                "504b0304140000000800; (a zip archive?",
                "934e554d505901007600; (a NumPy array)",
            })
    void wrongFileIsNamed(String content, String expected) throws IOException {
        assertFails(Files.write(folder.resolve("wrong"), hex(content)), expected);
    }

    @Test
    void headerOfMoreThanAHundredMegabytesIsRefused() throws IOException {
        Path file = folder.resolve("large");
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(hex("01e1f50500000000 7b")));
            channel.position(200_000_000).write(ByteBuffer.wrap(new byte[1]));
        }
        assertFails(file, "expected a safetensors header of at most 100000000 bytes, found 100000001");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{  | offset 0: expected a safetensors header of 2 to 5 bytes",
                "`{ ` | offset 10: expected '\"', found the end of the header",
                "{'a' | expected ':', found the end of the header",
                "{'a | expected '\"', found the end of the header",
                "{'a':1} | offset 13: expected '{', found '1'",
                "{'a':null} | expected '{', found 'n'",
                "{'a':{} } | tensor a: expected dtype, shape and data_offsets, found no dtype",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},} | expected '\"', found '}'",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]} 'b' | expected ',' or '}', found '\"'",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}x | expected the end of the header, 1 bytes"
                        + " further",
                "{'a':{'dtype':'F32','shape':[1]}} | found no data_offsets",
                "{'a':{'dtype':'F32','data_offsets':[0,4]}} | found no shape",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4],'x':1}} | expected dtype, shape and"
                        + " data_offsets, found \"x\"",
                "{'a':{'dtype':'F32','dtype':'F32','shape':[1],'data_offsets':[0,4]}} | dtype occurs twice",
                "{'a':{'shape':[1],'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | shape occurs twice",
                "{'a':{'dtype':'F33','shape':[1],'data_offsets':[0,4]}} | found \"F33\"",
                "{'a':{'dtype':'f32','shape':[1],'data_offsets':[0,4]}} | found \"f32\"",
                "{'a':{'dtype':4,'shape':[1],'data_offsets':[0,4]}} | expected '\"', found '4'",
                "{'a':{'dtype':'F32','shape':1,'data_offsets':[0,4]}} | expected '[', found '1'",
                "{'a':{'dtype':'F32','shape':['1'],'data_offsets':[0,4]}} | tensor a: shape: a whole number from 0 on,"
                        + " found '\"'",
                "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}} | tensor a: shape: expected a whole number"
                        + " from 0 to 9223372036854775807, found -1",
                "{'a':{'dtype':'F32','shape':[1.0],'data_offsets':[0,4]}} | found 1.0",
                "{'a':{'dtype':'F32','shape':[1e0],'data_offsets':[0,4]}} | found 1e0",
                "{'a':{'dtype':'F32','shape':[01],'data_offsets':[0,4]}} | found 01",
                "{'a':{'dtype':'F32','shape':[9223372036854775808],'data_offsets':[0,4]}} | found 9223372036854775808",
                "{'a':{'dtype':'F32','shape':[99999999999999999999999],'data_offsets':[0,4]}} | found"
                        + " 99999999999999999999999",
                "{'a':{'dtype':'F32','shape':[4194305, 4194305, 211106198978564],'data_offsets':[0,4]}} | has more"
                        + " bytes than 63 bits can count",
                "{'a':{'dtype':'F32','shape':[9223372036854775807],'data_offsets':[0,4]}} | has more bytes than 63"
                        + " bits can count",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}} | expected data_offsets 4 apart for F32[1],"
                        + " found [4, 0]",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[-4,0]}} | data_offsets: expected a whole number",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,3]}} | expected data_offsets 4 apart",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4,4]}} | data_offsets: expected at most 2 numbers",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0]}} | expected two data_offsets, found [0]",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | tensor a begins at 4 of the data; expected"
                        + " 0, where the start ends (there is a hole)",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | expected 8 bytes of data, up to the end of"
                        + " tensor a, found 4",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,9223372036854775807]}} | expected data_offsets 4"
                        + " apart",
                "{} | expected 0 bytes of data, up to the end of the start, found 4",
                "{'__metadata__':{'x':1}} | expected '\"', found '1'",
                "{'__metadata__':{'x':'1','x':'1'}} | metadata: the name \"x\" occurs twice",
                "{'__metadata__':{},'__metadata__':{}} | the name \"__metadata__\" occurs twice",
                "{'__metadata__':[]} | expected '{', found '['",
                "{'a\\u0000':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | the name \"a?\" holds control"
                        + " characters",
                "{'a\\ud800':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | half of a surrogate pair",
                "{'a\\x':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | found \\x",
                "{'a\\u00g0':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | expected four hexadecimal digits,"
                        + " found 'g'",
                "{'a\t':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | expected text without control characters,"
                        + " found byte 9",
            })
    void badHeaderIsNamed(String json, String expected) throws IOException {
        assertFails(write(json, new byte[4]), expected);
    }

    @Test
    void tensorsMayNotOverlapNorBeNamedTwice() throws IOException {
        String b = "'b':{'dtype':'F32','shape':[1],'data_offsets':[%d,%d]}";
        String both = "{" + A + "," + b + "}";
        assertFails(write(both.formatted(2, 6), new byte[8]), "tensor b begins at 2", "(they overlap)");
        assertFails(write(both.formatted(0, 4), new byte[4]), "begins at 0 of the data; expected 4", "(they overlap)");
        assertFails(write(both.formatted(5, 9), new byte[9]), "tensor b begins at 5", "(there is a hole)");
        assertFails(write(both.formatted(4, 8), new byte[9]), "expected 8 bytes of data", "found 9");
        assertFails(write("{" + A + "," + A + "}", new byte[4]), "the name \"a\" occurs twice");
        assertFails(write("{" + A + "," + A.replace("a'", "\\u0061'") + "}", new byte[4]), "occurs twice");
    }

    @Test
    void headerMustBeUtf8() throws IOException {
        byte[] json = ("{" + A + "}").replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        json[2] = (byte) 0xFF;
        assertFails(raw(json, new byte[4]), "offset 10: expected UTF-8 text");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{'a':", "{'__metadata__':"})
    void deepNestingIsNoDanger(String bracket) throws IOException {
        assertFails(write("{'a':{'dtype':'F32','shape':" + bracket.repeat(10_000), new byte[0]), "expected");
        assertFails(write("{'a':" + bracket.repeat(10_000), new byte[0]), "expected");
    }

    @Test
    void limitsOfRankAndNumberAreChecked() throws IOException {
        String ones = "1,".repeat(64) + "1";
        assertFails(
                write(A.replace("'a'", "{'a'").replace("[1]", "[" + ones + "]") + "}", new byte[4]),
                "at most 64 numbers");
        StringBuilder many = new StringBuilder("{");
        for (int i = 0; i <= 65_536; i++) {
            many.append("'").append(i).append("':{'dtype':'U8','shape':[0],'data_offsets':[0,0]},");
        }
        many.setCharAt(many.length() - 1, '}');
        assertFails(write(many.toString(), new byte[0]), "expected at most 65536 tensors");
    }

    @Test
    void arrayThatNoJavaArrayHoldsCanBeReadByRows() throws IOException {
        // Empty, so that the file stays small; the extents are what matters.
        Path file = write("{'a':{'dtype':'F32','shape':[3000000000,0],'data_offsets':[0,0]}}", new byte[0]);
        try (ArrayFile in = Safetensors.open(file)) {
            DataException e =
                    assertThrows(DataException.class, () -> in.array("a").read());
            assertTrue(e.getMessage().contains("read some of its rows"), e.getMessage());
            in.array("a").rows(2_999_999_999L, 1, new float[0]);
        }
    }

    // ---- the writer ----

    @Test
    void namesThatCannotBeReadAreNotWritten() {
        Path file = folder.resolve("a");
        HostArray one = HostArray.zeros(DType.F32, Shape.of(1));
        for (String name : List.of("__metadata__", "a\u0000", "\ud800")) {
            assertThrows(IllegalArgumentException.class, () -> Safetensors.write(file, Map.of(name, one), Map.of()));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> Safetensors.write(file, Map.of("a", one), Map.of("x", "half \udc00")));
        assertFalse(Files.exists(file));
    }

    @Test
    void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = folder.resolve("a");
        Safetensors.write(file, Map.of("a", HostArray.zeros(DType.F32, Shape.of(1))), Map.of());
        byte[] old = Files.readAllBytes(file);
        IOException full = new IOException("No space left on device");
        IOException thrown = assertThrows(
                IOException.class,
                () -> WholeFile.write(file, out -> {
                    out.write(new byte[100_000]);
                    throw full;
                }));
        assertEquals(full, thrown);
        assertArrayEquals(old, Files.readAllBytes(file));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList());
        }
        assertThrows(
                IOException.class, () -> Safetensors.write(folder.resolve("no/such/folder/a"), Map.of(), Map.of()));
    }

    // ---- helpers ----

    private void assertFails(Path file, String... parts) {
        DataException e =
                assertThrows(DataException.class, () -> Safetensors.open(file).close());
        assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), () -> "<" + e.getMessage() + "> should contain <" + part + ">");
        }
    }

    /** File with a header in which single quotes stand for double ones. */
    private Path write(String json, byte[] data) throws IOException {
        return raw(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), data);
    }

    private Path raw(byte[] header, byte[] data) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .array());
        all.writeBytes(header);
        all.writeBytes(data);
        return Files.write(folder.resolve("x.safetensors"), all.toByteArray());
    }

    private static long headerLength(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong(0);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }
}
