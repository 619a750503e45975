package org.softmin.tornado.kernel;

import static org.softmin.tornado.kernel.Functions.both;
import static org.softmin.tornado.kernel.Functions.equal;
import static org.softmin.tornado.kernel.Functions.integer;
import static org.softmin.tornado.kernel.Functions.less;
import static org.softmin.tornado.kernel.Functions.minus;
import static org.softmin.tornado.kernel.Functions.modulo;
import static org.softmin.tornado.kernel.Functions.over;
import static org.softmin.tornado.kernel.Functions.plus;
import static org.softmin.tornado.kernel.Functions.times;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.Shape;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;
import org.softmin.tornado.kernel.Expression.Element;
import org.softmin.tornado.kernel.Expression.Variable;

/** Kernels that put elements elsewhere: a work item for each of them. */
final class Movement {
    private final Faults faults;
    private final Consumer<Kernel> kernels;

    /** Kernels go to {@code kernels}. */
    Movement(Faults faults, Consumer<Kernel> kernels) {
        this.faults = faults;
        this.kernels = kernels;
    }

    private void each(String name, Step step, int n, BiConsumer<Body, Variable> work) {
        kernels.accept(Body.each(name, List.of(step), n, work));
    }

    /** Copies all of {@code from} to where its elements go in {@code to}. */
    private void copy(Step step, View from, Buffer to, int offset, int[] strides) {
        each("copy", step, from.shape().size(), (body, index) -> {
            Expression at = Body.at(from.shape().toArray(), strides, integer(offset), index);
            body.store(to, at, Body.read(from, index));
        });
    }

    void pad(Op.Pad op, Step.Kernel step) {
        int[] strides = step.node().shape().strides();
        int corner = 0;
        for (int i = 0; i < strides.length; i++) {
            corner += op.low().get(i) * strides[i];
            strides[i] *= 1 + op.interior().get(i);
        }
        Expression value = Functions.number(step.target().dtype(), op.value());
        each("fill", step, step.target().size(), (body, index) -> body.store(step.target(), index, value));
        copy(step, step.operands().getFirst(), step.target(), corner, strides);
    }

    void concat(Op.Concat op, Step.Kernel step) {
        int[] strides = step.node().shape().strides();
        int shift = 0;
        for (View part : step.operands()) {
            copy(step, part, step.target(), shift, strides);
            shift += part.shape().dim(op.axis()) * strides[op.axis()];
        }
    }

    void dynamicSlice(Op.DynamicSlice op, Step.Kernel step) {
        View x = step.operands().getFirst();
        View at = step.operands().get(1);
        each("dynamicSlice", step, op.size().size(), (body, index) -> {
            Expression corner = faults.corner(body, op, x.shape(), op.size(), at, x.strides());
            Expression from = Body.at(op.size().toArray(), x.strides(), plus(corner, integer(x.offset())), index);
            body.store(step.target(), index, new Element(x.buffer(), from));
        });
    }

    void dynamicUpdate(Op.DynamicUpdate op, Step.Kernel step) {
        View block = step.operands().get(1);
        View at = step.operands().get(2);
        Shape shape = step.node().shape();
        copy(step, step.operands().getFirst(), step.target(), 0, shape.strides());
        each("dynamicUpdate", step, block.shape().size(), (body, index) -> {
            Expression corner = faults.corner(body, op, shape, block.shape(), at, shape.strides());
            Expression to = Body.at(block.shape().toArray(), shape.strides(), corner, index);
            body.store(step.target(), to, Body.read(block, index));
        });
    }

    void gather(Op.Gather op, Step.Kernel step) {
        View x = step.operands().get(0);
        View positions = step.operands().get(1);
        int n = x.shape().dim(op.axis());
        int inner = x.shape().size(op.axis() + 1, x.shape().rank());
        int count = positions.shape().size();
        each("gather", step, step.target().size(), (body, index) -> {
            Variable read = body.declare(Body.read(positions, modulo(over(index, inner), count)));
            Variable position = faults.inside(body, read, n, new Plan.Check.Position(op, op.axis(), x.shape()));
            if (n > 0) { // otherwise there is nothing to read, and every position was reported
                Expression row = plus(times(over(index, count * inner), n), position);
                Variable from = body.declare(plus(times(row, inner), modulo(index, inner)));
                body.store(step.target(), index, Body.read(x, from));
            }
        });
    }

    /** Each element looks for what is added to it, in order: no two items write to one place, and the sum is always the same. */
    void scatterAdd(Op.ScatterAdd op, Step.Kernel step) {
        Shape shape = step.node().shape();
        View x = step.operands().get(0);
        View positions = step.operands().get(1);
        View updates = step.operands().get(2);
        int n = shape.dim(op.axis());
        int inner = shape.size(op.axis() + 1, shape.rank());
        int count = positions.shape().size();
        each("positions", step, count, (body, p) -> {
            Variable position = body.declare(Body.read(positions, p));
            faults.inside(body, position, n, new Plan.Check.Position(op, op.axis(), shape));
        });
        each("scatterAdd", step, shape.size(), (body, index) -> {
            Variable sum = body.declare(Body.read(x, index));
            Variable row = body.declare(modulo(over(index, inner), n));
            Variable first = body.declare(plus(times(over(index, n * inner), count * inner), modulo(index, inner)));
            body.loop(
                    integer(0),
                    integer(count),
                    1,
                    p -> body.when(equal(Body.read(positions, p), row), () -> {
                        Variable more = body.declare(Body.read(updates, plus(first, times(p, inner))));
                        body.assign(sum, Functions.fold(Fold.SUM, sum, more));
                    }));
            body.store(step.target(), index, sum);
        });
    }

    /** Each element looks for the windows that it is in, in order. */
    void foldWindows(Op.FoldWindows op, Step.Kernel step) {
        View x = step.operands().getFirst();
        int count = x.shape().dim(op.axis());
        int size = x.shape().dim(op.axis() + 1);
        int inner = x.shape().size(op.axis() + 2, x.shape().rank());
        each("fold", step, step.target().size(), (body, index) -> {
            Variable sum = body.declare(Functions.number(step.target().dtype(), 0));
            Variable position = body.declare(modulo(over(index, inner), op.extent()));
            Variable first = body.declare(plus(
                    times(over(index, op.extent() * inner), count * size * inner), modulo(index, inner)));
            body.loop(
                    integer(0),
                    integer(size),
                    1,
                    back -> { // the last element is that of the first window
                        Variable k = body.declare(minus(integer(size - 1), back));
                        Variable start = body.declare(minus(position, times(k, op.dilation())));
                        Variable window = body.declare(over(start, op.stride()));
                        Expression fits = both(
                                equal(times(window, op.stride()), start),
                                both(less(integer(-1), start), less(window, integer(count))));
                        body.when(fits, () -> {
                            Expression at = plus(first, times(plus(times(window, size), k), inner));
                            Variable more = body.declare(Body.read(x, at));
                            body.assign(sum, Functions.fold(Fold.SUM, sum, more));
                        });
                    });
            body.store(step.target(), index, sum);
        });
    }
}
