package org.softmin.studies.sae;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.softmin.studies.Jobs;
import org.softmin.studies.Preset;
import org.softmin.studies.Progress;
import org.softmin.studies.Run;
import org.softmin.studies.Settings;
import org.softmin.studies.Trainings;
import org.softmin.studies.UsageException;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.report.Report;
import org.softmin.studies.report.Results;

final class DecoderFreeStudyTest {
    private static final Map<String, String> SMALL = Map.of(
            "epochs", "2",
            "units", "8",
            "train-images", "300",
            "test-images", "100",
            "ablation-seeds", "1",
            "benchmark-seeds", "2");

    @TempDir
    private Path temp;

    private int runs;

    private Report run(int jobs, List<String> experiments, Map<String, String> settings)
            throws IOException, InterruptedException {
        Path folder = temp.resolve("run" + runs++);
        return run(jobs, experiments, settings, folder, new Trainings(folder, false, Duration.ZERO));
    }

    private static Report run(
            int jobs, List<String> experiments, Map<String, String> settings, Path folder, Trainings trainings)
            throws IOException, InterruptedException {
        DecoderFreeStudy study = new DecoderFreeStudy();
        return study.run(new Run(
                experiments,
                Preset.QUICK,
                new DataSource.Synthetic("test"),
                1,
                List.of("cpu"),
                new Settings(study.settings(), Preset.QUICK, settings),
                Progress.onStandardError(true),
                new Jobs(jobs),
                "softmin run decoder-free-sae",
                Instant.now(),
                folder,
                trainings));
    }

    @Test
    void everyConfigurationAndMetricIsReported() throws Exception {
        Results results = run(2, List.of("identity", "ablation", "benchmark", "dynamics"), SMALL)
                .results();
        assertEquals(
                Set.of(
                        "identity-f32",
                        "relu-f32",
                        "softplus-f32",
                        "identity-f64",
                        "relu-f64",
                        "softplus-f64",
                        "A",
                        "B",
                        "C",
                        "D",
                        "C-mean",
                        "sgd-1e-4",
                        "sgd-1e-3",
                        "sgd-1e-2",
                        "sgd-1e-1",
                        "adam-1e-4",
                        "adam-1e-3",
                        "adam-1e-2",
                        "adam-1e-1",
                        "decoder-free",
                        "standard-sae",
                        "pca",
                        "random",
                        "mean-image"),
                results.means().stream().map(Results.Mean::configuration).collect(Collectors.toSet()));
        assertEquals(
                new TreeSet<>(List.of(
                        "dead",
                        "firing_dead",
                        "redundancy",
                        "entropy",
                        "max_responsibility",
                        "l0",
                        "probe_accuracy",
                        "mse_raw",
                        "mse_normalized",
                        "mse_readout",
                        "parameters",
                        "final_loss",
                        "converged",
                        "converged_epoch",
                        "max_error",
                        "mean_error")),
                results.means().stream().map(Results.Mean::metric).collect(Collectors.toCollection(TreeSet::new)));
        assertTrue(results.means().stream().allMatch(mean -> mean.verdict() == null), "a quick run is not judged");
        assertEquals(8 * 784 + 8, value(results, "benchmark", "decoder-free", "parameters"));
        assertEquals(2 * 8 * 784 + 8 + 784, value(results, "benchmark", "standard-sae", "parameters"));
        for (String energy : List.of("identity", "relu", "softplus")) {
            assertTrue(value(results, "identity", energy + "-f32", "max_error") <= 1e-7);
            assertTrue(value(results, "identity", energy + "-f64", "max_error") <= 1e-15);
        }
    }

    private static double value(Results results, String experiment, String configuration, String metric) {
        Double value =
                results.mean(experiment, configuration, metric).orElseThrow().value();
        assertNotNull(value);
        return value;
    }

    @Test
    void theNumbersDoNotDependOnHowManyRunsGoSideBySide() throws Exception {
        List<String> both = List.of("ablation", "benchmark");
        Results one = run(1, both, SMALL).results();
        Results two = run(2, both, SMALL).results();
        assertEquals(one.measurements(), two.measurements());
        assertNotEquals(
                one.measurements(),
                run(2, both, Map.of("epochs", "1", "units", "8", "train-images", "300", "test-images", "100"))
                        .results()
                        .measurements());
    }

    @Test
    void aCollapsedEncoderHasNoProbeAndNoRedundancy() throws Exception {
        // a high rate and many steps drive all energies of A to 0
        Results results = run(
                        2,
                        List.of("ablation"),
                        Map.of(
                                "epochs",
                                "60",
                                "rate",
                                "0.05",
                                "units",
                                "4",
                                "train-images",
                                "200",
                                "test-images",
                                "100"))
                .results();
        assertEquals(4, value(results, "ablation", "A", "firing_dead"));
        assertNull(results.mean("ablation", "A", "probe_accuracy").orElseThrow().value());
        assertNull(results.mean("ablation", "A", "redundancy").orElseThrow().value());
        assertEquals(Math.log(4), value(results, "ablation", "A", "entropy"), 1e-12);
    }

