package org.softmin.tensor.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.softmin.tensor.Scalar;

/**
 * The loops of {@link DoubleLoops} as vectors, with the same bits.
 *
 * <p>Each function has its loop in a method of its own, which the JIT compiles by itself; what does not fill a vector is
 * left to the plain loop.
 */
final class VectorDoubleLoops extends DoubleLoops {
    private static final VectorSpecies<Double> S = Lanes.F64;
    private static final int L = S.length();

    /** Virtual lanes of {@link #expSum}, and of each of the four accumulators of {@link #sum}. */
    private static final int QUARTER = LANES / 4;

    private static final VectorShuffle<Double> BY_4 = VectorShuffle.iota(S, 4, 1, true);
    private static final VectorShuffle<Double> BY_2 = VectorShuffle.iota(S, 2, 1, true);
    private static final VectorShuffle<Double> BY_1 = VectorShuffle.iota(S, 1, 1, true);

    private static DoubleVector load(double[] a, int at) {
        return DoubleVector.fromArray(S, a, at);
    }

    @Override
    public void unary(Scalar f, double[] a, int ao, double[] out, int oo, int n) {
        int body = S.loopBound(n);
        switch (f) {
            case NEG -> neg(a, ao, out, oo, body);
            case ABS -> abs(a, ao, out, oo, body);
            case SIGN -> sign(a, ao, out, oo, body);
            case SQRT -> sqrt(a, ao, out, oo, body);
            case EXP -> exp(a, ao, out, oo, body);
            case LOG -> log(a, ao, out, oo, body);
            case LOG1P -> log1p(a, ao, out, oo, body);
            case SIN -> sin(a, ao, out, oo, body);
            case COS -> cos(a, ao, out, oo, body);
            case TANH -> tanh(a, ao, out, oo, body);
            case ERF -> erf(a, ao, out, oo, body);
            case FLOOR -> floor(a, ao, out, oo, body);
            case CEIL -> ceil(a, ao, out, oo, body);
            case ROUND -> round(a, ao, out, oo, body);
            case NOT, ADD, SUB, MUL, DIV, POW, MIN, MAX, AND, OR, XOR, SHL, SHR, LT, LE, EQ, NE, WHERE -> body = 0;
        }
        super.unary(f, a, ao + body, out, oo + body, n - body);
    }

