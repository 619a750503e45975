package org.softmin.studies.encoders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
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
import org.softmin.studies.data.DataSource;
import org.softmin.studies.report.Report;
import org.softmin.studies.report.Results;

final class EncodersStudyTest {
    private static final Map<String, String> SMALL = Map.of(
            "hidden", "12",
            "latent", "3",
            "steps", "12",
            "batch", "32",
            "code-steps", "6",
            "seeds", "1",
            "latent-sizes", "2,3",
            "train-images", "200",
            "test-images", "100");

    private static final List<String> ALL = List.of("cases", "theory", "latent", "choice");

    @TempDir
    private Path temp;

    private static Trainings trainings(Path folder, boolean resume) {
        return new Trainings(folder.resolve("trainings"), resume, Duration.ofHours(1));
    }

    private Report run(int jobs, List<String> experiments, Map<String, String> settings) throws Exception {
        Path folder = temp.resolve("run-" + System.nanoTime());
        return run(jobs, experiments, new DataSource.Synthetic("test"), settings, folder, trainings(folder, false));
    }

    private static Report run(
            int jobs,
            List<String> experiments,
            DataSource data,
            Map<String, String> settings,
            Path folder,
            Trainings trainings)
            throws IOException, InterruptedException {
        EncodersStudy study = new EncodersStudy();
        return study.run(new Run(
                experiments,
                Preset.QUICK,
                data,
                1,
                List.of("cpu"),
                new Settings(study.settings(), Preset.QUICK, settings),
                Progress.onStandardError(true),
                new Jobs(jobs),
                "softmin run encoders",
                Instant.now(),
                folder,
                trainings));
    }

    private static Map<String, String> with(String... more) {
        Map<String, String> settings = new HashMap<>(SMALL);
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return settings;
    }

    private static double value(Results results, String experiment, String configuration, String metric) {
        Double value =
                results.mean(experiment, configuration, metric).orElseThrow().value();
        assertNotNull(value, configuration + " " + metric);
        return value;
    }

    private static double value(Results results, String configuration, String metric) {
        return value(results, "cases", configuration, metric);
    }

    @Test
    void everyConfigurationIsReportedHoweverManyRunSideBySide() throws Exception {
        Report report = run(2, ALL, with("seeds", "2"));
        Results results = report.results();
        assertEquals(
                List.of(
                        "case1",
                        "case2-originals",
                        "case2-zeros",
                        "case3",
                        "case3-no-label",
                        "case3-no-noise",
                        "case4",
                        "mean-image",
                        "class-mean",
                        "pca"),
                results.means().stream()
                        .filter(mean -> mean.experiment().equals("cases"))
                        .map(Results.Mean::configuration)
                        .distinct()
                        .toList());
        assertEquals(
                new TreeSet<>(List.of("autoencoder-2", "autoencoder-3", "linear-2", "linear-3", "pca-2", "pca-3")),
                results.means().stream()
                        .filter(mean -> mean.experiment().equals("latent"))
                        .map(Results.Mean::configuration)
                        .collect(Collectors.toCollection(TreeSet::new)));
        assertTrue(results.means().stream().allMatch(mean -> mean.verdict() == null), "a quick run is not judged");
        assertEquals(2L * 784 * 12 + 784 + 2 * 12 + 2L * 12 * 3 + 3, value(results, "case1", "parameters"));
        assertEquals(784 * 12 + 784 + 12 + 12 * 13, value(results, "case3", "parameters"));
        // equal networks are trained once, and a network of three numbers is that of case 1
        assertEquals(
                results.measurements().stream()
                        .filter(m -> m.configuration().equals("case1")
                                && m.metric().equals("mse_test")
                                && Integer.valueOf(1).equals(m.seed()))
                        .map(Results.Measurement::value)
                        .toList(),
                List.of(value(results, "latent", "autoencoder-3", "mse_test")));
        for (String configuration : List.of("case2-zeros", "case3", "case3-no-label", "case3-no-noise")) {
            assertEquals(
                    value(results, configuration, "mse_test"),
                    value(results, "theory", configuration, "floor")
                            + value(results, "theory", configuration, "distance_optimum")
                            + value(results, "theory", configuration, "cross_term"),
                    1e-12);
        }
        assertEquals(
                results.measurements(),
                run(1, ALL, with("seeds", "2")).results().measurements());
        assertNotEquals(
                results.measurements(),
                run(1, ALL, with("seeds", "2", "steps", "24")).results().measurements());
    }

