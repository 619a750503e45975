package org.softmin.studies.activations;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.softmin.tensor.RandomKey;

/**
 * Trains encoders of every kind on the same rows and measures them at equal L0: of each code the k largest are kept.
 *
 * <p>The weight of the sparsity is the one that explains most of the variance of the validation rows at that L0
 * ({@link WeightSearch}); test rows are looked at once, afterwards.
 *
 * @param units of each encoder
 * @param k codes that are kept of each row
 * @param estimator of the decorrelation
 */
record Comparison(int units, int k, Decorrelation estimator, Training training) {
    /** Rows by their use; none is in two. */
    record Split(ActivationSource.Range train, ActivationSource.Range validation, ActivationSource.Range test) {
        /**
         * The first 80 % for training, then 10 % for validation and 10 % for the test: runs, not single rows, because
         * neighbours are often alike.
         */
        static Split of(ActivationSource source) {
            long rows = source.rows();
            if (rows < 10) {
                throw new IllegalArgumentException("activations: " + rows + " rows cannot be split; give 10 or more");
            }
            long tenth = rows / 10;
            return new Split(
                    new ActivationSource.Range(source, 0, rows - 2 * tenth),
                    new ActivationSource.Range(source, rows - 2 * tenth, rows - tenth),
                    new ActivationSource.Range(source, rows - tenth, rows));
        }
    }

    /** The chosen dictionary, for normalised data, with its metrics on the test rows. */
    record Result(Dictionary dictionary, Map<String, Double> metrics) {}

    /**
     * A trained dictionary for normalised data.
     *
     * @param explained share of the variance of the validation rows; below any number where it is not defined
     */
    private record Candidate(Dictionary dictionary, double explained) {}

    /** One kind of encoder from one seed. */
    Result run(Recipe recipe, Split split, Normalization normalization, int seed)
            throws IOException, InterruptedException {
        Map<String, Double> chosen = new LinkedHashMap<>();
        Dictionary best = switch (recipe.kind()) {
            case TOP_K -> candidate(recipe, 0, split, normalization, seed).dictionary;
            case STANDARD, DECODER_FREE -> {
                WeightSearch.Found<Candidate> found = WeightSearch.search(
                        weight -> candidate(recipe, weight, split, normalization, seed), Candidate::explained);
                chosen.put("weight", found.weight());
                chosen.put("weight_at_edge", found.inside() ? 0.0 : 1.0);
                yield found.best().dictionary;
            }
        };
        Map<String, Double> metrics =
                new LinkedHashMap<>(Evaluation.metrics(best, split.test, normalization, training.backend())
                        .byName());
        Dictionary uncut = recipe.kind() == Recipe.Kind.TOP_K ? best : best.keeping(units);
        metrics.put(
                "l0_uncut",
                Evaluation.metrics(uncut, split.test, normalization, training.backend())
                        .l0());
        metrics.putAll(chosen);
        return new Result(best, metrics);
    }

    private Candidate candidate(Recipe recipe, double weight, Split split, Normalization normalization, int seed)
            throws IOException, InterruptedException {
        RandomKey key = RandomKey.of(seed);
        SparseEncoder start =
                recipe.start(weight, split.train.source().width(), units, k, estimator, key.derive("weights"));
        Dictionary trained = training.train(start, split.train, normalization, key);
        ActivationSource.Range few = new ActivationSource.Range(
                split.train.source(),
                split.train.from(),
                Math.min(split.train.to(), split.train.from() + split.validation.rows()));
        Dictionary kept = fitted(trained, recipe, few, normalization);
        double explained = Evaluation.metrics(kept, split.validation, normalization, training.backend())
                .explainedVariance();
        return new Candidate(kept, Double.isNaN(explained) ? Double.NEGATIVE_INFINITY : explained);
    }

    /** At k codes a row; the decoder-free one, whose scale its objective leaves open, with the gain that suits the data. */
    private Dictionary fitted(
            Dictionary trained, Recipe recipe, ActivationSource.Range rows, Normalization normalization)
            throws IOException {
        Dictionary kept = trained.keeping(k);
        if (recipe.kind() != Recipe.Kind.DECODER_FREE) {
            return kept;
        }
        double gain = Evaluation.gain(kept, rows, normalization, training.backend());
        return gain > 0 && Double.isFinite(gain) ? kept.withGain(gain) : kept;
    }
}
