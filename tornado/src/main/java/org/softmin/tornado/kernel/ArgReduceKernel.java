package org.softmin.tornado.kernel;

import static org.softmin.tornado.kernel.Functions.both;
import static org.softmin.tornado.kernel.Functions.either;
import static org.softmin.tornado.kernel.Functions.integer;
import static org.softmin.tornado.kernel.Functions.isNan;
import static org.softmin.tornado.kernel.Functions.less;
import static org.softmin.tornado.kernel.Functions.not;
import static org.softmin.tornado.kernel.Functions.plus;
import static org.softmin.tornado.kernel.Functions.times;

import java.util.List;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;
import org.softmin.tornado.kernel.Expression.SharedElement;
import org.softmin.tornado.kernel.Expression.Variable;
import org.softmin.tornado.kernel.Kernel.Shared;

/** Where the largest or smallest is: a work group for each long row, a work item for each short one and each column. */
final class ArgReduceKernel {
    private ArgReduceKernel() {}

    static Kernel lower(Op.ArgReduce op, Step.Kernel step) {
        View x = step.operands().getFirst();
        int n = x.shape().dim(op.axis());
        int inner = x.shape().size(op.axis() + 1, x.shape().rank());
        int lanes = inner == 1 ? Body.lanes(n) : 1;
        if (lanes == 1) {
            return Body.each("argReduce", List.of(step), step.target().size(), (body, column) -> {
                Variable first = body.declare(Body.first(column, n, inner));
                body.store(
                        step.target(),
                        column,
                        best(body, op, x, first, inner, integer(0), 1, n).at());
            });
        }
        Body body = new Body();
        Best mine = best(body, op, x, body.declare(times(Kernel.GROUP, n)), 1, Kernel.ITEM, lanes, n);
        Shared values = body.shared(x.buffer().dtype(), lanes);
        Shared places = body.shared(DType.I32, lanes);
        body.share(values, Kernel.ITEM, mine.value());
        body.share(places, Kernel.ITEM, mine.at());
        body.barrier();
        body.halve(lanes, half -> {
            Variable a = body.declare(new SharedElement(values, Kernel.ITEM));
            Variable b = body.declare(new SharedElement(values, plus(Kernel.ITEM, integer(half))));
            Variable atA = body.declare(new SharedElement(places, Kernel.ITEM));
            Variable atB = body.declare(new SharedElement(places, plus(Kernel.ITEM, integer(half))));
            Expression first = both(not(wins(op, a, b)), less(atB, atA));
            body.when(either(wins(op, b, a), first), () -> {
                body.share(values, Kernel.ITEM, b);
                body.share(places, Kernel.ITEM, atB);
            });
        });
        body.when(
                less(Kernel.ITEM, integer(1)),
                () -> body.store(step.target(), Kernel.GROUP, new SharedElement(places, integer(0))));
        return body.kernel("argReduce", List.of(step), step.target().size(), lanes);
    }

    /** An element, and its place along the axis. */
    private record Best(Variable value, Variable at) {}

    /** The first of the best of the elements {@code from}, {@code from + stride}, … below {@code n}. */
    private static Best best(
            Body body, Op.ArgReduce op, View x, Variable first, int inner, Expression from, int stride, int n) {
        Variable best = body.declare(Body.read(x, plus(first, times(from, inner))));
        Variable at = body.declare(from);
        body.loop(plus(from, integer(stride)), integer(n), stride, k -> {
            Variable other = body.declare(Body.read(x, plus(first, times(k, inner))));
            body.when(wins(op, other, best), () -> {
                body.assign(best, other);
                body.assign(at, k);
            });
        });
        return new Best(best, at);
    }

    /** NaN wins, but not over NaN. */
    private static Expression wins(Op.ArgReduce op, Expression a, Expression b) {
        Expression better = op.fold() == Fold.MAX ? less(b, a) : less(a, b);
        return a.type().isFloating() ? either(better, both(isNan(a), not(isNan(b)))) : better;
    }
}
