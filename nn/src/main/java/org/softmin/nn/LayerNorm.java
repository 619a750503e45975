package org.softmin.nn;

import org.softmin.tensor.DType;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Normalisation of the last dimension to mean 0 and variance 1, then a gain and an offset for each of its elements:
 * (x − mean) / √(variance + ε) · weight + bias, with the biased variance.
 *
 * <p>Source: Ba, Kiros, Hinton, "Layer normalization", 2016. Immutable and thread-safe.
 *
 * @param weight gain, [n]
 * @param bias offset, [n]
 * @param epsilon what is added to the variance
 */
public record LayerNorm(Tensor weight, Tensor bias, double epsilon) implements Layer {
    /** An F32 layer for n elements with gain 1, offset 0 and ε = 1e-5. */
    public static LayerNorm of(int n) {
        return new LayerNorm(
                Initializers.constant(DType.F32, Shape.of(n), 1), Initializers.zeros(DType.F32, Shape.of(n)), 1e-5);
    }

    @Override
    public Tensor apply(Tensor x) {
        Shape kept = x.shape().with(x.shape().axis("layernorm", -1), 1);
        Tensor deviation = x.variance(-1, 0).add(epsilon).sqrt().reshape(kept);
        return x.sub(x.mean(-1).reshape(kept)).div(deviation).mul(weight).add(bias);
    }
}
