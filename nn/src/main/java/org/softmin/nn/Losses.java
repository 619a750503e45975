package org.softmin.nn;

import org.softmin.tensor.DType;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * What training makes small: each a scalar tensor, to be weighted and added as wanted. Stateless and thread-safe.
 *
 * <p>The terms of decoder-free autoencoders follow Oursland, arXiv 2601.06478: the loss is {@link #logSumExpEnergy} +
 * {@link #logVariance} + {@link #decorrelation}, whose last two keep the units from collapsing.
 */
public final class Losses {
    private Losses() {}

    /** Squared error (x − y)², over all elements. */
    public static Tensor mse(Tensor prediction, Tensor target, Reduction reduction) {
        checkEqualShapes("mse", prediction, target);
        return reduction.of(prediction.sub(target).square());
    }

    /** Absolute error |x − y|, over all elements. */
    public static Tensor l1(Tensor prediction, Tensor target, Reduction reduction) {
        checkEqualShapes("l1", prediction, target);
        return reduction.of(prediction.sub(target).abs());
    }

    private static void checkEqualShapes(String op, Tensor prediction, Tensor target) {
        // Broadcasting [n, 1] against [n] would silently compare each with each.
        if (!prediction.shape().equals(target.shape())) {
            throw new IllegalArgumentException(op + ": prediction is " + prediction.shape() + " and target "
                    + target.shape() + "; reshape one of them so that they are equal");
        }
    }

    /**
     * Multinomial logistic loss −ln softmax(z)_label, over the rows.
     *
     * <p>A label outside 0 … classes − 1 is an error when the program runs.
     *
     * @param logits z, [rows, classes]
     * @param labels I32 [rows]
     */
    public static Tensor crossEntropy(Tensor logits, Tensor labels, Reduction reduction) {
        checkMatrix("crossEntropy", logits);
        if (!labels.shape().equals(Shape.of(logits.shape().dim(0)))) {
            throw new IllegalArgumentException("crossEntropy: labels are " + labels.shape() + ", but logits "
                    + logits.shape() + " need [" + logits.shape().dim(0) + "]");
        }
        // One-hot rows by gather, which refuses labels that are out of range; a comparison would ignore them.
        Tensor hot = Tensor.eye(logits.shape().dim(1)).gather(0, labels);
        Tensor zero = Tensor.scalar(logits.dtype(), 0);
        return reduction.of(hot.where(logits.logSoftmax(1), zero).sum(1).neg());
    }

    /** The share of rows whose largest logit is the one of the label: a metric, without a gradient. */
    public static Tensor accuracy(Tensor logits, Tensor labels) {
        checkMatrix("accuracy", logits);
        return logits.argMax(1).eq(labels).cast(DType.F32).mean();
    }

    /**
     * −ln Σ_j exp(−E_j), over the rows: the negative log-likelihood of the best explanation by any unit, softly. Its
     * gradient with respect to E_j is the responsibility softmax(−E)_j (with SUM).
     *
     * @param energies E, [rows, units]
     * @param reduction SUM in the published experiments
     */
    public static Tensor logSumExpEnergy(Tensor energies, Reduction reduction) {
        checkMatrix("logSumExpEnergy", energies);
        return reduction.of(energies.neg().logSumExp(1).neg());
    }

    /**
     * −Σ_j ln(var_j + ε) over the units, with the unbiased variance over the rows: grows when a unit stops varying.
     *
     * @param activations a, [rows, units], 2 rows or more
     * @param epsilon 1e-6 in the published experiments
     */
    public static Tensor logVariance(Tensor activations, double epsilon) {
        checkRows("logVariance", activations);
        return activations.variance(0, 1).add(epsilon).log().sum().neg();
    }

    /**
     * Σ_{i≠j} corr(a_i, a_j)² over pairs of units: 0 if and only if no two are correlated. A unit that is constant in
     * the batch is correlated with none.
     *
     * @param activations a, [rows, units], 2 rows or more
     * @param epsilon added to each standard deviation; 1e-8 in the published experiments
     */
    public static Tensor decorrelation(Tensor activations, double epsilon) {
        checkRows("decorrelation", activations);
        boolean fewRows = activations.shape().dim(0) < activations.shape().dim(1);
        return fewRows ? decorrelationOfRows(activations, epsilon) : decorrelationOfUnits(activations, epsilon);
    }

    static Tensor decorrelationOfUnits(Tensor activations, double epsilon) {
        return offDiagonal(activations.correlation(epsilon)).square().sum();
    }

    /**
     * The same from the products of rows: ‖ZᵀZ‖ = ‖ZZᵀ‖, which is smaller where there are fewer rows than units. What is on
     * the diagonal of ZᵀZ is taken away again; with fewer rows than units much more than that is left.
     */
    static Tensor decorrelationOfRows(Tensor activations, double epsilon) {
        double divisor = activations.shape().dim(0) - 1.0;
        Tensor z = activations.standardise(0, epsilon);
        Tensor rows = z.matmul(z.transpose()).div(divisor);
        Tensor diagonal = z.square().sum(0).div(divisor);
        return rows.square().sum().sub(diagonal.square().sum());
    }

    private static Tensor offDiagonal(Tensor matrix) {
        return Tensor.eye(matrix.shape().dim(0)).where(Tensor.scalar(matrix.dtype(), 0), matrix);
    }

    /**
     * ‖W̃W̃ᵀ − I‖² with the rows of W scaled to length 1: 0 if and only if no two rows share a direction.
     *
     * @param weights W, [units, inputs]
     * @param epsilon added to each length
     */
    public static Tensor weightRedundancy(Tensor weights, double epsilon) {
        checkMatrix("weightRedundancy", weights);
        int units = weights.shape().dim(0);
        Tensor lengths = weights.norm(1).add(epsilon).reshape(units, 1);
        Tensor unit = weights.div(lengths);
        Tensor identity = Tensor.eye(units).cast(weights.dtype());
        return unit.matmul(unit.transpose()).sub(identity).square().sum();
    }

    private static void checkRows(String op, Tensor activations) {
        checkMatrix(op, activations);
        if (activations.shape().dim(0) < 2) {
            throw new IllegalArgumentException(
                    op + ": a batch of " + activations.shape().dim(0)
                            + " has no variance; use batches of 2 rows or more, the last one included");
        }
    }

    private static void checkMatrix(String op, Tensor x) {
        if (x.shape().rank() != 2) {
            throw new IllegalArgumentException(
                    op + ": " + x.shape() + " is not a matrix [rows, units]; reshape it to one");
        }
    }
}