    /** What theory says is reached, by small networks on few images already. */
    @Test
    void networksReachWhatTheirInputAllows() throws Exception {
        Results results = run(
                        2,
                        List.of("cases", "theory"),
                        with("hidden", "48", "latent", "8", "steps", "700", "rate", "0.004", "code-steps", "60"))
                .results();
        double mean = value(results, "mean-image", "mse_test");
        double classMean = value(results, "class-mean", "mse_test");
        assertEquals(mean, value(results, "case2-zeros", "mse_test"), 0.01 * mean);
        assertEquals(0, value(results, "case2-zeros", "first_layer_moved"));
        assertTrue(value(results, "case1", "first_layer_moved") > 0);
        assertEquals(0, value(results, "case2-zeros", "pairwise_distance"));
        assertTrue(value(results, "case2-originals", "pairwise_distance") > 0);
        assertEquals(classMean, value(results, "case3-no-noise", "mse_test"), 0.02 * classMean);
        assertTrue(classMean < 0.9 * mean);
        assertTrue(value(results, "case1", "mse_test") < 0.7 * classMean);
        assertTrue(value(results, "case4", "mse_test") < 0.7 * classMean);
        assertTrue(value(results, "theory", "case3-no-noise", "excess_last") < 0.02);
        assertTrue(value(results, "theory", "case3-no-noise", "excess_last")
                < value(results, "theory", "case3-no-noise", "excess_first") / 10);
    }

    /** Each option reaches the networks that it is about. */
    @Test
    void everyOptionChangesWhatItIsAbout() throws Exception {
        Results before = run(2, List.of("cases"), SMALL).results();
        for (String change : List.of(
                "hidden=11 case1",
                "latent=4 case3",
                "steps=20 case2-zeros",
                "batch=16 case3-no-label",
                "rate=0.002 case1",
                "code-rate=0.2 case4",
                "code-steps=3 case4",
                "train-images=150 class-mean",
                "test-images=120 mean-image")) {
            String[] words = change.split("[= ]", -1);
            Results after = run(2, List.of("cases"), with(words[0], words[1])).results();
            assertNotEquals(value(before, words[2], "mse_test"), value(after, words[2], "mse_test"), change);
        }
    }

    @Test
    void noStepsAndBatchesLargerThanTheDataAreAllowed() throws Exception {
        assertTrue(value(run(1, ALL, with("steps", "0", "code-steps", "0")).results(), "case4", "mse_test") > 0);
        assertTrue(value(run(1, ALL, with("batch", "5000", "steps", "2")).results(), "case4", "mse_test") > 0);
    }

    /** Stopped while it trains with an encoder, with codes, and while it searches codes, it ends with the same report. */
    @Test
    void stoppedInAnyTrainingItGoesOnToTheSameResults() throws Exception {
        Map<String, String> settings = with("steps", "60", "code-steps", "40");
        Path pieces = temp.resolve("pieces");
        DataSource data = new DataSource.Synthetic("test");
        List<String> cases = List.of("cases");
        String codes = "code-mlp-12-3-rate-0.003-0.5-seed-1";
        Path finished = pieces.resolve("trainings/image-mlp-12-3-rate-0.003-seed-1/result.safetensors");
        List<FileTime> times = new ArrayList<>();
        for (String stop : List.of("image-mlp-12-3-rate-0.003-seed-1", codes, codes + "-test-codes")) {
            Path training = pieces.resolve("trainings").resolve(stop);
            Trainings trainings = trainings(pieces, true);
            Thread stopping = Thread.ofPlatform().start(() -> stopWhenBegun(training, trainings));
            assertThrows(InterruptedException.class, () -> run(1, cases, data, settings, pieces, trainings), stop);
            stopping.join();
            Checkpoint saved = new Checkpoints(training, 2).latest().orElseThrow();
            assertTrue(saved.steps() > 0 && saved.steps() < 63, stop + " " + saved.steps());
            if (Files.exists(finished)) {
                times.add(Files.getLastModifiedTime(finished));
            }
        }
        Report resumed = run(1, cases, data, settings, pieces, trainings(pieces, true));
        times.add(Files.getLastModifiedTime(finished));
        assertEquals(3, times.size());
        assertEquals(1, times.stream().distinct().count(), "what is finished is not done again");
        Report whole = run(1, cases, settings);
        assertEquals(whole.results().measurements(), resumed.results().measurements());
        assertEquals(html(whole), html(resumed));
        Map<String, String> other = new HashMap<>(settings);
        other.put("code-rate", "0.2");
        UsageException refused =
                assertThrows(UsageException.class, () -> run(1, cases, data, other, pieces, trainings(pieces, true)));
        assertTrue(
                String.valueOf(refused.getMessage()).contains(" was made with code-rate = 0.5, "),
                refused.getMessage());
    }

