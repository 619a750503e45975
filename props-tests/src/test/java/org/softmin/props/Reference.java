package org.softmin.props;

import java.util.ArrayList;
import java.util.List;
import org.softmin.tensor.Backend;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Tensor;

/** The reference backend, the definition of what every op means. */
final class Reference {
    static final Backend BACKEND = Backend.named("reference");

    private Reference() {}

    /** The values of {@code op} on arrays. */
    static double[] apply(Op op, List<HostArray> operands) {
        List<Tensor> inputs = new ArrayList<>();
        for (HostArray x : operands) {
            inputs.add(Tensor.input("x" + inputs.size(), x.dtype(), x.shape()));
        }
        Program program = Program.of(inputs, List.of(Tensor.of(op, inputs)));
        return BACKEND.compile(program).run(operands).getFirst().toDoubles();
    }
}
