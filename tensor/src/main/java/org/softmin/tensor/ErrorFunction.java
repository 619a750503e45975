package org.softmin.tensor;

/**
 * The error function in double precision, from its series and its continued fraction: slow, and plainly right.
 *
 * <p>It is the meaning of {@link Scalar#ERF}; kernels have their own polynomial and are tested against this.
 */
final class ErrorFunction {
    private ErrorFunction() {}

    static double erf(double x) {
        double a = Math.abs(x);
        if (Double.isNaN(x)) {
            return x;
        }
        double y = a < 2.5 ? series(a) : 1 - complement(a);
        return x < 0 || 1 / x < 0 ? -y : y;
    }

    /** 2/√π · e^(−a²) · Σ (2a²)ⁿ a / (1·3·…·(2n+1)): all terms positive, so nothing cancels. */
    private static double series(double a) {
        double term = a;
        double sum = a;
        for (int n = 1; term > sum * 1e-18; n++) {
            term *= 2 * a * a / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * StrictMath.exp(-a * a) * sum;
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
