package org.softmin.studies.metrics;

import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/**
 * What images that a model makes look like, whatever they were meant to be: their pixels, and how they differ.
 *
 * <p>Images are F32 or F64 arrays [n, ...] whose further dimensions are taken together to d pixels, black 0 to white 1. Sums
 * are taken in double precision in a fixed order.
 */
public final class OutputMetrics {
    private OutputMetrics() {}

    /** Share of the pixels in each of {@code bins} equal parts of 0 to 1; what lies outside counts in the nearest. */
    public static double[] histogram(HostArray images, int bins) {
        TallMatrix x = new TallMatrix("histogram", images);
        x.requireFinite("histogram");
        double[] shares = new double[bins];
        x.forEachRow((index, values, offset) -> {
            for (int j = 0; j < x.columns(); j++) {
                shares[(int) Math.clamp(Math.floor(values[offset + j] * bins), 0, bins - 1)]++;
            }
        });
        for (int bin = 0; bin < bins; bin++) {
            shares[bin] /= images.size();
        }
        return shares;
    }

    /** Share of the pixels above {@code low} and below {@code high}. */
    public static double shareBetween(HostArray images, double low, double high) {
        TallMatrix x = new TallMatrix("share of pixels", images);
        long[] count = new long[1];
        x.forEachRow((index, values, offset) -> {
            for (int j = 0; j < x.columns(); j++) {
                count[0] += values[offset + j] > low && values[offset + j] < high ? 1 : 0;
            }
        });
        return (double) count[0] / images.size();
    }

    /** Mean of ‖x_i − x_j‖ over all pairs of different images; n²·d/2 operations. */
    public static double pairwiseDistance(HostArray images) {
        TallMatrix x = new TallMatrix("pairwise distance", images);
        x.requireTwoRows("pairwise distance");
        int n = x.rows();
        int d = x.columns();
        double[] values = images.toDoubles();
        double sum = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double squares = 0;
                for (int k = 0; k < d; k++) {
                    double difference = values[i * d + k] - values[j * d + k];
                    squares += difference * difference;
                }
                sum += Math.sqrt(squares);
            }
        }
        return sum / ((double) n * (n - 1) / 2);
    }

    /** Mean over the pixels of their unbiased variance over the images. */
    public static double variance(HostArray images) {
        TallMatrix x = new TallMatrix("variance", images);
        x.requireTwoRows("variance");
        double sum = 0;
        for (double variance : x.variances(x.means())) {
            sum += variance;
        }
        return sum / x.columns();
    }

    /** Mean of {@link #variance} over groups of {@code size} images that follow one another. */
    public static double varianceWithin(HostArray images, int size) {
        int n = images.shape().dim(0);
        if (n % size != 0) {
            throw new IllegalArgumentException(
                    "variance: " + n + " images are not whole groups of " + size + "; give as many of each");
        }
        double sum = 0;
        for (int first = 0; first < n; first += size) {
            sum += variance(images.rows(first, first + size));
        }
        int groups = n / size;
        return sum / groups;
    }

    /** The mean image of each class, F64 [classes, d]; of a class without images the mean of all. */
    public static HostArray classMeans(HostArray images, HostArray labels, int classes) {
        TallMatrix x = new TallMatrix("class means", images);
        int d = x.columns();
        double[] sums = new double[classes * d];
        int[] counts = new int[classes];
        int[] classOf = labels.toInts();
        x.forEachRow((index, values, offset) -> {
            int label = classOf[index];
            counts[label]++;
            for (int j = 0; j < d; j++) {
                sums[label * d + j] += values[offset + j];
            }
        });
        double[] all = x.means();
        for (int i = 0; i < sums.length; i++) {
            sums[i] = counts[i / d] == 0 ? all[i % d] : sums[i] / counts[i / d];
        }
        return HostArray.of(Shape.of(classes, d), sums);
    }
}
