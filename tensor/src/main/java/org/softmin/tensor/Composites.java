package org.softmin.tensor;

import java.util.List;
import java.util.function.Supplier;

/**
 * Ops made of others that have a better gradient, better behaviour at infinity or a faster kernel than their parts.
 *
 * <p>Those over rows work on the last axis. Immutable and thread-safe.
 */
public final class Composites {
    private Composites() {}

    /** Applies a row composite along any axis; {@code folds} tells whether it removes that axis. */
    static Tensor overLastAxis(Tensor x, int axis, boolean folds, Supplier<Op.Composite> row) {
        Op.Composite op = row.get();
        int rank = x.shape().rank();
        int a = x.shape().axis(op.label(), axis);
        if (a == rank - 1) {
            return Tensor.of(op, x);
        }
        int[] toLast = new int[rank];
        int[] back = new int[rank];
        for (int i = 0; i < rank; i++) {
            toLast[i] = i < a ? i : i == rank - 1 ? a : i + 1;
            back[toLast[i]] = i;
        }
        Tensor result = Tensor.of(op, x.permute(toLast));
        return folds ? result : result.permute(back);
    }

    private static Tensor zeros(Tensor x) {
        return Tensor.zeros(x.dtype(), x.shape());
    }

    /** A composite of one floating-point operand, so that an error names it and not one of its parts. */
    private sealed interface OfFloating extends Op.Composite {
        @Override
        default int arity() {
            return 1;
        }

        @Override
        default Type infer(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            if (!x.dtype().isFloating()) {
                throw error("operand is " + x.type() + "; cast it to F32 or F64");
            }
            return Op.Composite.super.infer(inputs);
        }
    }

    /** max(x, 0); gradient 0 at 0. */
    public record Relu() implements OfFloating {
        @Override
        public Tensor decompose(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            return x.maximum(zeros(x));
        }

        @Override
        public List<Tensor> vjp(List<Tensor> inputs, Tensor output, Tensor gradient) {
            return List.of(inputs.getFirst().gt(0).where(gradient, zeros(gradient)));
        }
    }

    /** 1 / (1 + e⁻ˣ), by e^−|x| so that nothing overflows. */
    public record Sigmoid() implements OfFloating {
        @Override
        public Tensor decompose(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            Tensor e = x.abs().neg().exp();
            return x.lt(zeros(x)).where(e, Tensor.full(x.dtype(), x.shape(), 1)).div(e.add(1));
        }

        @Override
        public List<Tensor> vjp(List<Tensor> inputs, Tensor output, Tensor gradient) {
            return List.of(gradient.mul(output.mul(output.neg().add(1))));
        }
    }

    /** ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|). */
    public record Softplus() implements OfFloating {
        @Override
        public Tensor decompose(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            return x.maximum(zeros(x)).add(x.abs().neg().exp().log1p());
        }

        @Override
        public List<Tensor> vjp(List<Tensor> inputs, Tensor output, Tensor gradient) {
            return List.of(gradient.mul(inputs.getFirst().sigmoid()));
        }
    }

    /**
     * What the composites over rows share, so that programs that take several of them pay once: x − max, and the sum of
     * its exponentials, both over the last axis and with the conventions for infinite elements.
     *
     * @param max the largest element of each row, the axis kept
     * @param shifted x − max, and 0 where x is the largest element, be it infinite
     */
    private record Row(Tensor max, Tensor shifted) {
        static Row of(Tensor x) {
            Tensor max = x.reduce(Fold.MAX, true, -1);
            return new Row(max, x.eq(max).where(zeros(x), x.sub(max)));
        }

        Tensor exp() {
            return shifted.exp();
        }

        Tensor sum() {
            return exp().reduce(Fold.SUM, true, -1);
        }

        /** {@code value}, but +∞ for a row of −∞: to divide by or to subtract. */
        Tensor infiniteIfEmpty(Tensor value) {
            Tensor infinity = Tensor.full(max.dtype(), max.shape(), Double.POSITIVE_INFINITY);
            return max.eq(infinity.neg()).where(infinity, value);
        }
    }

    /**
     * ln Σ exp x over the last axis, which disappears.
     *
     * <p>A row of −∞ gives −∞ with gradient 0; +∞ gives +∞ with the gradient shared among the +∞ entries.
     */
    public record LogSumExp() implements OfFloating {
        @Override
        public Tensor decompose(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            Row row = Row.of(x);
            return row.sum()
                    .log()
                    .add(row.max())
                    .reshape(x.shape().without(x.shape().rank() - 1));
        }

        @Override
        public List<Tensor> vjp(List<Tensor> inputs, Tensor output, Tensor gradient) {
            Tensor x = inputs.getFirst();
            Shape kept = x.shape().with(x.shape().rank() - 1, 1);
            return List.of(gradient.reshape(kept).mul(x.softmax(-1)));
        }
    }

    /** exp x / Σ exp x over the last axis; 0 for a row of −∞, shared among the +∞ entries if there are any. */
    public record Softmax() implements OfFloating {
        @Override
        public Tensor decompose(List<Tensor> inputs) {
            Row row = Row.of(inputs.getFirst());
            return row.exp().div(row.infiniteIfEmpty(row.sum()));
        }

        @Override
        public List<Tensor> vjp(List<Tensor> inputs, Tensor output, Tensor gradient) {
            Tensor mean = gradient.mul(output).reduce(Fold.SUM, true, -1);
            return List.of(output.mul(gradient.sub(mean)));
        }
    }

    /** x − ln Σ exp x over the last axis; the logarithm of the softmax for rows with an infinite maximum. */
    public record LogSoftmax() implements OfFloating {
        @Override
        public Tensor decompose(List<Tensor> inputs) {
            Row row = Row.of(inputs.getFirst());
            return row.shifted().sub(row.infiniteIfEmpty(row.sum().log()));
        }

        @Override
        public List<Tensor> vjp(List<Tensor> inputs, Tensor output, Tensor gradient) {
            Tensor total = gradient.reduce(Fold.SUM, true, -1);
            return List.of(gradient.sub(inputs.getFirst().softmax(-1).mul(total)));
        }
    }
}
