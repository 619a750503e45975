package org.softmin.tensor.linalg;

import java.util.Optional;
import java.util.function.Supplier;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Decompositions and solvers for dense matrices on the host, computed in double precision.
 *
 * <p>Matrices are F32 or F64 arrays of rank 2; results are new F64 arrays, and the arguments are left alone. The same
 * input gives the same bits on every run, whatever the number of cores. "Zero" is judged by the precision of the input:
 * ε is 2⁻⁵² for F64 and 2⁻²³ for F32. Thread-safe.
 *
 * <p>Every method throws {@link IllegalArgumentException} if an argument is not a matrix of the right shape or holds a
 * value that is not finite, and {@link IllegalStateException} if EJML is not on the class path.
 */
public final class LinearAlgebra {
    /** From which size on, and up to which part of them, eigenvectors are found by iteration, and how well. */
    private static final int LARGE = 1024;

    private static final int FEW = 16;
    private static final double RESIDUAL = 1e-10;

    private LinearAlgebra() {}

    /**
     * Eigenvalues [n] of a symmetric matrix, largest first, and the eigenvectors as the columns of {@code vectors}
     * [n, n], orthonormal, each with its largest component positive.
     */
    public record Eigen(HostArray values, HostArray vectors) {}

    /**
     * Thin singular value decomposition A = U diag(s) Vᵀ of an [m, n] matrix with k = min(m, n): {@code u} [m, k],
     * {@code s} [k], largest first, {@code v} [n, k]; the columns of u and v are orthonormal.
     */
    public record Svd(HostArray u, HostArray s, HostArray v) {}

    /** Determinant as {@code sign} · exp({@code logAbs}); of a singular matrix 0 and −∞. */
    public record LogDeterminant(int sign, double logAbs) {}

    /**
     * Eigenvalues and eigenvectors of a symmetric matrix.
     *
     * @throws IllegalArgumentException if {@code a} is not symmetric within 10 n ε times its largest element
     */
    public static Eigen symmetricEigen(HostArray a) {
        int n = requireSquare("symmetric eigen", a);
        double[] symmetric = symmetric("symmetric eigen", a, n);
        return withEjml(() -> Ejml.symmetricEigen(symmetric, n));
    }

    /**
     * The {@code count} largest eigenvalues of a symmetric matrix, with eigenvectors [n, count].
     *
     * <p>For a few of 1,024 or more it takes a small part of the time of {@link #symmetricEigen}, where eigenvalues fall off
     * as those of a covariance mostly do; an eigenvector v then is exact up to ‖A v − λ v‖ ≤ 10⁻¹⁰ times the largest.
     *
     * @throws IllegalArgumentException if {@code count} is not 1 to n, or {@code a} is not symmetric within 10 n ε times
     *     its largest element
     */
    public static Eigen largestEigen(HostArray a, int count) {
        int n = requireSquare("largest eigen", a);
        if (count < 1 || count > n) {
            throw new IllegalArgumentException("largest eigen: " + count + " of " + n + "; use 1 to " + n);
        }
        HostArray symmetric = HostArray.of(Shape.of(n, n), symmetric("largest eigen", a, n));
        if (n >= LARGE && count <= n / FEW) {
            Optional<Eigen> found = SubspaceIteration.largest(symmetric, count, RESIDUAL);
            if (found.isPresent()) {
                return found.get();
            }
        }
        Eigen all = symmetricEigen(symmetric);
        return new Eigen(
                all.values.rows(0, count).copy(),
                Tensor.of(all.vectors).slice(1, 0, count).array());
    }

    /** Thin singular value decomposition. */
    public static Svd svd(HostArray a) {
        requireMatrix("svd", a);
        return withEjml(
                () -> Ejml.svd(a.toDoubles(), a.shape().dim(0), a.shape().dim(1)));
    }

    /** Singular values [min(m, n)] of an [m, n] matrix, largest first. */
    public static HostArray singularValues(HostArray a) {
        requireMatrix("singular values", a);
        return withEjml(() ->
                Ejml.singularValues(a.toDoubles(), a.shape().dim(0), a.shape().dim(1)));
    }

    /**
     * The lower triangular L with A = L Lᵀ of a symmetric positive definite matrix.
     *
     * @throws IllegalArgumentException if {@code a} is not symmetric within 10 n ε times its largest element
     * @throws ArithmeticException if {@code a} is not positive definite to working precision
     */
    public static HostArray cholesky(HostArray a) {
        int n = requireSquare("cholesky", a);
        return HostArray.of(Shape.of(n, n), cholesky("cholesky", symmetric("cholesky", a, n), n, epsilon(a)));
    }

