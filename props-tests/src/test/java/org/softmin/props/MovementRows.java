package org.softmin.props;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;
import org.softmin.tensor.Window;

/** The rows of leaves and of the ops that move, pick and convert elements without computing new ones. */
final class MovementRows {
    private static final Row.Gradient NO_OPERAND = new Row.Gradient.None("it has no operand");

    private MovementRows() {}

    static List<Row> all() {
        return List.of(
                input(),
                constant(),
                iota(),
                randomBits(),
                cast(),
                reshape(),
                permute(),
                expand(),
                slice(),
                pad(),
                unfold(),
                foldWindows(),
                concat(),
                gather(),
                scatterAdd(),
                dynamicSlice(),
                dynamicUpdate());
    }

    // ---- leaves

    private static Row input() {
        return row(
                Op.Input.class,
                sink -> overSizes(sink, "input", (b, x) -> x),
                smooth("identity", x -> x.getFirst(), Shape.of(2, 3)),
                refusal(
                        "program: input x F32[3] is used by an output but not listed; add it to the inputs",
                        () -> Program.of(List.of(), List.of(Tensor.input("x", DType.F32, Shape.of(3))))));
    }

    private static Row constant() {
        return row(
                Op.Constant.class,
                sink -> {
                    for (DType dtype : DType.values()) {
                        for (int n : Sizes.of(dtype)) { // above 64 elements it is a bound input
                            for (Values values : Values.values()) {
                                HostArray array = values.array(new Type(dtype, Shape.of(n)), new SplittableRandom(n));
                                sink.accept(Example.of(
                                        "constant " + dtype + " " + n + " " + values, n, b -> Tensor.of(array)));
                            }
                        }
                    }
                },
                NO_OPERAND,
                refusal(
                        "constant: 1 values are given for F32[3]; give one for each element, at most 64",
                        () -> Tensor.of(new Op.Constant(new Type(DType.F32, Shape.of(3)), List.of(1.0)))),
                refusal(
                        "array: shape [2, 2] has 4 elements, but 3 values are given",
                        () -> Tensor.of(DType.F32, Shape.of(2, 2), 1, 2, 3)));
    }

    private static Row iota() {
        return row(
                Op.Iota.class,
                sink -> {
                    for (DType dtype : List.of(DType.F32, DType.F64, DType.I32)) {
                        for (int n : Sizes.of(dtype)) {
                            for (int axis = 0; axis < 3; axis++) {
                                Op op = new Op.Iota(new Type(dtype, Shape.of(2, n, 3)), axis);
                                sink.accept(
                                        Example.of("iota " + dtype + " " + n + " axis " + axis, 0, b -> Tensor.of(op)));
                            }
                        }
                    }
                },
                NO_OPERAND,
                refusal(
                        "iota: axis 2 does not exist in shape [2, 3]; use -2 to 1",
                        () -> Tensor.of(new Op.Iota(new Type(DType.I32, Shape.of(2, 3)), 2))),
                refusal(
                        "iota: positions are numbers, not truth values; use I32",
                        () -> Tensor.of(new Op.Iota(new Type(DType.BOOL, Shape.of(2, 3)), 0))));
    }

    private static Row randomBits() {
        Tensor key = Tensor.input("key", DType.I32, Shape.of(2));
        return row(
                Op.RandomBits.class,
                sink -> {
                    for (int n : Sizes.of(DType.I32)) {
                        sink.accept(Example.of(
                                "random bits " + n,
                                n,
                                b -> Tensor.of(
                                        new Op.RandomBits(Shape.of(n)),
                                        b.operand(DType.I32, Shape.of(2), Values.WIDE),
                                        b.operand(DType.I32, Shape.of(2), Values.SPECIAL))));
                        for (DType dtype : List.of(DType.F32, DType.F64)) {
                            sink.accept(Example.of(
                                    "uniform " + dtype + " " + n, n, b -> key(b).uniform(dtype, Shape.of(3, n))));
                            sink.accept(
                                    Example.of("normal " + dtype + " " + n, n, b -> key(b).normal(dtype, Shape.of(n))));
                        }
                        sink.accept(Example.of("permutation " + n, n, b -> key(b).permutation(n)));
                    }
                },
                new Row.Gradient.None("its operands are integers"),
                refusal(
                        "randombits: key is I32[2] and counter I32[3]; both must be I32[2]",
                        () -> Tensor.of(
                                new Op.RandomBits(Shape.of(5)), key, Tensor.input("c", DType.I32, Shape.of(3)))));
    }

