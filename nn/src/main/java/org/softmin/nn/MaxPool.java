package org.softmin.nn;

import org.softmin.tensor.Fold;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Window;

/**
 * The largest element of each window of an image, channel by channel.
 *
 * <p>Padding never is the largest. Where several elements are, the gradient is shared among them. Immutable and
 * thread-safe.
 *
 * @param height windows along the height
 * @param width windows along the width
 */
public record MaxPool(Window height, Window width) implements Layer {
    /** Square windows side by side. */
    public static MaxPool of(int size) {
        return of(Window.of(size).stride(size));
    }

    /** The same windows along height and width. */
    public static MaxPool of(Window both) {
        return new MaxPool(both, both);
    }

    /**
     * y [batch, windows, windows, channels] for x [batch, height, width, channels].
     *
     * @throws IllegalArgumentException if x has another rank, no window fits, or one holds padding alone
     */
    @Override
    public Tensor apply(Tensor x) {
        ImageShape.of("maxpool", x);
        return along(along(x, Pooling.WIDTH, width), Pooling.HEIGHT, height);
    }

    private static Tensor along(Tensor x, int axis, Window window) {
        Pooling.check("maxpool", x, axis, window);
        return Pooling.along(x, axis, window, Fold.MAX.identity(x.dtype()), Tensor::maximum);
    }
}
