package org.softmin.nn;

import org.softmin.tensor.DType;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Window;

/**
 * The mean of each window of an image, channel by channel. Immutable and thread-safe.
 *
 * @param height windows along the height
 * @param width windows along the width
 * @param countPadding whether padding counts as elements that are 0; otherwise the mean is that of the image's own
 */
public record AveragePool(Window height, Window width, boolean countPadding) implements Layer {
    /** Square windows side by side. */
    public static AveragePool of(int size) {
        return of(Window.of(size).stride(size));
    }

    /** The same windows along height and width; padding does not count. */
    public static AveragePool of(Window both) {
        return new AveragePool(both, both, false);
    }

    /**
     * y [batch, windows, windows, channels] for x [batch, height, width, channels].
     *
     * @throws IllegalArgumentException if x has another rank or holds integers, no window fits, or one holds padding
     *     alone
     */
    @Override
    public Tensor apply(Tensor x) {
        ImageShape image = ImageShape.of("averagepool", x);
        if (!x.dtype().isFloating()) {
            throw new IllegalArgumentException(
                    "averagepool: " + x.type() + " has no mean of its type; cast it to F32 or F64");
        }
        Pooling.check("averagepool", x, Pooling.HEIGHT, height);
        Pooling.check("averagepool", x, Pooling.WIDTH, width);
        Tensor sums = along(along(x, Pooling.WIDTH, width), Pooling.HEIGHT, height);
        Tensor rows = counts(x.dtype(), image.height(), height).reshape(-1, 1, 1);
        Tensor columns = counts(x.dtype(), image.width(), width).reshape(-1, 1);
        return sums.div(rows.mul(columns));
    }

    private static Tensor along(Tensor x, int axis, Window window) {
        return Pooling.along(x, axis, window, 0, Tensor::add);
    }

    /** How many elements count in each window, [windows]. */
    private Tensor counts(DType dtype, int extent, Window window) {
        return countPadding
                ? Tensor.full(dtype, Shape.of(window.count(extent)), window.size())
                : along(Tensor.full(dtype, Shape.of(extent), 1), 0, window);
    }
}
