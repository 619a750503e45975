package org.softmin.props;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.plan.Decompose;

/**
 * All values that rounding allows an array to have: for each element an interval, and whether it may be NaN.
 *
 * <p>An enclosure is computed by interval arithmetic over the primitives of a program, each with the error that
 * {@link Tolerance} grants its op. So a backend agrees with the reference when its results lie inside, whatever the
 * program does afterwards with a difference in the last bit (a comparison, a sort, a division): the bound is derived,
 * and there is nothing to tune. Two expressions that are equal in exact arithmetic have enclosures that meet.
 *
 * <p>An empty interval (low &gt; high) stands for "certainly NaN".
 */
final class Enclosure {
    private final Tensor node;
    private final boolean exact;
    private final double[] low;
    private final double[] high;
    private final boolean[] nan;

    private Enclosure(Tensor node, boolean exact) {
        int n = node.shape().size();
        this.node = node;
        this.exact = exact;
        this.low = new double[n];
        this.high = new double[n];
        this.nan = new boolean[n];
    }

    /** What the outputs of {@code program} may be for {@code inputs} on a correct backend. */
    static List<Enclosure> of(Program program, List<HostArray> inputs) {
        return of(program, inputs, false);
    }

    /**
     * As {@link #of(Program, List)}, and the exact result besides: each rounding counts as an error, even where every
     * backend rounds alike. Two programs that are equal in exact arithmetic give enclosures that meet.
     */
    static List<Enclosure> withExact(Program program, List<HostArray> inputs) {
        return of(program, inputs, true);
    }

    private static List<Enclosure> of(Program program, List<HostArray> inputs, boolean exact) {
        Program primitive = Decompose.apply(program, composite -> false);
        Map<Tensor, Enclosure> known = new HashMap<>();
        for (Tensor node : primitive.nodes()) {
            Enclosure result = new Enclosure(node, exact);
            if (node.op() instanceof Op.Input input) {
                HostArray value = input.value() == null ? inputs.get(primitive.position(node)) : input.value();
                result.fill(value.toDoubles());
            } else {
                result.compute(node.inputs().stream().map(known::get).toList());
            }
            known.put(node, result);
        }
        return primitive.outputs().stream().map(known::get).toList();
    }

    /** The first element of {@code actual} that lies outside, described; empty if all are inside. */
    String outside(HostArray actual) {
        for (int i = 0; i < low.length; i++) {
            double x = actual.get(i);
            boolean inside =
                    Double.isNaN(x) ? nan[i] : Double.compare(low[i], x) <= 0 && Double.compare(x, high[i]) <= 0;
            if (!inside) {
                return element(i) + " is " + x + ", but must be " + allowed(i);
            }
        }
        return "";
    }

    /** The first element at which two enclosures have no value in common, described; empty if there is none. */
    String disjoint(Enclosure other) {
        for (int i = 0; i < low.length; i++) {
            boolean meets =
                    (nan[i] && other.nan[i]) || Math.max(low[i], other.low[i]) <= Math.min(high[i], other.high[i]);
            if (!meets) {
                return element(i) + " is " + allowed(i) + " on one side and " + other.allowed(i) + " on the other";
            }
        }
        return "";
    }

    /** How many elements are known to a relative width of {@code width}: how much the check is worth. */
    int tight(double width) {
        int count = 0;
        for (int i = 0; i < low.length; i++) {
            double size = Math.max(Math.abs(low[i]), Math.abs(high[i]));
            if (low[i] == high[i] || low[i] > high[i] || (!nan[i] && high[i] - low[i] <= width * Math.max(size, 1))) {
                count++;
            }
        }
        return count;
    }

    /** Number of elements. */
    int size() {
        return low.length;
    }

    private String element(int index) {
        int[] at = node.shape().toArray();
        int rest = index;
        for (int i = at.length - 1; i >= 0; i--) {
            int extent = at[i];
            at[i] = rest % extent;
            rest /= extent;
        }
        return node.op().label() + " " + node.type() + " element " + Arrays.toString(at);
    }

