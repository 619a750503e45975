package org.softmin.studies.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

class ActivationMetricsTest {
    /** Unit 0 is zero, unit 3 constant, unit 4 moves less than counts; expected values below are from numpy. */
    private static final HostArray SMALL = HostArray.of(
            DType.F64,
            Shape.of(5, 5),
            0,
            1.5,
            2,
            0.25,
            0.001,
            0,
            0,
            3,
            0.25,
            0.002,
            0,
            0.5,
            0.5,
            0.25,
            0,
            0,
            2,
            1,
            0.25,
            0.02,
            0,
            0.005,
            4,
            0.25,
            0);

    @Test
    void deadUnitsByVarianceAndByFiring() {
        assertEquals(3, ActivationMetrics.dead(SMALL));
        assertEquals(1, ActivationMetrics.firingDead(SMALL));
        assertArrayEquals(new double[] {0, 0.6, 1, 1, 0.2}, ActivationMetrics.firingFrequency(SMALL), 1e-15);
    }

    @Test
    void deadUsesTheUnbiasedVariance() {
        // Deviations ± 0.07: the sum of squares 0.0098 is below 0.01 whether divided by 1 or 2; ± 0.08 only by 2.
        assertEquals(1, ActivationMetrics.dead(column(1, 1.14)));
        assertEquals(0, ActivationMetrics.dead(column(1, 1.16)));
    }

    @Test
    void correlationOfConstantUnitsIsZeroOffTheDiagonal() {
        HostArray correlation = ActivationMetrics.correlation(SMALL);
        assertEquals(Shape.of(5, 5), correlation.shape());
        for (int i = 0; i < 5; i++) {
            assertEquals(1, correlation.get(6 * i));
            for (int constant : new int[] {0, 3}) {
                assertEquals(constant == i ? 1 : 0, correlation.get(5 * i + constant));
                assertEquals(constant == i ? 1 : 0, correlation.get(5 * constant + i));
            }
        }
        assertEquals(-0.6044503578623559, correlation.get(5 + 2), 1e-15);
        assertEquals(-0.40983431359701816, correlation.get(10 + 4), 1e-15);
        assertEquals(-0.40983431359701816, correlation.get(20 + 2), 1e-15);
    }

