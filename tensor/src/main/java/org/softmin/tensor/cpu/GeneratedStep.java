package org.softmin.tensor.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.plan.Load;
import org.softmin.tensor.plan.Nest;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;

/**
 * The generated kernel of a fused step, tied to memory and cut into parts for the workers.
 *
 * <p>Blocks of rows and columns are independent, so any cut gives the same bits.
 */
final class GeneratedStep {
    /** Vector instructions below which waking the workers costs more than it gains. */
    private static final long PARALLEL = (1 << 12) * (long) Lanes.F32.length();

    private static final int CHUNK_ROWS = FloatLoops.CHUNK_ROWS;

    /** Numbers in a line of memory. */
    private static final int LINE = 16;

    /** Columns whose sums, one for each, are too many to be fetched and kept again for every row. */
    static final int MANY_COLUMNS = 2048;

    /** Rows that are added to such sums at a time: as many lines of memory as a set of the first cache holds. */
    private static final int GROUP = 8;

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
    private final int parts; // into which the work is cut
    private final int[][] offsets; // by part, then by operand
    private final int outer;
    private final int chunks; // of a row that is folded
    private final int rowChunks; // of rows whose columns are folded
    private final int results; // of a fold: numbers, or rows of them
    private final int unit; // columns that are not split
    private final List<Total> totals = new ArrayList<>();
    private final Workers.Task task = this::runPart;
    private final Gemm.Epilogue blocks = this::runBlock;
    private final boolean inBlocks;
    private @Nullable FusedKernel kernel;

