package org.softmin.studies.activations;

import java.io.IOException;
import java.util.Arrays;

/**
 * What is done to rows before training: (x − mean) · scale, after which an element is 1 in root mean square.
 *
 * <p>One scale for all elements, so that directions keep their meaning. Immutable.
 */
final class Normalization {
    private static final int BATCH = 1024;

    private final float[] mean;
    private final double scale;

    /** Takes {@code mean} away, then multiplies by {@code scale}. */
    Normalization(float[] mean, double scale) {
        this.mean = mean.clone();
        this.scale = scale;
    }

    /** Of each element over the training rows. */
    float[] mean() {
        return mean.clone();
    }

    /** 1 where the data do not vary. */
    double scale() {
        return scale;
    }

    /** Of mean and scale: other rows have, but for chance, another one. */
    String checksum() {
        return Long.toHexString(31L * Arrays.hashCode(mean) + Double.hashCode(scale));
    }

    /** From one pass over the rows. */
    static Normalization of(ActivationSource.Range rows) throws IOException {
        int width = rows.source().width();
        double[] mean = new double[width];
        double[] squares = new double[1];
        long[] seen = new long[1];
        // Welford: the deviations are taken from the mean so far, so a large mean does not swallow them.
        rows.forEach(BATCH, (buffer, count) -> {
            for (int i = 0; i < count; i++) {
                seen[0]++;
                for (int d = 0; d < width; d++) {
                    double value = buffer[i * width + d];
                    double deviation = value - mean[d];
                    mean[d] += deviation / seen[0];
                    squares[0] += deviation * (value - mean[d]);
                }
            }
        });
        double variance = squares[0] / seen[0] / width;
        float[] rounded = new float[width];
        for (int d = 0; d < width; d++) {
            rounded[d] = (float) mean[d];
        }
        return new Normalization(rounded, variance > 0 ? 1 / Math.sqrt(variance) : 1);
    }

    /** Normalises the first {@code count} rows in place. */
    void apply(float[] rows, int count) {
        for (int i = 0; i < count * mean.length; i++) {
            rows[i] = (float) ((rows[i] - mean[i % mean.length]) * scale);
        }
    }
}
