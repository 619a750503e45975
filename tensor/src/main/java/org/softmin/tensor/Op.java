package org.softmin.tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a tensor node computes: the closed list of primitives, and {@link Composite} as the one open door.
 *
 * <p>Gradient rules, the reference and every backend's lowering are exhaustive switches over this interface without a
 * {@code default}, so a new primitive does not compile until each of them handles it. Attributes (axes, extents) are
 * components of the record; operands are the inputs of the node. All ops are immutable, thread-safe and equal by value
 * ({@link Input} by identity), which is what lets equal expressions be one node.
 */
public sealed interface Op {
    /**
     * Type of the result for the given operands.
     *
     * @throws IllegalArgumentException if the operands do not fit, saying which and why
     */
    Type infer(List<Tensor> inputs);

    /** Number of operands, or −1 if it is not fixed. */
    default int arity() {
        return 1;
    }

    /** Short name for listings and errors: {@code matmul}, {@code add}. */
    default String label() {
        return getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    /** An error about the operands of this op, under its name. */
    default IllegalArgumentException error(String message) {
        return new IllegalArgumentException(label() + ": " + message);
    }

    /** The error of a run-time position that lies outside {@code axis} of {@code shape}. */
    default IndexOutOfBoundsException outOfRange(int position, int axis, Shape shape) {
        return new IndexOutOfBoundsException(label() + ": position " + position + " is out of range for axis " + axis
                + " of " + shape + "; check the indices");
    }

    /**
     * A value that is supplied from outside: by position when a {@link Program} lists it, or bound to an array that it
     * carries along. Each is unique.
     */
    record Input(long id, String name, Type type, @Nullable HostArray value) implements Op {
        @Override
        public int arity() {
            return 0;
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            return type;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Input i && i.id == id;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(id);
        }
    }

    /** A few numbers (at most {@link #MAX_ELEMENTS}) that are part of the expression itself, row-major. */
    record Constant(Type type, List<Double> values) implements Op {
        @Override
        public int arity() {
            return 0;
        }

        /** Beyond this many elements a constant becomes a bound {@link Input}, so that programs stay small. */
        public static final int MAX_ELEMENTS = 64;

        /** Checks that there is one value for each element, and not too many. */
        public Constant {
            if (values.size() != type.shape().size() || values.size() > MAX_ELEMENTS) {
                throw new IllegalArgumentException("constant: " + values.size() + " values are given for " + type
                        + "; give one for each element, at most " + MAX_ELEMENTS);
            }
            values = values.stream().map(type.dtype()::round).toList();
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            return type;
        }
    }

    /** A scalar function applied to operands of one shape, element by element. */
    record Map(Scalar scalar) implements Op {
        @Override
        public int arity() {
            return scalar.arity();
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor last = inputs.getLast();
            for (int i = 0; i < inputs.size(); i++) {
                Tensor x = inputs.get(i);
                boolean condition = scalar == Scalar.WHERE && i == 0;
                if (condition ? x.dtype() != DType.BOOL : !scalar.accepts(x.dtype())) {
                    throw error("operand " + i + " is " + x.type() + ", which " + label()
                            + " does not take; cast it to " + (condition ? "BOOL" : "a type it takes"));
                }
                if (!condition && x.dtype() != last.dtype()) {
                    throw error("element types differ: " + x.type() + " and " + last.type() + "; cast one of them");
                }
                if (!x.shape().equals(last.shape())) {
                    throw error("shapes differ: " + x.shape() + " and " + last.shape() + "; expand one of them");
                }
            }
            return scalar.kind() == Scalar.Kind.COMPARISON ? new Type(DType.BOOL, last.shape()) : last.type();
        }

        @Override
        public String label() {
            return scalar.name().toLowerCase(Locale.ROOT);
        }
    }

    /** Fold of all elements along one axis, which disappears. */
    record Reduce(Fold fold, int axis) implements Op {
        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            if (fold == Fold.SUM && x.dtype() == DType.BOOL) {
                throw error("truth values have no sum; cast to I32 to count them");
            }
            return new Type(x.dtype(), x.shape().without(checkAxis(this, x.shape(), axis)));
        }

        @Override
        public String label() {
            return fold.name().toLowerCase(Locale.ROOT);
        }
    }

