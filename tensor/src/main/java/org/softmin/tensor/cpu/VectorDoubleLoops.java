package org.softmin.tensor.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.softmin.tensor.Scalar;

/**
 * The loops of {@link DoubleLoops} as vectors, with the same bits.
 *
 * <p>Each function has its loop in a method of its own, which the JIT compiles by itself, and which calls nothing of
 * ours: {@link VectorDoubleMath} says why. What does not fill a vector is left to the plain loop.
 */
final class VectorDoubleLoops extends DoubleLoops {
    private static final VectorSpecies<Double> S = Lanes.F64;
    private static final int L = S.length();

    @Override
    public void unary(Scalar f, double[] a, int ao, double[] out, int oo, int n) {
        int body = 0;
        if (f == Scalar.SIN || f == Scalar.COS) {
            body = S.loopBound(n);
            sinOrCos(f, a, ao, out, oo, body);
        }
        super.unary(f, a, ao + body, out, oo + body, n - body);
    }

    private void sinOrCos(Scalar f, double[] a, int ao, double[] out, int oo, int n) {
        int quadrants = f == Scalar.SIN ? 0 : 1;
        double fixed = f == Scalar.SIN ? 0 : Double.NaN;
        int i = 0;
        while (i < n) {
            i += VectorDoubleMath.sinOfQuadrant(a, ao + i, quadrants, fixed, out, oo + i, n - i);
            if (i < n) {
                super.unary(f, a, ao + i, out, oo + i, L);
                i += L;
            }
        }
    }

    @Override
    double sum(double[] a, int ao, int n) {
        return sumOfLanes(a, ao, n, 0, QUARTER);
    }

    private static double sumOfLanes(double[] a, int ao, int n, int lane, int count) {
        return count > L
                ? sumOfLanes(a, ao, n, lane, count / 2) + sumOfLanes(a, ao, n, lane + count / 2, count / 2)
                : sumOfLanes(a, ao, n, lane);
    }

    /** Sum of the lanes from {@code lane} on, L of each quarter. */
    private static double sumOfLanes(double[] a, int ao, int n, int lane) {
        DoubleVector s0 = DoubleVector.zero(S);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int body = n & -LANES;
        int at = ao + lane;
        for (int i = 0; i < body; i += LANES) {
            s0 = s0.add(DoubleVector.fromArray(S, a, at + i));
            s1 = s1.add(DoubleVector.fromArray(S, a, at + i + QUARTER));
            s2 = s2.add(DoubleVector.fromArray(S, a, at + i + 2 * QUARTER));
            s3 = s3.add(DoubleVector.fromArray(S, a, at + i + 3 * QUARTER));
        }
        int rest = n - body - lane;
        if (rest > 0) {
            // lanes without an element add 0, which changes nothing
            at += body;
            s0 = s0.add(DoubleVector.fromArray(S, a, at, S.indexInRange(0, rest)));
            s1 = s1.add(DoubleVector.fromArray(S, a, at + QUARTER, S.indexInRange(QUARTER, rest)));
            s2 = s2.add(DoubleVector.fromArray(S, a, at + 2 * QUARTER, S.indexInRange(2 * QUARTER, rest)));
            s3 = s3.add(DoubleVector.fromArray(S, a, at + 3 * QUARTER, S.indexInRange(3 * QUARTER, rest)));
        }
        DoubleVector total = s0.add(s2).add(s1.add(s3));
        total = total.add(total.rearrange(VectorDoubleMath.BY_1));
        total = L > 2 ? total.add(total.rearrange(VectorDoubleMath.BY_2)) : total;
        total = L > 4 ? total.add(total.rearrange(VectorDoubleMath.BY_4)) : total;
        return total.lane(0);
    }

    @Override
    double largest(double[] a, int ao, int n, double sign) {
        if (n < L) {
            return super.largest(a, ao, n, sign);
        }
        // The last vector may overlap others: to meet an element twice does no harm.
        DoubleVector m0 = DoubleVector.fromArray(S, a, ao + n - L).mul(sign);
        DoubleVector m1 = m0;
        DoubleVector m2 = m0;
        DoubleVector m3 = m0;
        int body = n & -(4 * L);
        for (int i = 0; i < body; i += 4 * L) {
            m0 = m0.max(DoubleVector.fromArray(S, a, ao + i).mul(sign));
            m1 = m1.max(DoubleVector.fromArray(S, a, ao + i + L).mul(sign));
            m2 = m2.max(DoubleVector.fromArray(S, a, ao + i + 2 * L).mul(sign));
            m3 = m3.max(DoubleVector.fromArray(S, a, ao + i + 3 * L).mul(sign));
        }
        for (int i = body; i < S.loopBound(n); i += L) {
            m0 = m0.max(DoubleVector.fromArray(S, a, ao + i).mul(sign));
        }
        // Not reduceLanes: where the JIT inlines this loop late, the vector it is called on stays an object.
        DoubleVector m = m0.max(m1).max(m2.max(m3));
        m = m.max(m.rearrange(VectorDoubleMath.BY_1));
        m = L > 2 ? m.max(m.rearrange(VectorDoubleMath.BY_2)) : m;
        m = L > 4 ? m.max(m.rearrange(VectorDoubleMath.BY_4)) : m;
        return m.lane(0);
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
                s0 = s0.add(DoubleVector.fromArray(S, a, ao + k * inner));
                s1 = s1.add(DoubleVector.fromArray(S, a, ao + k * inner + L));
                s2 = s2.add(DoubleVector.fromArray(S, a, ao + k * inner + 2 * L));
                s3 = s3.add(DoubleVector.fromArray(S, a, ao + k * inner + 3 * L));
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
                sum = sum.add(DoubleVector.fromArray(S, a, ao + k * inner));
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
            even = even.max(DoubleVector.fromArray(S, a, ao + k * inner).mul(sign));
            odd = odd.max(DoubleVector.fromArray(S, a, ao + (k + 1) * inner).mul(sign));
        }
        if ((n & 1) == 1) {
            even = even.max(DoubleVector.fromArray(S, a, ao + (n - 1) * inner).mul(sign));
        }
        even.max(odd).mul(sign).intoArray(out, oo);
    }

    @Override
    int indexOf(double x, double[] a, int ao, int n) {
        int i = 0;
        boolean found = false;
        while (i < S.loopBound(n) && !found) {
            DoubleVector v = DoubleVector.fromArray(S, a, ao + i);
            found = Double.isNaN(x)
                    ? v.test(VectorOperators.IS_NAN).anyTrue()
                    : v.compare(VectorOperators.EQ, x).anyTrue();
            i += found ? 0 : L;
        }
        return i + super.indexOf(x, a, ao + i, n - i);
    }
}
