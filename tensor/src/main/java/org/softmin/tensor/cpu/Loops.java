package org.softmin.tensor.cpu;

import org.softmin.tensor.Fold;
import org.softmin.tensor.Scalar;

/**
 * The loops of the CPU backend over elements of one type, stored without gaps in arrays of type {@code A}.
 *
 * <p>An operand is an array and the index of its first element. The result may be written over an operand that starts
 * at the same index of the same array; any other overlap is undefined. Lengths of 0 are allowed. Nothing is allocated,
 * nothing is checked beyond the bounds of the arrays, and every result has the same bits on every machine (one NaN
 * counts as any other). Stateless and thread-safe.
 *
 * @param <A> {@code float[]}, {@code double[]} or {@code int[]}
 */
public sealed interface Loops<A> permits FloatLoops, DoubleLoops, IntLoops {
    /** {@code out[i] = f(a[i])} for a function of one operand. */
    void unary(Scalar f, A a, int ao, A out, int oo, int n);

    /** {@code out[i] = f(a[i], b[i])} for a function of two operands that gives their type. */
    void binary(Scalar f, A a, int ao, A b, int bo, A out, int oo, int n);

    /** {@code out[i] = f(a[i], b[i])}, 1 for true and 0 for false, for a comparison. */
    void compare(Scalar f, A a, int ao, A b, int bo, int[] out, int oo, int n);

    /** {@code out[i] = condition[i] ? a[i] : b[i]}. */
    void select(int[] condition, int co, A a, int ao, A b, int bo, A out, int oo, int n);

    /**
     * Folds the middle dimension of {@code [outer, n, inner]}, giving {@code [outer, inner]}.
     *
     * <p>Where n = 0 the result is the fold's identity. Blocks of {@code outer} are independent, so that a caller may
     * spread them over threads; one block with a large n is spread by {@link #reduceChunks} and {@link #reducePartials},
     * which give the same bits.
     */
    void reduce(Fold f, A a, int ao, int outer, int n, int inner, A out, int oo);

    /** Number of chunks of a block {@code [n, inner]} that {@link #reduceChunks} can work on separately. */
    int chunks(int n, int inner);

    /**
     * Folds the chunks from {@code from} (inclusive) to {@code to} (exclusive) of the block {@code [n, inner]} at
     * {@code ao}; chunk c gives row c, of length {@code inner}, of the array at {@code po}.
     */
    void reduceChunks(Fold f, A a, int ao, int n, int inner, int from, int to, A partials, int po);

    /** Folds the rows of {@code [chunks, inner]} that {@link #reduceChunks} made of one block: its result. */
    void reducePartials(Fold f, A partials, int po, int chunks, int inner, A out, int oo);

    /**
     * Index along the middle dimension of the largest ({@link Fold#MAX}) or smallest ({@link Fold#MIN}) element of
     * {@code [outer, n, inner]}: of equal ones (−0 equals +0) the first, of NaNs the first; n is at least 1.
     */
    void argReduce(Fold f, A a, int ao, int outer, int n, int inner, int[] out, int oo);
}
