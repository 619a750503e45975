package org.softmin.studies.sae;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.studies.Jobs;
import org.softmin.studies.Preset;
import org.softmin.studies.Progress;
import org.softmin.studies.Run;
import org.softmin.studies.Settings;
import org.softmin.studies.Trainings;
import org.softmin.studies.UsageException;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Results.Measurement;

final class FindingsTest {
    @TempDir
    private Path folder;

    private Results run(String experiment, Map<String, String> more) throws IOException, InterruptedException {
        Map<String, String> settings = new HashMap<>(Map.of(
                "epochs", "0",
                "sweep-epochs", "0",
                "units", "6",
                "train-images", "120",
                "batch", "32",
                "test-images", "100",
                "benchmark-seeds", "1"));
        settings.putAll(more);
        DecoderFreeStudy study = new DecoderFreeStudy();
        return study.run(new Run(
                        List.of(experiment),
                        Preset.QUICK,
                        new DataSource.Synthetic("test"),
                        1,
                        List.of("cpu"),
                        new Settings(study.settings(), Preset.QUICK, settings),
                        Progress.onStandardError(true),
                        new Jobs(2),
                        "softmin run decoder-free-sae",
                        Instant.now(),
                        folder,
                        new Trainings(folder, false, Duration.ofHours(1))))
                .results();
    }

    private static double value(Results results, String experiment, String configuration, String metric) {
        Double value =
                results.mean(experiment, configuration, metric).orElseThrow().value();
        assertNotNull(value, configuration + " " + metric);
        return value;
    }

    private static List<Measurement> of(Results results, boolean candidates) {
        return results.measurements().stream()
                .filter(m -> m.configuration().startsWith("candidate-") == candidates)
                .toList();
    }

    @Test
    void candidatesNeverSeeTheTestImages() throws Exception {
        Results few = run("findings", Map.of());
        Results more = run("findings", Map.of("test-images", "110"));
        assertFalse(of(few, true).isEmpty());
        assertEquals(of(few, true), of(more, true));
        assertNotEquals(of(few, false), of(more, false));
    }

    @Test
    void aBatchLargerThanTheHeldInImagesIsRefused() {
        UsageException refused = assertThrows(UsageException.class, () -> run("findings", Map.of("batch", "110")));
        assertTrue(refused.getMessage().startsWith("batch: "), refused.getMessage());
    }

    @Test
    void theScaleOfTheLossFollowsTheLaw() throws Exception {
        Results results = run("findings", Map.of("units", "16"));
        // 32 per factor e, as of any 16 ReLU units of which one is silent in each row; before training nearly so.
        double slope = value(results, "findings", "scale-relu", "loss_slope");
        assertEquals(-32, slope, 0.32);
        assertTrue(value(results, "findings", "scale-softplus", "loss_slope") > 0);
        assertTrue(value(results, "findings", "scale-reconstruction", "loss_slope") > 0);
        assertTrue(results.mean("findings", "scale-unit-rows", "loss_slope").isEmpty());
    }

    @Test
    void mixtureAndEncoderCollapseAndAreCuredAlike() throws Exception {
        Results results = run("volume-control", Map.of("ablation-seeds", "1"));
        for (String collapsed : List.of("mixture-without-determinant", "lse-alone")) {
            assertEquals(0, value(results, "volume-control", collapsed, "certainty"), 0.01);
        }
        for (String cured : List.of("mixture", "lse-with-infomax")) {
            assertTrue(value(results, "volume-control", cured, "certainty") > 0.1, cured);
            assertTrue(value(results, "volume-control", cured, "spread") > 0.1, cured);
        }
    }
}
