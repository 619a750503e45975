package org.softmin.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

/** The transcendental functions are within 2 ulp everywhere, and exact where a value is special. */
class ScalarMathTest {
    private static final float INF = Float.POSITIVE_INFINITY;

    static float apply(Scalar f, float x) {
        return switch (f) {
            case EXP -> ScalarMath.exp(x);
            case LOG -> ScalarMath.log(x);
            case LOG1P -> ScalarMath.log1p(x);
            case SIN -> ScalarMath.sin(x);
            case COS -> ScalarMath.cos(x);
            case TANH -> ScalarMath.tanh(x);
            case ERF -> ScalarMath.erf(x);
            default -> throw new IllegalArgumentException(f.toString());
        };
    }

    static double apply(Scalar f, double x) {
        return switch (f) {
            case EXP -> ScalarMath.exp(x);
            case LOG -> ScalarMath.log(x);
            case LOG1P -> ScalarMath.log1p(x);
            case SIN -> ScalarMath.sin(x);
            case COS -> ScalarMath.cos(x);
            case TANH -> ScalarMath.tanh(x);
            case ERF -> ScalarMath.erf(x);
            default -> throw new IllegalArgumentException(f.toString());
        };
    }

    /** Every 4093rd float: all exponents of both signs, a million numbers. */
    @ParameterizedTest
    @EnumSource(names = {"EXP", "LOG", "LOG1P", "SIN", "COS", "TANH", "ERF"})
    void floatsAreWithinTwoUlps(Scalar f) {
        double worst = 0;
        for (long bits = 0; bits < 1L << 32; bits += 4093) {
            float x = Float.intBitsToFloat((int) bits);
            double ulps = ulps(f.apply(x, 0, 0), apply(f, x));
            assertTrue(ulps <= 2, () -> f + " of " + x + " is " + apply(f, x) + ", off by ulps: " + ulps);
            worst = Math.max(worst, ulps);
        }
        assertTrue(worst > 0.45, "an error this small means that nothing was measured: " + worst);
    }

    /** Distance in units of the last place of the float nearest to the exact value; 0 if both are the same special. */
    private static double ulps(double exact, float actual) {
        float rounded = (float) exact;
        if (Float.floatToIntBits(rounded) == Float.floatToIntBits(actual) && (Float.isNaN(actual) || actual == 0)) {
            return 0;
        }
        if (Float.isInfinite(rounded) || Float.isInfinite(actual)) {
            return rounded == actual ? 0 : Double.POSITIVE_INFINITY;
        }
        // a zero of the wrong sign, or NaN for a number, is no rounding error
        return Float.isNaN(actual) || Float.isNaN(rounded) || (actual == 0 && rounded == 0)
                ? Double.POSITIVE_INFINITY
                : Math.abs(actual - exact) / Math.ulp(rounded);
    }

