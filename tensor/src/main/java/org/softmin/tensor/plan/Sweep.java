package org.softmin.tensor.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Shape;

/**
 * Neighbouring fused steps that can be done together, a block of rows at a time: what one of them leaves in a row is
 * read by the others in the same row only.
 *
 * <p>So a row is still in the cache when the next step needs it, and threads that share the rows wait for each other
 * once and not after each step. Softmax, normalisation and their gradients are made of such steps.
 *
 * @param from index of the first step
 * @param to index after the last
 * @param rows into so many equal rows the elements of each of the steps are cut, in their order
 */
public record Sweep(int from, int to, int rows) {
    /** Fewer rows are not worth it. */
    private static final int FEW = 32;

    /** Fewer rows whose columns are folded would leave threads without work. */
    private static final int MANY = 1024;

    /** All sweeps of {@code schedule}, none of which overlap, in order. */
    static List<Sweep> of(Schedule schedule) {
        List<Sweep> sweeps = new ArrayList<>();
        int from = schedule.fixed();
        while (from < schedule.steps().size()) {
            Sweep sweep = longest(schedule, from);
            if (sweep != null) {
                sweeps.add(sweep);
            }
            from = sweep == null ? from + 1 : sweep.to;
        }
        return sweeps;
    }

    private static @Nullable Sweep longest(Schedule schedule, int from) {
        List<Step.Fused> steps = new ArrayList<>();
        TreeSet<Integer> rows = new TreeSet<>();
        for (int i = from; i < schedule.steps().size(); i++) {
            if (!(schedule.steps().get(i) instanceof Step.Fused step) || schedule.epilogue(i) != null) {
                break;
            }
            TreeSet<Integer> next = cuts(step);
            if (i > from) {
                next.retainAll(rows);
            }
            steps.add(step);
            next.removeIf(cut -> cut < FEW || !isByRows(schedule, steps, cut));
            if (next.isEmpty()) {
                steps.removeLast();
                break;
            }
            rows = next;
        }
        return steps.size() < 2 ? null : new Sweep(from, from + steps.size(), rows.last());
    }

    /** The numbers of rows that a step can be cut into along its leading dimensions. */
    private static TreeSet<Integer> cuts(Step.Fused step) {
        TreeSet<Integer> cuts = new TreeSet<>();
        Shape shape = step.shape();
        for (int axis = 1; axis <= shape.rank() && shape.size() > 0; axis++) {
            int rows = shape.size(0, axis);
            if (step.folding() == null || isCutBy(rows, step.folding())) {
                cuts.add(rows);
            }
        }
        return cuts;
    }

    /** Whether rows are folded apart, or columns are folded over so many rows that it is done in pieces anyway. */
    private static boolean isCutBy(int rows, Nest.Folding folding) {
        boolean inPieces = folding.outer() == 1 && !folding.alongRows() && folding.n() >= MANY;
        return (inPieces ? folding.n() : folding.outer()) % rows == 0;
    }

    /** Whether what {@code steps} fill, or the memory that they fill it in, is read by them in the same row only. */
    private static boolean isByRows(Schedule schedule, List<Step.Fused> steps, int rows) {
        Set<Buffer> filled = new HashSet<>();
        Set<Buffer> totals = new HashSet<>(); // of whole columns: known after all rows
        for (Step.Fused step : steps) {
            if (step.folding() != null
                    && step.folding().outer() == 1
                    && !step.folding().alongRows()) {
                step.folds().forEach(fold -> totals.add(fold.target()));
            }
            for (Buffer buffer : step.writes()) {
                filled.add(buffer);
                int output = schedule.outputs().indexOf(buffer);
                int input = output < 0 ? -1 : schedule.program().donatedTo(output);
                if (input >= 0) {
                    filled.add(schedule.inputs().get(input));
                }
            }
        }
        return steps.stream()
                .flatMap(step -> step.reads().stream())
                .allMatch(view ->
                        !totals.contains(view.buffer()) && (!filled.contains(view.buffer()) || isByRows(view, rows)));
    }

    /** Whether the row of that number of {@code view} lies in the row of that number of its buffer. */
    private static boolean isByRows(View view, int rows) {
        Shape shape = view.shape();
        if (view.offset() != 0 || view.buffer().size() % rows != 0) {
            return false;
        }
        int row = view.buffer().size() / rows;
        int axis = shape.rank();
        int reach = 0; // in the buffer, of a row of the view
        while (axis > 0 && shape.size(0, axis) != rows) {
            axis--;
            reach += (shape.dim(axis) - 1) * view.strides()[axis];
        }
        int stride = row;
        for (int i = axis - 1; i >= 0; i--) {
            if (shape.dim(i) != 1 && view.strides()[i] != stride) {
                return false;
            }
            stride *= shape.dim(i);
        }
        return shape.size(0, axis) == rows && reach < row;
    }
}
