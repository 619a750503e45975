package org.softmin.nn;

import java.util.List;
import org.softmin.tensor.Tensor;

/**
 * {@link Adam} with the weight decay apart from the gradient: p ← p·(1 − rate·decay) before each step.
 *
 * <p>Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, in the arithmetic of PyTorch.
 * Immutable and thread-safe.
 *
 * @param learningRate rate, above 0
 * @param beta1 decay of the mean of gradients, in [0, 1)
 * @param beta2 decay of the mean of squared gradients, in [0, 1)
 * @param epsilon ε, keeps the step finite where gradients vanish
 * @param weightDecay share of the parameters that a step of rate 1 would take away
 */
public record AdamW(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
        implements Optimizer {
    /** Checks the settings. */
    public AdamW {
        Settings.positive("adamw", "learning rate", learningRate);
        Settings.belowOne("adamw", "beta1", beta1);
        Settings.belowOne("adamw", "beta2", beta2);
        Settings.notNegative("adamw", "epsilon", epsilon);
        Settings.notNegative("adamw", "weight decay", weightDecay);
    }

    /** With β₁ = 0.9, β₂ = 0.999, ε = 1e-8 and a weight decay of 0.01. */
    public AdamW(double learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0.01);
    }

    private Adam adam() {
        return new Adam(learningRate, beta1, beta2, epsilon, 0);
    }

    @Override
    public List<Tensor> init(List<Tensor> parameters) {
        return adam().init(parameters);
    }

    @Override
    public Update update(List<Tensor> parameters, List<Tensor> gradients, List<Tensor> state, Tensor rate) {
        Tensor kept = rate.mul(-weightDecay).add(1);
        List<Tensor> decayed =
                parameters.stream().map(p -> p.mul(kept.cast(p.dtype()))).toList();
        return adam().update(decayed, gradients, state, rate);
    }
}
