package org.softmin.studies.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

class ReconstructionMetricsTest {
    private static final HostArray X = HostArray.of(DType.F32, Shape.of(3, 2, 2), 1, 2, 2, 0, 0, 3, 4, 0, 1, 1, 1, 1);
    private static final HostArray RECONSTRUCTED =
            HostArray.of(DType.F64, Shape.of(3, 4), 2, 1, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2.5);

    @Test
    void rawError() {
        // (1 + 1 + 4 + 0) + (0 + 9 + 16 + 0) + (1 + 1 + 1 + 2.25) over 12
        assertEquals(36.25 / 12, ReconstructionMetrics.mse(RECONSTRUCTED, X), 1e-15);
    }

    @Test
    void normalisedErrorUsesTheNormOfEachSample() {
        assertEquals(2.692339641555344, ReconstructionMetrics.normalizedMse(RECONSTRUCTED, X), 1e-14);
        HostArray scaled = RECONSTRUCTED.copy();
        for (int i = 0; i < scaled.size(); i++) {
            scaled.set(i, scaled.get(i) * (i < 4 ? 1e-3 : 7e4));
        }
        assertEquals(2.692339641555344, ReconstructionMetrics.normalizedMse(scaled, X), 1e-14);
    }

    @Test
    void oneRowStandsForEverySample() {
        HostArray row = HostArray.of(DType.F64, Shape.of(1, 4), 1, 1, 2, 0);
        HostArray all = HostArray.of(DType.F64, Shape.of(3, 4), 1, 1, 2, 0, 1, 1, 2, 0, 1, 1, 2, 0);
        assertEquals(ReconstructionMetrics.mse(all, X), ReconstructionMetrics.mse(row, X));
        assertEquals(ReconstructionMetrics.normalizedMse(all, X), ReconstructionMetrics.normalizedMse(row, X));
        // The one in the middle row: (1 + 4 + 4 + 0) after (0 + 1 + 0 + 0), then (0 + 0 + 1 + 1).
        assertEquals(12 / 12.0, ReconstructionMetrics.mse(row, X), 1e-15);
    }

    @Test
    void meanAndZeroImage() {
        assertArrayEquals(
                new double[] {2 / 3.0, 2, 7 / 3.0, 1 / 3.0},
                ReconstructionMetrics.meanImage(X).toDoubles(),
                1e-15);
        HostArray test = HostArray.of(DType.F64, Shape.of(1, 4), 0, 0, 0, 0);
        assertEquals((4 + 36 + 49 + 1) / 36.0, ReconstructionMetrics.meanImageMse(X, test), 1e-15);
        assertEquals((9 + 25 + 4) / 12.0, ReconstructionMetrics.zeroImageMse(X), 1e-15);
        assertEquals((9 + 25 + 4) / 12.0, ReconstructionMetrics.normalizedMse(test, X), 1e-15);
    }

    @Test
    void decodeMultipliesByTheDictionary() {
        HostArray a = HostArray.of(DType.F32, Shape.of(2, 3), 1, 0, 2, 0, 3, 0);
        HostArray dictionary = HostArray.of(DType.F32, Shape.of(3, 2), 1, 2, 3, 4, 5, 6);
        HostArray decoded = ReconstructionMetrics.decode(a, dictionary);
        assertEquals(Shape.of(2, 2), decoded.shape());
        assertArrayEquals(new double[] {11, 14, 9, 12}, decoded.toDoubles());
    }

    @Test
    void nanIsNotHidden() {
        HostArray x = HostArray.of(DType.F32, Shape.of(1, 2), 0, 1);
        HostArray bad = HostArray.of(DType.F32, Shape.of(1, 2), Double.NaN, 1);
        assertEquals(Double.NaN, ReconstructionMetrics.mse(bad, x));
        assertEquals(Double.NaN, ReconstructionMetrics.mse(x, bad));
        assertEquals(Double.NaN, ReconstructionMetrics.normalizedMse(bad, x));
    }

    @Test
    void sizesThatDifferAreRefused() {
        HostArray x = HostArray.zeros(DType.F32, Shape.of(3, 4));
        for (Shape other : new Shape[] {Shape.of(2, 4), Shape.of(3, 3), Shape.of(1, 3), Shape.of(12)}) {
            HostArray reconstruction = HostArray.zeros(DType.F32, other);
            assertThrows(IllegalArgumentException.class, () -> ReconstructionMetrics.mse(reconstruction, x));
            assertThrows(IllegalArgumentException.class, () -> ReconstructionMetrics.normalizedMse(reconstruction, x));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> ReconstructionMetrics.decode(x, HostArray.zeros(DType.F32, Shape.of(3, 4))));
    }
}
