package org.softmin.studies.activations;

import org.softmin.nn.Linear;
import org.softmin.nn.Losses;
import org.softmin.nn.Reduction;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * A layer that turns activations x [n, width] into sparse codes a [n, units] and back, with the loss that it is trained
 * on.
 *
 * <p>Conventions: samples are rows; data are normalised ({@link Normalization}: centred, mean length √width) before an
 * encoder sees them, so that rates and weights mean the same for all models; {@link Dictionary} holds the result for data
 * as they are. Immutable and thread-safe; all are records, as {@link org.softmin.nn.TrainStep} wants them.
 */
public sealed interface SparseEncoder {
    /** Codes [n, units] of rows [n, width]. */
    Tensor encode(Tensor x);

    /** Rows [n, width] from codes [n, units]. */
    Tensor decode(Tensor code);

    /**
     * The loss of a batch, a scalar.
     *
     * @param x [n, width]
     * @param key source of what is random in it
     */
    Tensor loss(Tensor x, RandomKey key);

    /** Encoder and decoder as they are used and stored, still for normalised data; for the decoder-free W_dec = W_encᵀ. */
    Dictionary dictionary();

    /**
     * ReLU with an L1 penalty: mean ‖x − x̂‖² + λ · mean Σ_j a_j ‖d_j‖, means over the rows, d_j row j of W_dec.
     *
     * <p>The length of d_j stands in the penalty so that nothing is gained by small codes and large directions. Source:
     * Anthropic, Transformer Circuits, April 2024 update.
     *
     * @param sparsity λ
     */
    record Standard(Dictionary weights, double sparsity) implements SparseEncoder {
        @Override
        public Tensor encode(Tensor x) {
            return weights.encode(x);
        }

        @Override
        public Tensor decode(Tensor code) {
            return weights.decode(code);
        }

        @Override
        public Tensor loss(Tensor x, RandomKey key) {
            Tensor code = encode(x);
            Tensor penalty = code.mul(weights.wDec().norm(1)).sum(1).mean();
            return squaredError(decode(code), x).add(penalty.mul(sparsity));
        }

        @Override
        public Dictionary dictionary() {
            return weights;
        }
    }

    /**
     * The k largest of the ReLU codes of each row, the others 0: mean ‖x − x̂‖².
     *
     * <p>Source: Gao et al., arXiv 2406.04093, without the auxiliary loss that revives units.
     *
     * @param weights with their k
     */
    record TopK(Dictionary weights) implements SparseEncoder {
        @Override
        public Tensor encode(Tensor x) {
            return weights.encode(x);
        }

        @Override
        public Tensor decode(Tensor code) {
            return weights.decode(code);
        }

        @Override
        public Tensor loss(Tensor x, RandomKey key) {
            return squaredError(decode(encode(x)), x);
        }

        @Override
        public Dictionary dictionary() {
            return weights;
        }
    }

    /**
     * Without a decoder: E = a = ReLU(xWᵀ + b), trained on λ_lse · L_LSE + λ_var · L_var + λ_tc · L_tc, decoded by Wᵀ.
     *
     * <p>The objective leaves the scale of a open, and with it that of x̂ = aW; {@link Dictionary#withGain} sets it and {@link Evaluation#gain} finds it by
     * least squares. Source: Oursland, arXiv 2601.06478.
     *
     * @param linear W [units, width] and b [units]
     */
    record DecoderFree(Linear linear, Terms terms) implements SparseEncoder {
        /**
         * Weights of the terms; 1, 1, 1 in the published experiments, where L_LSE is a sum over a batch of 128.
         *
         * @param lse of −log Σ exp(−a), summed over the rows
         * @param variance of −Σ log(var + 1e-6)
         * @param decorrelation of Σ_{i≠j} corr²
         * @param estimator how the correlations are computed
         */
        public record Terms(double lse, double variance, double decorrelation, Decorrelation estimator) {}

        @Override
        public Tensor encode(Tensor x) {
            return linear.apply(x).relu();
        }

        @Override
        public Tensor decode(Tensor code) {
            return code.matmul(linear.weight());
        }

        @Override
        public Tensor loss(Tensor x, RandomKey key) {
            Tensor a = encode(x);
            return Losses.logSumExpEnergy(a, Reduction.SUM)
                    .mul(terms.lse)
                    .add(Losses.logVariance(a, 1e-6).mul(terms.variance))
                    .add(terms.estimator.loss(a, key).mul(terms.decorrelation));
        }

        @Override
        public Dictionary dictionary() {
            Tensor w = linear.weight();
            int units = w.shape().dim(0);
            Tensor bias = linear.bias() == null ? Tensor.zeros(w.dtype(), Shape.of(units)) : linear.bias();
            Tensor none = Tensor.zeros(w.dtype(), Shape.of(w.shape().dim(1)));
            return new Dictionary(w.transpose().eval(), bias, w, none.eval(), units);
        }
    }

    /** Mean over the rows of ‖x̂ − x‖². */
    private static Tensor squaredError(Tensor reconstruction, Tensor x) {
        return reconstruction.sub(x).square().sum(1).mean();
    }
}
