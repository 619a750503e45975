package org.softmin.autograd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * The gradient rule of each op: from the gradient of a node's result to the gradients of its operands.
 *
 * <p>Rules build tensors, so a gradient can be differentiated again. Where a function has a singular point the rule
 * gives the documented convention, and gives it without a NaN in a branch not taken, so that the second order is clean
 * too.
 */
final class VjpRules {
    private VjpRules() {}

    /** One gradient per operand of {@code node}, null where none flows. */
    static List<@Nullable Tensor> apply(Tensor node, Tensor g) {
        List<Tensor> in = node.inputs();
        Tensor x = in.isEmpty() ? node : in.getFirst();
        return switch (node.op()) {
            case Op.Input i -> List.of();
            case Op.Constant c -> List.of();
            case Op.Iota i -> List.of();
            case Op.ArgReduce a -> none(in);
            case Op.ArgSort a -> none(in);
            case Op.RandomBits r -> none(in);
            case Op.Map m -> map(m.scalar(), node, g);
            case Op.Reduce r -> List.of(reduce(r, node, g));
            case Op.MatMul m ->
                List.of(g.matmul(in.get(1).transpose()), x.transpose().matmul(g));
            case Op.Reshape r -> List.of(g.reshape(x.shape()));
            case Op.Permute p -> List.of(g.permute(inverse(p.order())));
            case Op.Expand e -> List.of(unexpand(g, x.shape()));
            case Op.Slice s -> List.of(unslice(s, g, x.shape()));
            case Op.Pad p -> List.of(unpad(p, g));
            case Op.Concat c -> split(c.axis(), in, g);
            case Op.DynamicSlice d -> firsts(in, zeros(x).dynamicUpdate(g, in.get(1)));
            case Op.DynamicUpdate d ->
                firsts(
                        in,
                        g.dynamicUpdate(zeros(in.get(1)), in.get(2)),
                        g.dynamicSlice(in.get(1).shape(), in.get(2)));
            case Op.Gather a -> firsts(in, zeros(x).scatterAdd(a.axis(), in.get(1), g));
            case Op.ScatterAdd s -> Arrays.asList(g, null, g.gather(s.axis(), in.get(1)));
            case Op.Unfold u -> List.of(g.foldWindows(u.axis(), x.shape().dim(u.axis()), u.stride(), u.dilation()));
            case Op.FoldWindows f -> List.of(unfold(f, g, x.shape()));
            case Op.Cast c -> firsts(in, g.cast(x.dtype()));
            case Op.Composite c -> composite(c, node, g);
        };
    }

    private static List<@Nullable Tensor> map(Scalar scalar, Tensor node, Tensor g) {
        List<Tensor> in = node.inputs();
        Tensor a = in.getFirst();
        Tensor b = in.get(Math.min(1, in.size() - 1));
        return switch (scalar) {
            case NEG -> List.of(g.neg());
            case ABS -> List.of(g.mul(a.sign()));
            // dividing by infinity gives the convention 0 at 0, and 0 again in the second order
            case SQRT -> List.of(g.div(node.eq(0).where(full(a, Double.POSITIVE_INFINITY), node.mul(2))));
            case EXP -> List.of(g.mul(node));
            case LOG -> List.of(g.div(a));
            case LOG1P -> List.of(g.div(a.add(1)));
            case SIN -> List.of(g.mul(a.cos()));
            case COS -> List.of(g.mul(a.sin()).neg());
            case TANH -> List.of(g.mul(node.square().neg().add(1)));
            case ERF -> List.of(g.mul(a.square().neg().exp().mul(2 / Math.sqrt(Math.PI))));
            case ADD -> List.of(g, g);
            case SUB -> List.of(g, g.neg());
            case MUL -> List.of(g.mul(b), g.mul(a));
            case DIV -> {
                Tensor quotient = g.div(b);
                yield List.of(quotient, quotient.mul(node).neg());
            }
            case POW -> {
                // 0 · ln 0 = 0
                Tensor log = a.eq(0).where(full(a, 1), a).log();
                yield List.of(g.mul(b.mul(a.pow(b.sub(1)))), g.mul(node.mul(log)));
            }
            case MIN -> List.of(g.mul(share(a, b)), g.mul(share(b, a)));
            case MAX -> List.of(g.mul(share(b, a)), g.mul(share(a, b)));
            case WHERE -> Arrays.asList(null, a.where(g, zeros(g)), a.where(zeros(g), g));
            case SIGN, FLOOR, CEIL, ROUND, NOT, AND, OR, XOR, SHL, SHR, LT, LE, EQ, NE -> none(in);
        };
    }

