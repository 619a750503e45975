package org.softmin.studies.metrics;

import java.util.Arrays;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.linalg.LinearAlgebra;

/**
 * Principal components: the linear encoder and decoder with the smallest mean squared error.
 *
 * @param mean the mean sample, F64 [d]
 * @param components orthonormal directions of largest variance, one per row, F64 [k, d]
 * @param variances unbiased variance along each component, largest first, F64 [k]
 */
public record Pca(HostArray mean, HostArray components, HostArray variances) {
    /**
     * The first {@code k} principal components of {@code samples} [n, ...], n ≥ 2, from their d × d covariance.
     *
     * @throws IllegalArgumentException if k is not 1 to d, or an element is not finite
     */
    public static Pca fit(HostArray samples, int k) {
        TallMatrix x = new TallMatrix("pca", samples);
        int d = x.columns();
        if (k < 1 || k > d) {
            throw new IllegalArgumentException("pca: " + k + " components of " + d + " dimensions; use 1 to " + d);
        }
        x.requireTwoRows("pca");
        x.requireFinite("pca");
        double[] means = x.means();
        LinearAlgebra.Eigen eigen =
                LinearAlgebra.largestEigen(HostArray.of(Shape.of(d, d), x.covariance(means, x, means)), k);
        double[] components = new double[k * d];
        for (int i = 0; i < components.length; i++) {
            components[i] = eigen.vectors().get(i % d * k + i / d);
        }
        return new Pca(HostArray.of(Shape.of(d), means), HostArray.of(Shape.of(k, d), components), eigen.values());
    }

    /** The first {@code k} of these components, 1 or more. */
    public Pca first(int k) {
        return new Pca(
                mean, components.rows(0, k).copy(), HostArray.of(Shape.of(k), Arrays.copyOf(variances.toDoubles(), k)));
    }

    /** Coordinates of {@code samples} [n, ...] along the components: F64 [n, k]. */
    public HostArray transform(HostArray samples) {
        TallMatrix x = new TallMatrix("pca", samples);
        int k = components.shape().dim(0);
        int d = components.shape().dim(1);
        if (x.columns() != d) {
            throw new IllegalArgumentException(
                    "pca: samples of " + d + " dimensions expected, found " + samples.shape());
        }
        double[] directions = new double[d * k];
        double[] shift = new double[k];
        for (int i = 0; i < d * k; i++) {
            directions[i] = components.get(i % k * d + i / k);
            shift[i % k] -= directions[i] * mean.get(i / k);
        }
        return x.times(directions, k, shift);
    }

    /** Samples F64 [n, d] from their coordinates [n, k]. */
    public HostArray reconstruct(HostArray coordinates) {
        TallMatrix z = new TallMatrix("pca", coordinates);
        if (z.columns() != components.shape().dim(0)) {
            throw new IllegalArgumentException("pca: coordinates along "
                    + components.shape().dim(0) + " components expected, found " + coordinates.shape());
        }
        return z.times(components.doubles(), components.shape().dim(1), mean.doubles());
    }
}
