package org.softmin.studies.sae;

import org.softmin.tensor.Tensor;

/** How the outputs of an encoder, which are energies, are read as features. Immutable and thread-safe. */
enum Reading {
    /** As they are, like the activations of other autoencoders: the published experiments. */
    ENERGIES,
    /** s = max_j E_j − E of each sample: high where a unit explains it. */
    SIMILARITIES;

    /** Features [n, units] from energies [n, units]. */
    Tensor of(Tensor energies) {
        return switch (this) {
            case ENERGIES -> energies;
            case SIMILARITIES -> {
                Tensor max = energies.max(1).reshape(energies.shape().dim(0), 1);
                yield max.sub(energies);
            }
        };
    }
}
