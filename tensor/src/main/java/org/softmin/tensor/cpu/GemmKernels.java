package org.softmin.tensor.cpu;

/**
 * The inner loops of {@link Gemm} for one element type: {@link ScalarGemmF32} and {@link ScalarGemmF64} in plain Java,
 * {@link VectorGemm} with vectors for both.
 *
 * <p>Every element of a product is a chain of fused multiply-adds over ascending k in all of them; that is why they
 * give the same bits.
 *
 * @param <A> the array type, {@code float[]} or {@code double[]}
 */
interface GemmKernels<A> {
    /** Bytes of one element. */
    int bytes();

    /** A new array of zeros. */
    A array(int length);

    /** Length of an array. */
    int length(A array);

    /** The same for matrices of no more columns than these have lanes. */
    GemmKernels<A> narrow();

    /** The most rows of a tile. */
    int tileRows();

    /** The most columns of a tile. */
    int tileColumns();

    /** The fewest columns of a tile. */
    int lanes();

    /**
     * Tiles of C = A·B, or of C += A·B unless {@code first}, one below the other; fastest if {@code bRow} is
     * {@link #tileColumns}.
     *
     * <p>The columns of all three lie next to each other: A(i, p) is {@code a[aOffset + i * aRow + p]}, B(p, j) is
     * {@code b[bOffset + p * bRow + j]}, C(i, j) is {@code c[cOffset + i * cRow + j]}.
     */
    void tiles(
            int tiles,
            int rows,
            int columns,
            int k,
            A a,
            int aOffset,
            int aRow,
            A b,
            int bOffset,
            int bRow,
            A c,
            int cOffset,
            int cRow,
            boolean first);

    /** Copies a matrix between any two layouts. */
    void copy(
            int rows,
            int columns,
            A from,
            int fromOffset,
            int fromRow,
            int fromColumn,
            A to,
            int toOffset,
            int toRow,
            int toColumn);

    /** Sets a matrix to zero. */
    void clear(int rows, int columns, A to, int toOffset, int toRow, int toColumn);
}
