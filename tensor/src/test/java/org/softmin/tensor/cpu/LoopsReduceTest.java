package org.softmin.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;

/** Reductions: the right value, and the same bits for both twins and however the work is split. */
class LoopsReduceTest {
    private static final Kernels VECTOR = Kernels.vector();
    private static final Kernels SCALAR = Kernels.scalar();
    private static final int[] LENGTHS = {
        0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 300, 8191, 8192, 8193, 20011
    };
    private static final int[][] BLOCKS = {
        {0, 2},
        {0, 100},
        {1, 2},
        {1, 65},
        {2, 16},
        {5, 3},
        {7, 8},
        {127, 15},
        {128, 17},
        {129, 64},
        {129, 67},
        {300, 31},
        {300, 128},
        {1000, 5},
        {259, 100}
    };

    private static float[] floats(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) (random.nextGaussian() * Math.exp(random.nextGaussian() * 3));
        }
        return values;
    }

    private static double[] doubles(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextGaussian() * Math.exp(random.nextGaussian() * 3);
        }
        return values;
    }

    /** The error of a sum is that of its longest chain of additions, which is one chunk however long the row. */
    @Test
    void sumsOfRowsAreAccurate() {
        float[] equal = new float[1 << 24];
        Arrays.fill(equal, 1.1f);
        float[] sum = new float[1];
        VECTOR.f32().reduce(Fold.SUM, equal, 0, 1, equal.length, 1, sum, 0);
        double exact = (double) 1.1f * equal.length;
        assertEquals(exact, sum[0], (FloatLoops.CHUNK / 64 + 8) * 0x1p-24 * exact);

        for (int n : LENGTHS) {
            float[] a = floats(n + 1, n);
            double[] d = doubles(n + 1, n);
            BigDecimal exact32 = BigDecimal.ZERO;
            BigDecimal exact64 = BigDecimal.ZERO;
            double size32 = 0;
            double size64 = 0;
            for (int i = 1; i <= n; i++) {
                exact32 = exact32.add(new BigDecimal(a[i]));
                exact64 = exact64.add(new BigDecimal(d[i]));
                size32 += Math.abs(a[i]);
                size64 += Math.abs(d[i]);
            }
            int chunk = Math.min(n, FloatLoops.CHUNK);
            float[] out32 = new float[1];
            double[] out64 = new double[1];
            VECTOR.f32().reduce(Fold.SUM, a, 1, 1, n, 1, out32, 0);
            VECTOR.f64().reduce(Fold.SUM, d, 1, 1, n, 1, out64, 0);
            assertEquals(exact32.doubleValue(), out32[0], (chunk / 64 + 8) * 0x1p-24 * size32, "length " + n);
            assertEquals(exact64.doubleValue(), out64[0], (chunk / 32 + 9) * 0x1p-53 * size64, "length " + n);
        }
    }

    @Test
    void sumsOfColumnsAreAccurate() {
        for (int[] block : BLOCKS) {
            int n = block[0];
            int inner = block[1];
            double[] d = doubles(n * inner, n);
            double[] out = new double[inner];
            VECTOR.f64().reduce(Fold.SUM, d, 0, 1, n, inner, out, 0);
            for (int j = 0; j < inner; j++) {
                BigDecimal exact = BigDecimal.ZERO;
                double size = 0;
                for (int k = 0; k < n; k++) {
                    exact = exact.add(new BigDecimal(d[k * inner + j]));
                    size += Math.abs(d[k * inner + j]);
                }
                int chain = Math.min(n, FloatLoops.CHUNK_ROWS) + Math.ceilDiv(n, FloatLoops.CHUNK_ROWS);
                assertEquals(exact.doubleValue(), out[j], chain * 0x1p-53 * size, Arrays.toString(block));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void twinsAgree(Fold f) {
        for (int n : LENGTHS) {
            int outer = n > 1000 ? 1 : 3;
            // no room behind the last element
            float[] a = floats(outer * n + 2, n);
            double[] d = doubles(outer * n + 2, n);
            compare(f, a, d, 2, outer, n, 1);
        }
        for (int[] block : BLOCKS) {
            float[] a = floats(2 * block[0] * block[1] + 1, 7);
            double[] d = doubles(2 * block[0] * block[1] + 1, 7);
            compare(f, a, d, 1, 2, block[0], block[1]);
        }
    }

    private static void compare(Fold f, float[] a, double[] d, int offset, int outer, int n, int inner) {
        String where = outer + " x " + n + " x " + inner;
        float[][] out32 = {new float[outer * inner + 1], new float[outer * inner + 1]};
        double[][] out64 = {new double[outer * inner + 1], new double[outer * inner + 1]};
        VECTOR.f32().reduce(f, a, offset, outer, n, inner, out32[0], 1);
        SCALAR.f32().reduce(f, a, offset, outer, n, inner, out32[1], 1);
        VECTOR.f64().reduce(f, d, offset, outer, n, inner, out64[0], 1);
        SCALAR.f64().reduce(f, d, offset, outer, n, inner, out64[1], 1);
        assertEquals(-1, Arrays.mismatch(out32[0], out32[1]), where);
        assertEquals(-1, Arrays.mismatch(out64[0], out64[1]), where);
        if (n == 0) {
            assertEquals((float) f.identity(DType.F32), out32[0][1]);
            assertEquals(f.identity(DType.F64), out64[0][1]);
        }
    }

    /** Chunk by chunk, in any grouping, as threads would do it. */
    @ParameterizedTest
    @EnumSource
    void splitEqualsWhole(Fold f) {
        int[][] blocks = {{0, 1}, {1, 1}, {8192, 1}, {50_001, 1}, {0, 3}, {128, 3}, {129, 40}, {1000, 17}, {40_000, 5}};
        for (int[] block : blocks) {
            int n = block[0];
            int inner = block[1];
            float[] a = floats(n * inner + 3, n);
            double[] d = doubles(n * inner + 3, n);
            int[] ints = new SplittableRandom(n).ints(n * inner + 3).toArray();
            split(VECTOR.f32(), f, a, n, inner, new float[inner], new float[2000], new float[inner]);
            split(SCALAR.f32(), f, a, n, inner, new float[inner], new float[2000], new float[inner]);
            split(VECTOR.f64(), f, d, n, inner, new double[inner], new double[2000], new double[inner]);
            split(VECTOR.i32(), f, ints, n, inner, new int[inner], new int[2000], new int[inner]);
        }
    }

    private static <A> void split(Loops<A> loops, Fold f, A a, int n, int inner, A whole, A partials, A parts) {
        loops.reduce(f, a, 3, 1, n, inner, whole, 0);
        int chunks = loops.chunks(n, inner);
        int cut = chunks / 3;
        loops.reduceChunks(f, a, 3, n, inner, cut, chunks, partials, 9);
        loops.reduceChunks(f, a, 3, n, inner, 0, cut, partials, 9);
        loops.reducePartials(f, partials, 9, chunks, inner, parts, 0);
        assertArrayEquals(new Object[] {whole}, new Object[] {parts}, f + " of " + n + " x " + inner);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 15, 16, 17, 70, 200})
    void extremesKnowNaNAndTheSignOfZero(int n) {
        float[] values = {0f, -0f, -1f, 2f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0f};
        SplittableRandom random = new SplittableRandom(n);
        for (int trial = 0; trial < 300; trial++) {
            // few different values, so that rows of zeros only, or with one NaN, occur
            int kinds = 1 + random.nextInt(values.length);
            int first = random.nextInt(values.length);
            float[] a = new float[n];
            double[] d = new double[n];
            for (int i = 0; i < n; i++) {
                a[i] = values[(first + random.nextInt(kinds)) % values.length];
                d[i] = a[i];
            }
            for (Fold f : List.of(Fold.MAX, Fold.MIN)) {
                double expected = f.identity(DType.F64);
                for (double x : d) {
                    expected = f.apply(expected, x);
                }
                for (Kernels kernels : List.of(VECTOR, SCALAR)) {
                    float[] out32 = new float[1];
                    double[] out64 = new double[1];
                    kernels.f32().reduce(f, a, 0, 1, n, 1, out32, 0);
                    kernels.f64().reduce(f, d, 0, 1, n, 1, out64, 0);
                    assertEquals(expected, out32[0], f + " of " + Arrays.toString(a));
                    assertEquals(expected, out64[0], f + " of " + Arrays.toString(d));
                    // as the columns of a block of n rows that are all alike across
                    float[] wide32 = new float[n * 19];
                    double[] wide64 = new double[n * 19];
                    for (int i = 0; i < wide32.length; i++) {
                        wide32[i] = a[i / 19];
                        wide64[i] = d[i / 19];
                    }
                    float[] columns32 = new float[19];
                    double[] columns64 = new double[19];
                    kernels.f32().reduce(f, wide32, 0, 1, n, 19, columns32, 0);
                    kernels.f64().reduce(f, wide64, 0, 1, n, 19, columns64, 0);
                    for (int j = 0; j < 19; j++) {
                        assertEquals(expected, columns32[j], f + " of " + Arrays.toString(a));
                        assertEquals(expected, columns64[j], f + " of " + Arrays.toString(d));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 16, 17, 40, 203})
    void indicesOfExtremes(int n) {
        float[] values = {0f, -0f, -1f, 2f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1f};
        SplittableRandom random = new SplittableRandom(n);
        for (int inner : new int[] {1, 4}) {
            for (int trial = 0; trial < 200; trial++) {
                int kinds = 1 + random.nextInt(values.length);
                float[] a = new float[2 * n * inner];
                double[] d = new double[a.length];
                int[] ints = new int[a.length];
                for (int i = 0; i < a.length; i++) {
                    a[i] = values[random.nextInt(kinds)];
                    d[i] = a[i];
                    ints[i] = (int) a[i];
                }
                for (Fold f : List.of(Fold.MAX, Fold.MIN)) {
                    int[] expected = new int[2 * inner];
                    int[] expectedOfInts = new int[2 * inner];
                    for (int o = 0; o < expected.length; o++) {
                        int at = o / inner * n * inner + o % inner;
                        for (int k = 1; k < n; k++) {
                            expected[o] = better(f, a[at + k * inner], a[at + expected[o] * inner]) ? k : expected[o];
                            expectedOfInts[o] = better(f, ints[at + k * inner], ints[at + expectedOfInts[o] * inner])
                                    ? k
                                    : expectedOfInts[o];
                        }
                    }
                    for (Kernels kernels : List.of(VECTOR, SCALAR)) {
                        int[] out = new int[2 * inner];
                        kernels.f32().argReduce(f, a, 0, 2, n, inner, out, 0);
                        assertArrayEquals(expected, out, f + " of " + Arrays.toString(a));
                        kernels.f64().argReduce(f, d, 0, 2, n, inner, out, 0);
                        assertArrayEquals(expected, out, f + " of " + Arrays.toString(a));
                        kernels.i32().argReduce(f, ints, 0, 2, n, inner, out, 0);
                        assertArrayEquals(expectedOfInts, out, f + " of " + Arrays.toString(ints));
                    }
                }
            }
        }
    }

    private static boolean better(Fold f, float x, float best) {
        return !Float.isNaN(best) && (Float.isNaN(x) || (f == Fold.MAX ? x > best : x < best));
    }

    @Test
    void integersWrapAroundAndTruthsHaveTheirOwnIdentity() {
        int[] a = {Integer.MAX_VALUE, 1, 5, -3, 0, 1};
        int[] out = new int[3];
        VECTOR.i32().reduce(Fold.SUM, a, 0, 1, 2, 1, out, 0);
        assertEquals(Integer.MIN_VALUE, out[0]);
        VECTOR.i32().reduce(Fold.SUM, a, 0, 1, 2, 3, out, 0);
        assertArrayEquals(new int[] {Integer.MAX_VALUE - 3, 1, 6}, out);
        VECTOR.i32().reduce(Fold.MIN, a, 0, 1, 2, 3, out, 0);
        assertArrayEquals(new int[] {-3, 0, 1}, out);
        for (Fold f : Fold.values()) {
            VECTOR.i32().reduce(f, a, 0, 1, 0, 1, out, 0);
            VECTOR.bool().reduce(f, a, 0, 1, 0, 1, out, 1);
            assertEquals((int) f.identity(DType.I32), out[0]);
            assertEquals((int) f.identity(DType.BOOL), out[1]);
        }
        assertTrue(VECTOR.i32() != VECTOR.bool());
    }
}
