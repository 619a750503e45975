package org.softmin.studies.bench;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.softmin.studies.bench.Row.Goal;
import org.softmin.studies.bench.Row.Unit;
import org.softmin.studies.bench.Workload.Chain;
import org.softmin.studies.bench.Workload.Convolution;
import org.softmin.studies.bench.Workload.Product;
import org.softmin.studies.bench.Workload.Rows;
import org.softmin.tensor.DType;

/** What is measured, and what is asked of Softmin. */
final class Suite {
    static final String OPENBLAS = "OpenBLAS";
    static final String PYTORCH = "PyTorch";
    static final String CEILING = "ceiling";
    static final String BY_HAND = "by hand";

    private static final Goal PRODUCT_PEER = Goal.atLeast(0.98, 1.05);

    private Suite() {}

    /** The lines of the table that are workloads, in its order. */
    static List<Entry> entries() {
        List<Entry> all = new ArrayList<>();
        for (int n : new int[] {96, 128, 192, 256, 384, 512, 1024, 2048}) {
            all.add(product(Product.of(n, n, n), n == 96 ? 0.85 : 0.95));
        }
        for (int[] s : new int[][] {{128, 784, 64}, {64, 128, 784}, {256, 784, 256}, {512, 784, 1024}}) {
            all.add(product(Product.of(s[0], s[1], s[2]), 0.95));
        }
        for (int[] s : new int[][] {{127, 785, 65}, {1000, 3, 1000}, {7, 1000, 7}}) {
            all.add(product(Product.of(s[0], s[1], s[2]), 0.85));
        }
        all.add(product(Product.of(512, 512, 512).as(DType.F64), 0.95));
        all.add(chain(1_000, BY_HAND, Goal.atLeast(0.95, 1)));
        all.add(chain(100_000, BY_HAND, Goal.atLeast(0.95, 1)));
        all.add(chain(16_000_000, Memory.COPY, Goal.atLeast(0.85, 0.95)));
        all.add(new Entry(new Rows(true, 1000, 300), Unit.GIGABYTES, "", null, null, false, false));
        all.add(new Entry(new Rows(false, 1000, 300), Unit.GIGABYTES, "", null, null, false, false));
        for (int[] c : new int[][] {{32, 32, 28, 1}, {64, 64, 28, 1}, {128, 128, 14, 1}, {64, 128, 28, 2}}) {
            all.add(convolution(new Convolution(64, c[0], c[1], c[2], c[3], false), Goal.atLeast(0.95, 1.2)));
            all.add(convolution(new Convolution(64, c[0], c[1], c[2], c[3], true), Goal.atLeast(1.1, 1.4)));
        }
        all.add(step(new Step.DecoderFree(128, 64), Goal.atMost(1.35, 1.15), Goal.atLeast(2.8, 3.5)));
        all.add(step(new Step.DecoderFree(256, 256), Goal.atMost(1.25, 1.1), Goal.atLeast(1.35, 1.6)));
        all.add(step(new Step.DecoderFree(512, 1024), Goal.atMost(1.05, 0.92), Goal.atLeast(1.4, 1.65)));
        all.add(step(new Step.DecoderFree(DType.F64, 128, 64), null, null));
        all.add(step(new Step.Standard(128, 64), null, null));
        all.add(step(Step.Mlp.autoencoder(128), Goal.atMost(1.25, 1.1), Goal.atLeast(1.3, 1.6)));
        all.add(step(new Step.ConvolutionalAutoencoder(64), null, Goal.atLeast(1.2, 1.6)));
        all.add(step(new Step.Transformer(16, 64, 128, 4, 512), null, Goal.atLeast(1.3, 2)));
        return all;
    }

    private static Entry product(Product product, double must) {
        boolean spread = Math.min(product.rows(), product.columns()) >= 512 && product.inner() >= 512;
        boolean large = product.work() > 1e9;
        return new Entry(product, Unit.GFLOPS, OPENBLAS, Goal.atLeast(must, 1), PRODUCT_PEER, large, spread);
    }

    private static Entry convolution(Convolution convolution, Goal peer) {
        return new Entry(convolution, Unit.GFLOPS, CEILING, null, peer, true, true);
    }

    private static Entry chain(int elements, String reference, Goal goal) {
        return new Entry(new Chain(true, elements), Unit.GIGABYTES, reference, goal, null, elements > 1_000_000, false);
    }

    private static Entry step(Step step, @Nullable Goal floor, @Nullable Goal peer) {
        double work = step.floor().stream().mapToDouble(Product::work).sum();
        return new Entry(step, Unit.MILLISECONDS, OPENBLAS, floor, peer, work > 1e9, work > 1e8);
    }

    /** The same elementwise loop at sizes from the first cache to far beyond the last, few per decade. */
    static List<Chain> cliff(boolean sigmoid) {
        List<Chain> sizes = new ArrayList<>();
        for (int n :
                new int[] {10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000
                }) {
            sizes.add(new Chain(sigmoid, n));
        }
        return sizes;
    }

    /** The same step on ever larger batches. */
    static List<Step> batches(boolean mlp) {
        List<Step> steps = new ArrayList<>();
        for (int batch : new int[] {64, 128, 256, 512}) {
            steps.add(mlp ? Step.Mlp.autoencoder(batch) : new Step.DecoderFree(batch, 64));
        }
        return steps;
    }
}
