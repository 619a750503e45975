package org.softmin.nn;

import org.softmin.tensor.Tensor;

/** Elementwise functions that go between layers. Immutable and thread-safe. */
public enum Activation implements Layer {
    /** x. */
    IDENTITY,
    /** max(x, 0). */
    RELU,
    /** x where positive, 0.01·x elsewhere. */
    LEAKY_RELU,
    /** ln(1 + eˣ). */
    SOFTPLUS,
    /** x · Φ(x), with the exact normal distribution function. */
    GELU,
    /** x · sigmoid(x). */
    SILU,
    /** Hyperbolic tangent. */
    TANH,
    /** 1 / (1 + e⁻ˣ). */
    SIGMOID;

    private static final double LEAK = 0.01;

    @Override
    public Tensor apply(Tensor x) {
        return switch (this) {
            case IDENTITY -> x;
            case RELU -> x.relu();
            case LEAKY_RELU -> x.leakyRelu(LEAK);
            case SOFTPLUS -> x.softplus();
            case GELU -> x.gelu();
            case SILU -> x.silu();
            case TANH -> x.tanh();
            case SIGMOID -> x.sigmoid();
        };
    }
}