    private static RandomKey key(Example.Builder b) {
        return new RandomKey(b.operand(DType.I32, Shape.of(2), Values.WIDE)).derive("law");
    }

    // ---- one operand

    private static Row cast() {
        return row(
                Op.Cast.class,
                sink -> {
                    for (DType to : DType.values()) {
                        overSizes(sink, "cast to " + to, (b, x) -> Tensor.of(new Op.Cast(to), x));
                    }
                },
                // differences through F32 would drown in its rounding; SingularPointLaws has that gradient
                smooth(
                        "cast",
                        x -> Tensor.of(new Op.Cast(DType.F64), x.getFirst()).square(),
                        Shape.of(2, 3)),
                refusal(
                        "uniform: I32 has no uniform numbers in [0, 1); use F32 or F64, or bits()",
                        () -> RandomKey.of(1).uniform(DType.I32, Shape.of(2))));
    }

    private static Row reshape() {
        return row(
                Op.Reshape.class,
                sink -> {
                    overSizes(sink, "to a row", (b, x) -> x.reshape(x.shape().size()));
                    overSizes(
                            sink,
                            "with ones",
                            (b, x) -> x.reshape(Shape.of(1, x.shape().size(), 1)));
                    overSizes(sink, "transposed", (b, x) -> x.permute(1, 0).reshape(x.shape()));
                },
                smooth("reshape", x -> x.getFirst().reshape(3, 2).square(), Shape.of(2, 3)),
                refusal("reshape: [2, 3] has 6 elements, but [4] has 4", () -> matrix().reshape(Shape.of(4))),
                refusal("reshape: [2, 3] has 6 elements, which do not fill [4, -1]", () -> matrix().reshape(4, -1)));
    }

    private static Row permute() {
        return row(
                Op.Permute.class,
                sink -> {
                    overSizes(sink, "transpose", (b, x) -> x.permute(1, 0));
                    for (List<Integer> order : List.of(
                            List.of(0, 2, 1), List.of(1, 0, 2), List.of(1, 2, 0), List.of(2, 0, 1), List.of(2, 1, 0))) {
                        overSizes(
                                sink,
                                "permute " + order,
                                (b, x) -> Tensor.of(
                                        new Op.Permute(order),
                                        b.operand(
                                                x.dtype(), Shape.of(2, x.shape().dim(1), 5), Values.SPECIAL)));
                    }
                },
                smooth("permute", x -> x.getFirst().permute(2, 0, 1).square(), Shape.of(2, 3, 4)),
                refusal(
                        "permute: [0, 0] is not an order of the dimensions of [2, 3]; name each from 0 to 1 once",
                        () -> matrix().permute(0, 0)),
                refusal(
                        "transpose: [] has fewer than 2 dimensions; reshape it to a matrix first",
                        () -> Tensor.scalar(DType.F32, 1).transpose()));
    }

