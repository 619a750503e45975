package org.softmin.studies.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.data.LocalMnist;
import org.softmin.studies.data.Mnist;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

class PcaTest {
    private static final HostArray X =
            HostArray.of(DType.F32, Shape.of(5, 3), 2, 0, 1, 0, 1, 3, 4, 4, 0, 1, 2, 2, 3, 3, 5);

    @Test
    void agreesWithNumpy() {
        Pca pca = Pca.fit(X, 2);
        assertArrayEquals(new double[] {2, 2, 2.2}, pca.mean().toDoubles(), 1e-15);
        assertArrayEquals(
                new double[] {4.5930457151649655, 3.451760788453314},
                pca.variances().toDoubles(),
                1e-14);
        // Up to sign, and numpy prints the vectors that largest component decides: 0.645 and 0.822 are positive.
        assertArrayEquals(
                new double[] {
                    0.6449105105235882,
                    0.5392110574743597,
                    -0.5416104401814904,
                    0.27207548879157617,
                    0.5002644689313275,
                    0.8220160518649755
                },
                pca.components().toDoubles(),
                1e-14);
    }

    @Test
    void errorIsThatOfTheComponentsLeftOut() {
        double[] expected = {1.0951878092893423, 0.1747182657017921, 0};
        for (int k = 1; k <= 3; k++) {
            Pca pca = Pca.fit(X, k);
            HostArray coordinates = pca.transform(X);
            assertEquals(Shape.of(5, k), coordinates.shape());
            assertEquals(expected[k - 1], ReconstructionMetrics.mse(pca.reconstruct(coordinates), X), 1e-14);
        }
    }

    /** To what is left of rounding: fewer vectors are iterated for in another order. */
    @Test
    void theFirstOfSeveralAreThoseOfAFitOfFewer() {
        Pca one = Pca.fit(X, 3).first(1);
        Pca alone = Pca.fit(X, 1);
        assertArrayEquals(alone.components().toDoubles(), one.components().toDoubles(), 1e-12);
        assertArrayEquals(alone.variances().toDoubles(), one.variances().toDoubles(), 1e-12);
        assertArrayEquals(
                alone.reconstruct(alone.transform(X)).toDoubles(),
                one.reconstruct(one.transform(X)).toDoubles(),
                1e-12);
    }

    @Test
    void coordinatesAreUncorrelatedWithTheStatedVariances() {
        // More rows than a block, and a number of rows that no block divides; fewer samples than dimensions as well.
        for (int[] size : new int[][] {{101, 7}, {32, 7}, {33, 7}, {5, 12}}) {
            int k = Math.min(size[0] - 1, size[1]);
            HostArray x = HostArray.zeros(DType.F64, Shape.of(size[0], size[1]));
            Random random = new Random(1);
            for (int i = 0; i < x.size(); i++) {
                x.set(i, (1 + i % size[1]) * random.nextGaussian() + 3);
            }
            Pca pca = Pca.fit(x, k);
            HostArray z = pca.transform(x);
            for (int i = 0; i < k; i++) {
                for (int j = 0; j < k; j++) {
                    double sum = 0;
                    for (int r = 0; r < size[0]; r++) {
                        sum += z.get(r * k + i) * z.get(r * k + j);
                    }
                    assertEquals(i == j ? pca.variances().get(i) : 0, sum / (size[0] - 1), 1e-11);
                }
            }
            assertEquals(0, ReconstructionMetrics.mse(pca.reconstruct(z), x), 1e-20);
        }
    }

    /** The references that studies are held against, to the digits in which they are quoted. */
    @Test
    void referencesOnMnist() throws IOException {
        DataSet mnist = Mnist.load(LocalMnist.folder("mnist"), "a test");
        HostArray train = mnist.trainImages();
        HostArray test = mnist.testImages();
        assertEquals(0.0675, ReconstructionMetrics.meanImageMse(train, test), 5e-5);
        assertEquals(0.1140, ReconstructionMetrics.zeroImageMse(test), 5e-5);
        assertEquals(0.0776, ReconstructionMetrics.normalizedMse(ReconstructionMetrics.meanImage(train), test), 5e-5);
        Pca pca = Pca.fit(train, 64);
        assertEquals(0.0090, ReconstructionMetrics.mse(pca.reconstruct(pca.transform(test)), test), 5e-5);
    }

    @Test
    void arguments() {
        assertThrows(IllegalArgumentException.class, () -> Pca.fit(X, 0));
        assertThrows(IllegalArgumentException.class, () -> Pca.fit(X, 4));
        assertThrows(IllegalArgumentException.class, () -> Pca.fit(X.rows(0, 1), 1));
        HostArray nan = HostArray.of(DType.F32, Shape.of(2, 1), 0, Double.NaN);
        assertThrows(IllegalArgumentException.class, () -> Pca.fit(nan, 1));
        Pca pca = Pca.fit(X, 2);
        assertThrows(IllegalArgumentException.class, () -> pca.transform(HostArray.zeros(DType.F32, Shape.of(2, 4))));
        assertThrows(IllegalArgumentException.class, () -> pca.reconstruct(X));
    }
}
