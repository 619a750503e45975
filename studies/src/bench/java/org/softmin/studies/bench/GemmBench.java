package org.softmin.studies.bench;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.softmin.tensor.cpu.Gemm;
import org.softmin.tensor.cpu.Lanes;
import org.softmin.tensor.cpu.Workers;

/**
 * Softmin's matrix product against OpenBLAS, one thread each, side by side in one process.
 *
 * <p>Each round times every contender once, so that a slow moment of the machine hits both; the table shows medians.
 * Arguments: names of rows to measure, all without.
 */
public final class GemmBench {
    private static final int WARM_UP = Integer.getInteger("warmup", 40);
    private static final int ROUNDS = Integer.getInteger("rounds", 101);
    private static final double ROUND_FLOP = 1e8;

    private static volatile float sink;

    private GemmBench() {}

    /** A product: its sizes, and which operands are stored transposed. */
    private record Shape(int m, int n, int k, boolean transposedA, boolean transposedB, boolean square) {
        @Override
        public String toString() {
            return (square ? "square " : "") + m + "x" + k + (transposedA ? "T" : "") + "." + k + "x" + n
                    + (transposedB ? "T" : "");
        }

        double flop() {
            return 2.0 * m * n * k;
        }
    }

    private static Shape rows(int m, int k, int n) {
        return new Shape(m, n, k, false, false, false);
    }

    /** x · Wᵀ with W as it is stored. */
    private static Shape transposedB(int m, int k, int n) {
        return new Shape(m, n, k, false, true, false);
    }

    /** gᵀ · x: the gradient of a weight. */
    private static Shape transposedA(int m, int k, int n) {
        return new Shape(m, n, k, true, false, false);
    }

    /** ZᵀZ of one matrix. */
    private static Shape square(int m, int k) {
        return new Shape(m, m, k, true, false, true);
    }

    private static final List<Shape> SHAPES = List.of(
            rows(128, 128, 128),
            rows(192, 192, 192),
            rows(256, 256, 256),
            rows(384, 384, 384),
            rows(512, 512, 512),
            rows(1000, 1000, 1000),
            rows(1024, 1024, 1024),
            rows(2048, 2048, 2048),
            // Small and odd.
            rows(32, 32, 32),
            rows(64, 64, 64),
            rows(96, 96, 96),
            rows(100, 100, 100),
            rows(127, 785, 65),
            rows(1000, 3, 1000),
            rows(7, 1000, 7),
            rows(128, 784, 64),
            rows(64, 128, 784),
            rows(256, 784, 256),
            rows(512, 784, 1024),
            // Forward, backward.
            transposedB(128, 784, 64),
            transposedB(256, 784, 256),
            transposedB(512, 784, 1024),
            rows(128, 64, 784),
            transposedA(64, 128, 784),
            transposedA(256, 256, 784),
            transposedA(1024, 512, 784),
            transposedA(784, 128, 64),
            rows(128, 64, 64),
            rows(256, 256, 256),
            rows(512, 1024, 1024),
            rows(128, 1024, 1024),
            transposedA(64, 128, 1024),
            // An autoencoder 784-256-64-256-784, its forward products, and backward two for each.
            transposedB(128, 784, 256),
            transposedB(128, 256, 64),
            transposedB(128, 64, 256),
            transposedB(128, 256, 784),
            rows(128, 784, 256),
            rows(128, 256, 64),
            rows(128, 64, 256),
            transposedA(784, 128, 256),
            transposedA(256, 128, 64),
            transposedA(64, 128, 256),
            transposedA(256, 128, 784),
            transposedB(128, 64, 10),
            rows(128, 64, 10),
            rows(128, 10, 64),
            transposedA(10, 128, 64),
            // Attention.
            transposedB(64, 32, 64),
            rows(64, 64, 32),
            transposedA(64, 64, 32),
            rows(1024, 128, 512),
            transposedB(1024, 128, 512),
            // ZᵀZ, of one matrix and as if of two.
            square(64, 128),
            square(256, 256),
            square(1024, 512),
            transposedA(64, 128, 64),
            transposedA(256, 256, 256),
            transposedA(1024, 512, 1024),
            transposedA(100, 100, 100),
            transposedA(512, 512, 512),
            transposedB(512, 512, 512),
            new Shape(1024, 1024, 1024, true, true, false),
            // Vectors, and nearly so.
            rows(1, 784, 784),
            transposedB(1, 784, 784),
            rows(1000, 1000, 1),
            transposedA(1000, 1000, 1),
            rows(1000, 1000, 2),
            rows(1000, 1, 1000),
            rows(8, 64, 784),
            // Narrow.
            rows(3, 1000, 7),
            rows(7, 1000, 8),
            rows(8, 1000, 8),
            rows(8, 1000, 7),
            rows(16, 1000, 7),
            rows(100, 1000, 7),
            rows(7, 100, 4),
            rows(7, 100, 8),
            rows(8, 100, 12),
            rows(12, 1000, 12),
            rows(100, 100, 3),
            rows(100, 100, 6),
            rows(100, 100, 8),
            rows(100, 100, 12),
            rows(100, 100, 15),
            transposedB(100, 100, 8),
            transposedB(7, 100, 7),
            transposedA(7, 100, 7));

