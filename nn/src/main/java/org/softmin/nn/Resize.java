package org.softmin.nn;

import org.softmin.tensor.DType;
import org.softmin.tensor.Tensor;

/**
 * An image drawn with more pixels, channel by channel.
 *
 * <p>Pixels are squares side by side: the centre of pixel i of n lies at (i + ½)/n of the extent, the half-pixel
 * convention. Immutable and thread-safe.
 *
 * @param interpolation what is drawn between the centres
 * @param factor how many times as high and as wide it becomes, 1 or more
 */
public record Resize(Interpolation interpolation, int factor) implements Layer {
    /** What is drawn between the centres of pixels. */
    public enum Interpolation {
        /** The pixel in whose square a point lies. */
        NEAREST,
        /** Along each axis the line from one centre to the next; outside the outermost, what is there. */
        BILINEAR
    }

    /** Checks the factor. */
    public Resize {
        if (factor < 1) {
            throw new IllegalArgumentException("resize: factor " + factor + " leaves no pixels; use 1 or more");
        }
    }

    /**
     * y [batch, factor · height, factor · width, channels] for x [batch, height, width, channels].
     *
     * @throws IllegalArgumentException if x has another rank, no pixels, or is to be interpolated and holds integers
     */
    @Override
    public Tensor apply(Tensor x) {
        ImageShape image = ImageShape.of("resize", x);
        return to(x, interpolation, factor * image.height(), factor * image.width());
    }

    /**
     * y [batch, height, width, channels] for x with any other height and width.
     *
     * <p>Nothing is averaged where an image becomes smaller: {@link AveragePool} does that.
     *
     * @throws IllegalArgumentException if x has another rank, there or here are no pixels, or x is to be interpolated and
     *     holds integers
     */
    public static Tensor to(Tensor x, Interpolation interpolation, int height, int width) {
        ImageShape image = ImageShape.of("resize", x);
        if (image.positions() == 0 || height < 1 || width < 1) {
            throw new IllegalArgumentException("resize: " + x.shape() + " to " + height + " x " + width
                    + " pixels is not possible; all must be 1 or more");
        }
        return switch (interpolation) {
            case NEAREST -> x.gather(1, nearest(image.height(), height)).gather(2, nearest(image.width(), width));
            case BILINEAR -> bilinear(x, image, height, width);
        };
    }

    /** The pixel of {@code from} in whose square the centre of each of {@code to} lies; on an edge, the one behind. */
    private static Tensor nearest(int from, int to) {
        return Tensor.iota(DType.I32, to).mul(2).add(1).mul(from).div(2 * to);
    }

    /**
     * Products with matrices of weights: from 14 to 28 pixels that takes half the time of gathering two neighbours each,
     * and so does its gradient.
     */
    private static Tensor bilinear(Tensor x, ImageShape image, int height, int width) {
        if (!x.dtype().isFloating()) {
            throw new IllegalArgumentException(
                    "resize: " + x.type() + " has nothing between its values; cast it to F32 or F64, or use NEAREST");
        }
        int columns = image.width() * image.channels();
        Tensor high = weights(x.dtype(), image.height(), height)
                .matmul(x.reshape(image.batch(), image.height(), columns))
                .reshape(image.batch() * height, image.width(), image.channels());
        return weights(x.dtype(), image.width(), width)
                .matmul(high)
                .reshape(image.batch(), height, width, image.channels());
    }

    /** How much each of {@code from} pixels counts in each of {@code to}, [to, from]: less, the farther away it is. */
    private static Tensor weights(DType dtype, int from, int to) {
        Tensor at = Tensor.iota(dtype, to).add(0.5).mul((double) from / to).sub(0.5); // centres of from lie at 0, 1, ..
        Tensor distance = at.clamp(0, from - 1).reshape(to, 1).sub(Tensor.iota(dtype, from));
        return distance.abs().neg().add(1).relu();
    }
}
