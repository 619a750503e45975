package org.softmin.studies.activations;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.nn.Checkpoint;
import org.softmin.nn.Checkpoints;
import org.softmin.studies.Jobs;
import org.softmin.studies.Preset;
import org.softmin.studies.Progress;
import org.softmin.studies.Run;
import org.softmin.studies.Settings;
import org.softmin.studies.Trainings;
import org.softmin.studies.UsageException;
import org.softmin.studies.characters.Text;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.report.Report;
import org.softmin.studies.report.Results;
import org.softmin.tensor.Backend;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.io.Safetensors;

final class ActivationsStudyTest {
    private static Report run(int jobs, String experiment, DataSource data, Path output, Map<String, String> settings)
            throws IOException, InterruptedException {
        return run(jobs, experiment, data, output, settings, trainings(output, false));
    }

    private static Trainings trainings(Path output, boolean resume) {
        return new Trainings(output.resolve("trainings"), resume, Duration.ofHours(1));
    }

    private static Report run(
            int jobs,
            String experiment,
            DataSource data,
            Path output,
            Map<String, String> settings,
            Trainings trainings)
            throws IOException, InterruptedException {
        ActivationsStudy study = new ActivationsStudy();
        return study.run(new Run(
                List.of(experiment),
                Preset.QUICK,
                data,
                1,
                List.of("cpu"),
                new Settings(study.settings(), Preset.QUICK, settings),
                Progress.onStandardError(true),
                new Jobs(jobs),
                "softmin run activations",
                Instant.now(),
                output,
                trainings));
    }

    private static double value(Results results, String configuration, String metric) {
        return results.means().stream()
                .filter(m ->
                        m.configuration().equals(configuration) && m.metric().equals(metric))
                .mapToDouble(m -> m.value() == null ? Double.NaN : m.value())
                .findFirst()
                .orElseThrow();
    }

    /** Every kind at the same L0, and the same numbers however many run at once. */
    @Test
    void superposedFeaturesAreComparedAtEqualL0(@TempDir Path folder) throws Exception {
        Map<String, String> small =
                Map.of("steps", "40", "rows", "2000", "batch", "64", "width", "8", "features", "12", "active", "2");
        DataSource none = new DataSource.Synthetic("test");
        Report report = run(2, "superposition", none, folder, small);
        for (Recipe recipe : Recipe.ALL) {
            String configuration = recipe.name() + " G=12 active=2";
            double l0 = value(report.results(), configuration, "l0");
            assertTrue(l0 > 0 && l0 <= 2, configuration + " " + l0);
            double mmcs = value(report.results(), configuration, "mmcs");
            assertTrue(mmcs > 0.3 && mmcs <= 1.0001, configuration + " " + mmcs);
        }
        assertEquals(
                report.results().measurements(),
                run(1, "superposition", none, folder, small).results().measurements());
        assertTrue(report.html().contains("Features found of 12"));
    }

    /** Hardly superposed features, one at a time: TopK finds all of them, and training is what does it. */
    @Test
    void topKFindsTheFeatures(@TempDir Path folder) throws Exception {
        Backend cpu = Backend.named("cpu");
        try (Superposition source = new Superposition(20_000, 16, 16, 1, 1, cpu)) {
            Tensor truth = Tensor.of(source.features());
            Recipe topK = Recipe.ALL.get(1);
            Comparison.Split split = Comparison.Split.of(source);
            Normalization normalization = Normalization.of(split.train());
            Training training = new Training(1500, 128, 3e-3, cpu);
            Comparison comparison = new Comparison(32, 2, new Decorrelation.Exact(), training);
            Comparison.Folders folders = new Comparison.Folders(trainings(folder, false), "test");
            Comparison.Result result = comparison.run(topK, split, normalization, 1, folders);
            double start = Superposition.meanMaxCosine(
                    truth,
                    Dictionary.of(16, 32, 2, RandomKey.of(1).derive("weights")).directions());
            double end = Superposition.meanMaxCosine(truth, result.dictionary().directions());
            assertTrue(start < 0.7 && end > 0.9, start + " → " + end);
            assertTrue(
                    result.metrics().get("explained_variance") > 0.8,
                    result.metrics().toString());
        }
    }

