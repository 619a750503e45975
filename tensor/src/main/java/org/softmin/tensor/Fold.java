package org.softmin.tensor;

/** How a reduction combines the elements along an axis. Immutable and thread-safe. */
public enum Fold {
    /** Sum; 0 over no elements. */
    SUM,
    /** Largest, NaN if any is NaN; −∞ (or the smallest integer, or false) over no elements. */
    MAX,
    /** Smallest, NaN if any is NaN; +∞ (or the largest integer, or true) over no elements. */
    MIN;

    /** What the fold of no elements of {@code dtype} is. */
    public double identity(DType dtype) {
        return switch (this) {
            case SUM -> 0;
            case MAX ->
                switch (dtype) {
                    case F32, F64 -> Double.NEGATIVE_INFINITY;
                    case I32 -> Integer.MIN_VALUE;
                    case BOOL -> 0;
                };
            case MIN ->
                switch (dtype) {
                    case F32, F64 -> Double.POSITIVE_INFINITY;
                    case I32 -> Integer.MAX_VALUE;
                    case BOOL -> 1;
                };
        };
    }

    /** One step of the fold. */
    public double apply(double a, double b) {
        return switch (this) {
            case SUM -> a + b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
        };
    }
}
