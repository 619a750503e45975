package org.softmin.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An immutable expression: an {@link Op} applied to other tensors, with its element type and shape known.
 *
 * <p>Methods build nodes and compute nothing; shapes are checked at once, and an error names the op and the shapes.
 * Values appear when an {@link Executable} runs, or on {@link #eval}, {@link #array}, {@link #item} and
 * {@link #toString}, which compile and run the expression on the standard backend (compiled programs are cached by
 * structure, so repeating an expression is cheap). Elementwise methods broadcast: shapes are aligned at the right, and
 * a dimension of 1 is repeated. Element types never change silently; {@link #cast} does it.
 *
 * <p>Equal expressions are the same object, so {@code ==} and {@code equals} agree. Immutable and thread-safe.
 */
public final class Tensor {
    private static final AtomicLong IDS = new AtomicLong();

    private final Op op;
    private final List<Tensor> inputs;
    private final Type type;

    private Tensor(Op op, List<Tensor> inputs, Type type) {
        this.op = op;
        this.inputs = inputs;
        this.type = type;
    }

    // ---- making tensors

    /** The node that applies {@code op} to {@code inputs}; all other methods come here. */
    public static Tensor of(Op op, List<Tensor> inputs) {
        List<Tensor> operands = List.copyOf(inputs);
        if (op.arity() >= 0 && op.arity() != operands.size()) {
            throw op.error(operands.size() + " operand(s) given; it takes " + op.arity());
        }
        return Interner.intern(new Tensor(op, operands, op.infer(operands)));
    }

    /** The node that applies {@code op} to {@code inputs}. */
    public static Tensor of(Op op, Tensor... inputs) {
        return of(op, List.of(inputs));
    }

    /** A new input of a {@link Program}, to be supplied at each run. */
    public static Tensor input(String name, DType dtype, Shape shape) {
        return of(new Op.Input(IDS.incrementAndGet(), name, new Type(dtype, shape), null));
    }

    /**
     * A tensor with the elements of {@code array}. Up to 64 elements are copied into the expression; a larger array is
     * held, not copied, and read at each run.
     */
    public static Tensor of(HostArray array) {
        Type type = new Type(array.dtype(), array.shape());
        if (array.size() <= Op.Constant.MAX_ELEMENTS) {
            return of(new Op.Constant(
                    type, Arrays.stream(array.toDoubles()).boxed().toList()));
        }
        return of(new Op.Input(IDS.incrementAndGet(), "data", type, array));
    }

    /** An F32 vector. */
    public static Tensor of(float... values) {
        return of(HostArray.of(Shape.of(values.length), values.clone()));
    }

    /** An F32 matrix from its rows, which must have equal lengths. */
    public static Tensor of(float[][] rows) {
        int columns = rows.length == 0 ? 0 : rows[0].length;
        float[] values = new float[rows.length * columns];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != columns) {
                throw new IllegalArgumentException(
                        "of: row " + i + " has " + rows[i].length + " elements, row 0 has " + columns);
            }
            System.arraycopy(rows[i], 0, values, i * columns, columns);
        }
        return of(HostArray.of(Shape.of(rows.length, columns), values));
    }

    /** A tensor of {@code dtype} and {@code shape} from values in row-major order. */
    public static Tensor of(DType dtype, Shape shape, double... values) {
        return of(HostArray.of(dtype, shape, values));
    }

    /** A single number. */
    public static Tensor scalar(DType dtype, double value) {
        return of(new Op.Constant(new Type(dtype, Shape.SCALAR), List.of(value)));
    }

    /** A tensor whose elements all are {@code value}. */
    public static Tensor full(DType dtype, Shape shape, double value) {
        return scalar(dtype, value).expand(shape);
    }

    /** A tensor of zeros. */
    public static Tensor zeros(DType dtype, Shape shape) {
        return full(dtype, shape, 0);
    }

    /** 0, 1, …, n − 1. */
    public static Tensor iota(DType dtype, int n) {
        return of(new Op.Iota(new Type(dtype, Shape.of(n)), 0));
    }

    /** Truth values: the n×n identity matrix. */
    public static Tensor eye(int n) {
        Type square = new Type(DType.I32, Shape.of(n, n));
        return of(new Op.Iota(square, 0)).eq(of(new Op.Iota(square, 1)));
    }

    /** Tensors one after the other along {@code axis}. */
    public static Tensor concat(int axis, List<Tensor> parts) {
        int a = parts.isEmpty() ? axis : parts.getFirst().shape().axis("concat", axis);
        return of(new Op.Concat(a), parts);
    }

    // ---- what it is

    /** What this node computes. */
    public Op op() {
        return op;
    }

    /** The operands of {@link #op}. */
    public List<Tensor> inputs() {
        return inputs;
    }

    /** Element type and shape. */
    public Type type() {
        return type;
    }

    /** Element type. */
    public DType dtype() {
        return type.dtype();
    }

    /** Extents. */
    public Shape shape() {
        return type.shape();
    }

    // ---- elementwise

    private Tensor map(Scalar scalar) {
        return of(new Op.Map(scalar), this);
    }

    private Tensor map(Scalar scalar, Tensor other) {
        Op.Map op = new Op.Map(scalar);
        Shape shape = Shape.broadcast(op.label(), shape(), other.shape());
        return of(op, expand(shape), other.expand(shape));
    }

    private Tensor map(Scalar scalar, double other) {
        return map(scalar, like(scalar, other));
    }

    /** {@code value} as a scalar of this element type; integers are not rounded silently. */
    private Tensor like(Scalar scalar, double value) {
        if (!dtype().isFloating() && dtype().round(value) != value) {
            throw new Op.Map(scalar).error(value + " is no value of " + type + "; cast the tensor to F32 or F64 first");
        }
        return scalar(dtype(), value);
    }

    /** −x. */
    public Tensor neg() {
        return map(Scalar.NEG);
    }

    /** |x|. */
    public Tensor abs() {
        return map(Scalar.ABS);
    }

    /** −1, 0 or 1. */
    public Tensor sign() {
        return map(Scalar.SIGN);
    }

    /** √x; its gradient at 0 is 0 by convention. */
    public Tensor sqrt() {
        return map(Scalar.SQRT);
    }

    /** x². */
    public Tensor square() {
        return mul(this);
    }

    /** eˣ. */
    public Tensor exp() {
        return map(Scalar.EXP);
    }

    /** Natural logarithm. */
    public Tensor log() {
        return map(Scalar.LOG);
    }

    /** ln(1 + x), accurate near 0. */
    public Tensor log1p() {
        return map(Scalar.LOG1P);
    }

    /** Sine of radians. */
    public Tensor sin() {
        return map(Scalar.SIN);
    }

    /** Cosine of radians. */
    public Tensor cos() {
        return map(Scalar.COS);
    }

    /** Hyperbolic tangent. */
    public Tensor tanh() {
        return map(Scalar.TANH);
    }

    /** Gauss error function. */
    public Tensor erf() {
        return map(Scalar.ERF);
    }

    /** Largest whole number ≤ x. */
    public Tensor floor() {
        return map(Scalar.FLOOR);
    }

    /** Smallest whole number ≥ x. */
    public Tensor ceil() {
        return map(Scalar.CEIL);
    }

    /** Nearest whole number, ties to even. */
    public Tensor round() {
        return map(Scalar.ROUND);
    }

    /** Logical not of truth values. */
    public Tensor not() {
        return map(Scalar.NOT);
    }

    /** x + y, with broadcasting. */
    public Tensor add(Tensor other) {
        return map(Scalar.ADD, other);
    }

    /** x + y. */
    public Tensor add(double other) {
        return map(Scalar.ADD, other);
    }

    /** x − y, with broadcasting. */
    public Tensor sub(Tensor other) {
        return map(Scalar.SUB, other);
    }

    /** x − y. */
    public Tensor sub(double other) {
        return map(Scalar.SUB, other);
    }

    /** x · y element by element, with broadcasting. */
    public Tensor mul(Tensor other) {
        return map(Scalar.MUL, other);
    }

    /** x · y. */
    public Tensor mul(double other) {
        return map(Scalar.MUL, other);
    }

    /** x / y, with broadcasting. */
    public Tensor div(Tensor other) {
        return map(Scalar.DIV, other);
    }

    /** x / y. */
    public Tensor div(double other) {
        return map(Scalar.DIV, other);
    }

    /** x raised to y, with broadcasting. */
    public Tensor pow(Tensor other) {
        return map(Scalar.POW, other);
    }

    /** x raised to a fixed exponent; 2 and ½ become a product and a root. */
    public Tensor pow(double exponent) {
        return exponent == 2 ? square() : exponent == 0.5 ? sqrt() : map(Scalar.POW, exponent);
    }

    /** The smaller of x and y, with broadcasting; the gradient is halved where they are equal. */
    public Tensor minimum(Tensor other) {
        return map(Scalar.MIN, other);
    }

    /** The larger of x and y, with broadcasting; the gradient is halved where they are equal. */
    public Tensor maximum(Tensor other) {
        return map(Scalar.MAX, other);
    }

    /** x limited to [low, high]. */
    public Tensor clamp(double low, double high) {
        return map(Scalar.MAX, low).map(Scalar.MIN, high);
    }

    /** Bitwise (I32) or logical (BOOL) and. */
    public Tensor and(Tensor other) {
        return map(Scalar.AND, other);
    }

    /** Bitwise (I32) or logical (BOOL) or. */
    public Tensor or(Tensor other) {
        return map(Scalar.OR, other);
    }

    /** Bitwise (I32) or logical (BOOL) exclusive or. */
    public Tensor xor(Tensor other) {
        return map(Scalar.XOR, other);
    }

    /** Bits shifted left. */
    public Tensor shiftLeft(int bits) {
        return map(Scalar.SHL, bits);
    }

    /** Bits shifted right, zeros moving in. */
    public Tensor shiftRight(int bits) {
        return map(Scalar.SHR, bits);
    }

    /** Where x &lt; y, with broadcasting. */
    public Tensor lt(Tensor other) {
        return map(Scalar.LT, other);
    }

    /** Where x ≤ y, with broadcasting. */
    public Tensor le(Tensor other) {
        return map(Scalar.LE, other);
    }

    /** Where x &gt; y, with broadcasting. */
    public Tensor gt(Tensor other) {
        return other.lt(this);
    }

    /** Where x &gt; y. */
    public Tensor gt(double other) {
        return like(Scalar.LT, other).lt(this);
    }

    /** Where x ≥ y, with broadcasting. */
    public Tensor ge(Tensor other) {
        return other.le(this);
    }

    /** Where x = y, with broadcasting. */
    public Tensor eq(Tensor other) {
        return map(Scalar.EQ, other);
    }

    /** Where x = y. */
    public Tensor eq(double other) {
        return map(Scalar.EQ, other);
    }

    /** Where x ≠ y, with broadcasting. */
    public Tensor ne(Tensor other) {
        return map(Scalar.NE, other);
    }

    /** {@code yes} where this truth value holds, {@code no} elsewhere, with broadcasting. */
    public Tensor where(Tensor yes, Tensor no) {
        Shape shape = Shape.broadcast("where", shape(), Shape.broadcast("where", yes.shape(), no.shape()));
        return of(new Op.Map(Scalar.WHERE), expand(shape), yes.expand(shape), no.expand(shape));
    }

    /** The elements converted to another type; towards zero and saturating to I32, "is not 0" to BOOL. */
    public Tensor cast(DType to) {
        return to == dtype() ? this : of(new Op.Cast(to), this);
    }

    // ---- reductions

    /** Fold over {@code axes} (all of them if none is named), each kept with extent 1 if {@code keep}. */
    public Tensor reduce(Fold fold, boolean keep, int... axes) {
        boolean[] folded = new boolean[shape().rank()];
        for (int axis : axes) {
            folded[shape().axis(new Op.Reduce(fold, axis).label(), axis)] = true;
        }
        if (axes.length == 0) {
            Arrays.fill(folded, true);
            if (!keep) { // one long row: the fastest and most accurate order
                return of(new Op.Reduce(fold, 0), reshape(shape().size()));
            }
        }
        Tensor result = this;
        Shape kept = shape();
        for (int axis = folded.length - 1; axis >= 0; axis--) {
            if (folded[axis]) {
                result = of(new Op.Reduce(fold, axis), result);
                kept = kept.with(axis, 1);
            }
        }
        return keep ? result.reshape(kept) : result;
    }

    /** Sum over {@code axes}, or over everything. */
    public Tensor sum(int... axes) {
        return reduce(Fold.SUM, false, axes);
    }

    /** Largest element over {@code axes}, or over everything. */
    public Tensor max(int... axes) {
        return reduce(Fold.MAX, false, axes);
    }

    /** Smallest element over {@code axes}, or over everything. */
    public Tensor min(int... axes) {
        return reduce(Fold.MIN, false, axes);
    }

    /** Arithmetic mean over {@code axes}, or over everything; NaN over no elements. */
    public Tensor mean(int... axes) {
        return Statistics.mean(this, false, axes);
    }

    /** Position of the largest element along {@code axis}, the lowest one of equals. */
    public Tensor argMax(int axis) {
        return of(new Op.ArgReduce(Fold.MAX, shape().axis("argmax", axis)), this);
    }

    /** Position of the smallest element along {@code axis}, the lowest one of equals. */
    public Tensor argMin(int axis) {
        return of(new Op.ArgReduce(Fold.MIN, shape().axis("argmin", axis)), this);
    }

    /** Positions that sort along {@code axis}, ascending and stable, NaN last. */
    public Tensor argSort(int axis) {
        return of(new Op.ArgSort(shape().axis("argsort", axis), false), this);
    }

    // ---- products and movement

    /** Matrix product over the last two dimensions; leading dimensions broadcast. */
    public Tensor matmul(Tensor other) {
        int rank = Math.max(shape().rank(), other.shape().rank());
        if (Math.min(shape().rank(), other.shape().rank()) < 2 || rank == 2) {
            return of(new Op.MatMul(), this, other);
        }
        Shape batch = Shape.broadcast("matmul", batch(this), batch(other));
        return of(new Op.MatMul(), this.withBatch(batch), other.withBatch(batch));
    }

    private static Shape batch(Tensor x) {
        return Shape.of(Arrays.copyOf(x.shape().toArray(), x.shape().rank() - 2));
    }

    private Tensor withBatch(Shape batch) {
        return expand(batch.insert(batch.rank(), shape().dim(-2)).insert(batch.rank() + 1, shape().dim(-1)));
    }

    /** The same elements under another shape; one dimension may be −1 and is worked out. */
    public Tensor reshape(int... dims) {
        int unknown = -1;
        long known = 1;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] < -1 || (dims[i] == -1 && unknown >= 0)) {
                throw new IllegalArgumentException("reshape: " + Arrays.toString(dims)
                        + " is not a shape; dimensions are 0 or more, and one may be -1");
            }
            unknown = dims[i] == -1 ? i : unknown;
            known = dims[i] == -1 ? known : known * dims[i];
        }
        int[] to = dims.clone();
        if (unknown >= 0) {
            if (known == 0 || shape().size() % known != 0) {
                throw new IllegalArgumentException("reshape: " + shape() + " has " + shape().size()
                        + " elements, which do not fill " + Arrays.toString(dims));
            }
            to[unknown] = (int) (shape().size() / known);
        }
        return reshape(Shape.of(to));
    }

    /** The same elements under another shape. */
    public Tensor reshape(Shape to) {
        return to.equals(shape()) ? this : of(new Op.Reshape(to), this);
    }

    /** Dimensions in another order: dimension i of the result is dimension {@code order[i]} of this. */
    public Tensor permute(int... order) {
        return of(new Op.Permute(Arrays.stream(order).boxed().toList()), this);
    }

    /** The last two dimensions exchanged. */
    public Tensor transpose() {
        if (shape().rank() < 2) {
            throw new IllegalArgumentException(
                    "transpose: " + shape() + " has fewer than 2 dimensions; reshape it to a matrix first");
        }
        int[] order = new int[shape().rank()];
        Arrays.setAll(order, i -> i < order.length - 2 ? i : 2 * order.length - 3 - i);
        return permute(order);
    }

    /** Repeated to {@code to}: aligned at the right, dimensions of 1 are repeated, missing ones added in front. */
    public Tensor expand(Shape to) {
        if (to.equals(shape())) {
            return this;
        }
        Shape aligned = shape();
        while (aligned.rank() < to.rank()) {
            aligned = aligned.insert(0, 1);
        }
        return of(new Op.Expand(to), reshape(aligned));
    }

    /** Elements {@code from} (inclusive) to {@code to} (exclusive) along {@code axis}. */
    public Tensor slice(int axis, int from, int to) {
        int a = shape().axis("slice", axis);
        int rank = shape().rank();
        List<Integer> start = new ArrayList<>(Collections.nCopies(rank, 0));
        List<Integer> limit =
                new ArrayList<>(Arrays.stream(shape().toArray()).boxed().toList());
        start.set(a, from);
        limit.set(a, to);
        return of(new Op.Slice(start, limit, Collections.nCopies(rank, 1)), this);
    }

    /** A block of a fixed size from a corner that is known only at run time (I32 [rank]). */
    public Tensor dynamicSlice(Shape size, Tensor corner) {
        return of(new Op.DynamicSlice(size), this, corner);
    }

    /** This with {@code block} written over it at a corner that is known only at run time (I32 [rank]). */
    public Tensor dynamicUpdate(Tensor block, Tensor corner) {
        return of(new Op.DynamicUpdate(), this, block, corner);
    }

    /** {@code low} elements of {@code value} before and {@code high} after this along {@code axis}. */
    public Tensor pad(int axis, int low, int high, double value) {
        int a = shape().axis("pad", axis);
        List<Integer> none = Collections.nCopies(shape().rank(), 0);
        List<Integer> before = new ArrayList<>(none);
        List<Integer> after = new ArrayList<>(none);
        before.set(a, low);
        after.set(a, high);
        return of(new Op.Pad(value, before, after, none), this);
    }

    /** Entries at I32 {@code positions} along {@code axis}, which is replaced by the dimensions of the positions. */
    public Tensor gather(int axis, Tensor positions) {
        return of(new Op.Gather(shape().axis("gather", axis)), this, positions);
    }

    /** This with {@code updates} added at I32 {@code positions} along {@code axis}; repeated positions add up. */
    public Tensor scatterAdd(int axis, Tensor positions, Tensor updates) {
        return of(new Op.ScatterAdd(shape().axis("scatteradd", axis)), this, positions, updates);
    }

    /**
     * Windows along {@code axis}, which is replaced by two: [.., n, ..] gives [.., windows, size, ..].
     *
     * <p>Window w holds the elements {@code w · stride + k · dilation} of the axis, after {@code low} zeros were put before
     * it and {@code high} behind; there are as many windows as fit. Several axes are unfolded one after the other.
     */
    public Tensor unfold(int axis, Window window) {
        int a = shape().axis("unfold", axis);
        Tensor padded = window.low() + window.high() == 0 ? this : pad(a, window.low(), window.high(), 0);
        return of(new Op.Unfold(a, window.size(), window.stride(), window.dilation()), padded);
    }

    /**
     * The sum of windows where they lie over each other, the adjoint of {@link #unfold}: [.., windows, size, ..] gives
     * [.., extent, ..], where element k of window w is added at {@code w · stride + k · dilation}.
     */
    public Tensor foldWindows(int axis, int extent, int stride, int dilation) {
        return of(new Op.FoldWindows(shape().axis("fold", axis), extent, stride, dilation), this);
    }

    /**
     * Convolution of images [n, extents.., in] with {@code weights} [out, window.., in / groups]: [n, windows.., out], by one
     * window for each axis of an image.
     *
     * @see Convolution
     */
    public Tensor convolve(Tensor weights, List<Window> windows, int groups) {
        return of(new Convolution(windows, groups), this, weights);
    }

    // ---- composites

    /** max(x, 0); gradient 0 at 0. */
    public Tensor relu() {
        return of(new Composites.Relu(), this);
    }

    /** 1 / (1 + e⁻ˣ). */
    public Tensor sigmoid() {
        return of(new Composites.Sigmoid(), this);
    }

    /** ln(1 + eˣ). */
    public Tensor softplus() {
        return of(new Composites.Softplus(), this);
    }

    /** x · Φ(x) with the normal distribution function Φ (the exact form, by erf). */
    public Tensor gelu() {
        return mul(mul(Math.sqrt(0.5)).erf().add(1).mul(0.5));
    }

    /** x · sigmoid(x). */
    public Tensor silu() {
        return mul(sigmoid());
    }

    /** x where positive, {@code slope}·x elsewhere. */
    public Tensor leakyRelu(double slope) {
        return gt(0).where(this, mul(slope));
    }

    /** ln Σ exp x along {@code axis}, without overflow; −∞ for a row of −∞, with gradient 0. */
    public Tensor logSumExp(int axis) {
        return Composites.overLastAxis(this, axis, true, Composites.LogSumExp::new);
    }

    /** exp x / Σ exp x along {@code axis}, without overflow; 0 for a row of −∞. */
    public Tensor softmax(int axis) {
        return Composites.overLastAxis(this, axis, false, Composites.Softmax::new);
    }

    /** x − logSumExp x along {@code axis}. */
    public Tensor logSoftmax(int axis) {
        return Composites.overLastAxis(this, axis, false, Composites.LogSoftmax::new);
    }

    /** Euclidean norm along {@code axis}; gradient 0 at 0. */
    public Tensor norm(int axis) {
        return square().sum(axis).sqrt();
    }

    /** Variance along {@code axis} with divisor n − {@code correction}, by two passes. */
    public Tensor variance(int axis, int correction) {
        return Statistics.variance(this, axis, correction);
    }

    /** (x − mean) / (deviation + {@code epsilon}) along {@code axis}, unbiased; 0 for constant elements. */
    public Tensor standardise(int axis, double epsilon) {
        return Statistics.standardise(this, axis, epsilon);
    }

    /**
     * Correlation matrix [k, k] of the columns of this [n, k]: covariance over n − 1, deviations + {@code epsilon}.
     * The diagonal is 1, and a constant column has correlation 0 with every other.
     */
    public Tensor correlation(double epsilon) {
        return Statistics.correlation(this, epsilon);
    }

    // ---- values

    /** The same value as a leaf of its own: computed now, remembered, its expression forgotten. */
    public Tensor eval() {
        return op instanceof Op.Constant || bound() != null ? this : of(Evaluation.evaluate(this));
    }

    /** The elements, computed now. */
    public HostArray array() {
        return Evaluation.evaluate(this);
    }

    /** The only element, computed now. */
    public double item() {
        if (shape().size() != 1) {
            throw new IllegalStateException("item: " + type + " has " + shape().size() + " elements; use array()");
        }
        return array().get(0);
    }

    /** The elements of an F32 tensor in row-major order, computed now. */
    public float[] toFloats() {
        return array().toFloats();
    }

    /** The elements in row-major order as doubles, computed now. */
    public double[] toDoubles() {
        return array().toDoubles();
    }

    /** The elements of an I32 or BOOL tensor in row-major order, computed now. */
    public int[] toInts() {
        return array().toInts();
    }

    /** Type and elements, computed now and shortened; without elements if an input has no value yet. */
    @Override
    public String toString() {
        return Evaluation.print(this);
    }

    /** The value that a bound input carries, or null. */
    @Nullable
    HostArray bound() {
        return op instanceof Op.Input input ? input.value() : null;
    }
}
