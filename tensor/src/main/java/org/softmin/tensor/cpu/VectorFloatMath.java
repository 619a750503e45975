package org.softmin.tensor.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.softmin.tensor.cpu.Coefficients.F32;

/**
 * The transcendental functions of {@link ScalarMath} as loops over vectors: the same steps, the same bits. {@link
 * ScalarMath} says what they compute and why.
 *
 * <p>Lengths are multiples of that of a vector. A loop over vectors calls no method of ours, here and in {@link
 * VectorFloatLoops}: a vector that crosses a call is allocated unless the JIT inlines the call, and it stops inlining
 * (all but the Vector API itself) in a method that has grown beyond 18,000 nodes, which is about 40 vector operations.
 */
final class VectorFloatMath {
    static final VectorSpecies<Float> S = Lanes.F32;
    private static final int L = S.length();

    static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(S, 1, 1, true);
    static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(S, 2, 1, true);
    static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(S, 4, 1, true);
    static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(S, 8, 1, true);

    /** 0, 1, 2, … */
    static final FloatVector IOTA = FloatVector.zero(S).addIndex(1);

    private VectorFloatMath() {}

    static FloatVector exp(FloatVector x0) {
        FloatVector x = x0;
        x = x.blend(89f, x.compare(GT, 89f));
        x = x.blend(-104f, x.compare(LT, -104f));
        FloatVector shifted = x.fma(F32.LOG2_E, F32.EXP_MAGIC);
        FloatVector whole = shifted.sub(F32.EXP_MAGIC);
        FloatVector r = whole.lanewise(FMA, -F32.LN2_LOW, whole.lanewise(FMA, -F32.LN2, x));
        FloatVector p = FloatVector.broadcast(S, F32.EXP6)
                .lanewise(FMA, r, F32.EXP5)
                .lanewise(FMA, r, F32.EXP4)
                .lanewise(FMA, r, F32.EXP3)
                .lanewise(FMA, r, F32.EXP2);
        p = p.lanewise(FMA, r, 1f).lanewise(FMA, r, 1f);
        IntVector sum = shifted.reinterpretAsInts();
        IntVector half = sum.lanewise(LSHR, 1);
        FloatVector first = half.lanewise(LSHL, 23).reinterpretAsFloats();
        FloatVector second = sum.sub(half).lanewise(LSHL, 23).reinterpretAsFloats();
        return p.mul(first).mul(second);
    }

    /** {@link #exp} of numbers up to 0, with the same bits and a third fewer steps. */
    static FloatVector expOfNegative(FloatVector x0) {
        FloatVector x = x0;
        x = x.blend(-104f, x.compare(LT, -104f));
        FloatVector shifted = x.fma(F32.LOG2_E, F32.EXP_NEGATIVE_MAGIC);
        FloatVector whole = shifted.sub(F32.EXP_NEGATIVE_MAGIC);
        FloatVector r = whole.lanewise(FMA, -F32.LN2_LOW, whole.lanewise(FMA, -F32.LN2, x));
        FloatVector p = FloatVector.broadcast(S, F32.EXP6)
                .lanewise(FMA, r, F32.EXP5)
                .lanewise(FMA, r, F32.EXP4)
                .lanewise(FMA, r, F32.EXP3)
                .lanewise(FMA, r, F32.EXP2);
        p = p.lanewise(FMA, r, 1f).lanewise(FMA, r, 1f);
        FloatVector power = shifted.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats();
        return p.mul(power).mul(0x1p-25f);
    }

    static FloatVector log(FloatVector x0) {
        FloatVector x = x0;
        VectorMask<Float> subnormal = x.compare(LT, Float.MIN_NORMAL);
        FloatVector normal = x.blend(x.mul(0x1p25f), subnormal);
        FloatVector bias = FloatVector.broadcast(S, 0x1p23f + 127).blend(0x1p23f + 127 + 25, subnormal);
        IntVector bits = normal.reinterpretAsInts();
        IntVector exponent = bits.add(0x3f800000 - 0x3f3504f3).lanewise(LSHR, 23);
        IntVector mantissa = bits.sub(exponent.lanewise(LSHL, 23)).add(0x3f800000);
        FloatVector f = mantissa.reinterpretAsFloats().sub(1f);
        FloatVector e = exponent.or(0x4b000000).reinterpretAsFloats().sub(bias);
        FloatVector p = FloatVector.broadcast(S, F32.LOG10)
                .lanewise(FMA, f, F32.LOG9)
                .lanewise(FMA, f, F32.LOG8)
                .lanewise(FMA, f, F32.LOG7)
                .lanewise(FMA, f, F32.LOG6)
                .lanewise(FMA, f, F32.LOG5)
                .lanewise(FMA, f, F32.LOG4)
                .lanewise(FMA, f, F32.LOG3)
                .lanewise(FMA, f, F32.LOG2);
        FloatVector low = p.mul(f).fma(f, e.mul(F32.LN2_LOW));
        FloatVector y = e.lanewise(FMA, F32.LN2, f.add(low));
        y = x.blend(y, x.compare(LT, Float.POSITIVE_INFINITY));
        y = y.blend(Float.NEGATIVE_INFINITY, x.compare(EQ, 0f)).blend(Float.NaN, x.compare(LT, 0f));
        return y;
    }