    private String allowed(int i) {
        String interval = low[i] > high[i] ? "" : low[i] == high[i] ? "" + low[i] : "[" + low[i] + ", " + high[i] + "]";
        return nan[i] ? (interval.isEmpty() ? "NaN" : interval + " or NaN") : interval;
    }

    // ---- filling in

    private void fill(double[] values) {
        for (int i = 0; i < values.length; i++) {
            start(i);
            include(i, values[i]);
        }
    }

    private void start(int i) {
        low[i] = Double.POSITIVE_INFINITY;
        high[i] = Double.NEGATIVE_INFINITY;
        nan[i] = false;
    }

    private void include(int i, double value) {
        if (Double.isNaN(value)) {
            nan[i] = true;
        } else {
            low[i] = Math.min(low[i], value);
            high[i] = Math.max(high[i], value);
        }
    }

    private void include(int i, Enclosure from, int j) {
        low[i] = Math.min(low[i], from.low[j]);
        high[i] = Math.max(high[i], from.high[j]);
        nan[i] |= from.nan[j];
    }

    private void anything(int i) {
        double[] range = range(node.dtype());
        low[i] = range[0];
        high[i] = range[1];
        nan[i] = node.dtype().isFloating();
    }

    private static double[] range(DType dtype) {
        return switch (dtype) {
            case F32, F64 -> new double[] {Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY};
            case I32 -> new double[] {Integer.MIN_VALUE, Integer.MAX_VALUE};
            case BOOL -> new double[] {0, 1};
        };
    }

    private boolean isPoint(int i) {
        return low[i] > high[i] || (!nan[i] && Double.compare(low[i], high[i]) == 0);
    }

