package org.softmin.tensor;

import java.io.Serial;
import java.util.Arrays;

/** The first op of a run that made a NaN or an infinity out of finite operands, or the input that held one. */
public final class AnomalyException extends ArithmeticException {
    @Serial
    private static final long serialVersionUID = 1;

    /** The anomaly {@code value} at row-major position {@code index} of the result of {@code node}. */
    public AnomalyException(Program program, Tensor node, int index, double value) {
        super(describe(program, node, index, value));
    }

    private static String describe(Program program, Tensor node, int index, double value) {
        int[] at = node.shape().strides();
        int rest = index;
        for (int i = 0; i < at.length; i++) {
            int stride = at[i];
            at[i] = rest / stride;
            rest %= stride;
        }
        int position = program.position(node);
        String line = program.toString()
                .lines()
                .skip(1L + position)
                .findFirst()
                .orElse("")
                .strip();
        String who = node.op() instanceof Op.Input input
                ? "input " + input.name() + " holds "
                : node.op().label() + ": made ";
        return who + value + " at " + Arrays.toString(at) + " in `" + line + "`"
                + (node.op() instanceof Op.Input ? "" : " from finite operands; check their range");
    }
}
