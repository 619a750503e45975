package org.softmin.tornado.kernel;

import static org.softmin.tornado.kernel.Functions.integer;
import static org.softmin.tornado.kernel.Functions.less;
import static org.softmin.tornado.kernel.Functions.minus;
import static org.softmin.tornado.kernel.Functions.modulo;
import static org.softmin.tornado.kernel.Functions.over;
import static org.softmin.tornado.kernel.Functions.plus;
import static org.softmin.tornado.kernel.Functions.times;
import static org.softmin.tornado.kernel.Functions.where;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.softmin.tensor.Composites;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Load;
import org.softmin.tensor.plan.Nest;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;
import org.softmin.tornado.kernel.Expression.Element;
import org.softmin.tornado.kernel.Expression.Variable;

/** Chooses the kernels for each step: a work item for each element, or a work group for each row or tile. */
final class Lowering {
    private static final int CHECKED = 1 << 20; // more checks than any program has

    private final Buffer faults;
    private final List<Kernel> kernels;
    private final List<Plan.Check> checks = new ArrayList<>();

    /**
     * Adds kernels to {@code kernels}.
     *
     * @param faults id of the buffer that positions out of range are reported in
     */
    Lowering(int faults, List<Kernel> kernels) {
        this.faults = new Buffer(faults, DType.I32, CHECKED);
        this.kernels = kernels;
    }

    List<Plan.Check> checks() {
        return List.copyOf(checks);
    }

    /** Whether a composite is run as a whole, because its row kernel is faster than its parts. */
    static boolean hasKernel(Op.Composite composite) {
        return composite instanceof Composites.LogSumExp
                || composite instanceof Composites.Softmax
                || composite instanceof Composites.LogSoftmax;
    }

    void lower(Step step) {
        switch (step) {
            case Step.Fused fused -> fused(fused, fused);
            case Step.Kernel kernel -> lower(kernel);
        }
    }

    private void lower(Step.Kernel step) {
        switch (step.node().op()) {
            case Op.MatMul m -> add(MatMulKernel.lower(step));
            case Op.Reduce r -> reduce(r, step);
            case Op.ArgReduce r -> argReduce(r, step);
            case Op.Pad p -> pad(p, step);
            case Op.Concat c -> concat(c, step);
            case Op.DynamicSlice d -> dynamicSlice(d, step);
            case Op.DynamicUpdate d -> dynamicUpdate(d, step);
            case Op.Gather g -> gather(g, step);
            case Op.ScatterAdd s -> scatterAdd(s, step);
            case Op.ArgSort s -> argSort(s, step);
            case Op.RandomBits r -> add(PhiloxKernel.lower(step));
            case Op.Composite c -> add(RowKernels.lower(c, step));
            case Op.Input i -> throw misplaced(step);
            case Op.Constant c -> throw misplaced(step);
            case Op.Iota i -> throw misplaced(step);
            case Op.Map m -> throw misplaced(step);
            case Op.Cast c -> throw misplaced(step);
            case Op.Reshape r -> throw misplaced(step);
            case Op.Permute p -> throw misplaced(step);
            case Op.Expand e -> throw misplaced(step);
            case Op.Slice s -> throw misplaced(step);
        }
    }

    private static IllegalStateException misplaced(Step.Kernel step) {
        return new IllegalStateException("lower: " + step.node().op().label() + " has no kernel of its own");
    }

    private void add(Kernel kernel) {
        if (kernel.groups() > 0) {
            kernels.add(kernel);
        }
    }

    private void each(String name, Step step, int n, BiConsumer<Body, Variable> work) {
        add(Body.each(name, step, n, work));
    }

    /** Elementwise work, and folds of it; {@code step} is what the plan says is done. */
    private void fused(Step.Fused fused, Step step) {
        Nest.Folding folding = fused.folding();
        if (folding == null) {
            each("fused", step, fused.shape().size(), (body, index) -> registers(body, fused, index));
        } else if (folding.alongRows()) {
            add(foldRows(fused, folding, step));
        } else {
            foldColumns(fused, folding, step);
        }
    }