    private static Row expand() {
        return row(
                Op.Expand.class,
                sink -> {
                    overSizes(
                            sink,
                            "in front",
                            (b, x) -> x.expand(Shape.of(4, 3, x.shape().dim(1))));
                    overSizes(
                            sink,
                            "at the end",
                            (b, x) -> x.reshape(x.shape().insert(2, 1))
                                    .expand(x.shape().insert(2, 5)));
                    overSizes(
                            sink,
                            "in the middle",
                            (b, x) -> x.reshape(x.shape().insert(1, 1))
                                    .expand(x.shape().insert(1, 2)));
                },
                smooth(
                        "expand",
                        x -> x.getFirst()
                                .reshape(3, 1)
                                .expand(Shape.of(2, 3, 4))
                                .mul(Tensor.iota(DType.F64, 4)),
                        Shape.of(3)),
                refusal(
                        "expand: [2, 3] does not expand to [2, 4]; ranks must agree and every changed dimension must be"
                                + " 1",
                        () -> matrix().expand(Shape.of(2, 4))),
                refusal(
                        "add: shapes [2, 3] and [4] do not broadcast (3 and 4 in dimension -1); make them equal or one"
                                + " of them 1",
                        () -> matrix().add(Tensor.input("y", DType.F32, Shape.of(4)))));
    }

    private static Row slice() {
        return row(
                Op.Slice.class,
                sink -> {
                    overSizes(sink, "head", (b, x) -> x.slice(1, 0, x.shape().dim(1) / 2));
                    overSizes(
                            sink,
                            "tail",
                            (b, x) -> x.slice(1, x.shape().dim(1) / 3, x.shape().dim(1))
                                    .slice(0, 1, 2));
                    for (int step : List.of(2, 3)) {
                        overSizes(
                                sink,
                                "every " + step,
                                (b, x) -> Tensor.of(
                                        new Op.Slice(
                                                List.of(1, Math.min(1, x.shape().dim(1))),
                                                List.of(3, x.shape().dim(1)),
                                                List.of(1, step)),
                                        x));
                    }
                },
                smooth(
                        "slice by 2 and 3",
                        x -> Tensor.of(new Op.Slice(List.of(1, 0), List.of(5, 7), List.of(2, 3)), x.getFirst())
                                .square(),
                        Shape.of(5, 7)),
                refusal(
                        "slice: [1, 4) by 1 is not within dimension 1 of [2, 3]; need 0 <= start <= limit <= extent"
                                + " and step >= 1",
                        () -> matrix().slice(1, 1, 4)),
                refusal(
                        "slice: start [0], limit [1], step [1] need 2 entries each for shape [2, 3]",
                        () -> Tensor.of(new Op.Slice(List.of(0), List.of(1), List.of(1)), matrix())));
    }

    private static Row pad() {
        return row(
                Op.Pad.class,
                sink -> {
                    overSizes(sink, "pad", (b, x) -> x.pad(1, 2, 1, 1));
                    overSizes(
                            sink,
                            "pad with infinity",
                            (b, x) -> x.pad(0, 1, 0, x.dtype().isFloating() ? Double.POSITIVE_INFINITY : 0));
                    overSizes(
                            sink,
                            "spread",
                            (b, x) -> Tensor.of(new Op.Pad(0, List.of(0, 3), List.of(1, 0), List.of(1, 2)), x));
                },
                smooth(
                        "pad and spread",
                        x -> Tensor.of(new Op.Pad(5, List.of(1, 0), List.of(0, 2), List.of(0, 1)), x.getFirst())
                                .square(),
                        Shape.of(2, 3)),
                refusal(
                        "pad: low [0, -1], high [0, 0], interior [0, 0] must not be negative; use slice to cut",
                        () -> matrix().pad(1, -1, 0, 0)),
                refusal(
                        "pad: low [0], high [0], interior [0] need 2 entries each for shape [2, 3]",
                        () -> Tensor.of(new Op.Pad(0, List.of(0), List.of(0), List.of(0)), matrix())));
    }

