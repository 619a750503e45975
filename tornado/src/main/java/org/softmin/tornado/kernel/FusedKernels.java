package org.softmin.tornado.kernel;

import static org.softmin.tornado.kernel.Functions.equal;
import static org.softmin.tornado.kernel.Functions.integer;
import static org.softmin.tornado.kernel.Functions.less;
import static org.softmin.tornado.kernel.Functions.modulo;
import static org.softmin.tornado.kernel.Functions.over;
import static org.softmin.tornado.kernel.Functions.plus;
import static org.softmin.tornado.kernel.Functions.times;
import static org.softmin.tornado.kernel.Functions.where;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.plan.Load;
import org.softmin.tensor.plan.Nest;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;
import org.softmin.tornado.kernel.Expression.Variable;

/**
 * Kernels of fused steps. A work item does an element, a column or a short row; the items of a group share a long row,
 * and do all steps of a sweep with it: softmax takes one kernel. Where there are too few rows or columns to keep a device
 * busy they are cut into pieces, whose folds are folded by a second kernel.
 *
 * <p>What is folded in which order depends on the program alone: on the shape that is folded or, in a sweep, on its longest
 * row. It never depends on the device, nor on which item or group is done first. Of a row that {@code lanes} items share
 * each folds every {@code lanes}-th element, in order; then the second half of the items gives its folds to the first, and
 * so on. The folds of pieces are folded like elements.
 */
final class FusedKernels {
    /** So many work items, or elements of rows in work, keep a device busy. */
    private static final int BUSY = 1 << 14;

    /** The shortest piece of a column, and of a row, that is worth a work item, and a work group. */
    private static final int PIECE_OF_COLUMN = 32;

    private static final int PIECE_OF_ROW = 4096;

    private final Faults faults;
    private final Scratch scratch;
    private final Consumer<Kernel> kernels;

    /** Kernels go to {@code kernels}. */
    FusedKernels(Faults faults, Scratch scratch, Consumer<Kernel> kernels) {
        this.faults = faults;
        this.scratch = scratch;
        this.kernels = kernels;
    }

    /** A step by itself; {@code shown} is what the plan says is done. */
    void lower(Step.Fused fused, Step shown) {
        Nest.Folding folding = fused.folding();
        if (folding == null) {
            int n = fused.shape().size();
            kernels.accept(Body.each("fused", List.of(shown), n, (body, index) -> registers(body, fused, index)));
        } else if (folding.outer() > 0 && folding.inner() > 0) {
            fold(fused, folding, shown);
        }
    }

    private void fold(Step.Fused fused, Nest.Folding folding, Step shown) {
        int n = folding.n();
        int side = folding.outer() * folding.inner();
        int lanes = folding.alongRows() ? Body.lanes(n) : 1;
        int shortest = lanes == 1 ? PIECE_OF_COLUMN : PIECE_OF_ROW;
        int wanted = Math.max(1, Math.min(BUSY / lanes / side, n / shortest));
        int length = Math.ceilDiv(Math.max(n, 1), wanted);
        int pieces = Math.ceilDiv(Math.max(n, 1), length);
        List<Step.Folded> folds = fused.folds();
        if (pieces > 1) {
            folds = folds.stream()
                    .map(f -> new Step.Folded(
                            f.register(), f.fold(), scratch.buffer(f.target().dtype(), side * pieces)))
                    .toList();
        }
        pieces(withFolds(fused, folding, folds), shown, pieces, length, lanes);
        if (pieces > 1) {
            combine(fused, folds, new Nest.Folding(folding.outer(), pieces, folding.inner()), shown);
        }
    }

    private static Step.Fused withFolds(Step.Fused fused, Nest.Folding folding, List<Step.Folded> folds) {
        return new Step.Fused(fused.shape(), fused.loads(), fused.code(), fused.stores(), folding, folds);
    }

    /** Each piece of each row or column, by {@code lanes} items together. */
    private void pieces(Step.Fused fused, Step shown, int pieces, int length, int lanes) {
        Nest.Folding folding = Objects.requireNonNull(fused.folding());
        int n = folding.n();
        int inner = folding.inner();
        int all = folding.outer() * pieces * inner;
        String name = folding.alongRows() ? "foldRows" : "foldColumns";
        if (lanes == 1) {
            kernels.accept(Body.each(name, List.of(shown), all, (body, index) -> {
                Variable first =
                        body.declare(plus(times(over(index, pieces * inner), n * inner), modulo(index, inner)));
                Expression piece = modulo(over(index, inner), pieces);
                Lane lane = Lane.alone();
                fold(body, fused, index, first, from(body, piece, length), to(body, piece, length, pieces, n), lane);
            }));
            return;
        }
        Body body = new Body();
        Variable first = body.declare(times(over(Kernel.GROUP, pieces), n));
        Expression piece = body.once(modulo(Kernel.GROUP, pieces));
        Lane lane = Lane.of(lanes);
        fold(body, fused, Kernel.GROUP, first, from(body, piece, length), to(body, piece, length, pieces, n), lane);
        kernels.accept(body.kernel(name, List.of(shown), all, lanes));
    }

    private static Expression from(Body body, Expression piece, int length) {
        return body.once(times(piece, length));
    }

    /** The end of a piece; only the last one may be shorter. */
    private static Expression to(Body body, Expression piece, int length, int pieces, int n) {
        return pieces == 1
                ? integer(n)
                : body.declare(where(
                        equal(piece, integer(pieces - 1)), integer(n), plus(times(piece, length), integer(length))));
    }

