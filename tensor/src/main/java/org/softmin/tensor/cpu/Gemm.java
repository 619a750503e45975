package org.softmin.tensor.cpu;

import org.softmin.tensor.plan.Matrices;

/**
 * Matrix product C = A·B for every shape, transpose and view, in F32 and F64.
 *
 * <p>Each element of C is {@code fma(A(i, p), B(p, j), sum)} over p = 0, 1, … k−1 from sum = +0, always in this order:
 * how a product is cut into blocks, the vector width, the number of threads and the scalar fallback do not change a
 * bit (of a NaN only that it is one). With k = 0, C is zero.
 *
 * <p>A(i, p) is {@code a[aOffset + i * aRow + p * aColumn]}, and so for B; a transposed matrix has its strides swapped,
 * and any view that has strides will do. C(i, j) is {@code c[cOffset + i * cRow + j]}. C must not overlap A or B.
 *
 * <p>Holds the buffers that pack A and B, so that a call allocates nothing once the largest shape was seen. Not for
 * use by two threads at a time; {@link Workers} may be shared.
 */
public final class Gemm {
    /** What is done to the elements of a product while they are still in the cache. */
    @FunctionalInterface
    public interface Epilogue {
        /** Does nothing. */
        Epilogue NOTHING = (fromRow, toRow, fromColumn, toColumn) -> {};

        /**
         * These elements of C are final: they may be read and replaced here. Called once for each of the blocks that C
         * is cut into, which may be different for each number of threads, and by several threads at a time.
         */
        void block(int fromRow, int toRow, int fromColumn, int toColumn);
    }

    private static final int[] ONE = {0};

    private final BatchedProduct<float[]> f32;
    private final BatchedProduct<double[]> f64;

    /** Products computed by these workers, with vectors where this Java has them. */
    public Gemm(Workers workers) {
        this(workers, VectorModule.available());
    }

    Gemm(Workers workers, boolean vectors) {
        this(
                workers,
                vectors ? VectorGemm.f32() : new ScalarGemmF32(),
                vectors ? VectorGemm.f64() : new ScalarGemmF64());
    }

    Gemm(Workers workers, GemmKernels<float[]> f32, GemmKernels<double[]> f64) {
        this.f32 = new BatchedProduct<>(f32, workers);
        this.f64 = new BatchedProduct<>(f64, workers);
    }

    /** C (m × n) = A (m × k) · B (k × n) in F32. */
    public void multiply(
            int m,
            int n,
            int k,
            float[] a,
            int aOffset,
            int aRow,
            int aColumn,
            float[] b,
            int bOffset,
            int bRow,
            int bColumn,
            float[] c,
            int cOffset,
            int cRow) {
        multiply(m, n, k, a, aOffset, aRow, aColumn, b, bOffset, bRow, bColumn, c, cOffset, cRow, Epilogue.NOTHING);
    }

    /** C (m × n) = A (m × k) · B (k × n) in F32, with an epilogue. */
    public void multiply(
            int m,
            int n,
            int k,
            float[] a,
            int aOffset,
            int aRow,
            int aColumn,
            float[] b,
            int bOffset,
            int bRow,
            int bColumn,
            float[] c,
            int cOffset,
            int cRow,
            Epilogue epilogue) {
        f32.multiply(
                m, n, k, a, ONE, aOffset, aRow, aColumn, b, ONE, bOffset, bRow, bColumn, c, cOffset, cRow, epilogue);
    }

    /**
     * A batch of products in F32. Their As begin at {@code aStart + aOffsets[i]} and lie as {@code as} says, their Bs
     * at {@code bStart + bOffsets[i]}; their Cs follow each other, as one matrix with the rows of all: that is how the
     * epilogue counts them.
     */
    public void multiplyAll(
            int m,
            int n,
            int k,
            float[] a,
            int[] aOffsets,
            int aStart,
            Matrices as,
            float[] b,
            int[] bOffsets,
            int bStart,
            Matrices bs,
            float[] c,
            int cOffset,
            int cRow,
            Epilogue epilogue) {
        f32.multiply(m, n, k, a, aOffsets, aStart, as, b, bOffsets, bStart, bs, c, cOffset, cRow, epilogue);
    }

    /** C (m × n) = A (m × k) · B (k × n) in F64. */
    public void multiply(
            int m,
            int n,
            int k,
            double[] a,
            int aOffset,
            int aRow,
            int aColumn,
            double[] b,
            int bOffset,
            int bRow,
            int bColumn,
            double[] c,
            int cOffset,
            int cRow) {
        multiply(m, n, k, a, aOffset, aRow, aColumn, b, bOffset, bRow, bColumn, c, cOffset, cRow, Epilogue.NOTHING);
    }

    /** C (m × n) = A (m × k) · B (k × n) in F64, with an epilogue. */
    public void multiply(
            int m,
            int n,
            int k,
            double[] a,
            int aOffset,
            int aRow,
            int aColumn,
            double[] b,
            int bOffset,
            int bRow,
            int bColumn,
            double[] c,
            int cOffset,
            int cRow,
            Epilogue epilogue) {
        f64.multiply(
                m, n, k, a, ONE, aOffset, aRow, aColumn, b, ONE, bOffset, bRow, bColumn, c, cOffset, cRow, epilogue);
    }

    /**
     * A batch of products in F64. Their As begin at {@code aStart + aOffsets[i]} and lie as {@code as} says, their Bs
     * at {@code bStart + bOffsets[i]}; their Cs follow each other, as one matrix with the rows of all: that is how the
     * epilogue counts them.
     */
    public void multiplyAll(
            int m,
            int n,
            int k,
            double[] a,
            int[] aOffsets,
            int aStart,
            Matrices as,
            double[] b,
            int[] bOffsets,
            int bStart,
            Matrices bs,
            double[] c,
            int cOffset,
            int cRow,
            Epilogue epilogue) {
        f64.multiply(m, n, k, a, aOffsets, aStart, as, b, bOffsets, bStart, bs, c, cOffset, cRow, epilogue);
    }
}
