package org.softmin.nn;

import org.softmin.tensor.DType;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Normalisation of each group of channels of each example to mean 0 and variance 1 over all positions, then a gain and an
 * offset for each channel: (x − mean) / √(variance + ε) · weight + bias, with the biased variance.
 *
 * <p>One group is layer normalisation over all of an example, a group for each channel is instance normalisation. Source:
 * Wu, He, "Group normalization", 2018. Immutable and thread-safe.
 *
 * @param groups number of groups of neighbouring channels, a divisor of their number
 * @param weight gain, [channels]
 * @param bias offset, [channels]
 * @param epsilon what is added to the variance
 */
public record GroupNorm(int groups, Tensor weight, Tensor bias, double epsilon) implements Layer {
    /** Checks that gain and offset fit each other and the groups. */
    public GroupNorm {
        Shape shape = weight.shape();
        if (shape.rank() != 1 || !bias.shape().equals(shape)) {
            throw new IllegalArgumentException("groupnorm: weight " + shape + " and bias " + bias.shape()
                    + " do not fit; both must be [channels]");
        }
        if (groups < 1 || shape.dim(0) % groups != 0) {
            throw new IllegalArgumentException("groupnorm: " + shape.dim(0) + " channels cannot be divided among "
                    + groups + " groups; use a divisor of the number of channels");
        }
    }

    /** An F32 layer with gain 1, offset 0 and ε = 1e-5. */
    public static GroupNorm of(int groups, int channels) {
        return new GroupNorm(
                groups,
                Initializers.constant(DType.F32, Shape.of(channels), 1),
                Initializers.zeros(DType.F32, Shape.of(channels)),
                1e-5);
    }

    /**
     * y for x [batch, .., channels], of the same shape.
     *
     * @throws IllegalArgumentException if x has other channels, or one element in a group, which would always become 0
     */
    @Override
    public Tensor apply(Tensor x) {
        Shape shape = x.shape();
        int last = shape.rank() - 1;
        int channels = weight.shape().dim(0);
        if (last < 1 || shape.dim(last) != channels) {
            throw new IllegalArgumentException("groupnorm: input " + shape + " does not fit weight " + weight.shape()
                    + "; use [batch, .., " + channels + "]");
        }
        int positions = shape.size(1, last);
        if (positions == 1 && channels == groups) {
            throw new IllegalArgumentException("groupnorm: each group of " + shape + " has 1 element, which would"
                    + " become 0 whatever it is; use fewer groups or more positions");
        }
        Tensor rows = x.reshape(shape.dim(0), positions, channels);
        Tensor centred = rows.sub(mean(rows));
        Tensor deviation = mean(centred.square()).add(epsilon).sqrt();
        return centred.mul(weight.div(deviation)).add(bias).reshape(shape);
    }

    /** The mean of its group for each channel, [batch, 1, channels]: over the positions first, which is the long way. */
    private Tensor mean(Tensor rows) {
        int batch = rows.shape().dim(0);
        int channels = rows.shape().dim(2);
        Shape grouped = Shape.of(batch, groups, channels / groups);
        Tensor means = rows.mean(1).reshape(grouped).mean(2);
        return means.reshape(batch, groups, 1).expand(grouped).reshape(batch, 1, channels);
    }
}
