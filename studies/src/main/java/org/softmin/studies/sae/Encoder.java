package org.softmin.studies.sae;

import org.softmin.nn.Activation;
import org.softmin.nn.Linear;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;

/**
 * One layer that turns a sample into energies: E = φ(xWᵀ + b). Immutable and thread-safe.
 *
 * @param linear W [units, inputs] and b [units]
 * @param activation φ
 */
public record Encoder(Linear linear, Activation activation) {
    /** An encoder with PyTorch's default initial weights. */
    public static Encoder of(int inputs, int units, Activation activation, RandomKey key) {
        return new Encoder(Linear.of(inputs, units, key), activation);
    }

    /** Energies, or activations, [n, units] of samples [n, inputs]. */
    public Tensor apply(Tensor x) {
        return activation.apply(linear.apply(x));
    }
}