    private static Row unfold() {
        return row(
                Op.Unfold.class,
                sink -> {
                    for (Window window : List.of(
                            Window.of(1),
                            Window.of(3).padding(1),
                            Window.of(2).stride(3).padding(2, 1),
                            Window.of(3).dilation(2).padding(4).stride(2))) {
                        overSizes(
                                sink,
                                "windows " + window,
                                (b, x) -> window.count(x.shape().dim(1)) == 0 ? x : x.unfold(1, window));
                    }
                    overSizes(sink, "of rows", (b, x) -> x.unfold(0, Window.of(2)));
                    overSizes(
                            sink,
                            "windows along both axes, summed",
                            (b, x) -> isBool(x) || x.shape().dim(1) == 0
                                    ? x
                                    : x.unfold(1, Window.of(3).padding(1))
                                            .unfold(0, Window.of(2).padding(1, 0))
                                            .sum(1, 3));
                },
                smooth(
                        "windows that overlap, and some elements in none",
                        x -> x.getFirst()
                                .unfold(1, Window.of(2).dilation(2).stride(4))
                                .unfold(0, Window.of(3).padding(1))
                                .square(),
                        Shape.of(4, 9)),
                refusal(
                        "unfold: a window of 2 elements by 3 reaches over 4, but axis 1 of [2, 3] has 3; pad it",
                        () -> matrix().unfold(1, Window.of(2).dilation(3))),
                refusal(
                        "unfold: size 2, stride 0 and dilation 1 must be 1 or more",
                        () -> Tensor.of(new Op.Unfold(1, 2, 0, 1), matrix())),
                refusal(
                        "window: size 0, stride 1, dilation 1, padding 0 and 0; the first three must be 1 or more,"
                                + " padding 0 or more",
                        () -> Window.of(0)),
                refusal(
                        "unfold: axis 2 does not exist in shape [2, 3]; use -2 to 1",
                        () -> matrix().unfold(2, Window.of(1))));
    }

    private static Row foldWindows() {
        return row(
                Op.FoldWindows.class,
                sink -> {
                    for (int dilation : List.of(1, 2)) {
                        for (int stride : List.of(1, 2, 5)) {
                            overSizes(sink, "columns by " + stride + ", " + dilation, (b, x) -> {
                                int reach = 2 * stride + Math.max(x.shape().dim(1) - 1, 0) * dilation + 1;
                                return isBool(x) || x.shape().dim(1) == 0
                                        ? x
                                        : x.foldWindows(0, reach + stride, stride, dilation);
                            });
                        }
                    }
                    overSizes(sink, "fields of a batch", (b, x) -> {
                        int n = x.shape().dim(1);
                        return isBool(x)
                                ? x
                                : x.reshape(Shape.of(1, 3, n))
                                        .transpose()
                                        .reshape(Shape.of(n, 3, 1))
                                        .foldWindows(0, Math.max(n, 1) * 2 + 1, 2, 1);
                    });
                },
                smooth(
                        "fold with room at the end",
                        x -> x.getFirst().foldWindows(1, 12, 2, 3).square(),
                        Shape.of(2, 3, 2)),
                refusal(
                        "fold: 2 windows of 3 elements by 1, one every 2, reach over 5, more than the extent 4",
                        () -> matrix().foldWindows(0, 4, 2, 1)),
                refusal(
                        "fold: truth values have no sum; cast to I32 to count them",
                        () -> matrix().eq(0).foldWindows(0, 9, 2, 1)));
    }

    // ---- several operands

    private static Row concat() {
        return row(
                Op.Concat.class,
                sink -> {
                    overSizes(
                            sink,
                            "columns",
                            (b, x) -> Tensor.concat(
                                    1, List.of(x, b.operand(x.dtype(), Shape.of(3, 5), Values.SPECIAL), x)));
                    overSizes(
                            sink,
                            "rows",
                            (b, x) -> Tensor.concat(
                                    0,
                                    List.of(
                                            b.operand(
                                                    x.dtype(),
                                                    Shape.of(2, x.shape().dim(1)),
                                                    Values.TIES,
                                                    Layout.STRIDED),
                                            x)));
                },
                smooth(
                        "concat",
                        x -> Tensor.concat(1, List.of(x.get(0), x.get(1), x.get(0)))
                                .square(),
                        Shape.of(2, 3),
                        Shape.of(2, 1)),
                refusal(
                        "concat: F32[2, 3] and F32[3, 3] do not join along axis 1; element types and all other"
                                + " dimensions must agree",
                        () -> Tensor.concat(1, List.of(matrix(), Tensor.input("y", DType.F32, Shape.of(3, 3))))),
                refusal("concat: no operands are given; it takes at least one", () -> Tensor.concat(0, List.of())));
    }

