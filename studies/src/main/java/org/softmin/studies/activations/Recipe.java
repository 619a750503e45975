package org.softmin.studies.activations;

import java.util.List;
import org.softmin.nn.Linear;
import org.softmin.studies.activations.SparseEncoder.DecoderFree;
import org.softmin.studies.activations.SparseEncoder.Standard;
import org.softmin.studies.activations.SparseEncoder.TopK;
import org.softmin.tensor.RandomKey;

/**
 * The kinds of encoder that are compared, each with the weights of its sparsity among which a validation split chooses.
 *
 * @param weights λ of {@link Standard}, λ_lse of {@link DecoderFree}; a single one that stands for nothing for TopK
 */
record Recipe(String name, Kind kind, List<Double> weights) {
    /** Which encoder. */
    enum Kind {
        STANDARD,
        TOP_K,
        DECODER_FREE
    }

    /** What is compared. Weights are spread over what can be best for a few of some hundred codes. */
    static final List<Recipe> ALL = List.of(
            new Recipe("standard", Kind.STANDARD, List.of(0.3, 1.0, 3.0, 10.0)),
            new Recipe("topk", Kind.TOP_K, List.of(0.0)),
            new Recipe("decoder-free", Kind.DECODER_FREE, List.of(0.1, 1.0, 10.0)));

    /** An encoder before training. */
    SparseEncoder start(double weight, int width, int units, int k, Decorrelation estimator, RandomKey key) {
        return switch (kind) {
            case STANDARD -> new Standard(Dictionary.of(width, units, units, key), weight);
            case TOP_K -> new TopK(Dictionary.of(width, units, k, key));
            case DECODER_FREE ->
                new DecoderFree(Linear.of(width, units, key), new DecoderFree.Terms(weight, 1, 1, estimator));
        };
    }
}
