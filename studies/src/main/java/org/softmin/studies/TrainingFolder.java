package org.softmin.studies;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.softmin.nn.Batches;
import org.softmin.nn.Checkpoint;
import org.softmin.nn.Checkpoints;
import org.softmin.nn.Listener;
import org.softmin.nn.Trainer;
import org.softmin.studies.report.Provenance;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.io.ArrayFile;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.Safetensors;
import org.softmin.tensor.io.WholeFile;

/**
 * The folder of one training: checkpoints, the log of its course, and in the end what was measured of it.
 *
 * <p>Result and log are the same bits however often the training was stopped. Used by one thread; {@link Trainings} gives
 * one for each training.
 */
public final class TrainingFolder {
    private static final System.Logger LOG = System.getLogger(TrainingFolder.class.getName());
    private static final String RESULT = "result.safetensors";
    private static final String DIGEST = "result.sha256";
    private static final String METRICS = "metrics";
    private static final String CONFIGURATION = "configuration.";
    private static final String COMMIT = "provenance.commit";
    /** The newest two, for a disk may damage one. */
    private static final int KEPT = 2;

    private final Trainings trainings;
    private final Path folder;
    private final Checkpoints checkpoints;
    private final Map<String, String> about = new TreeMap<>();

    TrainingFolder(Trainings trainings, Path folder, Map<String, String> configuration) {
        this.trainings = trainings;
        this.folder = folder;
        this.checkpoints = new Checkpoints(folder, KEPT);
        configuration.forEach((name, value) -> about.put(CONFIGURATION + name, value));
        about.put("provenance.jdk", Provenance.thisJdk());
        about.put("provenance.cpu", Provenance.thisCpu());
        about.put(COMMIT, Provenance.thisCommit());
    }

    /** What was measured of a finished training: arrays and texts by name. */
    public record Result(Path file, Map<String, HostArray> arrays, Map<String, String> texts) {
        /** The array called {@code name}. */
        public HostArray array(String name) throws DataException {
            return found(arrays.get(name), name);
        }

        /** The text called {@code name}. */
        public String text(String name) throws DataException {
            return found(texts.get(name), name);
        }

        /** The numbers that were measured. */
        public Map<String, Double> metrics() throws DataException {
            Map<String, Double> metrics = new LinkedHashMap<>();
            for (String metric : text(METRICS).split(" ", -1)) {
                try {
                    metrics.put(metric.replaceFirst("=.*", ""), Double.valueOf(metric.replaceFirst(".*=", "")));
                } catch (NumberFormatException e) {
                    throw new DataException(file, METRICS + ": expected name=number, found " + metric, e);
                }
            }
            return metrics;
        }

        private <T> T found(@Nullable T value, String name) throws DataException {
            if (value == null) {
                throw new DataException(
                        file, "expected " + name + ", found " + arrays.keySet() + " and " + texts.keySet());
            }
            return value;
        }
    }

    /**
     * Trains until so many epochs are complete, from the newest checkpoint on if the run is one that resumes.
     *
     * @param others are told after the log and before a checkpoint is saved
     * @throws UsageException if the checkpoint belongs to another configuration
     * @throws DataException if there are checkpoints and none is whole
     * @throws IOException if the folder cannot be written; what was there stays whole
     * @throws InterruptedException if it was told to stop, after it has saved its state
     */
    public void fit(Trainer<?> trainer, Batches batches, int epochs, Progress.Run progress, Listener... others)
            throws IOException, InterruptedException {
        train(trainer, (log, saving) -> {
            progress.resumed(trainer.epochs());
            List<Listener> listeners = new ArrayList<>(List.of(log, progress(progress)));
            listeners.addAll(List.of(others));
            listeners.add(saving);
            trainer.fit(batches, epochs - trainer.epochs(), listeners.toArray(Listener[]::new));
        });
    }

    /** Batches that have no epochs. */
    @FunctionalInterface
    public interface Steps {
        /** The batch of a step, from 0: the same whichever were asked for before. It is used before the next is asked for. */
        List<HostArray> batch(long step) throws IOException;
    }

    /**
     * Trains until so many steps are done, otherwise like {@link #fit(Trainer, Batches, int, Progress.Run, Listener...)}.
     *
     * @throws ArithmeticException if the loss becomes NaN or infinite
     */
    public void fit(Trainer<?> trainer, Steps batches, int steps) throws IOException, InterruptedException {
        train(trainer, (log, saving) -> {
            while (trainer.steps() < steps) {
                double loss = trainer.step(batches.batch(trainer.steps()));
                if (!Double.isFinite(loss)) {
                    throw new ArithmeticException("training: the loss is " + loss + " in step " + trainer.steps()
                            + "; lower the learning rate");
                }
                log.onStep(trainer.steps(), loss, trainer.learningRate());
                saving.onStep(trainer.steps(), loss, trainer.learningRate());
                saving.saveWhenDue();
            }
        });
    }

    /** What is done between the newest checkpoint and the last. */
    private interface Course {
        void run(TrainingLog log, Saving saving) throws IOException;
    }

    private void train(Trainer<?> trainer, Course course) throws IOException, InterruptedException {
        trainings.begin();
        try {
            Optional<Checkpoint> latest = begin();
            if (latest.isPresent()) {
                checkSame(latest.get().file(), latest.get().texts());
                latest.get().restore(trainer);
            }
            try (TrainingLog log = TrainingLog.open(
                    folder, trainer.steps(), latest.map(Checkpoint::texts).orElse(Map.of()), InstantSource.system())) {
                Saving saving = new Saving(trainer, log, trainer.steps());
                course.run(log, saving);
                saving.save();
            }
        } catch (CancellationException stopped) {
            throw new InterruptedException(stopped.getMessage());
        } finally {
            trainings.end();
        }
    }

