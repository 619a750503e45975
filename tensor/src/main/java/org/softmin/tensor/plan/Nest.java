package org.softmin.tensor.plan;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Shape;

/**
 * The elements of a fused step as nested loops with few, long dimensions: {@code outer} ones, then rows of columns.
 *
 * <p>Dimensions are merged where every load runs on from one into the other. Where the step folds, the folded dimension
 * is the columns, or the rows if {@code down}. Immutable: nobody writes to the arrays.
 *
 * @param outer extents of the dimensions around rows and columns
 * @param strides for each load: one stride for each outer dimension, then those of a row and of a column
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record Nest(int[] outer, int rows, int columns, boolean down, int[][] strides) {
    /**
     * What a loop folds: its elements, row-major, seen as {@code [outer, n, inner]} and folded over the middle.
     *
     * @param n at least 1
     */
    public record Folding(int outer, int n, int inner) {
        /** Whether neighbours in memory are folded, and not elements one below the other. */
        public boolean alongRows() {
            return inner == 1;
        }
    }

    /** The nest of {@code step}. */
    public static Nest of(Step.Fused step) {
        Nest nest = of(step.shape(), step.folding(), step.loads());
        if (nest == null) {
            throw new IllegalStateException("nest: the loads of " + step + " do not fit what it folds");
        }
        return nest;
    }

    /** The same loop with rows of so many columns and nothing around them, or null if its loads do not allow that. */
    @Nullable
    Nest withColumns(int width) {
        if (outer.length > 0 || down || (columns != width && (rows != 1 || columns % width != 0))) {
            return null;
        }
        int[][] split = new int[strides.length][];
        for (int load = 0; load < split.length; load++) {
            int column = strides[load][1];
            split[load] = new int[] {columns == width ? strides[load][0] : width * column, column};
        }
        return new Nest(outer, rows * (columns / width), width, false, split);
    }

    /** The nest of a loop over {@code shape}, or null if a folded dimension would be in pieces for one of the loads. */
    static @Nullable Nest of(Shape shape, @Nullable Folding folding, List<Load> loads) {
        int rank = shape.rank();
        if (folding == null) {
            Group all = new Group(shape, loads, 0, rank);
            int n = all.extents.size();
            return build(all, n - 2, all, n - 2, all, n - 1, loads.size(), false);
        }
        int first = prefix(shape, folding.outer());
        int last = prefix(shape, folding.outer() * folding.n());
        if (first < 0 || last < 0) {
            return null;
        }
        Group outer = new Group(shape, loads, 0, first);
        Group folded = new Group(shape, loads, first, last);
        Group inner = new Group(shape, loads, last, rank);
        if (folded.extents.size() > 1 || inner.extents.size() > 1) {
            return null;
        }
        return folding.alongRows()
                ? build(
                        outer,
                        outer.extents.size() - 1,
                        outer,
                        outer.extents.size() - 1,
                        folded,
                        0,
                        loads.size(),
                        false)
                : build(outer, outer.extents.size(), folded, 0, inner, 0, loads.size(), true);
    }

    /** Number of leading dimensions that hold {@code size} elements, or −1. */
    private static int prefix(Shape shape, int size) {
        for (int i = 0; i <= shape.rank(); i++) {
            if (shape.size(0, i) == size) {
                return i;
            }
        }
        return -1;
    }

    private static Nest build(
            Group outer, int outerCount, Group rows, int row, Group columns, int column, int loads, boolean down) {
        int depth = Math.max(outerCount, 0);
        int[][] strides = new int[loads][depth + 2];
        for (int load = 0; load < loads; load++) {
            for (int i = 0; i < depth; i++) {
                strides[load][i] = outer.strides.get(i)[load];
            }
            strides[load][depth] = rows.stride(row, load);
            strides[load][depth + 1] = columns.stride(column, load);
        }
        int[] extents = new int[depth];
        for (int i = 0; i < depth; i++) {
            extents[i] = outer.extents.get(i);
        }
        return new Nest(extents, rows.extent(row), columns.extent(column), down, strides);
    }

    /** Neighbouring dimensions, merged for all loads at once. */
    private static final class Group {
        final List<Integer> extents = new ArrayList<>();
        final List<int[]> strides = new ArrayList<>();

        Group(Shape shape, List<Load> loads, int from, int to) {
            for (int axis = from; axis < to; axis++) {
                int extent = shape.dim(axis);
                if (extent == 1) {
                    continue;
                }
                int[] step = new int[loads.size()];
                boolean runsOn = !extents.isEmpty();
                for (int load = 0; load < step.length; load++) {
                    step[load] = loads.get(load) instanceof View view ? view.strides()[axis] : 0;
                    runsOn = runsOn && strides.getLast()[load] == step[load] * extent;
                }
                if (runsOn) {
                    extents.set(extents.size() - 1, extents.getLast() * extent);
                    strides.set(strides.size() - 1, step);
                } else {
                    extents.add(extent);
                    strides.add(step);
                }
            }
        }

        int extent(int index) {
            return index < 0 || index >= extents.size() ? 1 : extents.get(index);
        }

        int stride(int index, int load) {
            return index < 0 || index >= extents.size() ? 0 : strides.get(index)[load];
        }
    }
}
