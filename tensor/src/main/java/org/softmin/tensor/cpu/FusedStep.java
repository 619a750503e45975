package org.softmin.tensor.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.cpu.FusedKernel.Access;
import org.softmin.tensor.cpu.FusedKernel.Form;
import org.softmin.tensor.plan.Load;
import org.softmin.tensor.plan.Nest;
import org.softmin.tensor.plan.Schedule;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;

/**
 * Runs a fused step: by its generated kernel as soon as that is fast, until then by the interpreter, with the same bits.
 *
 * <p>Blocks of rows and columns are independent, so they are spread over the workers.
 */
final class FusedStep implements CpuExecutable.Work {
    /** Rows of a broadcast that are narrower than that go down columns: short loops along rows cost more. */
    private static final int NARROW = 256;

    /** But what does not fit into the first caches goes along rows, as memory likes it, unless rows are very short. */
    private static final int NEAR = 1 << 14;

    private static final int VERY_NARROW = 64;

    /** Vector instructions below which waking the workers costs more than it gains. */
    private static final int PARALLEL = 1 << 12;

    private final FusedInterpreter interpreter;
    private final @Nullable Generated generated;
    private boolean fast;
    private boolean done; // by the matrix product before this step

    FusedStep(
            Step.Fused step,
            Schedule schedule,
            Slot[] slots,
            Kernels kernels,
            Workers workers,
            @Nullable Nest epilogue,
            boolean simd,
            boolean eager) {
        this.interpreter = new FusedInterpreter(step, schedule, slots, kernels, workers);
        this.generated = simd ? generated(step, epilogue, slots, kernels, workers) : null;
        if (eager && generated != null) {
            generated.kernel = generated.entry.now();
            fast = true;
        }
    }

    /** What does this step while a product finishes its blocks; nothing as long as the kernel is not ready. */
    Gemm.Epilogue epilogue() {
        if (generated == null || !generated.isReady()) {
            return Gemm.Epilogue.NOTHING;
        }
        done = true;
        return generated.epilogue();
    }

    @Override
    public void run() {
        if (done) {
            done = false;
            return;
        }
        if (generated == null || !generated.isReady()) {
            interpreter.run();
            return;
        }
        if (!fast) {
            fast = true;
            interpreter.release();
        }
        generated.run();
    }

    /** How the step is run now, for people. */
    String state() {
        return generated == null
                ? " (interpreted)"
                : generated.kernel == null
                        ? " (interpreted, kernel not ready)"
                        : generated.inBlocks ? " (with the blocks of the product)" : "";
    }

    private static @Nullable Generated generated(
            Step.Fused step, @Nullable Nest epilogue, Slot[] slots, Kernels kernels, Workers workers) {
        Nest nest = epilogue != null ? epilogue : Nest.of(step);
        boolean narrow = nest.columns() < VERY_NARROW
                || (nest.columns() < NARROW && step.shape().size() <= NEAR);
        boolean down = epilogue == null && narrow && nest.rows() > 1 && (nest.down() || step.folding() == null);
        Form form = form(step, nest, down, epilogue != null);
        KernelCache.Entry entry = form == null ? null : KernelCache.of(form);
        return entry == null ? null : new Generated(entry, step, nest, epilogue != null, slots, kernels, workers);
    }