    private Path cifar() throws IOException {
        byte[] content = new byte[60 * 3073];
        new Random(1).nextBytes(content);
        for (int i = 0; i < 60; i++) {
            content[i * 3073] = (byte) (i % 10);
        }
        return Files.write(temp.resolve("small.bin"), content);
    }

    /** Images of three channels and of another size, in a file of CIFAR-10 and in a folder of classes. */
    @Test
    void coloursAndFoldersAreStudiedAlike() throws Exception {
        Path cifar = cifar();
        Path folder = temp.resolve("faces");
        for (int i = 0; i < 12; i++) {
            Path person = Files.createDirectories(folder.resolve("person" + i % 3));
            byte[] pixels = new byte[5 * 4];
            Arrays.fill(pixels, (byte) (20 * i));
            byte[] header = "P5 5 4 255\n".getBytes(StandardCharsets.US_ASCII);
            byte[] file = Arrays.copyOf(header, header.length + pixels.length);
            System.arraycopy(pixels, 0, file, header.length, pixels.length);
            Files.write(person.resolve(i + ".pgm"), file);
        }
        for (Path path : List.of(cifar, folder)) {
            int numbers = path.equals(cifar) ? 3 * 32 * 32 : 5 * 4;
            Path out = temp.resolve("run of " + path.getFileName());
            DataSource data = DataSource.at(path, "a test");
            Report report = run(2, List.of("cases"), data, SMALL, out, trainings(out, false));
            assertEquals(numbers * 12 + numbers + 12 + 12 * 3, value(report.results(), "case3-no-label", "parameters"));
            assertTrue(report.html().contains("figure-outputs-case4"));
        }
        for (String key : List.of("latent", "latent-sizes")) {
            UsageException refused = assertThrows(
                    UsageException.class,
                    () -> run(
                            1,
                            List.of("cases"),
                            DataSource.at(folder, "a test"),
                            with(key, "21"),
                            temp.resolve("refused"),
                            trainings(temp.resolve("refused"), false)));
            assertEquals(
                    "latent: a code of 21 numbers for images of 20; use 1 to 20 for latent and latent-sizes",
                    refused.getMessage());
        }
    }

    /** The convolutional pair on grey images of 28 × 28 and colour images of 32 × 32; sizes that cannot be halved are refused. */
    @Test
    void convolutionsDoAsLinearLayersDo() throws Exception {
        Map<String, String> settings = with("architecture", "convolutional", "channels", "3,4");
        Results results = run(2, List.of("cases", "theory"), settings).results();
        assertEquals(0, value(results, "case2-zeros", "first_layer_moved"));
        assertTrue(value(results, "case1", "first_layer_moved") > 0);
        assertEquals(0, value(results, "case2-zeros", "pairwise_distance"));
        assertTrue(value(results, "case2-originals", "pairwise_distance") > 0);
        int decoder = 3 * 7 * 7 * 4 + 7 * 7 * 4 + (4 * 16 * 3 + 3) + (3 * 16 + 1);
        assertEquals(decoder, value(results, "case3-no-label", "parameters"));
        int encoder = (3 * 9 + 3) + (4 * 9 * 3 + 4) + 7 * 7 * 4 * 3 + 3;
        assertEquals(encoder + decoder, value(results, "case1", "parameters"));

        Path out = temp.resolve("colours");
        DataSource colours = DataSource.at(cifar(), "a test");
        value(
                run(2, List.of("cases"), colours, settings, out, trainings(out, false))
                        .results(),
                "case4",
                "mse_test");

        UsageException refused = assertThrows(
                UsageException.class,
                () -> run(1, List.of("cases"), with("architecture", "convolutional", "channels", "3,4,5")));
        assertEquals(
                "architecture: 3 convolutions halve images of 28 × 28 pixels, which are not divisible by 8; use"
                        + " architecture=mlp, or fewer channels",
                refused.getMessage());
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
}
