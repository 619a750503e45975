package org.softmin.nn;

import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Window;

/** What the weights of {@link Conv2d} and {@link ConvTranspose2d} must be. */
final class ImageWeights {
    private ImageWeights() {}

    static void check(String layer, Tensor weight, Window down, Window across) {
        Shape shape = weight.shape();
        if (shape.rank() != 4 || shape.dim(1) != down.size() || shape.dim(2) != across.size()) {
            throw new IllegalArgumentException(layer + ": weight is " + weight.type() + "; windows of " + down.size()
                    + " by " + across.size() + " need [channels, " + down.size() + ", " + across.size()
                    + ", channels]");
        }
    }

    static void checkBias(String layer, Shape weight, @Nullable Tensor bias, int out) {
        if (bias != null && !bias.shape().equals(Shape.of(out))) {
            throw new IllegalArgumentException(
                    layer + ": bias is " + bias.shape() + ", but weight " + weight + " needs [" + out + "]");
        }
    }
}
