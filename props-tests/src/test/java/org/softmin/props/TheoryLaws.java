package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;
import org.softmin.nn.Losses;
import org.softmin.nn.Reduction;
import org.softmin.tensor.Tensor;

/**
 * The theorems of implicit EM (Oursland, arXiv 2512.24780 and 2601.06478), as the engine computes them: F64, random
 * data, 10⁻¹² relative to numbers of size 1 or more. The right-hand sides are written out in plain Java. Those on
 * volume control are in {@link VolumeControlLaws}.
 *
 * <p>E are energies [rows, units], r = softmax(−E) the responsibilities, d distances, α attention weights.
 */
@Domain(DomainContext.Global.class)
@Domain(Generators.class)
class TheoryLaws {
    private static final double ACCURACY = 1e-12;

    /** Energies φ(z) of a pre-activation, with φ′. */
    private enum Energy {
        IDENTITY(z -> z, z -> 1),
        RELU(Tensor::relu, z -> z > 0 ? 1 : 0),
        SOFTPLUS(Tensor::softplus, z -> 1 / (1 + Math.exp(-z))),
        SQUARE(z -> z.square().mul(0.5), z -> z),
        LEAKY(z -> z.leakyRelu(0.1), z -> z > 0 ? 1 : 0.1),
        SINE(Tensor::sin, Math::cos);

        final UnaryOperator<Tensor> function;
        final DoubleUnaryOperator slope;

        Energy(UnaryOperator<Tensor> function, DoubleUnaryOperator slope) {
            this.function = function;
            this.slope = slope;
        }
    }

    // ---- gradient = responsibility

    /** ∂L/∂E_j = r_j for L = −Σ_rows ln Σ_j exp(−E_j). */
    @Law
    void gradientIsResponsibility(@ForAll Lab lab, @ForAll Energy energy) {
        Tensor e = energy.function.apply(lab.normal(3, lab.size(1, 9), lab.size(1, 40)));
        double[] gradient = lab.gradient(Losses.logSumExpEnergy(e, Reduction.SUM), e);
        assertClose(flat(responsibilities(lab.rows(e))), gradient);
    }

    /** ∂L/∂z_j = r_j φ′(z_j) for E = φ(z). */
    @Law
    void responsibilityFlowsThroughAnyActivation(@ForAll Lab lab, @ForAll Energy energy) {
        Tensor z = lab.normal(2, lab.size(1, 9), lab.size(1, 20));
        Tensor e = energy.function.apply(z);
        double[] gradient = lab.gradient(Losses.logSumExpEnergy(e, Reduction.SUM), z);
        assertClose(flat(weighted(lab, energy, z, e)), gradient);
    }

    /** ∂L/∂W_j = Σ_n r_nj φ′(z_nj) x_n and ∂L/∂b_j = Σ_n r_nj φ′(z_nj): an M step's sums, weighted by the E step. */
    @Law
    void weightsReceiveResponsibilityWeightedInputs(@ForAll Lab lab, @ForAll Energy energy) {
        int rows = lab.size(1, 9);
        int in = lab.size(1, 7);
        int units = lab.size(1, 9);
        Tensor x = lab.normal(1, rows, in);
        Tensor w = lab.normal(1, units, in);
        Tensor b = lab.normal(1, units);
        Tensor z = x.matmul(w.transpose()).add(b);
        Tensor e = energy.function.apply(z);
        Tensor loss = Losses.logSumExpEnergy(e, Reduction.SUM);
        double[][] weight = weighted(lab, energy, z, e);
        double[][] inputs = lab.rows(x);
        double[] dw = new double[units * in];
        double[] db = new double[units];
        for (int n = 0; n < rows; n++) {
            for (int j = 0; j < units; j++) {
                db[j] += weight[n][j];
                for (int i = 0; i < in; i++) {
                    dw[j * in + i] += weight[n][j] * inputs[n][i];
                }
            }
        }
        assertClose(dw, lab.gradient(loss, w));
        assertClose(db, lab.gradient(loss, b));
    }

