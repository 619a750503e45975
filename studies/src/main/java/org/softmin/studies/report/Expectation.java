package org.softmin.studies.report;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * A number or an inequality that a source asserts, and how far a measured mean may be from it.
 *
 * @param claim the assertion in one sentence, with its source
 * @param expected the number, or the bound of the inequality
 * @param tolerance largest distance that still counts, inclusive, in the unit of the metric; 0 or more
 */
public record Expectation(
        String claim,
        String experiment,
        String configuration,
        String metric,
        Kind kind,
        double expected,
        double tolerance) {
    /** What is asserted. */
    public enum Kind {
        /** The mean is the expected number: otherwise it is not reproduced. */
        NUMBER,
        /** The mean is no larger than the bound: otherwise the claim is refuted. */
        AT_MOST,
        /** The mean is no smaller than the bound: otherwise the claim is refuted. */
        AT_LEAST
    }

    /** Checks that the numbers are finite. */
    public Expectation {
        if (!Double.isFinite(expected) || !(tolerance >= 0) || Double.isInfinite(tolerance)) {
            throw new IllegalArgumentException("expectation: " + expected + " ± " + tolerance + " for " + configuration
                    + " " + metric + "; give a finite number and a tolerance of 0 or more");
        }
    }

    /**
     * Judges a measured mean.
     *
     * <p>The arithmetic is decimal, on the shortest decimals that stand for the numbers, so that .0183 is within .0163 ±
     * .002 as it is on paper. An undefined mean refutes nothing: it is not reproduced.
     *
     * @param mean null where the mean is undefined
     */
    public Verdict judge(@Nullable Double mean) {
        if (mean == null || !Double.isFinite(mean)) {
            return Verdict.NOT_REPRODUCED;
        }
        BigDecimal above = BigDecimal.valueOf(mean).subtract(BigDecimal.valueOf(expected));
        BigDecimal most = BigDecimal.valueOf(tolerance);
        return switch (kind) {
            case NUMBER -> above.abs().compareTo(most) <= 0 ? Verdict.REPRODUCED : Verdict.NOT_REPRODUCED;
            case AT_MOST -> above.compareTo(most) <= 0 ? Verdict.REPRODUCED : Verdict.CLAIM_REFUTED;
            case AT_LEAST -> above.negate().compareTo(most) <= 0 ? Verdict.REPRODUCED : Verdict.CLAIM_REFUTED;
        };
    }
}
