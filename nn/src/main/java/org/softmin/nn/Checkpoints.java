package org.softmin.nn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.softmin.tensor.io.DataException;

/**
 * A folder with the checkpoints of one training: the last few and the best.
 *
 * {@snippet :
 * import java.nio.file.Files;
 *
 * record Net(Linear linear) {}
 *
 * HostArray numbers = HostArray.of(Shape.of(64, 8), new float[64 * 8]); // your data
 * Batches batches = Batches.of(16, numbers).shuffle(RandomKey.of(1));
 * var step = TrainStep.of(new Net(Linear.of(8, 8, RandomKey.of(2))), (model, batch) ->
 *         Losses.mse(model.linear().apply(batch.x()), batch.x(), Reduction.MEAN));
 * Checkpoints checkpoints = new Checkpoints(Files.createTempDirectory("training"), 2);
 * try (var trainer = step.optimizer(new Adam(1e-3)).start()) {
 *     var latest = checkpoints.latest();
 *     if (latest.isPresent()) {
 *         latest.get().restore(trainer);
 *     }
 *     while (trainer.epochs() < 3) {
 *         trainer.fit(batches, 1);
 *         checkpoints.save(trainer, Map.of(), trainer.losses().getLast());
 *     }
 * }
 * }
 *
 * <p>They are numbered, and none is ever overwritten: whenever the process ends or the disk is full, those that were
 * there are there. Files of other names are left alone. One process and thread at a time; a {@code softmin} run has a lock.
 *
 * @param folder made where there is none
 * @param last how many of the newest are kept, at least 1; the one with the lowest score is kept besides
 */
public record Checkpoints(Path folder, int last) {
    private static final System.Logger LOG = System.getLogger(Checkpoints.class.getName());
    /** The files of a checkpoint, and what a process that was killed may leave of one. */
    private static final Pattern NAME =
            Pattern.compile("checkpoint-(\\d{6,9})(\\.safetensors|\\.json)(\\.unfinished)?");

    /** Checks the number. */
    public Checkpoints {
        if (last < 1) {
            throw new IllegalArgumentException("checkpoints: " + last + " of the newest to keep; keep 1 or more");
        }
    }

    /**
     * Saves the state of the trainer as the newest checkpoint, then removes those that are neither new nor best. What
     * {@link Checkpoint#save} says holds.
     *
     * @throws IOException if it cannot be written; the older ones then are still there
     */
    public Checkpoint save(Trainer<?> trainer, Map<String, String> about, double score) throws IOException {
        Files.createDirectories(folder);
        int number = numbers().reversed().stream().findFirst().orElse(0) + 1;
        Checkpoint saved = Checkpoint.save(trainer, file(number), about, score);
        prune();
        return saved;
    }

    /**
     * The newest checkpoint that is whole; a warning in the log names those that are not.
     *
     * @throws DataException if there are checkpoints but none is whole
     * @throws IOException if the folder cannot be read
     */
    public Optional<Checkpoint> latest() throws IOException {
        DataException damage = null;
        for (int number : numbers().reversed()) {
            try {
                return Optional.of(Checkpoint.open(file(number)));
            } catch (DataException e) {
                LOG.log(System.Logger.Level.WARNING, "checkpoint passed over: " + e.getMessage());
                damage = e;
            }
        }
        if (damage != null) {
            throw damage;
        }
        return Optional.empty();
    }

    /**
     * The checkpoint with the lowest score, the newest among equals; empty where none has a score.
     *
     * @throws IOException if the folder or that checkpoint cannot be read
     */
    public Optional<Checkpoint> best() throws IOException {
        Optional<Integer> best = best(numbers());
        return best.isEmpty() ? Optional.empty() : Optional.of(Checkpoint.open(file(best.get())));
    }

    /** Removes all checkpoints of this folder. */
    public void clear() throws IOException {
        remove(Set.of());
    }

    private void prune() throws IOException {
        List<Integer> numbers = numbers();
        Set<Integer> kept = new HashSet<>(numbers.subList(Math.max(0, numbers.size() - last), numbers.size()));
        best(numbers).ifPresent(kept::add);
        remove(kept);
    }

    /** The number of the one with the lowest score. */
    private Optional<Integer> best(List<Integer> numbers) {
        Map<Integer, Double> scores = new TreeMap<>(Comparator.reverseOrder());
        for (int number : numbers) {
            try {
                double score = Checkpoint.describe(file(number)).score();
                if (!Double.isNaN(score)) {
                    scores.put(number, score);
                }
            } catch (DataException damaged) {
                // It is not the best of anything, and latest() tells of it when it matters.
            }
        }
        return scores.entrySet().stream().min(Map.Entry.comparingByValue()).map(Map.Entry::getKey);
    }

    /** Removes what belongs to no checkpoint that is kept; of each the description first, which makes it one. */
    private void remove(Set<Integer> kept) throws IOException {
        for (Path path : paths()) {
            Matcher name = NAME.matcher(path.getFileName().toString());
            if (name.matches() && (name.group(3) != null || !kept.contains(Integer.parseInt(name.group(1))))) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** Numbers of the checkpoints that have their description, in ascending order. */
    private List<Integer> numbers() throws IOException {
        return paths().stream()
                .map(path -> NAME.matcher(path.getFileName().toString()))
                .filter(name ->
                        name.matches() && name.group(3) == null && name.group(2).equals(Checkpoint.DESCRIPTION))
                .map(name -> Integer.parseInt(name.group(1)))
                .sorted()
                .toList();
    }

    /** The files, in the order of their names, so that a description comes before the arrays that it describes. */
    private List<Path> paths() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private Path file(int number) {
        return folder.resolve(String.format(Locale.ROOT, "checkpoint-%06d", number));
    }
}
