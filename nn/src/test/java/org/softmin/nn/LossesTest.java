package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.softmin.autograd.Gradients;
import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

class LossesTest {
    private static final int ROWS = 6;
    private static final int UNITS = 4;
    private static final double[] VALUES = Run.values(
            RandomKey.of(3).normal(DType.F64, Shape.of(ROWS, UNITS)).mul(2).add(0.5));
    private static final Tensor A = Tensor.of(DType.F64, Shape.of(ROWS, UNITS), VALUES);

    private static double a(int row, int unit) {
        return VALUES[row * UNITS + unit];
    }

    private static double mean(int unit) {
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            sum += a(i, unit);
        }
        return sum / ROWS;
    }

    private static double covariance(int p, int q) {
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            sum += (a(i, p) - mean(p)) * (a(i, q) - mean(q));
        }
        return sum / (ROWS - 1);
    }

    @Test
    void squaredAndAbsoluteError() {
        Tensor x = Tensor.of(DType.F64, Shape.of(2, 2), 1, 2, 3, 4);
        Tensor y = Tensor.of(DType.F64, Shape.of(2, 2), 2, 2, 5, 0);
        assertEquals(21, Run.value(Losses.mse(x, y, Reduction.SUM)));
        assertEquals(5.25, Run.value(Losses.mse(x, y, Reduction.MEAN)));
        assertEquals(7, Run.value(Losses.l1(x, y, Reduction.SUM)));
        assertEquals(1.75, Run.value(Losses.l1(x, y, Reduction.MEAN)));
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> Losses.mse(x.slice(1, 0, 1), y.slice(1, 0, 1).reshape(2), Reduction.MEAN));
        assertTrue(e.getMessage().startsWith("mse: prediction is [2, 1] and target [2]"), e.getMessage());
    }

    @Test
    void crossEntropyIsTheNegativeLogProbabilityOfTheLabel() {
        int[] labels = {2, 0, 3, 1, 1, 2};
        double expected = 0;
        for (int i = 0; i < ROWS; i++) {
            double sum = 0;
            for (int j = 0; j < UNITS; j++) {
                sum += Math.exp(a(i, j));
            }
            expected += Math.log(sum) - a(i, labels[i]);
        }
        Tensor y = Tensor.of(DType.I32, Shape.of(ROWS), 2, 0, 3, 1, 1, 2);
        assertEquals(expected, Run.value(Losses.crossEntropy(A, y, Reduction.SUM)), 1e-13);
        assertEquals(expected / ROWS, Run.value(Losses.crossEntropy(A, y, Reduction.MEAN)), 1e-13);
    }

    @Test
    void gradientOfCrossEntropyIsProbabilityMinusOneHot() {
        Tensor y = Tensor.of(DType.I32, Shape.of(ROWS), 2, 0, 3, 1, 1, 2);
        double[] gradient = gradient(x -> Losses.crossEntropy(x, y, Reduction.SUM));
        double[] probability = Run.values(A.softmax(1));
        int[] labels = {2, 0, 3, 1, 1, 2};
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < UNITS; j++) {
                int at = i * UNITS + j;
                assertEquals(probability[at] - (labels[i] == j ? 1 : 0), gradient[at], 1e-15);
            }
        }
    }

    @Test
    void aLabelOutOfRangeIsAnError() {
        for (int wrong : new int[] {-1, UNITS}) {
            Tensor y = Tensor.of(DType.I32, Shape.of(ROWS), 2, 0, wrong, 1, 1, 2);
            Tensor loss = Losses.crossEntropy(A, y, Reduction.SUM);
            assertThrows(IndexOutOfBoundsException.class, () -> Run.value(loss));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> Losses.crossEntropy(A, Tensor.iota(DType.I32, ROWS + 1), Reduction.SUM));
    }

    @Test
    void accuracyCountsTheLargest() {
        Tensor z = Tensor.of(DType.F32, Shape.of(4, 2), 1, 0, 0, 1, 2, 3, 5, 4);
        Tensor y = Tensor.of(DType.I32, Shape.of(4), 0, 1, 0, 0);
        assertEquals(0.75, Run.value(Losses.accuracy(z, y)));
    }

    @Test
    void logSumExpEnergyAndItsGradient() {
        double expected = 0;
        for (int i = 0; i < ROWS; i++) {
            double sum = 0;
            for (int j = 0; j < UNITS; j++) {
                sum += Math.exp(-a(i, j));
            }
            expected -= Math.log(sum);
        }
        assertEquals(expected, Run.value(Losses.logSumExpEnergy(A, Reduction.SUM)), 1e-13);
        assertEquals(expected / ROWS, Run.value(Losses.logSumExpEnergy(A, Reduction.MEAN)), 1e-13);
        double[] responsibility = Run.values(A.neg().softmax(1));
        assertArrayEquals(responsibility, gradient(x -> Losses.logSumExpEnergy(x, Reduction.SUM)), 1e-15);
    }

    @Test
    void logVarianceIsUnbiasedWithEpsilon() {
        double expected = 0;
        for (int j = 0; j < UNITS; j++) {
            expected -= Math.log(covariance(j, j) + 0.25);
        }
        assertEquals(expected, Run.value(Losses.logVariance(A, 0.25)), 1e-13);
        Tensor dead = Tensor.zeros(DType.F64, Shape.of(ROWS, 2));
        assertEquals(-2 * Math.log(1e-6), Run.value(Losses.logVariance(dead, 1e-6)), 1e-12);
    }

    @Test
    void decorrelationSumsSquaredCorrelationsOffTheDiagonal() {
        double expected = 0;
        for (int p = 0; p < UNITS; p++) {
            for (int q = 0; q < UNITS; q++) {
                double scale = (Math.sqrt(covariance(p, p)) + 0.1) * (Math.sqrt(covariance(q, q)) + 0.1);
                expected += p == q ? 0 : Math.pow(covariance(p, q) / scale, 2);
            }
        }
        assertEquals(expected, Run.value(Losses.decorrelation(A, 0.1)), 1e-13);
    }

    /** ‖ZᵀZ‖ = ‖ZZᵀ‖ and Z(ZᵀZ) = (ZZᵀ)Z: value and gradient, with fewer rows than units, as many, and more. */
    @Test
    void productsOfRowsDecorrelateAsProductsOfUnitsDo() {
        for (int rows : new int[] {2, 5, 9, 14}) {
            Tensor x = RandomKey.of(rows).normal(DType.F64, Shape.of(rows, 9));
            Tensor a = Tensor.concat(1, List.of(x.slice(1, 0, 8), Tensor.full(DType.F64, Shape.of(rows, 1), 0.3)))
                    .eval();
            Tensor units = Losses.decorrelationOfUnits(a, 0.1);
            Tensor products = Losses.decorrelationOfRows(a, 0.1);
            // sums of 81 squares of correlations, each at most 1
            assertEquals(Run.value(units), Run.value(products), 81 * 0x1p-48, rows + " rows");
            double[] expected = Run.values(Gradients.grad(units, a));
            double[] actual = Run.values(Gradients.grad(products, a));
            assertArrayEquals(expected, actual, 81 * 0x1p-45, rows + " rows");
        }
    }

    @Test
    void aConstantUnitIsNeitherCorrelatedNorNotANumber() {
        Tensor constant = Tensor.concat(1, List.of(A.slice(1, 0, 2), Tensor.full(DType.F64, Shape.of(ROWS, 1), 0.1)));
        double pair = Run.value(Losses.decorrelation(A.slice(1, 0, 2), 1e-8));
        assertEquals(pair, Run.value(Losses.decorrelation(constant, 1e-8)), 1e-15);
        Tensor loss = Losses.decorrelation(constant, 1e-8).add(Losses.logVariance(constant, 1e-6));
        double[] gradient = Run.values(Gradients.grad(loss, constant));
        for (int i = 0; i < ROWS; i++) {
            assertEquals(0, gradient[3 * i + 2], "row " + i);
        }
    }

    @Test
    void weightRedundancyOfNormalisedRows() {
        double expected = 0;
        for (int p = 0; p < ROWS; p++) {
            for (int q = 0; q < ROWS; q++) {
                double dot = 0;
                double pp = 0;
                double qq = 0;
                for (int j = 0; j < UNITS; j++) {
                    dot += a(p, j) * a(q, j);
                    pp += a(p, j) * a(p, j);
                    qq += a(q, j) * a(q, j);
                }
                double product = dot / ((Math.sqrt(pp) + 0.1) * (Math.sqrt(qq) + 0.1));
                expected += Math.pow(product - (p == q ? 1 : 0), 2);
            }
        }
        assertEquals(expected, Run.value(Losses.weightRedundancy(A, 0.1)), 1e-12);
    }

    @Test
    void aBatchOfOneHasNoVariance() {
        Tensor one = A.slice(0, 0, 1);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Losses.logVariance(one, 1e-6));
        assertEquals(
                "logVariance: a batch of 1 has no variance; use batches of 2 rows or more, the last one included",
                e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Losses.decorrelation(one, 1e-8));
        assertThrows(IllegalArgumentException.class, () -> Losses.logVariance(A.reshape(-1), 1e-6));
    }

    private static double[] gradient(UnaryOperator<Tensor> loss) {
        return Run.values(Gradients.grad(loss.apply(A), A));
    }
}
