package org.softmin.tensor.io;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.StoredArray.Layout;

/**
 * The npy format of NumPy: a header that is a Python dictionary, then the elements of one array.
 *
 * <p>Both byte orders and both orders of the elements are read; the writer writes what NumPy writes. Format: NumPy
 * Enhancement Proposal 1, versions 1.0 to 3.0.
 */
public final class Npy {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MAX_HEADER = 1 << 16;
    private static final int MAX_RANK = 64;
    private static final int ALIGNMENT = 64;

    /** Digits of the largest first dimension, for which NumPy leaves room so that a file can grow in place. */
    private static final int GROWTH = 21;

    private static final Map<String, ElementType> TYPES = Map.ofEntries(
            Map.entry("b1", ElementType.BOOL),
            Map.entry("u1", ElementType.U8),
            Map.entry("i1", ElementType.I8),
            Map.entry("u2", ElementType.U16),
            Map.entry("i2", ElementType.I16),
            Map.entry("u4", ElementType.U32),
            Map.entry("i4", ElementType.I32),
            Map.entry("u8", ElementType.U64),
            Map.entry("i8", ElementType.I64),
            Map.entry("f2", ElementType.F16),
            Map.entry("f4", ElementType.F32),
            Map.entry("f8", ElementType.F64));

    private static final Pattern ENTRY = Pattern.compile("\\s*'([a-z_]{1,20})'\\s*:\\s*"
            + "(?:'([^']{0,40})'|(True|False)|\\(([0-9, \\-]*)\\)|([^,}]{1,40}))\\s*(,|(?=}))");

    private Npy() {}

    /**
     * Opens a file: its header is read and checked, its elements are not read. The array's name is empty.
     *
     * @throws DataException if the file is missing, unreadable or not a well-formed npy file of numbers
     */
    public static ArrayFile open(Path file) throws DataException {
        FileSource source = FileSource.open(file);
        try {
            return new ArrayFile(source, List.of(parse("", source, 0, source.length())), Map.of());
        } catch (DataException e) {
            source.close();
            throw e;
        }
    }

    /**
     * Reads the array of a file as {@link StoredArray#read()} does.
     *
     * @throws DataException as {@link #open} and {@link StoredArray#read()}
     */
    public static HostArray read(Path file) throws DataException {
        try (ArrayFile in = open(file)) {
            return in.array("").read();
        }
    }

    /** The array called {@code name} in {@code length} bytes of {@code source} from {@code start} on. */
    static StoredArray parse(String name, Source source, long start, long length) throws DataException {
        byte[] head = new byte[(int) Math.min(12, length)];
        source.read(start, head, head.length);
        if (head.length < 10 || !Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw fail(
                    name,
                    source,
                    0,
                    "expected an npy header (93 4e 55 4d 50 59 and a version), found " + DataFile.describe(head));
        }
        int version = head[6];
        if (version < 1 || version > 3 || head[7] != 0 || version > 1 && head.length < 12) {
            throw fail(
                    name,
                    source,
                    6,
                    "expected npy version 1.0, 2.0 or 3.0, found " + (version & 0xFF) + "." + (head[7] & 0xFF));
        }
        ByteBuffer numbers = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        long size = version == 1 ? numbers.getShort(8) & 0xFFFF : Integer.toUnsignedLong(numbers.getInt(8));
        int data = version == 1 ? 10 : 12;
        if (size < 2 || size > Math.min(MAX_HEADER, length - data)) {
            throw fail(
                    name,
                    source,
                    8,
                    "expected a header of 2 to " + Math.max(2, Math.min(MAX_HEADER, length - data)) + " bytes, found "
                            + size);
        }
        byte[] header = new byte[(int) size];
        source.read(start + data, header, header.length);
        return new Header(name, source, new String(header, StandardCharsets.ISO_8859_1), data)
                .array(start + data + size, length - data - size);
    }

    private static DataException fail(String name, Source source, long offset, String problem) {
        return name.isEmpty()
                ? new DataException(source.file(), offset, problem)
                : new DataException(source.file(), "array " + name + ": offset " + offset + ": " + problem);
    }

    /** A Python dictionary of three known entries. */
    private record Header(String name, Source source, String text, int offset) {
        StoredArray array(long start, long available) throws DataException {
            if (!text.startsWith("{")) {
                throw fail(0, "expected a Python dictionary, found " + shown(0));
            }
            String descr = "";
            String order = "";
            List<Long> dims = null;
            Matcher entry = ENTRY.matcher(text);
            int at = 1;
            while (entry.region(at, text.length()).lookingAt()) {
                boolean known = switch (entry.group(1)) {
                    case "descr" -> descr.isEmpty() && entry.group(2) != null;
                    case "fortran_order" -> order.isEmpty() && entry.group(3) != null;
                    case "shape" -> dims == null && entry.group(4) != null;
                    default -> false;
                };
                if (!known) {
                    throw fail(
                            at,
                            "expected descr (a text), fortran_order (True or False) and shape (a tuple), each"
                                    + " once, found " + shown(at));
                }
                switch (entry.group(1)) {
                    case "descr" -> descr = entry.group(2);
                    case "fortran_order" -> order = entry.group(3);
                    default -> dims = dims(entry.group(4), entry.start(4));
                }
                at = entry.end();
            }
            if (!text.substring(at).matches("\\s*}\\s*")) {
                throw fail(at, "expected the end of the dictionary, found " + shown(at));
            }
            if (descr.isEmpty() || order.isEmpty() || dims == null) {
                throw fail(0, "expected descr, fortran_order and shape, found " + shown(0));
            }
            return array(descr, order.equals("True"), dims, start, available);
        }

