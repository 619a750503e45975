package org.softmin.studies.sae;

import org.softmin.nn.Activation;
import org.softmin.nn.Linear;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;

/** The usual sparse autoencoder: an encoder and a linear decoder of its own. Immutable and thread-safe. */
public record SparseAutoencoder(Encoder encoder, Linear decoder) {
    /** An autoencoder with PyTorch's default initial weights and ReLU. */
    public static SparseAutoencoder of(int inputs, int units, RandomKey key) {
        return new SparseAutoencoder(
                Encoder.of(inputs, units, Activation.RELU, key.derive("encoder")),
                Linear.of(units, inputs, key.derive("decoder")));
    }

    /** Reconstructions [n, inputs] of activations [n, units]. */
    public Tensor decode(Tensor activations) {
        return decoder.apply(activations);
    }
}
