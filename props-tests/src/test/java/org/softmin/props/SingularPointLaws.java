package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.softmin.autograd.Gradients;
import org.softmin.nn.Losses;
import org.softmin.nn.Reduction;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Values and gradients where a function is singular: there is nothing for differences to agree with, so each convention
 * is stated here, for both backends.
 */
class SingularPointLaws {
    private static final double INF = Double.POSITIVE_INFINITY;

    private static double[] values(DType dtype, UnaryOperator<Tensor> f, double... at) {
        return values(f, HostArray.of(dtype, Shape.of(at.length), at));
    }

    private static double[] values(UnaryOperator<Tensor> f, HostArray at) {
        Tensor x = Tensor.input("x", at.dtype(), at.shape());
        Example example = new Example("singular point", Program.of(List.of(x), List.of(f.apply(x))), List.of(at));
        double[] reference = example.run(Reference.BACKEND).getFirst().toDoubles();
        HostArray cpu = example.run(Backends.cpu(Backends.ONE)).getFirst();
        assertEquals("", example.outside(List.of(cpu)), example::toString);
        return reference;
    }

    private static double[] gradient(DType dtype, UnaryOperator<Tensor> f, double... at) {
        return values(dtype, x -> Gradients.grad(f.apply(x).sum(), x), at);
    }

    private static double[] second(DType dtype, UnaryOperator<Tensor> f, double... at) {
        return values(
                dtype, x -> Gradients.grad(Gradients.grad(f.apply(x).sum(), x).sum(), x), at);
    }

    /** Equal, but for the sign of zero. */
    private static void assertValues(double[] expected, double[] actual) {
        assertArrayEquals(expected, Arrays.stream(actual).map(x -> x + 0.0).toArray());
    }