    private static final class Contest {
        final Shape shape;
        final int repeats;
        final float[] a;
        final float[] b;
        final float[] c;
        final FloatPointer nativeA;
        final FloatPointer nativeB;
        final FloatPointer nativeC;
        final double[] ours = new double[ROUNDS];
        final double[] theirs = new double[ROUNDS];

        Contest(Shape shape) {
            this.shape = shape;
            repeats = (int) Math.clamp(ROUND_FLOP / shape.flop(), 1, 5_000);
            Random random = new Random(7);
            a = gaussian(random, shape.m * shape.k);
            b = shape.square ? a : gaussian(random, shape.k * shape.n);
            c = new float[shape.m * shape.n];
            nativeA = new FloatPointer(a);
            nativeB = new FloatPointer(b);
            nativeC = new FloatPointer(c);
        }

        double ours(Gemm gemm) {
            int m = shape.m;
            int n = shape.n;
            int k = shape.k;
            int aRow = shape.transposedA ? 1 : k;
            int aCol = shape.transposedA ? m : 1;
            int bRow = shape.transposedB ? 1 : n;
            int bCol = shape.transposedB ? k : 1;
            long start = cpuTime();
            for (int i = 0; i < repeats; i++) {
                gemm.multiply(m, n, k, a, 0, aRow, aCol, b, 0, bRow, bCol, c, 0, n);
            }
            return repeats * shape.flop() / (cpuTime() - start);
        }

        double theirs() {
            int m = shape.m;
            int n = shape.n;
            int k = shape.k;
            int transA = shape.transposedA ? openblas.CblasTrans : openblas.CblasNoTrans;
            int transB = shape.transposedB ? openblas.CblasTrans : openblas.CblasNoTrans;
            int lda = shape.transposedA ? m : k;
            int ldb = shape.transposedB ? k : n;
            long start = cpuTime();
            for (int i = 0; i < repeats; i++) {
                openblas.cblas_sgemm(
                        openblas.CblasRowMajor, transA, transB, m, n, k, 1, nativeA, lda, nativeB, ldb, 0, nativeC, n);
            }
            return repeats * shape.flop() / (cpuTime() - start);
        }

        double largestDifference() {
            double largest = 0;
            for (int i = 0; i < c.length; i++) {
                largest = Math.max(largest, Math.abs(c[i] - nativeC.get(i)));
            }
            return largest;
        }
    }

    /** Multiply-adds in registers alone: what one core can do at best. */
    private static double ceiling() {
        int steps = 1_000_000;
        long start = cpuTime();
        sink = registersOnly(steps);
        return 2.0 * 12 * Lanes.F32.length() * steps / (cpuTime() - start);
    }

