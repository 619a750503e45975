package org.softmin.tensor.io;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/**
 * The IDX format of the MNIST data sets: a type, the extents, then the elements, big-endian and row-major.
 *
 * <p>Readers take plain files and gzip files, whatever their name says. They check the length before they allocate;
 * where it is only known after decompression, storage grows with the data that really came. A file that is not exactly
 * as described is a {@link DataException}. Format: Y. LeCun, C. Cortes, C. Burges, "The MNIST database".
 */
public final class Idx {
    /** Highest rank that is read: no data set in this format comes near it, and damaged headers go beyond. */
    private static final int MAX_RANK = 8;

    private static final int CHUNK = 1 << 16;

    private Idx() {}

    /** Element type in a file, and the type that its elements are read as. */
    public enum Type {
        /** 0 to 255. */
        UNSIGNED_BYTE(0x08, ElementType.U8),
        /** −128 to 127. */
        BYTE(0x09, ElementType.I8),
        /** 16-bit two's complement. */
        SHORT(0x0B, ElementType.I16),
        /** 32-bit two's complement. */
        INT(0x0C, ElementType.I32),
        /** IEEE 754 single precision. */
        FLOAT(0x0D, ElementType.F32),
        /** IEEE 754 double precision. */
        DOUBLE(0x0E, ElementType.F64);

        private final int code;
        private final int bytes;
        private final DType dtype;
        private final ElementType element;

        Type(int code, ElementType element) {
            this.code = code;
            this.bytes = element.bytes();
            this.dtype = element.dtype();
            this.element = element;
        }

        /** The type that elements are read as. */
        public DType dtype() {
            return dtype;
        }
    }

    private record Header(Type type, Shape shape) {
        int bytes() {
            return 4 + 4 * shape.rank();
        }

        long contentBytes() {
            return bytes() + (long) shape.size() * type.bytes;
        }

        String content() {
            return contentBytes() + " bytes (" + bytes() + " for the header, then " + this + ")";
        }

        @Override
        public String toString() {
            return type + shape.toString();
        }
    }

    /**
     * Opens a file: its header is read and checked, its elements are not read. The array's name is empty.
     *
     * @throws DataException as {@link #read}; what is wrong with the elements of a gzip file shows when they are read
     */
    public static ArrayFile open(Path file) throws DataException {
        Header header;
        boolean compressed;
        try (DataFile in = DataFile.open(file)) {
            header = readHeader(in);
            compressed = in.compressed();
        }
        Source source = compressed ? new GzipSource(file, header.contentBytes()) : FileSource.open(file);
        List<Long> dims =
                Arrays.stream(header.shape.toArray()).mapToObj(Long::valueOf).toList();
        StoredArray.Layout layout = new StoredArray.Layout(ByteOrder.BIG_ENDIAN, false);
        return new ArrayFile(
                source,
                List.of(new StoredArray("", header.type.element, dims, layout, source, header.bytes())),
                Map.of());
    }

    /** Whether a file that begins with {@code head} may be an IDX file. */
    static boolean isHeader(byte[] head) {
        return head.length >= 4
                && head[0] == 0
                && head[1] == 0
                && Arrays.stream(Type.values()).anyMatch(type -> type.code == head[2])
                && head[3] >= 1
                && head[3] <= MAX_RANK;
    }

    /**
     * Reads an array: integers of all widths as {@link DType#I32}, floats as F32, doubles as F64.
     *
     * @throws DataException if the file is missing, unreadable or not a well-formed IDX file of rank 1 to 8
     */
    public static HostArray read(Path file) throws DataException {
        try (DataFile in = DataFile.open(file)) {
            Header header = readHeader(in);
            return readElements(in, header, header.type.dtype);
        }
    }

