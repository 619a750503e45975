package org.softmin.studies.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

final class OutputMetricsTest {
    private static HostArray images(int rows, double... pixels) {
        return HostArray.of(Shape.of(rows, pixels.length / rows), pixels);
    }

    @Test
    void pixelsAreCountedByTheirValue() {
        HostArray images = images(2, 0, 0.25, 0.3, 1, -0.5, 0.74, 0.75, 7);
        assertArrayEquals(new double[] {2 / 8.0, 2 / 8.0, 1 / 8.0, 3 / 8.0}, OutputMetrics.histogram(images, 4));
        assertThrows(IllegalArgumentException.class, () -> OutputMetrics.histogram(images(1, Double.NaN), 4));
    }

    @Test
    void theBoundsOfAShareAreNotInIt() {
        assertEquals(0.5, OutputMetrics.shareBetween(images(2, 0.4, 0.5, 0.6, 0.41), 0.4, 0.6));
    }

    @Test
    void distancesAreTakenBetweenAllPairs() {
        // 5 between the first two, 0 between equal ones, 5 again
        assertEquals(10 / 3.0, OutputMetrics.pairwiseDistance(images(3, 0, 0, 3, 4, 0, 0)), 1e-15);
        assertThrows(IllegalArgumentException.class, () -> OutputMetrics.pairwiseDistance(images(1, 1, 2)));
    }

    @Test
    void varianceIsUnbiasedAndAMeanOverThePixels() {
        assertEquals((2 + 8) / 2.0, OutputMetrics.variance(images(2, 0, 1, 2, 5)), 1e-15);
        assertEquals(0, OutputMetrics.variance(images(3, 1, 2, 1, 2, 1, 2)));
    }

    /** Within groups, so that what differs between groups does not count. */
    @Test
    void varianceWithinGroupsIgnoresTheirDifferences() {
        HostArray images = images(4, 0, 2, 100, 104);
        assertEquals((2 + 8) / 2.0, OutputMetrics.varianceWithin(images, 2), 1e-12);
        assertThrows(IllegalArgumentException.class, () -> OutputMetrics.varianceWithin(images, 3));
    }

    @Test
    void aClassWithoutImagesHasTheMeanOfAll() {
        HostArray means = OutputMetrics.classMeans(
                images(3, 1, 10, 3, 30, 8, 80), HostArray.of(Shape.of(3), new int[] {0, 0, 2}), 3);
        assertArrayEquals(new double[] {2, 20, 4, 40, 8, 80}, means.toDoubles(), 1e-14);
    }
}
