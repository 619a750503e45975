package org.softmin.tensor.cpu;

import org.softmin.tensor.cpu.Coefficients.F32;
import org.softmin.tensor.cpu.Coefficients.F64;

/**
 * The transcendental functions of one element, with errors below 2 ulp over the whole range.
 *
 * <p>{@link VectorFloatMath} and its twin repeat each step by step, so that a lane and a scalar agree to the bit: whoever
 * changes one changes the other. A product and a sum are fused only where it says {@code fma}. No step depends on the
 * platform: {@link Math#fma}, the basic operations and bit patterns are exact everywhere.
 */
final class ScalarMath {
    /** Up to here three parts of pi/2 reduce the argument of sin and cos; beyond it {@link StrictMath} takes over. */
    static final float F32_TRIG_LIMIT = 1e5f;

    static final double F64_TRIG_LIMIT = 1e9;

    private ScalarMath() {}

    static float exp(float x) {
        // Beyond these the result is 0 or infinity anyway, and n would leave the range of the bit pattern below.
        float y = x > 89 ? 89 : x;
        return expBounded(y < -104 ? -104 : y);
    }

    /** e^x for -104 <= x <= 89: 2^n e^r with |r| <= ln2/2. */
    private static float expBounded(float x) {
        float shifted = Math.fma(x, F32.LOG2_E, F32.EXP_MAGIC);
        float n = shifted - F32.EXP_MAGIC;
        float r = Math.fma(n, -F32.LN2_LOW, Math.fma(n, -F32.LN2, x));
        float p = F32.EXP6;
        p = Math.fma(p, r, F32.EXP5);
        p = Math.fma(p, r, F32.EXP4);
        p = Math.fma(p, r, F32.EXP3);
        p = Math.fma(p, r, F32.EXP2);
        p = Math.fma(p, r, 1);
        p = Math.fma(p, r, 1);
        // 2^n as a product of two powers, so that the result may be subnormal; their exponents add up to n + 254.
        int sum = Float.floatToRawIntBits(shifted);
        int half = sum >>> 1;
        return p * Float.intBitsToFloat(half << 23) * Float.intBitsToFloat((sum - half) << 23);
    }

    static float log(float x) {
        boolean subnormal = x < Float.MIN_NORMAL;
        return logNormal(x, subnormal ? x * 0x1p25f : x, subnormal ? 0x1p23f + 127 + 25 : 0x1p23f + 127, 0);
    }

    static float log1p(float x) {
        float u = 1 + x;
        // What rounding took from 1 + x: exact (Knuth's two-sum).
        float taken = u - 1;
        float lost = (1 - (u - taken)) + (x - taken);
        float y = logNormal(u, u, 0x1p23f + 127, lost / u);
        return x == 0 ? x : y;
    }

    /** ln of x = 2^k normal, plus a small correction; the exponent field is read as a float biased by {@code bias}. */
    private static float logNormal(float x, float normal, float bias, float correction) {
        int bits = Float.floatToRawIntBits(normal);
        // x = 2^e (1 + f) with 1 + f between sqrt(1/2) and sqrt(2)
        int exponent = (bits + (0x3f800000 - 0x3f3504f3)) >>> 23;
        float f = Float.intBitsToFloat(bits - (exponent << 23) + 0x3f800000) - 1;
        float e = Float.intBitsToFloat(exponent | 0x4b000000) - bias;
        float p = F32.LOG10;
        p = Math.fma(p, f, F32.LOG9);
        p = Math.fma(p, f, F32.LOG8);
        p = Math.fma(p, f, F32.LOG7);
        p = Math.fma(p, f, F32.LOG6);
        p = Math.fma(p, f, F32.LOG5);
        p = Math.fma(p, f, F32.LOG4);
        p = Math.fma(p, f, F32.LOG3);
        p = Math.fma(p, f, F32.LOG2);
        float low = Math.fma(p * f, f, Math.fma(e, F32.LN2_LOW, correction));
        float y = Math.fma(e, F32.LN2, f + low);
        y = x < Float.POSITIVE_INFINITY ? y : x;
        y = x == 0 ? Float.NEGATIVE_INFINITY : y;
        return x < 0 ? Float.NaN : y;
    }