    GeneratedStep(
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
        this.rowChunks = nest.down() ? Math.ceilDiv(nest.rows(), CHUNK_ROWS) : 1;
        this.results = nest.down() ? outer : outer * nest.rows();
        this.unit = along ? nest.columns() : type == DType.F32 ? Lanes.F32.length() : Lanes.F64.length();
        Loops<Object> loops = loops(kernels, type);
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
            int below = store ? nest.rows() * size : nest.down() ? rowChunks * size : nest.rows();
            for (int axis = depth - 1; axis >= 0; axis--) {
                strides[i][axis] = below;
                below *= nest.outer()[axis];
            }
            if (store) {
                this.slots[i] = slots[step.stores().get(i - loads).target().id()];
            } else {
                Step.Folded fold = step.folds().get(i - loads - stores);
                this.slots[i] = result(fold.fold(), slots[fold.target().id()], type, loops);
            }
        }
        this.rowStrides = new int[operands];
        for (int i = 0; i < operands; i++) {
            rowStrides[i] = strides[i][depth];
        }
        this.arrays = new Object[operands];
        this.work = (long) step.shape().size() * KernelCache.weight(entry.form());
        this.parts = parts(work, workers);
        this.offsets = new int[workers.threads()][operands];
    }

    /** Into how many parts so many instructions are cut. */
    static int parts(long work, Workers workers) {
        return work < PARALLEL ? 1 : workers.threads();
    }

    @SuppressWarnings("unchecked") // the arrays of a fold have the type of its loops
    private static Loops<Object> loops(Kernels kernels, DType type) {
        return (Loops<Object>) kernels.of(type);
    }

    /** Where the kernel leaves its results: in the target, or chunk by chunk in scratch, to be folded again. */
    private Slot result(Fold kind, Slot target, DType type, Loops<Object> loops) {
        int each = chunks * rowChunks;
        if (each == 1) {
            return target;
        }
        int width = nest.down() ? nest.columns() : 1;
        Slot partials = new Slot(type);
        partials.reserve(results * each * width);
        totals.add(new Total(kind, partials, target, each, width, loops));
        return partials;
    }

    /** Results of {@code width} numbers, each folded from what {@code each} chunks have left. */
    private record Total(Fold kind, Slot partials, Slot target, int each, int width, Loops<Object> loops) {
        void run(int from, int to) {
            for (int i = from; i < to; i++) {
                loops.reducePartials(
                        kind,
                        partials.array(),
                        i * each * width,
                        each,
                        width,
                        target.array(),
                        target.offset + i * width);
            }
        }
    }

    /** Elements times instructions. */
    long work() {
        return work;
    }

    /** Whether it is done block by block with the product before it. */
    boolean inBlocks() {
        return inBlocks;
    }

    /** Takes the kernel at once, fast or not: for tests. */
    void makeReady() {
        kernel = entry.now();
    }

    /** Whether the kernel was not fast when it was last wanted. */
    boolean isInterpreted() {
        return kernel == null;
    }

    /** Whether the kernel is fast by now; if not, it is wanted once more. */
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

    /** Points to the arrays of this run. */
    void bind() {
        for (int i = 0; i < arrays.length; i++) {
            if (slots[i] != null) {
                arrays[i] = slots[i].array();
            }
        }
    }

    void run() {
        bind();
        if (parts == 1) {
            runPart(0);
        } else {
            workers.run(parts, task);
        }
        total(0, results);
    }

    /** Folds what chunks have left for these results. */
    private void total(int from, int to) {
        for (int i = 0; i < totals.size(); i++) {
            totals.get(i).run(from, to);
        }
    }

    /** After {@link #runRows} of all rows: folds what chunks of them have left. */
    void finish() {
        if (foldsAllRows()) {
            total(0, results);
        }
    }

    private void runPart(int part) {
        int rows = nest.rows();
        int columns = nest.columns();
        if (chunks > 1) {
            int all = outer * rows * chunks;
            runChunks((int) ((long) all * part / parts), (int) ((long) all * (part + 1) / parts), part);
        } else if (parts == 1) {
            runOuter(0, outer, 0, rows, 0, columns, part);
        } else if (outer >= parts) {
            runOuter(outer * part / parts, outer * (part + 1) / parts, 0, rows, 0, columns, part);
        } else if (nest.down() && columns <= rows && (rowChunks >= 2 * parts || rowChunks % parts == 0)) {
            int from = (int) ((long) rowChunks * part / parts) * CHUNK_ROWS;
            int to = (int) Math.min(rows, ((long) rowChunks * (part + 1) / parts) * CHUNK_ROWS);
            runOuter(0, outer, from, to, 0, columns, part);
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

    /** Whether this can be done by {@link #runRows}. */
    boolean takesRows(int rows) {
        if (nest.down()) {
            return (foldsAllRows() ? nest.rows() : outer) % rows == 0;
        }
        int all = outer * nest.rows();
        return all % rows == 0 || (all == 1 && chunks == 1 && nest.columns() % rows == 0);
    }

    /** Multiple of the rows that {@link #runRows} may be cut at between threads: a line, or what is folded apart. */
    int rowUnit() {
        return foldsAllRows() ? CHUNK_ROWS : LINE;
    }

    /** Multiple of the rows that {@link #runRows} may be cut at by one thread: vectors, or what is folded together. */
    int rowGroup() {
        return foldsInGroups() ? GROUP : nest.down() || outer * nest.rows() > 1 ? 1 : LINE;
    }

    private boolean foldsInGroups() {
        return entry.form().down() && nest.down() && nest.columns() >= MANY_COLUMNS;
    }

    private boolean foldsAllRows() {
        return nest.down() && outer == 1;
    }

    /** Does the rows in a range out of {@code rows} equal ones, after {@link #bind} and before {@link #finish}. */
    void runRows(int part, int from, int to, int rows) {
        if (foldsAllRows()) {
            int each = nest.rows() / rows;
            runOuter(0, 1, from * each, to * each, 0, nest.columns(), part);
        } else if (nest.down()) {
            int each = outer / rows;
            runOuter(from * each, to * each, 0, nest.rows(), 0, nest.columns(), part);
            total(from * each, to * each);
        } else if (chunks > 1) {
            int each = outer * nest.rows() / rows;
            runChunks(from * each * chunks, to * each * chunks, part);
            total(from * each, to * each);
        } else if (outer * nest.rows() == 1) {
            int each = nest.columns() / rows;
            runOuter(0, 1, 0, 1, from * each, to * each, part);
        } else {
            int each = outer * nest.rows() / rows;
            int end = to * each;
            int next;
            for (int row = from * each; row < end; row = next) {
                int o = row / nest.rows();
                int first = o * nest.rows();
                next = Math.min(end, first + nest.rows());
                runOuter(o, o + 1, row - first, next - first, 0, nest.columns(), part);
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
                foldDown(compiled, offsets[part], fromRow, toRow, fromColumn, toColumn);
            } else {
                compiled.run(arrays, offsets[part], rowStrides, fromRow, toRow, fromColumn, toColumn);
            }
        }
    }

    /**
     * Rows from the first of a chunk on, or from where the last call ended; each chunk has a result of its own, as in
     * {@link FloatLoops}.
     */
    private void foldDown(FusedKernel compiled, int[] at, int fromRow, int toRow, int fromColumn, int toColumn) {
        int first = arrays.length - step.folds().size();
        int group = foldsInGroups() ? GROUP : CHUNK_ROWS;
        int next;
        for (int row = fromRow; row < toRow; row = next) {
            next = Math.min(Math.min(toRow, row + group), (row / CHUNK_ROWS + 1) * CHUNK_ROWS);
            int shift = row / CHUNK_ROWS * nest.columns();
            for (int f = first; f < at.length; f++) {
                at[f] += shift;
                if (row % CHUNK_ROWS == 0) {
                    Fold fold = step.folds().get(f - first).fold();
                    fill(arrays[f], at[f] + fromColumn, toColumn - fromColumn, fold);
                }
            }
            compiled.run(arrays, at, rowStrides, row, next, fromColumn, toColumn);
            for (int f = first; f < at.length; f++) {
                at[f] -= shift;
            }
        }
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
