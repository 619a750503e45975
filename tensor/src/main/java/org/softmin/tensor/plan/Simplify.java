package org.softmin.tensor.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Local rewrites that make a program smaller and change no bit of its results.
 *
 * <p>Movements that do nothing or undo each other disappear, exact arithmetic on constants is done once, and
 * x · 1, x / 1, x − 0, −(−x) become x. x + 0 stays, because it turns −0 into 0.
 */
public final class Simplify {
    private Simplify() {}

    /** The simplified program, with the same inputs and outputs. */
    public static Program apply(Program program) {
        Map<Tensor, Integer> users = new HashMap<>();
        program.nodes().forEach(node -> new HashSet<>(node.inputs()).forEach(x -> users.merge(x, 1, Integer::sum)));
        program.outputs().forEach(x -> users.merge(x, 1, Integer::sum));
        return program.rewrite((node, operands) -> {
            boolean onlyUser =
                    !node.inputs().isEmpty() && users.getOrDefault(node.inputs().getFirst(), 0) == 1;
            Tensor result = onlyUser ? transposedProduct(node.op(), operands.getFirst()) : null;
            result = result == null ? simpler(node.op(), operands) : result;
            return result == null ? Tensor.of(node.op(), operands) : result;
        });
    }

    /** (A·B)ᵀ = Bᵀ·Aᵀ: the product reads its operands in any order, the reader of a transpose pays for each element. */
    private static @Nullable Tensor transposedProduct(Op op, Tensor product) {
        if (!(op instanceof Op.Permute p) || !(product.op() instanceof Op.MatMul)) {
            return null;
        }
        int rank = product.shape().rank();
        for (int i = 0; i < rank; i++) {
            if (p.order().get(i) != (i < rank - 2 ? i : 2 * rank - 3 - i)) {
                return null;
            }
        }
        return product.inputs()
                .get(1)
                .transpose()
                .matmul(product.inputs().get(0).transpose());
    }

    private static @Nullable Tensor simpler(Op op, List<Tensor> in) {
        return switch (op) {
            case Op.Map m -> map(m.scalar(), in);
            case Op.Reshape r -> reshape(r.to(), in.getFirst());
            case Op.Permute p -> permute(p, in.getFirst());
            case Op.Expand e -> expand(e.to(), in.getFirst());
            case Op.Cast c -> c.to() == in.getFirst().dtype() ? in.getFirst() : null;
            case Op.Slice s -> unchanged(s, in);
            case Op.Pad p -> unchanged(p, in);
            case Op.Concat c -> in.size() == 1 ? in.getFirst() : null;
            case Op.DynamicSlice d -> null;
            case Op.DynamicUpdate d -> null;
            case Op.Input i -> null;
            case Op.Constant c -> null;
            case Op.Iota i -> null;
            case Op.Reduce r -> null;
            case Op.ArgReduce r -> null;
            case Op.MatMul m -> null;
            case Op.Gather g -> null;
            case Op.ScatterAdd s -> null;
            case Op.ArgSort s -> null;
            case Op.RandomBits r -> null;
            case Op.Composite c -> null;
        };
    }

    /** A slice or padding that gives the shape it is given has moved nothing. */
    private static @Nullable Tensor unchanged(Op op, List<Tensor> in) {
        Tensor x = in.getFirst();
        return op.infer(in).shape().equals(x.shape()) ? x : null;
    }

    private static @Nullable Tensor reshape(Shape to, Tensor x) {
        if (to.equals(x.shape())) {
            return x;
        }
        return x.op() instanceof Op.Reshape ? x.inputs().getFirst().reshape(to) : null;
    }

    private static @Nullable Tensor permute(Op.Permute p, Tensor x) {
        List<Integer> order = p.order();
        Tensor source = x;
        if (x.op() instanceof Op.Permute first) {
            order = order.stream().map(first.order()::get).toList();
            source = x.inputs().getFirst();
        }
        boolean inPlace = true; // dimensions of extent 1 may move without moving an element
        int last = -1;
        for (int axis : order) {
            if (source.shape().dim(axis) != 1) {
                inPlace &= axis > last;
                last = axis;
            }
        }
        if (inPlace) {
            return source.reshape(p.infer(List.of(x)).shape());
        }
        return source == x ? null : Tensor.of(new Op.Permute(order), source);
    }

    private static @Nullable Tensor expand(Shape to, Tensor x) {
        if (to.equals(x.shape())) {
            return x;
        }
        return x.op() instanceof Op.Expand
                ? Tensor.of(new Op.Expand(to), x.inputs().getFirst())
                : null;
    }

    private static @Nullable Tensor map(Scalar scalar, List<Tensor> in) {
        Tensor a = in.getFirst();
        Tensor b = in.get(Math.min(1, in.size() - 1));
        Tensor folded = fold(scalar, in);
        if (folded != null) {
            return folded;
        }
        return switch (scalar) {
            case MUL -> isSplat(b, 1) ? a : isSplat(a, 1) ? b : null;
            case DIV -> isSplat(b, 1) ? a : null;
            case SUB -> isSplat(b, 0) ? a : null;
            case NEG -> a.op().equals(new Op.Map(Scalar.NEG)) ? a.inputs().getFirst() : null;
            case NOT -> a.op().equals(new Op.Map(Scalar.NOT)) ? a.inputs().getFirst() : null;
            case WHERE -> b.equals(in.getLast()) ? b : null;
            case ADD, MIN, MAX, POW, AND, OR, XOR, SHL, SHR, LT, LE, EQ, NE -> null;
            case ABS, SIGN, SQRT, EXP, LOG, LOG1P, SIN, COS, TANH, ERF, FLOOR, CEIL, ROUND -> null;
        };
    }

    /** Arithmetic on constants, where every backend gives the correctly rounded result: then it can be given here. */
    private static @Nullable Tensor fold(Scalar scalar, List<Tensor> in) {
        boolean exact = switch (scalar) {
            case NEG, ABS, ADD, SUB, MUL, DIV, SQRT -> in.getFirst().dtype().isFloating();
            case SIGN, FLOOR, CEIL, ROUND, MIN, MAX, LT, LE, EQ, NE, WHERE, NOT, AND, OR, XOR, SHL, SHR -> false;
            case EXP, LOG, LOG1P, SIN, COS, TANH, ERF, POW -> false;
        };
        List<Double> values = new ArrayList<>();
        for (Tensor operand : in) {
            OptionalDouble value = exact ? splat(operand) : OptionalDouble.empty();
            if (value.isEmpty()) {
                return null;
            }
            values.add(value.getAsDouble());
        }
        Tensor like = in.getFirst();
        return Tensor.full(
                like.dtype(),
                like.shape(),
                like.dtype().round(scalar.apply(values.getFirst(), values.getLast(), values.getLast())));
    }

    private static boolean isSplat(Tensor x, double value) {
        OptionalDouble splat = splat(x);
        return splat.isPresent() && Double.compare(splat.getAsDouble(), value) == 0;
    }

    /** The number that every element of {@code x} is known to be. */
    static OptionalDouble splat(Tensor x) {
        Tensor source = x;
        while (source.op() instanceof Op.Expand
                || source.op() instanceof Op.Reshape
                || source.op() instanceof Op.Permute) {
            source = source.inputs().getFirst();
        }
        return source.op() instanceof Op.Constant c
                        && c.values().stream().distinct().count() == 1
                ? OptionalDouble.of(c.values().getFirst())
                : OptionalDouble.empty();
    }
}
