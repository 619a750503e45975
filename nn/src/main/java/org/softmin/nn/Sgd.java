package org.softmin.nn;

import java.util.ArrayList;
import java.util.List;
import org.softmin.tensor.Tensor;

/**
 * Stochastic gradient descent, with momentum if wanted, as PyTorch defines it.
 *
 * <p>g ← g + decay·p; b ← momentum·b + g; p ← p − rate·b, or p ← p − rate·(g + momentum·b) by Nesterov's variant.
 * Immutable and thread-safe.
 *
 * @param learningRate rate, above 0
 * @param momentum share of the last step that is kept, in [0, 1)
 * @param nesterov whether to look ahead along the momentum
 * @param weightDecay weight of ½‖p‖² in the loss
 */
public record Sgd(double learningRate, double momentum, boolean nesterov, double weightDecay) implements Optimizer {
    /** Checks the settings. */
    public Sgd {
        Settings.positive("sgd", "learning rate", learningRate);
        Settings.belowOne("sgd", "momentum", momentum);
        Settings.notNegative("sgd", "weight decay", weightDecay);
        if (nesterov && momentum == 0) {
            throw new IllegalArgumentException(
                    "sgd: nesterov without momentum; set momentum above 0, 0.9 for instance");
        }
    }

    /** Without momentum and weight decay. */
    public Sgd(double learningRate) {
        this(learningRate, 0);
    }

    /** With momentum, without weight decay. */
    public Sgd(double learningRate, double momentum) {
        this(learningRate, momentum, false, 0);
    }

    @Override
    public List<Tensor> init(List<Tensor> parameters) {
        return momentum == 0
                ? List.of()
                : parameters.stream()
                        .map(p -> Tensor.zeros(p.dtype(), p.shape()))
                        .toList();
    }

    @Override
    public Update update(List<Tensor> parameters, List<Tensor> gradients, List<Tensor> state, Tensor rate) {
        List<Tensor> updated = new ArrayList<>();
        List<Tensor> buffers = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            Tensor p = parameters.get(i);
            Tensor g = weightDecay == 0 ? gradients.get(i) : gradients.get(i).add(p.mul(weightDecay));
            if (momentum != 0) {
                Tensor buffer = state.get(i).mul(momentum).add(g);
                buffers.add(buffer);
                g = nesterov ? g.add(buffer.mul(momentum)) : buffer;
            }
            updated.add(p.sub(g.mul(rate.cast(p.dtype()))));
        }
        return new Update(updated, buffers);
    }
}
