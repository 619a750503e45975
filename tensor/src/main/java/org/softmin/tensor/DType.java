package org.softmin.tensor;

/**
 * Element type of a tensor: two floating-point types that carry gradients, one integer, one truth value.
 *
 * <p>{@link #F32} lives in a {@code float[]}, {@link #F64} in a {@code double[]}, {@link #I32} and {@link #BOOL} in an
 * {@code int[]} (a truth value is 0 or 1). Immutable and thread-safe.
 */
public enum DType {
    /** IEEE 754 single precision. */
    F32,
    /** IEEE 754 double precision. */
    F64,
    /** 32-bit two's complement integer; arithmetic wraps around as in Java. */
    I32,
    /** Truth value, the result of comparisons. */
    BOOL;

    /** Whether values of this type are floating point, so that gradients flow through them. */
    public boolean isFloating() {
        return this == F32 || this == F64;
    }

    /** Bytes that one stored element takes. */
    public int bytes() {
        return this == F64 ? 8 : 4;
    }

    /** The value nearest to {@code x} that this type can hold: what a stored element reads back as. */
    public double round(double x) {
        return switch (this) {
            case F32 -> (float) x;
            case F64 -> x;
            case I32 -> (int) x;
            case BOOL -> x != 0 ? 1 : 0;
        };
    }
}
