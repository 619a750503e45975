package org.softmin.tensor.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.cpu.FusedKernel.Access;
import org.softmin.tensor.cpu.FusedKernel.Form;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Load;
import org.softmin.tensor.plan.Nest;
import org.softmin.tensor.plan.Step;

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

    private final FusedInterpreter interpreter;
    private final @Nullable GeneratedStep generated;
    private boolean fast;
    private boolean done; // by the matrix product before this step

    FusedStep(
            Step.Fused step,
            Map<Buffer, Buffer> inPlace,
            Slot[] slots,
            Kernels kernels,
            Workers workers,
            @Nullable Nest epilogue,
            boolean simd,
            boolean eager) {
        this.interpreter = new FusedInterpreter(step, inPlace, slots, kernels, workers);
        this.generated = simd ? generated(step, epilogue, slots, kernels, workers) : null;
        if (eager && generated != null) {
            generated.makeReady();
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

    /** The generated kernel if there is or will be one. */
    @Nullable
    GeneratedStep generated() {
        return generated;
    }

    /** How the step is run now, for people. */
    String state() {
        return generated == null
                ? " (interpreted)"
                : generated.isInterpreted()
                        ? " (interpreted, kernel not ready)"
                        : generated.inBlocks() ? " (with the blocks of the product)" : "";
    }

    private static @Nullable GeneratedStep generated(
            Step.Fused step, @Nullable Nest epilogue, Slot[] slots, Kernels kernels, Workers workers) {
        Nest nest = epilogue != null ? epilogue : Nest.of(step);
        boolean narrow = nest.columns() < VERY_NARROW
                || (nest.columns() < NARROW && step.shape().size() <= NEAR);
        boolean down = epilogue == null
                && nest.rows() > 1
                && (narrow ? nest.down() || step.folding() == null : nest.down() && foldsOneStream(step, nest));
        Form form = form(step, nest, down, epilogue != null);
        KernelCache.Entry entry = form == null ? null : KernelCache.of(form);
        return entry == null ? null : new GeneratedStep(entry, step, nest, epilogue != null, slots, kernels, workers);
    }

    /** Whether many columns are folded of what comes from one place in memory and goes nowhere. */
    private static boolean foldsOneStream(Step.Fused step, Nest nest) {
        int depth = nest.outer().length;
        long dense = Arrays.stream(nest.strides())
                .filter(strides -> strides[depth] != 0 && strides[depth + 1] != 0)
                .count();
        return nest.columns() >= GeneratedStep.MANY_COLUMNS
                && dense <= 1
                && step.stores().isEmpty();
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
}