    private static float registersOnly(int steps) {
        FloatVector x = FloatVector.broadcast(Lanes.F32, 0.5f);
        FloatVector y = FloatVector.broadcast(Lanes.F32, 0.7f);
        FloatVector s0 = x;
        FloatVector s1 = x.mul(1);
        FloatVector s2 = x.mul(2);
        FloatVector s3 = x.mul(3);
        FloatVector s4 = x.mul(4);
        FloatVector s5 = x.mul(5);
        FloatVector s6 = x.mul(6);
        FloatVector s7 = x.mul(7);
        FloatVector s8 = x.mul(8);
        FloatVector s9 = x.mul(9);
        FloatVector s10 = x.mul(10);
        FloatVector s11 = x.mul(11);
        for (int i = 0; i < steps; i++) {
            s0 = x.fma(y, s0);
            s1 = x.fma(y, s1);
            s2 = x.fma(y, s2);
            s3 = x.fma(y, s3);
            s4 = x.fma(y, s4);
            s5 = x.fma(y, s5);
            s6 = x.fma(y, s6);
            s7 = x.fma(y, s7);
            s8 = x.fma(y, s8);
            s9 = x.fma(y, s9);
            s10 = x.fma(y, s10);
            s11 = x.fma(y, s11);
        }
        FloatVector sum = s0.add(s1)
                .add(s2)
                .add(s3)
                .add(s4)
                .add(s5)
                .add(s6)
                .add(s7)
                .add(s8)
                .add(s9)
                .add(s10)
                .add(s11);
        return sum.reduceLanes(VectorOperators.ADD);
    }

    /** Prints one row per shape: GFLOP/s of both and their ratio. */
    public static void main(String[] arguments) {
        openblas_nolapack.blas_set_num_threads(1);
        System.out.println(
                "OpenBLAS: " + openblas_nolapack.blas_get_num_threads() + " thread, kernels for " + coreName());
        List<String> wanted = Arrays.asList(arguments);
        List<Contest> contests = new ArrayList<>();
        for (Shape shape : SHAPES) {
            if (wanted.isEmpty() || wanted.contains(shape.toString())) {
                contests.add(new Contest(shape));
            }
        }
        double[] ceilings = new double[ROUNDS];
        try (Workers one = new Workers(1)) {
            Gemm gemm = new Gemm(one);
            for (int round = -WARM_UP; round < ROUNDS; round++) {
                double ceiling = ceiling();
                if (round >= 0) {
                    ceilings[round] = ceiling;
                }
                for (Contest contest : contests) {
                    double ours = contest.ours(gemm);
                    double theirs = contest.theirs();
                    if (round >= 0) {
                        contest.ours[round] = ours;
                        contest.theirs[round] = theirs;
                    }
                }
            }
        }
        System.out.printf(Locale.ROOT, "ceiling of one core: %.1f GFLOP/s%n", median(ceilings));
        System.out.printf(
                Locale.ROOT, "%-24s %9s %9s %7s  %s%n", "shape", "Softmin", "OpenBLAS", "ratio", "difference");
        for (Contest contest : contests) {
            double ours = median(contest.ours);
            double theirs = median(contest.theirs);
            System.out.printf(
                    Locale.ROOT,
                    "%-24s %9.1f %9.1f %6.0f%%  %.1e%n",
                    contest.shape,
                    ours,
                    theirs,
                    100 * ours / theirs,
                    contest.largestDifference());
        }
    }

    /** What this thread has used: time that the machine gave to others does not count. */
    private static long cpuTime() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static String coreName() {
        MethodHandle name = Linker.nativeLinker()
                .downcallHandle(
                        SymbolLookup.loaderLookup()
                                .find("openblas_get_corename")
                                .orElseThrow(),
                        FunctionDescriptor.of(ValueLayout.ADDRESS));
        try {
            return ((MemorySegment) name.invokeExact())
                    .reinterpret(Long.MAX_VALUE)
                    .getString(0);
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    private static float[] gaussian(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
