package org.softmin.studies.sae;

import org.softmin.nn.Losses;
import org.softmin.nn.Reduction;
import org.softmin.tensor.Tensor;

/** How an encoder is trained. */
public sealed interface Method {
    /**
     * Without a decoder: L = λ_lse · L_LSE + λ_var · L_var + λ_tc · L_tc + λ_wr · L_wr.
     *
     * <p>Source: Oursland, arXiv 2601.06478, the complete objective. In the published experiments all weights are 1 but
     * λ_wr = 0, and L_LSE is a sum over the batch.
     *
     * @param reduction of the LSE term over the batch
     */
    record DecoderFree(double lse, double variance, double decorrelation, double weights, Reduction reduction)
            implements Method {
        /** ε of the variance term. */
        static final double VARIANCE_EPSILON = 1e-6;
        /** ε of the deviations in the correlation and of the lengths of the weight rows. */
        static final double DEVIATION_EPSILON = 1e-8;

        /** The loss of a batch; terms of weight 0 are left out. */
        public Tensor loss(Encoder encoder, Tensor x) {
            Tensor a = encoder.apply(x);
            Tensor loss = Tensor.scalar(a.dtype(), 0);
            if (lse != 0) {
                loss = loss.add(Losses.logSumExpEnergy(a, reduction).mul(lse));
            }
            if (variance != 0) {
                loss = loss.add(Losses.logVariance(a, VARIANCE_EPSILON).mul(variance));
            }
            if (decorrelation != 0) {
                loss = loss.add(Losses.decorrelation(a, DEVIATION_EPSILON).mul(decorrelation));
            }
            if (weights != 0) {
                loss = loss.add(Losses.weightRedundancy(encoder.linear().weight(), DEVIATION_EPSILON)
                        .mul(weights));
            }
            return loss;
        }
    }

    /**
     * With a decoder: mean squared error + λ · mean |a|.
     *
     * @param sparsity λ, 0.01 in the published experiments
     */
    record Standard(double sparsity) implements Method {
        /** The loss of a batch. */
        public Tensor loss(SparseAutoencoder model, Tensor x) {
            Tensor a = model.encoder().apply(x);
            Tensor error = Losses.mse(model.decode(a), x, Reduction.MEAN);
            return error.add(a.abs().mean().mul(sparsity));
        }
    }

    /** Not at all: the encoder keeps its random initial weights. */
    record Untrained() implements Method {}
}
