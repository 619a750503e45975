package org.softmin.tensor.linalg;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.decomposition.chol.CholeskyDecompositionInner_DDRM;
import org.ejml.dense.row.decomposition.eig.SymmetricQRAlgorithmDecomposition_DDRM;
import org.ejml.dense.row.decomposition.hessenberg.TridiagonalDecompositionHouseholder_DDRM;
import org.ejml.dense.row.decomposition.lu.LUDecompositionAlt_DDRM;
import org.ejml.dense.row.decomposition.svd.SvdImplicitQrDecompose_DDRM;
import org.ejml.dense.row.linsol.lu.LinearSolverLu_DDRM;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/**
 * The calls into EJML, on row-major arrays. It is a class of its own so that {@link LinearAlgebra} can be loaded without
 * EJML; it names the single-threaded algorithms, whose results do not depend on the number of cores.
 */
final class Ejml {
    private Ejml() {}

    /** The diagonal of U in PA = LU, and the sign of the permutation P. */
    record Pivots(HostArray diagonal, int sign) {}

    static LinearAlgebra.Eigen symmetricEigen(double[] a, int n) {
        var decomposition =
                new SymmetricQRAlgorithmDecomposition_DDRM(new TridiagonalDecompositionHouseholder_DDRM(), true);
        if (!decomposition.decompose(matrix(a, n, n))) {
            throw new ArithmeticException("symmetric eigen: the QR iteration did not converge; check the input");
        }
        double[] unsorted = new double[n];
        for (int i = 0; i < n; i++) {
            unsorted[i] = decomposition.getEigenvalue(i).getReal();
        }
        int[] order = descending(unsorted);
        double[] vectors = new double[n * n];
        for (int j = 0; j < n; j++) {
            double[] vector = decomposition.getEigenVector(order[j]).data;
            double sign = signOfLargest(vector);
            for (int i = 0; i < n; i++) {
                vectors[i * n + j] = sign * vector[i];
            }
        }
        return new LinearAlgebra.Eigen(pick(unsorted, order), HostArray.of(Shape.of(n, n), vectors));
    }

    static LinearAlgebra.Svd svd(double[] a, int m, int n) {
        var decomposition = decomposed(a, m, n, true);
        double[] unsorted = decomposition.getSingularValues();
        double[] unsortedU = decomposition.getU(null, false).data;
        double[] unsortedV = decomposition.getV(null, false).data;
        int k = Math.min(m, n);
        int[] order = descending(Arrays.copyOf(unsorted, k));
        double[] u = new double[m * k];
        double[] v = new double[n * k];
        for (int j = 0; j < k; j++) {
            for (int i = 0; i < m; i++) {
                u[i * k + j] = unsortedU[i * k + order[j]];
            }
            for (int i = 0; i < n; i++) {
                v[i * k + j] = unsortedV[i * k + order[j]];
            }
        }
        return new LinearAlgebra.Svd(
                HostArray.of(Shape.of(m, k), u), pick(unsorted, order), HostArray.of(Shape.of(n, k), v));
    }

    static HostArray singularValues(double[] a, int m, int n) {
        double[] unsorted = Arrays.copyOf(decomposed(a, m, n, false).getSingularValues(), Math.min(m, n));
        return pick(unsorted, descending(unsorted));
    }

    private static SvdImplicitQrDecompose_DDRM decomposed(double[] a, int m, int n, boolean vectors) {
        var decomposition = new SvdImplicitQrDecompose_DDRM(true, vectors, vectors, false);
        if (!decomposition.decompose(matrix(a, m, n))) {
            throw new ArithmeticException("svd: the QR iteration did not converge; check the input");
        }
        return decomposition;
    }

    /** Lower factor, or an empty array if a pivot is not positive. */
    static double[] cholesky(double[] a, int n) {
        var decomposition = new CholeskyDecompositionInner_DDRM(true);
        // This one overwrites its argument.
        return decomposition.decompose(matrix(a.clone(), n, n)) ? decomposition.getT(null).data : new double[0];
    }

    static Pivots pivots(double[] a, int n) {
        var decomposition = new LUDecompositionAlt_DDRM();
        decomposition.decompose(matrix(a, n, n));
        double[] diagonal = new double[n];
        CommonOps_DDRM.extractDiag(decomposition.getUpper(null), DMatrixRMaj.wrap(n, 1, diagonal));
        return new Pivots(HostArray.of(Shape.of(n), diagonal), sign(decomposition.getRowPivotV(null)));
    }

    /** Sign of a permutation: each transposition that sorts it turns it over. */
    private static int sign(int[] permutation) {
        int[] p = permutation.clone();
        int sign = 1;
        for (int i = 0; i < p.length; i++) {
            while (p[i] != i) {
                int j = p[i];
                p[i] = p[j];
                p[j] = j;
                sign = -sign;
            }
        }
        return sign;
    }

    /** Solution [n, k] of a x = b for a regular a. */
    static double[] solve(double[] a, int n, double[] b, int k) {
        var solver = new LinearSolverLu_DDRM(new LUDecompositionAlt_DDRM());
        DMatrixRMaj x = new DMatrixRMaj(n, k);
        if (solver.setA(matrix(a, n, n))) {
            solver.solve(matrix(b, n, k), x);
        }
        return x.data;
    }

    private static DMatrixRMaj matrix(double[] values, int rows, int columns) {
        return DMatrixRMaj.wrap(rows, columns, values);
    }

    private static double signOfLargest(double[] vector) {
        double largest = 0;
        for (double component : vector) {
            // A margin, so that of two components equal but for rounding the first decides.
            largest = Math.abs(component) > Math.abs(largest) * (1 + 1e-9) ? component : largest;
        }
        return largest < 0 ? -1 : 1;
    }

    /** Indices of {@code values} from the largest value to the smallest; equal values keep their order. */
    private static int[] descending(double[] values) {
        return IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -values[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static HostArray pick(double[] values, int[] order) {
        return HostArray.of(
                Shape.of(order.length),
                Arrays.stream(order).mapToDouble(i -> values[i]).toArray());
    }
}
