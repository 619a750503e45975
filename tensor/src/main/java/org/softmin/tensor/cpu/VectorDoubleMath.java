package org.softmin.tensor.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.softmin.tensor.cpu.Coefficients.F64;

/** {@link VectorFloatMath} in double precision. */
final class VectorDoubleMath {
    static final VectorSpecies<Double> S = Lanes.F64;
    private static final int L = S.length();

    static final VectorShuffle<Double> BY_1 = VectorShuffle.iota(S, 1, 1, true);
    static final VectorShuffle<Double> BY_2 = VectorShuffle.iota(S, 2, 1, true);
    static final VectorShuffle<Double> BY_4 = VectorShuffle.iota(S, 4, 1, true);

    /** 0, 1, 2, … */
    static final DoubleVector IOTA = DoubleVector.zero(S).addIndex(1);

    private VectorDoubleMath() {}

    static DoubleVector exp(DoubleVector x0) {
        DoubleVector x = x0;
        x = x.blend(710.0, x.compare(GT, 710.0));
        x = x.blend(-746.0, x.compare(LT, -746.0));
        DoubleVector shifted = x.fma(F64.LOG2_E, F64.EXP_MAGIC);
        DoubleVector whole = shifted.sub(F64.EXP_MAGIC);
        DoubleVector r = whole.lanewise(FMA, -F64.LN2_LOW, whole.lanewise(FMA, -F64.LN2, x));
        DoubleVector p = DoubleVector.broadcast(S, F64.EXP11)
                .lanewise(FMA, r, F64.EXP10)
                .lanewise(FMA, r, F64.EXP9)
                .lanewise(FMA, r, F64.EXP8)
                .lanewise(FMA, r, F64.EXP7)
                .lanewise(FMA, r, F64.EXP6)
                .lanewise(FMA, r, F64.EXP5)
                .lanewise(FMA, r, F64.EXP4)
                .lanewise(FMA, r, F64.EXP3)
                .lanewise(FMA, r, F64.EXP2);
        p = p.lanewise(FMA, r, 1.0).lanewise(FMA, r, 1.0);
        LongVector sum = shifted.reinterpretAsLongs();
        LongVector half = sum.lanewise(LSHR, 1);
        DoubleVector first = half.lanewise(LSHL, 52).reinterpretAsDoubles();
        DoubleVector second = sum.sub(half).lanewise(LSHL, 52).reinterpretAsDoubles();
        return p.mul(first).mul(second);
    }

    /** {@link #exp} of numbers up to 0, with the same bits and a third fewer steps. */
    static DoubleVector expOfNegative(DoubleVector x0) {
        DoubleVector x = x0;
        x = x.blend(-746.0, x.compare(LT, -746.0));
        DoubleVector shifted = x.fma(F64.LOG2_E, F64.EXP_NEGATIVE_MAGIC);
        DoubleVector whole = shifted.sub(F64.EXP_NEGATIVE_MAGIC);
        DoubleVector r = whole.lanewise(FMA, -F64.LN2_LOW, whole.lanewise(FMA, -F64.LN2, x));
        DoubleVector p = DoubleVector.broadcast(S, F64.EXP11)
                .lanewise(FMA, r, F64.EXP10)
                .lanewise(FMA, r, F64.EXP9)
                .lanewise(FMA, r, F64.EXP8)
                .lanewise(FMA, r, F64.EXP7)
                .lanewise(FMA, r, F64.EXP6)
                .lanewise(FMA, r, F64.EXP5)
                .lanewise(FMA, r, F64.EXP4)
                .lanewise(FMA, r, F64.EXP3)
                .lanewise(FMA, r, F64.EXP2);
        p = p.lanewise(FMA, r, 1.0).lanewise(FMA, r, 1.0);
        DoubleVector power = shifted.reinterpretAsLongs().lanewise(LSHL, 52).reinterpretAsDoubles();
        return p.mul(power).mul(0x1p-55);
    }

