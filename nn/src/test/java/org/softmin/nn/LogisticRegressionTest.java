package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;

class LogisticRegressionTest {
    private static final int ROWS = 60;
    private static final int WIDTH = 4;
    private static final int CLASSES = 3;
    private static final HostArray LABELS = HostArray.zeros(DType.I32, Shape.of(ROWS));
    /** Overlapping clusters with odd means and scales; column 2 is constant. */
    private static final HostArray FEATURES = features();

    private static HostArray features() {
        double[] noise = Run.values(RandomKey.of(6).normal(DType.F64, Shape.of(ROWS, WIDTH)));
        HostArray x = HostArray.zeros(DType.F64, Shape.of(ROWS, WIDTH));
        for (int i = 0; i < ROWS; i++) {
            LABELS.set(i, i % CLASSES);
            for (int j = 0; j < WIDTH; j++) {
                double value = 100 * j + Math.pow(10, j - 1) * (noise[i * WIDTH + j] + (i % CLASSES == j ? 1.5 : 0));
                x.set(i * WIDTH + j, j == 2 ? 0.1 : value);
            }
        }
        return x;
    }

    private static LogisticRegression fit(double c) {
        return LogisticRegression.fit(FEATURES, LABELS, CLASSES, c, new Lbfgs(10, 1000, 1e-6), Run.REFERENCE);
    }

    /** The problem is convex, so vanishing derivatives of C·Σ loss + ½‖W‖² make it the one optimum. */
    @Test
    void theGradientVanishesInStandardisedCoordinates() {
        for (double c : new double[] {1, 0.05}) {
            LogisticRegression probe = fit(c);
            double[] w = Run.values(probe.linear().weight());
            double[] b = Run.values(probe.linear().bias());
            double[] gradientB = new double[CLASSES];
            double[][] gradientW = new double[CLASSES][WIDTH];
            for (int i = 0; i < ROWS; i++) {
                double[] z = new double[CLASSES];
                double sum = 0;
                for (int k = 0; k < CLASSES; k++) {
                    z[k] = b[k];
                    for (int j = 0; j < WIDTH; j++) {
                        z[k] += w[k * WIDTH + j] * FEATURES.get(i * WIDTH + j);
                    }
                    sum += Math.exp(z[k]);
                }
                for (int k = 0; k < CLASSES; k++) {
                    double residual = Math.exp(z[k]) / sum - (LABELS.get(i) == k ? 1 : 0);
                    gradientB[k] += c * residual;
                    for (int j = 0; j < WIDTH; j++) {
                        gradientW[k][j] += c * residual * (FEATURES.get(i * WIDTH + j) - mean(j)) / deviation(j);
                    }
                }
            }
            double tolerance = 1e-6 * ROWS * c + 1e-5; // of the solver, and of single precision
            assertArrayEquals(new double[CLASSES], gradientB, tolerance);
            for (int k = 0; k < CLASSES; k++) {
                for (int j = 0; j < WIDTH; j++) {
                    double penalty = j == 2 ? 0 : w[k * WIDTH + j] * deviation(j);
                    assertEquals(0, gradientW[k][j] + penalty, tolerance, k + ", " + j);
                }
            }
        }
    }

    private static double mean(int j) {
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            sum += FEATURES.get(i * WIDTH + j);
        }
        return sum / ROWS;
    }

    private static double deviation(int j) {
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            sum += Math.pow(FEATURES.get(i * WIDTH + j) - mean(j), 2);
        }
        return j == 2 ? 1 : Math.sqrt(sum / ROWS);
    }

    @Test
    void aConstantFeatureCountsForNothing() {
        double[] w = Run.values(fit(1).linear().weight());
        for (int k = 0; k < CLASSES; k++) {
            assertEquals(0, w[k * WIDTH + 2]);
        }
    }

    @Test
    void predictsTheLargestLogit() {
        LogisticRegression probe = fit(1);
        assertEquals(Lbfgs.Status.CONVERGED, probe.result().status());
        double[] best = Run.values(
                probe.linear().apply(org.softmin.tensor.Tensor.of(FEATURES)).argMax(1));
        int[] predicted = probe.predict(FEATURES);
        int right = 0;
        for (int i = 0; i < ROWS; i++) {
            assertEquals(best[i], predicted[i]);
            right += predicted[i] == i % CLASSES ? 1 : 0;
        }
        assertEquals((double) right / ROWS, probe.accuracy(FEATURES, LABELS));
        assertTrue(probe.accuracy(FEATURES, LABELS) > 0.6, "better than chance");
        assertEquals(1.0, probe.accuracy(FEATURES.rows(1, 2), HostArray.of(Shape.of(1), new int[] {predicted[1]})));
    }

    @Test
    void wrongDataIsRefused() {
        HostArray bad = LABELS.copy();
        bad.set(4, CLASSES);
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> LogisticRegression.fit(FEATURES, bad, CLASSES, 1, new Lbfgs(), Run.REFERENCE));
        assertEquals("logistic regression: label 3 of row 4 is not one of 0 to 2", e.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> LogisticRegression.fit(LABELS, LABELS, CLASSES, 1, new Lbfgs(), Run.REFERENCE));
        assertThrows(
                IllegalArgumentException.class,
                () -> LogisticRegression.fit(FEATURES, LABELS.rows(0, 5), CLASSES, 1, new Lbfgs(), Run.REFERENCE));
        assertThrows(IllegalArgumentException.class, () -> fit(0));
        LogisticRegression probe = fit(1);
        assertThrows(IllegalArgumentException.class, () -> probe.predict(LABELS));
        assertThrows(IllegalArgumentException.class, () -> probe.accuracy(FEATURES, LABELS.rows(0, 5)));
    }
}
