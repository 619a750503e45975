package org.softmin.nn;

import org.softmin.tensor.Tensor;

/**
 * A tensor of a model that no gradient moves, because it is computed from the data: a running mean, for instance.
 *
 * <p>It is saved, restored and cast like a parameter. {@link TrainStep#statistics} says how a step moves it. Immutable and
 * thread-safe.
 */
public record Statistic(Tensor value) {
    /** Checks that the value is floating-point. */
    public Statistic {
        if (!value.dtype().isFloating()) {
            throw new IllegalArgumentException(
                    "statistic: " + value.type() + " is configuration, which no step moves; cast it to F32 or F64");
        }
    }

    /** This, moved to {@code observed} by a {@code share} of the way. */
    public Statistic towards(Tensor observed, double share) {
        return new Statistic(value.add(observed.sub(value).mul(share)));
    }
}