    /** The registers of element {@code index}; all loads come first, because a store may be in place of one. */
    private List<Expression> registers(Body body, Step.Fused fused, Expression index) {
        List<Expression> registers = new ArrayList<>();
        for (Load load : fused.loads()) {
            registers.add(
                    switch (load) {
                        case View view -> body.declare(Body.read(view, index));
                        case Load.Splat(var type, var value) -> Functions.number(type, value);
                    });
        }
        for (Step.Instruction instruction : fused.code()) {
            List<Expression> operands =
                    instruction.operands().stream().map(registers::get).toList();
            registers.add(body.once(
                    instruction.op() instanceof Op.Map(Scalar function)
                            ? function(body, function, instruction.type(), operands)
                            : Functions.cast(instruction.type(), operands.getFirst())));
        }
        fused.stores().forEach(store -> body.store(store.target(), index, registers.get(store.register())));
        return registers;
    }

    private Expression function(Body body, Scalar function, DType type, List<Expression> operands) {
        if (function != Scalar.DIV || type != DType.I32) {
            return Functions.apply(function, type, operands);
        }
        Expression divisor = operands.getLast();
        Expression wrong = new Expression.Apply(Scalar.EQ, DType.BOOL, List.of(divisor, integer(0)));
        report(body, wrong, operands.getFirst(), Plan.Check.DIVISION);
        return Functions.apply(
                function, type, List.of(operands.getFirst(), body.declare(where(wrong, integer(1), divisor))));
    }

    /** A work group for each row. */
    private Kernel foldRows(Step.Fused fused, Nest.Folding folding, Step step) {
        Body body = new Body();
        List<Variable> sums = identities(body, fused);
        body.loop(
                Kernel.ITEM,
                integer(folding.n()),
                RowKernels.ITEMS,
                k -> accumulate(body, fused, sums, body.declare(plus(times(Kernel.GROUP, folding.n()), k))));
        for (int f = 0; f < sums.size(); f++) {
            Step.Folded fold = fused.folds().get(f);
            Variable total = body.foldGroup(fold.fold(), sums.get(f), RowKernels.ITEMS);
            body.when(less(Kernel.ITEM, integer(1)), () -> body.store(fold.target(), Kernel.GROUP, total));
        }
        return body.kernel("foldRows", step, folding.outer(), RowKernels.ITEMS);
    }

    /** A work item for each column. */
    private void foldColumns(Step.Fused fused, Nest.Folding folding, Step step) {
        int inner = folding.inner();
        each("foldColumns", step, folding.outer() * inner, (body, column) -> {
            List<Variable> sums = identities(body, fused);
            Variable first = body.declare(start(column, folding.n(), inner));
            body.loop(
                    integer(0),
                    integer(folding.n()),
                    1,
                    k -> accumulate(body, fused, sums, body.declare(plus(first, times(k, inner)))));
            for (int f = 0; f < sums.size(); f++) {
                body.store(fused.folds().get(f).target(), column, sums.get(f));
            }
        });
    }

    /** Index of the first element of a column of {@code n} elements, {@code inner} apart. */
    private static Expression start(Expression column, int n, int inner) {
        return plus(times(over(column, inner), n * inner), modulo(column, inner));
    }

    private static List<Variable> identities(Body body, Step.Fused fused) {
        return fused.folds().stream()
                .map(fold -> body.declare(Functions.number(
                        fold.target().dtype(),
                        fold.fold().identity(fold.target().dtype()))))
                .toList();
    }

    private void accumulate(Body body, Step.Fused fused, List<Variable> sums, Expression index) {
        List<Expression> registers = registers(body, fused, index);
        for (int f = 0; f < sums.size(); f++) {
            Step.Folded fold = fused.folds().get(f);
            body.assign(sums.get(f), Functions.fold(fold.fold(), sums.get(f), registers.get(fold.register())));
        }
    }

