package org.softmin.nn;

import org.softmin.tensor.Tensor;

/** How the terms of a loss become one number. Immutable and thread-safe. */
public enum Reduction {
    /** Their sum: the gradient grows with the batch. */
    SUM,
    /** Their arithmetic mean. */
    MEAN;

    /** The sum or mean of all elements. */
    Tensor of(Tensor terms) {
        return switch (this) {
            case SUM -> terms.sum();
            case MEAN -> terms.mean();
        };
    }
}
