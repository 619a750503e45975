package org.softmin.tensor.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Load;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;

/**
 * Runs an elementwise step block by block: each instruction is one loop over a block that stays in the first-level
 * cache, so that memory is read and written once for the whole step. What is folded is written down first and folded
 * then.
 *
 * <p>Blocks are independent, so they are spread over the workers without changing a bit.
 */
final class FusedInterpreter implements CpuExecutable.Work {
    /** Elements of a block: a dozen registers of this size fit into 32 KiB. */
    static final int BLOCK = 512;

    /** Below this many elements waking the workers costs more than it gains. */
    private static final int PARALLEL = 16 * BLOCK;

    private final Step.Fused step;
    private final Slot[] slots;
    private final Kernels kernels;
    private final Workers workers;
    private final int size;
    private final int registers;
    private final Strided[] strided; // by load; null where a block can be read in place
    private final int[] scratch; // by register, its scratch array; −1 where it needs none
    private final int[] direct; // by register, the store that it is written to at once; −1 if none
    private final int[] storeRegisters;
    private final Slot[] storeSlots;
    private final Slot[] folded; // what the first stores fill: all elements of a register that is folded
    private final List<CpuExecutable.Work> folds = new ArrayList<>();
    private final Frame[] frames;
    private final Workers.Task task = this::runPart;

    FusedInterpreter(Step.Fused step, Map<Buffer, Buffer> inPlace, Slot[] slots, Kernels kernels, Workers workers) {
        this.step = step;
        this.folded = new Slot[step.folds().size()];
        this.storeRegisters = new int[folded.length + step.stores().size()];
        this.storeSlots = new Slot[storeRegisters.length];
        for (int f = 0; f < folded.length; f++) {
            Step.Folded fold = step.folds().get(f);
            Slot target = slots[fold.target().id()];
            folded[f] = new Slot(target.dtype);
            storeRegisters[f] = fold.register();
            storeSlots[f] = folded[f];
            folds.add(Reductions.of(
                    fold.fold(),
                    Objects.requireNonNull(step.folding()),
                    new Region(folded[f], 0),
                    new Region(target, 0),
                    kernels,
                    workers));
        }
        for (int s = 0; s < step.stores().size(); s++) {
            storeRegisters[folded.length + s] = step.stores().get(s).register();
            storeSlots[folded.length + s] = slots[step.stores().get(s).target().id()];
        }
        this.slots = slots;
        this.kernels = kernels;
        this.workers = workers;
        this.size = step.shape().size();
        this.registers = step.loads().size() + step.code().size();
        this.strided = new Strided[step.loads().size()];
        for (int r = 0; r < strided.length; r++) {
            if (step.loads().get(r) instanceof View view && !view.isContiguous()) {
                strided[r] = new Strided(slots[view.buffer().id()], view);
            }
        }
        int[] lastUse = lastUse();
        this.direct = direct(inPlace, lastUse);
        this.scratch = new int[registers];
        List<DType> arrays = assignScratch(lastUse);
        this.frames = new Frame[size < PARALLEL ? 1 : workers.threads()];
        Arrays.setAll(frames, i -> new Frame(arrays));
    }

    /** For each register the index of the last instruction that reads it; the end if it is stored after the code. */
    private int[] lastUse() {
        int[] last = new int[registers];
        for (int i = 0; i < step.code().size(); i++) {
            for (int operand : step.code().get(i).operands()) {
                last[operand] = i;
            }
        }
        for (int register : storeRegisters) {
            last[register] = step.code().size();
        }
        return last;
    }

    /**
     * An instruction writes straight to its target, unless that is the memory of an operand which a later
     * instruction still reads.
     */
    private int[] direct(Map<Buffer, Buffer> inPlace, int[] lastUse) {
        int[] result = new int[registers];
        Arrays.fill(result, -1);
        for (int s = 0; s < storeRegisters.length; s++) {
            int register = storeRegisters[s];
            int instruction = register - step.loads().size();
            Buffer below = s < folded.length
                    ? null
                    : inPlace.get(step.stores().get(s - folded.length).target());
            if (instruction >= 0 && result[register] < 0 && !isReadAfter(below, instruction, lastUse)) {
                result[register] = s;
            }
        }
        return result;
    }

    private boolean isReadAfter(@Nullable Buffer buffer, int instruction, int[] lastUse) {
        for (int r = 0; r < step.loads().size(); r++) {
            if (step.loads().get(r) instanceof View view && view.buffer().equals(buffer) && lastUse[r] > instruction) {
                return true;
            }
        }
        return false;
    }

    /** Gives each register that needs one a scratch array of its type, taking over arrays of dead registers. */
    private List<DType> assignScratch(int[] lastUse) {
        List<DType> arrays = new ArrayList<>();
        List<Integer> freeFrom = new ArrayList<>(); // first instruction that may overwrite the array
        for (int r = 0; r < registers; r++) {
            int instruction = r - step.loads().size();
            boolean load = instruction < 0;
            boolean splat = load && step.loads().get(r) instanceof Load.Splat;
            scratch[r] = -1;
            if (load ? !splat && strided[r] == null : direct[r] >= 0) {
                continue;
            }
            int choice = -1;
            for (int a = 0; !load && a < arrays.size(); a++) {
                if (storage(arrays.get(a)) == storage(step.type(r)) && freeFrom.get(a) <= instruction) {
                    choice = a;
                    break;
                }
            }
            if (choice < 0) {
                choice = arrays.size();
                arrays.add(step.type(r));
                freeFrom.add(0);
            }
            scratch[r] = choice;
            freeFrom.set(choice, splat ? Integer.MAX_VALUE : Math.max(lastUse[r] + 1, instruction + 1));
        }
        return arrays;
    }

