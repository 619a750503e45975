package org.softmin.tornado.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Op;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Nest;
import org.softmin.tensor.plan.Schedule;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.Sweep;
import org.softmin.tensor.plan.View;

/** Chooses the kernels for the steps of a schedule, in their order. */
final class Lowering {
    private final Schedule schedule;
    private final Faults faults;
    private final Scratch scratch;
    private final List<Kernel> kernels = new ArrayList<>();
    private final FusedKernels fused;
    private final Movement movement;
    private int fixed;

    /** Lowers all of {@code schedule}. */
    Lowering(Schedule schedule) {
        this.schedule = schedule;
        this.faults = new Faults(schedule.buffers().size());
        this.scratch = new Scratch(schedule.buffers().size() + 1);
        this.fused = new FusedKernels(faults, scratch, this::add);
        this.movement = new Movement(faults, this::add);
        Map<Integer, Sweep> sweeps = new HashMap<>();
        schedule.sweeps().forEach(sweep -> sweeps.put(sweep.from(), sweep));
        for (int s = 0; s < schedule.steps().size(); ) {
            if (s == schedule.fixed()) {
                fixed = kernels.size();
            }
            s = lower(s, sweeps.get(s));
        }
    }

    /** Lowers step {@code s}, and those that are done with it; gives the index of the next one. */
    private int lower(int s, @Nullable Sweep sweep) {
        if (sweep != null) {
            lower(sweep);
            return sweep.to();
        }
        switch (schedule.steps().get(s)) {
            case Step.Fused step -> lower(step);
            case Step.Kernel step -> {
                Step.Fused epilogue = epilogue(step, s);
                if (epilogue != null) {
                    add(new MatMulKernel(step).lower(epilogue, fused, isReadAfter(step.target(), s + 2)));
                    return s + 2;
                }
                lower(step);
            }
        }
        return s + 1;
    }

    List<Kernel> kernels() {
        return List.copyOf(kernels);
    }

    /** How many of the first kernels are launched once. */
    int fixed() {
        return schedule.fixed() < schedule.steps().size() ? fixed : kernels.size();
    }

    List<Plan.Check> checks() {
        return faults.checks();
    }

    /** Buffers beside those of the schedule, of which the first takes the faults. */
    List<Buffer> scratch() {
        return scratch.buffers();
    }

    /** The steps of a sweep together, but those that fold whole columns, which take all rows of the steps before. */
    private void lower(Sweep sweep) {
        List<Step.Fused> together = new ArrayList<>();
        for (Step step : schedule.steps().subList(sweep.from(), sweep.to())) {
            if (step instanceof Step.Fused one) {
                Nest.Folding folding = one.folding();
                if (folding == null || folding.outer() % sweep.rows() == 0) {
                    together.add(one);
                } else {
                    lower(together, sweep.rows());
                    together.clear();
                    lower(one);
                }
            }
        }
        lower(together, sweep.rows());
    }

    private void lower(List<Step.Fused> together, int rows) {
        if (together.size() > 1) {
            fused.rows(together, rows);
        } else {
            together.forEach(this::lower);
        }
    }

    private void lower(Step.Fused step) {
        fused.lower(step, step);
    }

    private void lower(Step.Kernel step) {
        switch (step.node().op()) {
            case Op.MatMul m -> new MatMulKernel(step).lower(fused, scratch, this::add);
            case Op.Reduce r -> reduce(r, step);
            case Op.ArgReduce r -> add(ArgReduceKernel.lower(r, step));
            case Op.Pad p -> movement.pad(p, step);
            case Op.Concat c -> movement.concat(c, step);
            case Op.DynamicSlice d -> movement.dynamicSlice(d, step);
            case Op.DynamicUpdate d -> movement.dynamicUpdate(d, step);
            case Op.Gather g -> movement.gather(g, step);
            case Op.ScatterAdd s -> movement.scatterAdd(s, step);
            case Op.FoldWindows f -> movement.foldWindows(f, step);
            case Op.ArgSort s -> new ArgSortKernels(s, step).lower(scratch, this::add);
            case Op.RandomBits r -> add(PhiloxKernel.lower(step));
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
        }
    }

    private static IllegalStateException misplaced(Step.Kernel step) {
        return new IllegalStateException("lower: " + step.node().op().label() + " has no kernel of its own");
    }

    /** A fold of what lies in memory: the same as a fused step without code. */
    private void reduce(Op.Reduce op, Step.Kernel step) {
        View x = step.operands().getFirst();
        int outer = x.shape().size(0, op.axis());
        int inner = x.shape().size(op.axis() + 1, x.shape().rank());
        Nest.Folding folding = new Nest.Folding(outer, x.shape().dim(op.axis()), inner);
        Step.Folded fold = new Step.Folded(0, op.fold(), step.target());
        fused.lower(new Step.Fused(x.shape(), List.of(x), List.of(), List.of(), folding, List.of(fold)), step);
    }

    /** The step after product {@code s}, if it is to be done with the elements of the product as they are known. */
    private Step.@Nullable Fused epilogue(Step.Kernel product, int s) {
        boolean follows = s + 1 < schedule.steps().size() && schedule.epilogue(s + 1) != null;
        return follows
                        && schedule.steps().get(s + 1) instanceof Step.Fused epilogue
                        && new MatMulKernel(product).hasRoomFor(epilogue)
                ? epilogue
                : null;
    }

    private boolean isReadAfter(Buffer buffer, int s) {
        return schedule.outputs().contains(buffer)
                || schedule.steps().subList(s, schedule.steps().size()).stream()
                        .flatMap(step -> step.reads().stream())
                        .anyMatch(view -> view.buffer().equals(buffer));
    }

    private void add(Kernel kernel) {
        if (kernel.groups() > 0) {
            kernels.add(kernel);
        }
    }
}
