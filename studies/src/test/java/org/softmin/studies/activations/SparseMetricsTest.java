package org.softmin.studies.activations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

final class SparseMetricsTest {
    private static HostArray rows(int width, double... values) {
        return HostArray.of(DType.F64, Shape.of(values.length / width, width), values);
    }

    /** Two rows of two elements and three units, by hand. */
    @Test
    void aHandWorkedCase() {
        SparseMetrics metrics = new SparseMetrics(2, new double[] {1, 2, 10});
        HostArray x = rows(2, 3, 4, 1, 0);
        metrics.add(x, rows(3, 0, 5, 0, 1, 1, 0), rows(2, 3, 3, 0, 1));
        SparseMetrics.Values values = metrics.values();
        // Errors 1 and 2; the mean is (2, 2), deviations (1, 2) and (-1, -2), so 10 in all.
        assertEquals(1 - 3 / 10.0, values.explainedVariance(), 1e-15);
        assertEquals(3 / 4.0, values.mse(), 1e-15);
        assertEquals((21 / (5 * Math.sqrt(18)) + 0) / 2, values.cossim(), 1e-15);
        assertEquals(1.5, values.l0());
        assertEquals((10 + 3) / 2.0, values.l1());
        assertEquals(2 / 3.0, values.fracAlive());
    }

    @Test
    void frequenciesCountUnitsStrictlyAboveTheShare() {
        SparseMetrics metrics = new SparseMetrics(1, new double[] {1, 1, 1, 1, 1});
        int[] firing = {0, 1, 2, 10, 11}; // of 100 rows
        for (int i = 0; i < 100; i++) {
            int row = i;
            double[] code =
                    Arrays.stream(firing).mapToDouble(n -> row < n ? 0.5 : 0).toArray();
            metrics.add(rows(1, i), rows(5, code), rows(1, i));
        }
        assertEquals(4 / 5.0, metrics.values().fracAlive());
        assertEquals(3 / 5.0, metrics.values().freqOver1Percent());
        assertEquals(1 / 5.0, metrics.values().freqOver10Percent());
        assertEquals(1, metrics.values().explainedVariance());
    }

    @Test
    void predictingTheMeanExplainsNothingAndZeroHasNoDirection() {
        SparseMetrics metrics = new SparseMetrics(1, new double[] {1});
        metrics.add(rows(1, 1, 3), rows(1, 0, 0), rows(1, 2, 2));
        assertEquals(0, metrics.values().explainedVariance(), 1e-15);
        SparseMetrics nothing = new SparseMetrics(1, new double[] {1});
        nothing.add(rows(1, 1, 0), rows(1, 0, 0), rows(1, 0, 1));
        assertEquals(0, nothing.values().cossim());
    }

    /** In batches of any size the sums are the same bits: rows are added one by one. */
    @Test
    void batchesDoNotMatter() {
        double[] x = {3, 4, 1, 0, -2, 5, 0.1, 0.7};
        double[] code = {1, 0, 0, 2, 0, 0, 4, 5};
        double[] guess = {2, 4, 1, 1, -2, 4, 0, 0};
        SparseMetrics whole = new SparseMetrics(2, new double[] {1, 1});
        whole.add(rows(2, x), rows(2, code), rows(2, guess));
        SparseMetrics parts = new SparseMetrics(2, new double[] {1, 1});
        for (int[] part : List.of(new int[] {0, 1}, new int[] {1, 4})) {
            parts.add(
                    rows(2, x).rows(part[0], part[1]),
                    rows(2, code).rows(part[0], part[1]),
                    rows(2, guess).rows(part[0], part[1]));
        }
        assertEquals(whole.values(), parts.values());
        assertEquals(8, parts.values().byName().size());
    }

    /** Data with mean 1e6 and deviation 1: a difference of sums of squares would have lost it. */
    @Test
    void aLargeMeanDoesNotSwallowTheVariance() {
        SparseMetrics metrics = new SparseMetrics(1, new double[] {1});
        for (int i = 0; i < 1000; i++) {
            double x = 1e8 + (i % 2);
            metrics.add(rows(1, x), rows(1, 1), rows(1, 1e8 + 0.25));
        }
        // Errors 1/16 and 9/16 by turns, variance 1/4.
        assertEquals(1 - (10 / 32.0) / 0.25, metrics.values().explainedVariance(), 1e-12);
    }

    @Test
    void badInputIsRefused() {
        SparseMetrics metrics = new SparseMetrics(2, new double[] {1});
        assertThrows(IllegalStateException.class, metrics::values);
        IllegalArgumentException wrong = assertThrows(
                IllegalArgumentException.class, () -> metrics.add(rows(2, 1, 2), rows(2, 1, 2), rows(2, 1, 2)));
        assertTrue(wrong.getMessage().startsWith("metrics: code is [1, 2], expected [1, 1]"), wrong.getMessage());
        assertThrows(ArithmeticException.class, () -> metrics.add(rows(2, 1, 2), rows(1, 1), rows(2, 1, Double.NaN)));
        SparseMetrics constant = new SparseMetrics(1, new double[] {1});
        constant.add(rows(1, 2, 2), rows(1, 1, 1), rows(1, 2, 2));
        assertTrue(Double.isNaN(constant.values().explainedVariance()));
    }
}