    /** A million doubles; StrictMath is itself off by up to one ulp, so that this alone would not show two. */
    @ParameterizedTest
    @EnumSource(names = {"EXP", "LOG", "LOG1P", "SIN", "COS", "TANH"})
    void doublesAreWithinTwoUlpsOfStrictMath(Scalar f) {
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 1_000_000; i++) {
            double x = argument(random, i);
            double expected = f.apply(x, 0, 0);
            double actual = apply(f, x);
            boolean same = Double.doubleToLongBits(expected) == Double.doubleToLongBits(actual);
            assertTrue(
                    same || Math.abs(expected - actual) <= 2 * Math.ulp(expected),
                    () -> f + " of " + x + " is " + actual + ", not " + expected);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EXP", "LOG", "LOG1P", "SIN", "COS", "TANH", "ERF"})
    void doublesAreWithinTwoUlpsOfTheExactValue(Scalar f) {
        SplittableRandom random = new SplittableRandom(12);
        double worst = 0;
        for (int i = 0; i < 1500; i++) {
            double x = argument(random, i);
            boolean defined = switch (f) {
                case EXP -> Math.abs(x) < 700;
                case LOG -> x > 0;
                case LOG1P -> x > -1;
                case SIN, COS -> Math.abs(x) < 2e9;
                case TANH -> Math.abs(x) < 25;
                default -> Math.abs(x) < 7;
            };
            if (defined && Double.isFinite(x) && x != 0) {
                double ulps = Exact.ulps(f, x, apply(f, x));
                assertTrue(ulps <= 2, () -> f + " of " + x + " is " + apply(f, x) + ", off by ulps: " + ulps);
                worst = Math.max(worst, ulps);
            }
        }
        assertTrue(worst > 0.45, "an error this small means that nothing was measured: " + worst);
        report(f, "F64", worst);
    }

    /** Any bit pattern; numbers of medium size; small ones by exponent. */
    private static double argument(SplittableRandom random, int i) {
        double sign = random.nextBoolean() ? 1 : -1;
        return switch (i % 3) {
            case 0 -> Double.longBitsToDouble(random.nextLong());
            case 1 -> random.nextDouble(-750, 750);
            default -> sign * Math.scalb(1 + random.nextDouble(), random.nextInt(-40, 8));
        };
    }

    @Test
    void exactReferenceIsRight() {
        assertEquals(
                "2.718281828459045235360287471352662497757",
                Exact.apply(Scalar.EXP, 1).toString().substring(0, 41));
        assertEquals(
                "0.693147180559945309417232121458176568075",
                Exact.apply(Scalar.LOG, 2).toString().substring(0, 41));
        assertEquals(
                "0.841470984807896506652502321630298999622",
                Exact.apply(Scalar.SIN, 1).toString().substring(0, 41));
        assertEquals(
                "0.842700792949714869341220635082609259296",
                Exact.apply(Scalar.ERF, 1).toString().substring(0, 41));
        assertEquals(
                0,
                new BigDecimal("1e-30")
                        .compareTo(Exact.apply(Scalar.TANH, 1e-30).round(java.math.MathContext.DECIMAL32)));
    }

    @Test
    void specialValuesAreExact() {
        for (Scalar f : new Scalar[] {Scalar.EXP, Scalar.LOG, Scalar.LOG1P, Scalar.SIN, Scalar.COS, Scalar.TANH}) {
            for (double x : new double[] {0.0, -0.0, 1, -1, INF, -INF, Float.NaN, Double.NaN}) {
                double expected = f.apply(x, 0, 0);
                if (x == 0 || Double.isNaN(expected) || Double.isInfinite(expected) || Double.isInfinite(x)) {
                    assertEquals((float) expected, apply(f, (float) x), f + " of " + x);
                    assertEquals(expected, apply(f, x), f + " of " + x);
                }
            }
        }
        for (Scalar f : new Scalar[] {Scalar.SIN, Scalar.TANH, Scalar.LOG1P, Scalar.ERF}) {
            assertEquals(-0f, apply(f, -0f), f.toString());
            assertEquals(-0.0, apply(f, -0.0), f.toString());
            assertEquals(Double.NaN, apply(f, Double.NaN), f.toString());
        }
        assertEquals(1f, ScalarMath.erf(INF));
        assertEquals(-1.0, ScalarMath.erf(Double.NEGATIVE_INFINITY));
        assertEquals(1f, ScalarMath.exp(0f));
        assertEquals(0f, ScalarMath.log(1f));
    }

    @Test
    void rangesEndWhereTheyShould() {
        assertEquals(3.4027985e38f, ScalarMath.exp(88.72283f), Math.ulp(3.4e38f));
        assertEquals(INF, ScalarMath.exp(88.72284f));
        assertEquals(Float.MIN_VALUE, ScalarMath.exp(-103.97207f));
        assertEquals(0f, ScalarMath.exp(-103.97209f));
        assertEquals((float) StrictMath.exp(-87.5), ScalarMath.exp(-87.5f), Float.MIN_VALUE);
        assertEquals((float) StrictMath.log(Float.MIN_VALUE), ScalarMath.log(Float.MIN_VALUE));
        assertEquals(1.797693134862273e308, ScalarMath.exp(709.782712893384), 2 * Math.ulp(1.7e308));
        assertEquals(Double.POSITIVE_INFINITY, ScalarMath.exp(709.7827128933841));
        assertEquals(Double.MIN_VALUE, ScalarMath.exp(-745.1332191019411));
        assertEquals(0.0, ScalarMath.exp(-745.1332191019412));
        assertEquals(StrictMath.log(Double.MIN_VALUE), ScalarMath.log(Double.MIN_VALUE));
        assertEquals(StrictMath.sin(1e300), ScalarMath.sin(1e300));
        assertEquals((float) StrictMath.cos((double) 3e38f), ScalarMath.cos(3e38f));
    }

    /**
     * Each of the 2^32 floats: within 2 ulp, and the generated kernel has the same bits. Run it after a change to a
     * polynomial: {@code mvn -pl tensor test -Dtest=ScalarMathTest -Dsoftmin.exhaustive=true}, about half an hour.
     */
    @ParameterizedTest
    @EnumSource(names = {"EXP", "LOG", "LOG1P", "SIN", "COS", "TANH", "ERF"})
    @EnabledIfSystemProperty(named = "softmin.exhaustive", matches = "true")
    void allFloats(Scalar f) {
        float[] x = new float[1 << 16];
        float[] vector = new float[x.length];
        float[] scalar = new float[x.length];
        Type type = new Type(DType.F32, Shape.of(x.length));
        Executable generated = new CpuBackend(
                        Backend.Options.DEFAULT.withThreads(1).withEager(true))
                .compile(Program.trace(type, t -> Tensor.of(new Op.Map(f), t)));
        List<HostArray> in = List.of(HostArray.of(type.shape(), x));
        List<HostArray> out = List.of(HostArray.of(type.shape(), vector));
        double worst = 0;
        for (int block = 0; block < 1 << 16; block++) {
            for (int i = 0; i < x.length; i++) {
                x[i] = Float.intBitsToFloat((block << 16) + i);
            }
            generated.run(in, out);
            Kernels.scalar().f32().unary(f, x, 0, scalar, 0, x.length);
            assertEquals(-1, Arrays.mismatch(vector, scalar), f + " near " + x[0]);
            // The series behind ERF is slow: a sample of the block where it matters, all of it where it does not.
            int stride = f == Scalar.ERF && Math.abs(x[0]) > 1e-3 && Math.abs(x[0]) < 7 ? 16 : 1;
            for (int i = 0; i < x.length; i += stride) {
                worst = Math.max(worst, ulps(f.apply(x[i], 0, 0), scalar[i]));
            }
            assertTrue(worst <= 2, f + " near " + x[0] + ", off by ulps: " + worst);
        }
        report(f, "F32", worst);
    }

    private static void report(Scalar f, String type, double worst) {
        if (Boolean.getBoolean("softmin.exhaustive")) {
            System.out.printf(Locale.ROOT, "%s %s: at most %.3f ulp%n", type, f, worst);
        }
    }
}