    /** What the kernel of {@code step} looks like, or null if there is no vector code for it. */
    private static @Nullable Form form(Step.Fused step, Nest nest, boolean down, boolean blocks) {
        DType type = null;
        for (int register = 0; register < step.loads().size() + step.code().size(); register++) {
            DType own = step.type(register);
            if (own == DType.I32 || (own != DType.BOOL && type != null && type != own)) {
                return null;
            }
            type = own == DType.BOOL ? type : own;
        }
        for (Step.Instruction instruction : step.code()) {
            if (instruction.op() instanceof Op.Map(Scalar s)
                    && (s == Scalar.SIN || s == Scalar.COS || s == Scalar.POW)) {
                return null;
            }
        }
        if (type == null) {
            type = DType.F32; // truth values alone
        }
        int lanes = type == DType.F32 ? Lanes.F32.length() : Lanes.F64.length();
        boolean alongFolds = step.folding() != null && !nest.down();
        int vectors = alongFolds ? FusedCompiler.vectorsPerFold(type) : 1;
        // the JIT of x86 has no masks of two lanes; and many accumulators would not stay in registers
        if (lanes < 4 || vectors > 8 || step.shape().size() < lanes) {
            return null;
        }
        int depth = nest.outer().length;
        List<FusedKernel.Source> loads = new ArrayList<>();
        for (int i = 0; i < step.loads().size(); i++) {
            int row = nest.strides()[i][depth];
            int column = nest.strides()[i][depth + 1];
            if (step.loads().get(i) instanceof Load.Splat(var dtype, var value)) {
                // a number is data, so that steps which differ in numbers alone share a kernel
                boolean truth = dtype == DType.BOOL;
                loads.add(new FusedKernel.Source(truth ? Access.SPLAT : Access.SINGLE, dtype, 0, truth ? value : 0));
                continue;
            }
            if (column != 0 && column != 1) {
                return null;
            }
            Access access = column == 1
                    ? row == 0 && nest.rows() > 1 ? Access.COLUMN : Access.DENSE
                    : row == 0 ? Access.SINGLE : Access.ROW;
            loads.add(new FusedKernel.Source(access, step.type(i), down ? row : 0, 0));
        }
        List<FusedKernel.Sink> stores = new ArrayList<>();
        for (Step.Store store : step.stores()) {
            stores.add(new FusedKernel.Sink(store.register(), step.type(store.register()), down ? nest.columns() : 0));
        }
        List<FusedKernel.Folded> folds = step.folds().stream()
                .map(f -> new FusedKernel.Folded(f.register(), f.fold()))
                .toList();
        // the blocks of a product end anywhere
        boolean tail = blocks || nest.columns() % (vectors * lanes) != 0;
        return new Form(type, down, nest.down(), tail, loads, step.code(), stores, folds);
    }

    /** A kernel tied to memory. */
    private static final class Generated {
        private static final int CHUNK_ROWS = FloatLoops.CHUNK_ROWS;

        private final KernelCache.Entry entry;
        private final Step.Fused step;
        private final Nest nest;
        private final Workers workers;
        private final long work;
        private final Slot[] slots; // of the operands of the kernel, null for a number in the code
        private final int[] starts; // in the slots
        private final int[][] strides; // of each operand: outer dimensions, row
        private final int[] rowStrides;
        private final Object[] arrays;
        private final int[][] offsets; // by part of the work, then by operand
        private final int outer;
        private final int chunks; // of a row that is folded
        private final int unit; // columns that are not split
        private final @Nullable Slot[] results; // by fold, where sums of chunks of rows are added up
        private final Loops<Object> loops;
        private final List<CpuExecutable.Work> totals = new ArrayList<>();
        private final Workers.Task task = this::runPart;
        private final Gemm.Epilogue blocks = this::runBlock;
        private final boolean inBlocks;
        private @Nullable FusedKernel kernel;

