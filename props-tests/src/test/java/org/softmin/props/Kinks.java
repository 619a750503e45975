package org.softmin.props;

import java.util.ArrayList;
import java.util.List;
import org.softmin.tensor.Composites;
import org.softmin.tensor.Fold;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** How far a point is from the places where a program has no derivative. */
final class Kinks {
    private Kinks() {}

    /** The least distance of any operand from a kink of its op; infinite if there are none. */
    static double distance(Example example) {
        List<Tensor> kinked = example.program().nodes().stream()
                .filter(node -> hasKink(node.op()))
                .toList();
        List<Tensor> operands = new ArrayList<>();
        kinked.forEach(node -> operands.addAll(node.inputs()));
        Program program = Program.of(example.program().inputs(), operands);
        List<HostArray> values = example.with(program).run(Reference.BACKEND);
        double least = Double.POSITIVE_INFINITY;
        int next = 0;
        for (Tensor node : kinked) {
            List<HostArray> own = values.subList(next, next + node.inputs().size());
            least = Math.min(least, distance(node.op(), own));
            next += own.size();
        }
        return least;
    }

    private static boolean hasKink(Op op) {
        return switch (op) {
            case Op.Map m ->
                switch (m.scalar()) {
                    case ABS, SIGN, SQRT, MIN, MAX, LT, LE, EQ, NE -> true;
                    default -> false;
                };
            case Op.Reduce r -> r.fold() != Fold.SUM;
            case Composites.Relu r -> true;
            default -> false;
        };
    }

    private static double distance(Op op, List<HostArray> in) {
        if (op instanceof Op.Reduce reduce) {
            return gap(reduce, in.getFirst());
        }
        double least = Double.POSITIVE_INFINITY;
        HostArray a = in.getFirst();
        for (int i = 0; i < a.size(); i++) {
            least = Math.min(
                    least,
                    Math.abs(in.size() == 1 ? a.get(i) : a.get(i) - in.get(1).get(i)));
        }
        return least;
    }

    /** Distance between the extremum and the next along each row. */
    private static double gap(Op.Reduce op, HostArray x) {
        Shape shape = x.shape();
        int n = shape.dim(op.axis());
        int inner = shape.size(op.axis() + 1, shape.rank());
        double sign = op.fold() == Fold.MAX ? 1 : -1;
        double least = Double.POSITIVE_INFINITY;
        for (int row = 0; n > 1 && row < x.size() / n; row++) {
            double best = Double.NEGATIVE_INFINITY;
            double second = Double.NEGATIVE_INFINITY;
            for (int k = 0; k < n; k++) {
                double value = sign * x.get((row / inner * n + k) * inner + row % inner);
                second = Math.max(second, Math.min(best, value));
                best = Math.max(best, value);
            }
            least = Math.min(least, best - second);
        }
        return least;
    }
}
