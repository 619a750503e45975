package org.softmin.props;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.softmin.tensor.Op;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** How an operand lies in memory: each is made from an input by ops that a backend may turn into a mere view. */
enum Layout {
    /** The input itself. */
    DENSE,
    /** A part of a larger array that begins at an odd offset. */
    OFFSET,
    /** Every second element along the last axis. */
    STRIDED,
    /** Dimensions in reverse order. */
    PERMUTED,
    /** One element, or one slice along the first axis, repeated. */
    REPEATED;

    /** The shape of the input under this layout of {@code shape}. */
    Shape source(Shape shape) {
        int rank = shape.rank();
        return switch (this) {
            case DENSE -> shape;
            case OFFSET ->
                Shape.of(Arrays.stream(shape.toArray()).map(n -> n + 3).toArray());
            case STRIDED -> rank == 0 ? shape : shape.with(rank - 1, 2 * shape.dim(-1) + 1);
            case PERMUTED -> {
                int[] dims = shape.toArray();
                yield Shape.of(reversed(rank).map(i -> dims[i]).toArray());
            }
            case REPEATED -> rank == 0 ? shape : shape.with(0, 1);
        };
    }

    /** {@code input}, which has shape {@code source(shape)}, seen as {@code shape}. */
    Tensor view(Tensor input, Shape shape) {
        int rank = shape.rank();
        if (rank == 0) {
            return input;
        }
        return switch (this) {
            case DENSE -> input;
            case OFFSET -> slice(input, Collections.nCopies(rank, 1), shape, 1);
            case STRIDED -> slice(input, Collections.nCopies(rank, 0), shape, 2);
            case PERMUTED -> input.permute(reversed(rank).toArray());
            case REPEATED -> input.expand(shape);
        };
    }

    private static Tensor slice(Tensor input, List<Integer> start, Shape shape, int step) {
        int rank = shape.rank();
        Integer[] limit = new Integer[rank];
        Integer[] steps = new Integer[rank];
        for (int i = 0; i < rank; i++) {
            steps[i] = i == rank - 1 ? step : 1;
            limit[i] = start.get(i) + shape.dim(i) * steps[i];
        }
        return Tensor.of(new Op.Slice(start, List.of(limit), List.of(steps)), input);
    }

    private static IntStream reversed(int rank) {
        return IntStream.range(0, rank).map(i -> rank - 1 - i);
    }
}
