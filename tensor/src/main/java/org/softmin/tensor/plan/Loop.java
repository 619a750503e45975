package org.softmin.tensor.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** A fused step under construction: which nodes it takes in, and its registers. */
final class Loop {
    /** More ops in one loop spill registers, and a generated kernel must stay small enough to be compiled. */
    static final int MAX_CODE = 32;

    static final int MAX_LOADS = 16;

    /** The same limit in vector instructions, of which a transcendental function takes many. */
    static final int MAX_WEIGHT = 120;

    /** No kernel is generated for fewer elements than a vector has. */
    private static final int FEW = 16;

    /** What the elements of a loop are: kernels are generated for one floating-point type and truth values. */
    enum Kind {
        F32,
        F64,
        /** Truth values only: goes with any. */
        TRUTH,
        /** Integers, conversions, and functions that no kernel is generated for. */
        OTHER;

        boolean joins(Kind other) {
            return this == other || this == TRUTH || other == TRUTH;
        }

        Kind with(Kind other) {
            return this == TRUTH ? other : this;
        }
    }

    private final Shape shape;
    private final boolean constant;
    private final Function<Tensor, View> views;
    private final List<Tensor> loaded = new ArrayList<>();
    private final List<Load> loads = new ArrayList<>();
    private final Map<Tensor, Integer> computed = new HashMap<>();
    private final List<Tensor> code = new ArrayList<>();
    private final Map<Tensor, Buffer> stores = new HashMap<>();
    private final List<Tensor> folds = new ArrayList<>();
    private final Set<Buffer> filled = new LinkedHashSet<>();
    private final List<Buffer> foldTargets = new ArrayList<>();
    private Kind kind = Kind.TRUTH;
    private int weight;
    private Nest.@Nullable Folding folding;

    /** An empty loop; {@code views} says where the value of a node lies. */
    Loop(Shape shape, boolean constant, Function<Tensor, View> views) {
        this.shape = shape;
        this.constant = constant;
        this.views = views;
    }

    static boolean isElementwise(Tensor node) {
        return node.op() instanceof Op.Map || node.op() instanceof Op.Cast;
    }

    /** Whether {@code node} can be part of a loop: elementwise, or a fold of floating-point numbers. */
    static boolean takes(Tensor node) {
        return isElementwise(node)
                || (node.op() instanceof Op.Reduce
                        && node.dtype().isFloating()
                        && node.inputs().getFirst().shape().size() > 0);
    }

    /** The shape over which the loop of {@code node} runs: extents of 1 do not count. */
    static Shape shape(Tensor node) {
        return squeeze(isElementwise(node) ? node.shape() : source(node).shape());
    }

    private static Shape squeeze(Shape shape) {
        return Shape.of(Arrays.stream(shape.toArray()).filter(d -> d != 1).toArray());
    }

    /**
     * The node that a fold folds: its operand, whatever its shape, since all that counts is the order of elements.
     *
     * <p>A permuted node under another shape is a copy: that is folded, and not the pieces that it was made of.
     */
    private static Tensor source(Tensor fold) {
        Tensor operand = fold.inputs().getFirst();
        Tensor source = operand;
        while (source.op() instanceof Op.Reshape) {
            source = source.inputs().getFirst();
        }
        return source.op() instanceof Op.Permute ? operand : source;
    }

    /** The nodes that {@code node} takes its elements from, where they have the same order as its own. */
    static List<Tensor> operands(Tensor node) {
        return node.op() instanceof Op.Reduce
                ? List.of(source(node))
                : node.inputs().stream().map(Loop::through).toList();
    }

    /** {@code node}, or what it is but for extents of 1. */
    static Tensor through(Tensor node) {
        Tensor source = node;
        while (source.op() instanceof Op.Reshape
                && squeeze(source.shape())
                        .equals(squeeze(source.inputs().getFirst().shape()))) {
            source = source.inputs().getFirst();
        }
        return source;
    }

    static Nest.@Nullable Folding folding(Tensor node) {
        if (!(node.op() instanceof Op.Reduce reduce)) {
            return null;
        }
        Shape operand = node.inputs().getFirst().shape();
        int axis = reduce.axis();
        return new Nest.Folding(operand.size(0, axis), operand.dim(axis), operand.size(axis + 1, operand.rank()));
    }

