package org.softmin.tensor.cpu;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Generated code that is worth calling: in machine code, not only in bytecode.
 *
 * <p>Before HotSpot has compiled a method that uses vectors, each vector is an object and the method a hundred times
 * slower, for a good part of a second of its running time. So code for which there is work is first run in the
 * background, on nothing, until it is fast. Meanwhile there is none, and the caller has to do without.
 *
 * @param <T> what is generated
 */
final class TileWarmUp<T> {
    /** Elements or multiply-adds that make it worth while: a millisecond or two of scalar work. */
    private static final long WORTH = 4 << 20;

    private static final int CALLS = 50;

    /** After so many calls HotSpot has been asked for machine code: to call on would only take the time it needs. */
    private static final int ENOUGH_CALLS = 6000;

    /** For one vector operation: compiled it takes less than two, before that more than thirty. */
    private static final int FAST_NANOS = 8;

    /** A Java that needs longer than this has no compiler for vectors. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** A single thread, so that what was asked for first is ready first; it ends when there is none to do. */
    private static final ThreadPoolExecutor BACKGROUND = background();

    private final Supplier<T> compiler;
    private final int operations;
    private final Consumer<T> exercise;
    private final AtomicLong demand = new AtomicLong();
    private volatile @Nullable T ready;

    /** Nothing yet, later what the compiler makes; the exercise is one call, of so many vector operations. */
    TileWarmUp(Supplier<T> compiler, int operations, Consumer<T> exercise) {
        this.compiler = compiler;
        this.operations = operations;
        this.exercise = exercise;
    }

    /** The code, or null as long as it is not fast; wanted for so much work. */
    @Nullable
    T get(long work) {
        T code = ready;
        if (code == null) {
            long before = demand.getAndAdd(work);
            if (before < WORTH && before + work >= WORTH) {
                BACKGROUND.execute(this::warmUp);
            }
        }
        return code;
    }

    private void warmUp() {
        T code = compiler.get();
        long fast = (long) FAST_NANOS * CALLS * operations;
        long begin = System.nanoTime();
        int calls = 0;
        for (long start = begin; start - begin < PATIENCE_NANOS; start = System.nanoTime()) {
            for (int call = 0; call < CALLS; call++) {
                exercise.accept(code);
            }
            if (System.nanoTime() - start < fast) {
                ready = code;
                return;
            }
            calls += CALLS;
            if (calls > ENOUGH_CALLS) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    private static ThreadPoolExecutor background() {
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), warmUp -> {
                    Thread thread = new Thread(warmUp, "softmin-warm-up");
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }
}
