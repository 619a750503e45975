package org.softmin.nn;

import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** Random zeros during training, so that no unit relies on one other. Stateless and thread-safe. */
public final class Dropout {
    private Dropout() {}

    /**
     * x with each element set to 0 with the given probability and scaled by 1 / (1 − probability) otherwise, so that
     * the mean is kept. Equal keys drop equal elements; {@link Batch#key} gives a new key each step.
     *
     * @throws IllegalArgumentException if the probability is not in [0, 1)
     */
    public static Tensor apply(Tensor x, double probability, RandomKey key) {
        return apply("dropout", x, x.shape(), probability, key);
    }

    /** With one decision for each element of {@code shape}, which is repeated to that of x. */
    static Tensor apply(String op, Tensor x, Shape shape, double probability, RandomKey key) {
        if (!(probability >= 0 && probability < 1)) {
            throw new IllegalArgumentException(
                    op + ": probability " + probability + " leaves nothing to train; use 0 or more and less than 1");
        }
        if (probability == 0) {
            return x;
        }
        Tensor kept = key.uniform(x.dtype(), shape).ge(Tensor.scalar(x.dtype(), probability));
        return kept.where(x.div(1 - probability), Tensor.scalar(x.dtype(), 0));
    }
}
