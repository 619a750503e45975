package org.softmin.studies.sae;

import java.util.List;
import org.softmin.nn.Activation;
import org.softmin.nn.Linear;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;

/**
 * What turns a sample into energies: E = φ(hWᵀ + b), where h is the sample, or what hidden layers make of it. Immutable
 * and thread-safe.
 *
 * @param hidden layers before the last, each followed by ReLU; none in the published experiments
 * @param linear W [units, inputs] and b [units]
 * @param activation φ
 */
public record Encoder(List<Linear> hidden, Linear linear, Activation activation) {
    /** Copies the list. */
    public Encoder {
        hidden = List.copyOf(hidden);
    }

    /** An encoder of one layer with PyTorch's default initial weights. */
    public static Encoder of(int inputs, int units, Activation activation, RandomKey key) {
        return new Encoder(List.of(), Linear.of(inputs, units, key), activation);
    }

    /** An encoder of two layers with PyTorch's default initial weights. */
    public static Encoder of(int inputs, int hidden, int units, Activation activation, RandomKey key) {
        return new Encoder(
                List.of(Linear.of(inputs, hidden, key.derive("hidden"))),
                Linear.of(hidden, units, key.derive("units")),
                activation);
    }

    /** Energies, or activations, [n, units] of samples [n, inputs]. */
    public Tensor apply(Tensor x) {
        Tensor h = x;
        for (Linear layer : hidden) {
            h = layer.apply(h).relu();
        }
        return activation.apply(linear.apply(h));
    }

    /**
     * The same with each row of W divided by its length.
     *
     * @param epsilon added to each length
     */
    Encoder withUnitRows(double epsilon) {
        Tensor w = linear.weight();
        Tensor lengths = w.norm(1).add(epsilon).reshape(w.shape().dim(0), 1);
        return new Encoder(hidden, new Linear(w.div(lengths), linear.bias()), activation);
    }
}
