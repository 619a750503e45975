package org.softmin.nn;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Window;

/**
 * Convolution of images with channels last: [n, height, width, in] gives [n, windows down, windows across, out].
 *
 * <p>Immutable and thread-safe.
 *
 * @param weight [out, window height, window width, in / groups]
 * @param bias [out]; null for none
 * @param down how windows lie along the height
 * @param across how windows lie along the width
 * @param groups parts that the channels are divided into, each seen by its part of the outputs
 * @see org.softmin.tensor.Convolution
 */
public record Conv2d(Tensor weight, @Nullable Tensor bias, Window down, Window across, int groups) implements Layer {
    /** Checks that weight, bias and windows fit each other. */
    public Conv2d {
        ImageWeights.check("conv2d", weight, down, across);
        ImageWeights.checkBias("conv2d", weight.shape(), bias, weight.shape().dim(0));
    }

    /** An F32 layer with square windows, weight and bias drawn from U(−1/√fan-in, 1/√fan-in), PyTorch's default. */
    public static Conv2d of(int in, int out, Window window, RandomKey key) {
        return of(in, out, window, 1, DType.F32, key);
    }

    /** A layer with square windows, weight and bias drawn from U(−1/√fan-in, 1/√fan-in), PyTorch's default. */
    public static Conv2d of(int in, int out, Window window, int groups, DType dtype, RandomKey key) {
        if (groups < 1 || in % groups != 0 || out % groups != 0) {
            throw new IllegalArgumentException("conv2d: " + in + " channels in and " + out
                    + " out cannot be divided into " + groups + " groups; choose a divisor of both");
        }
        int size = window.size();
        double bound = 1 / Math.sqrt((double) size * size * in / groups);
        Shape shape = Shape.of(out, size, size, in / groups);
        return new Conv2d(
                Initializers.uniform(key.derive("weight"), dtype, shape, bound),
                Initializers.uniform(key.derive("bias"), dtype, Shape.of(out), bound),
                window,
                window,
                groups);
    }

    /** y [n, windows down, windows across, out] for x [n, height, width, in]. */
    @Override
    public Tensor apply(Tensor x) {
        Tensor y = x.convolve(weight, List.of(down, across), groups);
        return bias == null ? y : y.add(bias);
    }
}
