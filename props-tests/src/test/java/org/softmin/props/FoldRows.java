package org.softmin.props;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.softmin.tensor.Composites;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** The rows of the ops that combine elements: reductions, sorts, products, and the composites. */
final class FoldRows {
    private FoldRows() {}

    static List<Row> all() {
        return List.of(
                reduce(Fold.SUM),
                reduce(Fold.MAX),
                reduce(Fold.MIN),
                argReduce(),
                argSort(),
                matmul(),
                elementwise(new Composites.Relu()),
                elementwise(new Composites.Sigmoid()),
                elementwise(new Composites.Softplus()),
                overRows(new Composites.LogSumExp()),
                overRows(new Composites.Softmax()),
                overRows(new Composites.LogSoftmax()));
    }

    // ---- reductions

    private static Row reduce(Fold fold) {
        Tensor scalar = Tensor.input("x", DType.F32, Shape.SCALAR);
        String label = new Op.Reduce(fold, 0).label();
        Row.Refusal axis = new Row.Refusal(
                label + ": axis 0 does not exist in shape []; use a tensor of rank 1 or more",
                () -> Tensor.of(new Op.Reduce(fold, 0), scalar));
        Row.Refusal negative = new Row.Refusal(
                label + ": axis -1 is negative; an op counts its axis from 0 to 1",
                () -> Tensor.of(new Op.Reduce(fold, -1), Tensor.input("x", DType.F32, Shape.of(2, 3))));
        Row.Refusal sumOfTruth = new Row.Refusal(
                "sum: truth values have no sum; cast to I32 to count them",
                () -> Tensor.input("x", DType.BOOL, Shape.of(3)).sum());
        return new Row(
                fold,
                fold == Fold.SUM ? Tolerance.SUM : Tolerance.EXACT,
                sink -> {
                    for (DType dtype : DType.values()) {
                        if (fold != Fold.SUM || dtype != DType.BOOL) {
                            alongEveryAxis(sink, fold.toString(), dtype, axisOf -> new Op.Reduce(fold, axisOf));
                        }
                    }
                },
                MovementRows.smooth(
                        fold.toString(),
                        x -> Tensor.of(new Op.Reduce(fold, 1), x.getFirst().square()),
                        Shape.of(2, 5, 3)),
                fold == Fold.SUM ? List.of(axis, negative, sumOfTruth) : List.of(axis, negative));
    }

    private interface OnAxis {
        Op of(int axis);
    }

    private static void alongEveryAxis(Consumer<Example> sink, String name, DType dtype, OnAxis op) {
        int turn = 0;
        for (int n : Sizes.of(dtype)) {
            for (Values values : Values.values()) {
                Layout layout = Layout.values()[turn++ % Layout.values().length];
                List<Shape> shapes =
                        List.of(Shape.of(n), Shape.of(3, n), Shape.of(n, 3), Shape.of(2, n, 5), Shape.of(n, 2, 17));
                int[] axes = {0, 1, 0, 1, 0};
                for (int s = 0; s < axes.length; s++) {
                    Shape shape = shapes.get(s);
                    Layout how = layout == Layout.REPEATED && axes[s] == 0 && s == 0 ? Layout.DENSE : layout;
                    Op reduction = op.of(axes[s]);
                    if (n > 0 || !(reduction instanceof Op.ArgReduce)) {
                        sink.accept(Example.of(
                                name + " " + dtype + shape + " axis " + axes[s] + " " + values + " " + how,
                                turn,
                                b -> Tensor.of(reduction, b.operand(dtype, shape, values, how))));
                    }
                }
            }
        }
        for (int n : List.of(257, 1000, 4099)) { // longer than a block
            sink.accept(Example.of(
                    name + " " + dtype + " " + n,
                    n,
                    b -> Tensor.of(op.of(0), b.operand(dtype, Shape.of(n), Values.MODERATE))));
            sink.accept(Example.of(
                    name + " " + dtype + " columns " + n,
                    n,
                    b -> Tensor.of(op.of(0), b.operand(dtype, Shape.of(n, 9), Values.MODERATE))));
        }
    }

