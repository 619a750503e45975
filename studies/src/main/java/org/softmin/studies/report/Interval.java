package org.softmin.studies.report;

import java.util.List;

/** A mean with its 95 % interval by Student's t: the runs are taken as independent and normally distributed. */
record Interval(double mean, double low, double high) {
    /** Of the given values; without spread to estimate from (fewer than two values) the bounds are NaN. */
    static Interval of(List<Double> values) {
        int n = values.size();
        // Measured from the first value, so that equal values have exactly that mean and no spread.
        double first = n == 0 ? Double.NaN : values.getFirst();
        double mean = first + values.stream().mapToDouble(v -> v - first).sum() / n;
        if (n < 2) {
            return new Interval(mean, Double.NaN, Double.NaN);
        }
        double squares =
                values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
        double half = student(n - 1) * Math.sqrt(squares / (n - 1) / n);
        return new Interval(mean, mean - half, mean + half);
    }

    /** The t that a Student variable of so many degrees of freedom stays within, either side, 95 times in 100. */
    static double student(int degrees) {
        double below = 0;
        double above = Math.PI / 2;
        while (true) {
            double middle = (below + above) / 2;
            if (middle <= below || middle >= above) {
                return Math.sqrt(degrees) * Math.tan(middle);
            }
            if (within(middle, degrees) < 0.95) {
                below = middle;
            } else {
                above = middle;
            }
        }
    }

    /**
     * Probability that |t| ≤ √ν tan θ.
     *
     * <p>Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 (ν odd) and 26.7.4 (ν even).
     */
    private static double within(double theta, int degrees) {
        double cosine = Math.cos(theta);
        boolean odd = degrees % 2 == 1;
        double term = odd ? cosine : 1;
        double sum = 0;
        for (int k = odd ? 3 : 2; k <= degrees; k += 2) {
            sum += term;
            term *= cosine * cosine * (k - 1) / k;
        }
        return odd ? (theta + Math.sin(theta) * sum) * 2 / Math.PI : Math.sin(theta) * sum;
    }
}
