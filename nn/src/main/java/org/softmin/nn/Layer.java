package org.softmin.nn;

import org.softmin.tensor.Tensor;

/**
 * A part of a model that maps one tensor to another; implemented by records, whose tensors are the parameters.
 *
 * <p>Implementations are immutable and thread-safe.
 */
@FunctionalInterface
public interface Layer {
    /** The output for input {@code x}. */
    Tensor apply(Tensor x);

    /**
     * The output for input {@code x} in training, and the layer to go on with: it differs from this one in each
     * {@link Statistic}. A layer without any, nor parts that have some, does as in {@link #apply}.
     */
    default Trained<? extends Layer> train(Tensor x) {
        return new Trained<>(apply(x), this);
    }

    /** An output in training, and the layer with its statistics after it. Immutable and thread-safe. */
    record Trained<L extends Layer>(Tensor y, L layer) {}
}
