package org.softmin.tensor.plan;

import java.util.function.Predicate;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Tensor;

/** Replaces composites by the ops they are made of. */
public final class Decompose {
    private Decompose() {}

    /** {@code program} without composites, except those that a backend wants to {@code keep} for a kernel of its own. */
    public static Program apply(Program program, Predicate<Op.Composite> keep) {
        Program result = program;
        while (result.nodes().stream().anyMatch(n -> n.op() instanceof Op.Composite c && !keep.test(c))) {
            result = result.rewrite((node, operands) -> node.op() instanceof Op.Composite c && !keep.test(c)
                    ? c.decompose(operands)
                    : Tensor.of(node.op(), operands));
        }
        return result;
    }
}