    private static Row gather() {
        return row(
                Op.Gather.class,
                sink -> {
                    overSizes(sink, "rows", (b, x) -> x.gather(0, b.positions(Shape.of(4), 3)));
                    overSizes(
                            sink,
                            "columns",
                            (b, x) -> x.gather(
                                    1,
                                    b.positions(
                                            x.shape().dim(1) == 0 ? Shape.of(0) : Shape.of(2, 5),
                                            x.shape().dim(1))));
                    overSizes(sink, "one row", (b, x) -> x.gather(0, b.positions(Shape.SCALAR, 3)));
                },
                smooth("gather", x -> x.getFirst().gather(1, somePositions(3)).square(), Shape.of(2, 3)),
                refusal("gather: positions are F32[2, 3]; cast them to I32", () -> matrix().gather(0, matrix())),
                refusal("gather: 1 operand(s) given; it takes 2", () -> Tensor.of(new Op.Gather(0), matrix())),
                refusal(
                        "gather: axis 2 does not exist in shape [2, 3]; use -2 to 1",
                        () -> matrix().gather(2, somePositions(2))));
    }

    private static Row scatterAdd() {
        return row(
                Op.ScatterAdd.class,
                sink -> {
                    overSizes(
                            sink,
                            "rows",
                            (b, x) -> isBool(x)
                                    ? x
                                    : x.scatterAdd(
                                            0,
                                            b.positions(Shape.of(7), 3),
                                            b.operand(
                                                    x.dtype(),
                                                    Shape.of(7, x.shape().dim(1)),
                                                    Values.MODERATE)));
                    overSizes(
                            sink,
                            "columns",
                            (b, x) -> isBool(x) || x.shape().dim(1) == 0
                                    ? x
                                    : x.scatterAdd(
                                            1,
                                            b.positions(
                                                    Shape.of(2, 5), x.shape().dim(1)),
                                            b.operand(x.dtype(), Shape.of(3, 2, 5), Values.WIDE, Layout.PERMUTED)));
                },
                smooth(
                        "scatter",
                        x -> x.get(0).scatterAdd(1, somePositions(3), x.get(1)).square(),
                        Shape.of(2, 3),
                        Shape.of(2, 4)),
                refusal(
                        "scatteradd: updates are F32[2, 3], but base F32[2, 3] and positions I32[4] need F32[4, 3]",
                        () -> matrix().scatterAdd(0, somePositions(2), matrix())));
    }

    private static boolean isBool(Tensor x) {
        return x.dtype() == DType.BOOL;
    }

    private static Row dynamicSlice() {
        return row(
                Op.DynamicSlice.class,
                sink -> {
                    overSizes(
                            sink,
                            "block",
                            (b, x) -> x.dynamicSlice(
                                    Shape.of(2, x.shape().dim(1) / 2),
                                    corner(b, 2, x.shape().dim(1) - x.shape().dim(1) / 2 + 1)));
                    overSizes(sink, "all", (b, x) -> x.dynamicSlice(x.shape(), corner(b, 1, 1)));
                },
                smooth(
                        "dynamic slice",
                        x -> x.getFirst()
                                .dynamicSlice(Shape.of(1, 2), Tensor.of(DType.I32, Shape.of(2), 1, 1))
                                .square(),
                        Shape.of(2, 3)),
                refusal(
                        "dynamicslice: a block of [3, 3] does not fit into [2, 3]",
                        () -> matrix().dynamicSlice(Shape.of(3, 3), somePositions(2))),
                refusal(
                        "dynamicslice: the corner is I32[4]; it must be I32[2]",
                        () -> matrix().dynamicSlice(Shape.of(1, 1), somePositions(2))));
    }

