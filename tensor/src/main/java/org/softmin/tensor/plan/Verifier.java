package org.softmin.tensor.plan;

import java.util.List;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

/** Checks that a program is well formed; run between passes, it turns a wrong pass into an error that names the node. */
public final class Verifier {
    private Verifier() {}

    /**
     * Gives {@code program} back if each node comes after its operands and has the type that its op infers.
     *
     * @throws IllegalStateException naming the first node that does not
     */
    public static Program check(Program program) {
        List<Tensor> nodes = program.nodes();
        for (int i = 0; i < nodes.size(); i++) {
            Tensor node = nodes.get(i);
            for (Tensor operand : node.inputs()) {
                if (program.position(operand) >= i) {
                    throw broken(program, i, "comes before its operand %" + program.position(operand));
                }
            }
            Type inferred;
            try {
                inferred = node.op().infer(node.inputs());
            } catch (IllegalArgumentException e) {
                throw broken(program, i, "has operands that do not fit: " + e.getMessage());
            }
            if (!inferred.equals(node.type())) {
                throw broken(program, i, "should be " + inferred);
            }
            if ((node.op() instanceof Op.Input)
                    != i < program.inputs().size() + program.captured().size()) {
                throw broken(program, i, "is an input out of place");
            }
        }
        return program;
    }

    private static IllegalStateException broken(Program program, int node, String what) {
        return new IllegalStateException("verify: %" + node + " " + what + " in\n" + program);
    }
}