    private static DType storage(DType dtype) {
        return dtype == DType.BOOL ? DType.I32 : dtype;
    }

    /** What one thread works with: for each register an array and the index of the block's first element in it. */
    private final class Frame {
        private final Object[] arrays = new Object[registers];
        private final int[] offsets = new int[registers];
        private final int[][] cursors = new int[strided.length][];

        Frame(List<DType> types) {
            Object[] owned = new Object[types.size()];
            Arrays.setAll(owned, i -> switch (types.get(i)) {
                case F32 -> new float[BLOCK];
                case F64 -> new double[BLOCK];
                case I32, BOOL -> new int[BLOCK];
            });
            for (int r = 0; r < registers; r++) {
                arrays[r] = scratch[r] < 0 ? owned : owned[scratch[r]];
                if (r < strided.length && step.loads().get(r) instanceof Load.Splat(var dtype, var value)) {
                    switch (dtype) {
                        case F32 -> Arrays.fill((float[]) arrays[r], (float) value);
                        case F64 -> Arrays.fill((double[]) arrays[r], value);
                        case I32, BOOL -> Arrays.fill((int[]) arrays[r], (int) value);
                    }
                }
                if (r < strided.length) {
                    cursors[r] = strided[r] == null ? new int[0] : strided[r].cursor();
                }
            }
        }
    }

    @Override
    public void run() {
        for (Slot all : folded) {
            all.reserve(size);
        }
        if (frames.length == 1) {
            run(frames[0], 0, size);
        } else {
            workers.run(frames.length, task);
        }
        for (int f = 0; f < folds.size(); f++) {
            folds.get(f).run();
        }
    }

    /** Gives back what only the next run would need. */
    void release() {
        for (Slot all : folded) {
            all.release();
        }
    }

    private void runPart(int part) {
        int blocks = Math.ceilDiv(size, BLOCK);
        int from = (int) ((long) blocks * part / frames.length) * BLOCK;
        int to = (int) ((long) blocks * (part + 1) / frames.length) * BLOCK;
        run(frames[part], from, Math.min(to, size));
    }

    private void run(Frame frame, int from, int to) {
        for (int start = from; start < to; start += BLOCK) {
            int n = Math.min(BLOCK, to - start);
            load(frame, start, n);
            for (int i = 0; i < step.code().size(); i++) {
                execute(frame, i, start, n);
            }
            store(frame, start, n);
        }
    }

    private void load(Frame frame, int start, int n) {
        for (int r = 0; r < strided.length; r++) {
            if (strided[r] != null) {
                strided[r].read(start, n, frame.arrays[r], frame.cursors[r]);
            } else if (step.loads().get(r) instanceof View view) {
                Slot slot = slots[view.buffer().id()];
                frame.arrays[r] = slot.array();
                frame.offsets[r] = slot.offset + view.offset() + start;
            }
        }
    }

    private void execute(Frame frame, int index, int start, int n) {
        Step.Instruction instruction = step.code().get(index);
        List<Integer> in = instruction.operands();
        int out = step.loads().size() + index;
        if (direct[out] >= 0) {
            Slot slot = storeSlots[direct[out]];
            frame.arrays[out] = slot.array();
            frame.offsets[out] = slot.offset + start;
        }
        Object[] x = frame.arrays;
        int[] o = frame.offsets;
        int a = in.get(0);
        int b = in.get(in.size() > 1 ? 1 : 0);
        int last = in.get(in.size() - 1);
        if (instruction.op() instanceof Op.Map(Scalar scalar)) {
            Loops<Object> loops = loops(step.type(last));
            switch (scalar.kind()) {
                case COMPARISON -> loops.compare(scalar, x[a], o[a], x[b], o[b], (int[]) x[out], o[out], n);
                case SELECTION -> loops.select((int[]) x[a], o[a], x[b], o[b], x[last], o[last], x[out], o[out], n);
                case NUMBER, FLOATING, INTEGER, BITS, TRUTH -> {
                    if (scalar.arity() == 1) {
                        loops.unary(scalar, x[a], o[a], x[out], o[out], n);
                    } else {
                        loops.binary(scalar, x[a], o[a], x[b], o[b], x[out], o[out], n);
                    }
                }
            }
        } else {
            Casts.cast(step.type(a), x[a], o[a], instruction.type(), x[out], o[out], n);
        }
    }

    @SuppressWarnings("unchecked") // the arrays of a register have the type of its loops
    private Loops<Object> loops(DType dtype) {
        return (Loops<Object>) kernels.of(dtype);
    }

    private void store(Frame frame, int start, int n) {
        for (int s = 0; s < storeSlots.length; s++) {
            int register = storeRegisters[s];
            if (direct[register] != s) {
                Slot slot = storeSlots[s];
                System.arraycopy(frame.arrays[register], frame.offsets[register], slot.array(), slot.offset + start, n);
            }
        }
    }
}