    @Test
    void experimentsShareWhatIsTrainedAlike() throws Exception {
        Results results = run(1, List.of("ablation", "dynamics"), SMALL).results();
        assertEquals(
                value(results, "ablation", "C", "final_loss"), value(results, "dynamics", "adam-1e-3", "final_loss"));
        assertNotEquals(
                value(results, "ablation", "C", "final_loss"), value(results, "dynamics", "sgd-1e-3", "final_loss"));
    }

    /** Each option but the optimizer's, which the dynamics show, reaches the encoder that it is about. */
    @ParameterizedTest
    @CsvSource({
        "hidden, 6",
        "activation, softplus",
        "optimizer, sgd",
        "lambda-lse, 2",
        "reduction, mean",
        "lambda-var, 2",
        "lambda-tc, 2",
        "lambda-wr, 1",
        "lambda-rec, 50",
        "unit-rows, true",
        "units, 7",
        "batch, 32",
        "rate, 0.01"
    })
    void everyOptionChangesTheEncoder(String key, String value) throws Exception {
        assertNotEquals(finalLoss(Map.of()), finalLoss(Map.of(key, value)));
    }

    private double finalLoss(Map<String, String> more) throws Exception {
        Map<String, String> settings = new HashMap<>(SMALL);
        settings.put("epochs", "1");
        settings.putAll(more);
        return value(run(1, List.of("ablation"), settings).results(), "ablation", "C", "final_loss");
    }

    @Test
    void similaritiesAreFarFromTheHighestEnergy() throws Exception {
        Map<String, String> settings = new HashMap<>(SMALL);
        settings.putAll(Map.of("features", "similarities", "benchmark-seeds", "1"));
        Results results = run(1, List.of("benchmark"), settings).results();
        // s = max(E) - E is 0 for one unit of each image at least
        assertTrue(value(results, "benchmark", "decoder-free", "l0") <= 7);
    }

    @Test
    void afterAHiddenLayerThereIsNoImplicitDecoder() throws Exception {
        Map<String, String> settings = new HashMap<>(SMALL);
        settings.putAll(Map.of("hidden", "6", "benchmark-seeds", "1"));
        Results results = run(1, List.of("benchmark"), settings).results();
        assertNull(results.mean("benchmark", "decoder-free", "mse_raw")
                .orElseThrow()
                .value());
        assertTrue(value(results, "benchmark", "decoder-free", "mse_readout") > 0);
        assertEquals(784 * 6 + 6 + 6 * 8 + 8, value(results, "benchmark", "decoder-free", "parameters"));

        settings.put("lambda-rec", "1");
        UsageException refused = assertThrows(UsageException.class, () -> run(1, List.of("benchmark"), settings));
        assertEquals(
                "lambda-rec: the implicit decoder is the transposed W of a single layer, but hidden=6 puts another one"
                        + " before it; set hidden=0 or lambda-rec=0",
                refused.getMessage());
    }

    @Test
    void noEpochsIsAllowed() throws Exception {
        Results results = run(
                        1, List.of("benchmark"), Map.of("epochs", "0", "train-images", "200", "test-images", "100"))
                .results();
        assertTrue(value(results, "benchmark", "decoder-free", "probe_accuracy") > 0.1);
    }

    @Test
    void whatIsFinishedIsNotDoneAgainAndGivesTheSameReport() throws Exception {
        List<String> both = List.of("ablation", "benchmark");
        Path folder = temp.resolve("resumed");
        Report first = run(1, List.of("ablation"), SMALL, folder, new Trainings(folder, false, Duration.ZERO));
        FileTime trained = Files.getLastModifiedTime(folder.resolve("C-seed-1").resolve("checkpoint-000002.json"));
        FileTime measured = Files.getLastModifiedTime(folder.resolve("C-seed-1").resolve("result.safetensors"));
        Report more = run(2, both, SMALL, folder, new Trainings(folder, true, Duration.ZERO));
        assertEquals(
                trained, Files.getLastModifiedTime(folder.resolve("C-seed-1").resolve("checkpoint-000002.json")));
        assertEquals(
                measured, Files.getLastModifiedTime(folder.resolve("C-seed-1").resolve("result.safetensors")));
        Report whole = run(2, both, SMALL);
        assertEquals(whole.results().measurements(), more.results().measurements());
        assertEquals(html(whole), html(more));
        assertNotEquals(html(whole), html(first));
    }

    /** The page without what differs between any two runs: how long they took. */
    private static String html(Report report) {
        return report.html().replaceAll("[0-9.,]+ s\\b", "");
    }

    @Test
    void resumingWithOtherSettingsIsRefused() throws Exception {
        Path folder = temp.resolve("resumed");
        run(1, List.of("ablation"), SMALL, folder, new Trainings(folder, false, Duration.ZERO));
        Map<String, String> other = new HashMap<>(SMALL);
        other.put("rate", "0.01");
        Exception e = assertThrows(
                UsageException.class,
                () -> run(1, List.of("ablation"), other, folder, new Trainings(folder, true, Duration.ZERO)));
        assertTrue(e.getMessage().startsWith("--resume: " + folder), e.getMessage());
        assertTrue(e.getMessage().contains(" was made with optimizer = Adam[learningRate=0.001, "), e.getMessage());
        assertTrue(e.getMessage().contains(", and this run has Adam[learningRate=0.01, "), e.getMessage());
    }
}