    private static double[][] weighted(Lab lab, Energy energy, Tensor z, Tensor e) {
        double[][] result = responsibilities(lab.rows(e));
        double[][] at = lab.rows(z);
        for (int n = 0; n < result.length; n++) {
            for (int j = 0; j < result[n].length; j++) {
                result[n][j] *= energy.slope.applyAsDouble(at[n][j]);
            }
        }
        return result;
    }

    /** ∂/∂d_j ln Σ_i exp(−d_i) = −r_j. */
    @Law
    void distanceFormHasTheOppositeSign(@ForAll Lab lab) {
        Tensor d = lab.normal(3, lab.size(1, 9), lab.size(1, 40));
        double[] gradient = lab.gradient(d.neg().logSumExp(1).sum(), d);
        double[] expected = flat(responsibilities(lab.rows(d)));
        for (int i = 0; i < expected.length; i++) {
            expected[i] = -expected[i];
        }
        assertClose(expected, gradient);
    }

    /** ∂/∂d_j of the cross-entropy of logits −d with label y = 1[j = y] − r_j. */
    @Law
    void crossEntropyPullsTheLabelAndPushesTheRest(@ForAll Lab lab) {
        int rows = lab.size(1, 9);
        int classes = lab.size(1, 12);
        Tensor d = lab.normal(3, rows, classes);
        Tensor y = lab.labels(classes, rows);
        double[] gradient = lab.gradient(Losses.crossEntropy(d.neg(), y, Reduction.SUM), d);
        double[][] expected = responsibilities(lab.rows(d));
        double[] labels = lab.values(y);
        for (int n = 0; n < rows; n++) {
            for (int j = 0; j < classes; j++) {
                expected[n][j] = (labels[n] == j ? 1 : 0) - expected[n][j];
            }
        }
        assertClose(flat(expected), gradient);
    }

    // ---- attention

    /** o = Σ_j α_j v_j with α = softmax(s): ∂L/∂v_j = α_j g for g = ∂L/∂o. */
    @Law
    void attentionValuesReceiveTheirShare(@ForAll Lab lab) {
        Attention a = new Attention(lab);
        double[] gradient = lab.gradient(a.loss, a.v);
        double[] expected = new double[gradient.length];
        for (int j = 0; j < a.keys; j++) {
            for (int i = 0; i < a.width; i++) {
                expected[j * a.width + i] = a.weights[j] * a.upstream[i];
            }
        }
        assertClose(expected, gradient);
    }

    /** ∂L/∂s_j = α_j (a_j − ā) with a_j = g·v_j and ā = Σ_i α_i a_i; these sum to 0. */
    @Law
    void attentionScoresReceiveTheirAdvantage(@ForAll Lab lab) {
        Attention a = new Attention(lab);
        double[] gradient = lab.gradient(a.loss, a.scores);
        double[][] v = lab.rows(a.v);
        double[] advantage = new double[a.keys];
        double mean = 0;
        for (int j = 0; j < a.keys; j++) {
            for (int i = 0; i < a.width; i++) {
                advantage[j] += a.upstream[i] * v[j][i];
            }
            mean += a.weights[j] * advantage[j];
        }
        double[] expected = new double[a.keys];
        for (int j = 0; j < a.keys; j++) {
            expected[j] = a.weights[j] * (advantage[j] - mean);
        }
        assertClose(expected, gradient);
        assertEquals(0, Arrays.stream(gradient).sum(), ACCURACY * Math.max(1, largest(advantage)));
    }

    private static final class Attention {
        final int keys;
        final int width;
        final Tensor scores;
        final Tensor v;
        final Tensor loss;
        final double[] weights;
        final double[] upstream;

