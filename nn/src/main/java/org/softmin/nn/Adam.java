package org.softmin.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.softmin.tensor.DType;
import org.softmin.tensor.Tensor;

/**
 * Steps of a length that adapts to each parameter: Kingma and Ba, "Adam", 2015, in the arithmetic of PyTorch.
 *
 * <p>m ← m + (1 − β₁)(g − m); v ← β₂v + (1 − β₂)g²; p ← p − rate/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε). The powers βᵗ are
 * carried along in F64, whatever the type of the parameters. Weight decay adds decay·p to the gradient; {@link AdamW}
 * keeps it apart. Immutable and thread-safe.
 *
 * @param learningRate rate, above 0
 * @param beta1 decay of the mean of gradients, in [0, 1)
 * @param beta2 decay of the mean of squared gradients, in [0, 1)
 * @param epsilon ε, keeps the step finite where gradients vanish
 * @param weightDecay weight of ½‖p‖² in the loss
 */
public record Adam(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
        implements Optimizer {
    /** Checks the settings. */
    public Adam {
        Settings.positive("adam", "learning rate", learningRate);
        Settings.belowOne("adam", "beta1", beta1);
        Settings.belowOne("adam", "beta2", beta2);
        Settings.notNegative("adam", "epsilon", epsilon);
        Settings.notNegative("adam", "weight decay", weightDecay);
    }

    /** With β₁ = 0.9, β₂ = 0.999, ε = 1e-8 and no weight decay. */
    public Adam(double learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0);
    }

    /** β₁ᵗ and β₂ᵗ, then all m, then all v. */
    @Override
    public List<Tensor> init(List<Tensor> parameters) {
        Tensor one = Tensor.scalar(DType.F64, 1);
        List<Tensor> zeros =
                parameters.stream().map(p -> Tensor.zeros(p.dtype(), p.shape())).toList();
        return Stream.of(List.of(one, one), zeros, zeros).flatMap(List::stream).toList();
    }

    @Override
    public Update update(List<Tensor> parameters, List<Tensor> gradients, List<Tensor> state, Tensor rate) {
        int count = parameters.size();
        Tensor power1 = state.get(0).mul(beta1);
        Tensor power2 = state.get(1).mul(beta2);
        Tensor step = rate.div(power1.neg().add(1));
        Tensor root = power2.neg().add(1).sqrt();
        List<Tensor> updated = new ArrayList<>();
        List<Tensor> means = new ArrayList<>();
        List<Tensor> squares = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Tensor p = parameters.get(i);
            Tensor g = weightDecay == 0 ? gradients.get(i) : gradients.get(i).add(p.mul(weightDecay));
            Tensor m = state.get(2 + i);
            m = m.add(g.sub(m).mul(1 - beta1));
            Tensor v = state.get(2 + count + i).mul(beta2).add(g.square().mul(1 - beta2));
            Tensor scale = v.sqrt().div(root.cast(p.dtype())).add(epsilon);
            updated.add(p.sub(m.div(scale).mul(step.cast(p.dtype()))));
            means.add(m);
            squares.add(v);
        }
        List<Tensor> next = Stream.of(List.of(power1, power2), means, squares)
                .flatMap(List::stream)
                .toList();
        return new Update(updated, next);
    }
}