    static float sin(float x) {
        if (Math.abs(x) > F32_TRIG_LIMIT) {
            return (float) StrictMath.sin(x);
        }
        return x == 0 ? x : sinOfQuadrant(x, 0);
    }

    static float cos(float x) {
        return Math.abs(x) > F32_TRIG_LIMIT ? (float) StrictMath.cos(x) : sinOfQuadrant(x, 1);
    }

    /** sin(x + quadrants pi/2) = +-sin r or +-cos r with |r| <= pi/4. */
    private static float sinOfQuadrant(float x, int quadrants) {
        float shifted = Math.fma(x, F32.TWO_OVER_PI, F32.MAGIC);
        float n = shifted - F32.MAGIC;
        int quadrant = Float.floatToRawIntBits(shifted) + quadrants;
        float r = Math.fma(n, -F32.HALF_PI_LOW, Math.fma(n, -F32.HALF_PI_MIDDLE, Math.fma(n, -F32.HALF_PI, x)));
        float z = r * r;
        float s = F32.SIN9;
        s = Math.fma(s, z, F32.SIN7);
        s = Math.fma(s, z, F32.SIN5);
        s = Math.fma(s, z, F32.SIN3);
        s = Math.fma(r * z, s, r);
        float c = F32.COS8;
        c = Math.fma(c, z, F32.COS6);
        c = Math.fma(c, z, F32.COS4);
        c = Math.fma(Math.fma(c, z, -0.5f), z, 1);
        float y = (quadrant & 1) == 0 ? s : c;
        return Float.intBitsToFloat(Float.floatToRawIntBits(y) ^ ((quadrant & 2) << 30));
    }

    static float tanh(float x) {
        float a = Math.abs(x);
        float z = a * a;
        float p = F32.TANH11;
        p = Math.fma(p, z, F32.TANH9);
        p = Math.fma(p, z, F32.TANH7);
        p = Math.fma(p, z, F32.TANH5);
        p = Math.fma(p, z, F32.TANH3);
        float small = Math.fma(a * z, p, a);
        float e = expBounded(2 * (a > 10 ? 10 : a));
        float large = 1 - 2 / (e + 1);
        return withSignOf(x, a > 0.55f ? large : small);
    }

    static float erf(float x) {
        float a = Math.abs(x);
        float z = a * a;
        float p = F32.ERF13;
        p = Math.fma(p, z, F32.ERF11);
        p = Math.fma(p, z, F32.ERF9);
        p = Math.fma(p, z, F32.ERF7);
        p = Math.fma(p, z, F32.ERF5);
        p = Math.fma(p, z, F32.ERF3);
        p = Math.fma(p, z, F32.ERF1);
        float small = Math.fma(p, a, a);
        float t = (a > 4 ? 4 : a) - 2.5f;
        float q = F32.ERFC14;
        q = Math.fma(q, t, F32.ERFC13);
        q = Math.fma(q, t, F32.ERFC12);
        q = Math.fma(q, t, F32.ERFC11);
        q = Math.fma(q, t, F32.ERFC10);
        q = Math.fma(q, t, F32.ERFC9);
        q = Math.fma(q, t, F32.ERFC8);
        q = Math.fma(q, t, F32.ERFC7);
        q = Math.fma(q, t, F32.ERFC6);
        q = Math.fma(q, t, F32.ERFC5);
        q = Math.fma(q, t, F32.ERFC4);
        q = Math.fma(q, t, F32.ERFC3);
        q = Math.fma(q, t, F32.ERFC2);
        q = Math.fma(q, t, F32.ERFC1);
        q = Math.fma(q, t, F32.ERFC0);
        return withSignOf(x, a > 1 ? 1 - q : small);
    }