        Generated(
                KernelCache.Entry entry,
                Step.Fused step,
                Nest nest,
                boolean inBlocks,
                Slot[] slots,
                Kernels kernels,
                Workers workers) {
            this.entry = entry;
            this.step = step;
            this.nest = nest;
            this.inBlocks = inBlocks;
            this.workers = workers;
            int loads = step.loads().size();
            int stores = step.stores().size();
            int operands = loads + stores + step.folds().size();
            int depth = nest.outer().length;
            int count = 1;
            for (int extent : nest.outer()) {
                count *= extent;
            }
            this.outer = count;
            DType type = step.folds().isEmpty()
                    ? DType.F32
                    : step.type(step.folds().getFirst().register());
            boolean along = !step.folds().isEmpty() && !nest.down();
            this.chunks = along ? Math.max(1, Math.ceilDiv(nest.columns(), FloatLoops.CHUNK)) : 1;
            this.unit = along ? nest.columns() : type == DType.F32 ? Lanes.F32.length() : Lanes.F64.length();
            this.results = new Slot[step.folds().size()];
            this.loops = loops(kernels, type);
            this.slots = new Slot[operands];
            this.starts = new int[operands];
            this.strides = new int[operands][depth + 1];
            for (int i = 0; i < operands; i++) {
                if (i < loads) {
                    if (step.loads().get(i) instanceof View view) {
                        this.slots[i] = slots[view.buffer().id()];
                        this.starts[i] = view.offset();
                    } else if (step.loads().get(i) instanceof Load.Splat(var dtype, var value)) {
                        this.slots[i] = new Slot(dtype);
                        this.slots[i].reserve(1);
                        this.slots[i].fill(0, 1, value);
                    }
                    System.arraycopy(nest.strides()[i], 0, strides[i], 0, depth + 1);
                    continue;
                }
                boolean store = i < loads + stores;
                int size = store || nest.down() ? nest.columns() : 1; // of what one row leaves
                strides[i][depth] = store ? size : 1;
                int below = store ? nest.rows() * size : nest.down() ? size : nest.rows();
                for (int axis = depth - 1; axis >= 0; axis--) {
                    strides[i][axis] = below;
                    below *= nest.outer()[axis];
                }
                if (store) {
                    this.slots[i] = slots[step.stores().get(i - loads).target().id()];
                } else {
                    Step.Folded fold = step.folds().get(i - loads - stores);
                    this.slots[i] = result(
                            i - loads - stores, fold.fold(), slots[fold.target().id()], type);
                }
            }
            this.rowStrides = new int[operands];
            for (int i = 0; i < operands; i++) {
                rowStrides[i] = strides[i][depth];
            }
            this.arrays = new Object[operands];
            int weight = KernelCache.weight(entry.form());
            int lanes = Lanes.F32.length();
            this.work = (long) step.shape().size() * weight;
            int parts = work < (long) PARALLEL * lanes ? 1 : workers.threads();
            this.offsets = new int[parts][operands];
        }

        @SuppressWarnings("unchecked") // the arrays of a fold have the type of its loops
        private static Loops<Object> loops(Kernels kernels, DType type) {
            return (Loops<Object>) kernels.of(type);
        }

        /** Where the kernel leaves its results: in the target, or first chunk by chunk in scratch. */
        private Slot result(int fold, Fold kind, Slot target, DType type) {
            if (chunks > 1) {
                Slot partials = new Slot(type);
                int rows = outer * nest.rows();
                partials.reserve(rows * chunks);
                totals.add(() -> {
                    for (int row = 0; row < rows; row++) {
                        int to = target.offset + row;
                        loops.reducePartials(kind, partials.array(), row * chunks, chunks, 1, target.array(), to);
                    }
                });
                return partials;
            }
            if (nest.down() && nest.rows() > CHUNK_ROWS) {
                Slot sums = new Slot(type);
                sums.reserve(nest.columns() * outer);
                results[fold] = target;
                return sums;
            }
            return target;
        }

        boolean isReady() {
            if (kernel == null) {
                kernel = entry.get(work);
            }
            return kernel != null;
        }

        /** Of a step without folds and outer dimensions. */
        Gemm.Epilogue epilogue() {
            bind();
            place(0, 0);
            return blocks;
        }

        private void runBlock(int fromRow, int toRow, int fromColumn, int toColumn) {
            Objects.requireNonNull(kernel).run(arrays, offsets[0], rowStrides, fromRow, toRow, fromColumn, toColumn);
        }

        private void bind() {
            for (int i = 0; i < arrays.length; i++) {
                if (slots[i] != null) {
                    arrays[i] = slots[i].array();
                }
            }
        }

        void run() {
            bind();
            if (offsets.length == 1) {
                runPart(0);
            } else {
                workers.run(offsets.length, task);
            }
            for (int i = 0; i < totals.size(); i++) {
                totals.get(i).run();
            }
        }

        private void runPart(int part) {
            int parts = offsets.length;
            int rows = nest.rows();
            int columns = nest.columns();
            if (chunks > 1) {
                int all = outer * rows * chunks;
                runChunks((int) ((long) all * part / parts), (int) ((long) all * (part + 1) / parts), part);
            } else if (parts == 1) {
                runOuter(0, outer, 0, rows, 0, columns, part);
            } else if (outer >= parts) {
                runOuter(outer * part / parts, outer * (part + 1) / parts, 0, rows, 0, columns, part);
            } else if (rows >= parts && !nest.down() && (unit == columns || columns < rows)) {
                int from = (int) ((long) rows * part / parts);
                int to = (int) ((long) rows * (part + 1) / parts);
                runOuter(0, outer, from, to, 0, columns, part);
            } else {
                // Neighbours write to the line of memory where they meet: in two halves each, not at the same time.
                long units = Math.ceilDiv(columns, unit);
                long halves = 2L * parts;
                for (int half = 2 * part; half < 2 * part + 2; half++) {
                    int from = (int) (units * half / halves) * unit;
                    int to = (int) Math.min(units * (half + 1) / halves * unit, columns);
                    runOuter(0, outer, 0, rows, from, to, part);
                }
            }
        }

