package org.softmin.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A buffer of numbers in the memory of the JVM: what goes into and comes out of an {@link Executable}.
 *
 * <p>Elements lie row-major without gaps in one Java array, from an offset: {@link DType#F32} in a {@code float[]},
 * {@link DType#F64} in a {@code double[]}, {@link DType#I32} and {@link DType#BOOL} in an {@code int[]}. The contents
 * are mutable and belong to the caller, except where a {@link Program} donates an input: after that run the array has
 * been given away and every use of it throws {@link IllegalStateException}. Not thread-safe: share it between threads
 * only while nobody writes.
 *
 * <p>An array of the caller's is never copied on its way in or out, and may be a part of a larger one:
 *
 * {@snippet :
 * float[] pixels = new float[3 + 2 * 784]; // two images, from element 3 on
 * float[] shares = new float[2 * 10];
 * Tensor x = Tensor.input("x", DType.F32, Shape.of(2, 784));
 * Tensor weights = Tensor.full(DType.F32, Shape.of(784, 10), 0.01);
 * Executable program = Backend.named("cpu").compile(Program.of(List.of(x), List.of(x.matmul(weights).softmax(1))));
 * program.run(
 *         List.of(HostArray.wrap(Shape.of(2, 784), pixels, 3)),
 *         List.of(HostArray.of(Shape.of(2, 10), shares)));
 * shares[0]; // ==> 0.1
 * }
 */
public final class HostArray {
    private final DType dtype;
    private final Shape shape;
    private final Storage storage;
    private final int offset;
    private boolean donated;

    private HostArray(DType dtype, Shape shape, Storage storage, int offset, int length) {
        if (offset < 0 || (long) offset + shape.size() > length) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "array: shape %s needs %d elements from offset %d, but the storage holds %d",
                    shape,
                    shape.size(),
                    offset,
                    length));
        }
        this.dtype = dtype;
        this.shape = shape;
        this.storage = storage;
        this.offset = offset;
    }

    /** A Java array, shared by all views of it, and what a device has of it. */
    static final class Storage {
        private final Object elements;
        private boolean exposed; // others have the Java array, and may read and write it unseen
        private volatile @Nullable DeviceCopy copy; // as new as the elements, or newer
        private volatile boolean old; // the elements are older than the copy

        Storage(Object elements, boolean exposed) {
            this.elements = elements;
            this.exposed = exposed;
        }

        private MemorySegment memory() {
            return switch (elements) {
                case float[] floats -> MemorySegment.ofArray(floats);
                case double[] doubles -> MemorySegment.ofArray(doubles);
                default -> MemorySegment.ofArray((int[]) elements);
            };
        }

        /** The elements, as new as any copy. */
        Object read() {
            if (old) {
                download();
            }
            return elements;
        }

        private synchronized void download() {
            if (old && copy != null) {
                copy.download(memory());
                old = false;
            }
        }

        /** The elements, of which some are about to be overwritten. */
        Object write() {
            Object newest = read();
            if (copy != null) {
                copy = null;
            }
            return newest;
        }

        Object expose() {
            exposed = true;
            return write();
        }

        void end(DeviceCopy other) {
            if (copy == other) {
                write();
            }
        }
    }

    /** New array of zeros. */
    public static HostArray zeros(DType dtype, Shape shape) {
        int n = shape.size();
        Object elements = switch (dtype) {
            case F32 -> new float[n];
            case F64 -> new double[n];
            case I32, BOOL -> new int[n];
        };
        return new HostArray(dtype, shape, new Storage(elements, false), 0, n);
    }

    /** F32 array that wraps {@code values} (not copied) from the first element on. */
    public static HostArray of(Shape shape, float[] values) {
        return wrap(shape, values, 0);
    }

    /** F64 array that wraps {@code values} (not copied) from the first element on. */
    public static HostArray of(Shape shape, double[] values) {
        return wrap(shape, values, 0);
    }

    /** I32 array that wraps {@code values} (not copied) from the first element on. */
    public static HostArray of(Shape shape, int[] values) {
        return wrap(shape, values, 0);
    }

    /** F32 array over a part of {@code values} (not copied) that begins at {@code offset}. */
    public static HostArray wrap(Shape shape, float[] values, int offset) {
        return new HostArray(DType.F32, shape, new Storage(values, true), offset, values.length);
    }

    /** F64 array over a part of {@code values} (not copied) that begins at {@code offset}. */
    public static HostArray wrap(Shape shape, double[] values, int offset) {
        return new HostArray(DType.F64, shape, new Storage(values, true), offset, values.length);
    }

    /** I32 array over a part of {@code values} (not copied) that begins at {@code offset}. */
    public static HostArray wrap(Shape shape, int[] values, int offset) {
        return new HostArray(DType.I32, shape, new Storage(values, true), offset, values.length);
    }

    /** BOOL array with the given truth values. */
    public static HostArray of(Shape shape, boolean[] values) {
        int[] stored = new int[values.length];
        for (int i = 0; i < stored.length; i++) {
            stored[i] = values[i] ? 1 : 0;
        }
        return new HostArray(DType.BOOL, shape, new Storage(stored, false), 0, stored.length);
    }

    /** Array of {@code dtype} with each value rounded to it. */
    public static HostArray of(DType dtype, Shape shape, double... values) {
        if (values.length != shape.size()) {
            throw new IllegalArgumentException("array: shape " + shape + " has " + shape.size() + " elements, but "
                    + values.length + " values are given");
        }
        HostArray result = zeros(dtype, shape);
        for (int i = 0; i < values.length; i++) {
            result.set(i, values[i]);
        }
        return result;
    }

    /** Element type. */
    public DType dtype() {
        return dtype;
    }

    /** Extents. */
    public Shape shape() {
        return shape;
    }

    /** Number of elements. */
    public int size() {
        return shape.size();
    }

    /** Index in the storage of the first element. */
    public int offset() {
        return offset;
    }

    /** The storage itself, shared, of an F32 array. */
    public float[] floats() {
        return (float[]) storage(DType.F32);
    }

    /** The storage itself, shared, of an F64 array. */
    public double[] doubles() {
        return (double[]) storage(DType.F64);
    }

    /** The storage itself, shared, of an I32 or BOOL array. */
    public int[] ints() {
        return (int[]) storage(dtype == DType.BOOL ? DType.BOOL : DType.I32);
    }

    private Object storage(DType wanted) {
        Object elements = elements(wanted);
        storage.expose();
        return elements;
    }

    private Object elements(DType wanted) {
        checkNotDonated();
        if (dtype != wanted) {
            throw new IllegalStateException("array: elements are " + dtype + ", not " + wanted + "; cast first");
        }
        return storage.read();
    }

    /**
     * Whether a backend may leave results on its device instead of writing them here: nobody has asked for the Java
     * array, so that every access can be seen, and this is all of it.
     */
    public boolean isPrivate() {
        return !storage.exposed && memory().byteSize() == storage.memory().byteSize();
    }

    /** Leaves the newest contents on a device, for a backend that has just written them there. */
    public void leaveOn(DeviceCopy copy) {
        checkNotDonated();
        copy.attach(storage);
        storage.copy = copy;
        storage.old = true;
    }

    /** Says that {@code copy} has the same contents as this array, for a backend that has just sent them. */
    public void sentTo(DeviceCopy copy) {
        checkNotDonated();
        copy.attach(storage);
        storage.copy = copy;
        storage.old = false;
    }

    /** Whether {@code copy} has the contents of this array, or newer ones that were left there. */
    public boolean isOn(@Nullable DeviceCopy copy) {
        return copy != null && storage.copy == copy;
    }

    /** Copies the elements, in the machine's byte order, to memory of the same size. */
    public void copyTo(MemorySegment to) {
        checkNotDonated();
        storage.read();
        to.copyFrom(memory());
    }

    /** Overwrites the elements with those in memory of the same size. */
    public void copyFrom(MemorySegment from) {
        checkNotDonated();
        storage.write();
        memory().copyFrom(from);
    }

    /** Whether memory of the same size holds the same bits. */
    public boolean isSame(MemorySegment other) {
        checkNotDonated();
        storage.read();
        return memory().mismatch(other) < 0;
    }

    private MemorySegment memory() {
        long bytes = dtype == DType.F64 ? Double.BYTES : Float.BYTES;
        return storage.memory().asSlice(offset * bytes, size() * bytes);
    }

    /** Whether this array was given away, so that its use is an error. */
    public boolean isDonated() {
        return donated;
    }

    /** Whether two arrays share the same Java array. */
    public boolean sharesStorage(HostArray other) {
        return storage.elements == other.storage.elements;
    }

    /** Element {@code index} in row-major order, as a double. */
    public double get(int index) {
        checkNotDonated();
        int i = offset + Objects.checkIndex(index, size());
        Object elements = storage.read();
        return switch (dtype) {
            case F32 -> ((float[]) elements)[i];
            case F64 -> ((double[]) elements)[i];
            case I32, BOOL -> ((int[]) elements)[i];
        };
    }

    /** Sets element {@code index} in row-major order to {@code value}, rounded to the element type. */
    public void set(int index, double value) {
        checkNotDonated();
        int i = offset + Objects.checkIndex(index, size());
        Object elements = storage.write();
        switch (dtype) {
            case F32 -> ((float[]) elements)[i] = (float) value;
            case F64 -> ((double[]) elements)[i] = value;
            case I32, BOOL -> ((int[]) elements)[i] = (int) dtype.round(value);
        }
    }

    /** The same elements, not copied, under another shape of equal size. */
    public HostArray reshape(Shape other) {
        checkNotDonated();
        if (other.size() != size()) {
            throw new IllegalArgumentException("array: shape " + shape + " cannot be viewed as " + other + " (" + size()
                    + " and " + other.size() + " elements)");
        }
        return new HostArray(dtype, other, storage, offset, offset + size());
    }

    /** Rows {@code from} (inclusive) to {@code to} (exclusive) of the first dimension, not copied. */
    public HostArray rows(int from, int to) {
        checkNotDonated();
        Objects.checkFromToIndex(from, to, shape.dim(0));
        int row = shape.size(1, shape.rank());
        return new HostArray(dtype, shape.with(0, to - from), storage, offset + from * row, offset + to * row);
    }

    /** A copy in storage of its own. */
    public HostArray copy() {
        HostArray result = zeros(dtype, shape);
        result.copyFrom(this);
        return result;
    }

    /** Overwrites the elements with those of {@code source}, which has the same type and size. */
    public void copyFrom(HostArray source) {
        checkNotDonated();
        source.checkNotDonated();
        if (source.dtype != dtype || source.size() != size()) {
            throw new IllegalArgumentException("array: cannot copy " + source.dtype + source.shape + " over " + dtype
                    + shape + "; types and sizes must agree");
        }
        System.arraycopy(source.storage.read(), source.offset, storage.write(), offset, size());
    }

    /** The elements as a new array of doubles, in row-major order. */
    public double[] toDoubles() {
        double[] result = new double[size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = get(i);
        }
        return result;
    }

    /** The elements of an F32 array as a new array, in row-major order. */
    public float[] toFloats() {
        return Arrays.copyOfRange((float[]) elements(DType.F32), offset, offset + size());
    }

    /** The elements of an I32 or BOOL array as a new array, in row-major order. */
    public int[] toInts() {
        return Arrays.copyOfRange(
                (int[]) elements(dtype == DType.BOOL ? DType.BOOL : DType.I32), offset, offset + size());
    }

    /** Gives the storage away: a new array over the same elements, after which this one refuses every use. */
    HostArray donate() {
        checkNotDonated();
        donated = true;
        return new HostArray(dtype, shape, storage, offset, offset + size());
    }

    /** Throws if this array was donated to an earlier run. */
    void checkNotDonated() {
        if (donated) {
            throw new IllegalStateException("array: " + dtype + shape
                    + " was donated to a program and given away; use the program's output instead, or pass a copy()");
        }
    }

    @Override
    public String toString() {
        return dtype + shape.toString() + (donated ? " (donated)" : "");
    }
}
