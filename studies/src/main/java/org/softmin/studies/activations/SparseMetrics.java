package org.softmin.studies.activations;

import java.util.LinkedHashMap;
import java.util.Map;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/**
 * What a sparse encoder does on held-out activations, batch by batch: add every batch, then ask.
 *
 * <p>Only sums are kept, in double precision, so the data may be larger than memory. Results depend on the order of the
 * rows in rounding alone. Definitions and names are those of SAEBench's core evaluation (Karvonen et al., arXiv
 * 2503.09532), but for the error, which SAEBench divides by the size of its batches: here {@code mse} is the mean over
 * all elements. Used by one thread at a time.
 */
public final class SparseMetrics {
    private final int width;
    private final double[] decoderNorms;
    private final double[] sum;
    private final double[] shift;
    private final long[] fired;
    private long rows;
    private double squares;
    private double residual;
    private double cosine;
    private double l1;

    /**
     * The numbers, each with the name that it has in SAEBench.
     *
     * @param explainedVariance 1 − Σ‖x − x̂‖² / Σ‖x − x̄‖²: 1 is perfect, 0 no better than the mean, and below it worse;
     *     NaN where the data do not vary
     * @param mse mean of (x − x̂)² over all elements
     * @param cossim mean over the rows of the cosine of x and x̂, 0 where one of them is 0
     * @param l0 mean number of units that are not 0
     * @param l1 mean of Σ_j |a_j|·‖d_j‖, d_j the decoder's direction of unit j: it does not change when a scale moves
     *     from the code to the decoder
     * @param fracAlive share of the units that fired at least once
     * @param freqOver1Percent share of the units that fired on more than 1 % of the rows
     * @param freqOver10Percent share of the units that fired on more than 10 % of the rows
     */
    public record Values(
            double explainedVariance,
            double mse,
            double cossim,
            double l0,
            double l1,
            double fracAlive,
            double freqOver1Percent,
            double freqOver10Percent) {
        /** By SAEBench's names. */
        public Map<String, Double> byName() {
            Map<String, Double> values = new LinkedHashMap<>();
            values.put("explained_variance", explainedVariance);
            values.put("mse", mse);
            values.put("cossim", cossim);
            values.put("l0", l0);
            values.put("l1", l1);
            values.put("frac_alive", fracAlive);
            values.put("freq_over_1_percent", freqOver1Percent);
            values.put("freq_over_10_percent", freqOver10Percent);
            return values;
        }
    }

    /** No rows yet, of {@code width} elements each; {@code decoderNorms} are ‖d_j‖ for each unit. */
    public SparseMetrics(int width, double[] decoderNorms) {
        this.width = width;
        this.decoderNorms = decoderNorms.clone();
        this.sum = new double[width];
        this.shift = new double[width];
        this.fired = new long[decoderNorms.length];
    }

    /**
     * Adds rows.
     *
     * @param x activations of the model, F32 or F64, [n, width]
     * @param code of the encoder, [n, units]
     * @param reconstruction x̂, [n, width]
     * @throws IllegalArgumentException if a shape is wrong
     * @throws ArithmeticException if a value is not finite
     */
    public void add(HostArray x, HostArray code, HostArray reconstruction) {
        int n = x.shape().dim(0);
        require("x", x, Shape.of(n, width));
        require("code", code, Shape.of(n, fired.length));
        require("reconstruction", reconstruction, Shape.of(n, width));
        for (int i = 0; i < n; i++) {
            if (rows == 0) {
                for (int d = 0; d < width; d++) {
                    shift[d] = x.get(d);
                }
            }
            rows++;
            double error = addRow(x, reconstruction, i) + addCode(code, i);
            if (!Double.isFinite(error)) {
                throw new ArithmeticException(
                        "metrics: row " + (rows - 1) + " holds NaN or an infinity; look at the data or the training");
            }
        }
    }

    private double addRow(HostArray x, HostArray reconstruction, int row) {
        double xx = 0;
        double yy = 0;
        double xy = 0;
        double error = 0;
        for (int d = 0; d < width; d++) {
            double value = x.get(row * width + d);
            double other = reconstruction.get(row * width + d);
            xx += value * value;
            yy += other * other;
            xy += value * other;
            error += (value - other) * (value - other);
            // From the first row on, so that a large mean does not swallow the variance.
            double deviation = value - shift[d];
            sum[d] += deviation;
            squares += deviation * deviation;
        }
        residual += error;
        cosine += xx > 0 && yy > 0 ? xy / Math.sqrt(xx) / Math.sqrt(yy) : 0;
        return error;
    }

    private double addCode(HostArray code, int row) {
        double norm = 0;
        for (int j = 0; j < fired.length; j++) {
            double a = code.get(row * fired.length + j);
            if (a != 0) {
                fired[j]++;
                norm += Math.abs(a) * decoderNorms[j];
            }
        }
        l1 += norm;
        return norm;
    }

    private static void require(String what, HostArray array, Shape shape) {
        if (!array.shape().equals(shape)) {
            throw new IllegalArgumentException("metrics: " + what + " is " + array.shape() + ", expected " + shape
                    + "; pass rows that belong together");
        }
    }

    /**
     * The numbers over all rows so far.
     *
     * @throws IllegalStateException if there are none
     */
    public Values values() {
        if (rows == 0) {
            throw new IllegalStateException("metrics: there are no rows; add some");
        }
        double centre = 0;
        for (double s : sum) {
            centre += s * s / rows;
        }
        double total = squares - centre;
        long active = 0;
        int alive = 0;
        int over1 = 0;
        int over10 = 0;
        for (long count : fired) {
            active += count;
            alive += count > 0 ? 1 : 0;
            over1 += 100 * count > rows ? 1 : 0;
            over10 += 10 * count > rows ? 1 : 0;
        }
        double units = fired.length;
        return new Values(
                total > 0 ? 1 - residual / total : Double.NaN,
                residual / rows / width,
                cosine / rows,
                (double) active / rows,
                l1 / rows,
                alive / units,
                over1 / units,
                over10 / units);
    }
}
