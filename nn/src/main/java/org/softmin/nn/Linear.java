package org.softmin.nn;

import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * The affine map y = xWᵀ + b of the last dimension. Immutable and thread-safe.
 *
 * @param weight W, [out, in]
 * @param bias b, [out]; null for none
 */
public record Linear(Tensor weight, @Nullable Tensor bias) implements Layer {
    /** Checks that the bias fits the weight. */
    public Linear {
        if (weight.shape().rank() != 2) {
            throw new IllegalArgumentException("linear: weight is " + weight.type() + "; it must be [out, in]");
        }
        if (bias != null && !bias.shape().equals(Shape.of(weight.shape().dim(0)))) {
            throw new IllegalArgumentException("linear: bias is " + bias.shape() + ", but weight " + weight.shape()
                    + " needs [" + weight.shape().dim(0) + "]");
        }
    }

    /** An F32 layer with weight and bias drawn from U(−1/√in, 1/√in), PyTorch's default. */
    public static Linear of(int in, int out, RandomKey key) {
        return of(in, out, DType.F32, key);
    }

    /** A layer with weight and bias drawn from U(−1/√in, 1/√in), PyTorch's default. */
    public static Linear of(int in, int out, DType dtype, RandomKey key) {
        double bound = 1 / Math.sqrt(in);
        return new Linear(
                Initializers.uniform(key.derive("weight"), dtype, Shape.of(out, in), bound),
                Initializers.uniform(key.derive("bias"), dtype, Shape.of(out), bound));
    }

    /** y [.., out] for x [.., in]. */
    @Override
    public Tensor apply(Tensor x) {
        Shape shape = x.shape();
        int last = shape.rank() - 1;
        int in = weight.shape().dim(1);
        if (last < 0 || shape.dim(last) != in) {
            throw new IllegalArgumentException("linear: input " + shape + " does not fit weight " + weight.shape()
                    + "; its last dimension must be " + in);
        }
        Tensor rows = x.reshape(Shape.of(shape.size(0, last), in)); // one large product beats many small ones
        Tensor y = rows.matmul(weight.transpose());
        return (bias == null ? y : y.add(bias))
                .reshape(shape.with(last, weight.shape().dim(0)));
    }
}
