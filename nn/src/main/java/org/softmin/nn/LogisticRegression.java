package org.softmin.nn;

import java.util.Arrays;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * A linear classifier fitted to convergence: the usual probe of how much features say about labels.
 *
 * <p>Features are standardised with mean and deviation (divisor n) of the training set; a constant one counts for
 * nothing. The fit minimises C · Σ_i −ln softmax(W x_i + b)_label + ½‖W‖², without a penalty on b, as scikit-learn's
 * {@code LogisticRegression} does after its {@code StandardScaler}. Immutable and thread-safe.
 */
public final class LogisticRegression {
    /** With 60,000 rows as accurate as F64, which takes 1.4 times as long. */
    private static final DType PRECISION = DType.F32;

    /** A tenth of what scikit-learn asks for; tighter ones change no digit of an accuracy. */
    private static final double TOLERANCE = 1e-5;

    private final double[][] weights;
    private final double[] bias;
    private final Lbfgs.Result result;

    private LogisticRegression(double[][] weights, double[] bias, Lbfgs.Result result) {
        this.weights = weights;
        this.bias = bias;
        this.result = result;
    }

    /** A fit with C = 1 on the CPU. */
    public static LogisticRegression fit(HostArray features, HostArray labels, int classes) {
        return fit(features, labels, classes, Backend.named("cpu"));
    }

    /** A fit with C = 1. */
    public static LogisticRegression fit(HostArray features, HostArray labels, int classes, Backend backend) {
        return fit(features, labels, classes, 1, new Lbfgs(10, 2000, TOLERANCE), backend);
    }

    /**
     * A fit.
     *
     * @param features F32 or F64 [rows, features]
     * @param labels I32 [rows], 0 to classes − 1
     * @param c weight of the data against the penalty, C in the formula
     * @param solver how long and how accurately to fit; its tolerance is about the mean over the rows
     */
    public static LogisticRegression fit(
            HostArray features, HostArray labels, int classes, double c, Lbfgs solver, Backend backend) {
        check(features, labels, classes);
        Settings.positive("logistic regression", "C", c);
        int rows = features.shape().dim(0);
        int width = features.shape().dim(1);
        double[] mean = new double[width];
        double[] scale = new double[width];
        HostArray standardised = standardise(features, mean, scale);
        Linear start = new Linear(
                Tensor.zeros(PRECISION, Shape.of(classes, width)), Tensor.zeros(PRECISION, Shape.of(classes)));
        Lbfgs.Fit<Linear> fit = solver.minimize(
                start,
                (m, batch) -> Losses.crossEntropy(m.apply(batch.x()), batch.y(), Reduction.MEAN)
                        .add(m.weight().square().sum().mul(0.5 / (c * rows))),
                backend,
                standardised,
                labels);
        // From here on in terms of the features as they are.
        double[] w = fit.model().weight().toDoubles();
        double[] bias = Parameters.flatten(fit.model()).tensors().getLast().toDoubles();
        double[][] weights = new double[classes][width];
        for (int k = 0; k < classes; k++) {
            for (int j = 0; j < width; j++) {
                weights[k][j] = w[k * width + j] / scale[j];
                bias[k] -= weights[k][j] * mean[j];
            }
        }
        return new LogisticRegression(weights, bias, fit.result());
    }

    private static void check(HostArray features, HostArray labels, int classes) {
        if (features.shape().rank() != 2 || !features.dtype().isFloating() || features.size() == 0) {
            throw new IllegalArgumentException(
                    "logistic regression: features are " + features + "; they must be F32 or F64 [rows, features]");
        }
        int rows = features.shape().dim(0);
        if (labels.dtype() != DType.I32 || !labels.shape().equals(Shape.of(rows))) {
            throw new IllegalArgumentException(
                    "logistic regression: labels are " + labels + "; they must be I32[" + rows + "]");
        }
        if (classes < 2) {
            throw new IllegalArgumentException("logistic regression: " + classes + " classes; use 2 or more");
        }
        for (int i = 0; i < rows; i++) {
            if (labels.get(i) < 0 || labels.get(i) >= classes) {
                throw new IllegalArgumentException("logistic regression: label " + (int) labels.get(i) + " of row " + i
                        + " is not one of 0 to " + (classes - 1));
            }
        }
    }

    /** (x − mean) / deviation for each column; a constant column becomes 0 and its deviation counts as 1. */
    private static HostArray standardise(HostArray x, double[] mean, double[] scale) {
        int width = mean.length;
        int rows = x.size() / width;
        boolean[] varies = new boolean[width];
        for (int i = 0; i < x.size(); i++) {
            mean[i % width] += x.get(i) / rows;
            varies[i % width] |= x.get(i) != x.get(i % width);
        }
        for (int j = 0; j < width; j++) {
            mean[j] = varies[j] ? mean[j] : x.get(j); // the rounded mean of equal numbers may differ from them
        }
        for (int i = 0; i < x.size(); i++) {
            double deviation = x.get(i) - mean[i % width];
            scale[i % width] += deviation * deviation / rows;
        }
        for (int j = 0; j < width; j++) {
            scale[j] = varies[j] ? Math.sqrt(scale[j]) : 1;
        }
        HostArray result = HostArray.zeros(PRECISION, x.shape());
        for (int i = 0; i < x.size(); i++) {
            result.set(i, (x.get(i) - mean[i % width]) / scale[i % width]);
        }
        return result;
    }

    /** The classifier as a layer on features as they are, not standardised: logits = W x + b, in F64. */
    public Linear linear() {
        int classes = bias.length;
        int width = weights[0].length;
        double[] all = Arrays.stream(weights).flatMapToDouble(Arrays::stream).toArray();
        return new Linear(
                Tensor.of(DType.F64, Shape.of(classes, width), all), Tensor.of(DType.F64, Shape.of(classes), bias));
    }

    /** The most probable label of each row of {@code features}; the lowest one of equals. */
    public int[] predict(HostArray features) {
        int width = weights[0].length;
        if (features.shape().rank() != 2 || features.shape().dim(1) != width) {
            throw new IllegalArgumentException(
                    "logistic regression: features are " + features + "; it was fitted to [rows, " + width + "]");
        }
        int[] labels = new int[features.shape().dim(0)];
        double[] row = new double[width];
        for (int i = 0; i < labels.length; i++) {
            for (int j = 0; j < width; j++) {
                row[j] = features.get(i * width + j);
            }
            double best = Double.NEGATIVE_INFINITY;
            for (int k = 0; k < weights.length; k++) {
                double score = bias[k];
                for (int j = 0; j < width; j++) {
                    score += weights[k][j] * row[j];
                }
                if (score > best) {
                    best = score;
                    labels[i] = k;
                }
            }
        }
        return labels;
    }

    /** The share of rows whose predicted label is the given one. */
    public double accuracy(HostArray features, HostArray labels) {
        int[] predicted = predict(features);
        if (labels.size() != predicted.length) {
            throw new IllegalArgumentException(
                    "logistic regression: " + labels + " are not labels for " + predicted.length + " rows");
        }
        int right = 0;
        for (int i = 0; i < predicted.length; i++) {
            right += predicted[i] == labels.get(i) ? 1 : 0;
        }
        return (double) right / predicted.length;
    }

    /** How the fit ended. */
    public Lbfgs.Result result() {
        return result;
    }
}
