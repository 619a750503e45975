package org.softmin.tensor.cpu;

import org.softmin.tensor.Op;
import org.softmin.tensor.Shape;

/** Kernels that move elements and compute nothing: strided copies, gathering, scattering, sorting. */
final class Movement {
    private Movement() {}

    /** Copies a block of extents {@code shape} between two regions of one type, each with its strides. */
    static void copy(Shape shape, Region from, int[] strides, Region to, int[] toStrides) {
        copy(shape, from, 0, strides, to, 0, toStrides);
    }

    /** As {@link #copy(Shape, Region, int[], Region, int[])}, from and to run-time offsets in the regions. */
    static void copy(Shape shape, Region from, int offset, int[] strides, Region to, int toOffset, int[] toStrides) {
        if (shape.size() > 0) {
            copy(shape, 0, from.array(), from.start() + offset, strides, to.array(), to.start() + toOffset, toStrides);
        }
    }

    private static void copy(
            Shape shape, int axis, Object from, int offset, int[] strides, Object to, int toOffset, int[] toStrides) {
        int rank = shape.rank();
        if (axis == rank) {
            System.arraycopy(from, offset, to, toOffset, 1);
            return;
        }
        int n = shape.dim(axis);
        if (axis == rank - 1 && strides[axis] == 1 && toStrides[axis] == 1) {
            System.arraycopy(from, offset, to, toOffset, n);
            return;
        }
        for (int i = 0; i < n; i++) {
            copy(
                    shape,
                    axis + 1,
                    from,
                    offset + i * strides[axis],
                    strides,
                    to,
                    toOffset + i * toStrides[axis],
                    toStrides);
        }
    }

    /** Copies the {@code inner}-element entries at {@code positions} along an axis of extent {@code n}. */
    static void gather(Op.Gather op, Shape shape, Region from, Region positions, int count, Region to) {
        int n = shape.dim(op.axis());
        int inner = shape.size(op.axis() + 1, shape.rank());
        int outer = shape.size(0, op.axis());
        for (int o = 0; o < outer; o++) {
            for (int p = 0; p < count; p++) {
                int position = position(op, positions, p, op.axis(), shape);
                System.arraycopy(
                        from.array(),
                        from.start() + (o * n + position) * inner,
                        to.array(),
                        to.start() + (o * count + p) * inner,
                        inner);
            }
        }
    }

    /** Adds the entries of {@code updates} at {@code positions} along an axis, one after the other. */
    static void scatterAdd(Op.ScatterAdd op, Shape shape, Region positions, int count, Region updates, Region out) {
        int n = shape.dim(op.axis());
        int inner = shape.size(op.axis() + 1, shape.rank());
        int outer = shape.size(0, op.axis());
        for (int o = 0; o < outer; o++) {
            for (int p = 0; p < count; p++) {
                int target = out.start() + (o * n + position(op, positions, p, op.axis(), shape)) * inner;
                add(updates.slot(), updates.start() + (o * count + p) * inner, out.slot(), target, inner);
            }
        }
    }

    /** Adds the elements of windows, of which {@code shape} tells the numbers, to where they lie. */
    static void foldWindows(Op.FoldWindows op, Shape shape, Region windows, Region out) {
        int count = shape.dim(op.axis());
        int size = shape.dim(op.axis() + 1);
        int inner = shape.size(op.axis() + 2, shape.rank());
        int outer = shape.size(0, op.axis());
        int source = windows.start();
        for (int o = 0; o < outer; o++) {
            for (int w = 0; w < count; w++) {
                for (int k = 0; k < size; k++) {
                    int target = out.start() + (o * op.extent() + w * op.stride() + k * op.dilation()) * inner;
                    add(windows.slot(), source, out.slot(), target, inner);
                    source += inner;
                }
            }
        }
    }

    private static void add(Slot from, int source, Slot to, int target, int n) {
        switch (to.dtype) {
            case F32 -> {
                for (int i = 0; i < n; i++) {
                    to.floats[target + i] += from.floats[source + i];
                }
            }
            case F64 -> {
                for (int i = 0; i < n; i++) {
                    to.doubles[target + i] += from.doubles[source + i];
                }
            }
            case I32 -> {
                for (int i = 0; i < n; i++) {
                    to.ints[target + i] += from.ints[source + i];
                }
            }
            case BOOL -> {
                for (int i = 0; i < n; i++) {
                    to.ints[target + i] |= from.ints[source + i];
                }
            }
        }
    }

    private static int position(Op op, Region positions, int index, int axis, Shape shape) {
        int position = positions.get(index);
        if (position < 0 || position >= shape.dim(axis)) {
            throw op.outOfRange(position, axis, shape);
        }
        return position;
    }

    /** Row-major offset of a run-time corner, checked so that a block of {@code size} fits into {@code shape}. */
    static int corner(Op op, Shape shape, Shape size, Region corner, int stride) {
        int result = 0;
        for (int i = 0; i < shape.rank(); i++) {
            int at = corner.get(i * stride);
            if (at < 0 || at > shape.dim(i) - size.dim(i)) {
                throw op.outOfRange(at, i, shape);
            }
            result += at * shape.size(i + 1, shape.rank());
        }
        return result;
    }
}