    private boolean isPoint() {
        for (int i = 0; i < low.length; i++) {
            if (!isPoint(i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * The values to try for element {@code i} under a function that is monotone: both ends, NaN, and 0 or else a finite
     * number where the interval holds one (0 · ∞ is NaN, but what comes before it is 0 or ∞).
     */
    private double[] candidates(int i) {
        if (low[i] > high[i]) {
            return new double[] {Double.NaN};
        }
        if (Double.compare(low[i], high[i]) == 0) {
            return nan[i] ? new double[] {low[i], Double.NaN} : new double[] {low[i]};
        }
        boolean special = Double.isInfinite(low[i]) || Double.isInfinite(high[i]) || (low[i] < 0 && high[i] > 0);
        double inner = special
                ? Math.clamp(0, Math.max(low[i], -Double.MAX_VALUE), Math.min(high[i], Double.MAX_VALUE))
                : high[i];
        return nan[i]
                ? new double[] {low[i], high[i], inner, Double.NaN}
                : inner == high[i] ? new double[] {low[i], high[i]} : new double[] {low[i], high[i], inner};
    }

    // ---- one op

    private void compute(List<Enclosure> in) {
        Enclosure x = in.isEmpty() ? this : in.getFirst();
        switch (node.op()) {
            case Op.Input i -> throw new IllegalStateException("inputs are given, not computed");
            case Op.Constant c -> fill(Reference.apply(node.op(), List.of()));
            case Op.Iota i -> fill(Reference.apply(node.op(), List.of()));
            case Op.Map m -> map(m.scalar(), in);
            case Op.Cast c -> cast(x);
            case Op.Reduce r -> reduce(r, x);
            case Op.MatMul m -> matmul(x, in.get(1));
            case Op.Reshape r -> move(r, in, 1);
            case Op.Permute p -> move(p, in, 1);
            case Op.Expand e -> move(e, in, 1);
            case Op.Slice s -> move(s, in, 1);
            case Op.Pad p -> move(p, in, 1);
            case Op.Concat c -> move(c, in, in.size());
            case Op.Gather g -> move(g, in, 1);
            case Op.DynamicSlice d -> move(d, in, 1);
            case Op.DynamicUpdate d -> move(d, in, 2);
            case Op.ScatterAdd s -> scatterAdd(s, in);
            case Op.ArgReduce a -> order(x.node.shape().dim(a.axis()), in);
            case Op.ArgSort a -> order(x.node.shape().dim(a.axis()), in);
            case Op.RandomBits r -> order(0, in);
            case Op.Composite c -> throw new IllegalStateException(c.label() + " was not decomposed");
        }
    }

    /** Ops on the order of their operand: certain if the operand is, otherwise any of {@code n} positions. */
    private void order(int n, List<Enclosure> in) {
        if (in.stream().allMatch(Enclosure::isPoint)) {
            fill(Reference.apply(node.op(), in.stream().map(Enclosure::points).toList()));
        } else {
            Arrays.fill(low, n == 0 ? Integer.MIN_VALUE : 0);
            Arrays.fill(high, n == 0 ? Integer.MAX_VALUE : n - 1);
        }
    }

    private HostArray points() {
        double[] values = new double[low.length];
        Arrays.setAll(values, i -> low[i] > high[i] ? Double.NaN : low[i]);
        return HostArray.of(node.dtype(), node.shape(), values);
    }

    private void map(Scalar scalar, List<Enclosure> in) {
        boolean floating = in.getLast().node.dtype().isFloating();
        for (int i = 0; i < low.length; i++) {
            start(i);
            boolean certain = true;
            for (Enclosure x : in) {
                certain &= x.isPoint(i);
            }
            if (!certain && (floating ? !monotone(scalar, in, i) : !monotoneInt(scalar, in, i))) {
                continue;
            }
            double[] b = in.get(Math.min(1, in.size() - 1)).candidates(i);
            double[] c = in.getLast().candidates(i);
            for (double p : in.getFirst().candidates(i)) {
                for (double q : in.size() < 2 ? new double[] {p} : b) {
                    for (double r : in.size() < 3 ? new double[] {q} : c) {
                        include(
                                i,
                                floating
                                        ? node.dtype().round(scalar.apply(p, q, r))
                                        : scalar.applyInt((int) p, (int) q, (int) r));
                    }
                }
            }
            if (floating && Tolerance.of(scalar) == Tolerance.TWO_ULPS) {
                widen(i, scalar, in);
            } else if (floating && exact && rounds(scalar)) {
                widenByRounding(i);
            }
        }
    }

    /**
     * Whether the extremes of {@code scalar} over the operands' intervals are at their ends. If not, or if it has a
     * domain, element i gets what else it may be, and the answer tells whether the ends are still wanted.
     */
    private boolean monotone(Scalar scalar, List<Enclosure> in, int i) {
        Enclosure a = in.getFirst();
        Enclosure b = in.get(Math.min(1, in.size() - 1));
        boolean negative = a.low[i] < 0;
        boolean zeroIn = a.low[i] <= 0 && a.high[i] >= 0;
        switch (scalar) {
            case ABS -> {
                if (zeroIn) {
                    include(i, 0);
                }
            }
            case SQRT, LOG -> {
                if (negative && a.high[i] >= 0) {
                    include(i, node.dtype().round(scalar.apply(0, 0, 0)));
                }
            }
            case LOG1P -> {
                if (a.low[i] < -1 && a.high[i] >= -1) {
                    include(i, Double.NEGATIVE_INFINITY);
                }
            }
            case SIN, COS -> { // slope at most 1
                double middle = a.low[i] / 2 + a.high[i] / 2;
                double radius = Math.nextUp(a.high[i] / 2 - a.low[i] / 2);
                if (!(radius < 1)) {
                    include(i, -1);
                    include(i, 1);
                } else {
                    double y = scalar.apply(middle, 0, 0);
                    include(i, node.dtype().round(Math.max(y - radius, -1)));
                    include(i, node.dtype().round(Math.min(y + radius, 1)));
                }
            }
            case DIV -> {
                if (b.low[i] <= 0 && b.high[i] >= 0 && !b.isPoint(i)) {
                    anything(i);
                    return false;
                }
            }
            case POW -> {
                if (a.low[i] <= 0 || Double.isInfinite(a.high[i])) {
                    anything(i);
                    return false;
                }
            }
            case EQ, NE -> {
                boolean numbers = a.low[i] == a.high[i] && b.low[i] == b.high[i]; // whatever the sign of zero
                if (!numbers && Math.max(a.low[i], b.low[i]) <= Math.min(a.high[i], b.high[i])) {
                    anything(i);
                    return false;
                }
            }
            default -> {
                // monotone in each operand, so the ends are enough
            }
        }
        return true;
    }

    private boolean monotoneInt(Scalar scalar, List<Enclosure> in, int i) {
        boolean bool = in.getLast().node.dtype() == DType.BOOL;
        boolean enough = bool
                || switch (scalar) {
                    case MIN, MAX, LT, LE, SIGN, WHERE -> true;
                    default -> false;
                };
        if (!enough) { // may wrap around
            anything(i);
        }
        return enough;
    }

    private static boolean rounds(Scalar scalar) {
        return switch (scalar) {
            case ADD, SUB, MUL, DIV, SQRT -> true;
            default -> false;
        };
    }

    /** By one ulp; a result of 0 is exact, short of underflow. */
    private void widenByRounding(int i) {
        if (low[i] != 0) {
            low[i] = Tolerance.down(node.dtype(), low[i]);
        }
        if (high[i] != 0) {
            high[i] = Tolerance.up(node.dtype(), high[i]);
        }
    }

    private void widen(int i, Scalar scalar, List<Enclosure> in) {
        if (low[i] > high[i]) {
            return;
        }
        boolean infiniteOperand = false;
        for (Enclosure x : in) {
            infiniteOperand |= Double.isInfinite(x.low[i]) || Double.isInfinite(x.high[i]);
        }
        DType dtype = node.dtype();
        if (!(infiniteOperand && Double.isInfinite(low[i]))) {
            low[i] = Tolerance.down(dtype, Tolerance.down(dtype, low[i]));
        }
        if (!(infiniteOperand && Double.isInfinite(high[i]))) {
            high[i] = Tolerance.up(dtype, Tolerance.up(dtype, high[i]));
        }
        switch (scalar) { // the range is kept, rounding or not
            case EXP -> low[i] = Math.max(low[i], 0);
            case SIN, COS, TANH, ERF -> {
                low[i] = Math.max(low[i], -1);
                high[i] = Math.min(high[i], 1);
            }
            default -> {
                // the range is the whole line
            }
        }
    }

    private void cast(Enclosure x) {
        for (int i = 0; i < low.length; i++) {
            start(i);
            for (double value : x.candidates(i)) {
                include(i, node.dtype().round(value));
            }
            if (node.dtype() == DType.BOOL && x.low[i] < 0 && x.high[i] > 0) {
                include(i, 0);
            }
        }
    }

    /** Moves intervals as {@code op} moves values; its operands from {@code moved} on are positions. */
    private void move(Op op, List<Enclosure> in, int moved) {
        List<Enclosure> sources = in.subList(0, moved);
        List<Enclosure> positions = in.subList(moved, in.size());
        if (!positions.stream().allMatch(Enclosure::isPoint)) {
            for (int i = 0; i < low.length; i++) {
                start(i);
                for (Enclosure source : sources) {
                    for (int j = 0; j < source.low.length; j++) {
                        include(i, source, j);
                    }
                }
            }
            return;
        }
        Op quiet = op instanceof Op.Pad p ? new Op.Pad(0, p.low(), p.high(), p.interior()) : op;
        copy(low, op, sources, positions, x -> x.low);
        copy(high, op, sources, positions, x -> x.high);
        double[] flags = new double[nan.length];
        copy(flags, quiet, sources, positions, Enclosure::flags);
        for (int i = 0; i < flags.length; i++) {
            nan[i] = flags[i] != 0;
        }
    }

    private interface Part {
        double[] of(Enclosure x);
    }

    private void copy(double[] to, Op op, List<Enclosure> sources, List<Enclosure> positions, Part part) {
        List<HostArray> operands = new ArrayList<>();
        for (Enclosure source : sources) {
            operands.add(HostArray.of(source.node.shape(), part.of(source)));
        }
        for (Enclosure position : positions) {
            operands.add(position.points());
        }
        double[] result = Reference.apply(op, operands);
        for (int i = 0; i < to.length; i++) {
            to[i] = node.dtype().round(result[i]);
        }
    }

    private double[] flags() {
        double[] flags = new double[nan.length];
        Arrays.setAll(flags, i -> nan[i] ? 1 : 0);
        return flags;
    }

    private void scatterAdd(Op.ScatterAdd op, List<Enclosure> in) {
        Enclosure base = in.get(0);
        Enclosure updates = in.get(2);
        if (!in.get(1).isPoint()) {
            for (int i = 0; i < low.length; i++) {
                anything(i);
            }
            return;
        }
        double[] numbers = new double[low.length];
        Arrays.setAll(numbers, i -> i);
        double[] targets = Reference.apply( // where each update goes: gather the positions of the base
                new Op.Gather(op.axis()),
                List.of(HostArray.of(node.shape(), numbers), in.get(1).points()));
        for (int i = 0; i < low.length; i++) {
            start(i);
            include(i, base, i);
        }
        for (int u = 0; u < targets.length; u++) {
            int t = (int) targets[u];
            double[] old = candidates(t);
            start(t);
            for (double p : old) {
                for (double q : updates.candidates(u)) {
                    include(t, node.dtype().isFloating() ? node.dtype().round(p + q) : (int) (long) (p + q)); // wraps
                }
            }
            if (exact) {
                widenByRounding(t);
            }
        }
    }

    // ---- sums

    private void reduce(Op.Reduce op, Enclosure x) {
        Shape from = x.node.shape();
        int n = from.dim(op.axis());
        int inner = from.size(op.axis() + 1, from.rank());
        for (int i = 0; i < low.length; i++) {
            int first = inner == 0 ? 0 : i / inner * n * inner + i % inner;
            if (op.fold() == Fold.SUM) {
                sum(i, x, first, inner, n);
            } else {
                extremum(i, op.fold(), x, first, inner, n);
            }
        }
    }

    private void extremum(int i, Fold fold, Enclosure x, int first, int step, int n) {
        double identity = fold.identity(node.dtype());
        low[i] = identity;
        high[i] = identity;
        for (int k = 0; k < n; k++) {
            int j = first + k * step;
            nan[i] |= x.nan[j];
            if (x.low[j] > x.high[j]) {
                start(i);
                nan[i] = true;
                return;
            }
            low[i] = fold.apply(low[i], x.low[j]);
            high[i] = fold.apply(high[i], x.high[j]);
        }
    }

    private void sum(int i, Enclosure x, int first, int step, int n) {
        if (!node.dtype().isFloating()) {
            sumInt(i, x, first, step, n);
            return;
        }
        Sum sum = new Sum(node.dtype());
        for (int k = 0; k < n; k++) {
            int j = first + k * step;
            sum.add(x.low[j], x.high[j], x.nan[j]);
        }
        sum.close(this, i, Math.max(n - 1, 0), 0);
    }

    private void sumInt(int i, Enclosure x, int first, int step, int n) {
        long lowest = 0;
        long highest = 0;
        for (int k = 0; k < n; k++) {
            lowest += (long) x.low[first + k * step];
            highest += (long) x.high[first + k * step];
        }
        if (lowest == highest) {
            fill(i, (int) lowest);
        } else if (lowest == (int) lowest && highest == (int) highest) {
            low[i] = lowest;
            high[i] = highest;
        } else {
            anything(i);
        }
    }

    private void fill(int i, double value) {
        low[i] = value;
        high[i] = value;
    }

    private void matmul(Enclosure a, Enclosure b) {
        int n = node.shape().dim(-1);
        int m = node.shape().dim(-2);
        int k = a.node.shape().dim(-1);
        boolean points = a.isPoint() && b.isPoint();
        for (int i = 0; i < low.length; i++) {
            int row = i / n;
            int batch = row / m;
            Sum sum = new Sum(node.dtype());
            for (int p = 0; p < k; p++) {
                int right = (batch * k + p) * n + i % n;
                double x0 = a.low[row * k + p];
                double y0 = b.low[right];
                double plain = x0 * y0;
                if (points && Double.isFinite(plain)) { // the usual case, and the innermost loop
                    sum.add(plain, plain, false);
                    continue;
                }
                double lowest = Double.POSITIVE_INFINITY;
                double highest = Double.NEGATIVE_INFINITY;
                boolean bad = false;
                for (double x : a.candidates(row * k + p)) {
                    for (double y : b.candidates(right)) {
                        double product = x * y;
                        sum.overflows |= Double.isInfinite(product) && Double.isFinite(x) && Double.isFinite(y);
                        bad |= Double.isNaN(product);
                        lowest = Double.isNaN(product) ? lowest : Math.min(lowest, product);
                        highest = Double.isNaN(product) ? highest : Math.max(highest, product);
                    }
                }
                sum.add(lowest, highest, bad);
            }
            sum.close(this, i, k, k);
        }
    }

    /** A sum of intervals in any order of additions. */
    private static final class Sum {
        private final DType dtype;
        private double low;
        private double high;
        private double magnitude;
        private boolean certainlyNan;
        private boolean nan;
        private boolean plus;
        private boolean minus;
        private boolean certainlyPlus;
        private boolean certainlyMinus;
        private boolean overflows;

        Sum(DType dtype) {
            this.dtype = dtype;
        }

        void add(double lowest, double highest, boolean mayBeNan) {
            nan |= mayBeNan;
            if (lowest > highest) {
                certainlyNan = true;
                return;
            }
            plus |= highest == Double.POSITIVE_INFINITY;
            minus |= lowest == Double.NEGATIVE_INFINITY;
            certainlyPlus |= lowest == Double.POSITIVE_INFINITY && !mayBeNan;
            certainlyMinus |= highest == Double.NEGATIVE_INFINITY && !mayBeNan;
            double finiteLow = Double.isInfinite(lowest) ? 0 : lowest;
            double finiteHigh = Double.isInfinite(highest) ? 0 : highest;
            low += finiteLow;
            high += finiteHigh;
            magnitude += Math.max(Math.abs(finiteLow), Math.abs(finiteHigh));
        }

        /** Writes the result: {@code roundings} relative errors, {@code products} that may underflow. */
        void close(Enclosure to, int i, int roundings, int products) {
            to.start(i);
            if (overflows && !certainlyNan) { // with fma a product alone does not overflow
                to.anything(i);
                return;
            }
            to.nan[i] = nan || (plus && minus);
            if (certainlyNan || (certainlyPlus && certainlyMinus)) {
                to.nan[i] = true;
                return;
            }
            double slack = Tolerance.sum(dtype, roundings, products, magnitude);
            if (magnitude + slack > Tolerance.largest(dtype)) { // a partial sum may overflow
                to.anything(i);
            } else if (certainlyPlus || certainlyMinus) {
                to.include(i, certainlyPlus ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY);
            } else {
                // the sign of a zero sum depends on the order
                to.include(i, minus ? Double.NEGATIVE_INFINITY : zero(dtype.round(low - slack), -0.0));
                to.include(i, plus ? Double.POSITIVE_INFINITY : zero(dtype.round(high + slack), 0.0));
            }
        }

        private static double zero(double x, double signed) {
            return x == 0 ? signed : x;
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(node.type().toString());
        ToDoubleFunction<Integer> width = i -> high[i] - low[i];
        for (int i = 0; i < Math.min(low.length, 8); i++) {
            text.append(String.format(Locale.ROOT, " %s (%.3g)", allowed(i), width.applyAsDouble(i)));
        }
        return text.toString();
    }
}
