package org.softmin.studies.activations;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.softmin.studies.TrainingFolder;
import org.softmin.studies.Trainings;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.io.DataException;

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
    private record Candidate(Dictionary dictionary, double explained) {
        private static final String EXPLAINED = "explained_variance";

        void save(TrainingFolder folder) throws IOException {
            folder.finish(dictionary.arrays(), Map.of(EXPLAINED, Double.toString(explained)));
        }

        static Candidate of(TrainingFolder.Result saved, int k) throws DataException {
            String explained = saved.text(EXPLAINED);
            try {
                return new Candidate(
                        new Dictionary(
                                Tensor.of(saved.array("W_enc")),
                                Tensor.of(saved.array("b_enc")),
                                Tensor.of(saved.array("W_dec")),
                                Tensor.of(saved.array("b_dec")),
                                k),
                        Double.parseDouble(explained));
            } catch (IllegalArgumentException e) {
                throw new DataException(saved.file(), "not what was saved of an encoder: " + e.getMessage(), e);
            }
        }
    }

    /**
     * One kind of encoder from one seed.
     *
     * @param folders gives each encoder that is trained a folder, in which a run that resumes goes on
     */
    Result run(Recipe recipe, Split split, Normalization normalization, int seed, Folders folders)
            throws IOException, InterruptedException {
        Map<String, Double> chosen = new LinkedHashMap<>();
        Dictionary best = switch (recipe.kind()) {
            case TOP_K -> candidate(recipe, 0, split, normalization, seed, folders).dictionary;
            case STANDARD, DECODER_FREE -> {
                WeightSearch.Found<Candidate> found = WeightSearch.search(
                        weight -> candidate(recipe, weight, split, normalization, seed, folders), Candidate::explained);
                chosen.put("weight", found.weight());
                chosen.put(WeightSearch.AT_EDGE, found.inside() ? 0.0 : 1.0);
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

    /** The folders of the encoders that are trained on the same rows: all their names begin with {@code name}. */
    record Folders(Trainings trainings, String name) {}

    private Candidate candidate(
            Recipe recipe, double weight, Split split, Normalization normalization, int seed, Folders folders)
            throws IOException, InterruptedException {
        TrainingFolder folder = folders.trainings.training(
                folders.name + "-" + recipe.name() + "-seed-" + seed + "-weight-" + weight,
                configuration(recipe, weight, split, normalization, seed));
        Optional<TrainingFolder.Result> earlier = folder.result();
        if (earlier.isPresent()) {
            return Candidate.of(earlier.get(), k);
        }
        RandomKey key = RandomKey.of(seed);
        SparseEncoder start =
                recipe.start(weight, split.train.source().width(), units, k, estimator, key.derive("weights"));
        Dictionary trained = training.train(start, split.train, normalization, key, folder);
        ActivationSource.Range few = new ActivationSource.Range(
                split.train.source(),
                split.train.from(),
                Math.min(split.train.to(), split.train.from() + split.validation.rows()));
        Dictionary kept = fitted(trained, recipe, few, normalization);
        double explained = Evaluation.metrics(kept, split.validation, normalization, training.backend())
                .explainedVariance();
        Candidate fresh = new Candidate(kept, Double.isNaN(explained) ? Double.NEGATIVE_INFINITY : explained);
        fresh.save(folder);
        return fresh;
    }

    private Map<String, String> configuration(
            Recipe recipe, double weight, Split split, Normalization normalization, int seed) {
        Map<String, String> configuration = new TreeMap<>(training.configuration());
        configuration.put(
                "data",
                split.test.to() + " rows, " + split.train.source().description() + ", checksum "
                        + normalization.checksum());
        configuration.put("encoder", recipe.name());
        configuration.put("weight", Double.toString(weight));
        configuration.put("units", Integer.toString(units));
        configuration.put("k", Integer.toString(k));
        configuration.put("decorrelation", estimator.toString());
        configuration.put("seed", Integer.toString(seed));
        return configuration;
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
