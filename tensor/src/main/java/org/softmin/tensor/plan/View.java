package org.softmin.tensor.plan;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Op;
import org.softmin.tensor.Shape;

/**
 * Elements of a buffer under a shape: element (i, j, …) lies at {@code offset + i·strides[0] + j·strides[1] + …}.
 *
 * <p>Permuting, expanding, slicing, unfolding and most reshaping only change the view and move nothing. Immutable: nobody writes
 * to {@code strides}.
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record View(Buffer buffer, int offset, Shape shape, int[] strides) implements Load {
    /** The whole buffer, row-major. */
    static View of(Buffer buffer, Shape shape) {
        return new View(buffer, 0, shape, shape.strides());
    }

    /** Whether the elements lie row-major without gaps. */
    public boolean isContiguous() {
        int[] dense = shape.strides();
        for (int i = 0; i < strides.length; i++) {
            if (shape.dim(i) != 1 && strides[i] != dense[i]) {
                return shape.size() == 0;
            }
        }
        return true;
    }

    /** Whether this is the whole buffer, element by element. */
    public boolean isWhole() {
        return offset == 0 && shape.size() == buffer.size() && isContiguous();
    }

    View permute(Op.Permute op, Shape to) {
        int[] permuted = new int[strides.length];
        for (int i = 0; i < permuted.length; i++) {
            permuted[i] = strides[op.order().get(i)];
        }
        return new View(buffer, offset, to, permuted);
    }

    View expand(Shape to) {
        int[] expanded = strides.clone();
        for (int i = 0; i < expanded.length; i++) {
            if (shape.dim(i) != to.dim(i)) {
                expanded[i] = 0;
            }
        }
        return new View(buffer, offset, to, expanded);
    }

    View slice(Op.Slice op, Shape to) {
        int from = offset;
        int[] stepped = new int[strides.length];
        for (int i = 0; i < stepped.length; i++) {
            from += op.start().get(i) * strides[i];
            stepped[i] = strides[i] * op.step().get(i);
        }
        return new View(buffer, to.size() == 0 ? 0 : from, to, stepped);
    }

    View unfold(Op.Unfold op, Shape to) {
        int[] unfolded = new int[to.rank()];
        for (int i = 0; i < unfolded.length; i++) {
            unfolded[i] = strides[i <= op.axis() ? i : i - 1];
        }
        unfolded[op.axis()] *= op.stride();
        unfolded[op.axis() + 1] *= op.dilation();
        return new View(buffer, offset, to, unfolded);
    }

    /**
     * The same elements in the same order under another shape, or null if that takes a copy.
     *
     * <p>Dimensions of both shapes are matched group by group of equal size; within a group the old dimensions must
     * run into each other without a jump.
     */
    @Nullable
    View reshape(Shape to) {
        if (isContiguous() || to.size() == 0) {
            return new View(buffer, offset, to, to.strides());
        }
        int[] result = new int[to.rank()];
        int i = shape.rank() - 1;
        int j = to.rank() - 1;
        while (i >= 0 || j >= 0) {
            int from = i;
            int upTo = j;
            long oldSize = i >= 0 ? shape.dim(i) : 1;
            long newSize = j >= 0 ? to.dim(j) : 1;
            while (oldSize != newSize) {
                if (oldSize < newSize) {
                    oldSize *= shape.dim(--i);
                } else {
                    newSize *= to.dim(--j);
                }
            }
            int stride = 0; // of the innermost old dimension that counts
            long run = -1;
            for (int k = from; k >= Math.max(i, 0); k--) {
                if (shape.dim(k) == 1) {
                    continue;
                }
                if (run < 0) {
                    stride = strides[k];
                } else if (strides[k] != run) {
                    return null;
                }
                run = (long) strides[k] * shape.dim(k);
            }
            for (int k = upTo; k >= Math.max(j, 0); k--) {
                result[k] = stride;
                stride *= to.dim(k);
            }
            i--;
            j--;
        }
        return new View(buffer, offset, to, result);
    }

    @Override
    public String toString() {
        return buffer + (isWhole() ? "" : "(" + offset + " + " + Arrays.toString(strides) + ")") + shape;
    }

    /** Extents and strides with neighbouring dimensions merged where they run into each other: fewer, longer loops. */
    public List<int[]> collapsed() {
        int[] dims = new int[Math.max(shape.rank(), 1)];
        int[] steps = new int[dims.length];
        dims[0] = 1;
        int n = 0;
        for (int i = 0; i < shape.rank(); i++) {
            if (shape.dim(i) == 1) {
                continue;
            }
            if (n > 0 && steps[n - 1] == strides[i] * shape.dim(i)) {
                dims[n - 1] *= shape.dim(i);
                steps[n - 1] = strides[i];
            } else {
                dims[n] = shape.dim(i);
                steps[n++] = strides[i];
            }
        }
        n = Math.max(n, 1);
        return List.of(Arrays.copyOf(dims, n), Arrays.copyOf(steps, n));
    }
}
