package org.softmin.tornado.kernel;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.softmin.tensor.DType;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Step;
import org.softmin.tornado.kernel.Expression.Variable;

/**
 * What one launch on the device does: {@code groups} work groups of {@code items} work items, each of which runs {@code
 * body}.
 *
 * <p>A kernel is a description, from which {@link KernelCompiler} makes byte code. Immutable.
 *
 * @param name for people; also the name of the method
 * @param steps what it does or helps to do
 * @param shared memory of each group
 */
public record Kernel(String name, List<Step> steps, int groups, int items, List<Shared> shared, List<Statement> body) {
    /** Position of a work group in the grid. */
    static final Variable GROUP = new Variable(DType.I32, "group");

    /** Position of a work item in its group. */
    static final Variable ITEM = new Variable(DType.I32, "item");

    /** An array that the items of a group share, as long as the group runs. */
    record Shared(String name, DType type, int size) {}

    /** The buffers that it reads and writes. */
    Set<Buffer> buffers() {
        Set<Buffer> buffers = new LinkedHashSet<>();
        Statement.buffers(body, buffers);
        return buffers;
    }

    @Override
    public String toString() {
        return name + " <" + groups + " x " + items + "> "
                + steps.stream().map(Step::toString).collect(Collectors.joining("; "));
    }
}
