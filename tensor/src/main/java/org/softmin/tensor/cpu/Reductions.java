package org.softmin.tensor.cpu;

import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.plan.Nest;

/** Folds of dense data, spread over the workers without changing a bit. */
final class Reductions {
    /** Below this many elements waking the workers costs more than it gains. */
    private static final int PARALLEL = 1 << 15;

    private Reductions() {}

    /** Work that folds {@code x}, seen as {@code folding} says, into {@code out}. */
    @SuppressWarnings("unchecked") // a region of this type lies in an array of the loops' type
    static CpuExecutable.Work of(
            Fold fold, Nest.Folding folding, Region x, Region out, Kernels kernels, Workers workers) {
        int outer = folding.outer();
        int n = folding.n();
        int inner = folding.inner();
        DType dtype = x.slot().dtype;
        Loops<Object> loops = (Loops<Object>) kernels.of(dtype);
        int threads = workers.threads();
        int chunks = loops.chunks(n, inner);
        if (threads == 1 || (long) outer * n * inner < PARALLEL || (outer < threads && chunks < 2)) {
            return () -> loops.reduce(fold, x.array(), x.start(), outer, n, inner, out.array(), out.start());
        }
        if (outer >= threads) {
            Workers.Task rows = part -> {
                int from = (int) ((long) outer * part / threads);
                int to = (int) ((long) outer * (part + 1) / threads);
                int at = x.start() + from * n * inner;
                loops.reduce(fold, x.array(), at, to - from, n, inner, out.array(), out.start() + from * inner);
            };
            return () -> workers.run(threads, rows);
        }
        Object partials = newArray(dtype, outer * chunks * inner);
        Workers.Task some = part -> {
            int from = (int) ((long) chunks * part / threads);
            int to = (int) ((long) chunks * (part + 1) / threads);
            for (int o = 0; o < outer; o++) {
                int at = x.start() + o * n * inner;
                loops.reduceChunks(fold, x.array(), at, n, inner, from, to, partials, o * chunks * inner);
            }
        };
        return () -> {
            workers.run(threads, some);
            for (int o = 0; o < outer; o++) {
                int to = out.start() + o * inner;
                loops.reducePartials(fold, partials, o * chunks * inner, chunks, inner, out.array(), to);
            }
        };
    }

    private static Object newArray(DType dtype, int n) {
        return switch (dtype) {
            case F32 -> new float[n];
            case F64 -> new double[n];
            case I32, BOOL -> new int[n];
        };
    }
}