        Attention(Lab lab) {
            keys = lab.size(1, 12);
            width = lab.size(1, 6);
            scores = lab.normal(2, 1, keys);
            v = lab.normal(1, keys, width);
            Tensor o = scores.softmax(1).matmul(v);
            loss = o.tanh().mul(lab.normal(1, 1, width)).sum();
            weights = responsibilities(lab.rows(scores.neg()))[0];
            upstream = lab.gradient(loss, o);
        }
    }

    /** ∇_q ln Σ_j exp(k_j·q) = Σ_j α_j k_j with α = softmax(Kq). */
    @Law
    void retrievalMovesTowardsTheAttendedKeys(@ForAll Lab lab) {
        int keys = lab.size(1, 12);
        int width = lab.size(1, 6);
        Tensor k = lab.normal(1, keys, width);
        Tensor q = lab.normal(1, width, 1);
        Tensor scores = k.matmul(q).reshape(1, keys);
        double[] alpha = responsibilities(lab.rows(scores.neg()))[0];
        double[][] rows = lab.rows(k);
        double[] expected = new double[width];
        for (int j = 0; j < keys; j++) {
            for (int i = 0; i < width; i++) {
                expected[i] += alpha[j] * rows[j][i];
            }
        }
        assertClose(expected, lab.gradient(scores.logSumExp(1).sum(), q));
    }

    // ---- mixtures

    /**
     * One EM step on the means of a spherical mixture is a gradient step: μ_new − μ = (σ²/N_j) ∂ℓ/∂μ_j, with ℓ the
     * log-likelihood, N_j = Σ_n r_nj and μ_new = Σ_n r_nj x_n / N_j. For L = −ℓ, the LSE energy loss, the sign is the
     * opposite.
     */
    @Law
    void emStepIsAGradientStep(@ForAll Lab lab) {
        int rows = lab.size(2, 20);
        int width = lab.size(1, 4);
        int components = lab.size(1, 5);
        double variance = lab.uniform(0.5, 2);
        Tensor x = lab.normal(1, rows, width);
        Tensor mu = lab.normal(1, components, width);
        Tensor logPrior = lab.normal(0.5, components).reshape(1, components).logSoftmax(1);
        Tensor difference = x.reshape(rows, 1, width).sub(mu);
        Tensor energies = difference.square().sum(2).div(2 * variance).sub(logPrior);
        double normaliser = 0.5 * width * Math.log(2 * Math.PI * variance);
        Tensor likelihood = energies.neg().logSumExp(1).sub(normaliser).sum();
        double[] up = lab.gradient(likelihood, mu);
        double[] down = lab.gradient(Losses.logSumExpEnergy(energies, Reduction.SUM), mu);
        double[][] r = responsibilities(lab.rows(energies));
        double[][] data = lab.rows(x);
        double[][] old = lab.rows(mu);
        for (int j = 0; j < components; j++) {
            double count = 0;
            double[] mean = new double[width];
            for (int n = 0; n < rows; n++) {
                count += r[n][j];
                for (int i = 0; i < width; i++) {
                    mean[i] += r[n][j] * data[n][i];
                }
            }
            for (int i = 0; i < width; i++) {
                double step = mean[i] / count - old[j][i];
                // multiplied by N_j, which may be small
                assertEquals(step * count, variance * up[j * width + i], 1e-11 * rows);
                assertEquals(-step * count, variance * down[j * width + i], 1e-11 * rows);
            }
        }
    }
    // ---- log-sum-exp

    /** ln Σ exp(x_j + c) = ln Σ exp x_j + c. */
    @Law
    void logSumExpShifts(@ForAll Lab lab) {
        Tensor x = lab.normal(3, lab.size(1, 9), lab.size(1, 40));
        double c = lab.uniform(-500, 500);
        double[] expected = lab.values(x.logSumExp(1).add(c));
        double[] shifted = lab.values(x.add(c).logSumExp(1));
        assertClose(expected, shifted);
    }