    static FloatVector log1p(FloatVector x0) {
        FloatVector x = x0;
        FloatVector u = x.add(1f);
        FloatVector taken = u.sub(1f);
        FloatVector lost = u.sub(taken).neg().add(1f).add(x.sub(taken));
        IntVector bits = u.reinterpretAsInts();
        IntVector exponent = bits.add(0x3f800000 - 0x3f3504f3).lanewise(LSHR, 23);
        IntVector mantissa = bits.sub(exponent.lanewise(LSHL, 23)).add(0x3f800000);
        FloatVector f = mantissa.reinterpretAsFloats().sub(1f);
        FloatVector e = exponent.or(0x4b000000).reinterpretAsFloats().sub(0x1p23f + 127);
        FloatVector p = FloatVector.broadcast(S, F32.LOG10)
                .lanewise(FMA, f, F32.LOG9)
                .lanewise(FMA, f, F32.LOG8)
                .lanewise(FMA, f, F32.LOG7)
                .lanewise(FMA, f, F32.LOG6)
                .lanewise(FMA, f, F32.LOG5)
                .lanewise(FMA, f, F32.LOG4)
                .lanewise(FMA, f, F32.LOG3)
                .lanewise(FMA, f, F32.LOG2);
        FloatVector low = p.mul(f).fma(f, e.lanewise(FMA, F32.LN2_LOW, lost.div(u)));
        FloatVector y = e.lanewise(FMA, F32.LN2, f.add(low));
        y = u.blend(y, u.compare(LT, Float.POSITIVE_INFINITY));
        y = y.blend(Float.NEGATIVE_INFINITY, u.compare(EQ, 0f)).blend(Float.NaN, u.compare(LT, 0f));
        return y.blend(x, x.compare(EQ, 0f));
    }

    static FloatVector sign(FloatVector x) {
        IntVector sign = x.reinterpretAsInts().and(0x80000000);
        FloatVector one =
                FloatVector.broadcast(S, 1f).reinterpretAsInts().or(sign).reinterpretAsFloats();
        return x.blend(one, x.abs().compare(GT, 0f));
    }

    static FloatVector floor(FloatVector x) {
        FloatVector size = x.abs();
        IntVector sign = x.reinterpretAsInts().and(0x80000000);
        FloatVector y =
                size.add(0x1p23f).sub(0x1p23f).reinterpretAsInts().or(sign).reinterpretAsFloats();
        y = y.blend(y.sub(1f), y.compare(GT, x));
        return x.blend(y, size.compare(LT, 0x1p23f));
    }

    static FloatVector ceil(FloatVector x) {
        FloatVector size = x.abs();
        IntVector sign = x.reinterpretAsInts().and(0x80000000);
        FloatVector y =
                size.add(0x1p23f).sub(0x1p23f).reinterpretAsInts().or(sign).reinterpretAsFloats();
        y = y.blend(y.add(1f), y.compare(LT, x)).reinterpretAsInts().or(sign).reinterpretAsFloats();
        return x.blend(y, size.compare(LT, 0x1p23f));
    }

    /** Adding 2^23 leaves no room for a fraction, ties go to even; larger numbers have none. */
    static FloatVector round(FloatVector x) {
        FloatVector size = x.abs();
        IntVector sign = x.reinterpretAsInts().and(0x80000000);
        FloatVector y =
                size.add(0x1p23f).sub(0x1p23f).reinterpretAsInts().or(sign).reinterpretAsFloats();
        return x.blend(y, size.compare(LT, 0x1p23f));
    }

