package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.DataException;

/** Saving a training and going on from it. */
class CheckpointTest {
    private static final int ROWS = 44;
    private static final int EPOCHS = 4;
    private static final HostArray X =
            RandomKey.of(1).normal(DType.F32, Shape.of(ROWS, 3)).eval().array();
    private static final Batches BATCHES = Batches.of(8, X).shuffle(RandomKey.of(2)); // 5 of 8 and one of 4

    @TempDir
    private Path folder;

    record Model(Linear in, Linear out) {
        static Model of(int width) {
            return new Model(Linear.of(3, width, RandomKey.of(3)), Linear.of(width, 3, RandomKey.of(4)));
        }
    }

    /** Random numbers in the loss, a schedule, and as many batches to an update as asked for: all of it is state. */
    private static Trainer<Model> trainer(Optimizer optimizer, int accumulated, int width) {
        return TrainStep.of(Model.of(width), (m, batch) -> {
                    var noise = batch.key("noise").normal(DType.F32, batch.x().shape());
                    var hidden = m.in().apply(batch.x().add(noise.mul(0.1))).tanh();
                    return Losses.mse(m.out().apply(hidden), batch.x(), Reduction.MEAN);
                })
                .optimizer(optimizer)
                .schedule(step -> 1 / (1.0 + step))
                .accumulate(accumulated, Reduction.MEAN)
                .start(Backend.named("cpu"));
    }

    private static Trainer<Model> trainer() {
        return trainer(new Adam(0.01), 1, 5);
    }

    private static String bits(Trainer<?> trainer) {
        List<String> bits = new ArrayList<>();
        trainer.arrays()
                .forEach((name, array) -> bits.add(name
                        + Arrays.toString(Arrays.stream(array.toDoubles())
                                .mapToLong(Double::doubleToRawLongBits)
                                .toArray())));
        return bits + " " + trainer.position() + " " + trainer.losses();
    }

    private static final class Log implements Listener {
        final List<String> lines = new ArrayList<>();
        long stopAfter = Long.MAX_VALUE;

        @Override
        public void onStep(long step, double loss, double rate) {
            lines.add(step + " " + loss + " " + rate);
            if (step == stopAfter) {
                throw new CancellationException();
            }
        }

        @Override
        public void onEpoch(int epoch, double loss, double rate) {
            lines.add("epoch " + epoch + " " + loss + " " + rate);
        }
    }

    private static void finish(Trainer<?> trainer, Listener log) {
        trainer.fit(BATCHES, EPOCHS - trainer.epochs(), log);
    }

    @ParameterizedTest
    @CsvSource({"adam, 1", "sgd, 1", "adam, 4"})
    void aTrainingThatIsStoppedAnywhereAndResumedGivesTheSameBits(String name, int accumulated) throws IOException {
        Optimizer optimizer = name.equals("adam") ? new Adam(0.01) : new Sgd(0.1, 0.9, false, 0);
        String expected;
        Log whole = new Log();
        try (var trainer = trainer(optimizer, accumulated, 5)) {
            finish(trainer, whole);
            expected = bits(trainer);
        }
        long steps = (long) EPOCHS * BATCHES.count();
        Random random = new Random(accumulated);
        for (int round = 0; round < 8; round++) {
            Checkpoints checkpoints = new Checkpoints(folder.resolve("round" + round), 1);
            Log pieces = new Log();
            // Every step of it at random, the last of an epoch and the last of all in any case.
            pieces.stopAfter = round == 0 ? BATCHES.count() : round == 1 ? steps : 1 + random.nextLong(steps);
            boolean stopped = true;
            while (stopped) {
                try (var trainer = trainer(optimizer, accumulated, 5)) {
                    var latest = checkpoints.latest();
                    if (latest.isPresent()) {
                        latest.get().restore(trainer);
                    }
                    try {
                        finish(trainer, pieces);
                        assertEquals(expected, bits(trainer));
                        stopped = false;
                    } catch (CancellationException e) {
                        checkpoints.save(trainer, Map.of(), Double.NaN);
                        pieces.stopAfter += 1 + random.nextLong(steps);
                    }
                }
            }
            assertEquals(whole.lines, pieces.lines);
        }
    }

