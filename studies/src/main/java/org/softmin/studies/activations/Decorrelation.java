package org.softmin.studies.activations;

import org.softmin.nn.Losses;
import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Ways to compute Σ_{i≠j} corr(a_i, a_j)² over K units in batches of n rows without a K×K matrix where K is large.
 *
 * <p>Let C be the correlation matrix with its diagonal set to 0; the sum is ‖C‖².
 */
public sealed interface Decorrelation {
    /** Added to each standard deviation, as in the study. */
    double EPSILON = 1e-8;

    /** The loss of activations [n, K]; {@code key} is the source of what is random. */
    Tensor loss(Tensor activations, RandomKey key);

    /**
     * Exactly, from the smaller of the two products ZZᵀ [n, n] and ZᵀZ [K, K] of the standardised activations Z:
     * 2·n²·K operations where n &lt; K.
     */
    record Exact() implements Decorrelation {
        @Override
        public Tensor loss(Tensor activations, RandomKey key) {
            return Losses.decorrelation(activations, EPSILON);
        }
    }

    /**
     * Without bias, from q random directions: the mean of ‖Cv‖² over vectors v of independent signs, for which
     * E vvᵀ = I, so E‖Cv‖² = ‖C‖². Cv = Zᵀ(Zv)/(n − 1) − diag·v takes two products with Z: 4·n·K·q operations.
     *
     * <p>The estimate is never negative, and its variance is 2(‖S‖² − Σ_i S_ii²)/q with S = C². Its gradient is an
     * unbiased estimate of the gradient. Source: Hutchinson, Communications in Statistics 18 (1989), for the trace of S.
     *
     * @param count q, 1 or more
     */
    record Probes(int count) implements Decorrelation {
        /** Checks the count. */
        public Probes {
            if (count < 1) {
                throw new IllegalArgumentException("decorrelation: " + count + " probes; use 1 or more");
            }
        }

        @Override
        public Tensor loss(Tensor activations, RandomKey key) {
            Shape shape = Shape.of(activations.shape().dim(1), count);
            Tensor heads = key.uniform(DType.F32, shape).lt(Tensor.scalar(DType.F32, 0.5));
            Tensor one = Tensor.full(activations.dtype(), shape, 1);
            return along(activations, heads.where(one, one.neg()));
        }

        /** The mean of ‖Cv‖² over the columns v [K, q] of {@code signs}. */
        static Tensor along(Tensor activations, Tensor signs) {
            int rows = activations.shape().dim(0);
            if (rows < 2) {
                throw new IllegalArgumentException("decorrelation: a batch of " + rows
                        + " has no variance; use batches of 2 rows or more, the last one included");
            }
            int units = activations.shape().dim(1);
            double divisor = rows - 1.0;
            Tensor z = activations.standardise(0, EPSILON);
            Tensor diagonal = z.square().sum(0).div(divisor).reshape(units, 1);
            Tensor products = z.transpose().matmul(z.matmul(signs)).div(divisor);
            return products.sub(diagonal.mul(signs))
                    .square()
                    .sum()
                    .div(signs.shape().dim(1));
        }
    }
}