    /** Position (I32) along one axis of the largest or smallest element; the lowest one of equals, the first NaN. */
    record ArgReduce(Fold fold, int axis) implements Op {
        @Override
        public Type infer(List<Tensor> inputs) {
            Shape shape = inputs.getFirst().shape();
            if (fold == Fold.SUM) {
                throw error("a sum has no position; use MAX or MIN");
            }
            if (shape.dim(checkAxis(this, shape, axis)) == 0) {
                throw error("axis " + axis + " of " + shape + " is empty, so nothing is largest or smallest");
            }
            return new Type(DType.I32, shape.without(axis));
        }

        @Override
        public String label() {
            return "arg" + fold.name().toLowerCase(Locale.ROOT);
        }
    }

    /** Matrix product over the last two dimensions, [.., m, k] × [.., k, n]; leading dimensions are equal. */
    record MatMul() implements Op {
        @Override
        public int arity() {
            return 2;
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor a = inputs.get(0);
            Tensor b = inputs.get(1);
            if (!a.dtype().isFloating() || a.dtype() != b.dtype()) {
                throw error("operands are " + a.type() + " and " + b.type() + "; both must be F32 or both F64");
            }
            int rank = a.shape().rank();
            if (rank < 2 || b.shape().rank() != rank) {
                throw error("operands are " + a.shape() + " and " + b.shape()
                        + "; both need the same rank of 2 or more, so reshape a vector to one row or column");
            }
            for (int i = 0; i < rank - 2; i++) {
                if (a.shape().dim(i) != b.shape().dim(i)) {
                    throw error("batch dimensions differ: " + a.shape() + " x " + b.shape() + " ("
                            + a.shape().dim(i) + " and " + b.shape().dim(i) + ")");
                }
            }
            if (a.shape().dim(-1) != b.shape().dim(-2)) {
                throw error("inner dimensions differ: " + a.shape() + " x " + b.shape() + " ("
                        + a.shape().dim(-1) + " and " + b.shape().dim(-2) + ")");
            }
            return new Type(a.dtype(), a.shape().with(rank - 1, b.shape().dim(-1)));
        }
    }

