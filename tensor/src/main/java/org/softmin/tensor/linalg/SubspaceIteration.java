package org.softmin.tensor.linalg;

import java.util.Optional;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Some of the eigenvectors of a large symmetric matrix: a subspace that is multiplied by the matrix again and again turns
 * towards those of the eigenvalues of largest magnitude.
 *
 * <p>Each step makes its basis orthonormal and takes the eigenvectors within it. Source: Rutishauser, "Simultaneous
 * iteration method for symmetric matrices", Numerische Mathematik 16, 1970.
 */
final class SubspaceIteration {
    /** Beyond these the eigenvalues lie so close together that the direct method is no slower. */
    private static final int STEPS = 60;

    private SubspaceIteration() {}

    /**
     * The {@code count} largest eigenvalues with their eigenvectors v [n, count], ‖A v − λ v‖ ≤ {@code tolerance} · the
     * largest eigenvalue; nothing if that takes too long, the rank is too low, or a negative one is larger in magnitude.
     *
     * @param a symmetric, F64 [n, n]
     * @param count at most a quarter of n
     */
    static Optional<LinearAlgebra.Eigen> largest(HostArray a, int count, double tolerance) {
        int n = a.shape().dim(0);
        Tensor matrix = Tensor.of(a);
        // What lies between count and the width of the subspace decides how fast it turns.
        Tensor basis = RandomKey.of(0)
                .derive("subspace")
                .normal(DType.F64, Shape.of(n, 2 * count))
                .eval();
        for (int step = 0; step < STEPS; step++) {
            basis = orthonormal(orthonormal(basis)); // the first leaves errors of the square of its condition
            Tensor image = matrix.matmul(basis).eval();
            LinearAlgebra.Eigen within =
                    LinearAlgebra.symmetricEigen(basis.transpose().matmul(image).array());
            Tensor turn = Tensor.of(within.vectors());
            Tensor vectors = basis.matmul(turn).eval();
            image = image.matmul(turn).eval();
            HostArray values = within.values();
            double largest = values.get(0);
            Tensor left = image.sub(vectors.mul(Tensor.of(values))).slice(1, 0, count);
            boolean negative = values.get(2 * count - 1) < -values.get(count - 1);
            if (!negative && left.norm(0).max().item() <= tolerance * largest) {
                return Optional.of(new LinearAlgebra.Eigen(
                        values.rows(0, count).copy(),
                        signed(vectors.slice(1, 0, count).array())));
            }
            Tensor lengths = image.norm(0).eval();
            if (!(lengths.min().item() > n * Math.ulp(1.0) * lengths.max().item())) {
                return Optional.empty();
            }
            basis = image.div(lengths).eval();
        }
        return Optional.empty();
    }

    /** Orthonormal columns that span the same: Z L⁻ᵀ with L Lᵀ = ZᵀZ. */
    private static Tensor orthonormal(Tensor columns) {
        HostArray gram = columns.transpose().matmul(columns).array();
        Tensor upper = Tensor.of(LinearAlgebra.cholesky(gram)).transpose();
        HostArray identity = Tensor.eye(gram.shape().dim(0)).cast(DType.F64).array();
        return columns.matmul(Tensor.of(LinearAlgebra.solve(upper.array(), identity)))
                .eval();
    }

    /** Each column with its largest component positive. */
    private static HostArray signed(HostArray vectors) {
        int columns = vectors.shape().dim(1);
        for (int j = 0; j < columns; j++) {
            double largest = 0;
            for (int i = j; i < vectors.size(); i += columns) {
                largest = Math.abs(vectors.get(i)) > Math.abs(largest) ? vectors.get(i) : largest;
            }
            for (int i = j; largest < 0 && i < vectors.size(); i += columns) {
                vectors.set(i, -vectors.get(i));
            }
        }
        return vectors;
    }
}