    /**
     * sin(x + quadrants pi/2), but x itself where it equals {@code fixed}: sin −0 is −0. Stops before the first vector
     * that is beyond the reach of the reduction by parts of pi/2; returns how far it came.
     */
    static int sinOfQuadrant(float[] a, int ao, int quadrants, float fixed, float[] out, int oo, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector x = FloatVector.fromArray(S, a, ao + i);
            if (x.abs().compare(GT, ScalarMath.F32_TRIG_LIMIT).anyTrue()) {
                return i;
            }
            FloatVector shifted = x.fma(F32.TWO_OVER_PI, F32.MAGIC);
            FloatVector whole = shifted.sub(F32.MAGIC);
            IntVector quadrant = shifted.reinterpretAsInts().add(quadrants);
            FloatVector r = whole.lanewise(FMA, -F32.HALF_PI, x);
            r = whole.lanewise(FMA, -F32.HALF_PI_LOW, whole.lanewise(FMA, -F32.HALF_PI_MIDDLE, r));
            FloatVector z = r.mul(r);
            FloatVector s = FloatVector.broadcast(S, F32.SIN9)
                    .lanewise(FMA, z, F32.SIN7)
                    .lanewise(FMA, z, F32.SIN5)
                    .lanewise(FMA, z, F32.SIN3);
            s = r.mul(z).fma(s, r);
            FloatVector c = FloatVector.broadcast(S, F32.COS8)
                    .lanewise(FMA, z, F32.COS6)
                    .lanewise(FMA, z, F32.COS4);
            c = c.lanewise(FMA, z, -0.5f).lanewise(FMA, z, 1f);
            VectorMask<Float> even = quadrant.and(1).compare(EQ, 0).cast(S);
            IntVector sign = quadrant.and(2).lanewise(LSHL, 30);
            FloatVector y =
                    c.blend(s, even).reinterpretAsInts().lanewise(XOR, sign).reinterpretAsFloats();
            y.blend(x, x.compare(EQ, fixed)).intoArray(out, oo + i);
        }
        return n;
    }

    static FloatVector tanh(FloatVector x0) {
        FloatVector x = x0;
        FloatVector size = x.abs();
        FloatVector z = size.mul(size);
        FloatVector t = FloatVector.broadcast(S, F32.TANH11)
                .lanewise(FMA, z, F32.TANH9)
                .lanewise(FMA, z, F32.TANH7)
                .lanewise(FMA, z, F32.TANH5)
                .lanewise(FMA, z, F32.TANH3);
        FloatVector small = size.mul(z).fma(t, size);
        FloatVector twice = size.blend(10f, size.compare(GT, 10f)).mul(2f);
        FloatVector shifted = twice.fma(F32.LOG2_E, F32.EXP_MAGIC);
        FloatVector whole = shifted.sub(F32.EXP_MAGIC);
        FloatVector r = whole.lanewise(FMA, -F32.LN2_LOW, whole.lanewise(FMA, -F32.LN2, twice));
        FloatVector p = FloatVector.broadcast(S, F32.EXP6)
                .lanewise(FMA, r, F32.EXP5)
                .lanewise(FMA, r, F32.EXP4)
                .lanewise(FMA, r, F32.EXP3)
                .lanewise(FMA, r, F32.EXP2);
        p = p.lanewise(FMA, r, 1f).lanewise(FMA, r, 1f);
        IntVector sum = shifted.reinterpretAsInts();
        IntVector half = sum.lanewise(LSHR, 1);
        FloatVector first = half.lanewise(LSHL, 23).reinterpretAsFloats();
        FloatVector second = sum.sub(half).lanewise(LSHL, 23).reinterpretAsFloats();
        FloatVector e = p.mul(first).mul(second);
        FloatVector large = FloatVector.broadcast(S, 2f).div(e.add(1f)).neg().add(1f);
        FloatVector y = small.blend(large, size.compare(GT, 0.55f));
        return y.reinterpretAsInts().or(x.reinterpretAsInts().and(0x80000000)).reinterpretAsFloats();
    }

    static FloatVector erf(FloatVector x0) {
        FloatVector x = x0;
        FloatVector size = x.abs();
        FloatVector z = size.mul(size);
        FloatVector s = FloatVector.broadcast(S, F32.ERF13)
                .lanewise(FMA, z, F32.ERF11)
                .lanewise(FMA, z, F32.ERF9)
                .lanewise(FMA, z, F32.ERF7)
                .lanewise(FMA, z, F32.ERF5)
                .lanewise(FMA, z, F32.ERF3)
                .lanewise(FMA, z, F32.ERF1);
        FloatVector small = s.fma(size, size);
        FloatVector t = size.blend(4f, size.compare(GT, 4f)).sub(2.5f);
        FloatVector q = FloatVector.broadcast(S, F32.ERFC14)
                .lanewise(FMA, t, F32.ERFC13)
                .lanewise(FMA, t, F32.ERFC12)
                .lanewise(FMA, t, F32.ERFC11)
                .lanewise(FMA, t, F32.ERFC10)
                .lanewise(FMA, t, F32.ERFC9)
                .lanewise(FMA, t, F32.ERFC8)
                .lanewise(FMA, t, F32.ERFC7)
                .lanewise(FMA, t, F32.ERFC6)
                .lanewise(FMA, t, F32.ERFC5)
                .lanewise(FMA, t, F32.ERFC4)
                .lanewise(FMA, t, F32.ERFC3)
                .lanewise(FMA, t, F32.ERFC2)
                .lanewise(FMA, t, F32.ERFC1)
                .lanewise(FMA, t, F32.ERFC0);
        FloatVector large = q.neg().add(1f);
        FloatVector y = small.blend(large, size.compare(GT, 1f));
        return y.reinterpretAsInts().or(x.reinterpretAsInts().and(0x80000000)).reinterpretAsFloats();
    }
}
