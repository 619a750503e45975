package org.softmin.nn;

import org.softmin.tensor.Tensor;

/** The mean of each channel over all positions of an image. Immutable and thread-safe. */
public record GlobalAveragePool() implements Layer {
    /**
     * y [batch, channels] for x [batch, height, width, channels].
     *
     * @throws IllegalArgumentException if x has another rank, holds integers or has no positions
     */
    @Override
    public Tensor apply(Tensor x) {
        ImageShape image = ImageShape.of("globalaveragepool", x);
        if (image.positions() == 0) {
            throw new IllegalArgumentException("globalaveragepool: images of " + x.shape()
                    + " have no positions to take a mean of; use a height and width of 1 or more");
        }
        return x.reshape(image.batch(), image.positions(), image.channels()).mean(1);
    }
}