    @Test
    void theFilesSayWhatTheyAre() throws IOException {
        try (var trainer = trainer()) {
            trainer.fit(BATCHES, 2);
            Checkpoint saved = Checkpoint.save(trainer, folder.resolve("a"), Map.of("seed", "7 \"\\\n"), 0.5);
            assertEquals(2L * BATCHES.count(), saved.steps());
            Checkpoint opened = Checkpoint.open(folder.resolve("a"));
            assertEquals(2, opened.epochs());
            assertEquals(0.5, opened.score());
            assertEquals("7 \"\\\n", opened.texts().get("seed"));
            assertEquals(saved.texts(), opened.texts());
            String json = Files.readString(folder.resolve("a.json"));
            assertTrue(json.contains("\n  \"seed\": \"7 \\\"\\\\\\u000a\""), json);
            assertTrue(json.contains("\n  \"position.epochs\": \"2\""), json);
            assertTrue(json.contains("\n  \"optimizer\": \"Adam[learningRate=0.01,"), json);
        }
    }

    @Test
    void namesOfItsOwnAreRefused() {
        try (var trainer = trainer()) {
            Exception e = assertThrows(
                    IllegalArgumentException.class,
                    () -> Checkpoint.save(trainer, folder.resolve("a"), Map.of("score", "1"), 1));
            assertTrue(e.getMessage().startsWith("checkpoint: the name score is taken"), e.getMessage());
        }
    }

