package org.softmin.nn;

import java.util.List;
import org.softmin.tensor.Tensor;

/**
 * A rule that turns gradients into better parameters, as a pure function on tensors, so that it becomes part of the one
 * program of a {@link TrainStep}.
 *
 * <p>What it remembers between steps (moments, counts) is a list of tensors that goes in and comes out. Implementations
 * are immutable and thread-safe.
 */
public interface Optimizer {
    /** The learning rate, which a {@link Schedule} multiplies. */
    double learningRate();

    /** What is remembered before the first step. */
    List<Tensor> init(List<Tensor> parameters);

    /**
     * One step.
     *
     * @param parameters the parameters
     * @param gradients one for each parameter, of its type
     * @param state what {@link #init} or the last step gave
     * @param rate the learning rate of this step, an F64 scalar
     * @return new parameters and state, of the types of the old
     */
    Update update(List<Tensor> parameters, List<Tensor> gradients, List<Tensor> state, Tensor rate);

    /** Parameters and state after a step. Immutable and thread-safe. */
    record Update(List<Tensor> parameters, List<Tensor> state) {
        /** Copies the lists. */
        public Update {
            parameters = List.copyOf(parameters);
            state = List.copyOf(state);
        }
    }
}
