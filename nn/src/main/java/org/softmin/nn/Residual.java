package org.softmin.nn;

import org.softmin.tensor.Tensor;

/**
 * A layer that adds to its input instead of replacing it: y = shortcut(x) + inner(x).
 *
 * <p>Source: He et al., "Deep residual learning for image recognition", 2016. Immutable and thread-safe.
 *
 * @param inner what is added; a {@link Sequential} where it is several layers
 * @param shortcut how the input passes: {@link Activation#IDENTITY}, or a projection where the inner layer changes shapes
 */
public record Residual(Layer inner, Layer shortcut) implements Layer {
    /** y = x + inner(x). */
    public static Residual of(Layer inner) {
        return new Residual(inner, Activation.IDENTITY);
    }

    /**
     * y of the shape that the inner layer gives for x.
     *
     * @throws IllegalArgumentException if the shortcut gives another shape
     */
    @Override
    public Tensor apply(Tensor x) {
        return sum(shortcut.apply(x), inner.apply(x));
    }

    @Override
    public Trained<Residual> train(Tensor x) {
        Trained<?> added = inner.train(x);
        Trained<?> passed = shortcut.train(x);
        return new Trained<>(sum(passed.y(), added.y()), new Residual(added.layer(), passed.layer()));
    }

    private static Tensor sum(Tensor passed, Tensor added) {
        if (!passed.shape().equals(added.shape())) {
            throw new IllegalArgumentException("residual: the inner layer gives " + added.shape() + " and the shortcut "
                    + passed.shape() + "; give a shortcut that makes them equal");
        }
        return passed.add(added);
    }
}