        private StoredArray array(String descr, boolean columns, List<Long> dims, long start, long available)
                throws DataException {
            ElementType type = descr.matches("[<>|=].*") ? TYPES.get(descr.substring(1)) : null;
            if (type == null) {
                throw fail(
                        0,
                        "expected elements b1, u1 to u8, i1 to i8, f2, f4 or f8 with < or >, found '" + descr + "'"
                                + (descr.endsWith("O") ? " (Python objects; save numbers)" : ""));
            }
            long elements = StoredArray.elements(dims);
            if (elements < 0 || elements * type.bytes() != available) {
                throw fail(
                        0,
                        "expected " + (elements < 0 ? "more than 2^63" : Long.toString(elements * type.bytes()))
                                + " bytes of data for " + type + dims + ", found " + available);
            }
            ByteOrder bytes = descr.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
            return new StoredArray(name, type, dims, new Layout(bytes, columns), source, start);
        }

        private List<Long> dims(String tuple, int at) throws DataException {
            List<Long> dims = new ArrayList<>();
            // A tuple of one has a comma at its end.
            String inner = tuple.strip();
            if (!inner.isEmpty() && !inner.matches("[0-9]{1,19}\\s*(,\\s*[0-9]{1,19}\\s*)*,?")
                    || inner.matches("[0-9]+")) {
                throw fail(at, "expected a shape of whole numbers, such as (2, 3), (2,) or (), found (" + tuple + ")");
            }
            for (String number : inner.isEmpty() ? new String[0] : inner.split(",")) {
                try {
                    dims.add(Long.parseLong(number.strip()));
                } catch (NumberFormatException e) {
                    throw fail(at, "expected dimensions of at most 9223372036854775807, found " + number.strip());
                }
            }
            if (dims.size() > MAX_RANK) {
                throw fail(at, "expected at most " + MAX_RANK + " dimensions, found " + dims.size());
            }
            return dims;
        }

        private String shown(int at) {
            return text.substring(at, Math.min(text.length(), at + 40));
        }

        private DataException fail(int at, String problem) {
            return Npy.fail(name, source, offset + at, problem);
        }
    }

    /**
     * Writes an array, F32, F64 and I32 as they are, BOOL as bytes; the file appears whole or not at all, as
     * {@link WholeFile} says.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, HostArray array) throws IOException {
        WholeFile.write(file, out -> writeTo(out, array));
    }

    /** The rows of an array that need not fit into memory. */
    @FunctionalInterface
    public interface Rows {
        /**
         * Some rows from row {@code first} on, as many as there is room for, [1 or more, ...]. The array is written before
         * the next are asked for, and may be used again for them.
         */
        HostArray from(long first) throws IOException;
    }

    /**
     * Writes an array [rows, ...row] as {@link #write(Path, HostArray)} does, a few rows at a time: it may be larger than
     * memory.
     *
     * @param row shape of a row
     * @param source is asked for the rows in their order
     * @throws IllegalArgumentException if it gives no row, more than there are left, or others than of that type and shape
     * @throws IOException if the file cannot be written, or {@code source} throws it
     */
    public static void write(Path file, DType dtype, long rows, Shape row, Rows source) throws IOException {
        WholeFile.write(file, out -> {
            writeHeader(
                    out,
                    dtype,
                    LongStream.concat(
                                    LongStream.of(rows),
                                    Arrays.stream(row.toArray()).asLongStream())
                            .toArray());
            for (long first = 0; first < rows; ) {
                HostArray some = source.from(first);
                int count = some.shape().rank() == 0 ? 0 : some.shape().dim(0);
                Shape expected = row.insert(0, count);
                if (count < 1
                        || count > rows - first
                        || some.dtype() != dtype
                        || !some.shape().equals(expected)) {
                    throw new IllegalArgumentException("npy: rows from " + first + " on of " + rows + " are " + some
                            + "; give 1 to " + (rows - first) + " rows of " + dtype + row);
                }
                ElementType.write(out, some);
                first += count;
            }
        });
    }

    static void writeTo(OutputStream out, HostArray array) throws IOException {
        writeHeader(
                out,
                array.dtype(),
                Arrays.stream(array.shape().toArray()).asLongStream().toArray());
        ElementType.write(out, array);
    }

    private static void writeHeader(OutputStream out, DType dtype, long[] dims) throws IOException {
        String descr = switch (dtype) {
            case F32 -> "<f4";
            case F64 -> "<f8";
            case I32 -> "<i4";
            case BOOL -> "|b1";
        };
        String shape = dims.length == 1
                ? dims[0] + ","
                : Arrays.stream(dims).mapToObj(String::valueOf).collect(Collectors.joining(", "));
        String dictionary = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }";
        if (dims.length > 0) {
            dictionary += " ".repeat(GROWTH - String.valueOf(dims[0]).length());
        }
        int before = MAGIC.length + 4;
        int padding = ALIGNMENT - (before + dictionary.length() + 1) % ALIGNMENT;
        byte[] header = (dictionary + " ".repeat(padding) + "\n").getBytes(StandardCharsets.ISO_8859_1);
        out.write(MAGIC);
        out.write(new byte[] {1, 0, (byte) header.length, (byte) (header.length >> 8)});
        out.write(header);
    }
}