    static Kind kind(Tensor node) {
        if (node.shape().size() < FEW && isElementwise(node)) {
            return Kind.OTHER;
        }
        if (node.op() instanceof Op.Map(Scalar s) && (s == Scalar.SIN || s == Scalar.COS || s == Scalar.POW)) {
            return Kind.OTHER;
        }
        Kind kind = kind(node.dtype());
        for (Tensor operand : node.inputs()) {
            Kind other = kind(operand.dtype());
            kind = kind.joins(other) ? kind.with(other) : Kind.OTHER;
        }
        return kind;
    }

    private static Kind kind(DType dtype) {
        return switch (dtype) {
            case F32 -> Kind.F32;
            case F64 -> Kind.F64;
            case BOOL -> Kind.TRUTH;
            case I32 -> Kind.OTHER;
        };
    }

    /** About how many vector instructions an element of {@code node} takes. */
    static int weight(Tensor node) {
        return switch (node.op()) {
            case Op.Map(Scalar s) -> Weights.of(s);
            case Op.Cast c -> 2;
            default -> 1;
        };
    }

    Shape shape() {
        return shape;
    }

    /**
     * Whether the nodes of one more root can be computed here.
     *
     * <p>Other elements than its own of what this loop fills can be read only after the loop.
     */
    boolean accepts(List<Tensor> nodes, boolean constant) {
        Tensor root = nodes.getLast();
        if (!shape.equals(shape(root)) || constant != this.constant) {
            return false;
        }
        Nest.Folding wanted = folding(root);
        if (wanted != null && folding != null && !wanted.equals(folding)) {
            return false;
        }
        Kind joint = kind;
        int sum = weight;
        Set<Tensor> outside = new LinkedHashSet<>();
        for (Tensor node : nodes) {
            Kind other = kind(node);
            if (!joint.joins(other)) {
                return false;
            }
            joint = joint.with(other);
            sum += weight(node);
            outside.addAll(operands(node));
        }
        nodes.forEach(outside::remove);
        outside.removeAll(computed.keySet());
        List<Load> all = new ArrayList<>(loads);
        for (Tensor operand : outside) {
            Load load = load(operand);
            if (load instanceof View view && filled.contains(view.buffer())) {
                return false;
            }
            if (!loaded.contains(operand)) {
                all.add(load);
            }
        }
        Nest.Folding joined = wanted != null ? wanted : folding;
        return code.size() + nodes.size() <= MAX_CODE
                && all.size() <= MAX_LOADS
                && (sum <= MAX_WEIGHT || (code.isEmpty() && folds.isEmpty() && joined == null))
                && (joined == null || (joint != Kind.OTHER && Nest.of(shape, joined, all) != null));
    }

    private Load load(Tensor operand) {
        var splat = Simplify.splat(operand);
        if (splat.isPresent()) {
            return new Load.Splat(operand.dtype(), splat.getAsDouble());
        }
        View view = views.apply(operand);
        return view.shape().equals(shape) ? view : Objects.requireNonNull(view.reshape(shape));
    }

    /** Takes in the nodes of a root, whose value goes to {@code target}. */
    void add(List<Tensor> nodes, Buffer target) {
        for (Tensor node : nodes) {
            if (computed.containsKey(node)) {
                continue;
            }
            for (Tensor operand : operands(node)) {
                if (!computed.containsKey(operand) && !loaded.contains(operand)) {
                    loads.add(load(operand));
                    loaded.add(operand);
                }
            }
            kind = kind.with(kind(node));
            weight += weight(node);
            if (isElementwise(node)) {
                computed.put(node, code.size());
                code.add(node);
            }
        }
        Tensor root = nodes.getLast();
        filled.add(target);
        if (isElementwise(root)) {
            stores.put(root, target);
        } else {
            folding = folding(root);
            folds.add(root);
            foldTargets.add(target);
        }
    }

    Step.Fused step() {
        List<Step.Instruction> instructions = new ArrayList<>();
        List<Step.Store> written = new ArrayList<>();
        for (Tensor node : code) {
            instructions.add(new Step.Instruction(
                    node.op(),
                    node.dtype(),
                    operands(node).stream().map(this::register).toList()));
            Buffer target = stores.get(node);
            if (target != null) {
                written.add(new Step.Store(register(node), target));
            }
        }
        List<Step.Folded> folded = new ArrayList<>();
        for (int i = 0; i < folds.size(); i++) {
            Op.Reduce reduce = (Op.Reduce) folds.get(i).op();
            folded.add(new Step.Folded(register(source(folds.get(i))), reduce.fold(), foldTargets.get(i)));
        }
        return new Step.Fused(shape, List.copyOf(loads), instructions, written, folding, folded);
    }

    private int register(Tensor node) {
        Integer own = computed.get(node);
        return own != null ? loads.size() + own : loaded.indexOf(node);
    }
}