    /**
     * The x with A x = b for a symmetric positive definite A [n, n]; {@code b} and x are [n] or [n, k].
     *
     * @throws IllegalArgumentException if {@code a} is not symmetric within 10 n ε times its largest element
     * @throws ArithmeticException if {@code a} is not positive definite to working precision
     */
    public static HostArray solvePositiveDefinite(HostArray a, HostArray b) {
        String op = "solve positive definite";
        int n = requireSquare(op, a);
        int k = requireRightSide(op, a, b);
        double[] l = cholesky(op, symmetric(op, a, n), n, epsilon(a));
        double[] x = b.toDoubles();
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                subtractRow(x, i, l[i * n + j], j, k);
            }
            divideRow(x, i, l[i * n + i], k);
        }
        for (int i = n - 1; i >= 0; i--) {
            for (int j = i + 1; j < n; j++) {
                subtractRow(x, i, l[j * n + i], j, k);
            }
            divideRow(x, i, l[i * n + i], k);
        }
        return HostArray.of(b.shape(), x);
    }

    /**
     * The x with A x = b for a regular A [n, n]; {@code b} and x are [n] or [n, k].
     *
     * @throws ArithmeticException if a pivot is below n ε times the largest pivot: A is singular to working precision
     */
    public static HostArray solve(HostArray a, HostArray b) {
        int n = requireSquare("solve", a);
        int k = requireRightSide("solve", a, b);
        double[] elements = a.toDoubles();
        double[] pivots = withEjml(() -> Ejml.pivots(elements, n)).diagonal().toDoubles();
        double largest = largest(pivots);
        for (double pivot : pivots) {
            if (!(Math.abs(pivot) > n * epsilon(a) * largest)) {
                throw new ArithmeticException("solve: the matrix " + a.shape() + " is singular to working precision"
                        + " (pivots from " + pivot + " to " + largest + "); use leastSquares or ridge");
            }
        }
        return HostArray.of(b.shape(), withEjml(() -> Ejml.solve(elements, n, b.toDoubles(), k)));
    }

    /**
     * The x of smallest norm that minimises ‖A x − b‖², for any A [m, n], of full rank or not: x = A⁺ b.
     *
     * <p>Singular values up to max(m, n) ε times the largest count as 0. {@code b} is [m] or [m, k], x is [n] or [n, k].
     */
    public static HostArray leastSquares(HostArray a, HostArray b) {
        return regularised("least squares", a, b, 0);
    }

    /**
     * The x that minimises ‖A x − b‖² + λ‖x‖² for λ ≥ 0; with λ = 0 it is {@link #leastSquares}.
     *
     * @throws IllegalArgumentException if {@code lambda} is negative or not finite
     */
    public static HostArray ridge(HostArray a, HostArray b, double lambda) {
        if (!(lambda >= 0 && lambda < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("ridge: lambda is " + lambda + "; use a finite number, 0 or more");
        }
        return regularised("ridge", a, b, lambda);
    }

    private static HostArray regularised(String op, HostArray a, HostArray b, double lambda) {
        requireMatrix(op, a);
        int columns = requireRightSide(op, a, b);
        Svd svd = svd(a);
        int m = a.shape().dim(0);
        int n = a.shape().dim(1);
        double[] u = svd.u.doubles();
        double[] s = svd.s.doubles();
        double[] v = svd.v.doubles();
        int k = s.length;
        double[] right = b.toDoubles();
        double[] coefficients = new double[k * columns];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < k; j++) {
                for (int c = 0; c < columns; c++) {
                    coefficients[j * columns + c] += u[i * k + j] * right[i * columns + c];
                }
            }
        }
        double zero = Math.max(m, n) * epsilon(a) * s[0];
        double[] x = new double[n * columns];
        for (int j = 0; j < k; j++) {
            double inverse = s[j] > zero ? 1 / (s[j] + lambda / s[j]) : 0;
            for (int i = 0; i < n; i++) {
                for (int c = 0; c < columns; c++) {
                    x[i * columns + c] += v[i * k + j] * inverse * coefficients[j * columns + c];
                }
            }
        }
        return HostArray.of(b.shape().with(0, n), x);
    }

    /** Determinant of a square matrix; it may overflow or underflow where {@link #logDeterminant} does not. */
    public static double determinant(HostArray a) {
        Ejml.Pivots pivots = pivots("determinant", a);
        double product = pivots.sign();
        for (double pivot : pivots.diagonal().toDoubles()) {
            product *= pivot;
        }
        return product;
    }

    /** Sign and logarithm of the determinant of a square matrix. */
    public static LogDeterminant logDeterminant(HostArray a) {
        Ejml.Pivots pivots = pivots("log determinant", a);
        int sign = pivots.sign();
        double sum = 0;
        for (double pivot : pivots.diagonal().toDoubles()) {
            sign *= (int) Math.signum(pivot);
            sum += StrictMath.log(Math.abs(pivot));
        }
        return new LogDeterminant(sign, sum);
    }

    /**
     * The symmetric positive semi-definite R with R R = A of a symmetric positive semi-definite matrix of any rank.
     *
     * <p>Negative eigenvalues within 10 n ε of the largest in magnitude count as 0: a covariance of fewer samples than
     * dimensions has such.
     *
     * @throws IllegalArgumentException if {@code a} is not symmetric within 10 n ε times its largest element
     * @throws ArithmeticException if an eigenvalue is more negative than that
     */
    public static HostArray squareRoot(HostArray a) {
        int n = requireSquare("square root", a);
        Eigen eigen = symmetricEigen(a);
        double[] values = eigen.values.doubles();
        double[] vectors = eigen.vectors.doubles();
        double smallest = values[n - 1];
        if (smallest < -10 * n * epsilon(a) * largest(values)) {
            throw new ArithmeticException("square root: the matrix " + a.shape() + " has the eigenvalue " + smallest
                    + "; it must be positive semi-definite");
        }
        double[] root = new double[n * n];
        for (int k = 0; k < n && values[k] > 0; k++) {
            double scale = Math.sqrt(values[k]);
            for (int i = 0; i < n; i++) {
                double scaled = scale * vectors[i * n + k];
                for (int j = 0; j < n; j++) {
                    root[i * n + j] += scaled * vectors[j * n + k];
                }
            }
        }
        return HostArray.of(Shape.of(n, n), root);
    }

    private static Ejml.Pivots pivots(String op, HostArray a) {
        int n = requireSquare(op, a);
        return withEjml(() -> Ejml.pivots(a.toDoubles(), n));
    }

    private static double[] cholesky(String op, double[] a, int n, double epsilon) {
        double[] l = withEjml(() -> Ejml.cholesky(a, n));
        boolean definite = l.length > 0;
        for (int i = 0; definite && i < n; i++) {
            // What rounding leaves of a zero pivot is about n ε of the element it was subtracted from.
            definite = l[i * n + i] * l[i * n + i] > n * epsilon * a[i * n + i];
        }
        if (!definite) {
            throw new ArithmeticException(op + ": the matrix [" + n + ", " + n
                    + "] is not positive definite to working precision; add a small multiple of the identity, or use"
                    + " leastSquares");
        }
        return l;
    }

    private static void subtractRow(double[] x, int row, double factor, int other, int columns) {
        for (int c = 0; c < columns; c++) {
            x[row * columns + c] -= factor * x[other * columns + c];
        }
    }

    private static void divideRow(double[] x, int row, double divisor, int columns) {
        for (int c = 0; c < columns; c++) {
            x[row * columns + c] /= divisor;
        }
    }

    /** Runs what needs EJML; the error says what to add when it is missing. */
    private static <T> T withEjml(Supplier<T> work) {
        try {
            return work.get();
        } catch (NoClassDefFoundError e) {
            throw new IllegalStateException(
                    "linear algebra: EJML is not on the class path (" + e.getMessage()
                            + " not found); add org.ejml:ejml-ddense:0.46.1 to the dependencies",
                    e);
        }
    }

    private static void requireMatrix(String op, HostArray a) {
        if (!a.dtype().isFloating() || a.shape().rank() != 2 || a.size() == 0) {
            throw new IllegalArgumentException(
                    op + ": expected a matrix of F32 or F64 with elements, found " + a.dtype() + a.shape());
        }
        requireFinite(op, a);
    }

    private static int requireSquare(String op, HostArray a) {
        requireMatrix(op, a);
        if (a.shape().dim(0) != a.shape().dim(1)) {
            throw new IllegalArgumentException(op + ": expected a square matrix, found " + a.shape());
        }
        return a.shape().dim(0);
    }

    /** Number of right sides in {@code b}, whose rows must be as many as those of {@code a}. */
    private static int requireRightSide(String op, HostArray a, HostArray b) {
        int rank = b.shape().rank();
        if (!b.dtype().isFloating()
                || rank < 1
                || rank > 2
                || b.size() == 0
                || b.shape().dim(0) != a.shape().dim(0)) {
            throw new IllegalArgumentException(op + ": the right side of " + a.shape() + " must be F32 or F64 ["
                    + a.shape().dim(0) + "] or [" + a.shape().dim(0) + ", k], found " + b.dtype() + b.shape());
        }
        requireFinite(op, b);
        return rank == 1 ? 1 : b.shape().dim(1);
    }

    private static void requireFinite(String op, HostArray a) {
        for (int i = 0; i < a.size(); i++) {
            if (!Double.isFinite(a.get(i))) {
                int columns = a.shape().rank() == 1 ? 1 : a.shape().dim(1);
                throw new IllegalArgumentException(op + ": element [" + i / columns + ", " + i % columns + "] of "
                        + a.shape() + " is " + a.get(i) + "; elements must be finite");
            }
        }
    }

    /** The elements with each pair across the diagonal replaced by its mean, after a check that it differs by rounding. */
    private static double[] symmetric(String op, HostArray a, int n) {
        double[] elements = a.toDoubles();
        double tolerance = 10 * n * epsilon(a) * largest(elements);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double below = elements[i * n + j];
                double above = elements[j * n + i];
                if (Math.abs(below - above) > tolerance) {
                    throw new IllegalArgumentException(op + ": the matrix is not symmetric: [" + j + ", " + i + "] is "
                            + above + " and [" + i + ", " + j + "] is " + below);
                }
                elements[i * n + j] = 0.5 * below + 0.5 * above;
                elements[j * n + i] = elements[i * n + j];
            }
        }
        return elements;
    }

    private static double epsilon(HostArray a) {
        return a.dtype() == DType.F32 ? 0x1p-23 : 0x1p-52;
    }

    private static double largest(double[] values) {
        double largest = 0;
        for (double value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
