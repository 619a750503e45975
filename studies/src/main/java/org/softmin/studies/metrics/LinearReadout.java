package org.softmin.studies.metrics;

import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.linalg.LinearAlgebra;

/**
 * The affine map from features to targets with the smallest mean squared error: how much a linear decoder could know.
 *
 * @param weights F64 [k, d]
 * @param intercept F64 [d]
 */
public record LinearReadout(HostArray weights, HostArray intercept) {
    /**
     * Fits the map from {@code features} [n, k] to {@code targets} [n, ...], n ≥ 2, by least squares with an intercept.
     *
     * <p>Solved on standardised features; constant features get weight 0, and of dependent features the weights of
     * smallest norm are taken.
     *
     * @throws IllegalArgumentException if the numbers of samples differ, or an element is not finite
     */
    public static LinearReadout fit(HostArray features, HostArray targets) {
        TallMatrix a = new TallMatrix("linear readout", features);
        TallMatrix x = new TallMatrix("linear readout", targets);
        if (a.rows() != x.rows()) {
            throw new IllegalArgumentException("linear readout: " + a.rows() + " rows of features, but " + x.rows()
                    + " of targets; they must be of the same samples");
        }
        a.requireTwoRows("linear readout");
        a.requireFinite("linear readout");
        x.requireFinite("linear readout");
        int k = a.columns();
        int d = x.columns();
        double[] featureMeans = a.means();
        double[] targetMeans = x.means();
        double[] gram = a.covariance(featureMeans, a, featureMeans);
        double[] cross = a.covariance(featureMeans, x, targetMeans);
        double[] inverseDeviation = new double[k];
        for (int i = 0; i < k; i++) {
            inverseDeviation[i] = gram[i * k + i] > 0 ? 1 / Math.sqrt(gram[i * k + i]) : 0;
        }
        for (int i = 0; i < k * k; i++) {
            gram[i] *= inverseDeviation[i / k] * inverseDeviation[i % k];
        }
        for (int i = 0; i < k * d; i++) {
            cross[i] *= inverseDeviation[i / d];
        }
        double[] weights = LinearAlgebra.leastSquares(
                        HostArray.of(Shape.of(k, k), gram), HostArray.of(Shape.of(k, d), cross))
                .doubles();
        double[] intercept = targetMeans.clone();
        for (int i = 0; i < k * d; i++) {
            weights[i] *= inverseDeviation[i / d];
            intercept[i % d] -= featureMeans[i / d] * weights[i];
        }
        return new LinearReadout(HostArray.of(Shape.of(k, d), weights), HostArray.of(Shape.of(d), intercept));
    }

    /** Targets F64 [n, d] that the map predicts from {@code features} [n, k]. */
    public HostArray predict(HostArray features) {
        TallMatrix a = new TallMatrix("linear readout", features);
        if (a.columns() != weights.shape().dim(0)) {
            throw new IllegalArgumentException(
                    "linear readout: " + weights.shape().dim(0) + " features expected, found " + features.shape());
        }
        return a.times(weights.doubles(), weights.shape().dim(1), intercept.doubles());
    }
}
