package org.softmin.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.softmin.tensor.DType;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Scalar.Kind;

/** Element by element: each function means what {@link Scalar} says, for both twins, all lengths, in place or not. */
class LoopsTest {
    private static final int L = Lanes.F32.length();
    private static final int[] LENGTHS = {0, 1, L - 1, L, L + 1, 2 * L + 3, 61, 127, 211};
    private static final List<Scalar> APPROXIMATE =
            List.of(Scalar.EXP, Scalar.LOG, Scalar.LOG1P, Scalar.SIN, Scalar.COS, Scalar.TANH, Scalar.ERF);

    /** Zeros, subnormal numbers, infinities, NaN, ties, ends of ranges, arguments beyond every reduction. */
    private static final double[] SPECIAL = {
        0.0,
        -0.0,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        1,
        -1,
        0.5,
        -0.5,
        1.5,
        2.5,
        -2.5,
        0.49999997,
        0.49999999999999994,
        8388607.5,
        -8388607.5,
        8388609,
        4503599627370495.5,
        -4503599627370495.5,
        1e10,
        1e20,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL,
        1e-40,
        -1e-40,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Double.MIN_VALUE,
        -Double.MIN_VALUE,
        Double.MIN_NORMAL,
        1e-310,
        -1e-310,
        Double.MAX_VALUE,
        -Double.MAX_VALUE,
        88.72283,
        88.72284,
        -87.33654,
        -87.5,
        -103.27893,
        -103.97208,
        -103.97209,
        709.782712893384,
        709.7827128933841,
        -708.3964185322641,
        -740,
        -745.1332191019411,
        -745.1332191019412,
        0.55,
        0.55000001,
        -0.55000001,
        9.02,
        19.1,
        3.92,
        5.93,
        -6.1,
        1e-8,
        -1e-8,
        1e5,
        100001,
        1e9,
        1.0000001e9,
        1e22,
        Math.PI,
        Math.PI / 2,
        11,
        -0.99999994,
        -0.9999999999999999,
        -1.0000001,
        4503599627370497.0
    };

    private static final double[] A = operands(1);
    private static final double[] B = operands(2);
    private static final int[] CONDITION =
            new SplittableRandom(9).ints(A.length, 0, 2).toArray();