    static DoubleVector log(DoubleVector x0) {
        DoubleVector x = x0;
        VectorMask<Double> subnormal = x.compare(LT, Double.MIN_NORMAL);
        DoubleVector normal = x.blend(x.mul(0x1p54), subnormal);
        DoubleVector bias = DoubleVector.broadcast(S, 0x1p52 + 1023).blend(0x1p52 + 1023 + 54, subnormal);
        LongVector bits = normal.reinterpretAsLongs();
        LongVector exponent =
                bits.add(0x3ff0000000000000L - 0x3fe6a09e667f3bcdL).lanewise(LSHR, 52);
        LongVector mantissa = bits.sub(exponent.lanewise(LSHL, 52)).add(0x3ff0000000000000L);
        DoubleVector f = mantissa.reinterpretAsDoubles().sub(1.0);
        DoubleVector e = exponent.or(0x4330000000000000L).reinterpretAsDoubles().sub(bias);
        DoubleVector p = DoubleVector.broadcast(S, F64.LOG21)
                .lanewise(FMA, f, F64.LOG20)
                .lanewise(FMA, f, F64.LOG19)
                .lanewise(FMA, f, F64.LOG18)
                .lanewise(FMA, f, F64.LOG17)
                .lanewise(FMA, f, F64.LOG16)
                .lanewise(FMA, f, F64.LOG15)
                .lanewise(FMA, f, F64.LOG14)
                .lanewise(FMA, f, F64.LOG13)
                .lanewise(FMA, f, F64.LOG12)
                .lanewise(FMA, f, F64.LOG11)
                .lanewise(FMA, f, F64.LOG10)
                .lanewise(FMA, f, F64.LOG9)
                .lanewise(FMA, f, F64.LOG8)
                .lanewise(FMA, f, F64.LOG7)
                .lanewise(FMA, f, F64.LOG6)
                .lanewise(FMA, f, F64.LOG5)
                .lanewise(FMA, f, F64.LOG4)
                .lanewise(FMA, f, F64.LOG3)
                .lanewise(FMA, f, F64.LOG2);
        DoubleVector low = p.mul(f).fma(f, e.mul(F64.LN2_LOW));
        DoubleVector y = e.lanewise(FMA, F64.LN2, f.add(low));
        y = x.blend(y, x.compare(LT, Double.POSITIVE_INFINITY));
        y = y.blend(Double.NEGATIVE_INFINITY, x.compare(EQ, 0.0)).blend(Double.NaN, x.compare(LT, 0.0));
        return y;
    }

    static DoubleVector log1p(DoubleVector x0) {
        DoubleVector x = x0;
        DoubleVector u = x.add(1.0);
        DoubleVector taken = u.sub(1.0);
        DoubleVector lost = u.sub(taken).neg().add(1.0).add(x.sub(taken));
        LongVector bits = u.reinterpretAsLongs();
        LongVector exponent =
                bits.add(0x3ff0000000000000L - 0x3fe6a09e667f3bcdL).lanewise(LSHR, 52);
        LongVector mantissa = bits.sub(exponent.lanewise(LSHL, 52)).add(0x3ff0000000000000L);
        DoubleVector f = mantissa.reinterpretAsDoubles().sub(1.0);
        DoubleVector e = exponent.or(0x4330000000000000L).reinterpretAsDoubles().sub(0x1p52 + 1023);
        DoubleVector p = DoubleVector.broadcast(S, F64.LOG21)
                .lanewise(FMA, f, F64.LOG20)
                .lanewise(FMA, f, F64.LOG19)
                .lanewise(FMA, f, F64.LOG18)
                .lanewise(FMA, f, F64.LOG17)
                .lanewise(FMA, f, F64.LOG16)
                .lanewise(FMA, f, F64.LOG15)
                .lanewise(FMA, f, F64.LOG14)
                .lanewise(FMA, f, F64.LOG13)
                .lanewise(FMA, f, F64.LOG12)
                .lanewise(FMA, f, F64.LOG11)
                .lanewise(FMA, f, F64.LOG10)
                .lanewise(FMA, f, F64.LOG9)
                .lanewise(FMA, f, F64.LOG8)
                .lanewise(FMA, f, F64.LOG7)
                .lanewise(FMA, f, F64.LOG6)
                .lanewise(FMA, f, F64.LOG5)
                .lanewise(FMA, f, F64.LOG4)
                .lanewise(FMA, f, F64.LOG3)
                .lanewise(FMA, f, F64.LOG2);
        DoubleVector low = p.mul(f).fma(f, e.lanewise(FMA, F64.LN2_LOW, lost.div(u)));
        DoubleVector y = e.lanewise(FMA, F64.LN2, f.add(low));
        y = u.blend(y, u.compare(LT, Double.POSITIVE_INFINITY));
        y = y.blend(Double.NEGATIVE_INFINITY, u.compare(EQ, 0.0)).blend(Double.NaN, u.compare(LT, 0.0));
        return y.blend(x, x.compare(EQ, 0.0));
    }

