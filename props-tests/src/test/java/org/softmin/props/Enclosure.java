package org.softmin.props;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.plan.Decompose;

/**
 * All values that rounding allows an array to have: for each element an interval, and whether it may be NaN.
 *
 * <p>An enclosure is computed by interval arithmetic over the primitives of a program ({@link EnclosureRules}), each with
 * the error that {@link Tolerance} grants its op. So a backend agrees with the reference when its results lie inside, whatever the
 * program does afterwards with a difference in the last bit (a comparison, a sort, a division): the bound is derived,
 * and there is nothing to tune. Two expressions that are equal in exact arithmetic have enclosures that meet.
 *
 * <p>An empty interval (low &gt; high) stands for "certainly NaN".
 */
final class Enclosure {
    final Tensor node;
    final boolean exact;
    final double[] low;
    final double[] high;
    final boolean[] nan;

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
                List<Enclosure> operands =
                        node.inputs().stream().map(known::get).toList();
                EnclosureRules.apply(result, operands);
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

    // ---- for the rules

    /** Certain values. */
    void fill(double[] values) {
        for (int i = 0; i < values.length; i++) {
            start(i);
            include(i, values[i]);
        }
    }

    /** Element i empty, to be filled by {@link #include}. */
    void start(int i) {
        low[i] = Double.POSITIVE_INFINITY;
        high[i] = Double.NEGATIVE_INFINITY;
        nan[i] = false;
    }

    /** Element i widened to hold {@code value}, too. */
    void include(int i, double value) {
        if (Double.isNaN(value)) {
            nan[i] = true;
        } else {
            low[i] = Math.min(low[i], value);
            high[i] = Math.max(high[i], value);
        }
    }

    /** Element i widened to hold all that element j of another may be. */
    void include(int i, Enclosure from, int j) {
        low[i] = Math.min(low[i], from.low[j]);
        high[i] = Math.max(high[i], from.high[j]);
        nan[i] |= from.nan[j];
    }

    /** Element i may be anything of its type. */
    void anything(int i) {
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

    /** Whether element i is certain. */
    boolean isPoint(int i) {
        return low[i] > high[i] || (!nan[i] && Double.compare(low[i], high[i]) == 0);
    }

    /** Whether all elements are certain. */
    boolean isPoint() {
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
    double[] candidates(int i) {
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

    /** The values, where all are certain. */
    HostArray points() {
        double[] values = new double[low.length];
        Arrays.setAll(values, i -> low[i] > high[i] ? Double.NaN : low[i]);
        return HostArray.of(node.dtype(), node.shape(), values);
    }

    /** 1 where an element may be NaN. */
    double[] flags() {
        double[] flags = new double[nan.length];
        Arrays.setAll(flags, i -> nan[i] ? 1 : 0);
        return flags;
    }

    /** Element i certain. */
    void fill(int i, double value) {
        low[i] = value;
        high[i] = value;
    }

    /** By one ulp; a result of 0 is exact, short of underflow. */
    void widenByRounding(int i) {
        if (low[i] != 0) {
            low[i] = Tolerance.down(node.dtype(), low[i]);
        }
        if (high[i] != 0) {
            high[i] = Tolerance.up(node.dtype(), high[i]);
        }
    }

    @Override
    public String toString() {
        return node.type() + " tight in " + tight(1e-6) + " of " + size() + " elements";
    }
}