        private void runOuter(int from, int to, int fromRow, int toRow, int fromColumn, int toColumn, int part) {
            FusedKernel compiled = Objects.requireNonNull(kernel);
            if (fromRow >= toRow || fromColumn >= toColumn) {
                return;
            }
            for (int o = from; o < to; o++) {
                place(o, part);
                if (nest.down()) {
                    foldDown(compiled, o, offsets[part], fromColumn, toColumn);
                } else {
                    compiled.run(arrays, offsets[part], rowStrides, fromRow, toRow, fromColumn, toColumn);
                }
            }
        }

        /** All rows, in chunks whose results are folded again, as {@link FloatLoops} does it. */
        private void foldDown(FusedKernel compiled, int o, int[] at, int fromColumn, int toColumn) {
            int rows = nest.rows();
            int first = arrays.length - step.folds().size();
            int columns = toColumn - fromColumn;
            for (int chunk = 0; chunk < rows; chunk += CHUNK_ROWS) {
                int end = Math.min(rows, chunk + CHUNK_ROWS);
                for (int f = 0; f < results.length; f++) {
                    fill(
                            arrays[first + f],
                            at[first + f] + fromColumn,
                            columns,
                            step.folds().get(f).fold());
                }
                compiled.run(arrays, at, rowStrides, chunk, end, fromColumn, toColumn);
                for (int f = 0; f < results.length; f++) {
                    Slot result = results[f];
                    if (result != null) {
                        int to = result.offset + o * nest.columns() + fromColumn;
                        total(
                                f,
                                chunk == 0,
                                arrays[first + f],
                                at[first + f] + fromColumn,
                                result.array(),
                                to,
                                columns);
                    }
                }
            }
        }

        private void total(int fold, boolean first, Object sums, int from, Object result, int to, int n) {
            if (first) {
                System.arraycopy(sums, from, result, to, n);
                return;
            }
            Scalar add = switch (step.folds().get(fold).fold()) {
                case SUM -> Scalar.ADD;
                case MAX -> Scalar.MAX;
                case MIN -> Scalar.MIN;
            };
            loops.binary(add, result, to, sums, from, result, to, n);
        }

        private static void fill(Object array, int from, int n, Fold fold) {
            if (array instanceof float[] floats) {
                Arrays.fill(floats, from, from + n, (float) fold.identity(DType.F32));
            } else {
                Arrays.fill((double[]) array, from, from + n, fold.identity(DType.F64));
            }
        }

        private void runChunks(int from, int to, int part) {
            FusedKernel compiled = Objects.requireNonNull(kernel);
            int firstResult = arrays.length - step.folds().size();
            for (int i = from; i < to; i++) {
                int row = i / chunks % nest.rows();
                place(i / chunks / nest.rows(), part);
                for (int f = firstResult; f < arrays.length; f++) {
                    offsets[part][f] = i - row; // the kernel adds the row
                }
                int start = i % chunks * FloatLoops.CHUNK;
                int end = Math.min(nest.columns(), start + FloatLoops.CHUNK);
                compiled.run(arrays, offsets[part], rowStrides, row, row + 1, start, end);
            }
        }

        /** Points the operands to block {@code o} of the outer dimensions. */
        private void place(int o, int part) {
            int[] at = offsets[part];
            int depth = nest.outer().length;
            for (int i = 0; i < at.length; i++) {
                at[i] = slots[i] == null ? 0 : slots[i].offset + starts[i];
            }
            int rest = o;
            for (int axis = depth - 1; axis >= 0 && rest > 0; axis--) {
                int position = rest % nest.outer()[axis];
                rest /= nest.outer()[axis];
                for (int i = 0; i < at.length; i++) {
                    at[i] += position * strides[i][axis];
                }
            }
        }
    }
}
