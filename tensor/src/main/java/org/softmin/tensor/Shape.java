package org.softmin.tensor;

import java.util.Arrays;
import java.util.List;

/**
 * Extents of a tensor, row-major: the last dimension varies fastest.
 *
 * <p>A scalar has rank 0. A dimension may be 0 (an empty tensor); a tensor holds at most 2³¹ − 1 elements, because it
 * is stored in one Java array. Immutable and thread-safe.
 */
public final class Shape {
    /** The shape of a single number. */
    public static final Shape SCALAR = new Shape();

    private final int[] dims;
    private final int size;

    private Shape(int... dims) {
        long size = 1;
        boolean empty = false;
        for (int d : dims) {
            if (d < 0) {
                throw new IllegalArgumentException(
                        "shape: negative dimension in " + Arrays.toString(dims) + "; dimensions are 0 or more");
            }
            empty |= d == 0;
            size = size > Integer.MAX_VALUE ? size : size * Math.max(d, 1);
        }
        if (!empty && size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("shape: " + Arrays.toString(dims)
                    + " has more than 2147483647 elements; split the tensor along one dimension");
        }
        this.dims = dims;
        this.size = empty ? 0 : (int) size;
    }

    /** Shape with the given extents. */
    public static Shape of(int... dims) {
        return dims.length == 0 && SCALAR != null ? SCALAR : new Shape(dims.clone());
    }

    /** Shape with the given extents. */
    public static Shape of(List<Integer> dims) {
        return of(dims.stream().mapToInt(Integer::intValue).toArray());
    }

    /** Number of dimensions. */
    public int rank() {
        return dims.length;
    }

    /** Extent of dimension {@code axis}; a negative axis counts from the end. */
    public int dim(int axis) {
        return dims[axis < 0 ? axis + dims.length : axis];
    }

    /** Number of elements. */
    public int size() {
        return size;
    }

    /** A copy of the extents. */
    public int[] toArray() {
        return dims.clone();
    }

    /** Elements between neighbours along each dimension when stored without gaps. */
    public int[] strides() {
        int[] strides = new int[dims.length];
        int stride = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= Math.max(dims[i], 1);
        }
        return strides;
    }

    /** Product of the extents from dimension {@code from} (inclusive) to {@code to} (exclusive). */
    public int size(int from, int to) {
        int product = 1;
        for (int i = from; i < to; i++) {
            product *= dims[i];
        }
        return product;
    }

    /** This shape with the extent of one dimension replaced. */
    public Shape with(int axis, int extent) {
        int[] result = dims.clone();
        result[axis] = extent;
        return new Shape(result);
    }

    /** This shape without one dimension. */
    public Shape without(int axis) {
        int[] result = new int[dims.length - 1];
        System.arraycopy(dims, 0, result, 0, axis);
        System.arraycopy(dims, axis + 1, result, axis, result.length - axis);
        return of(result);
    }

    /** This shape with a new dimension inserted before {@code axis}. */
    public Shape insert(int axis, int extent) {
        int[] result = new int[dims.length + 1];
        System.arraycopy(dims, 0, result, 0, axis);
        result[axis] = extent;
        System.arraycopy(dims, axis, result, axis + 1, dims.length - axis);
        return new Shape(result);
    }

    /** Axis from 0 to rank − 1 that a possibly negative {@code axis} means; {@code op} is named in the error. */
    public int axis(String op, int axis) {
        int result = axis < 0 ? axis + dims.length : axis;
        if (result < 0 || result >= dims.length) {
            throw new IllegalArgumentException(op + ": axis " + axis + " does not exist in shape " + this + "; use "
                    + (dims.length == 0 ? "a tensor of rank 1 or more" : -dims.length + " to " + (dims.length - 1)));
        }
        return result;
    }

    /**
     * The shape both operands expand to under the usual broadcasting rule: aligned at the right, equal or 1.
     *
     * @throws IllegalArgumentException if an aligned pair of extents differs and neither is 1
     */
    public static Shape broadcast(String op, Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        int[] result = new int[rank];
        for (int i = 1; i <= rank; i++) {
            int p = i <= a.rank() ? a.dim(-i) : 1;
            int q = i <= b.rank() ? b.dim(-i) : 1;
            if (p != q && p != 1 && q != 1) {
                throw new IllegalArgumentException(op + ": shapes " + a + " and " + b + " do not broadcast (" + p
                        + " and " + q + " in dimension -" + i + "); make them equal or one of them 1");
            }
            result[rank - i] = p == 1 ? q : p;
        }
        return of(result);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape s && Arrays.equals(dims, s.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    @Override
    public String toString() {
        return Arrays.toString(dims);
    }
}
