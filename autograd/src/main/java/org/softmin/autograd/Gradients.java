package org.softmin.autograd;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Derivatives of tensor expressions, as tensor expressions: they can be evaluated, compiled and differentiated again.
 *
 * <p>Reverse mode walks the graph once; {@link VjpRules} holds the rule of each op. Forward mode is reverse mode
 * applied to itself, so there is no second table of rules. Stateless and thread-safe.
 */
public final class Gradients {
    private Gradients() {}

    /**
     * Gradient of a scalar with respect to each of {@code wrt}; zeros where it does not depend on one.
     *
     * @throws IllegalArgumentException if {@code loss} is not a single floating-point number
     */
    public static List<Tensor> grad(Tensor loss, List<Tensor> wrt) {
        if (loss.shape().size() != 1 || !loss.dtype().isFloating()) {
            throw new IllegalArgumentException("grad: the loss is " + loss.type()
                    + "; it must be one floating-point number, so reduce it with sum() or mean(), or use vjp");
        }
        return vjp(List.of(loss), wrt, List.of(Tensor.full(loss.dtype(), loss.shape(), 1)));
    }

    /** Gradient of a scalar with respect to {@code wrt}. */
    public static Tensor grad(Tensor loss, Tensor wrt) {
        return grad(loss, List.of(wrt)).getFirst();
    }

    /** The function that gives the gradient of the scalar function {@code f}; applied twice, the second derivative. */
    public static UnaryOperator<Tensor> grad(UnaryOperator<Tensor> f) {
        return x -> grad(f.apply(x), x);
    }

    /**
     * The program that gives all outputs of {@code program} and then the gradient of its first output, a scalar, with
     * respect to the inputs at the given positions.
     */
    public static Program valueAndGrad(Program program, int... inputs) {
        List<Tensor> wrt = new ArrayList<>();
        for (int i : inputs) {
            wrt.add(program.inputs().get(i));
        }
        List<Tensor> outputs = new ArrayList<>(program.outputs());
        outputs.addAll(grad(program.outputs().getFirst(), wrt));
        return Program.of(program.inputs(), outputs);
    }

    /**
     * Vector-Jacobian product: Σ over outputs of cotangentᵀ · ∂output/∂x, for each x of {@code wrt}.
     *
     * @param cotangents one for each output, of its type
     */
    public static List<Tensor> vjp(List<Tensor> outputs, List<Tensor> wrt, List<Tensor> cotangents) {
        checkTypes("vjp: cotangent", outputs, cotangents);
        for (Tensor x : wrt) {
            if (!x.dtype().isFloating()) {
                throw new IllegalArgumentException(
                        "vjp: " + x.type() + " has no gradient; cast it to F32 or F64 first");
            }
        }
        List<Tensor> result = new ArrayList<>();
        List<@Nullable Tensor> gradients = backward(outputs, wrt, cotangents, false);
        for (int i = 0; i < wrt.size(); i++) {
            Tensor g = gradients.get(i);
            result.add(g == null ? Tensor.zeros(wrt.get(i).dtype(), wrt.get(i).shape()) : g);
        }
        return result;
    }

    /**
     * Jacobian-vector product: the change of each output when every x of {@code wrt} moves along its tangent.
     *
     * <p>vjp is linear in its cotangent; the vjp of that linear map, at the tangents, is the jvp.
     *
     * @param tangents one for each of {@code wrt}, of its type
     */
    public static List<Tensor> jvp(List<Tensor> outputs, List<Tensor> wrt, List<Tensor> tangents) {
        checkTypes("jvp: tangent", wrt, tangents);
        List<Tensor> cotangents = outputs.stream()
                .map(y -> Tensor.input("cotangent", y.dtype(), y.shape()))
                .toList();
        return vjp(vjp(outputs, wrt, cotangents), cotangents, tangents);
    }

