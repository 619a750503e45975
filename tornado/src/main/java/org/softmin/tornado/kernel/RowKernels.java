package org.softmin.tornado.kernel;

import static org.softmin.tornado.kernel.Functions.exp;
import static org.softmin.tornado.kernel.Functions.integer;
import static org.softmin.tornado.kernel.Functions.less;
import static org.softmin.tornado.kernel.Functions.log;
import static org.softmin.tornado.kernel.Functions.minus;
import static org.softmin.tornado.kernel.Functions.number;
import static org.softmin.tornado.kernel.Functions.plus;
import static org.softmin.tornado.kernel.Functions.times;
import static org.softmin.tornado.kernel.Functions.where;

import java.util.List;
import java.util.function.Function;
import org.softmin.tensor.Composites;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;
import org.softmin.tornado.kernel.Expression.Apply;
import org.softmin.tornado.kernel.Expression.Variable;

/** Log-sum-exp and what is made of it: a work group for each row, which goes over it two or three times. */
final class RowKernels {
    /** Work items of a group that shares a row. */
    static final int ITEMS = 64;

    private final Body body = new Body();
    private final Step.Kernel step;
    private final View x;
    private final int n;

    private RowKernels(Step.Kernel step) {
        this.step = step;
        this.x = step.operands().getFirst();
        this.n = x.shape().dim(-1);
    }

    static Kernel lower(Op.Composite op, Step.Kernel step) {
        RowKernels row = new RowKernels(step);
        switch (op) {
            case Composites.LogSumExp l -> row.logSumExp();
            case Composites.Softmax s -> row.softmax();
            case Composites.LogSoftmax s -> row.logSoftmax();
            default -> throw new IllegalStateException("lower: " + op.label() + " has no kernel of its own");
        }
        int rows = row.x.shape().size(0, row.x.shape().rank() - 1);
        return row.body.kernel(op.label(), step, rows, ITEMS);
    }

    private void logSumExp() {
        Variable shift = body.declare(finite(max()));
        Variable sum = sum(value -> exp(minus(value, shift)));
        body.when(less(Kernel.ITEM, integer(1)), () -> body.store(step.target(), Kernel.GROUP, plus(log(sum), shift)));
    }

    private void softmax() {
        Variable max = max();
        Variable shift = body.declare(finite(max));
        Variable sum = sum(value -> shifted(value, max, shift));
        Variable divisor = body.declare(where(equal(sum, 0), number(x.buffer().dtype(), 1), sum));
        fill(value -> over(shifted(value, max, shift), divisor));
    }

    private void logSoftmax() {
        Variable max = max();
        Variable shift = body.declare(finite(max));
        Variable sum = sum(value -> shifted(value, max, shift));
        Variable divisor = body.declare(where(equal(sum, 0), number(x.buffer().dtype(), 1), sum));
        Expression regular = equal(minus(max, max), 0);
        fill(value ->
                where(regular, minus(minus(value, shift), log(sum)), log(over(shifted(value, max, shift), divisor))));
    }

    /** e^(x − max), or for a row with +∞ in it 1 there and 0 elsewhere. */
    private static Expression shifted(Variable value, Variable max, Variable shift) {
        Expression one = number(value.type(), 1);
        Expression share = where(equal(value, Double.POSITIVE_INFINITY), one, number(value.type(), 0));
        return where(equal(max, Double.POSITIVE_INFINITY), share, exp(minus(value, shift)));
    }

    private static Expression finite(Variable value) {
        return where(equal(minus(value, value), 0), value, number(value.type(), 0));
    }

    private static Expression equal(Expression a, double b) {
        return new Apply(Scalar.EQ, DType.BOOL, List.of(a, number(a.type(), b)));
    }

    private static Expression over(Expression a, Expression b) {
        return new Apply(Scalar.DIV, a.type(), List.of(a, b));
    }

    private Variable max() {
        return fold(Fold.MAX, value -> value);
    }

    private Variable sum(Function<Variable, Expression> term) {
        return fold(Fold.SUM, term);
    }

    private Variable fold(Fold fold, Function<Variable, Expression> term) {
        DType type = x.buffer().dtype();
        Variable folded = body.declare(number(type, fold.identity(type)));
        body.loop(Kernel.ITEM, integer(n), ITEMS, k -> {
            Variable value = body.declare(Body.read(x, plus(times(Kernel.GROUP, n), k)));
            body.assign(folded, Functions.fold(fold, folded, body.once(term.apply(value))));
        });
        return body.foldGroup(fold, folded, ITEMS);
    }

    private void fill(Function<Variable, Expression> value) {
        body.loop(Kernel.ITEM, integer(n), ITEMS, k -> {
            Variable index = body.declare(plus(times(Kernel.GROUP, n), k));
            body.store(step.target(), index, value.apply(body.declare(Body.read(x, index))));
        });
    }
}
