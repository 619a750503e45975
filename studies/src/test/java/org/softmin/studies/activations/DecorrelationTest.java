package org.softmin.studies.activations;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.softmin.autograd.Gradients;
import org.softmin.nn.Losses;
import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

final class DecorrelationTest {
    static IntStream seeds() {
        return IntStream.range(0, 20);
    }

    private static Tensor activations(int seed, int rows, int units) {
        Tensor noise = RandomKey.of(seed).normal(DType.F64, Shape.of(rows, units));
        Tensor common = RandomKey.of(seed).derive("common").normal(DType.F64, Shape.of(rows, 1));
        return noise.add(common).relu().eval();
    }

    /** All 2^units vectors of signs, as columns. */
    private static Tensor allSigns(int units) {
        int count = 1 << units;
        double[] signs = new double[units * count];
        for (int i = 0; i < units; i++) {
            for (int v = 0; v < count; v++) {
                signs[i * count + v] = (v >> i & 1) == 0 ? 1 : -1;
            }
        }
        return Tensor.of(DType.F64, Shape.of(units, count), signs);
    }

    /** The mean over every possible vector of signs is the expectation itself: no bias, in the value or the gradient. */
    @ParameterizedTest
    @MethodSource("seeds")
    void theEstimateHasNoBias(int seed) {
        int units = 2 + seed % 5;
        Tensor a = activations(seed, 5, units);
        Tensor mean = Decorrelation.Probes.along(a, allSigns(units));
        Tensor exact = Losses.decorrelation(a, Decorrelation.EPSILON);
        assertEquals(exact.item(), mean.item(), 1e-9 * Math.max(1, exact.item()));
        double[] gradient = Gradients.grad(mean, a).toDoubles();
        double[] expected = Gradients.grad(exact, a).toDoubles();
        double largest = 1;
        for (double value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertArrayEquals(expected, gradient, 1e-9 * largest);
    }

    /** The variance over every possible vector of signs is the one that is promised. */
    @ParameterizedTest
    @MethodSource("seeds")
    void theVarianceIsThePromisedOne(int seed) {
        int units = 2 + seed % 5;
        Tensor a = activations(seed, 9, units);
        Tensor signs = allSigns(units);
        double mean = Losses.decorrelation(a, Decorrelation.EPSILON).item();
        double measured = 0;
        for (int v = 0; v < 1 << units; v++) {
            double one = Decorrelation.Probes.along(a, signs.slice(1, v, v + 1)).item();
            assertTrue(one >= 0);
            measured += (one - mean) * (one - mean) / (1 << units);
        }
        Tensor zero = Tensor.zeros(DType.F64, Shape.of(units, units));
        Tensor c = Tensor.eye(units).where(zero, a.correlation(Decorrelation.EPSILON));
        Tensor squared = c.matmul(c);
        double promised =
                2 * Tensor.eye(units).where(zero, squared).square().sum().item();
        // The ε of the deviations shifts the diagonal by 1e-8 or so.
        assertEquals(promised, measured, 1e-6 * Math.max(1, promised));
    }

    /** Probes from a key are signs: the mean over many is near the exact value, as near as the variance says. */
    @Test
    void probesFromAKeyAverageOut() {
        Tensor a = activations(1, 64, 40);
        double exact = new Decorrelation.Exact().loss(a, RandomKey.of(1)).item();
        Tensor c = Tensor.eye(40).where(Tensor.zeros(DType.F64, Shape.of(40, 40)), a.correlation(1e-8));
        Tensor squared = c.matmul(c);
        double variance = 2
                * Tensor.eye(40)
                        .where(Tensor.zeros(DType.F64, Shape.of(40, 40)), squared)
                        .square()
                        .sum()
                        .item();
        double estimate =
                new Decorrelation.Probes(4000).loss(a, RandomKey.of(2)).item();
        assertEquals(exact, estimate, 5 * Math.sqrt(variance / 4000));
        assertEquals(
                estimate,
                new Decorrelation.Probes(4000).loss(a, RandomKey.of(2)).item());
    }

    /** More units than rows is the case that it is for; then the exact form goes by rows. */
    @Test
    void fewerRowsThanUnits() {
        Tensor a = activations(3, 4, 6);
        assertEquals(
                new Decorrelation.Exact().loss(a, RandomKey.of(1)).item(),
                Decorrelation.Probes.along(a, allSigns(6)).item(),
                1e-6);
    }

    @Test
    void badInputIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Decorrelation.Probes(0));
        Tensor one = activations(1, 1, 3);
        assertThrows(IllegalArgumentException.class, () -> new Decorrelation.Probes(2).loss(one, RandomKey.of(1)));
    }
}
