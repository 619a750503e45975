package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.nn.Activation;
import org.softmin.nn.Adam;
import org.softmin.nn.Batches;
import org.softmin.nn.Checkpoints;
import org.softmin.nn.Listener;
import org.softmin.nn.Losses;
import org.softmin.nn.Reduction;
import org.softmin.nn.TrainStep;
import org.softmin.nn.Trainer;
import org.softmin.studies.sae.Encoder;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.DataException;

/** Trainings that are stopped and go on. */
class TrainingFolderTest {
    private static final int EPOCHS = 6;
    private static final HostArray DATA =
            RandomKey.of(1).normal(DType.F32, Shape.of(300, 4)).eval().array();
    private static final Batches BATCHES = Batches.of(4, DATA).shuffle(RandomKey.of(2)); // 75: a step 100 in epoch 2
    private static final Map<String, String> CONFIGURATION = Map.of("seed", "1");
    private static final Duration NEVER = Duration.ofDays(1);

    @TempDir
    private Path temp;

    private static Trainer<Encoder> trainer() {
        return TrainStep.of(
                        Encoder.of(4, 3, Activation.SOFTPLUS, RandomKey.of(3)),
                        (m, batch) -> Losses.logVariance(m.apply(batch.x()), 1e-6)
                                .add(Losses.logSumExpEnergy(m.apply(batch.x()), Reduction.SUM)))
                .optimizer(new Adam(1e-2))
                .start(Backend.named("cpu"));
    }

    private static Progress.Run progress() {
        return Progress.onStandardError(true).run("test", EPOCHS);
    }

    /** Bits of the parameters and the losses, from a training in one piece. */
    private String whole(Path folder) throws Exception {
        return fit(new Trainings(folder, false, NEVER), step -> {});
    }

    private static String fit(Trainings trainings, LongConsumer atStep) throws Exception {
        try (var trainer = trainer()) {
            trainings.training("one", CONFIGURATION).fit(trainer, BATCHES, EPOCHS, progress(), new Listener() {
                @Override
                public void onStep(long step, double loss, double rate) {
                    atStep.accept(step);
                }
            });
            return bits(trainer);
        }
    }

    private static String bits(Trainer<?> trainer) {
        return trainer.parameters().values().stream()
                        .flatMapToInt(array -> IntStream.range(0, array.size())
                                .map(i -> Float.floatToRawIntBits(array.floats()[array.offset() + i])))
                        .boxed()
                        .toList()
                + " " + trainer.losses();
    }

    private static void assertSameLog(Path expected, Path actual) throws IOException {
        assertEquals(
                Files.readString(expected.resolve("one").resolve(TrainingLog.METRICS)),
                Files.readString(actual.resolve("one").resolve(TrainingLog.METRICS)));
        assertEquals(events(expected), events(actual));
    }

