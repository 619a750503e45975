package org.softmin.tensor.cpu;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.Philox;
import org.softmin.tensor.Shape;
import org.softmin.tensor.plan.Matrices;
import org.softmin.tensor.plan.Nest;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;

/** Chooses the kernel for each op that has one of its own, and ties it to memory. */
final class Lowering {
    /** Below this many elements waking the workers costs more than it gains. */
    static final int PARALLEL = 1 << 15;

    private final Slot[] slots;
    private final Kernels kernels;
    private final Workers workers;
    private final Gemm gemm;

    Lowering(Slot[] slots, Kernels kernels, Workers workers, boolean simd) {
        this.slots = slots;
        this.kernels = kernels;
        this.workers = workers;
        this.gemm = new Gemm(workers, simd);
    }

    CpuExecutable.Work lower(Step.Kernel step) {
        return switch (step.node().op()) {
            case Op.MatMul m -> matmul(step, null);
            case Op.Reduce r -> reduce(r, step);
            case Op.ArgReduce r -> argReduce(r, step);
            case Op.Pad p ->
                new Padding(
                        p, step.operands().getFirst(), step.node().shape(), operand(step, 0), target(step), workers);
            case Op.Concat c -> concat(c, step);
            case Op.DynamicSlice d -> dynamicSlice(d, step);
            case Op.DynamicUpdate d -> dynamicUpdate(d, step);
            case Op.Gather g -> gather(g, step);
            case Op.ScatterAdd s -> scatterAdd(s, step);
            case Op.FoldWindows f -> foldWindows(f, step);
            case Op.ArgSort s -> new ArgSort(s, step.node().shape(), operand(step, 0), target(step));
            case Op.RandomBits r -> randomBits(step);
            case Op.Composite c -> throw misplaced(step);
            case Op.Input i -> throw misplaced(step);
            case Op.Constant c -> throw misplaced(step);
            case Op.Iota i -> throw misplaced(step);
            case Op.Map m -> throw misplaced(step);
            case Op.Cast c -> throw misplaced(step);
            case Op.Reshape r -> throw misplaced(step);
            case Op.Permute p -> throw misplaced(step);
            case Op.Expand e -> throw misplaced(step);
            case Op.Slice s -> throw misplaced(step);
            case Op.Unfold u -> throw misplaced(step);
        };
    }

    private static IllegalStateException misplaced(Step.Kernel step) {
        return new IllegalStateException("lower: " + step.node().op().label() + " has no kernel of its own");
    }

    private Region operand(Step.Kernel step, int index) {
        View view = step.operands().get(index);
        return new Region(slots[view.buffer().id()], view.offset());
    }

    private Region target(Step.Kernel step) {
        return new Region(slots[step.target().id()], 0);
    }

    @SuppressWarnings("unchecked") // a region of this type lies in an array of the loops' type
    private Loops<Object> loops(DType dtype) {
        return (Loops<Object>) kernels.of(dtype);
    }

    /** A product, and the step after it done on each block of the product that is finished, if there is one. */
    CpuExecutable.Work matmul(Step.Kernel step, @Nullable FusedStep epilogue) {
        View x = step.operands().get(0);
        View y = step.operands().get(1);
        Region a = operand(step, 0);
        Region b = operand(step, 1);
        Region c = target(step);
        Shape left = step.node().inputs().get(0).shape();
        Shape right = step.node().inputs().get(1).shape();
        Matrices as = Objects.requireNonNull(Matrices.of(x, left));
        Matrices bs = Objects.requireNonNull(Matrices.of(y, right));
        int[] aStarts = as.starts();
        int[] bStarts = bs.starts();
        int m = left.dim(-2);
        int n = right.dim(-1);
        int k = left.dim(-1);
        boolean single = step.node().dtype() == DType.F32;
        return () -> {
            Gemm.Epilogue blocks = epilogue == null ? Gemm.Epilogue.NOTHING : epilogue.epilogue();
            if (single) {
                gemm.multiplyAll(
                        m,
                        n,
                        k,
                        a.slot().floats,
                        aStarts,
                        a.start(),
                        as,
                        b.slot().floats,
                        bStarts,
                        b.start(),
                        bs,
                        c.slot().floats,
                        c.start(),
                        n,
                        blocks);
            } else {
                gemm.multiplyAll(
                        m,
                        n,
                        k,
                        a.slot().doubles,
                        aStarts,
                        a.start(),
                        as,
                        b.slot().doubles,
                        bStarts,
                        b.start(),
                        bs,
                        c.slot().doubles,
                        c.start(),
                        n,
                        blocks);
            }
        };
    }

