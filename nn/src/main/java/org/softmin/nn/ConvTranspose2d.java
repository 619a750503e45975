package org.softmin.nn;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.ConvolutionTranspose;
import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Window;

/**
 * The transpose of a convolution, which makes images larger: [n, windows down, windows across, in] gives
 * [n, height, width, out].
 *
 * <p>It is the transpose of the {@link Conv2d} that takes images of the result's size, with the same windows, to those of
 * the operand's: where several sizes would do, the result is the smallest with nothing left over, {@code extra} larger.
 * Immutable and thread-safe.
 *
 * @param weight [in, window height, window width, out / groups]
 * @param bias [out]; null for none
 * @param down how windows lie along the height of the result
 * @param across how windows lie along its width
 * @param groups parts that the channels are divided into
 * @param extra rows and columns more, less than the stride
 */
public record ConvTranspose2d(Tensor weight, @Nullable Tensor bias, Window down, Window across, int groups, int extra)
        implements Layer {
    /** Checks that weight, bias and windows fit each other. */
    public ConvTranspose2d {
        ImageWeights.check("convTranspose2d", weight, down, across);
        ImageWeights.checkBias(
                "convTranspose2d", weight.shape(), bias, weight.shape().dim(-1) * groups);
        if (extra < 0 || extra >= Math.min(down.stride(), across.stride())) {
            throw new IllegalArgumentException("convTranspose2d: " + extra + " extra rows and columns are asked for;"
                    + " it must be 0 or more and less than the strides, " + down.stride() + " and " + across.stride());
        }
    }

    /** An F32 layer with square windows, weight and bias drawn from U(−1/√fan, 1/√fan), fan = size² · out, as PyTorch does. */
    public static ConvTranspose2d of(int in, int out, Window window, int extra, RandomKey key) {
        int size = window.size();
        double bound = 1 / Math.sqrt((double) size * size * out);
        return new ConvTranspose2d(
                Initializers.uniform(key.derive("weight"), DType.F32, Shape.of(in, size, size, out), bound),
                Initializers.uniform(key.derive("bias"), DType.F32, Shape.of(out), bound),
                window,
                window,
                1,
                extra);
    }

    /** y [n, height, width, out] for x [n, windows down, windows across, in]. */
    @Override
    public Tensor apply(Tensor x) {
        if (x.shape().rank() != 4) {
            throw new IllegalArgumentException(
                    "convTranspose2d: input is " + x.shape() + "; it must be [n, height, width, in]");
        }
        List<Integer> extents =
                List.of(extent(down, x.shape().dim(1)), extent(across, x.shape().dim(2)));
        Tensor y = Tensor.of(new ConvolutionTranspose(List.of(down, across), groups, extents), x, weight);
        return bias == null ? y : y.add(bias);
    }

    private int extent(Window window, int count) {
        int extent = (count - 1) * window.stride() + window.reach() - window.low() - window.high() + extra;
        if (extent < 1) {
            throw new IllegalArgumentException("convTranspose2d: " + count + " windows of " + window
                    + " leave nothing within their padding; use less padding");
        }
        return extent;
    }
}