    /** A model is trained, dumped and studied; what is spliced back loses something, but less than zeros. */
    @Test
    void charactersAreStudied(@TempDir Path folder) throws Exception {
        Map<String, String> small = Map.ofEntries(
                Map.entry("steps", "100"),
                Map.entry("batch", "64"),
                Map.entry("characters", "20000"),
                Map.entry("character-steps", "120"),
                Map.entry("character-width", "16"),
                Map.entry("character-units", "32"),
                Map.entry("character-k", "8"));
        DataSource none = new DataSource.Synthetic("test");
        Report report = run(2, "characters", none, folder, small);
        Results results = report.results();
        double clean = value(results, "topk", "ce_loss_without_sae");
        double zeros = value(results, "topk", "ce_loss_with_ablation");
        double entropy = Text.builtIn(20_000).entropy();
        assertTrue(clean < entropy - 0.3, clean + " of " + entropy);
        assertTrue(zeros > clean, clean + " " + zeros);
        for (Recipe recipe : Recipe.ALL) {
            double replaced = value(results, recipe.name(), "ce_loss_with_sae");
            double score = value(results, recipe.name(), "ce_loss_score");
            assertEquals((zeros - replaced) / (zeros - clean), score, 1e-12);
            assertTrue(score < 1.001, recipe.name() + " " + score);
            assertTrue(value(results, recipe.name(), "l0") <= 8);
            assertEquals(
                    8,
                    SaeLens.read(folder.resolve("characters/saelens").resolve(recipe.name() + "-1"))
                            .k());
        }
        assertTrue(value(results, "topk", "ce_loss_score") > 0.5);
        assertEquals(List.of(1), report.provenance().seeds());
        try (ActivationFile dump =
                ActivationFile.open(new DataSource.Activations(folder.resolve("characters/activations.npy"), ""))) {
            assertEquals(16, dump.width());
            assertEquals(19_840, dump.rows()); // 310 windows of 64
        }
        assertEquals(
                results.measurements(),
                run(1, "characters", none, folder, small).results().measurements());
    }

    /**
     * Stopped while it trains the model, an encoder of each kind in turn, it goes on where it was, does nothing again that
     * was finished, and ends with the same report.
     */
    @Test
    void stoppedInAnyTrainingItGoesOnToTheSameResults(@TempDir Path folder) throws Exception {
        Map<String, String> small = Map.ofEntries(
                Map.entry("steps", "60"),
                Map.entry("batch", "32"),
                Map.entry("characters", "6000"),
                Map.entry("character-steps", "60"),
                Map.entry("character-width", "8"),
                Map.entry("character-units", "16"),
                Map.entry("character-k", "4"),
                Map.entry("rows", "2000"),
                Map.entry("width", "8"),
                Map.entry("features", "12"),
                Map.entry("active", "2"),
                Map.entry("seeds", "1"));
        DataSource none = new DataSource.Synthetic("test");
        for (String experiment : List.of("characters", "superposition")) {
            boolean model = experiment.equals("characters");
            String encoders = model ? "characters-" : "superposition-12-active-2-";
            List<String> stops = new ArrayList<>(List.of(
                    encoders + "standard-seed-1-weight-0.3",
                    encoders + "topk-seed-1-weight-0.0",
                    encoders + "decoder-free-seed-1-weight-1.0"));
            if (model) {
                stops.addFirst("characters-transformer");
            }
            Path pieces = folder.resolve("pieces of " + experiment);
            Path finished = pieces.resolve("trainings/" + encoders + "standard-seed-1-weight-1.0/result.safetensors");
            FileTime time = FileTime.fromMillis(0);
            for (String stop : stops) {
                Path training = pieces.resolve("trainings").resolve(stop);
                Trainings trainings = trainings(pieces, true);
                Thread stopping = Thread.ofPlatform().start(() -> stopWhenBegun(training, trainings));
                assertThrows(
                        InterruptedException.class, () -> run(1, experiment, none, pieces, small, trainings), stop);
                stopping.join();
                Checkpoint saved = new Checkpoints(training, 2).latest().orElseThrow();
                assertTrue(saved.steps() > 0 && saved.steps() < 60, stop + " " + saved.steps());
                if (stop.contains("topk")) {
                    time = Files.getLastModifiedTime(finished);
                }
            }
            Report resumed = run(1, experiment, none, pieces, small, trainings(pieces, true));
            assertEquals(time, Files.getLastModifiedTime(finished));
            Report whole = run(1, experiment, none, folder.resolve(experiment), small);
            assertEquals(whole.results().measurements(), resumed.results().measurements());
            assertEquals(html(whole), html(resumed));
            Map<String, String> other = new HashMap<>(small);
            other.put("rate", "0.01");
            UsageException refused = assertThrows(
                    UsageException.class, () -> run(1, experiment, none, pieces, other, trainings(pieces, true)));
            assertTrue(
                    String.valueOf(refused.getMessage()).contains(" was made with rate = 0.001, "),
                    refused.getMessage());
        }
    }