    private static Row dynamicUpdate() {
        return row(
                Op.DynamicUpdate.class,
                sink -> overSizes(
                        sink,
                        "block",
                        (b, x) -> x.dynamicUpdate(
                                b.operand(x.dtype(), Shape.of(2, x.shape().dim(1) / 2), Values.SPECIAL, Layout.OFFSET),
                                corner(b, 2, x.shape().dim(1) - x.shape().dim(1) / 2 + 1))),
                smooth(
                        "dynamic update",
                        x -> x.get(0)
                                .dynamicUpdate(x.get(1), Tensor.of(DType.I32, Shape.of(2), 1, 0))
                                .square(),
                        Shape.of(2, 3),
                        Shape.of(1, 2)),
                refusal(
                        "dynamicupdate: a block of [4] does not fit into [2, 3]",
                        () -> matrix().dynamicUpdate(Tensor.input("b", DType.F32, Shape.of(4)), somePositions(2))),
                refusal(
                        "dynamicupdate: element types differ: F32[2, 3] and I32[4]",
                        () -> matrix().dynamicUpdate(somePositions(2), somePositions(2))));
    }

    private static Tensor corner(Example.Builder b, int rows, int columns) {
        Tensor row = b.positions(Shape.of(1), rows);
        return Tensor.concat(0, List.of(row, b.positions(Shape.of(1), columns)));
    }

    // ---- making rows

    /** Matrices [3, n] of all types, sizes, layouts and kinds of values. */
    static void overSizes(Consumer<Example> sink, String name, BiFunction<Example.Builder, Tensor, Tensor> expression) {
        for (DType dtype : DType.values()) {
            int turn = 0;
            for (int n : Sizes.of(dtype)) {
                Layout layout = Layout.values()[turn % Layout.values().length];
                Values values = Values.values()[turn++ / 2 % Values.values().length];
                for (Layout how : layout == Layout.DENSE ? List.of(layout) : List.of(Layout.DENSE, layout)) {
                    sink.accept(Example.of(
                            name + " " + dtype + " [3, " + n + "] " + values + " " + how,
                            turn,
                            b -> expression.apply(b, b.operand(dtype, Shape.of(3, n), values, how))));
                }
            }
        }
    }

    static Row.Gradient smooth(String name, Function<List<Tensor>, Tensor> f, Shape... shapes) {
        return smooth(name, f, Values.MODERATE, shapes);
    }

    static Row.Gradient smooth(String name, Function<List<Tensor>, Tensor> f, Values values, Shape... shapes) {
        SplittableRandom random = new SplittableRandom(name.hashCode());
        List<HostArray> at = new ArrayList<>();
        for (Shape shape : shapes) {
            at.add(values.array(new Type(DType.F64, shape), random));
        }
        return new Row.Gradient.Smooth(List.of(new Row.Point(name, f, at)));
    }

    static Row.Refusal refusal(String message, Supplier<?> mistake) {
        return new Row.Refusal(message, mistake);
    }

    static Row row(
            Class<? extends Op> op, Consumer<Consumer<Example>> cases, Row.Gradient gradient, Row.Refusal... refusals) {
        return new Row(op, Tolerance.EXACT, cases, gradient, List.of(refusals));
    }

    private static Tensor matrix() {
        return Tensor.input("x", DType.F32, Shape.of(2, 3));
    }

    private static Tensor somePositions(int extent) {
        return Tensor.of(DType.I32, Shape.of(4), 0, extent - 1, 1 % extent, 0);
    }
}
