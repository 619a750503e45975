package org.softmin.studies.sae;

import org.softmin.nn.Losses;
import org.softmin.nn.Reduction;
import org.softmin.tensor.Tensor;

/** How an encoder is trained. */
public sealed interface Method {
    /**
     * Without a decoder: L = λ_lse · L_LSE + λ_var · L_var + λ_tc · L_tc + λ_wr · L_wr + λ_rec · L_rec.
     *
     * <p>Source: Oursland, arXiv 2601.06478, the complete objective. In the published experiments all weights are 1 but
     * λ_wr = 0, L_LSE is a sum over the batch, there is no L_rec, and the rows of W are free.
     *
     * <p>With these, the loss falls by 2K for each factor e in the scale of the activations, for ever. Two ways to give it
     * a lowest value: rows of length 1, so that activations are no longer than samples; or L_rec = Σ‖x − aW‖² / Σ‖x‖²
     * over the batch, through the implicit decoder Wᵀ, because aW grows with the square of W and has to stay near x.
     *
     * @param reduction of the LSE term over the batch
     * @param unitRows whether each row of W is divided by its length, while training and in what comes out
     */
    record DecoderFree(
            double lse,
            double variance,
            double decorrelation,
            double weights,
            double reconstruction,
            Reduction reduction,
            boolean unitRows)
            implements Method {
        /** The published objective. */
        public static final DecoderFree PUBLISHED = new DecoderFree(1, 1, 1, 0, 0, Reduction.SUM, false);
        /** ε of the variance term. */
        static final double VARIANCE_EPSILON = 1e-6;
        /** ε of the deviations in the correlation and of the lengths of the weight rows. */
        static final double DEVIATION_EPSILON = 1e-8;
        /** ε of Σ‖x‖², for batches of black images. */
        private static final double ENERGY_EPSILON = 1e-8;

        /** With another weight of the LSE term. */
        public DecoderFree withLse(double weight) {
            return new DecoderFree(weight, variance, decorrelation, weights, reconstruction, reduction, unitRows);
        }

        /** With other weights of what keeps units apart: the variance and the decorrelation term. */
        public DecoderFree withVolume(double varianceWeight, double decorrelationWeight) {
            return new DecoderFree(
                    lse, varianceWeight, decorrelationWeight, weights, reconstruction, reduction, unitRows);
        }

        /** With another weight of the reconstruction term. */
        public DecoderFree withReconstruction(double weight) {
            return new DecoderFree(lse, variance, decorrelation, weights, weight, reduction, unitRows);
        }

        /** With another reduction of the LSE term. */
        public DecoderFree with(Reduction other) {
            return new DecoderFree(lse, variance, decorrelation, weights, reconstruction, other, unitRows);
        }

        /** With rows of length 1. */
        public DecoderFree withUnitRows() {
            return new DecoderFree(lse, variance, decorrelation, weights, reconstruction, reduction, true);
        }

        /** The encoder that parameters stand for: the same with free rows, else with each row divided by its length. */
        Encoder encoder(Encoder parameters) {
            return unitRows ? parameters.withUnitRows(DEVIATION_EPSILON) : parameters;
        }

        /** The loss of a batch. */
        public Tensor loss(Encoder parameters, Tensor x) {
            Encoder encoder = encoder(parameters);
            return loss(encoder.apply(x), encoder.linear().weight(), x);
        }

        /** The loss of activations [n, units] of samples [n, inputs]; terms of weight 0 are left out. */
        Tensor loss(Tensor a, Tensor w, Tensor x) {
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
                loss = loss.add(Losses.weightRedundancy(w, DEVIATION_EPSILON).mul(weights));
            }
            if (reconstruction != 0) {
                Tensor error = Losses.mse(a.matmul(w), x, Reduction.SUM);
                Tensor energy = x.square().sum().add(ENERGY_EPSILON);
                loss = loss.add(error.div(energy).mul(reconstruction));
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