    static DoubleVector sign(DoubleVector x) {
        LongVector sign = x.reinterpretAsLongs().and(Long.MIN_VALUE);
        DoubleVector one =
                DoubleVector.broadcast(S, 1.0).reinterpretAsLongs().or(sign).reinterpretAsDoubles();
        return x.blend(one, x.abs().compare(GT, 0.0));
    }

    static DoubleVector floor(DoubleVector x) {
        DoubleVector size = x.abs();
        LongVector sign = x.reinterpretAsLongs().and(Long.MIN_VALUE);
        DoubleVector y =
                size.add(0x1p52).sub(0x1p52).reinterpretAsLongs().or(sign).reinterpretAsDoubles();
        y = y.blend(y.sub(1.0), y.compare(GT, x));
        return x.blend(y, size.compare(LT, 0x1p52));
    }

    static DoubleVector ceil(DoubleVector x) {
        DoubleVector size = x.abs();
        LongVector sign = x.reinterpretAsLongs().and(Long.MIN_VALUE);
        DoubleVector y =
                size.add(0x1p52).sub(0x1p52).reinterpretAsLongs().or(sign).reinterpretAsDoubles();
        y = y.blend(y.add(1.0), y.compare(LT, x)).reinterpretAsLongs().or(sign).reinterpretAsDoubles();
        return x.blend(y, size.compare(LT, 0x1p52));
    }

    /** Adding 2^52 leaves no room for a fraction, ties go to even; larger numbers have none. */
    static DoubleVector round(DoubleVector x) {
        DoubleVector size = x.abs();
        LongVector sign = x.reinterpretAsLongs().and(Long.MIN_VALUE);
        DoubleVector y =
                size.add(0x1p52).sub(0x1p52).reinterpretAsLongs().or(sign).reinterpretAsDoubles();
        return x.blend(y, size.compare(LT, 0x1p52));
    }