    private static void neg(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            load(a, ao + i).neg().intoArray(out, oo + i);
        }
    }

    private static void abs(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            load(a, ao + i).abs().intoArray(out, oo + i);
        }
    }

    private static void sign(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            sign(load(a, ao + i)).intoArray(out, oo + i);
        }
    }

    private static void sqrt(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            load(a, ao + i).sqrt().intoArray(out, oo + i);
        }
    }

    private static void exp(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMath.exp(load(a, ao + i)).intoArray(out, oo + i);
        }
    }

    private static void log(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMath.log(load(a, ao + i)).intoArray(out, oo + i);
        }
    }

    private static void log1p(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMath.log1p(load(a, ao + i)).intoArray(out, oo + i);
        }
    }

    private void sin(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            DoubleVector x = load(a, ao + i);
            if (VectorMath.beyondTrigLimit(x)) {
                super.unary(Scalar.SIN, a, ao + i, out, oo + i, L);
            } else {
                VectorMath.sin(x).intoArray(out, oo + i);
            }
        }
    }

    private void cos(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            DoubleVector x = load(a, ao + i);
            if (VectorMath.beyondTrigLimit(x)) {
                super.unary(Scalar.COS, a, ao + i, out, oo + i, L);
            } else {
                VectorMath.cos(x).intoArray(out, oo + i);
            }
        }
    }

    private static void tanh(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMath.tanh(load(a, ao + i)).intoArray(out, oo + i);
        }
    }

    private static void erf(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMath.erf(load(a, ao + i)).intoArray(out, oo + i);
        }
    }

    private static void floor(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            floor(load(a, ao + i)).intoArray(out, oo + i);
        }
    }

    private static void ceil(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            ceil(load(a, ao + i)).intoArray(out, oo + i);
        }
    }

    private static void round(double[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            round(load(a, ao + i)).intoArray(out, oo + i);
        }
    }

    private static DoubleVector sign(DoubleVector x) {
        DoubleVector one = withSignOf(x, DoubleVector.broadcast(S, 1.0));
        return x.blend(one, x.abs().compare(VectorOperators.GT, 0.0));
    }

    private static DoubleVector floor(DoubleVector x) {
        DoubleVector y = round(x);
        return y.blend(y.sub(1.0), y.compare(VectorOperators.GT, x));
    }

    private static DoubleVector ceil(DoubleVector x) {
        DoubleVector y = round(x);
        return withSignOf(x, y.blend(y.add(1.0), y.compare(VectorOperators.LT, x)));
    }

    /** Adding 2^52 leaves no room for a fraction; larger numbers have none. */
    private static DoubleVector round(DoubleVector x) {
        DoubleVector a = x.abs();
        DoubleVector whole = a.add(0x1p52).sub(0x1p52);
        return x.blend(withSignOf(x, whole), a.compare(VectorOperators.LT, 0x1p52));
    }

    private static DoubleVector withSignOf(DoubleVector x, DoubleVector y) {
        return y.reinterpretAsLongs().or(x.reinterpretAsLongs().and(Long.MIN_VALUE)).reinterpretAsDoubles();
    }

    @Override
    public void binary(Scalar f, double[] a, int ao, double[] b, int bo, double[] out, int oo, int n) {
        int body = S.loopBound(n);
        switch (f) {
            case ADD -> add(a, ao, b, bo, out, oo, body);
            case SUB -> sub(a, ao, b, bo, out, oo, body);
            case MUL -> mul(a, ao, b, bo, out, oo, body);
            case DIV -> div(a, ao, b, bo, out, oo, body);
            case MIN -> min(a, ao, b, bo, out, oo, body);
            case MAX -> max(a, ao, b, bo, out, oo, body);
            case NEG, ABS, SIGN, SQRT, EXP, LOG, LOG1P, SIN, COS, TANH, ERF, FLOOR, CEIL, ROUND, NOT -> body = 0;
            case POW, AND, OR, XOR, SHL, SHR, LT, LE, EQ, NE, WHERE -> body = 0;
        }
        super.binary(f, a, ao + body, b, bo + body, out, oo + body, n - body);
    }

    private static void add(double[] a, int ao, double[] b, int bo, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            load(a, ao + i).add(load(b, bo + i)).intoArray(out, oo + i);
        }
    }

    private static void sub(double[] a, int ao, double[] b, int bo, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            load(a, ao + i).sub(load(b, bo + i)).intoArray(out, oo + i);
        }
    }

    private static void mul(double[] a, int ao, double[] b, int bo, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            load(a, ao + i).mul(load(b, bo + i)).intoArray(out, oo + i);
        }
    }

    private static void div(double[] a, int ao, double[] b, int bo, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            load(a, ao + i).div(load(b, bo + i)).intoArray(out, oo + i);
        }
    }

    private static void min(double[] a, int ao, double[] b, int bo, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            load(a, ao + i).min(load(b, bo + i)).intoArray(out, oo + i);
        }
    }

    private static void max(double[] a, int ao, double[] b, int bo, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            load(a, ao + i).max(load(b, bo + i)).intoArray(out, oo + i);
        }
    }

    @Override
    public void compare(Scalar f, double[] a, int ao, double[] b, int bo, int[] out, int oo, int n) {
        int body = S.loopBound(n);
        switch (f) {
            case LT -> lt(a, ao, b, bo, out, oo, body);
            case LE -> le(a, ao, b, bo, out, oo, body);
            case EQ -> eq(a, ao, b, bo, out, oo, body);
            case NE -> ne(a, ao, b, bo, out, oo, body);
            case NEG, ABS, SIGN, SQRT, EXP, LOG, LOG1P, SIN, COS, TANH, ERF, FLOOR, CEIL, ROUND, NOT -> body = 0;
            case ADD, SUB, MUL, DIV, POW, MIN, MAX, AND, OR, XOR, SHL, SHR, WHERE -> body = 0;
        }
        super.compare(f, a, ao + body, b, bo + body, out, oo + body, n - body);
    }

    private static void lt(double[] a, int ao, double[] b, int bo, int[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            store(load(a, ao + i).compare(VectorOperators.LT, load(b, bo + i)), out, oo + i);
        }
    }

    private static void le(double[] a, int ao, double[] b, int bo, int[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            store(load(a, ao + i).compare(VectorOperators.LE, load(b, bo + i)), out, oo + i);
        }
    }

    private static void eq(double[] a, int ao, double[] b, int bo, int[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            store(load(a, ao + i).compare(VectorOperators.EQ, load(b, bo + i)), out, oo + i);
        }
    }

    private static void ne(double[] a, int ao, double[] b, int bo, int[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            store(load(a, ao + i).compare(VectorOperators.NE, load(b, bo + i)), out, oo + i);
        }
    }

    private static void store(VectorMask<Double> mask, int[] out, int at) {
        IntVector.zero(Lanes.I32_HALF).blend(1, mask.cast(Lanes.I32_HALF)).intoArray(out, at);
    }

    @Override
    public void select(int[] condition, int co, double[] a, int ao, double[] b, int bo, double[] out, int oo, int n) {
        int body = S.loopBound(n);
        for (int i = 0; i < body; i += L) {
            VectorMask<Double> holds = IntVector.fromArray(Lanes.I32_HALF, condition, co + i)
                    .compare(VectorOperators.NE, 0)
                    .cast(S);
            load(b, bo + i).blend(load(a, ao + i), holds).intoArray(out, oo + i);
        }
        super.select(condition, co + body, a, ao + body, b, bo + body, out, oo + body, n - body);
    }

    @Override
    double sum(double[] a, int ao, int n) {
        DoubleVector sum;
        if (L == QUARTER) {
            sum = sumOfLanes(a, ao, n, 0);
        } else if (L == QUARTER / 2) {
            sum = sumOfLanes(a, ao, n, 0).add(sumOfLanes(a, ao, n, L));
        } else {
            DoubleVector even = sumOfLanes(a, ao, n, 0).add(sumOfLanes(a, ao, n, 2 * L));
            sum = even.add(sumOfLanes(a, ao, n, L).add(sumOfLanes(a, ao, n, 3 * L)));
        }
        return sumOfVector(sum);
    }

    /** The lanes from {@code lane} on, L of them, of each quarter; then the upper half of the quarters to the lower. */
    private static DoubleVector sumOfLanes(double[] a, int ao, int n, int lane) {
        DoubleVector s0 = DoubleVector.zero(S);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int body = n & -LANES;
        int at = ao + lane;
        for (int i = 0; i < body; i += LANES) {
            s0 = s0.add(load(a, at + i));
            s1 = s1.add(load(a, at + i + QUARTER));
            s2 = s2.add(load(a, at + i + 2 * QUARTER));
            s3 = s3.add(load(a, at + i + 3 * QUARTER));
        }
        if (body < n) {
            s0 = s0.add(load(a, at + body, n - body - lane));
            s1 = s1.add(load(a, at + body + QUARTER, n - body - lane - QUARTER));
            s2 = s2.add(load(a, at + body + 2 * QUARTER, n - body - lane - 2 * QUARTER));
            s3 = s3.add(load(a, at + body + 3 * QUARTER, n - body - lane - 3 * QUARTER));
        }
        return s0.add(s2).add(s1.add(s3));
    }

    /** The first {@code n} elements, if so many fit, and zeros. */
    private static DoubleVector load(double[] a, int at, int n) {
        return DoubleVector.fromArray(S, a, at, S.indexInRange(0, n));
    }

    /** Upper half to the lower, until one is left. */
    private static double sumOfVector(DoubleVector v) {
        DoubleVector s = v;
        if (L > 4) {
            s = s.add(s.rearrange(BY_4));
        }
        if (L > 2) {
            s = s.add(s.rearrange(BY_2));
        }
        return s.add(s.rearrange(BY_1)).lane(0);
    }

    @Override
    double largest(double[] a, int ao, int n, double sign) {
        if (n < L) {
            return super.largest(a, ao, n, sign);
        }
        DoubleVector m0 = load(a, ao + n - L).mul(sign); // overlaps: the same element twice does no harm
        DoubleVector m1 = m0;
        DoubleVector m2 = m0;
        DoubleVector m3 = m0;
        int body = n & -(4 * L);
        for (int i = 0; i < body; i += 4 * L) {
            m0 = m0.max(load(a, ao + i).mul(sign));
            m1 = m1.max(load(a, ao + i + L).mul(sign));
            m2 = m2.max(load(a, ao + i + 2 * L).mul(sign));
            m3 = m3.max(load(a, ao + i + 3 * L).mul(sign));
        }
        for (int i = body; i < S.loopBound(n); i += L) {
            m0 = m0.max(load(a, ao + i).mul(sign));
        }
        return largestOfVector(m0.max(m1).max(m2.max(m3)));
    }

    private static double largestOfVector(DoubleVector v) {
        DoubleVector m = v;
        if (L > 4) {
            m = m.max(m.rearrange(BY_4));
        }
        if (L > 2) {
            m = m.max(m.rearrange(BY_2));
        }
        return m.max(m.rearrange(BY_1)).lane(0);
    }

    @Override
    void sumColumns(double[] a, int ao, int n, int inner, int from, int chunk, double[] out, int oo) {
        int j = from;
        for (; j <= inner - 4 * L; j += 4 * L) {
            sumFourVectors(a, ao + j, n, inner, chunk, out, oo + j);
        }
        for (; j <= inner - L; j += L) {
            sumVector(a, ao + j, n, inner, chunk, out, oo + j);
        }
        if (j < inner && inner >= L) {
            sumVector(a, ao + inner - L, n, inner, chunk, out, oo + inner - L); // some columns a second time
        } else {
            super.sumColumns(a, ao, n, inner, j, chunk, out, oo);
        }
    }

    private static void sumFourVectors(double[] a, int ao, int n, int inner, int chunk, double[] out, int oo) {
        DoubleVector t0 = DoubleVector.zero(S);
        DoubleVector t1 = t0;
        DoubleVector t2 = t0;
        DoubleVector t3 = t0;
        for (int c = 0; c < Math.ceilDiv(n, chunk); c++) {
            int end = c * chunk + Math.min(chunk, n - c * chunk);
            DoubleVector s0 = DoubleVector.zero(S);
            DoubleVector s1 = s0;
            DoubleVector s2 = s0;
            DoubleVector s3 = s0;
            for (int k = c * chunk; k < end; k++) {
                s0 = s0.add(load(a, ao + k * inner));
                s1 = s1.add(load(a, ao + k * inner + L));
                s2 = s2.add(load(a, ao + k * inner + 2 * L));
                s3 = s3.add(load(a, ao + k * inner + 3 * L));
            }
            t0 = t0.add(s0);
            t1 = t1.add(s1);
            t2 = t2.add(s2);
            t3 = t3.add(s3);
        }
        t0.intoArray(out, oo);
        t1.intoArray(out, oo + L);
        t2.intoArray(out, oo + 2 * L);
        t3.intoArray(out, oo + 3 * L);
    }

    private static void sumVector(double[] a, int ao, int n, int inner, int chunk, double[] out, int oo) {
        DoubleVector total = DoubleVector.zero(S);
        for (int c = 0; c < Math.ceilDiv(n, chunk); c++) {
            int end = c * chunk + Math.min(chunk, n - c * chunk);
            DoubleVector sum = DoubleVector.zero(S);
            for (int k = c * chunk; k < end; k++) {
                sum = sum.add(load(a, ao + k * inner));
            }
            total = total.add(sum);
        }
        total.intoArray(out, oo);
    }

    @Override
    void largestInColumns(double[] a, int ao, int n, int inner, int from, double sign, double[] out, int oo) {
        int j = from;
        for (; j <= inner - L; j += L) {
            largestInVector(a, ao + j, n, inner, sign, out, oo + j);
        }
        if (j < inner && inner >= L) {
            largestInVector(a, ao + inner - L, n, inner, sign, out, oo + inner - L);
        } else {
            super.largestInColumns(a, ao, n, inner, j, sign, out, oo);
        }
    }

    private static void largestInVector(double[] a, int ao, int n, int inner, double sign, double[] out, int oo) {
        DoubleVector even = DoubleVector.broadcast(S, Double.NEGATIVE_INFINITY);
        DoubleVector odd = even;
        for (int k = 0; k < n - 1; k += 2) {
            even = even.max(load(a, ao + k * inner).mul(sign));
            odd = odd.max(load(a, ao + (k + 1) * inner).mul(sign));
        }
        if ((n & 1) == 1) {
            even = even.max(load(a, ao + (n - 1) * inner).mul(sign));
        }
        even.max(odd).mul(sign).intoArray(out, oo);
    }

    @Override
    int indexOf(double x, double[] a, int ao, int n) {
        int i = 0;
        while (i < S.loopBound(n) && !equalOrNaN(load(a, ao + i), x)) {
            i += L;
        }
        return i + super.indexOf(x, a, ao + i, n - i);
    }

    private static boolean equalOrNaN(DoubleVector v, double x) {
        return Double.isNaN(x)
                ? v.test(VectorOperators.IS_NAN).anyTrue()
                : v.compare(VectorOperators.EQ, x).anyTrue();
    }

    @Override
    double expSum(double[] a, int ao, double max, int n, boolean store, double[] out, int oo) {
        DoubleVector sum;
        if (L == QUARTER) {
            sum = expSumOfLanes(a, ao, max, n, store, out, oo, 0);
        } else if (L == QUARTER / 2) {
            DoubleVector lower = expSumOfLanes(a, ao, max, n, store, out, oo, 0);
            sum = lower.add(expSumOfLanes(a, ao, max, n, store, out, oo, L));
        } else {
            DoubleVector first = expSumOfLanes(a, ao, max, n, store, out, oo, 0);
            DoubleVector second = expSumOfLanes(a, ao, max, n, store, out, oo, L);
            DoubleVector third = expSumOfLanes(a, ao, max, n, store, out, oo, 2 * L);
            sum = first.add(third).add(second.add(expSumOfLanes(a, ao, max, n, store, out, oo, 3 * L)));
        }
        return sumOfVector(sum);
    }

    private static DoubleVector expSumOfLanes(
            double[] a, int ao, double max, int n, boolean store, double[] out, int oo, int lane) {
        DoubleVector sum = DoubleVector.zero(S);
        for (int i = lane; i < n; i += QUARTER) {
            VectorMask<Double> inRow = S.indexInRange(i, n);
            DoubleVector e = VectorMath.exp(DoubleVector.fromArray(S, a, ao + i, inRow).sub(max));
            if (store) {
                e.intoArray(out, oo + i, inRow);
            }
            sum = sum.add(e, inRow);
        }
        return sum;
    }

    @Override
    void scale(double[] a, int ao, int n, double factor) {
        int body = S.loopBound(n);
        for (int i = 0; i < body; i += L) {
            load(a, ao + i).mul(factor).intoArray(a, ao + i);
        }
        super.scale(a, ao + body, n - body, factor);
    }

    @Override
    void shift(double[] a, int ao, double x, double y, double[] out, int oo, int n) {
        int body = S.loopBound(n);
        for (int i = 0; i < body; i += L) {
            load(a, ao + i).sub(x).sub(y).intoArray(out, oo + i);
        }
        super.shift(a, ao + body, x, y, out, oo + body, n - body);
    }
}