    /** Events without their times. */
    private static String events(Path folder) throws IOException {
        return EventFile.decode(Files.readAllBytes(folder.resolve("one").resolve(TrainingLog.EVENTS))).stream()
                .map(event -> event.step() + event.version() + event.scalars())
                .toList()
                .toString();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000})
    void stoppedAtAnyStepItSavesAndGoesOnToTheSameBitsAndTheSameLog(long seconds) throws Exception {
        Path straight = temp.resolve("straight");
        String expected = whole(straight);
        Random random = new Random(seconds);
        for (int round = 0; round < 5; round++) {
            Path pieces = temp.resolve("pieces" + round);
            AtomicLong reached = new AtomicLong();
            AtomicLong stop = new AtomicLong(round == 0 ? BATCHES.count() : 1 + random.nextLong(200));
            boolean done = false;
            while (!done) {
                try {
                    long before = reached.get();
                    AtomicBoolean first = new AtomicBoolean(true);
                    String bits = fit(new Trainings(pieces, true, Duration.ofSeconds(seconds)), step -> {
                        assertTrue(!first.getAndSet(false) || step == before + 1, "it goes on where it was");
                        reached.set(step);
                        if (step == stop.get()) {
                            Thread.currentThread().interrupt();
                        }
                    });
                    assertEquals(expected, bits);
                    done = true;
                } catch (InterruptedException stopped) {
                    assertFalse(Thread.currentThread().isInterrupted());
                    assertEquals(stop.get(), reached.get());
                    stop.addAndGet(1 + random.nextLong(200));
                }
            }
            assertSameLog(straight, pieces);
        }
    }

    /** Steps without epochs: the batch is asked for by its number, and none is asked for twice. */
    @Test
    void stepsWithoutEpochsGoOnToTheSameBitsAndTheSameLog() throws Exception {
        Path straight = temp.resolve("straight");
        String expected = steps(straight, false, NEVER, step -> {});
        for (Duration interval : List.of(NEVER, Duration.ZERO)) {
            Path pieces = temp.resolve("pieces" + interval);
            List<Long> asked = new ArrayList<>();
            for (long stop : new long[] {1, 120, 121, 300}) {
                assertThrows(
                        InterruptedException.class,
                        () -> steps(pieces, true, interval, step -> {
                            asked.add(step);
                            if (step == stop - 1) {
                                Thread.currentThread().interrupt();
                            }
                        }));
            }
            assertEquals(expected, steps(pieces, true, interval, asked::add));
            assertEquals(LongStream.range(0, 450).boxed().toList(), asked);
            assertSameLog(straight, pieces);
            assertEquals(expected, steps(pieces, true, interval, step -> {
                throw new AssertionError("nothing is left to do");
            }));
        }
    }

    /** Killed in step 201, where each may be saved: the 200 before it are. */
    @Test
    void stepsAreSavedAsTheyGo() throws Exception {
        Path folder = temp.resolve("killed");
        assertThrows(
                IllegalStateException.class,
                () -> steps(folder, false, Duration.ZERO, step -> {
                    if (step == 200) {
                        throw new IllegalStateException("killed");
                    }
                }));
        assertEquals(
                200,
                new Checkpoints(folder.resolve("one"), 2).latest().orElseThrow().steps());
    }

    private static String steps(Path folder, boolean resume, Duration interval, LongConsumer atBatch) throws Exception {
        try (var trainer = trainer()) {
            new Trainings(folder, resume, interval)
                    .training("one", CONFIGURATION)
                    .fit(
                            trainer,
                            step -> {
                                atBatch.accept(step);
                                return BATCHES.batch(step);
                            },
                            450);
            return bits(trainer);
        }
    }

    @Test
    void stoppingFromOutsideWaitsUntilTheStateIsSaved() throws Exception {
        Path folder = temp.resolve("run");
        Trainings trainings = new Trainings(folder, true, NEVER);
        CountDownLatch begun = new CountDownLatch(1);
        Thread stopping = Thread.ofPlatform().start(() -> {
            try {
                begun.await();
                trainings.stop();
                assertTrue(Files.exists(folder.resolve("one").resolve("checkpoint-000001.json")));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        AtomicReference<Throwable> failed = new AtomicReference<>();
        stopping.setUncaughtExceptionHandler((thread, e) -> failed.set(e));
        assertThrows(
                InterruptedException.class,
                () -> fit(trainings, step -> {
                    begun.countDown();
                    LockSupport.parkNanos(
                            1_000_000); // 450 steps of a millisecond: time enough to be stopped in the middle
                }));
        stopping.join();
        assertNull(failed.get());
        assertThrows(InterruptedException.class, () -> fit(trainings, step -> {}), "none begins any more");
        String resumed = fit(new Trainings(folder, true, NEVER), step -> {});
        assertEquals(whole(temp.resolve("straight")), resumed);
        assertSameLog(temp.resolve("straight"), folder);
    }

    @Test
    void whatCameAfterTheLastCheckpointIsCutOffTheLog() throws Exception {
        Path straight = temp.resolve("straight");
        String expected = whole(straight);
        Path killed = temp.resolve("killed");
        // As if killed in epoch 4 after a checkpoint in epoch 2: nothing is saved, and half a line is written.
        assertThrows(
                InterruptedException.class,
                () -> fit(new Trainings(killed, false, NEVER), step -> {
                    if (step == 101) {
                        Thread.currentThread().interrupt();
                    }
                }));
        assertThrows(
                IllegalStateException.class,
                () -> fit(new Trainings(killed, true, NEVER), step -> {
                    if (step == 260) {
                        throw new IllegalStateException("killed");
                    }
                }));
        Path metrics = killed.resolve("one").resolve(TrainingLog.METRICS);
        assertTrue(Files.readString(metrics).contains("{\"step\":200,"), "it is written as it goes");
        Files.writeString(metrics, "{\"step\":2", StandardOpenOption.APPEND);
        assertEquals(expected, fit(new Trainings(killed, true, NEVER), step -> {}));
        assertSameLog(straight, killed);
        assertEquals(
                List.of("100", "200", "300", "400"),
                Files.readAllLines(metrics).stream()
                        .filter(line -> line.contains("batch_loss"))
                        .map(line -> line.replaceFirst(".*\"step\":(\\d+),.*", "$1"))
                        .toList());
        assertEquals(4 + EPOCHS, Files.readAllLines(metrics).size());
    }

    @Test
    void withoutResumeItBeginsAnew() throws Exception {
        Path folder = temp.resolve("run");
        whole(folder);
        Path mine = Files.writeString(folder.resolve("one").resolve("mine.txt"), "mine");
        AtomicLong steps = new AtomicLong();
        fit(new Trainings(folder, false, NEVER), step -> steps.incrementAndGet());
        assertEquals((long) EPOCHS * BATCHES.count(), steps.get());
        assertTrue(Files.exists(mine));
        fit(new Trainings(folder, true, NEVER), step -> steps.incrementAndGet());
        assertEquals((long) EPOCHS * BATCHES.count(), steps.get(), "finished is finished");
    }

    @Test
    void resultsAreKeptForRunsThatResume() throws Exception {
        Path folder = temp.resolve("run");
        HostArray array = HostArray.of(Shape.of(2), new float[] {1, 2});
        new Trainings(folder, false, NEVER).training("one", CONFIGURATION).finish(Map.of("a", array), Map.of("b", "c"));
        assertTrue(new Trainings(folder, false, NEVER)
                .training("one", CONFIGURATION)
                .result()
                .isEmpty());
        TrainingFolder.Result result = new Trainings(folder, true, NEVER)
                .training("one", CONFIGURATION)
                .result()
                .orElseThrow();
        assertArrayEquals(new float[] {1, 2}, result.array("a").toFloats());
        assertEquals("c", result.text("b"));
        Exception e = assertThrows(DataException.class, () -> result.text("d"));
        assertTrue(e.getMessage().contains("result.safetensors: expected d, found [a] and "), e.getMessage());
        TrainingFolder other = new Trainings(folder, true, NEVER).training("one", Map.of("seed", "2"));
        e = assertThrows(UsageException.class, other::result);
        assertTrue(e.getMessage().contains(" was made with seed = 1, and this run has 2; "), e.getMessage());
    }

    @Test
    void aDamagedResultIsNamedAndOneWithoutADigestIsNotFinished() throws Exception {
        Path folder = temp.resolve("run");
        HostArray array = HostArray.of(Shape.of(2), new float[] {1, 2});
        new Trainings(folder, false, NEVER).training("one", CONFIGURATION).finish(Map.of("a", array), Map.of());
        TrainingFolder resumed = new Trainings(folder, true, NEVER).training("one", CONFIGURATION);
        Path file = resumed.result().orElseThrow().file();
        byte[] content = Files.readAllBytes(file);
        content[content.length - 1] ^= 1; // still two numbers
        Files.write(file, content);
        Exception e = assertThrows(DataException.class, resumed::result);
        assertTrue(e.getMessage().startsWith(file + ": damaged: its SHA-256 is not"), e.getMessage());
        Files.delete(file.resolveSibling("result.sha256"));
        assertTrue(resumed.result().isEmpty());
    }
}