    /** A fold of what lies in memory: the same as a fused step without code. */
    private void reduce(Op.Reduce op, Step.Kernel step) {
        View x = step.operands().getFirst();
        int outer = x.shape().size(0, op.axis());
        var folding = new Nest.Folding(
                outer,
                x.shape().dim(op.axis()),
                x.shape().size(op.axis() + 1, x.shape().rank()));
        var fold = new Step.Folded(0, op.fold(), step.target());
        fused(new Step.Fused(x.shape(), List.of(x), List.of(), List.of(), folding, List.of(fold)), step);
    }

    private void argReduce(Op.ArgReduce op, Step.Kernel step) {
        View x = step.operands().getFirst();
        int n = x.shape().dim(op.axis());
        int inner = x.shape().size(op.axis() + 1, x.shape().rank());
        each("argReduce", step, step.target().size(), (body, column) -> {
            Variable first = body.declare(start(column, n, inner));
            Variable best = body.declare(Body.read(x, first));
            Variable at = body.declare(integer(0));
            body.loop(integer(1), integer(n), 1, k -> {
                Variable other = body.declare(Body.read(x, plus(first, times(k, inner))));
                Expression better = op.fold() == Fold.MAX ? less(best, other) : less(other, best);
                body.when(where(isNan(best), no(), where(isNan(other), not(no()), better)), () -> {
                    body.assign(best, other);
                    body.assign(at, k);
                });
            });
            body.store(step.target(), column, at);
        });
    }

    private static Expression no() {
        return Functions.number(DType.BOOL, 0);
    }

    private static Expression not(Expression truth) {
        return Functions.apply(Scalar.NOT, DType.BOOL, List.of(truth));
    }

    private static Expression isNan(Expression x) {
        return x.type().isFloating() ? new Expression.Apply(Scalar.NE, DType.BOOL, List.of(x, x)) : no();
    }

    /** Copies all of {@code from} to where its elements go in {@code to}. */
    private void copy(Step step, View from, Buffer to, int offset, int[] strides) {
        each(
                "copy",
                step,
                from.shape().size(),
                (body, index) -> body.store(
                        to, Body.at(from.shape().toArray(), strides, integer(offset), index), Body.read(from, index)));
    }