    /**
     * Reads images [n, rows, columns] of unsigned bytes as F32 between 0 and 1 (a byte b becomes b / 255).
     *
     * @throws DataException as {@link #read}, or if the file holds something else than such images
     */
    public static HostArray readImages(Path file) throws DataException {
        try (DataFile in = DataFile.open(file)) {
            Header header = readHeader(in);
            require(in, header, 3, "images (UNSIGNED_BYTE[n, rows, columns])");
            return readElements(in, header, DType.F32);
        }
    }

    /**
     * Reads labels [n] of unsigned bytes as I32, each of them from 0 to {@code classes} − 1.
     *
     * @throws DataException as {@link #read}, or if the file holds something else than labels in this range
     */
    public static HostArray readLabels(Path file, int classes) throws DataException {
        try (DataFile in = DataFile.open(file)) {
            Header header = readHeader(in);
            require(in, header, 1, "labels (UNSIGNED_BYTE[n])");
            HostArray labels = readElements(in, header, DType.I32);
            int[] values = labels.ints();
            for (int i = 0; i < labels.size(); i++) {
                if (values[i] >= classes) {
                    throw in.fail(
                            header.bytes() + i, "label " + values[i] + "; expected labels from 0 to " + (classes - 1));
                }
            }
            return labels;
        }
    }

    private static void require(DataFile in, Header header, int rank, String what) throws DataException {
        if (header.type != Type.UNSIGNED_BYTE || header.shape.rank() != rank) {
            throw in.fail(2, "expected " + what + ", found " + header);
        }
    }

    private static Header readHeader(DataFile in) throws DataException {
        byte[] head = new byte[4 + 4 * MAX_RANK];
        int got = in.readUpTo(head, 4);
        if (got < 4 || head[0] != 0 || head[1] != 0) {
            throw in.fail(
                    0,
                    "expected an IDX header (00 00, type, rank), found "
                            + DataFile.describe(Arrays.copyOf(head, got))
                            + (got == 4 && head[2] == 0 && head[3] == 0 ? " (written little-endian?)" : ""));
        }
        Type type = null;
        for (Type candidate : Type.values()) {
            type = candidate.code == head[2] ? candidate : type;
        }
        if (type == null) {
            throw in.fail(
                    2,
                    "expected type 08, 09, 0b, 0c, 0d or 0e, found "
                            + HexFormat.of().toHexDigits(head[2]));
        }
        int rank = head[3] & 0xFF;
        if (rank < 1 || rank > MAX_RANK) {
            throw in.fail(3, "expected 1 to " + MAX_RANK + " dimensions, found " + rank);
        }
        in.read(head, 4 * rank, rank + (rank == 1 ? " dimension" : " dimensions") + " of 4 bytes");
        Header header = new Header(type, shape(in, ByteBuffer.wrap(head), rank));
        in.requireLength(header.contentBytes(), header.content());
        return header;
    }

    private static Shape shape(DataFile in, ByteBuffer dims, int rank) throws DataException {
        int[] extents = new int[rank];
        boolean empty = false;
        for (int i = 0; i < rank; i++) {
            long extent = Integer.toUnsignedLong(dims.getInt(4 * i));
            if (extent > Integer.MAX_VALUE) {
                throw in.fail(4 + 4 * i, "dimension " + i + " is " + extent + "; expected at most 2147483647");
            }
            extents[i] = (int) extent;
            empty |= extent == 0;
        }
        long elements = empty ? 0 : 1;
        for (int extent : extents) {
            elements = elements * extent;
            if (elements > Integer.MAX_VALUE) {
                throw in.fail(4, "dimensions " + Arrays.toString(extents) + "; expected at most 2147483647 elements");
            }
        }
        return Shape.of(extents);
    }

