package org.softmin.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row kernels: against the definition in higher precision, at infinities, in place, and twin against twin. */
class RowLoopsTest {
    private static final List<Kernels> TWINS = List.of(Kernels.vector(), Kernels.scalar());
    private static final float INF = Float.POSITIVE_INFINITY;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 9, 15, 16, 17, 31, 32, 33, 64, 100, 255, 1000, 8192, 8200, 20_000})
    void rowsFollowTheDefinition(int n) {
        SplittableRandom random = new SplittableRandom(n);
        int outer = n > 1000 ? 1 : 3;
        float[] a = new float[outer * n];
        double[] d = new double[outer * n];
        for (int i = 0; i < a.length; i++) {
            d[i] = random.nextGaussian() * 5 + (i < n ? 0 : 1e4);
            a[i] = (float) d[i];
        }
        for (int o = 0; o < outer; o++) {
            double max32 = Double.NEGATIVE_INFINITY;
            double max64 = Double.NEGATIVE_INFINITY;
            for (int i = o * n; i < (o + 1) * n; i++) {
                max32 = Math.max(max32, a[i]);
                max64 = Math.max(max64, d[i]);
            }
            BigDecimal total32 = BigDecimal.ZERO;
            BigDecimal total64 = BigDecimal.ZERO;
            for (int i = o * n; i < (o + 1) * n; i++) {
                total32 = total32.add(new BigDecimal(StrictMath.exp(a[i] - max32)));
                total64 = total64.add(new BigDecimal(StrictMath.exp(d[i] - max64)));
            }
            double log32 = StrictMath.log(total32.doubleValue());
            double log64 = StrictMath.log(total64.doubleValue());
            // relative error of a sum of positive numbers: its longest chain of additions, and the 2 ulp of exp
            int chain = Math.min(n, FloatLoops.CHUNK);
            double bound32 = (chain / 16 + 12) * 0x1p-24;
            double bound64 = (chain / 8 + 12) * 0x1p-53;
            for (Kernels kernels : TWINS) {
                float[] lse32 = new float[outer];
                float[] soft32 = new float[outer * n];
                float[] log = new float[outer * n];
                kernels.f32().logSumExp(a, 0, outer, n, lse32, 0);
                kernels.f32().softmax(a, 0, outer, n, soft32, 0);
                kernels.f32().logSoftmax(a, 0, outer, n, log, 0);
                assertEquals(max32 + log32, lse32[o], bound32 + Math.ulp(lse32[o]));
                double[] lse64 = new double[outer];
                double[] soft64 = new double[outer * n];
                double[] logs = new double[outer * n];
                kernels.f64().logSumExp(d, 0, outer, n, lse64, 0);
                kernels.f64().softmax(d, 0, outer, n, soft64, 0);
                kernels.f64().logSoftmax(d, 0, outer, n, logs, 0);
                assertEquals(max64 + log64, lse64[o], bound64 + Math.ulp(lse64[o]));
                for (int i = o * n; i < (o + 1) * n; i++) {
                    double p32 = StrictMath.exp(a[i] - max32) / total32.doubleValue();
                    double p64 = StrictMath.exp(d[i] - max64) / total64.doubleValue();
                    // x - max is rounded to half an ulp, which is a relative error of exp(x - max)
                    assertEquals(p32, soft32[i], (bound32 + (max32 - a[i]) * 0x1p-24) * p32 + Float.MIN_VALUE);
                    assertEquals(p64, soft64[i], (bound64 + (max64 - d[i]) * 0x1p-53) * p64);
                    assertEquals(a[i] - max32 - log32, log[i], bound32 + 2 * Math.ulp(log[i]));
                    assertEquals(d[i] - max64 - log64, logs[i], bound64 + 2 * Math.ulp(logs[i]));
                }
            }
        }
    }

    @Test
    void twinsAgreeAndWorkInPlace() {
        for (int n : new int[] {0, 1, 7, 16, 23, 65, 500, 9001}) {
            SplittableRandom random = new SplittableRandom(n);
            int outer = n > 1000 ? 1 : 4;
            float[] a = new float[outer * n + 1];
            double[] d = new double[outer * n + 1];
            for (int i = 0; i < a.length; i++) {
                d[i] = random.nextInt(40) == 0 ? Double.NEGATIVE_INFINITY : random.nextGaussian() * 30;
                a[i] = (float) d[i];
            }
            float[][] sums32 = new float[2][outer];
            double[][] sums64 = new double[2][outer];
            float[][][] rows32 = new float[2][2][];
            double[][][] rows64 = new double[2][2][];
            for (int k = 0; k < 2; k++) {
                Kernels kernels = TWINS.get(k);
                kernels.f32().logSumExp(a, 1, outer, n, sums32[k], 0);
                kernels.f64().logSumExp(d, 1, outer, n, sums64[k], 0);
                rows32[k] = new float[][] {a.clone(), a.clone()};
                rows64[k] = new double[][] {d.clone(), d.clone()};
                kernels.f32().softmax(rows32[k][0], 1, outer, n, rows32[k][0], 1);
                kernels.f32().logSoftmax(rows32[k][1], 1, outer, n, rows32[k][1], 1);
                kernels.f64().softmax(rows64[k][0], 1, outer, n, rows64[k][0], 1);
                kernels.f64().logSoftmax(rows64[k][1], 1, outer, n, rows64[k][1], 1);
                float[] apart = a.clone();
                kernels.f32().softmax(a, 1, outer, n, apart, 1);
                assertArrayEquals(rows32[k][0], apart);
            }
            assertEquals(-1, Arrays.mismatch(sums32[0], sums32[1]), "length " + n);
            assertEquals(-1, Arrays.mismatch(sums64[0], sums64[1]), "length " + n);
            for (int k = 0; k < 2; k++) {
                assertEquals(-1, Arrays.mismatch(rows32[0][k], rows32[1][k]), "length " + n);
                assertEquals(-1, Arrays.mismatch(rows64[0][k], rows64[1][k]), "length " + n);
            }
        }
    }

    @Test
    void infiniteRowsFollowTheConventions() {
        check(row(-INF, -INF, -INF), -INF, row(0, 0, 0), row(-INF, -INF, -INF));
        check(row(1, INF, -INF, INF), INF, row(0, 0.5f, 0, 0.5f), row(-INF, (float) Math.log(0.5), -INF, (float)
                Math.log(0.5)));
        check(
                row(1, Float.NaN, INF),
                Float.NaN,
                row(Float.NaN, Float.NaN, Float.NaN),
                row(Float.NaN, Float.NaN, Float.NaN));
        check(row(-INF, 3), 3, row(0, 1), row(-INF, 0));
        check(row(1e30f, -1e30f), 1e30f, row(1, 0), row(0, -2e30f));
        check(row(-Float.MAX_VALUE, Float.MAX_VALUE), Float.MAX_VALUE, row(0, 1), row(-INF, 0));
        check(row(1e4f, 1e4f), (float) (1e4 + Math.log(2)), row(0.5f, 0.5f), row((float) -Math.log(2), (float)
                -Math.log(2)));
    }

    private static float[] row(float... values) {
        return values;
    }

    /** The row as it is, and with the same element in front so that a vector is filled, in single precision. */
    private static void check(float[] row, float logSumExp, float[] softmax, float[] logSoftmax) {
        for (Kernels kernels : TWINS) {
            float[] out = new float[row.length];
            kernels.f32().logSumExp(row, 0, 1, row.length, out, 0);
            assertEquals(logSumExp, out[0]);
            kernels.f32().softmax(row, 0, 1, row.length, out, 0);
            assertArrayEquals(softmax, out);
            kernels.f32().logSoftmax(row, 0, 1, row.length, out, 0);
            assertArrayEquals(logSoftmax, out, 1e-7f);
            // 40 elements of −∞ in front change nothing
            float[] longer = new float[40 + row.length];
            Arrays.fill(longer, -INF);
            System.arraycopy(row, 0, longer, 40, row.length);
            out = new float[longer.length];
            kernels.f32().softmax(longer, 0, 1, longer.length, out, 0);
            assertArrayEquals(softmax, Arrays.copyOfRange(out, 40, out.length));
            assertEquals(Float.isNaN(logSumExp) ? Float.NaN : 0, out[17]);
            kernels.f32().logSumExp(longer, 0, 1, longer.length, out, 0);
            assertEquals(logSumExp, out[0]);

            double[] d = new double[row.length];
            for (int i = 0; i < d.length; i++) {
                d[i] = row[i];
            }
            double[] result = new double[row.length];
            kernels.f64().softmax(d, 0, 1, d.length, result, 0);
            for (int i = 0; i < d.length; i++) {
                assertEquals(softmax[i], result[i]);
            }
            kernels.f64().logSumExp(d, 0, 1, d.length, result, 0);
            assertEquals(logSumExp, (float) result[0]);
        }
    }
}
