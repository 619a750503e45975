package org.softmin.studies.metrics;

import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/**
 * Samples as the rows of a matrix: its sums and products in double precision, block by block in one fixed order.
 *
 * <p>A block of rows is as much as is ever held in double precision, so 60,000 images need no second copy.
 */
final class TallMatrix {
    private static final int BLOCK = 32;

    private final HostArray array;
    private final int rows;
    private final int columns;

    /** Rows of an F32 or F64 array of rank 2 or more, whose other dimensions are taken together. */
    TallMatrix(String op, HostArray array) {
        if (!array.dtype().isFloating() || array.shape().rank() < 2 || array.size() == 0) {
            throw new IllegalArgumentException(
                    op + ": expected samples [n, ...] of F32 or F64, found " + array.dtype() + array.shape());
        }
        this.array = array;
        this.rows = array.shape().dim(0);
        this.columns = array.size() / rows;
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    /** The elements of up to {@link #BLOCK} rows from {@code first} on. */
    private double[] block(int first) {
        return array.rows(first, Math.min(rows, first + BLOCK)).toDoubles();
    }

    /** What {@link #forEachRow} calls with each row: its index, and the array and offset where it lies. */
    interface RowVisitor {
        void row(int index, double[] values, int offset);
    }

    void forEachRow(RowVisitor visitor) {
        for (int first = 0; first < rows; first += BLOCK) {
            double[] block = block(first);
            for (int r = 0; r * columns < block.length; r++) {
                visitor.row(first + r, block, r * columns);
            }
        }
    }

    /** Mean of each column; taken from the first row, so that a constant column has exactly its value as mean. */
    double[] means() {
        double[] origin = array.rows(0, 1).toDoubles();
        double[] sums = new double[columns];
        forEachRow((index, values, offset) -> {
            for (int j = 0; j < columns; j++) {
                sums[j] += values[offset + j] - origin[j];
            }
        });
        for (int j = 0; j < columns; j++) {
            sums[j] = origin[j] + sums[j] / rows;
        }
        return sums;
    }

    /** Unbiased variance of each column, from the deviations from {@code means}. */
    double[] variances(double[] means) {
        double[] sums = new double[columns];
        forEachRow((index, values, offset) -> {
            for (int j = 0; j < columns; j++) {
                double deviation = values[offset + j] - means[j];
                sums[j] += deviation * deviation;
            }
        });
        for (int j = 0; j < columns; j++) {
            sums[j] /= rows - 1;
        }
        return sums;
    }

    /** Unbiased covariances [columns, other.columns] between the columns of two matrices with as many rows. */
    double[] covariance(double[] means, TallMatrix other, double[] otherMeans) {
        double[] covariance = new double[columns * other.columns];
        for (int first = 0; first < rows; first += BLOCK) {
            double[] x = centred(block(first), means);
            double[] y = other == this ? x : other.centred(other.block(first), otherMeans);
            int count = x.length / columns;
            for (int i = 0; i < columns; i++) {
                // Of a symmetric matrix, only the part from the diagonal on.
                addProducts(x, i, y, other.columns, other == this ? i : 0, count, covariance);
            }
        }
        for (int k = 0; k < covariance.length; k++) {
            covariance[k] /= rows - 1;
        }
        for (int i = 0; other == this && i < columns; i++) {
            for (int j = 0; j < i; j++) {
                covariance[i * columns + j] = covariance[j * columns + i];
            }
        }
        return covariance;
    }

    /** Adds Σ_r x[r, i] y[r, from...] to row i; four rows in one pass, or it is bound by loads and stores of the sum. */
    private void addProducts(double[] x, int i, double[] y, int n, int from, int count, double[] sums) {
        int sum = i * n;
        int r = 0;
        for (; r + 4 <= count; r += 4) {
            double x0 = x[r * columns + i];
            double x1 = x[(r + 1) * columns + i];
            double x2 = x[(r + 2) * columns + i];
            double x3 = x[(r + 3) * columns + i];
            int y0 = r * n;
            int y1 = y0 + n;
            int y2 = y1 + n;
            int y3 = y2 + n;
            for (int j = from; j < n; j++) {
                sums[sum + j] += x0 * y[y0 + j] + x1 * y[y1 + j] + x2 * y[y2 + j] + x3 * y[y3 + j];
            }
        }
        for (; r < count; r++) {
            double xr = x[r * columns + i];
            int yr = r * n;
            for (int j = from; j < n; j++) {
                sums[sum + j] += xr * y[yr + j];
            }
        }
    }

    private double[] centred(double[] block, double[] means) {
        for (int row = 0; row < block.length; row += columns) {
            for (int j = 0; j < columns; j++) {
                block[row + j] -= means[j];
            }
        }
        return block;
    }

    /** This matrix times {@code b} [columns, n], plus {@code bias} [n] in every row: F64 [rows, n]. */
    HostArray times(double[] b, int n, double[] bias) {
        double[] product = new double[rows * n];
        forEachRow((index, values, offset) -> {
            int row = index * n;
            System.arraycopy(bias, 0, product, row, n);
            for (int k = 0; k < columns; k++) {
                double factor = values[offset + k];
                for (int j = 0; j < n; j++) {
                    product[row + j] += factor * b[k * n + j];
                }
            }
        });
        return HostArray.of(Shape.of(rows, n), product);
    }

    /** Fails if an element is NaN or infinite. */
    void requireFinite(String op) {
        forEachRow((index, values, offset) -> {
            for (int j = 0; j < columns; j++) {
                if (!Double.isFinite(values[offset + j])) {
                    throw new IllegalArgumentException(op + ": element [" + index + ", " + j + "] of " + array.shape()
                            + " is " + values[offset + j] + "; the training has diverged, or the data is damaged");
                }
            }
        });
    }

    /** Fails unless there are enough rows for an unbiased variance. */
    void requireTwoRows(String op) {
        if (rows < 2) {
            throw new IllegalArgumentException(op + ": variance needs 2 samples or more, found 1");
        }
    }
}