    /** What the folds of pieces have in {@code parts}, folded into the targets of {@code fused}. */
    private void combine(Step.Fused fused, List<Step.Folded> parts, Nest.Folding folding, Step shown) {
        Shape shape = Shape.of(folding.outer(), folding.n(), folding.inner());
        List<Load> loads = new ArrayList<>();
        List<Step.Folded> folds = new ArrayList<>();
        for (int f = 0; f < parts.size(); f++) {
            loads.add(new View(parts.get(f).target(), 0, shape, shape.strides()));
            folds.add(
                    new Step.Folded(f, parts.get(f).fold(), fused.folds().get(f).target()));
        }
        lower(new Step.Fused(shape, loads, List.of(), List.of(), folding, folds), shown);
    }

    /** Steps of a sweep, whose shapes and folds are cut into {@code rows} equal rows: all steps with a row in one kernel. */
    void rows(List<Step.Fused> steps, int rows) {
        int longest = steps.stream().mapToInt(step -> step.shape().size()).max().orElse(0) / rows;
        int lanes = Body.lanes(longest);
        if (lanes == 1) {
            kernels.accept(Body.each(
                    "rows",
                    steps,
                    rows,
                    (body, row) -> steps.forEach(step -> row(body, step, rows, row, Lane.alone()))));
            return;
        }
        Body body = new Body();
        for (int s = 0; s < steps.size(); s++) {
            if (s > 0) {
                body.barrierOfBuffers();
            }
            row(body, steps.get(s), rows, Kernel.GROUP, Lane.of(lanes));
        }
        kernels.accept(body.kernel("rows", steps, rows, lanes));
    }

    /** A step with one of {@code rows} equal parts of its elements. */
    private void row(Body body, Step.Fused step, int rows, Variable row, Lane lane) {
        Nest.Folding folding = step.folding();
        if (folding == null) {
            int n = step.shape().size() / rows;
            lane.loop(body, integer(0), integer(n), k -> registers(body, step, body.once(plus(times(row, n), k))));
            return;
        }
        int n = folding.n();
        int inner = folding.inner();
        int columns = folding.outer() / rows * inner;
        Lane across = folding.alongRows() ? Lane.alone() : lane;
        Lane along = folding.alongRows() ? lane : Lane.alone();
        across.loop(body, integer(0), integer(columns), c -> {
            Expression column = body.once(plus(times(row, columns), c));
            Variable first = body.declare(Body.first(column, n, inner));
            fold(body, step, column, first, integer(0), integer(n), along);
        });
    }

    /** Folds the elements {@code from}, … up to {@code to} of the row or column that begins at {@code first}. */
    private void fold(
            Body body, Step.Fused fused, Expression target, Variable first, Expression from, Expression to, Lane lane) {
        Nest.Folding folding = Objects.requireNonNull(fused.folding());
        List<Variable> folded = new ArrayList<>();
        for (Step.Folded fold : fused.folds()) {
            DType type = fold.target().dtype();
            folded.add(body.declare(Functions.number(type, fold.fold().identity(type))));
        }
        lane.loop(body, from, to, k -> {
            List<Expression> registers = registers(body, fused, body.declare(plus(first, times(k, folding.inner()))));
            for (int f = 0; f < folded.size(); f++) {
                Step.Folded fold = fused.folds().get(f);
                Expression more = registers.get(fold.register());
                body.assign(folded.get(f), Functions.fold(fold.fold(), folded.get(f), more));
            }
        });
        for (int f = 0; f < folded.size(); f++) {
            Step.Folded fold = fused.folds().get(f);
            lane.store(body, fold, target, folded.get(f));
        }
    }

    private List<Expression> registers(Body body, Step.Fused fused, Expression index) {
        return registers(body, fused, index, view -> body.declare(Body.read(view, index)));
    }

    /**
     * The registers of element {@code index}, and its stores; all loads come first, because a store may be in place of one.
     *
     * @param load reads a view at that element
     */
    List<Expression> registers(Body body, Step.Fused fused, Expression index, Function<View, Expression> load) {
        List<Expression> registers = new ArrayList<>();
        for (Load operand : fused.loads()) {
            registers.add(
                    switch (operand) {
                        case View view -> load.apply(view);
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
            return Functions.apply(body, function, type, operands);
        }
        Expression divisor = operands.getLast();
        Expression wrong = equal(divisor, integer(0));
        faults.report(body, wrong, operands.getFirst(), Plan.Check.DIVISION);
        return over(operands.getFirst(), where(wrong, integer(1), divisor));
    }

    /** How the elements of a row are shared: by {@code items} of a group, or not at all if that is 1. */
    private record Lane(Expression item, int items) {
        static Lane alone() {
            return new Lane(integer(0), 1);
        }

        static Lane of(int items) {
            return items == 1 ? alone() : new Lane(Kernel.ITEM, items);
        }

        void loop(Body body, Expression from, Expression to, Consumer<Expression> work) {
            if (items == 1 && from.equals(integer(0)) && to.equals(integer(1))) {
                work.accept(integer(0));
            } else {
                body.loop(plus(from, item), to, items, work::accept);
            }
        }

        /** Folds what all items have, and stores it once. */
        void store(Body body, Step.Folded fold, Expression index, Variable mine) {
            if (items == 1) {
                body.store(fold.target(), index, mine);
            } else {
                Variable total = body.foldGroup(fold.fold(), mine, items);
                body.when(less(Kernel.ITEM, integer(1)), () -> body.store(fold.target(), index, total));
            }
        }
    }
}
