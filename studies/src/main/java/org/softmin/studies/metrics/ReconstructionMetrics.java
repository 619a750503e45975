package org.softmin.studies.metrics;

import java.util.function.DoubleBinaryOperator;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/**
 * How far reconstructions are from the samples, as means over all samples and dimensions.
 *
 * <p>Samples are F32 or F64 arrays [n, ...] whose further dimensions are taken together to d. A reconstruction is an
 * array of as many elements, or a single row [1, d] that stands for every sample. All sums are taken in double
 * precision; NaN in, NaN out.
 */
public final class ReconstructionMetrics {
    private ReconstructionMetrics() {}

    /** Raw mean squared error: the mean of (x̂ − x)². */
    public static double mse(HostArray reconstruction, HostArray samples) {
        return mse(reconstruction, samples, (reconstructedNorm, norm) -> 1);
    }

    /**
     * Normalised mean squared error: each x̂ is first scaled so that ‖x̂‖ = ‖x‖; an x̂ = 0 stays 0.
     *
     * <p>It uses the norm of the sample itself, so it is kinder than {@link #mse} to a reconstruction of the wrong scale;
     * what Oursland (arXiv 2601.06478) calls reconstruction MSE.
     */
    public static double normalizedMse(HostArray reconstruction, HostArray samples) {
        return mse(
                reconstruction,
                samples,
                (reconstructedNorm, norm) -> reconstructedNorm == 0 ? 0 : norm / reconstructedNorm);
    }

    /** Mean squared error after each reconstruction is multiplied by {@code scale}(‖x̂‖, ‖x‖). */
    private static double mse(HostArray reconstruction, HostArray samples, DoubleBinaryOperator scale) {
        TallMatrix x = new TallMatrix("mse", samples);
        TallMatrix y = new TallMatrix("mse", reconstruction);
        if (y.columns() != x.columns() || (y.rows() != x.rows() && y.rows() != 1)) {
            throw new IllegalArgumentException("mse: reconstruction " + reconstruction.shape() + " of samples "
                    + samples.shape() + "; the sizes must agree, or the reconstruction be one row");
        }
        int d = x.columns();
        double[] sum = new double[1];
        x.forEachRow((index, values, offset) -> {
            double[] predicted = reconstruction
                    .rows(y.rows() == 1 ? 0 : index, y.rows() == 1 ? 1 : index + 1)
                    .toDoubles();
            double factor = scale.applyAsDouble(norm(predicted, 0, d), norm(values, offset, d));
            double squares = 0;
            for (int j = 0; j < d; j++) {
                double error = factor * predicted[j] - values[offset + j];
                squares += error * error;
            }
            sum[0] += squares;
        });
        return sum[0] / samples.size();
    }

    private static double norm(double[] values, int offset, int length) {
        double sum = 0;
        for (int j = 0; j < length; j++) {
            sum += values[offset + j] * values[offset + j];
        }
        return Math.sqrt(sum);
    }

    /**
     * The linear reconstruction x̂ = a D, F64 [n, d], of activations a [n, k] by a dictionary D [k, d]: the encoder's own
     * weights where there is no decoder, otherwise the decoder's weights without its bias.
     */
    public static HostArray decode(HostArray activations, HostArray dictionary) {
        TallMatrix a = new TallMatrix("decode", activations);
        if (dictionary.shape().rank() != 2 || dictionary.shape().dim(0) != a.columns()) {
            throw new IllegalArgumentException("decode: activations " + activations.shape() + " need a dictionary ["
                    + a.columns() + ", d], found " + dictionary.shape());
        }
        int d = dictionary.shape().dim(1);
        return a.times(dictionary.toDoubles(), d, new double[d]);
    }

    /** The mean of {@code samples} as one row, F64 [1, d]. */
    public static HostArray meanImage(HostArray samples) {
        TallMatrix x = new TallMatrix("mean image", samples);
        return HostArray.of(Shape.of(1, x.columns()), x.means());
    }

    /** Raw error on {@code test} of the mean of {@code train}: what knowing nothing about the sample costs. */
    public static double meanImageMse(HostArray train, HostArray test) {
        return mse(meanImage(train), test);
    }

    /** Raw error of predicting 0 everywhere: the mean square of the samples. */
    public static double zeroImageMse(HostArray test) {
        return mse(HostArray.zeros(DType.F64, Shape.of(1, new TallMatrix("zero image", test).columns())), test);
    }
}
