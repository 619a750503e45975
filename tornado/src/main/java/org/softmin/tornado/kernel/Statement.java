package org.softmin.tornado.kernel;

import java.util.List;
import java.util.Set;
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

    /** Adds the buffers that {@code body} reads and writes. */
    static void buffers(List<Statement> body, Set<Buffer> into) {
        for (Statement statement : body) {
            switch (statement) {
                case Declare(var variable, var value) -> Expression.buffers(value, into);
                case Assign(var variable, var value) -> Expression.buffers(value, into);
                case Store(var buffer, var index, var value) -> {
                    into.add(buffer);
                    Expression.buffers(index, into);
                    Expression.buffers(value, into);
                }
                case Share(var array, var index, var value) -> {
                    Expression.buffers(index, into);
                    Expression.buffers(value, into);
                }
                case For loop -> {
                    Expression.buffers(loop.from(), into);
                    Expression.buffers(loop.to(), into);
                    buffers(loop.body(), into);
                }
                case If(var condition, var then) -> {
                    Expression.buffers(condition, into);
                    buffers(then, into);
                }
                case Barrier b -> {}
            }
        }
    }
}
