package org.softmin.nn;

import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * {@link Dropout} of whole channels of an image, whose neighbouring positions would give away what is dropped.
 *
 * <p>Source: Tompson et al., "Efficient object localization using convolutional networks", 2015. Stateless and
 * thread-safe.
 */
public final class Dropout2d {
    private Dropout2d() {}

    /**
     * x [batch, height, width, channels] with each channel of each image set to 0 with the given probability and scaled
     * by 1 / (1 − probability) otherwise, so that the mean is kept. Equal keys drop equal channels; {@link Batch#key}
     * gives a new key each step.
     *
     * @throws IllegalArgumentException if x has another rank or the probability is not in [0, 1)
     */
    public static Tensor apply(Tensor x, double probability, RandomKey key) {
        ImageShape image = ImageShape.of("dropout2d", x);
        return Dropout.apply("dropout2d", x, Shape.of(image.batch(), 1, 1, image.channels()), probability, key);
    }
}
