package org.softmin.tensor.cpu;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.cpu.FusedKernel.Access;
import org.softmin.tensor.cpu.FusedKernel.Form;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.Weights;

/**
 * The generated kernels of this process, one for each {@link Form}, and whether they are worth calling yet.
 *
 * <p>Before HotSpot has compiled a method that uses vectors, each vector is an object and the method a hundred times
 * slower, for a good part of a second of its running time. So a kernel for which there is work is first run in the
 * background, on scratch data, until it is fast; all that wait take turns, so that the compiler always has something to
 * do. Meanwhile there is none, and the caller interprets.
 */
final class KernelCache {
    /** Elements times instructions that make a kernel worth its compilation: about a millisecond of interpretation. */
    private static final long WORTH = 1 << 18;

    /** So many kernels cost some 100 MB of the JVM; whoever makes more programs than that has the interpreter. */
    private static final int CAPACITY = 4096;

    private static final int CALLS = 20;

    /** After so many calls HotSpot has been asked for machine code: to call on would only take the time it needs. */
    private static final int ENOUGH_CALLS = 3000;

    private static final int PAUSE_NANOS = 1_000_000;
    private static final int ROWS = 6;

    /** Of one vector instruction: compiled it takes one or two, a division ten, before that more than fifty. */
    private static final int FAST_NANOS = 12;

    /** A Java that needs longer than this has no compiler for vectors. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final Map<Form, Entry> ENTRIES = new ConcurrentHashMap<>();
    private static final List<Candidate> WAITING = new ArrayList<>(); // guarded by itself

    private KernelCache() {}

    /** The kernel of one form. */
    static final class Entry {
        private final Form form;
        private final AtomicLong demand = new AtomicLong();
        private volatile @Nullable FusedKernel ready;

        private Entry(Form form) {
            this.form = form;
        }

        Form form() {
            return form;
        }

        /** The kernel, or null as long as it is not fast; wanted for so many instructions. */
        @Nullable
        FusedKernel get(long work) {
            FusedKernel kernel = ready;
            if (kernel == null) {
                long before = demand.getAndAdd(work);
                if (before < WORTH && before + work >= WORTH) {
                    enqueue(this);
                }
            }
            return kernel;
        }

        /** The kernel at once, fast or not: for tests. */
        FusedKernel now() {
            FusedKernel kernel = ready;
            if (kernel == null) {
                kernel = Compiler.INSTANCE.compile(form);
                ready = kernel;
            }
            return kernel;
        }
    }

    private static final class Compiler {
        static final FusedCompiler INSTANCE = new FusedCompiler();
    }

    /** The entry of this form, or null if there are too many. */
    static @Nullable Entry of(Form form) {
        Entry known = ENTRIES.get(form);
        return known != null || ENTRIES.size() >= CAPACITY ? known : ENTRIES.computeIfAbsent(form, Entry::new);
    }

    private static void enqueue(Entry entry) {
        synchronized (WAITING) {
            WAITING.add(new Candidate(entry));
            if (WAITING.size() == 1) {
                Thread thread = new Thread(KernelCache::warmUp, "softmin-kernels");
                thread.setDaemon(true);
                thread.start();
            }
        }
    }

    private static void warmUp() {
        while (true) {
            List<Candidate> round;
            synchronized (WAITING) {
                WAITING.removeIf(candidate -> candidate.done);
                if (WAITING.isEmpty()) {
                    return;
                }
                round = List.copyOf(WAITING);
            }
            boolean waits = true;
            for (Candidate candidate : round) {
                try {
                    candidate.run();
                } catch (RuntimeException | LinkageError e) {
                    // the interpreter goes on doing its work; the others must not wait for ever
                    candidate.done = true;
                    System.getLogger(KernelCache.class.getPackageName())
                            .log(Level.WARNING, "fused: a generated kernel fails, so its step stays interpreted", e);
                }
                waits &= candidate.calls >= ENOUGH_CALLS;
            }
            if (waits) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    /** A kernel on its way to being fast, with scratch data. */
    private static final class Candidate {
        private final Entry entry;
        private @Nullable FusedKernel kernel;
        private Object[] arrays = {};
        private int[] offsets = {};
        private int[] strides = {};
        private int columns;
        private long begin;
        private int calls;
        private boolean done;

        Candidate(Entry entry) {
            this.entry = entry;
        }

        private FusedKernel prepare() {
            Form form = entry.form;
            columns = 3 * form.vectors() * form.lanes() + (form.tail() ? 1 : 0);
            int widest = columns;
            for (var load : form.loads()) {
                widest = Math.max(widest, load.stride() * (ROWS - 1) + columns);
            }
            for (var store : form.stores()) {
                widest = Math.max(widest, store.stride() * (ROWS - 1) + columns);
            }
            int operands =
                    form.loads().size() + form.stores().size() + form.folds().size();
            arrays = new Object[operands];
            offsets = new int[operands];
            strides = new int[operands];
            for (int i = 0; i < operands; i++) {
                arrays[i] = scratch(form.dtype(i), widest);
            }
            begin = System.nanoTime();
            return Compiler.INSTANCE.compile(form);
        }

        private static Object scratch(DType dtype, int n) {
            return switch (dtype) {
                case F32 -> {
                    float[] ones = new float[n];
                    Arrays.fill(ones, 1);
                    yield ones;
                }
                case F64 -> {
                    double[] ones = new double[n];
                    Arrays.fill(ones, 1);
                    yield ones;
                }
                case I32, BOOL -> new int[n];
            };
        }

        /** A few calls; the kernel is ready when they were fast. */
        void run() {
            FusedKernel candidate = kernel;
            if (candidate == null) {
                candidate = prepare();
                kernel = candidate;
            }
            calls += CALLS;
            long start = System.nanoTime();
            for (int call = 0; call < CALLS; call++) {
                candidate.run(arrays, offsets, strides, 0, ROWS, 0, columns);
                // HotSpot leaves out what it has not seen: a single row, a row without a full vector
                candidate.run(arrays, offsets, strides, 0, 1, columns - (entry.form.tail() ? 1 : 0), columns);
            }
            long now = System.nanoTime();
            long instructions = (long) CALLS * ROWS * Math.ceilDiv(columns, entry.form.lanes()) * weight(entry.form);
            if (now - start < FAST_NANOS * instructions) {
                entry.ready = candidate;
                done = true;
            } else if (now - begin > PATIENCE_NANOS) {
                done = true;
            }
        }
    }

    /** About how many vector instructions one vector of elements takes. */
    static int weight(Form form) {
        int weight = form.stores().size() + form.folds().size();
        for (FusedKernel.Source load : form.loads()) {
            weight += load.access() == Access.DENSE ? 1 : 0;
        }
        for (Step.Instruction instruction : form.code()) {
            weight += instruction.op() instanceof Op.Map(var scalar) ? Weights.of(scalar) : 2;
        }
        return Math.max(weight, 1);
    }
}
