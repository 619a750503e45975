package org.softmin.tensor.cpu;

/**
 * Loops over floating-point elements, which include those with a kernel per row of {@code [outer, n]}.
 *
 * <p>The largest element of a row is subtracted first, so that nothing overflows. A NaN in a row makes its results NaN.
 */
public sealed interface RowLoops<A> extends Loops<A> permits FloatLoops, DoubleLoops {
    /** ln Σ exp of each row: −∞ for a row of −∞ (or of length 0), +∞ if there is one. */
    void logSumExp(A a, int ao, int outer, int n, A out, int oo);

    /** exp x / Σ exp x of each row: 0 for a row of −∞; shared evenly among the elements that are +∞. */
    void softmax(A a, int ao, int outer, int n, A out, int oo);

    /** x − ln Σ exp x of each row: the logarithm of {@link #softmax}. */
    void logSoftmax(A a, int ao, int outer, int n, A out, int oo);
}
