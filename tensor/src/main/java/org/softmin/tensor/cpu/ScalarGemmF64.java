package org.softmin.tensor.cpu;

import java.util.Arrays;

/** The inner loops of {@link Gemm} for double in plain Java; {@link ScalarGemmF32} is the same for float. */
final class ScalarGemmF64 implements GemmKernels<double[]> {

    @Override
    public int bytes() {
        return Double.BYTES;
    }

    @Override
    public double[] array(int length) {
        return new double[length];
    }

    @Override
    public int length(double[] array) {
        return array.length;
    }

    @Override
    public GemmKernels<double[]> narrow() {
        return this;
    }

    @Override
    public int tileRows() {
        return 8;
    }

    /** Enough that a row of C outweighs the start of its loop, few enough for the first cache. */
    @Override
    public int tileColumns() {
        return 256;
    }

    @Override
    public int lanes() {
        return 1;
    }

    @Override
    public void tiles(
            int tiles,
            int rows,
            int columns,
            int k,
            double[] a,
            int aOffset,
            int aRow,
            double[] b,
            int bOffset,
            int bRow,
            double[] c,
            int cOffset,
            int cRow,
            boolean first) {
        for (int i = 0; i < tiles * rows; i++) {
            int ai = aOffset + i * aRow;
            int ci = cOffset + i * cRow;
            if (first) {
                Arrays.fill(c, ci, ci + columns, 0);
            }
            int p = 0;
            for (; p + 4 <= k; p += 4) {
                double a0 = a[ai + p];
                double a1 = a[ai + p + 1];
                double a2 = a[ai + p + 2];
                double a3 = a[ai + p + 3];
                fourSteps(columns, a0, a1, a2, a3, b, bOffset + p * bRow, bRow, c, ci);
            }
            for (; p < k; p++) {
                step(columns, a[ai + p], b, bOffset + p * bRow, c, ci);
            }
        }
    }

    // The two loops that HotSpot turns into vector code; alone in their methods so that it does.

    private static void fourSteps(
            int columns,
            double a0,
            double a1,
            double a2,
            double a3,
            double[] b,
            int bOffset,
            int bRow,
            double[] c,
            int ci) {
        int b1 = bOffset + bRow;
        int b2 = b1 + bRow;
        int b3 = b2 + bRow;
        for (int j = 0; j < columns; j++) {
            double sum = Math.fma(a0, b[bOffset + j], c[ci + j]);
            sum = Math.fma(a1, b[b1 + j], sum);
            sum = Math.fma(a2, b[b2 + j], sum);
            c[ci + j] = Math.fma(a3, b[b3 + j], sum);
        }
    }

    private static void step(int columns, double a, double[] b, int bOffset, double[] c, int ci) {
        for (int j = 0; j < columns; j++) {
            c[ci + j] = Math.fma(a, b[bOffset + j], c[ci + j]);
        }
    }

    @Override
    public void copy(
            int rows,
            int columns,
            double[] from,
            int fromOffset,
            int fromRow,
            int fromColumn,
            double[] to,
            int toOffset,
            int toRow,
            int toColumn) {
        if (fromColumn == 1 && toColumn == 1) {
            for (int i = 0; i < rows; i++) {
                System.arraycopy(from, fromOffset + i * fromRow, to, toOffset + i * toRow, columns);
            }
        } else if (fromRow == 1 && toColumn == 1) {
            transpose(rows, columns, from, fromOffset, fromColumn, to, toOffset, toRow);
        } else {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    to[toOffset + i * toRow + j * toColumn] = from[fromOffset + i * fromRow + j * fromColumn];
                }
            }
        }
    }

    private static void transpose(
            int rows,
            int columns,
            double[] from,
            int fromOffset,
            int fromColumn,
            double[] to,
            int toOffset,
            int toRow) {
        int j = 0;
        // Eight streams in, eight neighbours out.
        for (; j + 8 <= columns; j += 8) {
            int f0 = fromOffset + j * fromColumn;
            int f1 = f0 + fromColumn;
            int f2 = f1 + fromColumn;
            int f3 = f2 + fromColumn;
            int f4 = f3 + fromColumn;
            int f5 = f4 + fromColumn;
            int f6 = f5 + fromColumn;
            int f7 = f6 + fromColumn;
            for (int i = 0; i < rows; i++) {
                int t = toOffset + j + i * toRow;
                to[t] = from[f0 + i];
                to[t + 1] = from[f1 + i];
                to[t + 2] = from[f2 + i];
                to[t + 3] = from[f3 + i];
                to[t + 4] = from[f4 + i];
                to[t + 5] = from[f5 + i];
                to[t + 6] = from[f6 + i];
                to[t + 7] = from[f7 + i];
            }
        }
        for (; j < columns; j++) {
            for (int i = 0; i < rows; i++) {
                to[toOffset + i * toRow + j] = from[fromOffset + i + j * fromColumn];
            }
        }
    }

    @Override
    public void clear(int rows, int columns, double[] to, int toOffset, int toRow, int toColumn) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                to[toOffset + i * toRow + j * toColumn] = 0;
            }
        }
    }
}
