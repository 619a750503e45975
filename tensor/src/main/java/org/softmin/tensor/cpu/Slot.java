package org.softmin.tensor.cpu;

import java.util.Arrays;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;

/** Where a buffer lies during a run: an array of its element type and the index of its first element. */
final class Slot {
    private static final float[] NO_FLOATS = {};
    private static final double[] NO_DOUBLES = {};
    private static final int[] NO_INTS = {};

    final DType dtype;
    float[] floats = NO_FLOATS;
    double[] doubles = NO_DOUBLES;
    int[] ints = NO_INTS;
    int offset;

    Slot(DType dtype) {
        this.dtype = dtype;
    }

    void bind(HostArray array) {
        offset = array.offset();
        switch (dtype) {
            case F32 -> floats = array.floats();
            case F64 -> doubles = array.doubles();
            case I32, BOOL -> ints = array.ints();
        }
    }

    /** Makes room for so many elements, in an array of its own. */
    void reserve(int size) {
        switch (dtype) {
            case F32 -> floats = floats.length < size ? new float[size] : floats;
            case F64 -> doubles = doubles.length < size ? new double[size] : doubles;
            case I32, BOOL -> ints = ints.length < size ? new int[size] : ints;
        }
    }

    /** Forgets the array. */
    void release() {
        floats = NO_FLOATS;
        doubles = NO_DOUBLES;
        ints = NO_INTS;
    }

    /** The array itself, for copies that do not look at the elements. */
    Object array() {
        return switch (dtype) {
            case F32 -> floats;
            case F64 -> doubles;
            case I32, BOOL -> ints;
        };
    }

    double get(int index) {
        return switch (dtype) {
            case F32 -> floats[offset + index];
            case F64 -> doubles[offset + index];
            case I32, BOOL -> ints[offset + index];
        };
    }

    void fill(int from, int n, double value) {
        int start = offset + from;
        switch (dtype) {
            case F32 -> Arrays.fill(floats, start, start + n, (float) value);
            case F64 -> Arrays.fill(doubles, start, start + n, value);
            case I32, BOOL -> Arrays.fill(ints, start, start + n, (int) value);
        }
    }
}
