package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.nn.Checkpoint;
import org.softmin.nn.Checkpoints;

/**
 * A real process that is killed at random moments loses the last interval and nothing else, and gives the same bits in
 * the end. {@code -Dsoftmin.kills=200} kills it more often.
 */
class KillTest {
    private static final int KILLS = Integer.getInteger("softmin.kills", 6);
    /** Of a whole run: five trainings of 15 epochs. */
    private static final int CHECKPOINTS = 75;

    @TempDir
    private Path temp;

    private Process start(Path out) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                Softmin.class.getName()));
        command.addAll(List.of(
                "run",
                "decoder-free-sae",
                "--experiment=ablation",
                "--data=synthetic",
                "--resume",
                "--quiet",
                "--checkpoint=0",
                "--jobs=2",
                "--out=" + out));
        for (String setting : List.of(
                "epochs=15", "train-images=600", "test-images=100", "units=8", "batch=50", "ablation-seeds=1")) {
            command.add("--set=" + setting);
        }
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(temp.resolve("said").toFile()))
                .start();
    }

    /** Folders of the trainings that have begun, by name. */
    private static Map<String, Path> trainings(Path out) throws IOException {
        Path all = out.resolve("trainings");
        Map<String, Path> folders = new TreeMap<>();
        if (Files.exists(all)) {
            try (Stream<Path> found = Files.list(all)) {
                found.forEach(folder -> folders.put(folder.getFileName().toString(), folder));
            }
        }
        return folders;
    }

    /** Complete epochs in the newest checkpoint of each training. */
    private static Map<String, Integer> saved(Path out) throws IOException {
        Map<String, Integer> saved = new TreeMap<>();
        for (Map.Entry<String, Path> training : trainings(out).entrySet()) {
            int epochs = new Checkpoints(training.getValue(), 2)
                    .latest()
                    .map(Checkpoint::epochs)
                    .orElse(0);
            saved.put(training.getKey(), epochs);
        }
        return saved;
    }

    /** Sum of the numbers of the newest checkpoints: how many were written. */
    private static int numbers(Path out) throws IOException {
        int sum = 0;
        for (Path training : trainings(out).values()) {
            try (Stream<Path> files = Files.list(training)) {
                sum += files.map(file -> file.getFileName().toString())
                        .filter(name -> name.matches("checkpoint-\\d+\\.json"))
                        .mapToInt(name -> Integer.parseInt(name.substring(11, 17)))
                        .max()
                        .orElse(0);
            }
        }
        return sum;
    }

    /** What the log says was done. */
    private static long logged(Path training) throws IOException {
        Path metrics = training.resolve(TrainingLog.METRICS);
        if (!Files.exists(metrics)) {
            return 0;
        }
        return Files.readString(metrics)
                .lines()
                .filter(line -> line.contains("\"epoch\":") && line.endsWith("}"))
                .count();
    }

    private static Map<String, String> outcome(Path out) throws IOException {
        Map<String, String> outcome = new TreeMap<>();
        outcome.put("results", Files.readString(out.resolve("results.json")));
        for (Map.Entry<String, Path> training : trainings(out).entrySet()) {
            outcome.put(training.getKey(), Files.readString(training.getValue().resolve(TrainingLog.METRICS)));
            assertEquals(15, logged(training.getValue()));
            EventFile.decode(Files.readAllBytes(training.getValue().resolve(TrainingLog.EVENTS)));
        }
        return outcome;
    }

    @Test
    void killedAtAnyMomentItGoesOnAndGivesTheSameBits() throws Exception {
        Path straight = temp.resolve("straight");
        assertEquals(0, start(straight).waitFor(), () -> said());
        Map<String, String> expected = outcome(straight);
        assertEquals(6, expected.size());
        Random random = new Random(KILLS);
        int kills = 0;
        for (int run = 0; kills < KILLS; run++) {
            Path out = temp.resolve("run" + run);
            boolean ended = false;
            while (!ended) {
                Map<String, Integer> before = saved(out);
                Process process = start(out);
                int enough = numbers(out) + random.nextInt(CHECKPOINTS / 3);
                while (process.isAlive() && (kills == KILLS || numbers(out) < enough)) {
                    Thread.sleep(1);
                }
                ended = process.waitFor(random.nextInt(30), TimeUnit.MILLISECONDS);
                if (ended) {
                    assertEquals(0, process.exitValue(), () -> said());
                    assertEquals(expected, outcome(out));
                } else {
                    process.destroyForcibly().waitFor();
                    kills++;
                    Map<String, Integer> after = saved(out);
                    before.forEach((name, epochs) -> assertTrue(after.get(name) >= epochs, name + before + after));
                    for (Map.Entry<String, Path> training : trainings(out).entrySet()) {
                        long done = logged(training.getValue());
                        assertTrue(after.get(training.getKey()) >= done - 1, training + ": " + done + " " + after);
                    }
                }
            }
        }
    }

    private String said() {
        try {
            return Files.readString(temp.resolve("said"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