    private CpuExecutable.Work reduce(Op.Reduce op, Step.Kernel step) {
        Shape shape = step.operands().getFirst().shape();
        int outer = shape.size(0, op.axis());
        Nest.Folding folding = new Nest.Folding(outer, shape.dim(op.axis()), shape.size(op.axis() + 1, shape.rank()));
        return Reductions.of(op.fold(), folding, operand(step, 0), target(step), kernels, workers);
    }

    private CpuExecutable.Work argReduce(Op.ArgReduce op, Step.Kernel step) {
        Shape shape = step.operands().getFirst().shape();
        int outer = shape.size(0, op.axis());
        int n = shape.dim(op.axis());
        int inner = shape.size(op.axis() + 1, shape.rank());
        Region x = operand(step, 0);
        Region out = target(step);
        Loops<Object> loops = loops(x.slot().dtype);
        return () -> loops.argReduce(op.fold(), x.array(), x.start(), outer, n, inner, out.slot().ints, out.start());
    }

    private CpuExecutable.Work concat(Op.Concat op, Step.Kernel step) {
        int[] strides = step.node().shape().strides();
        int parts = step.operands().size();
        Region[] from = new Region[parts];
        Region[] to = new Region[parts];
        int shift = 0;
        for (int i = 0; i < parts; i++) {
            from[i] = operand(step, i);
            to[i] = new Region(target(step).slot(), shift);
            shift += step.operands().get(i).shape().dim(op.axis()) * strides[op.axis()];
        }
        return () -> {
            for (int i = 0; i < parts; i++) {
                View part = step.operands().get(i);
                Movement.copy(part.shape(), from[i], part.strides(), to[i], strides);
            }
        };
    }

    private CpuExecutable.Work dynamicSlice(Op.DynamicSlice op, Step.Kernel step) {
        View x = step.operands().getFirst();
        Region from = operand(step, 0);
        Region corner = operand(step, 1);
        Region out = target(step);
        int[] strides = x.shape().strides();
        int[] dense = op.size().strides();
        return () -> {
            int at = Movement.corner(op, x.shape(), op.size(), corner, 1);
            Movement.copy(op.size(), from, at, strides, out, 0, dense);
        };
    }

    private CpuExecutable.Work dynamicUpdate(Op.DynamicUpdate op, Step.Kernel step) {
        View x = step.operands().get(0);
        View block = step.operands().get(1);
        Region base = operand(step, 0);
        Region from = operand(step, 1);
        Region corner = operand(step, 2);
        int cornerStride = x.shape().rank() == 0 ? 0 : step.operands().get(2).strides()[0];
        Region out = target(step);
        int[] strides = x.shape().strides();
        return () -> {
            int at = Movement.corner(op, x.shape(), block.shape(), corner, cornerStride);
            Movement.copy(x.shape(), base, x.strides(), out, strides);
            Movement.copy(block.shape(), from, 0, block.strides(), out, at, strides);
        };
    }

    private CpuExecutable.Work gather(Op.Gather op, Step.Kernel step) {
        Shape shape = step.operands().get(0).shape();
        int count = step.operands().get(1).shape().size();
        Region from = operand(step, 0);
        Region positions = operand(step, 1);
        Region out = target(step);
        return () -> Movement.gather(op, shape, from, positions, count, out);
    }

    private CpuExecutable.Work scatterAdd(Op.ScatterAdd op, Step.Kernel step) {
        Shape shape = step.node().shape();
        int[] strides = shape.strides();
        int count = step.operands().get(1).shape().size();
        Region base = operand(step, 0);
        Region positions = operand(step, 1);
        Region updates = operand(step, 2);
        Region out = target(step);
        return () -> {
            Movement.copy(shape, base, strides, out, strides);
            Movement.scatterAdd(op, shape, positions, count, updates, out);
        };
    }

    private CpuExecutable.Work foldWindows(Op.FoldWindows op, Step.Kernel step) {
        Shape shape = step.operands().getFirst().shape();
        Region from = operand(step, 0);
        Region out = target(step);
        int size = step.node().shape().size();
        return () -> {
            out.fill(size, 0);
            Movement.foldWindows(op, shape, from, out);
        };
    }

    private CpuExecutable.Work randomBits(Step.Kernel step) {
        Region key = operand(step, 0);
        Region counter = operand(step, 1);
        Region out = target(step);
        int n = step.node().shape().size();
        return () -> {
            int[] words = key.slot().ints;
            int[] upper = counter.slot().ints;
            int k = key.start();
            int c = counter.start();
            Philox.fill(words[k], words[k + 1], upper[c], upper[c + 1], 0, out.slot().ints, out.start(), n);
        };
    }
}
