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
import org.softmin.tensor.Tensor;

class LbfgsTest {
    private static double rosenbrock(double[] x, double[] gradient) {
        double sum = 0;
        java.util.Arrays.fill(gradient, 0);
        for (int i = 0; i + 1 < x.length; i++) {
            double valley = x[i + 1] - x[i] * x[i];
            sum += 100 * valley * valley + (1 - x[i]) * (1 - x[i]);
            gradient[i] += -400 * x[i] * valley - 2 * (1 - x[i]);
            gradient[i + 1] += 200 * valley;
        }
        return sum;
    }

    @Test
    void findsTheEndOfTheCurvedValley() {
        double[] x = {-1.2, 1, -1.2, 1, -1.2, 1, -1.2, 1, -1.2, 1};
        Lbfgs.Result result = new Lbfgs(10, 500, 1e-10).minimize(LbfgsTest::rosenbrock, x);
        assertEquals(Lbfgs.Status.CONVERGED, result.status());
        for (double element : x) {
            assertEquals(1, element, 1e-9);
        }
        assertTrue(result.gradientNorm() <= 1e-10);
        assertTrue(result.iterations() < 150, "superlinear, not steepest descent: " + result);
    }

    @Test
    void aBadlyScaledBowlNeedsTheCurvature() {
        double[] scale = {1, 10, 100, 1e3, 1e4};
        double[] x = {1, 1, 1, 1, 1};
        Lbfgs.Result result = new Lbfgs(5, 200, 1e-9)
                .minimize(
                        (p, gradient) -> {
                            double sum = 0;
                            for (int i = 0; i < p.length; i++) {
                                gradient[i] = scale[i] * (p[i] - i);
                                sum += gradient[i] * (p[i] - i) / 2;
                            }
                            return sum;
                        },
                        x);
        assertEquals(Lbfgs.Status.CONVERGED, result.status());
        assertArrayEquals(new double[] {0, 1, 2, 3, 4}, x, 1e-9);
        // Steepest descent with condition 1e4 takes tens of thousands.
        assertTrue(result.iterations() < 100, result.toString());
    }

    @Test
    void theIterationLimitIsReported() {
        double[] x = {-1.2, 1};
        Lbfgs.Result result = new Lbfgs(5, 3, 1e-10).minimize(LbfgsTest::rosenbrock, x);
        assertEquals(Lbfgs.Status.ITERATION_LIMIT, result.status());
        assertEquals(3, result.iterations());
        assertEquals(result.loss(), rosenbrock(x, new double[2]), "x is the point of the loss");
        assertEquals(0, new Lbfgs(5, 0, 0).minimize(LbfgsTest::rosenbrock, x).iterations());
    }

    @Test
    void aWrongGradientStalls() {
        double[] x = {2};
        Lbfgs.Result result = new Lbfgs()
                .minimize(
                        (p, gradient) -> {
                            gradient[0] = -2 * p[0]; // the wrong sign
                            return p[0] * p[0];
                        },
                        x);
        assertEquals(Lbfgs.Status.STALLED, result.status());
        assertArrayEquals(new double[] {2}, x);
        assertEquals(4, result.gradientNorm());
    }

    @Test
    void stepsOutsideTheDomainAreTakenBack() {
        double[] x = {0.5}; // the first step, of length 1, leads below 0
        Lbfgs.Result result = new Lbfgs()
                .minimize(
                        (p, gradient) -> {
                            gradient[0] = 1 - 0.1 / p[0];
                            return p[0] - 0.1 * Math.log(p[0]); // NaN below 0
                        },
                        x);
        assertEquals(Lbfgs.Status.CONVERGED, result.status());
        assertEquals(0.1, x[0], 1e-6);
        assertThrows(
                ArithmeticException.class, () -> new Lbfgs().minimize((p, gradient) -> Double.NaN, new double[] {1}));
    }

    @Test
    void aStepThatOvershootsIsShortened() {
        double[] x = {0.1};
        Lbfgs.Result result = new Lbfgs(5, 1, 0)
                .minimize(
                        (p, gradient) -> {
                            gradient[0] = 1000 * p[0];
                            return 500 * p[0] * p[0]; // 5 at the start, 405 after a step of length 1
                        },
                        x);
        assertEquals(1, result.iterations());
        assertTrue(result.loss() < 5, result.toString());
    }

    @Test
    void fitsTheParametersOfAModel() {
        HostArray x = HostArray.of(
                DType.F64, Shape.of(20, 3), Run.values(RandomKey.of(1).normal(DType.F64, Shape.of(20, 3))));
        Linear truth = new Linear(
                Tensor.of(DType.F64, Shape.of(2, 3), 1, 2, 3, -1, -2, -3), Tensor.of(DType.F64, Shape.of(2), 5, 6));
        HostArray y = HostArray.of(DType.F64, Shape.of(20, 2), Run.values(truth.apply(Tensor.of(x))));
        Linear start = Linear.of(3, 2, DType.F64, RandomKey.of(2));
        Lbfgs.Fit<Linear> fit = new Lbfgs()
                .minimize(
                        start,
                        (m, batch) -> Losses.mse(m.apply(batch.x()), batch.y(), Reduction.MEAN),
                        Run.REFERENCE,
                        x,
                        y);
        assertEquals(Lbfgs.Status.CONVERGED, fit.result().status());
        assertArrayEquals(Run.values(truth.weight()), Run.values(fit.model().weight()), 1e-5);
        assertArrayEquals(Run.values(truth.bias()), Run.values(fit.model().bias()), 1e-5);
    }

    @Test
    void settingsWithoutSenseAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Lbfgs(0, 10, 1e-6));
        assertThrows(IllegalArgumentException.class, () -> new Lbfgs(5, -1, 1e-6));
        assertThrows(IllegalArgumentException.class, () -> new Lbfgs(5, 10, Double.NaN));
    }
}
