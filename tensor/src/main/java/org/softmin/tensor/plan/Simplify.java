package org.softmin.tensor.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
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
 * x · 1, x / 1, x − 0, −(−x) become x. x + 0 stays, because it turns −0 into 0. A matrix that is known to be symmetric is
 * its own transpose, so that the two products in the gradient of A·Aᵀ become one.
 */
public final class Simplify {
    private Simplify() {}

    /** The simplified program, with the same inputs and outputs. */
    public static Program apply(Program program) {
        Map<Tensor, Integer> users = new HashMap<>();
        program.nodes().forEach(node -> new HashSet<>(node.inputs()).forEach(x -> users.merge(x, 1, Integer::sum)));
        program.outputs().forEach(x -> users.merge(x, 1, Integer::sum));
        Set<Tensor> symmetric = new HashSet<>();
        return program.rewrite((node, operands) -> {
            boolean onlyUser =
                    !node.inputs().isEmpty() && users.getOrDefault(node.inputs().getFirst(), 0) == 1;
            Tensor result = null;
            if (isTransposition(node.op(), node.shape().rank())) {
                Tensor x = operands.getFirst();
                result = symmetric.contains(x) ? x : onlyUser ? transposedProduct(x, symmetric) : null;
            }
            result = result == null ? simpler(node.op(), operands) : result;
            result = result == null ? Tensor.of(node.op(), operands) : result;
            if (isSymmetric(result, symmetric)) {
                symmetric.add(result);
            }
            return result;
        });
    }

    static boolean isTransposition(Op op, int rank) {
        if (!(op instanceof Op.Permute p) || rank < 2) {
            return false;
        }
        for (int i = 0; i < rank; i++) {
            if (p.order().get(i) != (i < rank - 2 ? i : 2 * rank - 3 - i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether the matrices of {@code x} equal their transposes to the bit: A·Aᵀ, whose elements (i, j) and (j, i) are the
     * same sums of the same products, the identity, numbers, and whatever is made of these element by element.
     */
    private static boolean isSymmetric(Tensor x, Set<Tensor> known) {
        int rank = x.shape().rank();
        if (rank < 2 || x.shape().dim(-1) != x.shape().dim(-2)) {
            return false;
        }
        List<Tensor> in = x.inputs();
        return switch (x.op()) {
            case Op.MatMul m -> areTransposes(in.get(0), in.get(1)) || areTransposes(in.get(1), in.get(0));
            case Op.Map m -> known.containsAll(in) || isIdentity(x, rank);
            case Op.Cast c -> known.containsAll(in);
            case Op.Expand e ->
                in.getFirst().shape().dim(-1) == 1 && in.getFirst().shape().dim(-2) == 1;
            case Op.Input i -> false;
            case Op.Constant c -> false;
            case Op.Iota i -> false;
            case Op.Reduce r -> false;
            case Op.ArgReduce r -> false;
            case Op.Reshape r -> false;
            case Op.Permute p -> false;
            case Op.Slice s -> false;
            case Op.Pad p -> false;
            case Op.Concat c -> false;
            case Op.DynamicSlice d -> false;
            case Op.DynamicUpdate d -> false;
            case Op.Gather g -> false;
            case Op.ScatterAdd s -> false;
            case Op.Unfold u -> false;
            case Op.FoldWindows f -> false;
            case Op.ArgSort s -> false;
            case Op.RandomBits r -> false;
            case Op.Composite c -> false;
        };
    }

    private static boolean areTransposes(Tensor a, Tensor b) {
        return isTransposition(b.op(), b.shape().rank())
                && b.inputs().getFirst().equals(a);
    }

    private static boolean isIdentity(Tensor x, int rank) {
        return (x.op().equals(new Op.Map(Scalar.EQ)) || x.op().equals(new Op.Map(Scalar.NE)))
                && x.inputs().get(0).op() instanceof Op.Iota rows
                && x.inputs().get(1).op() instanceof Op.Iota columns
                && rows.axis() == rank - 2
                && columns.axis() == rank - 1;
    }

    /** (A·B)ᵀ = Bᵀ·Aᵀ: the product reads its operands in any order, the reader of a transpose pays for each element. */
    private static @Nullable Tensor transposedProduct(Tensor product, Set<Tensor> symmetric) {
        if (!(product.op() instanceof Op.MatMul)) {
            return null;
        }
        Tensor a = product.inputs().get(0);
        Tensor b = product.inputs().get(1);
        return transpose(b, symmetric).matmul(transpose(a, symmetric));
    }

    private static Tensor transpose(Tensor x, Set<Tensor> symmetric) {
        return symmetric.contains(x)
                ? x
                : isTransposition(x.op(), x.shape().rank()) ? x.inputs().getFirst() : x.transpose();
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
            case Op.Unfold u -> null;
            case Op.FoldWindows f -> null;
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
