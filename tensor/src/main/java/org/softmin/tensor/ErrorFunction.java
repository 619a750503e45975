package org.softmin.tensor;

/**
 * The error function in double precision, from its series and its continued fraction: slow, and plainly right.
 *
 * <p>It is the meaning of {@link Scalar#ERF}; kernels have their own polynomial and are tested against this.
 */
final class ErrorFunction {
    private ErrorFunction() {}

    private static final double TWO_OVER_ROOT_PI = 1.1283791670955126;

    static double erf(double x) {
        if (Double.isNaN(x) || x == 0) {
            return x;
        }
        double a = Math.abs(x);
        return Math.copySign(a < 1 ? series(a) : 1 - complement(a), x);
    }

    /** 2/√π · Σ (−1)ⁿ a²ⁿ⁺¹ / (n! (2n + 1)), summed from the small terms to the large ones. */
    private static double series(double a) {
        double sum = 0;
        for (int n = 24; n >= 0; n--) {
            sum = 1.0 / (2 * n + 1) - a * a / (n + 1) * sum;
        }
        return TWO_OVER_ROOT_PI * a * sum;
    }

    /** erfc(a) = e^(−a²)/√π · 1/(a + ½/(a + 1/(a + 3⁄2/(a + …)))), evaluated from a fixed depth. */
    private static double complement(double a) {
        if (a > 6.5) {
            return 0; // below half an ulp of 1
        }
        double f = a;
        for (int k = 200; k >= 1; k--) {
            f = a + 0.5 * k / f;
        }
        return StrictMath.exp(-a * a) / (Math.sqrt(Math.PI) * f);
    }
}