    private static Row argReduce() {
        Tensor empty = Tensor.input("x", DType.F32, Shape.of(2, 0));
        return MovementRows.row(
                Op.ArgReduce.class,
                sink -> {
                    for (DType dtype : DType.values()) {
                        alongEveryAxis(sink, "argmax", dtype, axis -> new Op.ArgReduce(Fold.MAX, axis));
                        alongEveryAxis(sink, "argmin", dtype, axis -> new Op.ArgReduce(Fold.MIN, axis));
                    }
                },
                new Row.Gradient.None("its result is a position"),
                MovementRows.refusal(
                        "argmax: axis 1 of [2, 0] is empty, so nothing is largest or smallest", () -> empty.argMax(1)),
                MovementRows.refusal(
                        "argsum: a sum has no position; use MAX or MIN",
                        () -> Tensor.of(new Op.ArgReduce(Fold.SUM, 0), empty)),
                MovementRows.refusal(
                        "argmin: axis 2 does not exist in shape [2, 0]; use -2 to 1", () -> empty.argMin(2)));
    }

    private static Row argSort() {
        return MovementRows.row(
                Op.ArgSort.class,
                sink -> {
                    for (DType dtype : DType.values()) {
                        alongEveryAxis(sink, "argsort", dtype, axis -> new Op.ArgSort(axis, false));
                        alongEveryAxis(sink, "argsort descending", dtype, axis -> new Op.ArgSort(axis, true));
                    }
                },
                new Row.Gradient.None("its result is positions"),
                MovementRows.refusal(
                        "argsort: axis -3 does not exist in shape [2, 2]; use -2 to 1",
                        () -> Tensor.input("x", DType.F32, Shape.of(2, 2)).argSort(-3)));
    }

    // ---- products

    private static Row matmul() {
        Tensor a = Tensor.input("a", DType.F32, Shape.of(8, 3));
        return new Row(
                Op.MatMul.class,
                Tolerance.DOT,
                FoldRows::products,
                MovementRows.smooth(
                        "matmul", x -> x.get(0).matmul(x.get(1)).square(), Shape.of(2, 3, 4), Shape.of(2, 4, 5)),
                List.of(
                        new Row.Refusal("matmul: 1 operand(s) given; it takes 2", () -> Tensor.of(new Op.MatMul(), a)),
                        new Row.Refusal(
                                "matmul: inner dimensions differ: [8, 3] x [4, 5] (3 and 4)",
                                () -> a.matmul(Tensor.input("b", DType.F32, Shape.of(4, 5)))),
                        new Row.Refusal(
                                "matmul: operands are F32[8, 3] and F64[3, 5]; both must be F32 or both F64",
                                () -> a.matmul(Tensor.input("b", DType.F64, Shape.of(3, 5)))),
                        new Row.Refusal(
                                "matmul: operands are [8, 3] and [3]; both need the same rank of 2 or more, so reshape"
                                        + " a vector to one row or column",
                                () -> a.matmul(Tensor.input("b", DType.F32, Shape.of(3)))),
                        new Row.Refusal(
                                "matmul: shapes [2] and [3] do not broadcast (2 and 3 in dimension -1); make them equal"
                                        + " or one of them 1",
                                () -> Tensor.input("a", DType.F32, Shape.of(2, 4, 5))
                                        .matmul(Tensor.input("b", DType.F32, Shape.of(3, 5, 4))))));
    }