    /** Hessian-vector product of a scalar: the change of its gradient when every x of {@code wrt} moves along v. */
    public static List<Tensor> hvp(Tensor loss, List<Tensor> wrt, List<Tensor> v) {
        checkTypes("hvp: direction", wrt, v);
        return vjp(grad(loss, wrt), wrt, v);
    }

    /** All partial derivatives ∂y/∂x, of shape y.shape + x.shape; one vjp for each element of y. */
    public static Tensor jacobian(Tensor y, Tensor x) {
        int m = y.shape().size();
        Shape shape = y.shape();
        for (int i = 0; i < x.shape().rank(); i++) {
            shape = shape.insert(shape.rank(), x.shape().dim(i));
        }
        if (m == 0) {
            return Tensor.zeros(x.dtype(), shape);
        }
        Tensor positions = Tensor.iota(DType.I32, m).reshape(y.shape());
        List<Tensor> rows = new ArrayList<>();
        for (int i = 0; i < m; i++) {
            Tensor unit = positions.eq(i).cast(y.dtype());
            rows.add(vjp(List.of(y), List.of(x), List.of(unit))
                    .getFirst()
                    .reshape(1, x.shape().size()));
        }
        return Tensor.concat(0, rows).reshape(shape);
    }

    /** Partial derivatives of a composite's decomposition with respect to its operands. */
    static List<@Nullable Tensor> partials(Tensor root, List<Tensor> operands, Tensor gradient) {
        return backward(List.of(root), operands, List.of(gradient), true);
    }

    /**
     * The walk: operands before results becomes results before operands, and gradients that meet are added.
     *
     * @param stop whether to treat {@code wrt} as leaves, giving partial instead of total derivatives
     */
    private static List<@Nullable Tensor> backward(
            List<Tensor> outputs, List<Tensor> wrt, List<Tensor> cotangents, boolean stop) {
        Set<Tensor> leaves = new HashSet<>(wrt);
        List<Tensor> order = Program.topological(outputs);
        Set<Tensor> active = new HashSet<>(); // depends on wrt, so that a gradient through it is wanted
        for (Tensor node : order) {
            boolean reached = leaves.contains(node) || node.inputs().stream().anyMatch(active::contains);
            if (reached && node.dtype().isFloating()) {
                active.add(node);
            }
        }
        Map<Tensor, Tensor> gradients = new HashMap<>();
        for (int i = 0; i < outputs.size(); i++) {
            gradients.merge(outputs.get(i), cotangents.get(i), Tensor::add);
        }
        for (Tensor node : order.reversed()) {
            Tensor g = gradients.get(node);
            if (g == null || !active.contains(node) || (stop && leaves.contains(node))) {
                continue;
            }
            List<@Nullable Tensor> flows = VjpRules.apply(node, g);
            for (int i = 0; i < flows.size(); i++) {
                Tensor flow = flows.get(i);
                Tensor operand = node.inputs().get(i);
                if (flow != null && active.contains(operand)) {
                    gradients.merge(operand, flow, Tensor::add);
                }
            }
        }
        List<@Nullable Tensor> result = new ArrayList<>();
        Set<Tensor> given = new HashSet<>();
        for (Tensor x : wrt) { // an operand that a composite has twice gets its whole gradient once
            result.add(stop && !given.add(x) ? null : gradients.get(x));
        }
        return result;
    }

    private static void checkTypes(String what, List<Tensor> wanted, List<Tensor> given) {
        if (wanted.size() != given.size()) {
            throw new IllegalArgumentException(
                    what + "s: " + given.size() + " are given for " + wanted.size() + " tensors; pass one for each");
        }
        for (int i = 0; i < wanted.size(); i++) {
            if (!wanted.get(i).type().equals(given.get(i).type())) {
                throw new IllegalArgumentException(
                        what + " " + i + " is " + given.get(i).type() + ", but its tensor is "
                                + wanted.get(i).type() + "; types must agree");
            }
        }
    }
}
