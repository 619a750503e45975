package org.softmin.tornado.kernel;

import java.util.List;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tornado.kernel.Expression.Variable;

/** What a work item does. */
sealed interface Statement {
    /** A new variable with its first value. */
    record Declare(Variable variable, Expression value) implements Statement {}

    /** Another value for a variable. */
    record Assign(Variable variable, Expression value) implements Statement {}

    /** An element of a buffer is written. */
    record Store(Buffer buffer, Expression index, Expression value) implements Statement {}

    /** An element of the memory that the work group shares is written. */
    record Share(Kernel.Shared array, Expression index, Expression value) implements Statement {}

    /**
     * A counted loop. Where it contains a {@link Barrier} its bounds are the same for all items of a group.
     *
     * @param counter runs from {@code from}, included, to {@code to}, excluded
     */
    record For(Variable counter, Expression from, Expression to, int step, List<Statement> body) implements Statement {}

    /** Done where {@code condition} holds; contains no barrier. */
    record If(Expression condition, List<Statement> then) implements Statement {}

    /**
     * All items of a group get here before one goes on, and see what the others shared or, if {@code stored}, what they
     * stored in buffers.
     */
    record Barrier(boolean stored) implements Statement {}

    /** Whether the items of a group wait for each other here. */
    static boolean waits(List<Statement> body) {
        return body.stream()
                .anyMatch(statement ->
                        statement instanceof Barrier || (statement instanceof For loop && waits(loop.body())));
    }
}
