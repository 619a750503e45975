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
import org.softmin.tensor.Backend.Options;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** Log-sum-exp, softmax and its logarithm: against the definition in higher precision, at infinities, all loops alike. */
class RowCompositesTest {
    private static final Options ONE = Options.DEFAULT.withThreads(1);
    private static final List<CpuBackend> TWINS = List.of(
            new CpuBackend(ONE.withEager(true)),
            new CpuBackend(ONE),
            new CpuBackend(Options.DEFAULT.withThreads(3).withEager(true)),
            new CpuBackend(ONE.withSimd(false)));
    private static final float INF = Float.POSITIVE_INFINITY;

    /** The three of them over the rows of {@code x}. */
    private static List<HostArray> run(CpuBackend backend, HostArray x) {
        Tensor input = Tensor.input("x", x.dtype(), x.shape());
        Program program =
                Program.of(List.of(input), List.of(input.logSumExp(1), input.softmax(1), input.logSoftmax(1)));
        List<HostArray> results = program.outputs().stream()
                .map(output -> HostArray.zeros(output.dtype(), output.shape()))
                .toList();
        try (var executable = backend.compile(program)) {
            executable.run(List.of(x), results);
        }
        return results;
    }

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
        List<HostArray> single = run(TWINS.getFirst(), HostArray.of(Shape.of(outer, n), a));
        List<HostArray> twice = run(TWINS.getFirst(), HostArray.of(Shape.of(outer, n), d));
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
            assertEquals(max32 + log32, single.get(0).get(o), bound32 + Math.ulp((float) (max32 + log32)));
            assertEquals(max64 + log64, twice.get(0).get(o), bound64 + Math.ulp(max64 + log64));
            for (int i = o * n; i < (o + 1) * n; i++) {
                double p32 = StrictMath.exp(a[i] - max32) / total32.doubleValue();
                double p64 = StrictMath.exp(d[i] - max64) / total64.doubleValue();
                // x - max is rounded to half an ulp, which is a relative error of exp(x - max)
                assertEquals(p32, single.get(1).get(i), (bound32 + (max32 - a[i]) * 0x1p-24) * p32 + Float.MIN_VALUE);
                assertEquals(p64, twice.get(1).get(i), (bound64 + (max64 - d[i]) * 0x1p-53) * p64);
                double l32 = a[i] - max32 - log32;
                double l64 = d[i] - max64 - log64;
                assertEquals(l32, single.get(2).get(i), bound32 + 2 * Math.ulp((float) l32));
                assertEquals(l64, twice.get(2).get(i), bound64 + 2 * Math.ulp(l64));
            }
        }
    }

    @Test
    void twinsAgree() {
        for (int n : new int[] {1, 7, 16, 23, 65, 500, 9001}) {
            SplittableRandom random = new SplittableRandom(n);
            int outer = n > 1000 ? 2 : 40;
            float[] a = new float[outer * n];
            double[] d = new double[outer * n];
            for (int i = 0; i < a.length; i++) {
                d[i] = random.nextInt(40) == 0 ? Double.NEGATIVE_INFINITY : random.nextGaussian() * 30;
                a[i] = (float) d[i];
            }
            for (HostArray x : List.of(HostArray.of(Shape.of(outer, n), a), HostArray.of(Shape.of(outer, n), d))) {
                List<HostArray> first = run(TWINS.getFirst(), x);
                for (CpuBackend twin : TWINS) {
                    List<HostArray> other = run(twin, x);
                    for (int k = 0; k < first.size(); k++) {
                        assertArrayEquals(
                                first.get(k).toDoubles(), other.get(k).toDoubles(), "length " + n + ", result " + k);
                    }
                }
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

    /** The row as it is, and with 40 elements of −∞ in front, which fill vectors and change nothing. */
    private static void check(float[] row, float logSumExp, float[] softmax, float[] logSoftmax) {
        for (CpuBackend backend : TWINS) {
            for (int empty : new int[] {0, 40}) {
                float[] longer = new float[empty + row.length];
                Arrays.fill(longer, -INF);
                System.arraycopy(row, 0, longer, empty, row.length);
                double[] wide = new double[longer.length];
                for (int i = 0; i < wide.length; i++) {
                    wide[i] = longer[i];
                }
                Shape shape = Shape.of(1, longer.length);
                for (HostArray x : List.of(HostArray.of(shape, longer), HostArray.of(shape, wide))) {
                    List<HostArray> results = run(backend, x);
                    assertEquals(logSumExp, (float) results.get(0).get(0));
                    for (int i = 0; i < row.length; i++) {
                        assertEquals(softmax[i], (float) results.get(1).get(empty + i));
                        assertEquals(logSoftmax[i], (float) results.get(2).get(empty + i), 1e-7f);
                    }
                    if (empty > 0) {
                        assertEquals(Float.isNaN(logSumExp) ? Float.NaN : 0, (float)
                                results.get(1).get(17));
                    }
                }
            }
        }
    }
}
