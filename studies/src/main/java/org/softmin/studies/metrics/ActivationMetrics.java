package org.softmin.studies.metrics;

import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.linalg.LinearAlgebra;

/**
 * What the units of an encoder do on a set of samples; definitions of Oursland (arXiv 2601.06478) unless noted.
 *
 * <p>Activations a are F32 or F64 arrays [n, k], n samples of k units, which are also the energies E of the
 * responsibilities r = softmax(−E) of a sample. Sums are taken in double precision in a fixed order. A metric that is
 * undefined is NaN. Every method throws {@link IllegalArgumentException} if an activation is not finite, and those that
 * need a variance if there is only one sample.
 */
public final class ActivationMetrics {
    /** A unit whose variance is below this counts as dead. */
    public static final double DEAD_VARIANCE = 0.01;

    /** An activation above this counts as firing. */
    public static final double FIRING_THRESHOLD = 0.01;

    private ActivationMetrics() {}

    /**
     * Number of dead units: those with var(a_j) &lt; 0.01, unbiased.
     *
     * <p>It depends on the scale of the activations; {@link #firingDead} does not depend on their spread.
     */
    public static int dead(HostArray activations) {
        TallMatrix a = finite("dead", activations);
        a.requireTwoRows("dead");
        int dead = 0;
        for (double variance : a.variances(a.means())) {
            dead += variance < DEAD_VARIANCE ? 1 : 0;
        }
        return dead;
    }

    /** Share of the samples on which each unit fires (a_j &gt; 0.01): k numbers from 0 to 1. */
    public static double[] firingFrequency(HostArray activations) {
        TallMatrix a = finite("firing frequency", activations);
        double[] frequency = new double[a.columns()];
        a.forEachRow((index, values, offset) -> {
            for (int j = 0; j < frequency.length; j++) {
                frequency[j] += values[offset + j] > FIRING_THRESHOLD ? 1 : 0;
            }
        });
        for (int j = 0; j < frequency.length; j++) {
            frequency[j] /= a.rows();
        }
        return frequency;
    }

    /** Number of units that fire (a_j &gt; 0.01) on no sample. */
    public static int firingDead(HostArray activations) {
        int dead = 0;
        for (double frequency : firingFrequency(activations)) {
            dead += frequency == 0 ? 1 : 0;
        }
        return dead;
    }

    /** Pearson correlations of the units, F64 [k, k]; of a constant unit 0 off the diagonal and 1 on it. */
    public static HostArray correlation(HostArray activations) {
        TallMatrix a = finite("correlation", activations);
        a.requireTwoRows("correlation");
        int k = a.columns();
        double[] means = a.means();
        double[] correlation = a.covariance(means, a, means);
        double[] deviations = new double[k];
        for (int i = 0; i < k; i++) {
            deviations[i] = Math.sqrt(correlation[i * k + i]);
        }
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < k; j++) {
                double scale = deviations[i] * deviations[j];
                correlation[i * k + j] = i == j ? 1 : scale > 0 ? correlation[i * k + j] / scale : 0;
            }
        }
        return HostArray.of(Shape.of(k, k), correlation);
    }

    /**
     * Redundancy: Σ_{i≠j} corr(a_i, a_j)², both orders counted, so from 0 to k (k − 1); NaN if all units are dead.
     *
     * <p>Correlations as in {@link #correlation}: a constant unit adds 0.
     */
    public static double redundancy(HostArray activations) {
        HostArray correlation = correlation(activations);
        int k = correlation.shape().dim(0);
        if (dead(activations) == k) {
            return Double.NaN;
        }
        double sum = 0;
        for (int i = 0; i < k * k; i++) {
            sum += i / k == i % k ? 0 : correlation.get(i) * correlation.get(i);
        }
        return sum;
    }

    /** Mean over the samples of the entropy of r = softmax(−a), in nats: 0 to ln k. */
    public static double responsibilityEntropy(HostArray activations) {
        return meanOverSamples("responsibility entropy", activations, ActivationMetrics::entropy);
    }

    /** Mean over the samples of max_j r_j with r = softmax(−a): 1/k to 1. */
    public static double maxResponsibility(HostArray activations) {
        // The largest is that of the smallest energy: exp(0) over the sum.
        return meanOverSamples(
                "max responsibility",
                activations,
                (values, offset, k) -> 1 / partition(values, offset, k, smallest(values, offset, k)));
    }

    /** L0: mean over the samples of the number of units with |a_j| &gt; 0.01. */
    public static double l0(HostArray activations) {
        return meanOverSamples("l0", activations, (values, offset, k) -> {
            int active = 0;
            for (int j = 0; j < k; j++) {
                active += Math.abs(values[offset + j]) > FIRING_THRESHOLD ? 1 : 0;
            }
            return active;
        });
    }

    /**
     * Effective rank of a matrix: exp of the entropy of its singular values divided by their sum; NaN if all are 0.
     *
     * <p>1 for a matrix of rank one, min(m, n) for one with orthonormal rows or columns. Roy and Vetterli, "The effective
     * rank", EUSIPCO 2007.
     */
    public static double effectiveRank(HostArray matrix) {
        double[] s = LinearAlgebra.singularValues(matrix).doubles();
        double sum = 0;
        for (double value : s) {
            sum += value;
        }
        double entropy = 0;
        for (double value : s) {
            double p = value / sum;
            entropy -= p == 0 ? 0 : p * StrictMath.log(p);
        }
        return StrictMath.exp(entropy);
    }

    private interface OfSample {
        double apply(double[] values, int offset, int k);
    }

    private static double meanOverSamples(String op, HostArray activations, OfSample metric) {
        TallMatrix a = finite(op, activations);
        double[] sum = new double[1];
        a.forEachRow((index, values, offset) -> sum[0] += metric.apply(values, offset, a.columns()));
        return sum[0] / a.rows();
    }

    /** With d_j = E_j − min E and Z = Σ exp(−d_j): H = ln Z + Σ d_j exp(−d_j) / Z, where no logarithm of 0 occurs. */
    private static double entropy(double[] values, int offset, int k) {
        double smallest = smallest(values, offset, k);
        double z = partition(values, offset, k, smallest);
        double meanExcess = 0;
        for (int j = 0; j < k; j++) {
            double excess = values[offset + j] - smallest;
            double weight = StrictMath.exp(-excess);
            meanExcess += weight == 0 ? 0 : excess * weight / z;
        }
        return StrictMath.log(z) + meanExcess;
    }

    private static double partition(double[] values, int offset, int k, double smallest) {
        double sum = 0;
        for (int j = 0; j < k; j++) {
            sum += StrictMath.exp(smallest - values[offset + j]);
        }
        return sum;
    }

    private static double smallest(double[] values, int offset, int k) {
        double smallest = Double.POSITIVE_INFINITY;
        for (int j = 0; j < k; j++) {
            smallest = Math.min(smallest, values[offset + j]);
        }
        return smallest;
    }

    private static TallMatrix finite(String op, HostArray activations) {
        TallMatrix a = new TallMatrix(op, activations);
        a.requireFinite(op);
        return a;
    }
}
