package org.softmin.studies;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * The trainings of one run: each has a folder of its own, all can be stopped together.
 *
 * <p>A run that is stopped and started again with {@code resume} skips what is finished and goes on where the rest was.
 * Thread-safe.
 */
public final class Trainings {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path folder;
    private final boolean resume;
    private final Duration interval;
    private boolean stopped;
    private int running;

    /**
     * No file is touched yet.
     *
     * @param folder in which each training makes a folder under its name
     * @param resume whether to go on from what is there; otherwise a training removes what one of its name has left
     * @param interval least time between two checkpoints; with 0 there is one after each epoch
     */
    public Trainings(Path folder, boolean resume, Duration interval) {
        this.folder = folder;
        this.resume = resume;
        this.interval = interval;
    }

    /**
     * A training of this run.
     *
     * @param name unlike that of the others, in letters that a file name can have
     * @param configuration everything that its result depends on, by name
     */
    public TrainingFolder training(String name, Map<String, String> configuration) {
        return new TrainingFolder(this, folder.resolve(name), configuration);
    }

    boolean resume() {
        return resume;
    }

    Duration interval() {
        return interval;
    }

    /** Whether trainings are to save and end. */
    public synchronized boolean stopped() {
        return stopped;
    }

    /** Lets all trainings save their state after the current step and end, and waits until they have. */
    public synchronized void stop() {
        stopped = true;
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            for (long left = PATIENCE.toMillis();
                    running > 0 && left > 0;
                    left = (end - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized void begin() throws InterruptedException {
        if (stopped) {
            throw new InterruptedException("stopped");
        }
        running++;
    }

    synchronized void end() {
        running--;
        notifyAll();
    }
}