    /** 1 where low &lt; high, ½ where they are equal, 0 elsewhere. */
    private static Tensor share(Tensor low, Tensor high) {
        return low.lt(high).where(full(low, 1), low.eq(high).where(full(low, 0.5), zeros(low)));
    }

    private static Tensor reduce(Op.Reduce op, Tensor node, Tensor g) {
        Tensor x = node.inputs().getFirst();
        Shape kept = x.shape().with(op.axis(), 1);
        Tensor spread = g.reshape(kept);
        return switch (op.fold()) {
            case SUM -> spread.expand(x.shape());
            case MAX, MIN -> { // shared evenly among the elements that attain the extremum
                Tensor attains = x.eq(node.reshape(kept)).cast(x.dtype());
                yield attains.mul(spread.div(attains.reduce(Fold.SUM, true, op.axis())));
            }
        };
    }

    private static int[] inverse(List<Integer> order) {
        int[] inverse = new int[order.size()];
        for (int i = 0; i < inverse.length; i++) {
            inverse[order.get(i)] = i;
        }
        return inverse;
    }

    private static Tensor unexpand(Tensor g, Shape shape) {
        Tensor result = g;
        for (int axis = 0; axis < shape.rank(); axis++) {
            if (shape.dim(axis) != g.shape().dim(axis)) {
                result = result.reduce(Fold.SUM, true, axis);
            }
        }
        return result;
    }

    private static Tensor unslice(Op.Slice op, Tensor g, Shape shape) {
        List<Integer> high = new ArrayList<>();
        for (int i = 0; i < shape.rank(); i++) {
            int n = g.shape().dim(i);
            int covered = n == 0 ? 0 : (n - 1) * op.step().get(i) + 1;
            high.add(shape.dim(i) - op.start().get(i) - covered);
        }
        List<Integer> between = op.step().stream().map(step -> step - 1).toList();
        return Tensor.of(new Op.Pad(0, op.start(), high, between), g);
    }

    private static Tensor unpad(Op.Pad op, Tensor g) {
        List<Integer> limit = new ArrayList<>();
        for (int i = 0; i < op.high().size(); i++) {
            limit.add(g.shape().dim(i) - op.high().get(i));
        }
        List<Integer> step = op.interior().stream().map(gap -> gap + 1).toList();
        return Tensor.of(new Op.Slice(op.low(), limit, step), g);
    }

    /** The windows of {@code g}, without those that {@code shape} has none of: there may be room for more. */
    private static Tensor unfold(Op.FoldWindows op, Tensor g, Shape shape) {
        if (shape.size() == 0) {
            return Tensor.zeros(g.dtype(), shape);
        }
        Tensor windows = Tensor.of(new Op.Unfold(op.axis(), shape.dim(op.axis() + 1), op.stride(), op.dilation()), g);
        return windows.slice(op.axis(), 0, shape.dim(op.axis()));
    }

    private static List<@Nullable Tensor> split(int axis, List<Tensor> parts, Tensor g) {
        List<@Nullable Tensor> result = new ArrayList<>();
        int from = 0;
        for (Tensor part : parts) {
            int to = from + part.shape().dim(axis);
            result.add(g.slice(axis, from, to));
            from = to;
        }
        return result;
    }

    private static List<@Nullable Tensor> composite(Op.Composite op, Tensor node, Tensor g) {
        List<Tensor> own = op.vjp(node.inputs(), node, g);
        return own.isEmpty() ? Gradients.partials(op.decompose(node.inputs()), node.inputs(), g) : new ArrayList<>(own);
    }

    private static Tensor full(Tensor like, double value) {
        return Tensor.full(like.dtype(), like.shape(), value);
    }

    private static Tensor zeros(Tensor like) {
        return full(like, 0);
    }

    private static List<@Nullable Tensor> none(List<Tensor> in) {
        return new ArrayList<>(Collections.<@Nullable Tensor>nCopies(in.size(), null));
    }

    /** Gradients for the first operands, none for the rest. */
    private static List<@Nullable Tensor> firsts(List<Tensor> in, Tensor... gradients) {
        List<@Nullable Tensor> result = new ArrayList<>(Arrays.asList(gradients));
        while (result.size() < in.size()) {
            result.add(null);
        }
        return result;
    }
}