    @Test
    void constantUnitsInSinglePrecisionAreConstant() {
        // 0.1f has no short binary form, and a mean that rounds would leave two such units perfectly correlated.
        HostArray a = HostArray.zeros(DType.F32, Shape.of(1000, 3));
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            a.set(3 * i, 0.1);
            a.set(3 * i + 1, 0.7);
            a.set(3 * i + 2, random.nextGaussian());
        }
        assertEquals(0, ActivationMetrics.redundancy(a));
    }

    @Test
    void redundancyCountsEachPairTwice() {
        assertEquals(2.147994708527838, ActivationMetrics.redundancy(SMALL), 1e-14);
        HostArray copies = HostArray.of(DType.F64, Shape.of(3, 3), 1, 2, -1, 2, 4, -2, 4, 8, -4);
        assertEquals(6, ActivationMetrics.redundancy(copies), 1e-14);
    }

    @Test
    void redundancyOfDeadUnitsOnlyIsUndefined() {
        assertEquals(Double.NaN, ActivationMetrics.redundancy(HostArray.zeros(DType.F32, Shape.of(4, 2))));
        assertEquals(
                Double.NaN, ActivationMetrics.redundancy(HostArray.of(DType.F64, Shape.of(2, 2), 0, 0.001, 0.001, 0)));
    }

    @Test
    void varianceIsTakenFromTheMean() {
        HostArray a = HostArray.zeros(DType.F64, Shape.of(4000, 2));
        Random random = new Random(1);
        for (int i = 0; i < a.size(); i++) {
            a.set(i, 1e6 + random.nextGaussian());
        }
        HostArray shifted = a.copy();
        for (int i = 0; i < a.size(); i++) {
            shifted.set(i, a.get(i) - 1e6);
        }
        assertEquals(
                ActivationMetrics.correlation(shifted).get(1),
                ActivationMetrics.correlation(a).get(1),
                1e-9);
    }

    @Test
    void responsibilities() {
        assertEquals(1.4529157251342906, ActivationMetrics.responsibilityEntropy(SMALL), 1e-14);
        assertEquals(0.280186751260148, ActivationMetrics.maxResponsibility(SMALL), 1e-14);

        HostArray equal = HostArray.of(DType.F32, Shape.of(2, 64), new double[128]);
        assertEquals(Math.log(64), ActivationMetrics.responsibilityEntropy(equal), 1e-14);
        assertEquals(1 / 64.0, ActivationMetrics.maxResponsibility(equal), 1e-16);
    }

    @Test
    void responsibilitiesOfExtremeEnergies() {
        HostArray clear = HostArray.of(DType.F64, Shape.of(2, 3), -1e4, 1e4, 1e30, 1e308, -1e308, 1e308);
        assertEquals(0, ActivationMetrics.responsibilityEntropy(clear));
        assertEquals(1, ActivationMetrics.maxResponsibility(clear));
        HostArray tie = HostArray.of(DType.F64, Shape.of(1, 3), -1e30, -1e30, 1e30);
        assertEquals(Math.log(2), ActivationMetrics.responsibilityEntropy(tie), 1e-15);
        assertEquals(0.5, ActivationMetrics.maxResponsibility(tie));
    }

    @Test
    void l0CountsBothSigns() {
        assertEquals(2.8, ActivationMetrics.l0(SMALL), 1e-15);
        assertEquals(1, ActivationMetrics.l0(HostArray.of(DType.F64, Shape.of(1, 3), -1, 0.01, -0.01)));
    }

    @Test
    void effectiveRankOfKnownMatrices() {
        assertEquals(
                3,
                ActivationMetrics.effectiveRank(
                        HostArray.of(DType.F64, Shape.of(3, 4), 2, 0, 0, 0, 0, 0, -2, 0, 0, 2, 0, 0)),
                1e-14);
        assertEquals(1, ActivationMetrics.effectiveRank(HostArray.of(DType.F64, Shape.of(2, 2), 1, 2, 2, 4)), 1e-13);
        // Shares 3/4 and 1/4: the entropy is ln 4 − (3/4) ln 3.
        assertEquals(
                4 / Math.pow(3, 0.75),
                ActivationMetrics.effectiveRank(HostArray.of(DType.F64, Shape.of(2, 2), 0, 3, -1, 0)),
                1e-14);
        assertEquals(1, ActivationMetrics.effectiveRank(HostArray.of(DType.F64, Shape.of(2, 2), 3, 0, 0, 0)));
        assertEquals(Double.NaN, ActivationMetrics.effectiveRank(HostArray.zeros(DType.F64, Shape.of(2, 3))));
    }

    @Test
    void whatCannotBeMeasuredIsRefused() {
        List<Function<HostArray, Object>> all = List.of(
                ActivationMetrics::dead,
                ActivationMetrics::firingFrequency,
                ActivationMetrics::firingDead,
                ActivationMetrics::correlation,
                ActivationMetrics::redundancy,
                ActivationMetrics::responsibilityEntropy,
                ActivationMetrics::maxResponsibility,
                ActivationMetrics::l0,
                ActivationMetrics::effectiveRank);
        for (Function<HostArray, Object> metric : all) {
            for (HostArray bad : List.of(
                    HostArray.of(DType.F32, Shape.of(2, 2), 0, 1, Double.NaN, 0),
                    HostArray.of(DType.F32, Shape.of(2, 2), 0, 1, Double.POSITIVE_INFINITY, 0))) {
                IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> metric.apply(bad));
                assertTrue(e.getMessage().contains("element [1, 0] of [2, 2] is " + bad.get(2)), e.getMessage());
            }
            for (HostArray bad : List.of(
                    HostArray.zeros(DType.F32, Shape.of(3)),
                    HostArray.zeros(DType.F32, Shape.of(0, 3)),
                    HostArray.zeros(DType.I32, Shape.of(3, 3)))) {
                IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> metric.apply(bad));
                assertTrue(e.getMessage().contains("found " + bad), e.getMessage());
            }
        }
        HostArray one = HostArray.zeros(DType.F32, Shape.of(1, 3));
        for (Function<HostArray, Object> metric : List.<Function<HostArray, Object>>of(
                ActivationMetrics::dead, ActivationMetrics::correlation, ActivationMetrics::redundancy)) {
            assertThrows(IllegalArgumentException.class, () -> metric.apply(one));
        }
    }

    private static HostArray column(double... values) {
        return HostArray.of(DType.F64, Shape.of(values.length, 1), values);
    }
}
