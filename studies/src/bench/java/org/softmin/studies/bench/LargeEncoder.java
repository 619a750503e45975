package org.softmin.studies.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.softmin.nn.Adam;
import org.softmin.nn.Linear;
import org.softmin.nn.TrainStep;
import org.softmin.studies.activations.Decorrelation;
import org.softmin.studies.activations.SparseEncoder.DecoderFree;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;

/**
 * Times training steps of a large decoder-free encoder beside the matrix products that they need, by OpenBLAS.
 *
 * <p>Arguments: units, width, rows, threads, estimator (0 for exact, or the number of probes), steps; by default 16384 768
 * 4096 2 16 5.
 */
public final class LargeEncoder {
    private LargeEncoder() {}

    /** Prints the median of each and their ratio. */
    public static void main(String[] arguments) {
        int[] given = Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
        int[] n = {16_384, 768, 4096, 2, 16, 5};
        System.arraycopy(given, 0, n, 0, given.length);
        int units = n[0];
        int width = n[1];
        int rows = n[2];
        int probes = n[4];
        int steps = n[5];
        Decorrelation estimator = probes == 0 ? new Decorrelation.Exact() : new Decorrelation.Probes(probes);
        RandomKey key = RandomKey.of(1);
        var free = new DecoderFree(Linear.of(width, units, key), new DecoderFree.Terms(1, 1, 1, estimator));
        HostArray x = key.derive("x").normal(DType.F32, Shape.of(rows, width)).array();
        Backend backend = Backend.named("cpu", Backend.Options.DEFAULT.withThreads(n[3]));
        var step = TrainStep.of(free, (model, batch) -> model.loss(batch.x(), batch.key("loss")))
                .optimizer(new Adam(1e-4));
        double ours;
        try (var trainer = step.start(backend)) {
            for (int i = 0; i < 3; i++) {
                trainer.step(x); // until the loops are compiled
            }
            ours = median(steps, () -> trainer.step(x));
            System.out.println(trainer.explain());
        }
        System.gc();
        openblas_nolapack.blas_set_num_threads(n[3]);
        double laidOut = 0;
        double plain = 0;
        for (Product product : products(rows, width, units, probes)) {
            laidOut += product.seconds(steps, product.transposeA, product.transposeB);
            plain += product.seconds(steps, false, false);
        }
        System.out.printf(
                Locale.ROOT,
                "K %d, width %d, batch %d, %s, %d threads: step %.3f s;"
                        + " OpenBLAS's products alone, of operands as they lie, %.3f s, ratio %.2f;"
                        + " if none were transposed, %.3f s, ratio %.2f%n",
                units,
                width,
                rows,
                estimator,
                n[3],
                ours,
                laidOut,
                ours / laidOut,
                plain,
                ours / plain);
    }

    /** The encoder's two, x·Wᵀ and its gradient, and those of the estimator and its gradient. */
    private static List<Product> products(int rows, int width, int units, int probes) {
        Product forward = new Product(rows, width, units, false, true);
        Product backward = new Product(units, rows, width, true, false);
        if (probes == 0) {
            Product gram = new Product(rows, units, rows, false, true);
            return List.of(forward, backward, gram, new Product(rows, rows, units, false, false));
        }
        Product along = new Product(rows, units, probes, false, false); // ZV, and ZP on the way back
        Product across = new Product(units, rows, probes, true, false); // ZᵀU
        Product outer = new Product(rows, probes, units, false, true); // UPᵀ and (ZP)Vᵀ
        return List.of(forward, backward, along, across, along, outer, outer);
    }

    /** (m × k) · (k × n), whose operands lie transposed in memory or not. */
    private record Product(int m, int k, int n, boolean transposeA, boolean transposeB) {
        double seconds(int count, boolean transposeA, boolean transposeB) {
            try (FloatPointer a = new FloatPointer((long) m * k);
                    FloatPointer b = new FloatPointer((long) k * n);
                    FloatPointer c = new FloatPointer((long) m * n)) {
                a.fill(0);
                b.fill(0);
                Runnable run = () -> openblas.cblas_sgemm(
                        openblas.CblasRowMajor,
                        transposeA ? openblas.CblasTrans : openblas.CblasNoTrans,
                        transposeB ? openblas.CblasTrans : openblas.CblasNoTrans,
                        m,
                        n,
                        k,
                        1f,
                        a,
                        transposeA ? m : k,
                        b,
                        transposeB ? k : n,
                        0f,
                        c,
                        n);
                run.run();
                return median(count, run);
            }
        }
    }

    private static double median(int count, Runnable run) {
        double[] seconds = new double[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            run.run();
            seconds[i] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(seconds);
        return seconds[count / 2];
    }
}
