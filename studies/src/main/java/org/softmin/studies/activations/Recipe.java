package org.softmin.studies.activations;

import java.util.List;
import org.softmin.nn.Linear;
import org.softmin.studies.activations.SparseEncoder.DecoderFree;
import org.softmin.studies.activations.SparseEncoder.Standard;
import org.softmin.studies.activations.SparseEncoder.TopK;
import org.softmin.tensor.RandomKey;

/** The kinds of encoder that are compared. */
record Recipe(String name, Kind kind) {
    /** Which encoder. */
    enum Kind {
        STANDARD,
        TOP_K,
        DECODER_FREE
    }

    /** What is compared. */
    static final List<Recipe> ALL = List.of(
            new Recipe("standard", Kind.STANDARD),
            new Recipe("topk", Kind.TOP_K),
            new Recipe("decoder-free", Kind.DECODER_FREE));

    /**
     * An encoder before training.
     *
     * @param weight of the sparsity: λ of {@link Standard}, λ_lse of {@link DecoderFree}; TopK has none
     */
    SparseEncoder start(double weight, int width, int units, int k, Decorrelation estimator, RandomKey key) {
        return switch (kind) {
            case STANDARD -> new Standard(Dictionary.of(width, units, units, key), weight);
            case TOP_K -> new TopK(Dictionary.of(width, units, k, key));
            case DECODER_FREE ->
                new DecoderFree(Linear.of(width, units, key), new DecoderFree.Terms(weight, 1, 1, estimator));
        };
    }
}
