package org.softmin.tensor.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/**
 * An array that lies in a file: what is known of it, and its elements, all of them or a few rows at a time.
 *
 * <p>Nothing but the header has been read when this exists, so it may be larger than memory. It is gone when its
 * {@link ArrayFile} is closed. Used by one thread at a time.
 */
public final class StoredArray {
    private static final int CHUNK = 1 << 16;
    private static final System.Logger LOG = System.getLogger(StoredArray.class.getName());

    private final String name;
    private final ElementType type;
    private final List<Long> dims;
    private final Layout layout;
    private final Source source;
    private final long start;
    private final long size;

    /** How the elements follow each other: their bytes, and which dimension varies fastest. */
    record Layout(ByteOrder order, boolean firstDimensionFastest) {
        static final Layout LITTLE_ENDIAN = new Layout(ByteOrder.LITTLE_ENDIAN, false);
    }

    /** Array whose first byte is at {@code start} of {@code source}, which holds all of it. */
    StoredArray(String name, ElementType type, List<Long> dims, Layout layout, Source source, long start) {
        this.name = name;
        this.type = type;
        this.dims = List.copyOf(dims);
        this.layout = new Layout(layout.order, layout.firstDimensionFastest && dims.size() > 1);
        this.source = source;
        this.start = start;
        this.size = elements(dims);
    }

    /**
     * Number of elements of an array of these extents, none of which is negative, or −1 if their bytes would not fit
     * into 63 bits.
     */
    static long elements(List<Long> dims) {
        if (dims.contains(0L)) {
            return 0;
        }
        long product = 1;
        for (long extent : dims) {
            if (product > Long.MAX_VALUE / 8 / extent) {
                return -1;
            }
            product *= extent;
        }
        return product;
    }

    /** Its name in the file; empty where the format has none. */
    public String name() {
        return name;
    }

    /** Type of the elements in the file. */
    public ElementType type() {
        return type;
    }

    /** Extents, the slowest first; none for a single number. They may be larger than those of a {@link Shape}. */
    public List<Long> dims() {
        return dims;
    }

    /** Number of elements. */
    public long size() {
        return size;
    }

    /** Bytes that the elements take in the file, before any compression. */
    public long bytes() {
        return size * type.bytes();
    }

    /** Extent of the first dimension; 1 for a single number. */
    public long rows() {
        return dims.isEmpty() ? 1 : dims.getFirst();
    }

    /** Number of elements of a row: the product of all extents but the first. */
    public long rowSize() {
        return dims.isEmpty() ? 1 : elements(dims.subList(1, dims.size()));
    }

    /** Reads the whole array as {@link ElementType#dtype} says. As {@link #read(DType)}. */
    public HostArray read() throws DataException {
        return read(type.dtype());
    }

    /**
     * Reads the whole array. Floats become F32 or F64, rounded where they must be; integers and truth values become
     * these or I32. Values that are NaN or infinite are read, and a warning in the log counts them.
     *
     * @throws IllegalArgumentException if {@code dtype} is I32 or BOOL and the elements are not
     * @throws DataException if the array is too large for one Java array or for memory, or an integer for I32; or if the
     *     file cannot be read or is damaged
     */
    public HostArray read(DType dtype) throws DataException {
        if (!(dtype.isFloating() || dtype == type.dtype() || dtype == DType.I32 && type.isIntegral())) {
            throw new IllegalArgumentException(
                    "read: " + this + " cannot be read as " + dtype + "; read it as " + type.dtype() + " and cast");
        }
        Shape shape = shape();
        int n = shape.size();
        ByteBuffer chunk = chunk(n);
        HostArray elements = allocate(dtype, source.sequential() ? Math.min(n, CHUNK) : n);
        for (int done = 0; done < n; ) {
            int count = Math.min(CHUNK / type.bytes(), n - done);
            fill(chunk, start + (long) done * type.bytes(), count);
            if (done + count > elements.size()) {
                HostArray larger = allocate(dtype, (int) Math.min(n, 2L * elements.size()));
                larger.rows(0, elements.size()).copyFrom(elements);
                elements = larger;
            }
            decode(chunk, count, elements, done);
            done += count;
        }
        warnOfNonFinite(elements);
        return layout.firstDimensionFastest ? transposed(elements, shape) : elements.reshape(shape);
    }

    /**
     * Reads {@code count} rows from row {@code from} on as F32, one after the other, to the front of {@code into}.
     *
     * <p>A row is what lies under one index of the first dimension. Compressed arrays are fast from front to back only:
     * going back begins anew.
     *
     * @throws IndexOutOfBoundsException if there are no such rows, or {@code into} is too short for them
     * @throws DataException if the file cannot be read or is damaged, or the array is both compressed and stored column
     *     by column
     */
    public void rows(long from, int count, float[] into) throws DataException {
        Objects.checkFromIndexSize(from, count, rows());
        long row = rowSize();
        if (row * count > into.length) {
            throw new IndexOutOfBoundsException("rows: " + count + " rows of " + row
                    + " elements do not fit into an array" + " of " + into.length + "; read fewer at a time");
        }
        if (!layout.firstDimensionFastest) {
            floats(start + from * row * type.bytes(), (int) row * count, into);
        } else if (source.sequential()) {
            throw fail(
                    "is compressed and stored column by column; read it whole, or save it uncompressed or row by row");
        } else {
            columns(from, count, into);
        }
    }