    private static double[] operands(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[LENGTHS[LENGTHS.length - 1] + 7];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 3 == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextGaussian() * 4;
        }
        System.arraycopy(SPECIAL, 0, values, 20 * seed, SPECIAL.length);
        return values;
    }

    @ParameterizedTest
    @EnumSource
    void floatsMeanWhatScalarSays(Scalar f) {
        float[] a = floats(A);
        float[] b = floats(B);
        for (int shift = 0; shift < 3; shift++) {
            double[] expected = expected(f, DType.F32, shift);
            for (Kernels kernels : List.of(Kernels.vector(), Kernels.scalar())) {
                for (int n : LENGTHS) {
                    for (boolean inPlace : new boolean[] {false, true}) {
                        float[] x = a.clone();
                        float[] out = inPlace ? x : new float[n + 3];
                        int at = inPlace ? shift : 3;
                        int[] truth = new int[n + 3];
                        if (!run(kernels.f32(), f, x, shift, b, out, at, truth, n)) {
                            return;
                        }
                        for (int i = 0; i < n; i++) {
                            double actual = f.kind() == Kind.COMPARISON ? truth[3 + i] : out[at + i];
                            assertNear(expected[i], actual, Math.ulp((float) expected[i]), f, a[i + shift], n);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void doublesMeanWhatScalarSays(Scalar f) {
        for (int shift = 0; shift < 3; shift++) {
            double[] expected = expected(f, DType.F64, shift);
            for (Kernels kernels : List.of(Kernels.vector(), Kernels.scalar())) {
                for (int n : LENGTHS) {
                    for (boolean inPlace : new boolean[] {false, true}) {
                        double[] x = A.clone();
                        double[] out = inPlace ? x : new double[n + 3];
                        int at = inPlace ? shift : 3;
                        int[] truth = new int[n + 3];
                        if (!run(kernels.f64(), f, x, shift, B, out, at, truth, n)) {
                            return;
                        }
                        for (int i = 0; i < n; i++) {
                            double actual = f.kind() == Kind.COMPARISON ? truth[3 + i] : out[at + i];
                            assertNear(expected[i], actual, Math.ulp(expected[i]), f, A[i + shift], n);
                        }
                    }
                }
            }
        }
    }

    /** What f gives for the elements of A from {@code shift} on and those of B from 1 on. */
    private static double[] expected(Scalar f, DType dtype, int shift) {
        double[] expected = new double[LENGTHS[LENGTHS.length - 1]];
        for (int i = 0; i < expected.length; i++) {
            double x = dtype.round(A[i + shift]);
            double y = dtype.round(B[i + 1]);
            expected[i] = switch (f) {
                case NOT, AND, OR, XOR, SHL, SHR -> Double.NaN;
                case WHERE -> f.apply(CONDITION[i + 2], x, y);
                // the exact value: the reference has an error of its own, of some ulps in double precision
                case ERF -> Math.abs(x) < 7 ? Exact.apply(f, x).doubleValue() : f.apply(x, 0, 0);
                default -> f.apply(x, y, 0);
            };
            expected[i] = x == 0 && f == Scalar.ERF ? x : dtype.round(expected[i]);
        }
        return expected;
    }

    /** Runs {@code f} if it exists for the type; otherwise checks that it is refused. */
    private static <A> boolean run(Loops<A> loops, Scalar f, A a, int ao, A b, A out, int oo, int[] truth, int n) {
        switch (f.kind()) {
            case NUMBER, FLOATING -> {
                if (f.arity() == 1) {
                    loops.unary(f, a, ao, out, oo, n);
                    assertThrows(IllegalArgumentException.class, () -> loops.binary(f, a, ao, b, 1, out, oo, n));
                } else {
                    loops.binary(f, a, ao, b, 1, out, oo, n);
                    assertThrows(IllegalArgumentException.class, () -> loops.unary(f, a, ao, out, oo, n));
                }
            }
            case COMPARISON -> loops.compare(f, a, ao, b, 1, truth, 3, n);
            case SELECTION -> loops.select(CONDITION, 2, a, ao, b, 1, out, oo, n);
            case INTEGER, BITS, TRUTH -> {
                assertThrows(IllegalArgumentException.class, () -> loops.unary(f, a, ao, out, oo, n));
                assertThrows(IllegalArgumentException.class, () -> loops.binary(f, a, ao, b, 1, out, oo, n));
                assertThrows(IllegalArgumentException.class, () -> loops.compare(f, a, ao, b, 1, truth, 3, n));
                return false;
            }
        }
        return true;
    }

    private static void assertNear(double expected, double actual, double ulp, Scalar f, double x, int n) {
        // bits, so that −0 is not +0
        boolean same = Double.doubleToLongBits(expected) == Double.doubleToLongBits(actual);
        boolean near = APPROXIMATE.contains(f) && expected != 0 && Math.abs(expected - actual) <= 2 * ulp;
        if (!same && !near) {
            assertEquals(expected, actual, f + " of " + x + ", length " + n);
        }
    }

    /** All exponents and both signs, in vectors and one by one: the same bits. */
    @ParameterizedTest
    @EnumSource(names = {"EXP", "LOG", "LOG1P", "SIN", "COS", "TANH", "ERF", "FLOOR", "CEIL", "ROUND", "SIGN", "SQRT"})
    void twinsAgreeOnAllExponents(Scalar f) {
        SplittableRandom random = new SplittableRandom(5);
        float[] a = new float[1 << 14];
        double[] d = new double[1 << 14];
        for (int block = 0; block < 16; block++) {
            for (int i = 0; i < a.length; i++) {
                a[i] = Float.intBitsToFloat(random.nextInt());
                d[i] = i % 2 == 0 ? Double.longBitsToDouble(random.nextLong()) : random.nextDouble(-800, 800);
            }
            float[][] floats = {new float[a.length], new float[a.length]};
            double[][] doubles = {new double[a.length], new double[a.length]};
            List<Kernels> twins = List.of(Kernels.vector(), Kernels.scalar());
            for (int k = 0; k < 2; k++) {
                twins.get(k).f32().unary(f, a, 0, floats[k], 0, a.length);
                twins.get(k).f64().unary(f, d, 0, doubles[k], 0, d.length);
            }
            int at = Arrays.mismatch(floats[0], floats[1]);
            assertEquals(-1, at, () -> f + " of " + a[at] + ": " + floats[0][at] + " and " + floats[1][at]);
            int at64 = Arrays.mismatch(doubles[0], doubles[1]);
            assertEquals(-1, at64, () -> f + " of " + d[at64] + ": " + doubles[0][at64] + " and " + doubles[1][at64]);
        }
    }

    @ParameterizedTest
    @EnumSource
    void integersMeanWhatScalarSays(Scalar f) {
        int[] values = {0, 1, -1, 2, -7, 31, 32, 33, 1 << 30, Integer.MAX_VALUE, Integer.MIN_VALUE, 12345, -99};
        for (DType dtype : List.of(DType.I32, DType.BOOL)) {
            if (!f.accepts(dtype)) {
                continue;
            }
            int[] a = new int[values.length * values.length];
            int[] b = new int[a.length];
            for (int i = 0; i < a.length; i++) {
                a[i] = dtype == DType.BOOL ? i % 2 : values[i % values.length];
                b[i] = dtype == DType.BOOL ? i / 2 % 2 : values[i / values.length];
                b[i] = f == Scalar.DIV && b[i] == 0 ? 3 : b[i];
            }
            int[] out = new int[a.length + 1];
            @SuppressWarnings("unchecked")
            Loops<int[]> loops = (Loops<int[]>) Kernels.best().of(dtype);
            switch (f.kind()) {
                case COMPARISON -> loops.compare(f, a, 0, b, 0, out, 1, a.length);
                case SELECTION -> loops.select(CONDITION, 0, a, 0, b, 0, out, 1, a.length);
                case NUMBER, INTEGER, BITS, TRUTH -> {
                    if (f.arity() == 1) {
                        loops.unary(f, a, 0, out, 1, a.length);
                    } else {
                        loops.binary(f, a, 0, b, 0, out, 1, a.length);
                    }
                }
                case FLOATING -> throw new AssertionError(f);
            }
            for (int i = 0; i < a.length; i++) {
                int expected = f == Scalar.WHERE ? f.applyInt(CONDITION[i], a[i], b[i]) : f.applyInt(a[i], b[i], 0);
                assertEquals(expected, out[i + 1], f + " of " + a[i] + " and " + b[i]);
            }
        }
    }

    @Test
    void integerDivisionByZeroSaysWhatToDo() {
        String message = assertThrows(
                        ArithmeticException.class,
                        () -> Kernels.best()
                                .i32()
                                .binary(Scalar.DIV, new int[] {7}, 0, new int[] {0}, 0, new int[1], 0, 1))
                .getMessage();
        assertEquals("div: integer division of 7 by 0; guard it with where", message);
    }

    @Test
    void castsFollowTheTypes() {
        for (DType from : DType.values()) {
            for (DType to : DType.values()) {
                double[] values = Arrays.stream(A).map(rounding(from)).toArray();
                Object a = store(from, values, 2);
                Object out = store(to, new double[values.length], 1);
                Casts.cast(from, a, 2, to, out, 1, values.length);
                for (int i = 0; i < values.length; i++) {
                    double actual = switch (out) {
                        case float[] x -> x[i + 1];
                        case double[] x -> x[i + 1];
                        case int[] x -> x[i + 1];
                        default -> throw new AssertionError(out);
                    };
                    assertEquals(to.round(values[i]), actual, from + " to " + to + " of " + values[i]);
                }
            }
        }
    }

    private static DoubleUnaryOperator rounding(DType dtype) {
        return dtype::round;
    }

    private static Object store(DType dtype, double[] values, int offset) {
        return switch (dtype) {
            case F32 -> {
                float[] stored = new float[values.length + offset];
                System.arraycopy(floats(values), 0, stored, offset, values.length);
                yield stored;
            }
            case F64 -> {
                double[] stored = new double[values.length + offset];
                System.arraycopy(values, 0, stored, offset, values.length);
                yield stored;
            }
            case I32, BOOL -> {
                int[] stored = new int[values.length + offset];
                for (int i = 0; i < values.length; i++) {
                    stored[i + offset] = (int) values[i];
                }
                yield stored;
            }
        };
    }

    private static float[] floats(double[] values) {
        float[] result = new float[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (float) values[i];
        }
        return result;
    }
}
