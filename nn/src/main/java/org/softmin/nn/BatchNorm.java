package org.softmin.nn;

import org.softmin.tensor.DType;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Normalisation of each channel to mean 0 and variance 1 over all positions of all examples, then a gain and an offset:
 * (x − mean) / √(variance + ε) · weight + bias.
 *
 * <p>In training mean and biased variance are those of the batch, and the running ones move towards them: {@link #train}
 * gives the layer with which to go on. Elsewhere {@link #apply} uses the running ones, so that each example is treated by
 * itself, by an affine map:
 *
 * {@snippet :
 * record Net(Linear hidden, BatchNorm norm, Linear output) {
 *     Tensor apply(Tensor x) {
 *         return output.apply(norm.apply(hidden.apply(x)).relu());
 *     }
 *
 *     Tensor train(Tensor x) {
 *         return output.apply(norm.train(hidden.apply(x)).y().relu());
 *     }
 *
 *     Net next(Tensor x) {
 *         return new Net(hidden, norm.train(hidden.apply(x)).layer(), output);
 *     }
 * }
 *
 * RandomKey key = RandomKey.of(1);
 * Net net = new Net(Linear.of(784, 64, key.derive("hidden")), BatchNorm.of(64), Linear.of(64, 10, key.derive("output")));
 * var step = TrainStep.of(net, (model, batch) -> Losses.crossEntropy(model.train(batch.x()), batch.y(), Reduction.MEAN))
 *         .statistics((model, batch) -> model.next(batch.x())); // what it shares with the loss is computed once
 * }
 *
 * <p>{@link Sequential} and {@link Residual} pass {@code train} on to their layers. Source: Ioffe, Szegedy, "Batch
 * normalization", 2015, with the running statistics of PyTorch. Immutable and thread-safe.
 *
 * @param weight gain, [channels]
 * @param bias offset, [channels]
 * @param mean running mean, [channels]
 * @param variance running unbiased variance, [channels]
 * @param momentum share of the way that the running statistics move in a step, in (0, 1]
 * @param epsilon what is added to the variance
 */
public record BatchNorm(Tensor weight, Tensor bias, Statistic mean, Statistic variance, double momentum, double epsilon)
        implements Layer {
    /** Checks that the tensors fit each other, and the momentum. */
    public BatchNorm {
        Shape shape = weight.shape();
        if (shape.rank() != 1
                || !bias.shape().equals(shape)
                || !mean.value().shape().equals(shape)
                || !variance.value().shape().equals(shape)) {
            throw new IllegalArgumentException("batchnorm: weight " + shape + ", bias " + bias.shape() + ", mean "
                    + mean.value().shape() + " and variance " + variance.value().shape()
                    + " do not fit; all must be [channels]");
        }
        if (!(momentum > 0 && momentum <= 1)) {
            throw new IllegalArgumentException(
                    "batchnorm: momentum " + momentum + " is no share of the way; use more than 0 and at most 1");
        }
    }

    /** An F32 layer with gain 1, offset 0, running mean 0 and variance 1, momentum 0.1 and ε = 1e-5. */
    public static BatchNorm of(int channels) {
        Tensor one = Initializers.constant(DType.F32, Shape.of(channels), 1);
        Tensor zero = Initializers.zeros(DType.F32, Shape.of(channels));
        return new BatchNorm(one, zero, new Statistic(zero), new Statistic(one), 0.1, 1e-5);
    }

    /** y for x [.., channels], of the same shape, by the running statistics. */
    @Override
    public Tensor apply(Tensor x) {
        check(x);
        return normalise(x, mean.value(), variance.value());
    }

    /**
     * y for x [.., channels], of the same shape, by the statistics of x; and this layer with its own moved towards them.
     *
     * @throws IllegalArgumentException if x has other channels, or fewer than 2 positions, which have no variance
     */
    @Override
    public Trained<BatchNorm> train(Tensor x) {
        check(x);
        Shape shape = x.shape();
        int positions = shape.size(0, shape.rank() - 1);
        if (positions < 2) {
            throw new IllegalArgumentException("batchnorm: a batch of " + shape + " has " + positions
                    + " position(s), which have no variance; train with 2 or more");
        }
        Tensor rows = x.reshape(positions, shape.dim(-1));
        Tensor seen = rows.mean(0);
        Tensor spread = rows.variance(0, 0);
        double unbiased = positions / (positions - 1.0);
        BatchNorm next = new BatchNorm(
                weight,
                bias,
                mean.towards(seen, momentum),
                variance.towards(spread.mul(unbiased), momentum),
                momentum,
                epsilon);
        return new Trained<>(normalise(rows, seen, spread).reshape(shape), next);
    }

    private Tensor normalise(Tensor x, Tensor centre, Tensor spread) {
        return x.sub(centre).mul(weight.div(spread.add(epsilon).sqrt())).add(bias);
    }

    private void check(Tensor x) {
        Shape shape = x.shape();
        int channels = weight.shape().dim(0);
        if (shape.rank() < 1 || shape.dim(-1) != channels) {
            throw new IllegalArgumentException("batchnorm: input " + shape + " does not fit weight " + weight.shape()
                    + "; its last dimension must be " + channels);
        }
    }
}