    private void floats(long position, int n, float[] into) throws DataException {
        ByteBuffer chunk = chunk(n);
        for (int done = 0; done < n; ) {
            int part = Math.min(CHUNK / type.bytes(), n - done);
            fill(chunk, position + (long) done * type.bytes(), part);
            type.toFloats(chunk, part, into, done);
            done += part;
        }
    }

    /** The rows of an array in which the first dimension varies fastest: a piece of every column. */
    private void columns(long from, int count, float[] into) throws DataException {
        int row = (int) rowSize();
        float[] column = new float[count];
        long[] index = new long[dims.size()];
        for (int j = 0; j < row; j++) {
            long at = 0;
            for (int axis = index.length - 1; axis > 0; axis--) {
                at = at * dims.get(axis) + index[axis];
            }
            floats(start + (at * rows() + from) * type.bytes(), count, column);
            for (int i = 0; i < count; i++) {
                into[i * row + j] = column[i];
            }
            for (int axis = index.length - 1; axis > 0 && ++index[axis] == dims.get(axis); axis--) {
                index[axis] = 0;
            }
        }
    }

    /** Room for some of {@code n} elements. Not kept: a file may have thousands of arrays. */
    private ByteBuffer chunk(int n) {
        return ByteBuffer.allocate((int) Math.min(CHUNK, (long) n * type.bytes()))
                .order(layout.order);
    }

    @SuppressWarnings("ByteBufferBackingArray") // chunk() allocated it
    private void fill(ByteBuffer chunk, long position, int count) throws DataException {
        source.read(position, chunk.array(), count * type.bytes());
    }

    private void decode(ByteBuffer chunk, int count, HostArray to, int done) throws DataException {
        switch (to.dtype()) {
            case F32 -> type.toFloats(chunk, count, to.floats(), done);
            case F64 -> {
                double[] doubles = to.doubles();
                for (int i = 0; i < count; i++) {
                    doubles[done + i] = type.value(chunk, i);
                }
            }
            case I32, BOOL -> {
                int[] ints = to.ints();
                for (int i = 0; i < count; i++) {
                    ints[done + i] = integer(chunk, i, done, to.dtype());
                }
            }
        }
    }

    private int integer(ByteBuffer chunk, int index, int done, DType dtype) throws DataException {
        long value = type.integer(chunk, index);
        if (type == ElementType.BOOL && value > 1) {
            throw fail("element " + (done + index) + " is the byte " + value + "; expected 0 or 1");
        }
        if ((int) value != value || type == ElementType.U64 && value < 0) {
            throw fail("element " + (done + index) + " is "
                    + (type == ElementType.U64 ? Long.toUnsignedString(value) : Long.toString(value)) + ", which "
                    + dtype + " cannot hold; read it as F64");
        }
        return (int) value;
    }

    private void warnOfNonFinite(HostArray elements) {
        if (!type.dtype().isFloating()) {
            return;
        }
        int nan = 0;
        int infinite = 0;
        for (int i = 0; i < elements.size(); i++) {
            double value = elements.get(i);
            nan += Double.isNaN(value) ? 1 : 0;
            infinite += Double.isInfinite(value) ? 1 : 0;
        }
        if (nan + infinite > 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0}: {1} holds {2} NaN and {3} infinite elements",
                    source.file(),
                    this,
                    Integer.toString(nan),
                    Integer.toString(infinite));
        }
    }

    /** The elements of an array whose first dimension varies fastest, in the order of ours. */
    private HostArray transposed(HostArray elements, Shape shape) throws DataException {
        HostArray result = allocate(elements.dtype(), shape.size()).reshape(shape);
        int[] index = new int[shape.rank()];
        for (int i = 0; i < shape.size(); i++) {
            int at = 0;
            for (int axis = index.length - 1; axis >= 0; axis--) {
                at = at * shape.dim(axis) + index[axis];
            }
            result.set(i, elements.get(at));
            for (int axis = index.length - 1; axis >= 0 && ++index[axis] == shape.dim(axis); axis--) {
                index[axis] = 0;
            }
        }
        return result;
    }

    private Shape shape() throws DataException {
        if (size > Integer.MAX_VALUE || dims.stream().anyMatch(extent -> extent > Integer.MAX_VALUE)) {
            throw fail("has " + size + " elements or an extent that no Java array can have; read some of its rows");
        }
        return Shape.of(dims.stream().map(Long::intValue).toList());
    }

    private HostArray allocate(DType dtype, int elements) throws DataException {
        return DataFile.allocate(source.file(), dtype, elements);
    }

    /** Lets go of what reading it held. */
    void close() throws DataException {
        source.close();
    }

    private DataException fail(String problem) {
        return new DataException(source.file(), (name.isEmpty() ? "the array" : "array " + name) + " " + problem);
    }

    /** For instance {@code weight F32[64, 784]}. */
    @Override
    public String toString() {
        String extents = dims.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
        return (name.isEmpty() ? "" : name + " ") + type + extents;
    }
}
