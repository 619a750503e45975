package org.softmin.tensor.cpu;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.cpu.TileCompiler.Tile;

/**
 * The register tiles that are worth calling: in machine code, not only in bytecode.
 *
 * <p>Before HotSpot has compiled a method that uses vectors, each vector is an object and the method a hundred times
 * slower, for a good part of a second of its running time. So a tile for which there is work is first run in the
 * background, on nothing, until it is fast. Meanwhile there is none, and the caller has to do without.
 *
 * @param <A> the array type, {@code float[]} or {@code double[]}
 */
final class TileCache<A> {
    /** Multiply-adds that make a tile worth its compilation: a millisecond or two of scalar work. */
    private static final long WORTH = 4 << 20;

    private static final int CALLS = 50;
    private static final int STEPS = 32;

    /** Of one multiply-add of vectors: compiled it takes less than two, before that more than thirty. */
    private static final int FAST_NANOS = 8;

    /** A Java that needs longer than this has no compiler for vectors. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** A single thread, so that the tiles asked for first are ready first; it ends when there are none to do. */
    private static final ThreadPoolExecutor BACKGROUND = background();

    private final TileCompiler<A> compiler;
    private final IntFunction<A> arrays;
    private final int maxVectors;
    private final int packedRow;
    private final AtomicLongArray demand;
    private final AtomicReferenceArray<@Nullable Tile<A>> ready;

    /** No tiles yet, later of up to this size. */
    TileCache(TileCompiler<A> compiler, IntFunction<A> arrays, int maxRows, int maxVectors) {
        this.compiler = compiler;
        this.arrays = arrays;
        this.maxVectors = maxVectors;
        this.packedRow = maxVectors * compiler.lanes();
        this.demand = new AtomicLongArray(2 * maxRows * maxVectors);
        this.ready = new AtomicReferenceArray<>(demand.length());
    }

    /** The tile of this size and layout of B, or null as long as it is not fast; wanted for so many multiply-adds. */
    @Nullable
    Tile<A> get(int rows, int vectors, boolean packed, long work) {
        int index = ((rows - 1) * maxVectors + vectors - 1) * 2 + (packed ? 1 : 0);
        Tile<A> tile = ready.get(index);
        if (tile == null) {
            long before = demand.getAndAdd(index, work);
            if (before < WORTH && before + work >= WORTH) {
                BACKGROUND.execute(() -> ready.set(index, warmUp(rows, vectors, packed)));
            }
        }
        return tile;
    }

    private @Nullable Tile<A> warmUp(int rows, int vectors, boolean packed) {
        Tile<A> tile = compiler.compile(rows, vectors, packed ? packedRow : 0);
        int columns = vectors * compiler.lanes();
        A a = arrays.apply(rows * STEPS);
        A b = arrays.apply(STEPS * packedRow);
        A c = arrays.apply(rows * columns);
        long fast = (long) FAST_NANOS * CALLS * STEPS * rows * vectors;
        long begin = System.nanoTime();
        for (long start = begin; start - begin < PATIENCE_NANOS; start = System.nanoTime()) {
            for (int call = 0; call < CALLS; call++) {
                // Both ways to start a sum: HotSpot leaves out what it has not seen.
                tile.run(STEPS, a, 0, STEPS, b, 0, packedRow, c, 0, columns, columns - compiler.lanes(), call % 2 == 0);
            }
            if (System.nanoTime() - start < fast) {
                return tile;
            }
        }
        return null;
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
