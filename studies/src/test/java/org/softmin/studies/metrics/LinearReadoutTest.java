package org.softmin.studies.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

class LinearReadoutTest {
    private static final HostArray TARGETS = HostArray.of(DType.F64, Shape.of(5, 2), 1, 0, 2, 1, 0, 3, 4, 1, 3, 3);
    /** From numpy's lstsq on [features, 1]: weights of two features, then the intercept, for two targets. */
    private static final double[] EXPECTED = {
        0.5801169590643273, 0.6081871345029237, -0.19883040935672525, 0.08187134502923968
    };

    @Test
    void agreesWithNumpy() {
        HostArray features = HostArray.of(DType.F32, Shape.of(5, 2), 1, 2, 2, 1, 3, 5, 4, 4, 5, 0);
        LinearReadout readout = LinearReadout.fit(features, TARGETS);
        assertArrayEquals(EXPECTED, readout.weights().toDoubles(), 1e-13);
        assertArrayEquals(
                new double[] {0.7368421052631574, -0.4210526315789473},
                readout.intercept().toDoubles(),
                1e-13);
        assertEquals(0.9209356725146197, ReconstructionMetrics.mse(readout.predict(features), TARGETS), 1e-14);
    }

    @Test
    void deadAndRepeatedFeaturesChangeNothing() {
        // The third feature is constant, the fourth is the first again, and the scales differ by 10 orders.
        HostArray features = HostArray.of(
                DType.F64, Shape.of(5, 4), 1, 2e-5, 7, 1, 2, 1e-5, 7, 2, 3, 5e-5, 7, 3, 4, 4e-5, 7, 4, 5, 0, 7, 5);
        for (int i = 0; i < 5; i++) {
            features.set(4 * i, features.get(4 * i) * 1e5);
        }
        LinearReadout readout = LinearReadout.fit(features, TARGETS);
        assertEquals(0.9209356725146197, ReconstructionMetrics.mse(readout.predict(features), TARGETS), 1e-13);
        assertArrayEquals(
                new double[] {0, 0},
                new double[] {readout.weights().get(4), readout.weights().get(5)});
    }

    @Test
    void withoutInformationItIsTheMean() {
        HostArray dead = HostArray.zeros(DType.F32, Shape.of(5, 3));
        LinearReadout readout = LinearReadout.fit(dead, TARGETS);
        assertArrayEquals(new double[] {2, 1.6}, readout.intercept().toDoubles(), 1e-15);
        assertEquals(
                ReconstructionMetrics.meanImageMse(TARGETS, TARGETS),
                ReconstructionMetrics.mse(readout.predict(dead), TARGETS),
                1e-15);
    }

    @Test
    void findsAnExactMap() {
        Random random = new Random(1);
        HostArray features = HostArray.zeros(DType.F64, Shape.of(100, 3));
        HostArray targets = HostArray.zeros(DType.F64, Shape.of(100, 2, 2));
        double[] w = {1, -2, 0, 3, 0.5, 0, 4, -1, 2, 2, -3, 1};
        for (int i = 0; i < 100; i++) {
            for (int k = 0; k < 3; k++) {
                features.set(3 * i + k, 5 + random.nextGaussian());
            }
            for (int j = 0; j < 4; j++) {
                double sum = j - 1;
                for (int k = 0; k < 3; k++) {
                    sum += features.get(3 * i + k) * w[4 * k + j];
                }
                targets.set(4 * i + j, sum);
            }
        }
        LinearReadout readout = LinearReadout.fit(features, targets);
        assertArrayEquals(w, readout.weights().toDoubles(), 1e-12);
        assertArrayEquals(new double[] {-1, 0, 1, 2}, readout.intercept().toDoubles(), 1e-11);
    }

    @Test
    void arguments() {
        HostArray features = HostArray.zeros(DType.F32, Shape.of(4, 3));
        assertThrows(IllegalArgumentException.class, () -> LinearReadout.fit(features, TARGETS));
        HostArray nan = HostArray.of(DType.F32, Shape.of(5, 1), 0, 1, 2, 3, Double.NaN);
        assertThrows(IllegalArgumentException.class, () -> LinearReadout.fit(nan, TARGETS));
        assertThrows(IllegalArgumentException.class, () -> LinearReadout.fit(TARGETS, nan));
        LinearReadout readout = LinearReadout.fit(TARGETS, TARGETS);
        assertThrows(IllegalArgumentException.class, () -> readout.predict(features));
    }
}