    /** Reads what follows the header into an array of {@code dtype}; bytes that become F32 are pixels. */
    private static HostArray readElements(DataFile in, Header header, DType dtype) throws DataException {
        int n = header.shape.size();
        int width = header.type.bytes;
        byte[] chunk = new byte[CHUNK];
        HostArray elements = in.allocate(dtype, in.compressed() ? Math.min(n, CHUNK) : n);
        for (int done = 0; done < n; ) {
            int count = Math.min(CHUNK / width, n - done);
            in.read(chunk, count * width, header.content());
            if (done + count > elements.size()) {
                HostArray larger = in.allocate(dtype, (int) Math.min(n, 2L * elements.size()));
                larger.rows(0, elements.size()).copyFrom(elements);
                elements = larger;
            }
            decode(ByteBuffer.wrap(chunk), header.type, count, elements, done);
            done += count;
        }
        in.requireEnd(header.content());
        return elements.reshape(header.shape);
    }

    private static void decode(ByteBuffer from, Type type, int count, HostArray to, int start) {
        switch (type) {
            case UNSIGNED_BYTE -> {
                if (to.dtype() == DType.F32) {
                    float[] pixels = to.floats();
                    for (int i = 0; i < count; i++) {
                        pixels[start + i] = (from.get(i) & 0xFF) / 255f;
                    }
                } else {
                    int[] values = to.ints();
                    for (int i = 0; i < count; i++) {
                        values[start + i] = from.get(i) & 0xFF;
                    }
                }
            }
            case BYTE -> {
                int[] values = to.ints();
                for (int i = 0; i < count; i++) {
                    values[start + i] = from.get(i);
                }
            }
            case SHORT -> {
                int[] values = to.ints();
                for (int i = 0; i < count; i++) {
                    values[start + i] = from.getShort(2 * i);
                }
            }
            case INT -> from.asIntBuffer().get(0, to.ints(), start, count);
            case FLOAT -> from.asFloatBuffer().get(0, to.floats(), start, count);
            case DOUBLE -> from.asDoubleBuffer().get(0, to.doubles(), start, count);
        }
    }

    /**
     * Writes an array with elements of {@code type}, gzip if the name ends in {@code .gz}; the file appears at once and
     * whole, or not at all.
     *
     * @throws IllegalArgumentException if the rank is not 1 to 8, or an element cannot be written as {@code type}
     *     without loss
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, Type type, HostArray array) throws IOException {
        int rank = array.shape().rank();
        if (rank < 1 || rank > MAX_RANK) {
            throw new IllegalArgumentException(
                    "idx: shape " + array.shape() + " has rank " + rank + "; reshape it to rank 1 to " + MAX_RANK);
        }
        WholeFile.write(file, bytes -> {
            if (file.toString().endsWith(".gz")) {
                GZIPOutputStream zipped = new GZIPOutputStream(bytes);
                writeContent(zipped, type, array);
                zipped.finish();
            } else {
                writeContent(bytes, type, array);
            }
        });
    }

    private static void writeContent(OutputStream bytes, Type type, HostArray array) throws IOException {
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(bytes, CHUNK));
        out.writeInt(type.code << 8 | array.shape().rank());
        for (int extent : array.shape().toArray()) {
            out.writeInt(extent);
        }
        for (int i = 0; i < array.size(); i++) {
            writeElement(out, type, i, array.get(i));
        }
        out.flush();
    }

    private static void writeElement(DataOutputStream out, Type type, int index, double value) throws IOException {
        double stored = switch (type) {
            case UNSIGNED_BYTE -> (int) value & 0xFF;
            case BYTE -> (byte) value;
            case SHORT -> (short) value;
            case INT -> (int) value;
            case FLOAT -> (float) value;
            case DOUBLE -> value;
        };
        boolean nan = Double.isNaN(value) && type.dtype.isFloating();
        if (stored != value && !nan) {
            throw new IllegalArgumentException(
                    "idx: element " + index + " is " + value + ", which " + type + " cannot hold; scale or round it");
        }
        switch (type) {
            case UNSIGNED_BYTE, BYTE -> out.writeByte((int) value);
            case SHORT -> out.writeShort((int) value);
            case INT -> out.writeInt((int) value);
            case FLOAT -> out.writeFloat((float) value);
            case DOUBLE -> out.writeDouble(value);
        }
    }
}
