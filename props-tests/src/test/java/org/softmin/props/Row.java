package org.softmin.props;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Tensor;

/**
 * What the laws know of one op.
 *
 * @param op the op: a {@link org.softmin.tensor.Scalar}, a {@link org.softmin.tensor.Fold} (of a reduction), or the
 *     class of the op
 * @param tolerance how far a backend may be from the reference, with the reason
 * @param cases hands out every example of the op
 * @param gradient where its gradient is checked, or why it has none
 * @param refusals wrong operands, each with the message that they get
 */
record Row(
        Object op, Tolerance tolerance, Consumer<Consumer<Example>> cases, Gradient gradient, List<Refusal> refusals) {
    /** Whether and where an op is differentiable. */
    sealed interface Gradient {
        /** Checked to order 2 at these points. */
        record Smooth(List<Point> points) implements Gradient {}

        /** No gradient flows. */
        record None(String reason) implements Gradient {}
    }

    /** A function and a place, away from its kinks. */
    record Point(String name, Function<List<Tensor>, Tensor> function, List<HostArray> at) {}

    /** Something that must not be built, and what the error says. */
    record Refusal(String message, Supplier<?> mistake) {}

    /** How this row is called in reports. */
    String name() {
        return op instanceof Class<?> c ? c.getSimpleName() : op.toString();
    }
}
