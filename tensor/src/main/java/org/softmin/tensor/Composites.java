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
     * ln Σ exp x over the last axis, which disappears.
     *
     * <p>A row of −∞ gives −∞ with gradient 0; +∞ gives +∞ with the gradient shared among the +∞ entries.
     */
    public record LogSumExp() implements OfFloating {
        @Override
        public Tensor decompose(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            Tensor max = finite(x.reduce(Fold.MAX, true, -1));
            return x.sub(max)
                    .exp()
                    .sum(-1)
                    .log()
                    .add(max.reshape(x.shape().without(x.shape().rank() - 1)));
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
            Tensor x = inputs.getFirst();
            Tensor max = x.reduce(Fold.MAX, true, -1);
            Tensor infinite = Tensor.scalar(x.dtype(), Double.POSITIVE_INFINITY);
            Tensor e = max.eq(infinite)
                    .where(x.eq(infinite).cast(x.dtype()), x.sub(finite(max)).exp());
            Tensor sum = e.reduce(Fold.SUM, true, -1);
            return e.div(sum.eq(0).where(Tensor.scalar(x.dtype(), 1), sum));
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
            Tensor x = inputs.getFirst();
            Tensor max = x.reduce(Fold.MAX, true, -1);
            Tensor shifted = x.sub(finite(max));
            Tensor regular =
                    shifted.sub(shifted.exp().reduce(Fold.SUM, true, -1).log());
            return max.sub(max).eq(0).where(regular, x.softmax(-1).log());
        }

        @Override
        public List<Tensor> vjp(List<Tensor> inputs, Tensor output, Tensor gradient) {
            Tensor total = gradient.reduce(Fold.SUM, true, -1);
            return List.of(gradient.sub(inputs.getFirst().softmax(-1).mul(total)));
        }
    }

    /** x where it is finite, 0 elsewhere: a shift that never makes ∞ − ∞. */
    private static Tensor finite(Tensor x) {
        return x.sub(x).eq(0).where(x, zeros(x));
    }
}
