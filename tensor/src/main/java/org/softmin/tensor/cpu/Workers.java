package org.softmin.tensor.cpu;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed crew of daemon threads that share the numbered tasks of one call with its caller.
 *
 * <p>{@link #run} allocates nothing, and with one thread there is no crew at all. Which thread gets which task is not
 * fixed, so tasks must not depend on each other or write to the same place; then results do not depend on the number
 * of threads either.
 *
 * <p>Safe for use by several threads: one call at a time has the crew. A second caller, and a task that calls
 * {@link #run} itself, do all of their tasks on their own thread.
 */
public final class Workers implements AutoCloseable {

    /** The work of one call: run once for each number from 0 to {@code tasks - 1}. */
    @FunctionalInterface
    public interface Task {
        /** Does the piece of work with this number. */
        void run(int task);
    }

    /** About 100 µs: as long as what one thread does by itself within a step, too short to matter as a burnt core. */
    private static final int SPINS = 5_000;

    private static final Task NOTHING = task -> {};

    private final Member[] crew;
    private final AtomicBoolean busy = new AtomicBoolean();

    /**
     * Tasks that nobody took yet; never above 0 between two calls. Setting it publishes {@link #task} and
     * {@link #tasks}, and taking one from it makes them visible, so a thread that comes late to one call can only find
     * nothing, or a task of the next call.
     */
    private final AtomicInteger untaken = new AtomicInteger();

    private final AtomicInteger unfinished = new AtomicInteger();
    private Task task = NOTHING;
    private int tasks;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Thread waitingCaller;
    private volatile boolean closed;

    /**
     * Starts {@code threads - 1} daemon threads; the caller of {@link #run} is the remaining one.
     *
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("workers: needs at least 1 thread, not " + threads);
        }
        crew = new Member[threads - 1];
        for (int i = 0; i < crew.length; i++) {
            crew[i] = new Member(i + 1);
            crew[i].start();
        }
    }

    /** How many threads work on one call, its caller included. */
    public int threads() {
        return crew.length + 1;
    }

    /**
     * Runs {@code task} for each number from 0 to {@code tasks - 1} and returns when all are done.
     *
     * <p>What a task throws is thrown here, after the tasks already begun have ended; tasks not yet begun are left out.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public void run(int tasks, Task task) {
        if (closed) {
            throw new IllegalStateException("workers: already closed; keep them open as long as they are used");
        }
        if (crew.length == 0 || tasks <= 1 || !busy.compareAndSet(false, true)) {
            for (int i = 0; i < tasks; i++) {
                task.run(i);
            }
            return;
        }
        Throwable thrown;
        try {
            share(tasks, task);
            thrown = failure;
            this.task = NOTHING;
            failure = null;
        } finally {
            busy.set(false);
        }
        switch (thrown) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException("workers: a task threw a checked exception", thrown);
        }
    }

    private void share(int tasks, Task task) {
        this.task = task;
        this.tasks = tasks;
        unfinished.set(tasks);
        untaken.set(tasks);
        for (int i = 0; i < Math.min(tasks - 1, crew.length); i++) {
            crew[i].wake();
        }
        takeTasks();
        for (int spin = 0; unfinished.get() > 0 && spin < SPINS; spin++) {
            Thread.onSpinWait();
        }
        if (unfinished.get() > 0) {
            waitingCaller = Thread.currentThread();
            while (unfinished.get() > 0) {
                LockSupport.park(this);
            }
            waitingCaller = null;
        }
    }

    private void takeTasks() {
        int left;
        while (untaken.get() > 0 && (left = untaken.getAndDecrement()) > 0) {
            try {
                if (failure == null) {
                    task.run(tasks - left);
                }
            } catch (Throwable t) {
                failure = t;
            } finally {
                if (unfinished.decrementAndGet() == 0) {
                    LockSupport.unpark(waitingCaller);
                }
            }
        }
    }

    /** Ends the threads and waits for them; a call in progress is completed by its caller. */
    @Override
    public void close() {
        closed = true;
        for (Member member : crew) {
            LockSupport.unpark(member);
        }
        boolean interrupted = false;
        for (Member member : crew) {
            while (member.isAlive() && member != Thread.currentThread()) {
                try {
                    member.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Member extends Thread {
        private volatile boolean parked;

        Member(int number) {
            super("softmin-worker-" + number);
            setDaemon(true);
        }

        void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            int spin = 0;
            while (!closed) {
                if (untaken.get() > 0) {
                    takeTasks();
                    spin = 0;
                } else if (spin++ < SPINS) {
                    Thread.onSpinWait();
                } else {
                    // First say so, then look again: whoever sets `untaken` later sees `parked` and wakes us.
                    parked = true;
                    if (untaken.get() <= 0 && !closed) {
                        LockSupport.park(Workers.this);
                    }
                    parked = false;
                    spin = 0;
                }
            }
        }
    }
}
