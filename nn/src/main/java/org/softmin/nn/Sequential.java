package org.softmin.nn;

import java.util.ArrayList;
import java.util.List;
import org.softmin.tensor.Tensor;

/**
 * Layers applied one after the other. Immutable and thread-safe.
 *
 * @param layers first to last; records or activations
 */
public record Sequential(List<Layer> layers) implements Layer {
    /** Copies the list. */
    public Sequential {
        layers = List.copyOf(layers);
    }

    /** The layers in this order. */
    public static Sequential of(Layer... layers) {
        return new Sequential(List.of(layers));
    }

    @Override
    public Tensor apply(Tensor x) {
        Tensor y = x;
        for (Layer layer : layers) {
            y = layer.apply(y);
        }
        return y;
    }

    @Override
    public Trained<Sequential> train(Tensor x) {
        Tensor y = x;
        List<Layer> next = new ArrayList<>();
        for (Layer layer : layers) {
            Trained<?> trained = layer.train(y);
            y = trained.y();
            next.add(trained.layer());
        }
        return new Trained<>(y, new Sequential(next));
    }
}
