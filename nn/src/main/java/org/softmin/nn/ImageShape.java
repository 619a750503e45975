package org.softmin.nn;

import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** The extents of a batch of images, whose channels lie last: [batch, height, width, channels]. */
record ImageShape(int batch, int height, int width, int channels) {
    /** Those of {@code x}; {@code op} is named in the error if it is no batch of images. */
    static ImageShape of(String op, Tensor x) {
        Shape shape = x.shape();
        if (shape.rank() != 4) {
            throw new IllegalArgumentException(
                    op + ": input " + shape + " is no batch of images; use [batch, height, width, channels]");
        }
        return new ImageShape(shape.dim(0), shape.dim(1), shape.dim(2), shape.dim(3));
    }

    int positions() {
        return height * width;
    }
}
