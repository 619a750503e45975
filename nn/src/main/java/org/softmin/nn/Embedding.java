package org.softmin.nn;

import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * A learned vector for each of a number of symbols.
 *
 * <p>Immutable and thread-safe.
 *
 * @param weight [symbols, width]
 */
public record Embedding(Tensor weight) implements Layer {
    /** Checks that the weight is a matrix. */
    public Embedding {
        if (weight.shape().rank() != 2) {
            throw new IllegalArgumentException(
                    "embedding: weight " + weight.shape() + " is not a matrix; use [symbols, width]");
        }
    }

    /** An F32 layer with weights from N(0, 0.02²); Radford et al., "Language models are unsupervised multitask learners". */
    public static Embedding of(int symbols, int width, RandomKey key) {
        return new Embedding(Initializers.normal(key, DType.F32, Shape.of(symbols, width), 0.02));
    }

    /**
     * The vectors [..., width] of symbols [...].
     *
     * <p>A symbol outside 0 … symbols − 1 is an error when the program runs.
     *
     * @param symbols I32
     */
    @Override
    public Tensor apply(Tensor symbols) {
        return weight.gather(0, symbols);
    }
}
