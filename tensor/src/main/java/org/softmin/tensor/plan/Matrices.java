package org.softmin.tensor.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Op;
import org.softmin.tensor.Shape;

/**
 * An operand of a matrix product as it lies: element (i, j) of matrix b at {@code batch.at(b) + rows.at(i) + columns.at(j)},
 * counted from the first element of its view.
 *
 * <p>Rows and columns of windows lie in several dimensions: along a row, say, go the rows of a window, the columns of each
 * and the channels of those. So a convolution is a product that reads its windows where they are.
 */
public record Matrices(Line batch, Line rows, Line columns) {
    /** Positions along rows or columns: the row-major index of {@code extents} leads to a place by {@code strides}. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    public record Line(int[] extents, int[] strides) {
        /** Whether it is from each to the next as far. */
        public boolean isEven() {
            return extents.length == 1;
        }

        /** From each to the next of the innermost dimension. */
        public int stride() {
            return strides[strides.length - 1];
        }

        /** So many follow each other evenly. */
        public int run() {
            return extents[extents.length - 1];
        }

        /** Where position {@code i} lies. */
        public int at(int i) {
            int place = 0;
            int rest = i;
            for (int axis = extents.length - 1; axis > 0; axis--) {
                place += rest % extents[axis] * strides[axis];
                rest /= extents[axis];
            }
            return place + rest * strides[0];
        }
    }

    /**
     * Of the operand of shape {@code [.., m, k]} that lies as {@code view}, whose dimensions may be more, but none of which
     * belongs to both rows and columns; or null if one does.
     */
    public static @Nullable Matrices of(View view, Shape shape) {
        int rank = view.shape().rank();
        int columns = rank - 1;
        int rows = rank - 2;
        if (!view.shape().equals(shape)) {
            columns = split(view.shape(), rank, shape.dim(-1));
            rows = columns < 0 ? -1 : split(view.shape(), columns, shape.dim(-2));
        }
        return rows < 0
                ? null
                : new Matrices(line(view, 0, rows), line(view, rows, columns), line(view, columns, rank));
    }

    /** Where each matrix begins. */
    public int[] starts() {
        int count = 1;
        for (int extent : batch.extents) {
            count *= extent;
        }
        int[] starts = new int[count];
        Arrays.setAll(starts, batch::at);
        return starts;
    }

    /** The view of the transposed matrices, with the dimensions of their columns before those of their rows. */
    static View transpose(View view, Shape shape) {
        int rank = view.shape().rank();
        int columns = split(view.shape(), rank, shape.dim(-1));
        int rows = split(view.shape(), columns, shape.dim(-2));
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            order.add(i < rows ? i : i < rows + rank - columns ? i - rows + columns : i - rank + columns);
        }
        int[] dims = order.stream().mapToInt(view.shape()::dim).toArray();
        return view.permute(new Op.Permute(order), Shape.of(dims));
    }

    /** The first of the dimensions before {@code end} that together have {@code size}, or −1 if none do. */
    private static int split(Shape shape, int end, int size) {
        int from = end;
        long found = 1;
        while (found < size && from > 0) {
            found *= shape.dim(--from);
        }
        return found == size ? from : -1;
    }

    private static Line line(View view, int from, int to) {
        if (to == from + 1) {
            return new Line(new int[] {view.shape().dim(from)}, new int[] {view.strides()[from]});
        }
        Shape shape = Shape.of(Arrays.copyOfRange(view.shape().toArray(), from, to));
        View part = new View(view.buffer(), 0, shape, Arrays.copyOfRange(view.strides(), from, to));
        return new Line(part.collapsed().get(0), part.collapsed().get(1));
    }

    /** Whether all rows and all columns are as far from each other. */
    public boolean areEven() {
        return rows.isEven() && columns.isEven();
    }
}
