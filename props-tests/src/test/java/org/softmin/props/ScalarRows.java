package org.softmin.props;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

/** The rows of the elementwise ops, one for each scalar function. */
final class ScalarRows {
    private ScalarRows() {}

    static List<Row> all() {
        List<Row> rows = new ArrayList<>();
        for (Scalar scalar : Scalar.values()) {
            rows.add(new Row(
                    scalar, Tolerance.of(scalar), sink -> cases(scalar, sink), gradient(scalar), refusals(scalar)));
        }
        return rows;
    }

    private static void cases(Scalar scalar, Consumer<Example> sink) {
        Op op = new Op.Map(scalar);
        for (DType dtype : DType.values()) {
            if (!scalar.accepts(dtype)) {
                continue;
            }
            int turn = 0;
            for (int n : Sizes.of(dtype)) {
                for (Values values : Values.values()) {
                    int t = turn++;
                    String name = scalar + " " + dtype + " " + n + " " + values;
                    sink.accept(Example.of(name, t, b -> {
                        List<Tensor> operands = new ArrayList<>();
                        for (int i = 0; i < scalar.arity(); i++) {
                            operands.add(operand(b, scalar, i, dtype, Shape.of(n), values, Layout.DENSE));
                        }
                        return Tensor.of(op, operands);
                    }));
                    sink.accept(Example.of(name + " laid out", t, b -> {
                        List<Tensor> operands = new ArrayList<>();
                        for (int i = 0; i < scalar.arity(); i++) {
                            Layout layout = Layout.values()[(t + i) % Layout.values().length];
                            operands.add(operand(b, scalar, i, dtype, Shape.of(3, n), values, layout));
                        }
                        return Tensor.of(op, operands);
                    }));
                    if (scalar.arity() > 1) {
                        sink.accept(Example.of(name + " broadcast", t, b -> {
                            List<Tensor> operands = new ArrayList<>();
                            for (int i = 0; i < scalar.arity(); i++) {
                                Shape small = List.of(Shape.of(2, 3, n), Shape.of(3, 1), Shape.SCALAR)
                                        .get((t + i) % 3);
                                operands.add(operand(b, scalar, i, dtype, small, values, Layout.DENSE)
                                        .expand(Shape.of(2, 3, n)));
                            }
                            return Tensor.of(op, operands);
                        }));
                    }
                }
            }
        }
    }

    private static Tensor operand(
            Example.Builder b, Scalar scalar, int index, DType dtype, Shape shape, Values values, Layout layout) {
        if (scalar == Scalar.WHERE && index == 0) {
            return b.operand(DType.BOOL, shape, values, layout);
        }
        Tensor x = b.operand(dtype, shape, values, layout);
        boolean divisor = scalar == Scalar.DIV && index == 1 && dtype == DType.I32;
        return divisor ? x.or(Tensor.scalar(dtype, 1)) : x; // odd, so never 0
    }

    private static Row.Gradient gradient(Scalar scalar) {
        return switch (scalar) {
            case NEG, ABS, EXP, SIN, COS, TANH, ERF, ADD, SUB, MUL, MIN, MAX -> smooth(scalar, Values.MODERATE);
            case SIGN, FLOOR, CEIL, ROUND -> smooth(scalar, Values.MODERATE); // 0 between the steps
            case SQRT, LOG, LOG1P, DIV, POW -> smooth(scalar, Values.POSITIVE);
            case WHERE -> {
                Tensor condition = Tensor.of(DType.BOOL, Shape.of(2, 3), 1, 0, 0, 1, 1, 0);
                yield new Row.Gradient.Smooth(List.of(new Row.Point(
                        "where",
                        x -> Tensor.of(new Op.Map(Scalar.WHERE), condition, x.get(0), x.get(1)),
                        points(2, Values.MODERATE))));
            }
            case NOT, AND, OR, XOR, SHL, SHR -> new Row.Gradient.None("truth values and integers carry no gradient");
            case LT, LE, EQ, NE -> new Row.Gradient.None("its result is a truth value");
        };
    }

    private static Row.Gradient smooth(Scalar scalar, Values values) {
        return new Row.Gradient.Smooth(List.of(new Row.Point(
                scalar.toString(), x -> Tensor.of(new Op.Map(scalar), x), points(scalar.arity(), values))));
    }

    private static List<HostArray> points(int count, Values values) {
        SplittableRandom random = new SplittableRandom(7);
        List<HostArray> points = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            points.add(values.array(new Type(DType.F64, Shape.of(2, 3)), random));
        }
        return points;
    }

    private static List<Row.Refusal> refusals(Scalar scalar) {
        Op op = new Op.Map(scalar);
        String label = op.label();
        List<Row.Refusal> refusals = new ArrayList<>();
        for (DType dtype : DType.values()) {
            if (!scalar.accepts(dtype)) {
                refusals.add(new Row.Refusal(
                        label + ": operand 0 is " + dtype + "[3], which " + label
                                + " does not take; cast it to a type it takes",
                        apply(op, scalar.arity(), dtype)));
            }
        }
        Tensor any = Tensor.input("x", accepted(scalar), Shape.of(3));
        int tooMany = scalar.arity() + 1;
        refusals.add(new Row.Refusal(
                label + ": " + tooMany + " operand(s) given; it takes " + scalar.arity(),
                () -> Tensor.of(op, Collections.nCopies(tooMany, any))));
        DType taken = scalar == Scalar.WHERE ? DType.BOOL : accepted(scalar);
        if (scalar.arity() > 1) {
            Tensor a = Tensor.input("a", taken, Shape.of(2, 3));
            Tensor b = Tensor.input("b", taken, Shape.of(3, 2));
            List<Tensor> operands = scalar.arity() == 2 ? List.of(a, b) : List.of(a, b, b);
            refusals.add(new Row.Refusal(
                    label + ": shapes differ: [2, 3] and [3, 2]; expand one of them", () -> Tensor.of(op, operands)));
        }
        if (scalar == Scalar.WHERE) {
            Tensor x = Tensor.input("x", DType.F32, Shape.of(3));
            refusals.add(new Row.Refusal(
                    "where: operand 0 is F32[3], which where does not take; cast it to BOOL",
                    () -> Tensor.of(op, x, x, x)));
        } else if (scalar.arity() == 2 && scalar.accepts(DType.F32)) {
            Tensor x = Tensor.input("x", DType.F32, Shape.of(3));
            Tensor y = Tensor.input("y", DType.F64, Shape.of(3));
            refusals.add(new Row.Refusal(
                    label + ": element types differ: F32[3] and F64[3]; cast one of them", () -> Tensor.of(op, x, y)));
        }
        return refusals;
    }

    private static Supplier<Tensor> apply(Op op, int arity, DType dtype) {
        Tensor x = Tensor.input("x", dtype, Shape.of(3));
        return () -> Tensor.of(op, List.of(x, x, x).subList(0, arity));
    }

    private static DType accepted(Scalar scalar) {
        for (DType dtype : DType.values()) {
            if (scalar.accepts(dtype)) {
                return dtype;
            }
        }
        throw new IllegalStateException(scalar + " takes nothing");
    }
}
