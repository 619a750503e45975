package org.softmin.tensor.cpu;

import static jdk.incubator.vector.VectorOperators.FMA;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.softmin.tensor.cpu.Coefficients.F32;
import org.softmin.tensor.cpu.Coefficients.F64;

/**
 * The transcendental functions of {@link ScalarMath} on a vector of elements: the same steps, the same bits.
 *
 * <p>Each is meant to be inlined into the loop that calls it, one per loop: a vector that crosses a call is allocated.
 * The JIT stops inlining methods of ours into a loop of more than about 40 vector operations (it never stops inlining
 * those of the Vector API), and never inlines one of more than 325 bytes: hence calls to methods of ours come first in a
 * method, and the rest is spelled out. {@link ScalarMath} has the comments on what is computed.
 */
final class VectorMath {
    private VectorMath() {}

    static FloatVector exp(FloatVector x) {
        FloatVector y = x.blend(89f, x.compare(VectorOperators.GT, 89f));
        return expBounded(y.blend(-104f, y.compare(VectorOperators.LT, -104f)));
    }

    private static FloatVector expBounded(FloatVector x) {
        FloatVector shifted = x.fma(F32.LOG2_E, F32.EXP_MAGIC);
        FloatVector n = shifted.sub(F32.EXP_MAGIC);
        FloatVector r = n.lanewise(FMA, -F32.LN2_LOW, n.lanewise(FMA, -F32.LN2, x));
        FloatVector p = FloatVector.broadcast(Lanes.F32, F32.EXP6).lanewise(FMA, r, F32.EXP5).lanewise(FMA, r, F32.EXP4).lanewise(FMA, r, F32.EXP3).lanewise(FMA, r, F32.EXP2);
        p = p.lanewise(FMA, r, 1f).lanewise(FMA, r, 1f);
        IntVector sum = shifted.reinterpretAsInts();
        IntVector half = sum.lanewise(VectorOperators.LSHR, 1);
        FloatVector first = half.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        FloatVector second = sum.sub(half).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        return p.mul(first).mul(second);
    }

    static FloatVector log(FloatVector x) {
        VectorMask<Float> subnormal = x.compare(VectorOperators.LT, Float.MIN_NORMAL);
        FloatVector bias = FloatVector.broadcast(Lanes.F32, 0x1p23f + 127).blend(0x1p23f + 127 + 25, subnormal);
        return logNormal(x, x.blend(x.mul(0x1p25f), subnormal), bias, FloatVector.zero(Lanes.F32));
    }

    static FloatVector log1p(FloatVector x) {
        FloatVector u = x.add(1f);
        FloatVector taken = u.sub(1f);
        FloatVector lost = u.sub(taken).neg().add(1f).add(x.sub(taken));
        FloatVector y = logNormal(u, u, FloatVector.broadcast(Lanes.F32, 0x1p23f + 127), lost.div(u));
        return y.blend(x, x.compare(VectorOperators.EQ, 0f));
    }