    /**
     * sin(x + quadrants pi/2), but x itself where it equals {@code fixed}: sin −0 is −0. Stops before the first vector
     * that is beyond the reach of the reduction by parts of pi/2; returns how far it came.
     */
    static int sinOfQuadrant(double[] a, int ao, int quadrants, double fixed, double[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            DoubleVector x = DoubleVector.fromArray(S, a, ao + i);
            if (x.abs().compare(GT, ScalarMath.F64_TRIG_LIMIT).anyTrue()) {
                return i;
            }
            DoubleVector shifted = x.fma(F64.TWO_OVER_PI, F64.MAGIC);
            DoubleVector whole = shifted.sub(F64.MAGIC);
            LongVector quadrant = shifted.reinterpretAsLongs().add(quadrants);
            DoubleVector r = whole.lanewise(FMA, -F64.HALF_PI, x);
            r = whole.lanewise(FMA, -F64.HALF_PI_LOW, whole.lanewise(FMA, -F64.HALF_PI_MIDDLE, r));
            DoubleVector z = r.mul(r);
            DoubleVector s = DoubleVector.broadcast(S, F64.SIN13)
                    .lanewise(FMA, z, F64.SIN11)
                    .lanewise(FMA, z, F64.SIN9)
                    .lanewise(FMA, z, F64.SIN7)
                    .lanewise(FMA, z, F64.SIN5)
                    .lanewise(FMA, z, F64.SIN3);
            s = r.mul(z).fma(s, r);
            DoubleVector c = DoubleVector.broadcast(S, F64.COS14)
                    .lanewise(FMA, z, F64.COS12)
                    .lanewise(FMA, z, F64.COS10)
                    .lanewise(FMA, z, F64.COS8)
                    .lanewise(FMA, z, F64.COS6)
                    .lanewise(FMA, z, F64.COS4);
            c = c.lanewise(FMA, z, -0.5).lanewise(FMA, z, 1.0);
            VectorMask<Double> even = quadrant.and(1).compare(EQ, 0).cast(S);
            LongVector sign = quadrant.and(2).lanewise(LSHL, 62);
            DoubleVector y =
                    c.blend(s, even).reinterpretAsLongs().lanewise(XOR, sign).reinterpretAsDoubles();
            y.blend(x, x.compare(EQ, fixed)).intoArray(out, oo + i);
        }
        return n;
    }

    static DoubleVector tanh(DoubleVector x0) {
        DoubleVector x = x0;
        DoubleVector size = x.abs();
        DoubleVector z = size.mul(size);
        DoubleVector t = DoubleVector.broadcast(S, F64.TANH21)
                .lanewise(FMA, z, F64.TANH19)
                .lanewise(FMA, z, F64.TANH17)
                .lanewise(FMA, z, F64.TANH15)
                .lanewise(FMA, z, F64.TANH13)
                .lanewise(FMA, z, F64.TANH11)
                .lanewise(FMA, z, F64.TANH9)
                .lanewise(FMA, z, F64.TANH7)
                .lanewise(FMA, z, F64.TANH5)
                .lanewise(FMA, z, F64.TANH3);
        DoubleVector small = size.mul(z).fma(t, size);
        DoubleVector twice = size.blend(20.0, size.compare(GT, 20.0)).mul(2.0);
        DoubleVector shifted = twice.fma(F64.LOG2_E, F64.EXP_MAGIC);
        DoubleVector whole = shifted.sub(F64.EXP_MAGIC);
        DoubleVector r = whole.lanewise(FMA, -F64.LN2_LOW, whole.lanewise(FMA, -F64.LN2, twice));
        DoubleVector p = DoubleVector.broadcast(S, F64.EXP11)
                .lanewise(FMA, r, F64.EXP10)
                .lanewise(FMA, r, F64.EXP9)
                .lanewise(FMA, r, F64.EXP8)
                .lanewise(FMA, r, F64.EXP7)
                .lanewise(FMA, r, F64.EXP6)
                .lanewise(FMA, r, F64.EXP5)
                .lanewise(FMA, r, F64.EXP4)
                .lanewise(FMA, r, F64.EXP3)
                .lanewise(FMA, r, F64.EXP2);
        p = p.lanewise(FMA, r, 1.0).lanewise(FMA, r, 1.0);
        LongVector sum = shifted.reinterpretAsLongs();
        LongVector half = sum.lanewise(LSHR, 1);
        DoubleVector first = half.lanewise(LSHL, 52).reinterpretAsDoubles();
        DoubleVector second = sum.sub(half).lanewise(LSHL, 52).reinterpretAsDoubles();
        DoubleVector e = p.mul(first).mul(second);
        DoubleVector large =
                DoubleVector.broadcast(S, 2.0).div(e.add(1.0)).neg().add(1.0);
        DoubleVector y = small.blend(large, size.compare(GT, 0.55));
        return y.reinterpretAsLongs()
                .or(x.reinterpretAsLongs().and(Long.MIN_VALUE))
                .reinterpretAsDoubles();
    }