    /** y, which is not negative, with the sign of x. */
    private static float withSignOf(float x, float y) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(y) | (Float.floatToRawIntBits(x) & 0x80000000));
    }

    static double exp(double x) {
        double y = x > 710 ? 710 : x;
        return expBounded(y < -746 ? -746 : y);
    }

    /** e^x for -746 <= x <= 710. */
    private static double expBounded(double x) {
        double shifted = Math.fma(x, F64.LOG2_E, F64.EXP_MAGIC);
        double n = shifted - F64.EXP_MAGIC;
        double r = Math.fma(n, -F64.LN2_LOW, Math.fma(n, -F64.LN2, x));
        double p = F64.EXP11;
        p = Math.fma(p, r, F64.EXP10);
        p = Math.fma(p, r, F64.EXP9);
        p = Math.fma(p, r, F64.EXP8);
        p = Math.fma(p, r, F64.EXP7);
        p = Math.fma(p, r, F64.EXP6);
        p = Math.fma(p, r, F64.EXP5);
        p = Math.fma(p, r, F64.EXP4);
        p = Math.fma(p, r, F64.EXP3);
        p = Math.fma(p, r, F64.EXP2);
        p = Math.fma(p, r, 1);
        p = Math.fma(p, r, 1);
        long sum = Double.doubleToRawLongBits(shifted);
        long half = sum >>> 1;
        return p * Double.longBitsToDouble(half << 52) * Double.longBitsToDouble((sum - half) << 52);
    }

    static double log(double x) {
        boolean subnormal = x < Double.MIN_NORMAL;
        return logNormal(x, subnormal ? x * 0x1p54 : x, subnormal ? 0x1p52 + 1023 + 54 : 0x1p52 + 1023, 0);
    }

    static double log1p(double x) {
        double u = 1 + x;
        double taken = u - 1;
        double lost = (1 - (u - taken)) + (x - taken);
        double y = logNormal(u, u, 0x1p52 + 1023, lost / u);
        return x == 0 ? x : y;
    }

    private static double logNormal(double x, double normal, double bias, double correction) {
        long bits = Double.doubleToRawLongBits(normal);
        long exponent = (bits + (0x3ff0000000000000L - 0x3fe6a09e667f3bcdL)) >>> 52;
        double f = Double.longBitsToDouble(bits - (exponent << 52) + 0x3ff0000000000000L) - 1;
        double e = Double.longBitsToDouble(exponent | 0x4330000000000000L) - bias;
        double p = F64.LOG21;
        p = Math.fma(p, f, F64.LOG20);
        p = Math.fma(p, f, F64.LOG19);
        p = Math.fma(p, f, F64.LOG18);
        p = Math.fma(p, f, F64.LOG17);
        p = Math.fma(p, f, F64.LOG16);
        p = Math.fma(p, f, F64.LOG15);
        p = Math.fma(p, f, F64.LOG14);
        p = Math.fma(p, f, F64.LOG13);
        p = Math.fma(p, f, F64.LOG12);
        p = Math.fma(p, f, F64.LOG11);
        p = Math.fma(p, f, F64.LOG10);
        p = Math.fma(p, f, F64.LOG9);
        p = Math.fma(p, f, F64.LOG8);
        p = Math.fma(p, f, F64.LOG7);
        p = Math.fma(p, f, F64.LOG6);
        p = Math.fma(p, f, F64.LOG5);
        p = Math.fma(p, f, F64.LOG4);
        p = Math.fma(p, f, F64.LOG3);
        p = Math.fma(p, f, F64.LOG2);
        double low = Math.fma(p * f, f, Math.fma(e, F64.LN2_LOW, correction));
        double y = Math.fma(e, F64.LN2, f + low);
        y = x < Double.POSITIVE_INFINITY ? y : x;
        y = x == 0 ? Double.NEGATIVE_INFINITY : y;
        return x < 0 ? Double.NaN : y;
    }

    static double sin(double x) {
        if (Math.abs(x) > F64_TRIG_LIMIT) {
            return StrictMath.sin(x);
        }
        return x == 0 ? x : sinOfQuadrant(x, 0);
    }

    static double cos(double x) {
        return Math.abs(x) > F64_TRIG_LIMIT ? StrictMath.cos(x) : sinOfQuadrant(x, 1);
    }

    private static double sinOfQuadrant(double x, long quadrants) {
        double shifted = Math.fma(x, F64.TWO_OVER_PI, F64.MAGIC);
        double n = shifted - F64.MAGIC;
        long quadrant = Double.doubleToRawLongBits(shifted) + quadrants;
        double r = Math.fma(n, -F64.HALF_PI_LOW, Math.fma(n, -F64.HALF_PI_MIDDLE, Math.fma(n, -F64.HALF_PI, x)));
        double z = r * r;
        double s = F64.SIN13;
        s = Math.fma(s, z, F64.SIN11);
        s = Math.fma(s, z, F64.SIN9);
        s = Math.fma(s, z, F64.SIN7);
        s = Math.fma(s, z, F64.SIN5);
        s = Math.fma(s, z, F64.SIN3);
        s = Math.fma(r * z, s, r);
        double c = F64.COS14;
        c = Math.fma(c, z, F64.COS12);
        c = Math.fma(c, z, F64.COS10);
        c = Math.fma(c, z, F64.COS8);
        c = Math.fma(c, z, F64.COS6);
        c = Math.fma(c, z, F64.COS4);
        c = Math.fma(Math.fma(c, z, -0.5), z, 1);
        double y = (quadrant & 1) == 0 ? s : c;
        return Double.longBitsToDouble(Double.doubleToRawLongBits(y) ^ ((quadrant & 2) << 62));
    }

    static double tanh(double x) {
        double a = Math.abs(x);
        double z = a * a;
        double p = F64.TANH21;
        p = Math.fma(p, z, F64.TANH19);
        p = Math.fma(p, z, F64.TANH17);
        p = Math.fma(p, z, F64.TANH15);
        p = Math.fma(p, z, F64.TANH13);
        p = Math.fma(p, z, F64.TANH11);
        p = Math.fma(p, z, F64.TANH9);
        p = Math.fma(p, z, F64.TANH7);
        p = Math.fma(p, z, F64.TANH5);
        p = Math.fma(p, z, F64.TANH3);
        double small = Math.fma(a * z, p, a);
        double e = expBounded(2 * (a > 20 ? 20 : a));
        double large = 1 - 2 / (e + 1);
        return withSignOf(x, a > 0.55 ? large : small);
    }

    static double erf(double x) {
        double a = Math.abs(x);
        double z = a * a;
        double p = F64.ERF25;
        p = Math.fma(p, z, F64.ERF23);
        p = Math.fma(p, z, F64.ERF21);
        p = Math.fma(p, z, F64.ERF19);
        p = Math.fma(p, z, F64.ERF17);
        p = Math.fma(p, z, F64.ERF15);
        p = Math.fma(p, z, F64.ERF13);
        p = Math.fma(p, z, F64.ERF11);
        p = Math.fma(p, z, F64.ERF9);
        p = Math.fma(p, z, F64.ERF7);
        p = Math.fma(p, z, F64.ERF5);
        p = Math.fma(p, z, F64.ERF3);
        p = Math.fma(p, z, F64.ERF1);
        double small = Math.fma(p, a, a);
        double b = a > 6 ? 6 : a;
        double t = (b - 3) / (b + 3);
        double q = F64.ERFCX11;
        q = Math.fma(q, t, F64.ERFCX10);
        q = Math.fma(q, t, F64.ERFCX9);
        q = Math.fma(q, t, F64.ERFCX8);
        q = Math.fma(q, t, F64.ERFCX7);
        q = Math.fma(q, t, F64.ERFCX6);
        q = Math.fma(q, t, F64.ERFCX5);
        q = Math.fma(q, t, F64.ERFCX4);
        q = Math.fma(q, t, F64.ERFCX3);
        q = Math.fma(q, t, F64.ERFCX2);
        q = Math.fma(q, t, F64.ERFCX1);
        q = Math.fma(q, t, F64.ERFCX0);
        double large = 1 - expBounded(-b * b) * q;
        return withSignOf(x, a > 1 ? large : small);
    }

    private static double withSignOf(double x, double y) {
        return Double.longBitsToDouble(
                Double.doubleToRawLongBits(y) | (Double.doubleToRawLongBits(x) & Long.MIN_VALUE));
    }
}