    private static void stopWhenBegun(Path training, Trainings trainings) {
        while (!Files.exists(training.resolve("metrics.jsonl"))) {
            LockSupport.parkNanos(100_000);
        }
        trainings.stop();
    }

    /** The page without what differs between any two runs: how long they took. */
    private static String html(Report report) {
        return report.html().replaceAll("[0-9.,]+ s\\b", "");
    }

    /** Activations from a file end in folders that hold the encoders for data as they are. */
    @Test
    void aFileIsStudiedAndExported(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("acts.safetensors");
        float[] values = new float[600 * 6];
        try (Superposition source = new Superposition(600, 6, 10, 2, 1, Backend.named("cpu"))) {
            source.read(0, 600, values);
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = 5 * values[i] + 100; // far from the origin, of another scale
        }
        HostArray acts = HostArray.of(Shape.of(600, 6), values);
        Safetensors.write(file, Map.of("acts", acts), Map.of());
        Map<String, String> small =
                Map.of("steps", "60", "batch", "32", "units", "12", "k", "3", "seeds", "1", "probes", "4");
        Report report = run(1, "file", new DataSource.Activations(file, ""), folder, small);
        for (Recipe recipe : Recipe.ALL) {
            Dictionary dictionary = SaeLens.read(folder.resolve("saelens").resolve(recipe.name() + "-1"));
            assertEquals(3, dictionary.k());
            Normalization none = new Normalization(new float[6], 1);
            try (ActivationFile source = ActivationFile.open(new DataSource.Activations(file, ""))) {
                double explained = Evaluation.metrics(
                                dictionary, Comparison.Split.of(source).test(), none, Backend.named("cpu"))
                        .explainedVariance();
                // Rounding only: the mean, 100, takes seven bits of the data.
                assertEquals(value(report.results(), recipe.name(), "explained_variance"), explained, 1e-3);
            }
            if (recipe.kind() == Recipe.Kind.DECODER_FREE) {
                assertArrayEquals(
                        dictionary.wEnc().transpose().toFloats(),
                        dictionary.wDec().toFloats());
            }
        }
        assertThrows(UsageException.class, () -> run(1, "file", new DataSource.Synthetic("test"), folder, Map.of()));
        assertThrows(
                UsageException.class,
                () -> run(1, "file", new DataSource.Activations(file, ""), folder, Map.of("k", "999")));
        assertThrows(
                UsageException.class,
                () -> run(1, "file", new DataSource.Activations(file, ""), folder, Map.of("batch", "5000")));
    }
}