    private void pad(Op.Pad op, Step.Kernel step) {
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

    private void concat(Op.Concat op, Step.Kernel step) {
        int[] strides = step.node().shape().strides();
        int shift = 0;
        for (View part : step.operands()) {
            copy(step, part, step.target(), shift, strides);
            shift += part.shape().dim(op.axis()) * strides[op.axis()];
        }
    }

    private void dynamicSlice(Op.DynamicSlice op, Step.Kernel step) {
        View x = step.operands().getFirst();
        each("dynamicSlice", step, op.size().size(), (body, index) -> {
            Expression from = plus(
                    corner(body, op, x.shape(), op.size(), step.operands().get(1), x.strides()), integer(x.offset()));
            body.store(
                    step.target(),
                    index,
                    new Element(x.buffer(), Body.at(op.size().toArray(), x.strides(), from, index)));
        });
    }

    private void dynamicUpdate(Op.DynamicUpdate op, Step.Kernel step) {
        View block = step.operands().get(1);
        Shape shape = step.node().shape();
        copy(step, step.operands().getFirst(), step.target(), 0, shape.strides());
        each("dynamicUpdate", step, block.shape().size(), (body, index) -> {
            Expression to =
                    corner(body, op, shape, block.shape(), step.operands().get(2), shape.strides());
            body.store(
                    step.target(),
                    Body.at(block.shape().toArray(), shape.strides(), to, index),
                    Body.read(block, index));
        });
    }

    /** Offset of a run-time corner, checked so that a block of {@code size} fits into {@code shape}. */
    private Expression corner(Body body, Op op, Shape shape, Shape size, View corner, int[] strides) {
        Expression offset = integer(0);
        for (int i = 0; i < shape.rank(); i++) {
            Variable read = body.declare(Body.read(corner, integer(i)));
            Variable at = inside(body, read, shape.dim(i) - size.dim(i) + 1, new Plan.Check.Position(op, i, shape));
            offset = plus(offset, times(at, strides[i]));
        }
        return body.once(offset);
    }

    /** {@code position} if it is at least 0 and below {@code n}; otherwise it is reported, and 0 taken. */
    private Variable inside(Body body, Variable position, int n, Plan.Check check) {
        Expression outside =
                body.declare(where(less(position, integer(0)), not(no()), not(less(position, integer(n)))));
        report(body, outside, position, check);
        return body.declare(where(outside, integer(0), position));
    }

    private void report(Body body, Expression wrong, Expression what, Plan.Check check) {
        int number = checks.indexOf(check) >= 0 ? checks.indexOf(check) : checks.size();
        if (number == checks.size()) {
            checks.add(check);
        }
        body.when(wrong, () -> {
            body.store(faults, integer(2 * number), integer(1));
            body.store(faults, integer(2 * number + 1), what);
        });
    }

    private void gather(Op.Gather op, Step.Kernel step) {
        View x = step.operands().get(0);
        View positions = step.operands().get(1);
        int n = x.shape().dim(op.axis());
        int inner = x.shape().size(op.axis() + 1, x.shape().rank());
        int count = positions.shape().size();
        each("gather", step, step.target().size(), (body, index) -> {
            Variable p = body.declare(modulo(over(index, inner), count));
            Variable read = body.declare(Body.read(positions, p));
            Variable position = inside(body, read, n, new Plan.Check.Position(op, op.axis(), x.shape()));
            Expression row = plus(times(over(index, count * inner), n), position);
            Variable from = body.declare(plus(times(row, inner), modulo(index, inner)));
            body.store(step.target(), index, Body.read(x, from));
        });
    }

    /** A work item adds up all that goes to its column, one after the other: the order never changes. */
    private void scatterAdd(Op.ScatterAdd op, Step.Kernel step) {
        Shape shape = step.node().shape();
        View positions = step.operands().get(1);
        View updates = step.operands().get(2);
        int n = shape.dim(op.axis());
        int inner = shape.size(op.axis() + 1, shape.rank());
        int count = positions.shape().size();
        copy(step, step.operands().getFirst(), step.target(), 0, shape.strides());
        each(
                "scatterAdd",
                step,
                shape.size(0, op.axis()) * inner,
                (body, column) -> body.loop(integer(0), integer(count), 1, p -> {
                    Variable read = body.declare(Body.read(positions, p));
                    Variable position = inside(body, read, n, new Plan.Check.Position(op, op.axis(), shape));
                    Variable to = body.declare(plus(start(column, n, inner), times(position, inner)));
                    Variable old = body.declare(new Element(step.target(), to));
                    Variable more =
                            body.declare(Body.read(updates, plus(start(column, count, inner), times(p, inner))));
                    body.store(step.target(), to, Functions.fold(Fold.SUM, old, more));
                }));
    }

    /** Each work item counts how many elements come before its own. */
    private void argSort(Op.ArgSort op, Step.Kernel step) {
        View x = step.operands().getFirst();
        int n = x.shape().dim(op.axis());
        int inner = x.shape().size(op.axis() + 1, x.shape().rank());
        each("argSort", step, step.target().size(), (body, index) -> {
            Variable mine = body.declare(Body.read(x, index));
            Variable at = body.declare(modulo(over(index, inner), n));
            Variable first = body.declare(minus(index, times(at, inner)));
            Variable before = body.declare(integer(0));
            body.loop(integer(0), integer(n), 1, k -> {
                Variable other = body.declare(Body.read(x, plus(first, times(k, inner))));
                Expression wins = op.descending() ? sortsBelow(mine, other) : sortsBelow(other, mine);
                Expression loses = op.descending() ? sortsBelow(other, mine) : sortsBelow(mine, other);
                body.when(
                        where(wins, not(no()), where(loses, no(), less(k, at))),
                        () -> body.assign(before, plus(before, integer(1))));
            });
            body.store(step.target(), plus(first, times(before, inner)), at);
        });
    }

    /** NaN lies above all numbers. */
    private static Expression sortsBelow(Expression a, Expression b) {
        return where(isNan(b), not(isNan(a)), less(a, b));
    }
}
