package org.softmin.tensor.plan;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Tensor;

/**
 * A program as steps in order, with the buffers that they read and fill.
 *
 * <p>Movements that only change the view disappear into the reads of other steps. An elementwise node with a single
 * elementwise user becomes part of that user's loop; neighbouring loops over one shape become one. Each output has a
 * buffer of its own, filled in place of the input donated to it where nothing reads that input later. Immutable.
 *
 * @param buffers all buffers, by id
 * @param steps in an order in which each reads only what was filled before
 * @param fixed how many of the first steps depend on constants alone: they are done once, not in each run
 * @param inputs buffers of the program's inputs and then of its captured inputs
 * @param outputs buffers of the program's outputs, all distinct
 * @param constants buffers that are filled once with a {@link Op.Constant} or {@link Op.Iota}
 * @param origins which node's value a buffer holds
 */
public record Schedule(
        Program program,
        List<Buffer> buffers,
        List<Step> steps,
        int fixed,
        List<Buffer> inputs,
        List<Buffer> outputs,
        Map<Buffer, Tensor> constants,
        Map<Buffer, Tensor> origins) {
    /** Schedules {@code program}; without {@code fuse} each elementwise node is a step of its own. */
    public static Schedule of(Program program, boolean fuse) {
        return new Scheduler(program, fuse, Scheduler.LARGE).build();
    }

    /** Neighbouring steps that can be done together row by row; what they fill lies apart or in place. */
    public List<Sweep> sweeps() {
        return Sweep.of(this);
    }

    /** For each step the first of those that it is done together with: a sweep, or a product and its epilogue. */
    int[] begin() {
        int[] begin = new int[steps.size()];
        for (int s = 0; s < begin.length; s++) {
            begin[s] = epilogue(s) != null ? s - 1 : s;
        }
        for (Sweep sweep : sweeps()) {
            Arrays.fill(begin, sweep.from(), sweep.to(), sweep.from());
        }
        return begin;
    }

    /**
     * The nest in which step {@code index} can be done block by block while the matrix product before it finishes the
     * blocks that it reads, or null if it cannot.
     */
    public @Nullable Nest epilogue(int index) {
        if (index <= fixed
                || !(steps.get(index) instanceof Step.Fused fused)
                || fused.folding() != null
                || !(steps.get(index - 1) instanceof Step.Kernel product)
                || !(product.node().op() instanceof Op.MatMul)
                || fused.shape().size() != product.target().size()
                || product.target().size() == 0) {
            return null;
        }
        boolean follows = false;
        for (View view : fused.reads()) {
            if (view.buffer().equals(product.target())) {
                if (!view.isWhole()) {
                    return null;
                }
                follows = true;
            }
        }
        for (Buffer written : fused.writes()) { // in place of an operand that the product still reads
            int output = outputs.indexOf(written);
            int input = output < 0 ? -1 : program.donatedTo(output);
            if (input >= 0
                    && product.reads().stream().anyMatch(view -> view.buffer().equals(inputs.get(input)))) {
                return null;
            }
        }
        return follows ? Nest.of(fused).withColumns(product.node().shape().dim(-1)) : null;
    }
}
