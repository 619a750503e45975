package org.softmin.studies;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs independent tasks, such as seeds and configurations, side by side on a fixed number of threads.
 *
 * <p>Results come in the order of the tasks. They do not depend on the number of workers as long as no task looks at
 * what another does: give each its own seed, its own random key and its own executables. Thread-safe.
 *
 * @param workers how many tasks run at the same time, at least 1
 */
public record Jobs(int workers) {
    /** Something to compute; a long one asks {@link #checkCancelled} now and then, such as once an epoch. */
    @FunctionalInterface
    public interface Task<T> {
        /** Computes the result. */
        T run() throws IOException, InterruptedException;
    }

    /** Checks the number. */
    public Jobs {
        if (workers < 1) {
            throw new UsageException("jobs: " + workers + " is out of range; use 1 or more");
        }
    }

    /**
     * Runs all tasks and waits for them.
     *
     * @return the results, in the order of the tasks
     * @throws IOException what a task threw, and likewise unchecked exceptions and errors: the first failure cancels the
     *     other tasks, waits until they have stopped, and is thrown as it is
     * @throws InterruptedException if the calling thread is interrupted; the tasks are cancelled
     */
    public <T> List<T> run(List<? extends Task<T>> tasks) throws IOException, InterruptedException {
        // Closing waits for the tasks, so none outlives this call.
        try (ExecutorService threads = Executors.newFixedThreadPool(
                workers, Thread.ofPlatform().daemon().name("job-", 1).factory())) {
            CompletionService<T> finished = new ExecutorCompletionService<>(threads);
            List<Future<T>> results = new ArrayList<>();
            for (Task<T> task : tasks) {
                results.add(finished.submit(task::run));
            }
            try {
                for (int i = 0; i < tasks.size(); i++) {
                    finished.take().get();
                }
                List<T> values = new ArrayList<>();
                for (Future<T> result : results) {
                    values.add(result.resultNow());
                }
                return values;
            } catch (ExecutionException failed) {
                throw rethrown(failed);
            } finally {
                threads.shutdownNow();
            }
        }
    }

    /**
     * Stops the task that calls it if another one has failed or the run was cancelled.
     *
     * @throws InterruptedException if so
     */
    public static void checkCancelled() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("cancelled");
        }
    }

    private static RuntimeException rethrown(ExecutionException failed) throws IOException, InterruptedException {
        return switch (failed.getCause()) {
            case IOException e -> throw e;
            case InterruptedException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> new IllegalStateException(failed);
        };
    }
}