    private static void products(Consumer<Example> sink) {
        for (DType dtype : List.of(DType.F32, DType.F64)) {
            for (int n : Sizes.of(dtype)) {
                for (boolean left : List.of(false, true)) {
                    for (boolean right : List.of(false, true)) {
                        product(sink, dtype, n, 7, 5, left, right, Values.MODERATE);
                        product(sink, dtype, 5, n, 17, left, right, Values.MODERATE);
                        product(sink, dtype, 13, 3, n, left, right, Values.MODERATE);
                        product(sink, dtype, 1, n, 1, left, right, Values.WIDE);
                        product(sink, dtype, n, 1, 2, left, right, Values.TIES);
                        product(sink, dtype, 3, 4, n, left, right, Values.SPECIAL);
                        product(
                                sink,
                                dtype,
                                Math.min(n, 35),
                                Math.min(n, 35),
                                Math.min(n, 35),
                                left,
                                right,
                                Values.POSITIVE);
                    }
                }
                sink.accept(Example.of(
                        "matmul " + dtype + " batch " + n,
                        n,
                        b -> b.operand(dtype, Shape.of(2, 3, n), Values.MODERATE, Layout.PERMUTED)
                                .matmul(b.operand(dtype, Shape.of(2, n, 4), Values.MODERATE, Layout.STRIDED))));
                sink.accept(Example.of(
                        "matmul " + dtype + " one matrix for the batch " + n,
                        n,
                        b -> b.operand(dtype, Shape.of(3, 2, n, 5), Values.MODERATE)
                                .matmul(b.operand(dtype, Shape.of(5, n), Values.MODERATE))));
            }
            // beyond one tile, one panel, one cache block
            for (int[] d : new int[][] {{64, 257, 33}, {29, 400, 67}, {130, 65, 140}, {3, 784, 64}}) {
                for (boolean transposed : List.of(false, true)) {
                    product(sink, dtype, d[0], d[1], d[2], transposed, !transposed, Values.MODERATE);
                    product(sink, dtype, d[0], d[1], d[2], transposed, transposed, Values.MODERATE);
                }
            }
        }
    }

    private static void product(
            Consumer<Example> sink, DType dtype, int m, int k, int n, boolean left, boolean right, Values values) {
        String name = "matmul " + dtype + " " + m + "x" + k + (left ? "'" : "") + " " + k + "x" + n + (right ? "'" : "")
                + " " + values;
        sink.accept(Example.of(
                name,
                m + k + n,
                b -> b.operand(dtype, Shape.of(m, k), values, left ? Layout.PERMUTED : Layout.DENSE)
                        .matmul(b.operand(dtype, Shape.of(k, n), values, right ? Layout.PERMUTED : Layout.DENSE))));
    }

    // ---- composites

    private static Row elementwise(Op.Composite op) {
        return composite(op, sink -> {
            for (DType dtype : List.of(DType.F32, DType.F64)) {
                for (int n : Sizes.of(dtype)) {
                    for (Values values : Values.values()) {
                        for (Layout layout : Layout.values()) {
                            sink.accept(Example.of(
                                    op.label() + " " + dtype + " " + n + " " + values + " " + layout,
                                    n,
                                    b -> Tensor.of(op, b.operand(dtype, Shape.of(3, n), values, layout))));
                        }
                    }
                }
            }
        });
    }

    private static Row overRows(Op.Composite op) {
        UnaryOperator<Tensor> rows = x -> Tensor.of(op, x);
        return composite(op, sink -> {
            for (DType dtype : List.of(DType.F32, DType.F64)) {
                for (int n : Sizes.of(dtype)) {
                    for (Values values : Values.values()) {
                        for (Layout layout : Layout.values()) {
                            String name = op.label() + " " + dtype + " " + n + " " + values + " " + layout;
                            sink.accept(Example.of(
                                    name, n, b -> rows.apply(b.operand(dtype, Shape.of(3, n), values, layout))));
                        }
                        sink.accept(Example.of(
                                op.label() + " " + dtype + " columns " + n + " " + values,
                                n,
                                b -> switch (op) { // along the first axis
                                    case Composites.LogSumExp l ->
                                        b.operand(dtype, Shape.of(n, 3), values).logSumExp(0);
                                    case Composites.Softmax s ->
                                        b.operand(dtype, Shape.of(n, 3), values).softmax(0);
                                    default ->
                                        b.operand(dtype, Shape.of(n, 3), values).logSoftmax(0);
                                }));
                    }
                }
            }
        });
    }

    private static Row composite(Op.Composite op, Consumer<Consumer<Example>> cases) {
        Tensor truths = Tensor.input("x", DType.BOOL, Shape.of(2, 3));
        return new Row(
                op.getClass(),
                Tolerance.PARTS,
                cases,
                MovementRows.smooth(op.label(), x -> Tensor.of(op, x.getFirst()), Shape.of(3, 5)),
                List.of(new Row.Refusal(
                        op.label() + ": operand is BOOL[2, 3]; cast it to F32 or F64", () -> Tensor.of(op, truths))));
    }
}
