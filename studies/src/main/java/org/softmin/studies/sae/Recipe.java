package org.softmin.studies.sae;

import org.softmin.nn.Activation;
import org.softmin.nn.Optimizer;
import org.softmin.tensor.RandomKey;

/**
 * All that decides how an encoder comes out but its images and its seed. Experiments that ask for equal recipes share
 * what is trained.
 *
 * @param units K
 * @param hidden width of a hidden layer, or 0 for none
 * @param activation φ, from pre-activations to energies
 * @param reading what is measured of the energies
 * @param optimizer with its learning rate
 */
record Recipe(
        Method method,
        int units,
        int hidden,
        Activation activation,
        Reading reading,
        Optimizer optimizer,
        int epochs,
        int batch) {
    /** An encoder before training. */
    Encoder encoder(int inputs, RandomKey key) {
        return hidden == 0
                ? Encoder.of(inputs, units, activation, key)
                : Encoder.of(inputs, hidden, units, activation, key);
    }

    Recipe with(Method other) {
        return new Recipe(other, units, hidden, activation, reading, optimizer, epochs, batch);
    }

    Recipe with(Optimizer other) {
        return new Recipe(method, units, hidden, activation, reading, other, epochs, batch);
    }

    Recipe with(Activation other) {
        return new Recipe(method, units, hidden, other, reading, optimizer, epochs, batch);
    }

    Recipe withUnits(int other) {
        return new Recipe(method, other, hidden, activation, reading, optimizer, epochs, batch);
    }

    Recipe withHidden(int other) {
        return new Recipe(method, units, other, activation, reading, optimizer, epochs, batch);
    }

    Recipe withEpochs(int other) {
        return new Recipe(method, units, hidden, activation, reading, optimizer, other, batch);
    }

    Recipe withBatch(int other) {
        return new Recipe(method, units, hidden, activation, reading, optimizer, epochs, other);
    }
}
