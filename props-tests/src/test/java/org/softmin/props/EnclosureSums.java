package org.softmin.props;

import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.Shape;

/** Reductions and products of intervals, with the error of additions in any order. */
final class EnclosureSums {
    private final Enclosure out;

    EnclosureSums(Enclosure out) {
        this.out = out;
    }

    /** Fold along an axis. */
    void reduce(Op.Reduce op, Enclosure x) {
        Shape from = x.node.shape();
        int n = from.dim(op.axis());
        int inner = from.size(op.axis() + 1, from.rank());
        for (int i = 0; i < out.low.length; i++) {
            int first = inner == 0 ? 0 : i / inner * n * inner + i % inner;
            if (op.fold() == Fold.SUM) {
                sum(i, x, first, inner, n);
            } else {
                extremum(i, op.fold(), x, first, inner, n);
            }
        }
    }

    private void extremum(int i, Fold fold, Enclosure x, int first, int step, int n) {
        double identity = fold.identity(out.node.dtype());
        out.low[i] = identity;
        out.high[i] = identity;
        for (int k = 0; k < n; k++) {
            int j = first + k * step;
            out.nan[i] |= x.nan[j];
            if (x.low[j] > x.high[j]) {
                out.start(i);
                out.nan[i] = true;
                return;
            }
            out.low[i] = fold.apply(out.low[i], x.low[j]);
            out.high[i] = fold.apply(out.high[i], x.high[j]);
        }
    }

    private void sum(int i, Enclosure x, int first, int step, int n) {
        if (!out.node.dtype().isFloating()) {
            sumInt(i, x, first, step, n);
            return;
        }
        Sum sum = new Sum(out.node.dtype());
        for (int k = 0; k < n; k++) {
            int j = first + k * step;
            sum.add(x.low[j], x.high[j], x.nan[j]);
        }
        sum.close(out, i, Math.max(n - 1, 0), 0);
    }

    private void sumInt(int i, Enclosure x, int first, int step, int n) {
        long lowest = 0;
        long highest = 0;
        for (int k = 0; k < n; k++) {
            lowest += (long) x.low[first + k * step];
            highest += (long) x.high[first + k * step];
        }
        if (lowest == highest) {
            out.fill(i, (int) lowest);
        } else if (lowest == (int) lowest && highest == (int) highest) {
            out.low[i] = lowest;
            out.high[i] = highest;
        } else {
            out.anything(i);
        }
    }

    /** Matrix product. */
    void matmul(Enclosure a, Enclosure b) {
        int n = out.node.shape().dim(-1);
        int m = out.node.shape().dim(-2);
        int k = a.node.shape().dim(-1);
        boolean points = a.isPoint() && b.isPoint();
        for (int i = 0; i < out.low.length; i++) {
            int row = i / n;
            int batch = row / m;
            Sum sum = new Sum(out.node.dtype());
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
            sum.close(out, i, k, k);
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
}