    /** max x ≤ ln Σ exp x_j ≤ max x + ln K, with equality on the left for K = 1 and on the right for equal x. */
    @Law
    void logSumExpLiesBetweenItsBounds(@ForAll Lab lab) {
        int units = lab.size(1, 40);
        Tensor x = lab.normal(lab.uniform(0.01, 100), lab.size(1, 9), units);
        double[] lse = lab.values(x.logSumExp(1));
        double[] max = lab.values(x.max(1));
        double slack = ACCURACY * 500;
        for (int n = 0; n < lse.length; n++) {
            assertTrue(max[n] - slack <= lse[n] && lse[n] <= max[n] + Math.log(units) + slack);
        }
        double c = lab.uniform(-5, 5);
        assertEquals(c + Math.log(units), lab.value(lab.filled(i -> c, 1, units).logSumExp(1)), ACCURACY * 10);
        assertEquals(c, lab.value(lab.filled(i -> c, 1, 1).logSumExp(1)), ACCURACY * 10);
    }

    /** min E − ln K ≤ −ln Σ exp(−E_j) ≤ min E: the loss is a soft minimum of the energies. */
    @Law
    void energyLossIsASoftMinimum(@ForAll Lab lab) {
        int units = lab.size(1, 40);
        Tensor e = lab.normal(3, 1, units);
        double loss = lab.value(Losses.logSumExpEnergy(e, Reduction.SUM));
        double min = lab.value(e.min());
        assertTrue(min - Math.log(units) - 1e-11 <= loss && loss <= min + 1e-11);
    }

    /** Σ_j r_j = 1 in every row, at any magnitude. */
    @Law
    void responsibilitiesSumToOne(@ForAll Lab lab) {
        Tensor e = lab.normal(Math.pow(10, lab.uniform(-3, 4)), lab.size(1, 9), lab.size(1, 100));
        double[] ones = lab.values(e.neg().softmax(1).sum(1));
        for (double sum : ones) {
            assertEquals(1, sum, ACCURACY);
        }
    }

    // ---- reductions

    /** The sum over the batch and the mean differ by its size, values and gradients, exactly where division is exact. */
    @Law
    void reductionsDifferByTheBatchSize(@ForAll Lab lab) {
        int rows = 1 << lab.size(0, 6);
        Tensor e = lab.normal(3, rows, lab.size(1, 9));
        Tensor sum = Losses.logSumExpEnergy(e, Reduction.SUM);
        Tensor mean = Losses.logSumExpEnergy(e, Reduction.MEAN);
        assertEquals(lab.value(sum), rows * lab.value(mean));
        double[] ofSum = lab.gradient(sum, e);
        double[] ofMean = lab.gradient(mean, e);
        for (int i = 0; i < ofSum.length; i++) {
            assertEquals(ofSum[i], rows * ofMean[i]);
        }
        int odd = lab.size(1, 50);
        Tensor any = lab.normal(3, odd, lab.size(1, 9));
        assertEquals(
                lab.value(Losses.logSumExpEnergy(any, Reduction.SUM)),
                odd * lab.value(Losses.logSumExpEnergy(any, Reduction.MEAN)),
                1e-11);
    }
    // ---- in plain Java

    private static double[][] responsibilities(double[][] energies) {
        double[][] result = new double[energies.length][];
        for (int n = 0; n < energies.length; n++) {
            double min = Arrays.stream(energies[n]).min().orElse(0);
            double[] weights =
                    Arrays.stream(energies[n]).map(e -> Math.exp(min - e)).toArray();
            double sum = Arrays.stream(weights).sum();
            result[n] = Arrays.stream(weights).map(w -> w / sum).toArray();
        }
        return result;
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }

    private static void assertClose(double[] expected, double[] actual) {
        assertArrayEquals(expected, actual, ACCURACY * Math.max(1, largest(expected)));
    }
}
