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
}