    // ---- kinks

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void rootAndNormHaveGradientZeroAtZero(DType dtype) {
        assertValues(new double[] {0, 0.25}, gradient(dtype, Tensor::sqrt, 0, 4));
        assertValues(new double[] {0, -1 / 32.0}, second(dtype, Tensor::sqrt, 0, 4));
        assertValues(new double[] {0, 0, 0}, gradient(dtype, x -> x.norm(0), 0, 0, 0));
        assertValues(new double[] {0, 0, 0}, second(dtype, x -> x.norm(0), 0, 0, 0));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void kinksHaveTheirStatedGradient(DType dtype) {
        assertValues(new double[] {-1, 0, 0, 1}, gradient(dtype, Tensor::abs, -3, -0.0, 0, 2));
        assertValues(new double[] {0, 0, 0, 1}, gradient(dtype, Tensor::relu, -3, -0.0, 0, 2));
        assertValues(new double[] {0, 0.5, 1}, gradient(dtype, x -> x.maximum(zeros(x)), -1, 0, 1));
        assertValues(new double[] {1, 0.5, 0}, gradient(dtype, x -> x.minimum(zeros(x)), -1, 0, 1));
        assertValues(new double[] {1, 1, 1}, gradient(dtype, x -> x.maximum(x), -1, 0, 1));
        assertValues(new double[] {0, 0, 0, 0}, gradient(dtype, x -> x.sign().add(x.floor()), -1.5, 0, 1, 2.5));
    }

    private static Tensor zeros(Tensor x) {
        return Tensor.zeros(x.dtype(), x.shape());
    }

    /** Equal extremes share the gradient, however many they are. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void tiesShareTheGradientOfAnExtremum(DType dtype) {
        assertValues(new double[] {0.25, 0, 0.25, 0.25, 0.25}, gradient(dtype, x -> x.max(0), 3, 1, 3, 3, 3));
        assertValues(new double[] {0, 1, 0}, gradient(dtype, x -> x.min(0), 3, 1, 3));
        assertValues(new double[] {0.5, 0.5}, gradient(dtype, x -> x.max(0), -INF, -INF));
    }

    @Test
    void tiesGoToTheLowestIndex() {
        for (DType dtype : DType.values()) {
            assertValues(new double[] {1}, values(dtype, x -> x.argMax(0), 0, 1, 0, 1, 1));
            assertValues(new double[] {0}, values(dtype, x -> x.argMin(0), 0, 1, 0, 1, 1));
            assertValues(new double[] {0, 2, 1, 3, 4}, values(dtype, x -> x.argSort(0), 0, 1, 0, 1, 1));
        }
        assertValues(new double[] {0}, values(DType.F32, x -> x.argMin(0), 0.0, -0.0));
        assertValues(new double[] {2}, values(DType.F32, x -> x.argMax(0), 1, INF, Double.NaN, Double.NaN));
    }

    // ---- rows with infinities

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void logSumExpOfInfiniteRows(DType dtype) {
        UnaryOperator<Tensor> lse = x -> x.logSumExp(0);
        assertValues(new double[] {-INF}, values(dtype, lse, -INF, -INF, -INF));
        assertValues(new double[] {0, 0, 0}, gradient(dtype, lse, -INF, -INF, -INF));
        assertValues(new double[] {INF}, values(dtype, lse, 1, INF, -INF, INF));
        assertValues(new double[] {0, 0.5, 0, 0.5}, gradient(dtype, lse, 1, INF, -INF, INF));
        assertValues(new double[] {0, 1}, gradient(dtype, lse, -INF, 3));
        assertValues(new double[] {0, 0, 0}, second(dtype, lse, -INF, -INF, -INF));
        assertValues(new double[] {-INF}, values(lse, HostArray.zeros(dtype, Shape.of(0))));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void softmaxOfInfiniteRows(DType dtype) {
        assertValues(new double[] {0, 0}, values(dtype, x -> x.softmax(0), -INF, -INF));
        assertValues(new double[] {0.5, 0, 0.5}, values(dtype, x -> x.softmax(0), INF, 1, INF));
        assertValues(new double[] {0, 1, 0}, values(dtype, x -> x.softmax(0), -INF, 1, -INF));
    }

    /** Rows of ±10⁴ and 10³⁰ neither overflow nor lose their sum of 1. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void rowsOfLargeNumbersStayFinite(DType dtype) {
        for (double c : new double[] {-1e30, -1e4, 1e4, 1e30}) {
            double held = dtype.round(c);
            double[] lse = values(dtype, x -> x.logSumExp(0), c, c);
            assertEquals(held + Math.log(2), lse[0], 2 * ulp(dtype, held));
            assertValues(new double[] {0.5, 0.5}, values(dtype, x -> x.softmax(0), c, c));
            assertValues(new double[] {0.5, 0.5}, gradient(dtype, x -> x.logSumExp(0), c, c));
        }
        assertValues(new double[] {1, 0}, values(dtype, x -> x.softmax(0), 1e4, -1e4));
    }

    private static double ulp(DType dtype, double x) {
        return dtype == DType.F32 ? Math.ulp((float) x) : Math.ulp(x);
    }

    // ---- statistics

    /** log Var of a dead unit is log ε, and −∞ without ε; no NaN in the gradient. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void varianceOfConstantAndTinyUnits(DType dtype) {
        UnaryOperator<Tensor> logVar = x -> x.variance(0, 1).log();
        assertValues(new double[] {-INF}, values(dtype, logVar, 3, 3, 3));
        assertValues(new double[] {0, 0, 0}, gradient(dtype, x -> x.variance(0, 1), 0.1, 0.1, 0.1));
        assertValues(
                new double[] {0, 0, 0},
                gradient(dtype, x -> x.variance(0, 1).add(1e-6).log(), 0.1, 0.1, 0.1));
        double tiny = 2e-22; // its square, 4e-44, is denormal in F32
        double[] variance = values(dtype, x -> x.variance(0, 1), 0, tiny);
        assertEquals(2e-44, variance[0], dtype == DType.F32 ? Float.MIN_VALUE * 2 : 1e-57);
        assertTrue(Double.isFinite(values(dtype, logVar, 0, tiny)[0]));
    }

    /** Two passes: data of mean 10⁶ and deviation 1 keep their variance (one pass would lose it all in F32). */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void varianceSurvivesALargeMean(DType dtype) {
        double[] x = new double[100];
        Arrays.setAll(x, i -> 1e6 + (i % 2 == 0 ? -1 : 1));
        assertEquals(100 / 99.0, values(dtype, v -> v.variance(0, 1), x)[0], 1e-6);
        assertEquals(1, values(dtype, v -> v.variance(0, 0), x)[0], 1e-6);
    }

    /** 0 off the diagonal and 1 on it, with ε and without; the rest is as if the unit were not there. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void correlationOfAConstantUnit(DType dtype) {
        for (double epsilon : new double[] {0, 1e-8}) {
            HostArray x = HostArray.of(dtype, Shape.of(3, 3), 1, 0.1, 2, 2, 0.1, 1, 4, 0.1, 9);
            double[] c = values(a -> a.correlation(epsilon), x);
            assertValues(new double[] {1, 0, c[2], 0, 1, 0, c[6], 0, 1}, c);
            double expected = 36 / Math.sqrt(14 * 114.0); // (nΣxy − ΣxΣy) / √((nΣx² − (Σx)²)(nΣy² − (Σy)²))
            assertEquals(expected, c[2], dtype == DType.F32 ? 1e-6 : 1e-7);
            double[] g =
                    values(a -> Gradients.grad(a.correlation(epsilon).square().sum(), a), x);
            for (int i = 0; i < g.length; i++) {
                assertTrue(Double.isFinite(g[i]));
                assertTrue(i % 3 != 1 || g[i] == 0);
            }
        }
    }

    @Test
    void aBatchOfOneHasNoVariance() {
        Tensor one = Tensor.input("x", DType.F32, Shape.of(1, 3));
        assertMessage(
                "variance: axis 0 of [1, 3] has 1 element(s), so the divisor n - 1 is not positive; use 2 or more",
                () -> one.variance(0, 1));
        assertMessage(
                "logVariance: a batch of 1 has no variance; use batches of 2 rows or more, the last one included",
                () -> Losses.logVariance(one, 1e-6));
        assertMessage(
                "decorrelation: a batch of 1 has no variance; use batches of 2 rows or more, the last one included",
                () -> Losses.decorrelation(one, 1e-8));
    }

    private static void assertMessage(String message, Runnable mistake) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, mistake::run).getMessage());
    }

    // ---- guarded expressions

    /** The branch not taken leaks no NaN, in the first and in the second order. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void whereLeaksNothing(DType dtype) {
        UnaryOperator<Tensor> guarded = x ->
                x.gt(0).where(x.gt(0).where(x, Tensor.full(dtype, x.shape(), 1)).log(), zeros(x));
        assertValues(new double[] {0, 0, 0, 0.5}, gradient(dtype, guarded, -1, 0, Double.NaN, 2));
        assertValues(new double[] {0, 0, 0, -0.25}, second(dtype, guarded, -1, 0, Double.NaN, 2));
        UnaryOperator<Tensor> choice = x -> x.gt(0).where(x, x.log());
        assertValues(new double[] {-INF, 2}, values(dtype, choice, 0, 2));
    }

    /** 0 · ln 0 = 0, as entropies need it: in x ln x by where, and in the gradient of a power by its rule. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void zeroTimesLogZeroIsZero(DType dtype) {
        UnaryOperator<Tensor> power = b -> zeros(b).pow(b); // 0^b
        assertValues(new double[] {0, 1, 0}, values(dtype, power, 1, 0, 2));
        assertValues(new double[] {0, 0, 0}, gradient(dtype, power, 1, 0, 2));
        assertValues(new double[] {1, 1}, gradient(dtype, x -> x.pow(Tensor.scalar(dtype, 1)), 0, 3));
        UnaryOperator<Tensor> entropy =
                r -> r.eq(0).where(zeros(r), r.mul(r.log())).sum().neg();
        assertValues(new double[] {0}, values(dtype, entropy, 0, 1, 0));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void softplusAndSigmoidSaturate(DType dtype) {
        double ten4 = 1e4;
        assertValues(new double[] {0, 0, ten4}, values(dtype, Tensor::softplus, -ten4, -INF, ten4));
        assertValues(new double[] {0, 1, 0, 1}, values(dtype, Tensor::sigmoid, -ten4, ten4, -INF, INF));
        assertValues(new double[] {0, 1}, gradient(dtype, Tensor::softplus, -ten4, ten4));
        assertValues(new double[] {0, 0}, gradient(dtype, Tensor::sigmoid, -ten4, ten4));
        assertValues(new double[] {0, ten4}, values(dtype, Tensor::relu, -ten4, ten4));
    }

    /** The gradient through a conversion is the converted gradient; through an integer there is none. */
    @Test
    void gradientsFollowConversions() {
        assertValues(
                new double[] {(float) (2 * (double) 0.1f)},
                gradient(DType.F64, x -> x.cast(DType.F32).square().cast(DType.F64), 0.1f));
        assertValues(
                new double[] {0, 0}, gradient(DType.F32, x -> x.cast(DType.I32).cast(DType.F32), 1.5, -2));
    }

    /** The loss of dead ReLU units: all energies equal, every unit equally responsible. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void deadUnitsAreEquallyResponsible(DType dtype) {
        HostArray dead = HostArray.zeros(dtype, Shape.of(2, 4));
        double[] r = values(e -> Gradients.grad(Losses.logSumExpEnergy(e, Reduction.SUM), e), dead);
        double[] quarter = new double[8];
        Arrays.fill(quarter, 0.25);
        assertValues(quarter, r);
    }
}