    private static FloatVector logNormal(FloatVector x, FloatVector normal, FloatVector bias, FloatVector correction) {
        IntVector bits = normal.reinterpretAsInts();
        IntVector exponent = bits.add(0x3f800000 - 0x3f3504f3).lanewise(VectorOperators.LSHR, 23);
        IntVector mantissa = bits.sub(exponent.lanewise(VectorOperators.LSHL, 23)).add(0x3f800000);
        FloatVector f = mantissa.reinterpretAsFloats().sub(1f);
        FloatVector p = logPolynomial(f);
        FloatVector e = exponent.or(0x4b000000).reinterpretAsFloats().sub(bias);
        FloatVector low = p.mul(f).fma(f, e.lanewise(FMA, F32.LN2_LOW, correction));
        FloatVector y = e.lanewise(FMA, F32.LN2, f.add(low));
        return x.blend(y, x.compare(VectorOperators.LT, Float.POSITIVE_INFINITY))
                .blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0f))
                .blend(Float.NaN, x.compare(VectorOperators.LT, 0f));
    }

    private static FloatVector logPolynomial(FloatVector f) {
        FloatVector p = FloatVector.broadcast(Lanes.F32, F32.LOG10).lanewise(FMA, f, F32.LOG9).lanewise(FMA, f, F32.LOG8).lanewise(FMA, f, F32.LOG7).lanewise(FMA, f, F32.LOG6).lanewise(FMA, f, F32.LOG5).lanewise(FMA, f, F32.LOG4).lanewise(FMA, f, F32.LOG3).lanewise(FMA, f, F32.LOG2);
        return p;
    }

    /** Whether a lane is too large for {@link #sin} and {@link #cos}. */
    static boolean beyondTrigLimit(FloatVector x) {
        return x.abs().compare(VectorOperators.GT, ScalarMath.F32_TRIG_LIMIT).anyTrue();
    }

    static FloatVector sin(FloatVector x) {
        return sinOfQuadrant(x, 0).blend(x, x.compare(VectorOperators.EQ, 0f));
    }

    static FloatVector cos(FloatVector x) {
        return sinOfQuadrant(x, 1);
    }

    private static FloatVector sinOfQuadrant(FloatVector x, int quadrants) {
        FloatVector shifted = x.fma(F32.TWO_OVER_PI, F32.MAGIC);
        FloatVector n = shifted.sub(F32.MAGIC);
        IntVector quadrant = shifted.reinterpretAsInts().add(quadrants);
        FloatVector r = n.lanewise(FMA, -F32.HALF_PI, x);
        r = n.lanewise(FMA, -F32.HALF_PI_LOW, n.lanewise(FMA, -F32.HALF_PI_MIDDLE, r));
        FloatVector z = r.mul(r);
        FloatVector s = FloatVector.broadcast(Lanes.F32, F32.SIN9).lanewise(FMA, z, F32.SIN7).lanewise(FMA, z, F32.SIN5).lanewise(FMA, z, F32.SIN3);
        s = r.mul(z).fma(s, r);
        FloatVector c = FloatVector.broadcast(Lanes.F32, F32.COS8).lanewise(FMA, z, F32.COS6).lanewise(FMA, z, F32.COS4);
        c = c.lanewise(FMA, z, -0.5f).lanewise(FMA, z, 1f);
        VectorMask<Float> even = quadrant.and(1).compare(VectorOperators.EQ, 0).cast(Lanes.F32);
        IntVector sign = quadrant.and(2).lanewise(VectorOperators.LSHL, 30);
        return c.blend(s, even).reinterpretAsInts().lanewise(VectorOperators.XOR, sign).reinterpretAsFloats();
    }

    static FloatVector tanh(FloatVector x) {
        FloatVector a = x.abs();
        FloatVector e = expBounded(a.blend(10f, a.compare(VectorOperators.GT, 10f)).mul(2f));
        FloatVector large = FloatVector.broadcast(Lanes.F32, 2f).div(e.add(1f)).neg().add(1f);
        FloatVector z = a.mul(a);
        FloatVector p = FloatVector.broadcast(Lanes.F32, F32.TANH11).lanewise(FMA, z, F32.TANH9).lanewise(FMA, z, F32.TANH7).lanewise(FMA, z, F32.TANH5).lanewise(FMA, z, F32.TANH3);
        FloatVector small = a.mul(z).fma(p, a);
        FloatVector y = small.blend(large, a.compare(VectorOperators.GT, 0.55f));
        return y.reinterpretAsInts().or(x.reinterpretAsInts().and(0x80000000)).reinterpretAsFloats();
    }

    static FloatVector erf(FloatVector x) {
        FloatVector a = x.abs();
        FloatVector large = erfOfLarge(a);
        FloatVector z = a.mul(a);
        FloatVector p = FloatVector.broadcast(Lanes.F32, F32.ERF13).lanewise(FMA, z, F32.ERF11).lanewise(FMA, z, F32.ERF9).lanewise(FMA, z, F32.ERF7).lanewise(FMA, z, F32.ERF5).lanewise(FMA, z, F32.ERF3).lanewise(FMA, z, F32.ERF1);
        FloatVector y = p.fma(a, a).blend(large, a.compare(VectorOperators.GT, 1f));
        return y.reinterpretAsInts().or(x.reinterpretAsInts().and(0x80000000)).reinterpretAsFloats();
    }

    private static FloatVector erfOfLarge(FloatVector a) {
        FloatVector t = a.blend(4f, a.compare(VectorOperators.GT, 4f)).sub(2.5f);
        FloatVector q = FloatVector.broadcast(Lanes.F32, F32.ERFC14).lanewise(FMA, t, F32.ERFC13).lanewise(FMA, t, F32.ERFC12).lanewise(FMA, t, F32.ERFC11).lanewise(FMA, t, F32.ERFC10).lanewise(FMA, t, F32.ERFC9).lanewise(FMA, t, F32.ERFC8).lanewise(FMA, t, F32.ERFC7).lanewise(FMA, t, F32.ERFC6).lanewise(FMA, t, F32.ERFC5).lanewise(FMA, t, F32.ERFC4).lanewise(FMA, t, F32.ERFC3).lanewise(FMA, t, F32.ERFC2).lanewise(FMA, t, F32.ERFC1).lanewise(FMA, t, F32.ERFC0);
        return q.neg().add(1f);
    }

    static DoubleVector exp(DoubleVector x) {
        DoubleVector y = x.blend(710.0, x.compare(VectorOperators.GT, 710.0));
        return expBounded(y.blend(-746.0, y.compare(VectorOperators.LT, -746.0)));
    }

    private static DoubleVector expBounded(DoubleVector x) {
        DoubleVector shifted = x.fma(F64.LOG2_E, F64.EXP_MAGIC);
        DoubleVector n = shifted.sub(F64.EXP_MAGIC);
        DoubleVector r = n.lanewise(FMA, -F64.LN2_LOW, n.lanewise(FMA, -F64.LN2, x));
        DoubleVector p = DoubleVector.broadcast(Lanes.F64, F64.EXP11).lanewise(FMA, r, F64.EXP10).lanewise(FMA, r, F64.EXP9).lanewise(FMA, r, F64.EXP8).lanewise(FMA, r, F64.EXP7).lanewise(FMA, r, F64.EXP6).lanewise(FMA, r, F64.EXP5).lanewise(FMA, r, F64.EXP4).lanewise(FMA, r, F64.EXP3).lanewise(FMA, r, F64.EXP2);
        p = p.lanewise(FMA, r, 1.0).lanewise(FMA, r, 1.0);
        LongVector sum = shifted.reinterpretAsLongs();
        LongVector half = sum.lanewise(VectorOperators.LSHR, 1);
        DoubleVector first = half.lanewise(VectorOperators.LSHL, 52).reinterpretAsDoubles();
        DoubleVector second = sum.sub(half).lanewise(VectorOperators.LSHL, 52).reinterpretAsDoubles();
        return p.mul(first).mul(second);
    }

    static DoubleVector log(DoubleVector x) {
        VectorMask<Double> subnormal = x.compare(VectorOperators.LT, Double.MIN_NORMAL);
        DoubleVector bias = DoubleVector.broadcast(Lanes.F64, 0x1p52 + 1023).blend(0x1p52 + 1023 + 54, subnormal);
        return logNormal(x, x.blend(x.mul(0x1p54), subnormal), bias, DoubleVector.zero(Lanes.F64));
    }

    static DoubleVector log1p(DoubleVector x) {
        DoubleVector u = x.add(1.0);
        DoubleVector taken = u.sub(1.0);
        DoubleVector lost = u.sub(taken).neg().add(1.0).add(x.sub(taken));
        DoubleVector y = logNormal(u, u, DoubleVector.broadcast(Lanes.F64, 0x1p52 + 1023), lost.div(u));
        return y.blend(x, x.compare(VectorOperators.EQ, 0.0));
    }

    private static DoubleVector logNormal(DoubleVector x, DoubleVector normal, DoubleVector bias, DoubleVector correction) {
        LongVector bits = normal.reinterpretAsLongs();
        LongVector exponent = bits.add(0x3ff0000000000000L - 0x3fe6a09e667f3bcdL).lanewise(VectorOperators.LSHR, 52);
        LongVector mantissa = bits.sub(exponent.lanewise(VectorOperators.LSHL, 52)).add(0x3ff0000000000000L);
        DoubleVector f = mantissa.reinterpretAsDoubles().sub(1.0);
        DoubleVector p = logPolynomial(f);
        DoubleVector e = exponent.or(0x4330000000000000L).reinterpretAsDoubles().sub(bias);
        DoubleVector low = p.mul(f).fma(f, e.lanewise(FMA, F64.LN2_LOW, correction));
        DoubleVector y = e.lanewise(FMA, F64.LN2, f.add(low));
        return x.blend(y, x.compare(VectorOperators.LT, Double.POSITIVE_INFINITY))
                .blend(Double.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0.0))
                .blend(Double.NaN, x.compare(VectorOperators.LT, 0.0));
    }

    private static DoubleVector logPolynomial(DoubleVector f) {
        DoubleVector p = DoubleVector.broadcast(Lanes.F64, F64.LOG21).lanewise(FMA, f, F64.LOG20).lanewise(FMA, f, F64.LOG19).lanewise(FMA, f, F64.LOG18).lanewise(FMA, f, F64.LOG17).lanewise(FMA, f, F64.LOG16).lanewise(FMA, f, F64.LOG15).lanewise(FMA, f, F64.LOG14).lanewise(FMA, f, F64.LOG13).lanewise(FMA, f, F64.LOG12).lanewise(FMA, f, F64.LOG11).lanewise(FMA, f, F64.LOG10).lanewise(FMA, f, F64.LOG9).lanewise(FMA, f, F64.LOG8).lanewise(FMA, f, F64.LOG7).lanewise(FMA, f, F64.LOG6).lanewise(FMA, f, F64.LOG5).lanewise(FMA, f, F64.LOG4).lanewise(FMA, f, F64.LOG3).lanewise(FMA, f, F64.LOG2);
        return p;
    }

    /** Whether a lane is too large for {@link #sin} and {@link #cos}. */
    static boolean beyondTrigLimit(DoubleVector x) {
        return x.abs().compare(VectorOperators.GT, ScalarMath.F64_TRIG_LIMIT).anyTrue();
    }

    static DoubleVector sin(DoubleVector x) {
        return sinOfQuadrant(x, 0).blend(x, x.compare(VectorOperators.EQ, 0.0));
    }

    static DoubleVector cos(DoubleVector x) {
        return sinOfQuadrant(x, 1);
    }

    private static DoubleVector sinOfQuadrant(DoubleVector x, int quadrants) {
        DoubleVector shifted = x.fma(F64.TWO_OVER_PI, F64.MAGIC);
        DoubleVector n = shifted.sub(F64.MAGIC);
        LongVector quadrant = shifted.reinterpretAsLongs().add(quadrants);
        DoubleVector r = n.lanewise(FMA, -F64.HALF_PI, x);
        r = n.lanewise(FMA, -F64.HALF_PI_LOW, n.lanewise(FMA, -F64.HALF_PI_MIDDLE, r));
        DoubleVector z = r.mul(r);
        DoubleVector s = DoubleVector.broadcast(Lanes.F64, F64.SIN13).lanewise(FMA, z, F64.SIN11).lanewise(FMA, z, F64.SIN9).lanewise(FMA, z, F64.SIN7).lanewise(FMA, z, F64.SIN5).lanewise(FMA, z, F64.SIN3);
        s = r.mul(z).fma(s, r);
        DoubleVector c = DoubleVector.broadcast(Lanes.F64, F64.COS14).lanewise(FMA, z, F64.COS12).lanewise(FMA, z, F64.COS10).lanewise(FMA, z, F64.COS8).lanewise(FMA, z, F64.COS6).lanewise(FMA, z, F64.COS4);
        c = c.lanewise(FMA, z, -0.5).lanewise(FMA, z, 1.0);
        VectorMask<Double> even = quadrant.and(1).compare(VectorOperators.EQ, 0).cast(Lanes.F64);
        LongVector sign = quadrant.and(2).lanewise(VectorOperators.LSHL, 62);
        return c.blend(s, even).reinterpretAsLongs().lanewise(VectorOperators.XOR, sign).reinterpretAsDoubles();
    }

    static DoubleVector tanh(DoubleVector x) {
        DoubleVector a = x.abs();
        DoubleVector e = expBounded(a.blend(20.0, a.compare(VectorOperators.GT, 20.0)).mul(2.0));
        DoubleVector large = DoubleVector.broadcast(Lanes.F64, 2.0).div(e.add(1.0)).neg().add(1.0);
        DoubleVector z = a.mul(a);
        DoubleVector p = DoubleVector.broadcast(Lanes.F64, F64.TANH21).lanewise(FMA, z, F64.TANH19).lanewise(FMA, z, F64.TANH17).lanewise(FMA, z, F64.TANH15).lanewise(FMA, z, F64.TANH13).lanewise(FMA, z, F64.TANH11).lanewise(FMA, z, F64.TANH9).lanewise(FMA, z, F64.TANH7).lanewise(FMA, z, F64.TANH5).lanewise(FMA, z, F64.TANH3);
        DoubleVector small = a.mul(z).fma(p, a);
        DoubleVector y = small.blend(large, a.compare(VectorOperators.GT, 0.55));
        return y.reinterpretAsLongs().or(x.reinterpretAsLongs().and(Long.MIN_VALUE)).reinterpretAsDoubles();
    }

    static DoubleVector erf(DoubleVector x) {
        DoubleVector a = x.abs();
        DoubleVector large = erfOfLarge(a);
        DoubleVector z = a.mul(a);
        DoubleVector p = DoubleVector.broadcast(Lanes.F64, F64.ERF25).lanewise(FMA, z, F64.ERF23).lanewise(FMA, z, F64.ERF21).lanewise(FMA, z, F64.ERF19).lanewise(FMA, z, F64.ERF17).lanewise(FMA, z, F64.ERF15).lanewise(FMA, z, F64.ERF13).lanewise(FMA, z, F64.ERF11).lanewise(FMA, z, F64.ERF9).lanewise(FMA, z, F64.ERF7).lanewise(FMA, z, F64.ERF5).lanewise(FMA, z, F64.ERF3).lanewise(FMA, z, F64.ERF1);
        DoubleVector y = p.fma(a, a).blend(large, a.compare(VectorOperators.GT, 1.0));
        return y.reinterpretAsLongs().or(x.reinterpretAsLongs().and(Long.MIN_VALUE)).reinterpretAsDoubles();
    }

    private static DoubleVector erfOfLarge(DoubleVector a) {
        DoubleVector b = a.blend(6.0, a.compare(VectorOperators.GT, 6.0));
        DoubleVector e = expBounded(b.neg().mul(b));
        DoubleVector t = b.sub(3.0).div(b.add(3.0));
        DoubleVector q = DoubleVector.broadcast(Lanes.F64, F64.ERFCX11).lanewise(FMA, t, F64.ERFCX10).lanewise(FMA, t, F64.ERFCX9).lanewise(FMA, t, F64.ERFCX8).lanewise(FMA, t, F64.ERFCX7).lanewise(FMA, t, F64.ERFCX6).lanewise(FMA, t, F64.ERFCX5).lanewise(FMA, t, F64.ERFCX4).lanewise(FMA, t, F64.ERFCX3).lanewise(FMA, t, F64.ERFCX2).lanewise(FMA, t, F64.ERFCX1).lanewise(FMA, t, F64.ERFCX0);
        return e.mul(q).neg().add(1.0);
    }
}
