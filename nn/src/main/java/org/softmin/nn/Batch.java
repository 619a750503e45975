package org.softmin.nn;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;

/**
 * The data of one step as tensors, from which a loss, a metric or an output is built. Immutable and thread-safe.
 *
 * @param tensors one for each array of the batch, with rows along the first dimension
 * @param key random key of the step; null where nothing is random
 */
public record Batch(List<Tensor> tensors, @Nullable RandomKey key) {
    /** Copies the list. */
    public Batch {
        tensors = List.copyOf(tensors);
    }

    /** The tensor of array {@code index}. */
    public Tensor get(int index) {
        if (index >= tensors.size()) {
            throw new IllegalArgumentException("batch: there is no array " + index + ", only " + tensors.size()
                    + "; pass " + (index + 1) + " arrays to each step");
        }
        return tensors.get(index);
    }

    /** The first tensor: what goes into the model. */
    public Tensor x() {
        return get(0);
    }

    /** The second tensor: what should come out of it. */
    public Tensor y() {
        return get(1);
    }

    /** Number of rows. */
    public int rows() {
        return x().shape().dim(0);
    }

    /** A random key for the purpose called {@code name}, another one in each step. */
    public RandomKey key(String name) {
        if (key == null) {
            throw new IllegalStateException("batch: there is no random key " + name
                    + " outside training; leave out what is random, such as dropout");
        }
        return key.derive(name);
    }
}