    @Test
    void theLastFewAndTheBestAreKept() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder.resolve("kept"), 2);
        assertTrue(checkpoints.latest().isEmpty());
        assertTrue(checkpoints.best().isEmpty());
        Files.createDirectories(checkpoints.folder());
        Files.writeString(checkpoints.folder().resolve("mine.json"), "mine");
        Files.writeString(checkpoints.folder().resolve("checkpoint-000009.safetensors.unfinished"), "left");
        double[] scores = {3, Double.NaN, 1, 2, 2, 1.5, 4};
        try (var trainer = trainer()) {
            for (double score : scores) {
                trainer.fit(BATCHES, 1);
                checkpoints.save(trainer, Map.of(), score);
            }
            assertEquals(
                    "[checkpoint-000003.json, checkpoint-000003.safetensors, checkpoint-000006.json,"
                            + " checkpoint-000006.safetensors, checkpoint-000007.json, checkpoint-000007.safetensors,"
                            + " mine.json]",
                    names(checkpoints.folder()).toString());
            assertEquals(7, checkpoints.latest().orElseThrow().epochs());
            assertEquals(3, checkpoints.best().orElseThrow().epochs());
            checkpoints.clear();
            assertEquals("[mine.json]", names(checkpoints.folder()).toString());
        }
        assertThrows(IllegalArgumentException.class, () -> new Checkpoints(folder, 0));
    }

    @Test
    void aDamagedCheckpointIsPassedOverAndNamedIfThereIsNoOther() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, 2);
        try (var trainer = trainer()) {
            trainer.fit(BATCHES, 1);
            checkpoints.save(trainer, Map.of(), Double.NaN);
            trainer.fit(BATCHES, 1);
            Path newest = checkpoints.save(trainer, Map.of(), Double.NaN).file();
            byte[] bytes = Files.readAllBytes(newest);
            bytes[bytes.length - 3] ^= 4;
            Files.write(newest, bytes);
        }
        assertEquals(1, checkpoints.latest().orElseThrow().epochs());
        Files.delete(folder.resolve("checkpoint-000001.safetensors"));
        Exception e = assertThrows(DataException.class, checkpoints::latest);
        assertTrue(e.getMessage().contains("checkpoint-000001.safetensors: no such file"), e.getMessage());
        e = assertThrows(DataException.class, () -> Checkpoint.open(folder.resolve("checkpoint-000002")));
        assertTrue(
                e.getMessage().contains("checkpoint-000002.safetensors: damaged: expected SHA-256 "), e.getMessage());
        Files.writeString(folder.resolve("checkpoint-000002.json"), "{}");
        e = assertThrows(DataException.class, () -> Checkpoint.open(folder.resolve("checkpoint-000002")));
        assertTrue(e.getMessage().contains("checkpoint-000002.json: expected the SHA-256"), e.getMessage());
    }

    @Test
    void anotherModelOrOptimiserIsRefusedAndTheTrainerStaysAsItWas() throws IOException {
        Checkpoint saved;
        try (var trainer = trainer()) {
            trainer.fit(BATCHES, 1);
            saved = Checkpoint.save(trainer, folder.resolve("a"), Map.of(), 1);
        }
        try (var wider = trainer(new Adam(0.01), 1, 6)) {
            String before = bits(wider);
            Exception e = assertThrows(DataException.class, () -> saved.restore(wider));
            assertTrue(e.getMessage().contains("model.in.weight"), e.getMessage());
            assertEquals(before, bits(wider));
        }
        try (var other = trainer(new Sgd(0.1), 1, 5)) {
            Exception e = assertThrows(DataException.class, () -> saved.restore(other));
            assertTrue(e.getMessage().contains(": not the optimizer of this trainer; saved by Adam["), e.getMessage());
        }
        // The state of AdamW has the names and shapes of that of Adam.
        try (var decayed = trainer(new AdamW(0.01), 1, 5)) {
            String before = bits(decayed);
            Exception e = assertThrows(DataException.class, () -> saved.restore(decayed));
            assertTrue(e.getMessage().contains(", to be restored into AdamW[learningRate=0.01, "), e.getMessage());
            assertEquals(before, bits(decayed));
        }
        try (var slower = trainer(new Adam(0.001), 1, 5)) {
            saved.restore(slower);
            assertEquals(1, slower.epochs(), "settings may differ");
        }
    }

    @Test
    void goingOnWithLessDataIsRefused() throws IOException {
        try (var trainer = trainer()) {
            Log log = new Log();
            log.stopAfter = 5;
            assertThrows(CancellationException.class, () -> trainer.fit(BATCHES, 1, log));
            Exception e = assertThrows(
                    IllegalArgumentException.class, () -> trainer.fit(Batches.of(8, X.rows(0, 32)), 1, log));
            assertEquals(
                    "trainer: 5 batches of this epoch are done, but the data has 4; go on with the data and the batch"
                            + " size that training began with",
                    e.getMessage());
        }
    }

    @Test
    void aDiskThatIsFullAtAnyByteLeavesTheOldCheckpointsWhole() throws IOException {
        FullDisk disk = new FullDisk();
        Path place = folder.resolve("run");
        Checkpoints checkpoints = new Checkpoints(disk.path(place), 1);
        try (var trainer = trainer()) {
            trainer.fit(BATCHES, 1);
            checkpoints.save(trainer, Map.of(), Double.NaN);
            long size = disk.written();
            List<String> before = names(place);
            byte[] old = Files.readAllBytes(place.resolve(before.getLast()));
            trainer.fit(BATCHES, 1);
            assertTrue(size > 1000, "bytes of a checkpoint: " + size);
            for (long room = 0; room < size; room += Math.max(1, size / 40)) {
                disk.room(room);
                IOException e = assertThrows(IOException.class, () -> checkpoints.save(trainer, Map.of(), 1));
                assertTrue(e.getMessage().contains("No space left on device"), e.getMessage());
                assertEquals(1, checkpoints.latest().orElseThrow().epochs());
                assertEquals(
                        before,
                        names(place).stream()
                                .filter(name -> !name.equals("checkpoint-000002.safetensors"))
                                .toList());
                assertEquals(-1, Arrays.mismatch(old, Files.readAllBytes(place.resolve(before.getLast()))));
            }
            disk.room(Long.MAX_VALUE);
            checkpoints.save(trainer, Map.of(), 1);
            assertEquals(2, checkpoints.latest().orElseThrow().epochs());
            assertFalse(names(place).contains(before.getLast()));
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** What a caller keeps beside the model goes into the file and, in place, out of it. */
    @Test
    void whatTheCallerKeepsIsSavedAndPutBack() throws IOException {
        HostArray table = HostArray.of(Shape.of(3), new float[] {1, 2, 3});
        try (var trainer = trainer()) {
            trainer.keep("table", table);
            assertThrows(IllegalArgumentException.class, () -> trainer.keep("table", table));
            Checkpoint saved = Checkpoint.save(trainer, folder.resolve("kept"), Map.of(), Double.NaN);
            table.set(1, 7);
            saved.restore(trainer);
            assertEquals(2, table.get(1));
            try (var other = trainer()) { // which has no such array
                assertThrows(DataException.class, () -> saved.restore(other));
            }
        }
    }
}
