package org.softmin.tensor.cpu;

import java.util.Arrays;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Scalar;

/**
 * Loops over {@code double} in plain Java: they define every bit of the results.
 *
 * <p>{@link VectorDoubleLoops} overrides the innermost loops with vectors. Sums have one order whatever the width of a
 * vector and the number of threads. A row is cut into chunks of {@value #CHUNK}. In a chunk, element i is added to lane i
 * mod {@value #LANES}; the quarters of the lanes are added up, (first + third) + (second + fourth); neighbours among what
 * is left, then neighbours among their sums, until one is left. The chunks are added up in double precision, in order. A
 * column is cut into chunks of {@value #CHUNK_ROWS}, each added up in order, and these in order. Largest and smallest
 * elements do not depend on an order.
 */
sealed class DoubleLoops implements Loops<double[]> permits VectorDoubleLoops {
    static final int CHUNK = 8192;
    static final int CHUNK_ROWS = 128;
    static final int LANES = 32;
    /** Lanes that one accumulator stands for; a sum of exps has only these. */
    static final int QUARTER = LANES / 4;

    @Override
    public void unary(Scalar f, double[] a, int ao, double[] out, int oo, int n) {
        switch (f) {
            case NEG -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = -a[ao + i];
                }
            }
            case ABS -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.abs(a[ao + i]);
                }
            }
            case SIGN -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.signum(a[ao + i]);
                }
            }
            case SQRT -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.sqrt(a[ao + i]);
                }
            }
            case EXP -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = ScalarMath.exp(a[ao + i]);
                }
            }
            case LOG -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = ScalarMath.log(a[ao + i]);
                }
            }
            case LOG1P -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = ScalarMath.log1p(a[ao + i]);
                }
            }
            case SIN -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = ScalarMath.sin(a[ao + i]);
                }
            }
            case COS -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = ScalarMath.cos(a[ao + i]);
                }
            }
            case TANH -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = ScalarMath.tanh(a[ao + i]);
                }
            }
            case ERF -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = ScalarMath.erf(a[ao + i]);
                }
            }
            case FLOOR -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.floor(a[ao + i]);
                }
            }
            case CEIL -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.ceil(a[ao + i]);
                }
            }
            case ROUND -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.rint(a[ao + i]);
                }
            }
            case NOT, ADD, SUB, MUL, DIV, POW, MIN, MAX, AND, OR, XOR, SHL, SHR, LT, LE, EQ, NE, WHERE ->
                throw new IllegalArgumentException(f + ": not a function of one floating-point number");
        }
    }

    @Override
    public void binary(Scalar f, double[] a, int ao, double[] b, int bo, double[] out, int oo, int n) {
        switch (f) {
            case ADD -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] + b[bo + i];
                }
            }
            case SUB -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] - b[bo + i];
                }
            }
            case MUL -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] * b[bo + i];
                }
            }
            case DIV -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] / b[bo + i];
                }
            }
            case POW -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = StrictMath.pow(a[ao + i], b[bo + i]);
                }
            }
            case MIN -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.min(a[ao + i], b[bo + i]);
                }
            }
            case MAX -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.max(a[ao + i], b[bo + i]);
                }
            }
            case NEG, ABS, SIGN, SQRT, EXP, LOG, LOG1P, SIN, COS, TANH, ERF, FLOOR, CEIL, ROUND, NOT, AND, OR, XOR ->
                throw notOfTwoNumbers(f);
            case SHL, SHR, LT, LE, EQ, NE, WHERE -> throw notOfTwoNumbers(f);
        }
    }

    private static IllegalArgumentException notOfTwoNumbers(Scalar f) {
        return new IllegalArgumentException(f + ": not a function of two floating-point numbers that gives a third");
    }

    @Override
    public void compare(Scalar f, double[] a, int ao, double[] b, int bo, int[] out, int oo, int n) {
        switch (f) {
            case LT -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] < b[bo + i] ? 1 : 0;
                }
            }
            case LE -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] <= b[bo + i] ? 1 : 0;
                }
            }
            case EQ -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] == b[bo + i] ? 1 : 0;
                }
            }
            case NE -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] != b[bo + i] ? 1 : 0;
                }
            }
            case NEG, ABS, SIGN, SQRT, EXP, LOG, LOG1P, SIN, COS, TANH, ERF, FLOOR, CEIL, ROUND, NOT ->
                throw notComparison(f);
            case ADD, SUB, MUL, DIV, POW, MIN, MAX, AND, OR, XOR, SHL, SHR, WHERE -> throw notComparison(f);
        }
    }

    private static IllegalArgumentException notComparison(Scalar f) {
        return new IllegalArgumentException(f + ": not a comparison");
    }

    @Override
    public void select(int[] condition, int co, double[] a, int ao, double[] b, int bo, double[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = condition[co + i] != 0 ? a[ao + i] : b[bo + i];
        }
    }

    @Override
    public final void reduce(Fold f, double[] a, int ao, int outer, int n, int inner, double[] out, int oo) {
        for (int o = 0; o < outer; o++) {
            if (inner == 1) {
                out[oo + o] = row(f, a, ao + o * n, n);
            } else {
                columns(f, a, ao + o * n * inner, n, inner, CHUNK_ROWS, out, oo + o * inner);
            }
        }
    }

    @Override
    public final int chunks(int n, int inner) {
        return Math.ceilDiv(n, inner == 1 ? CHUNK : CHUNK_ROWS);
    }

    @Override
    public final void reduceChunks(
            Fold f, double[] a, int ao, int n, int inner, int from, int to, double[] partials, int po) {
        for (int c = from; c < to; c++) {
            if (inner == 1) {
                partials[po + c] = row(f, a, ao + c * CHUNK, Math.min(CHUNK, n - c * CHUNK));
            } else {
                int rows = Math.min(CHUNK_ROWS, n - c * CHUNK_ROWS);
                columns(f, a, ao + c * CHUNK_ROWS * inner, rows, inner, rows, partials, po + c * inner);
            }
        }
    }

    @Override
    public final void reducePartials(Fold f, double[] partials, int po, int chunks, int inner, double[] out, int oo) {
        if (inner > 1) {
            columns(f, partials, po, chunks, inner, Math.max(chunks, 1), out, oo);
        } else if (f == Fold.SUM) {
            double total = 0;
            for (int c = 0; c < chunks; c++) {
                total += partials[po + c];
            }
            out[oo] = total;
        } else {
            out[oo] = row(f, partials, po, chunks);
        }
    }

    private double row(Fold f, double[] a, int ao, int n) {
        return switch (f) {
            case SUM -> {
                if (n <= CHUNK) {
                    yield sum(a, ao, n);
                }
                double total = 0;
                for (int c = 0; c < Math.ceilDiv(n, CHUNK); c++) {
                    total += sum(a, ao + c * CHUNK, Math.min(CHUNK, n - c * CHUNK));
                }
                yield total;
            }
            case MAX -> largest(a, ao, n, 1);
            case MIN -> -largest(a, ao, n, -1);
        };
    }

    private void columns(Fold f, double[] a, int ao, int n, int inner, int chunk, double[] out, int oo) {
        switch (f) {
            case SUM -> sumColumns(a, ao, n, inner, 0, chunk, out, oo);
            case MAX -> largestInColumns(a, ao, n, inner, 0, 1, out, oo);
            case MIN -> largestInColumns(a, ao, n, inner, 0, -1, out, oo);
        }
    }

    /** Sum of one chunk. */
    double sum(double[] a, int ao, int n) {
        return sumOfLanes(a, ao, n, 0, QUARTER);
    }

    /** Sum of the lanes from {@code lane} on, {@code count} of each quarter. */
    private static double sumOfLanes(double[] a, int ao, int n, int lane, int count) {
        if (count > 1) {
            return sumOfLanes(a, ao, n, lane, count / 2) + sumOfLanes(a, ao, n, lane + count / 2, count / 2);
        }
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        for (int i = lane; i < n; i += LANES) {
            s0 += a[ao + i];
            s1 += i + QUARTER < n ? a[ao + i + QUARTER] : 0;
            s2 += i + 2 * QUARTER < n ? a[ao + i + 2 * QUARTER] : 0;
            s3 += i + 3 * QUARTER < n ? a[ao + i + 3 * QUARTER] : 0;
        }
        return (s0 + s2) + (s1 + s3);
    }

    /** Largest of {@code sign} · a, where sign is 1 or −1. */
    double largest(double[] a, int ao, int n, double sign) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, sign * a[ao + i]);
        }
        return largest;
    }

    /** Sum of each column of {@code [n, inner]} from column {@code from} on. */
    void sumColumns(double[] a, int ao, int n, int inner, int from, int chunk, double[] out, int oo) {
        for (int j = from; j < inner; j++) {
            double total = 0;
            for (int c = 0; c < Math.ceilDiv(n, chunk); c++) {
                int end = c * chunk + Math.min(chunk, n - c * chunk);
                double sum = 0;
                for (int k = c * chunk; k < end; k++) {
                    sum += a[ao + k * inner + j];
                }
                total += sum;
            }
            out[oo + j] = total;
        }
    }

    /** {@code sign} · largest of {@code sign} · a in each column of {@code [n, inner]} from column {@code from} on. */
    void largestInColumns(double[] a, int ao, int n, int inner, int from, double sign, double[] out, int oo) {
        for (int j = from; j < inner; j++) {
            double largest = Double.NEGATIVE_INFINITY;
            for (int k = 0; k < n; k++) {
                largest = Math.max(largest, sign * a[ao + k * inner + j]);
            }
            out[oo + j] = sign * largest;
        }
    }

    @Override
    public final void argReduce(Fold f, double[] a, int ao, int outer, int n, int inner, int[] out, int oo) {
        for (int o = 0; o < outer; o++) {
            if (inner == 1) {
                out[oo + o] = indexOf(row(f, a, ao + o * n, n), a, ao + o * n, n);
            } else {
                argColumns(f == Fold.MAX ? 1 : -1, a, ao + o * n * inner, n, inner, out, oo + o * inner);
            }
        }
    }

    /** Index of the first element that equals {@code x}, or that is NaN if x is. */
    int indexOf(double x, double[] a, int ao, int n) {
        int i = 0;
        while (i < n && a[ao + i] != x && (!Double.isNaN(x) || !Double.isNaN(a[ao + i]))) {
            i++;
        }
        return i;
    }

    private static void argColumns(double sign, double[] a, int ao, int n, int inner, int[] out, int oo) {
        Arrays.fill(out, oo, oo + inner, 0);
        for (int k = 1; k < n; k++) {
            for (int j = 0; j < inner; j++) {
                double best = a[ao + out[oo + j] * inner + j];
                double x = a[ao + k * inner + j];
                if (sign * x > sign * best || (Double.isNaN(x) && !Double.isNaN(best))) {
                    out[oo + j] = k;
                }
            }
        }
    }
}