    /** The same elements in the same row-major order under another shape. */
    record Reshape(Shape to) implements Op {
        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            if (x.shape().size() != to.size()) {
                throw error(x.shape() + " has " + x.shape().size() + " elements, but " + to + " has " + to.size());
            }
            return new Type(x.dtype(), to);
        }
    }

    /** Dimensions in another order: dimension i of the result is dimension {@code order[i]} of the operand. */
    record Permute(List<Integer> order) implements Op {
        /** Copies the list. */
        public Permute {
            order = List.copyOf(order);
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            List<Integer> sorted = new ArrayList<>(order);
            Collections.sort(sorted);
            for (int i = 0; i < Math.max(sorted.size(), x.shape().rank()); i++) {
                if (sorted.size() != x.shape().rank() || sorted.get(i) != i) {
                    throw error(order + " is not an order of the dimensions of " + x.shape() + "; name each from 0 to "
                            + (x.shape().rank() - 1) + " once");
                }
            }
            return new Type(
                    x.dtype(), Shape.of(order.stream().map(x.shape()::dim).toList()));
        }
    }

    /** Repetition along dimensions of extent 1, to a shape of the same rank: broadcasting, made explicit. */
    record Expand(Shape to) implements Op {
        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            boolean fits = x.shape().rank() == to.rank();
            for (int i = 0; fits && i < to.rank(); i++) {
                fits = x.shape().dim(i) == to.dim(i) || x.shape().dim(i) == 1;
            }
            if (!fits) {
                throw error(x.shape() + " does not expand to " + to
                        + "; ranks must agree and every changed dimension must be 1");
            }
            return new Type(x.dtype(), to);
        }
    }

    /** Elements {@code start, start + step, …} below {@code limit} along each dimension. */
    record Slice(List<Integer> start, List<Integer> limit, List<Integer> step) implements Op {
        /** Copies the lists. */
        public Slice {
            start = List.copyOf(start);
            limit = List.copyOf(limit);
            step = List.copyOf(step);
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            int rank = x.shape().rank();
            if (start.size() != rank || limit.size() != rank || step.size() != rank) {
                throw error("start " + start + ", limit " + limit + ", step " + step + " need " + rank
                        + " entries each for shape " + x.shape());
            }
            int[] dims = new int[rank];
            for (int i = 0; i < rank; i++) {
                int from = start.get(i);
                int to = limit.get(i);
                if (from < 0 || to < from || to > x.shape().dim(i) || step.get(i) < 1) {
                    throw error("[" + from + ", " + to + ") by " + step.get(i) + " is not within dimension " + i
                            + " of " + x.shape() + "; need 0 <= start <= limit <= extent and step >= 1");
                }
                dims[i] = Math.ceilDiv(to - from, step.get(i));
            }
            return new Type(x.dtype(), Shape.of(dims));
        }
    }

    /** Block of a fixed size whose first corner is a run-time value: inputs are the source and an I32 [rank] corner. */
    record DynamicSlice(Shape size) implements Op {
        @Override
        public int arity() {
            return 2;
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor x = inputs.get(0);
            checkBlock(this, x, size, inputs.get(1));
            return new Type(x.dtype(), size);
        }
    }

    /** The source with a block overwritten: inputs are the source, the block and an I32 [rank] corner. */
    record DynamicUpdate() implements Op {
        @Override
        public int arity() {
            return 3;
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor x = inputs.get(0);
            if (inputs.get(1).dtype() != x.dtype()) {
                throw error("element types differ: " + x.type() + " and "
                        + inputs.get(1).type());
            }
            checkBlock(this, x, inputs.get(1).shape(), inputs.get(2));
            return x.type();
        }
    }

    /** Value {@code value} put before, after and between the elements along each dimension. */
    record Pad(double value, List<Integer> low, List<Integer> high, List<Integer> interior) implements Op {
        /** Copies the lists. */
        public Pad {
            low = List.copyOf(low);
            high = List.copyOf(high);
            interior = List.copyOf(interior);
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            int rank = x.shape().rank();
            if (low.size() != rank || high.size() != rank || interior.size() != rank) {
                throw error("low " + low + ", high " + high + ", interior " + interior + " need " + rank
                        + " entries each for shape " + x.shape());
            }
            int[] dims = new int[rank];
            for (int i = 0; i < rank; i++) {
                if (low.get(i) < 0 || high.get(i) < 0 || interior.get(i) < 0) {
                    throw error("low " + low + ", high " + high + ", interior " + interior
                            + " must not be negative; use slice to cut");
                }
                int n = x.shape().dim(i);
                dims[i] = extent(this, n + (long) low.get(i) + high.get(i) + Math.max(n - 1L, 0) * interior.get(i));
            }
            return new Type(x.dtype(), Shape.of(dims));
        }
    }

    /** Operands one after the other along one axis. */
    record Concat(int axis) implements Op {
        @Override
        public int arity() {
            return -1;
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            if (inputs.isEmpty()) {
                throw error("no operands are given; it takes at least one");
            }
            Tensor first = inputs.getFirst();
            checkAxis(this, first.shape(), axis);
            long extent = 0;
            for (Tensor x : inputs) {
                if (x.dtype() != first.dtype()
                        || x.shape().rank() != first.shape().rank()
                        || !x.shape().without(axis).equals(first.shape().without(axis))) {
                    throw error(first.type() + " and " + x.type() + " do not join along axis " + axis
                            + "; element types and all other dimensions must agree");
                }
                extent += x.shape().dim(axis);
            }
            return new Type(first.dtype(), first.shape().with(axis, extent(this, extent)));
        }
    }

    /**
     * Entries picked along one axis by an I32 tensor of positions: the axis is replaced by the dimensions of the
     * positions. A position outside the axis is an error at run time.
     */
    record Gather(int axis) implements Op {
        @Override
        public int arity() {
            return 2;
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor x = inputs.get(0);
            return new Type(x.dtype(), gathered(this, x, axis, inputs.get(1)));
        }
    }

    /**
     * The base with updates added at I32 positions along one axis, in row-major order of the updates: inputs are base,
     * positions, updates. The adjoint of {@link Gather}.
     */
    record ScatterAdd(int axis) implements Op {
        @Override
        public int arity() {
            return 3;
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor base = inputs.get(0);
            Type updates = new Type(base.dtype(), gathered(this, base, axis, inputs.get(1)));
            if (!inputs.get(2).type().equals(updates)) {
                throw error("updates are " + inputs.get(2).type() + ", but base " + base.type() + " and positions "
                        + inputs.get(1).type() + " need " + updates);
            }
            return base.type();
        }
    }

    /**
     * Windows along one axis, which is replaced by two: which window, and which of its {@code size} elements.
     *
     * <p>Element (w, k) is element {@code w · stride + k · dilation} of the axis; there are as many windows as fit. Moves
     * nothing: windows that overlap share their elements.
     */
    record Unfold(int axis, int size, int stride, int dilation) implements Op {
        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            int extent = x.shape().dim(checkAxis(this, x.shape(), axis));
            int reach = reach(this, size, stride, dilation);
            if (reach > extent) {
                throw error("a window of " + size + " elements by " + dilation + " reaches over " + reach
                        + ", but axis " + axis + " of " + x.shape() + " has " + extent + "; pad it");
            }
            int count = (extent - reach) / stride + 1;
            return new Type(x.dtype(), x.shape().with(axis, count).insert(axis + 1, size));
        }
    }

    /**
     * The sum of windows where they lie over each other, added in their order from 0, along an axis of {@code extent}:
     * the axis and the next, which window and which of its elements, become one. The adjoint of {@link Unfold}.
     */
    record FoldWindows(int axis, int extent, int stride, int dilation) implements Op {
        @Override
        public Type infer(List<Tensor> inputs) {
            Tensor x = inputs.getFirst();
            checkAxis(this, x.shape(), axis);
            checkAxis(this, x.shape(), axis + 1);
            if (x.dtype() == DType.BOOL) {
                throw error("truth values have no sum; cast to I32 to count them");
            }
            int count = x.shape().dim(axis);
            int size = x.shape().dim(axis + 1);
            int reach = reach(this, size, stride, dilation);
            if (count > 0 && (count - 1L) * stride + reach > extent) {
                throw error(count + " windows of " + size + " elements by " + dilation + ", one every " + stride
                        + ", reach over " + ((count - 1L) * stride + reach) + ", more than the extent " + extent);
            }
            return new Type(x.dtype(), x.shape().without(axis + 1).with(axis, extent));
        }

        @Override
        public String label() {
            return "fold";
        }
    }

    /** Positions (I32) that sort along one axis; stable, NaN last (first when descending), −0 equal to 0. */
    record ArgSort(int axis, boolean descending) implements Op {
        @Override
        public Type infer(List<Tensor> inputs) {
            Shape shape = inputs.getFirst().shape();
            checkAxis(this, shape, axis);
            return new Type(DType.I32, shape);
        }
    }

    /** Conversion to another element type as in Java: towards zero and saturating to I32, "is not 0" to BOOL. */
    record Cast(DType to) implements Op {
        @Override
        public Type infer(List<Tensor> inputs) {
            return new Type(to, inputs.getFirst().shape());
        }
    }

    /** Position along one axis, as a number. */
    record Iota(Type type, int axis) implements Op {
        @Override
        public int arity() {
            return 0;
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            checkAxis(this, type.shape(), axis);
            if (type.dtype() == DType.BOOL) {
                throw error("positions are numbers, not truth values; use I32");
            }
            return type;
        }
    }

    /**
     * Random 32-bit words (I32) by Philox4x32-10: inputs are the key, I32 [2], and the upper half of the counter, I32
     * [2]. Element i is word i mod 4 of block i / 4. Equal inputs give equal words.
     */
    record RandomBits(Shape shape) implements Op {
        @Override
        public int arity() {
            return 2;
        }

        @Override
        public Type infer(List<Tensor> inputs) {
            Type words = new Type(DType.I32, Shape.of(2));
            if (!inputs.get(0).type().equals(words) || !inputs.get(1).type().equals(words)) {
                throw error("key is " + inputs.get(0).type() + " and counter "
                        + inputs.get(1).type() + "; both must be I32[2]");
            }
            return new Type(DType.I32, shape);
        }
    }

    /**
     * An op that is made of other ops: a user's own, or one of ours with a better gradient or kernel than its parts.
     *
     * <p>Implement it as a record. {@link #decompose} alone gives it a type, a gradient and a path on every backend.
     */
    non-sealed interface Composite extends Op {
        /** −1: {@link #decompose} may take any number of operands. */
        @Override
        default int arity() {
            return -1;
        }

        /** The same result, built from other ops. Called whenever the op is typed, differentiated or compiled. */
        Tensor decompose(List<Tensor> inputs);

        /**
         * Gradients with respect to the inputs; by default none is given and the decomposition is differentiated.
         *
         * @param inputs the operands
         * @param output the node itself, so that its value can be used again
         * @param gradient gradient with respect to the output, of the same type
         * @return one gradient of its type per input (not used for an integer input), or an empty list
         */
        default List<Tensor> vjp(List<Tensor> inputs, Tensor output, Tensor gradient) {
            return List.of();
        }

        @Override
        default Type infer(List<Tensor> inputs) {
            return decompose(inputs).type();
        }
    }

    private static int checkAxis(Op op, Shape shape, int axis) {
        if (axis < 0) {
            throw op.error("axis " + axis + " is negative; an op counts its axis from 0 to " + (shape.rank() - 1));
        }
        return shape.axis(op.label(), axis);
    }

    private static int extent(Op op, long extent) {
        if (extent > Integer.MAX_VALUE) {
            throw op.error("a dimension of " + extent + " elements is more than 2147483647; split the tensor");
        }
        return (int) extent;
    }

    private static int reach(Op op, int size, int stride, int dilation) {
        if (size < 1 || stride < 1 || dilation < 1) {
            throw op.error("size " + size + ", stride " + stride + " and dilation " + dilation + " must be 1 or more");
        }
        return extent(op, (size - 1L) * dilation + 1);
    }

    private static void checkBlock(Op op, Tensor x, Shape size, Tensor corner) {
        boolean fits = size.rank() == x.shape().rank();
        for (int i = 0; fits && i < size.rank(); i++) {
            fits = size.dim(i) <= x.shape().dim(i);
        }
        if (!fits) {
            throw op.error("a block of " + size + " does not fit into " + x.shape());
        }
        if (!corner.type().equals(new Type(DType.I32, Shape.of(size.rank())))) {
            throw op.error("the corner is " + corner.type() + "; it must be I32[" + size.rank() + "]");
        }
    }

    private static Shape gathered(Op op, Tensor x, int axis, Tensor positions) {
        if (positions.dtype() != DType.I32) {
            throw op.error("positions are " + positions.type() + "; cast them to I32");
        }
        checkAxis(op, x.shape(), axis);
        Shape result = x.shape().without(axis);
        for (int i = positions.shape().rank() - 1; i >= 0; i--) {
            result = result.insert(axis, positions.shape().dim(i));
        }
        return result;
    }
}