    /** The newest checkpoint; where the run does not resume, an empty folder. */
    private Optional<Checkpoint> begin() throws IOException {
        Files.createDirectories(folder);
        if (trainings.resume()) {
            return checkpoints.latest();
        }
        checkpoints.clear();
        Files.deleteIfExists(folder.resolve(RESULT));
        return Optional.empty();
    }

    private static Listener progress(Progress.Run progress) {
        return new Listener() {
            @Override
            public void onEpoch(int epoch, double loss, double rate) {
                progress.epoch("loss " + TrainingLog.rounded(loss));
            }
        };
    }

    /** Saves when it is time, at the end of an epoch where there are some, and after any step when it is to stop. */
    private final class Saving implements Listener {
        private final Trainer<?> trainer;
        private final TrainingLog log;
        private long savedSteps;
        private long savedNanos = System.nanoTime();

        Saving(Trainer<?> trainer, TrainingLog log, long savedSteps) {
            this.trainer = trainer;
            this.log = log;
            this.savedSteps = savedSteps;
        }

        @Override
        public void onStep(long step, double loss, double rate) {
            boolean cancelled = Thread.interrupted(); // cleared, or files could not be written
            if (cancelled || trainings.stopped()) {
                save();
                throw new CancellationException("stopped");
            }
        }

        @Override
        public void onEpoch(int epoch, double loss, double rate) {
            saveWhenDue();
        }

        void saveWhenDue() {
            if (System.nanoTime() - savedNanos >= trainings.interval().toNanos()) {
                save();
            }
        }

        void save() {
            if (trainer.steps() == savedSteps) {
                return;
            }
            try {
                boolean cancelled = false;
                try {
                    write();
                } catch (ClosedByInterruptException e) {
                    cancelled = Thread.interrupted();
                    write();
                }
                if (cancelled) {
                    throw new CancellationException("stopped");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(new EnvironmentException(
                        folder + ": the checkpoint could not be written: " + ExitCode.describe(e)
                                + "; the older ones are whole",
                        e));
            }
            savedSteps = trainer.steps();
            savedNanos = System.nanoTime();
        }

        private void write() throws IOException {
            Map<String, String> texts = new TreeMap<>(about);
            texts.putAll(log.position());
            List<Double> losses = trainer.losses();
            checkpoints.save(trainer, texts, losses.isEmpty() ? Double.NaN : losses.getLast());
        }
    }

    /**
     * What {@link #finish} saved in an earlier run; nothing if that run ended before it had saved all of it.
     *
     * @throws UsageException if that was of another configuration
     * @throws IOException if it cannot be read or is damaged
     */
    public Optional<Result> result() throws IOException {
        Path file = folder.resolve(RESULT);
        Path digest = folder.resolve(DIGEST);
        if (!trainings.resume() || !Files.exists(file) || !Files.exists(digest)) {
            return Optional.empty();
        }
        if (!Files.readString(digest).equals(digest(file))) {
            throw new DataException(
                    file, "damaged: its SHA-256 is not the one in " + DIGEST + "; delete it to have it measured again");
        }
        try (ArrayFile arrays = Safetensors.open(file)) {
            checkSame(file, arrays.metadata());
            return Optional.of(new Result(file, arrays.readAll(), arrays.metadata()));
        }
    }

    /** Saves arrays and numbers that were measured, as {@link #finish} does. */
    public void finishMeasured(Map<String, HostArray> arrays, Map<String, Double> metrics) throws IOException {
        String text = metrics.entrySet().stream()
                .map(metric -> metric.getKey() + "=" + metric.getValue())
                .collect(Collectors.joining(" "));
        finish(arrays, Map.of(METRICS, text));
    }

    /** Saves what was measured, so that a run that resumes need not do it again; its digest last, in sha256sum's format. */
    public void finish(Map<String, HostArray> arrays, Map<String, String> texts) throws IOException {
        Files.createDirectories(folder);
        Map<String, String> all = new TreeMap<>(about);
        all.putAll(texts);
        Path file = folder.resolve(RESULT);
        Files.deleteIfExists(folder.resolve(DIGEST));
        Safetensors.write(file, arrays, all);
        WholeFile.write(folder.resolve(DIGEST), digest(file));
    }

    private static String digest(Path file) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return HexFormat.of().formatHex(digest) + "  " + RESULT + "\n";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    /** Fails if what is in a file came from another configuration; another version of the sources is a warning. */
    private void checkSame(Path file, Map<String, String> texts) {
        about.forEach((name, value) -> {
            @Nullable String there = texts.get(name);
            if (name.startsWith(CONFIGURATION) && !value.equals(there)) {
                throw new UsageException(String.format(
                        "--resume: %s was made with %s = %s, and this run has %s; resume with the settings that the"
                                + " run began with, or choose another folder with --out, or start over with --force",
                        file, name.substring(CONFIGURATION.length()), there, value));
            }
        });
        String commit = texts.getOrDefault(COMMIT, "");
        if (!commit.equals(about.get(COMMIT))) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    file + " was made by version \"" + commit + "\" of the sources, and this is \"" + about.get(COMMIT)
                            + "\": the numbers may not be those of either");
        }
    }
}