    static DoubleVector erf(DoubleVector x0) {
        DoubleVector x = x0;
        DoubleVector size = x.abs();
        DoubleVector z = size.mul(size);
        DoubleVector s = DoubleVector.broadcast(S, F64.ERF25)
                .lanewise(FMA, z, F64.ERF23)
                .lanewise(FMA, z, F64.ERF21)
                .lanewise(FMA, z, F64.ERF19)
                .lanewise(FMA, z, F64.ERF17)
                .lanewise(FMA, z, F64.ERF15)
                .lanewise(FMA, z, F64.ERF13)
                .lanewise(FMA, z, F64.ERF11)
                .lanewise(FMA, z, F64.ERF9)
                .lanewise(FMA, z, F64.ERF7)
                .lanewise(FMA, z, F64.ERF5)
                .lanewise(FMA, z, F64.ERF3)
                .lanewise(FMA, z, F64.ERF1);
        DoubleVector small = s.fma(size, size);
        DoubleVector b = size.blend(6.0, size.compare(GT, 6.0));
        DoubleVector t = b.sub(3.0).div(b.add(3.0));
        DoubleVector q = DoubleVector.broadcast(S, F64.ERFCX11)
                .lanewise(FMA, t, F64.ERFCX10)
                .lanewise(FMA, t, F64.ERFCX9)
                .lanewise(FMA, t, F64.ERFCX8)
                .lanewise(FMA, t, F64.ERFCX7)
                .lanewise(FMA, t, F64.ERFCX6)
                .lanewise(FMA, t, F64.ERFCX5)
                .lanewise(FMA, t, F64.ERFCX4)
                .lanewise(FMA, t, F64.ERFCX3)
                .lanewise(FMA, t, F64.ERFCX2)
                .lanewise(FMA, t, F64.ERFCX1)
                .lanewise(FMA, t, F64.ERFCX0);
        DoubleVector minusSquare = b.neg().mul(b);
        DoubleVector shifted = minusSquare.fma(F64.LOG2_E, F64.EXP_MAGIC);
        DoubleVector whole = shifted.sub(F64.EXP_MAGIC);
        DoubleVector r = whole.lanewise(FMA, -F64.LN2_LOW, whole.lanewise(FMA, -F64.LN2, minusSquare));
        DoubleVector p = DoubleVector.broadcast(S, F64.EXP11)
                .lanewise(FMA, r, F64.EXP10)
                .lanewise(FMA, r, F64.EXP9)
                .lanewise(FMA, r, F64.EXP8)
                .lanewise(FMA, r, F64.EXP7)
                .lanewise(FMA, r, F64.EXP6)
                .lanewise(FMA, r, F64.EXP5)
                .lanewise(FMA, r, F64.EXP4)
                .lanewise(FMA, r, F64.EXP3)
                .lanewise(FMA, r, F64.EXP2);
        p = p.lanewise(FMA, r, 1.0).lanewise(FMA, r, 1.0);
        LongVector sum = shifted.reinterpretAsLongs();
        LongVector half = sum.lanewise(LSHR, 1);
        DoubleVector first = half.lanewise(LSHL, 52).reinterpretAsDoubles();
        DoubleVector second = sum.sub(half).lanewise(LSHL, 52).reinterpretAsDoubles();
        DoubleVector large = p.mul(first).mul(second).mul(q).neg().add(1.0);
        DoubleVector y = small.blend(large, size.compare(GT, 1.0));
        return y.reinterpretAsLongs()
                .or(x.reinterpretAsLongs().and(Long.MIN_VALUE))
                .reinterpretAsDoubles();
    }
}
