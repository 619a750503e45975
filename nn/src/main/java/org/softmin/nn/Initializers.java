package org.softmin.nn;

import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * First values of parameters. The same key, type and shape give the same numbers.
 *
 * <p>Weights are [out, in, window…]; the fan-in is the size of one output's weights, in · window, and the fan-out is out
 * · window. Stateless and thread-safe.
 */
public final class Initializers {
    private Initializers() {}

    /** All 0. */
    public static Tensor zeros(DType dtype, Shape shape) {
        return Tensor.zeros(dtype, shape);
    }

    /** All {@code value}. */
    public static Tensor constant(DType dtype, Shape shape, double value) {
        return Tensor.full(dtype, shape, value);
    }

    /** Uniform in [−bound, bound). */
    public static Tensor uniform(RandomKey key, DType dtype, Shape shape, double bound) {
        return key.uniform(dtype, shape, -bound, bound);
    }

    /** Normal with mean 0 and the given standard deviation. */
    public static Tensor normal(RandomKey key, DType dtype, Shape shape, double deviation) {
        return key.normal(dtype, shape).mul(deviation);
    }

    /** U(±√(6 / (fan-in + fan-out))); Glorot and Bengio, 2010. */
    public static Tensor xavierUniform(RandomKey key, DType dtype, Shape shape) {
        return uniform(key, dtype, shape, Math.sqrt(6 / (fanIn(shape) + fanOut(shape))));
    }

    /** N(0, 2 / (fan-in + fan-out)); Glorot and Bengio, 2010. */
    public static Tensor xavierNormal(RandomKey key, DType dtype, Shape shape) {
        return normal(key, dtype, shape, Math.sqrt(2 / (fanIn(shape) + fanOut(shape))));
    }

    /** U(±√(6 / fan-in)), which keeps the variance through a ReLU; He et al., 2015. */
    public static Tensor kaimingUniform(RandomKey key, DType dtype, Shape shape) {
        return uniform(key, dtype, shape, Math.sqrt(6 / fanIn(shape)));
    }

    /** N(0, 2 / fan-in), which keeps the variance through a ReLU; He et al., 2015. */
    public static Tensor kaimingNormal(RandomKey key, DType dtype, Shape shape) {
        return normal(key, dtype, shape, Math.sqrt(2 / fanIn(shape)));
    }

    /**
     * A random matrix whose shorter side is orthonormal; Saxe et al., 2014. Computed at once, on the standard backend.
     */
    public static Tensor orthogonal(RandomKey key, DType dtype, int rows, int columns) {
        int count = Math.min(rows, columns);
        int length = Math.max(rows, columns);
        double[] vectors = key.normal(DType.F64, Shape.of(count, length)).toDoubles();
        for (int i = 0; i < count; i++) {
            for (int pass = 0; pass < 2; pass++) { // the second pass removes what rounding left in the first
                for (int j = 0; j < i; j++) {
                    add(vectors, i * length, -dot(vectors, i * length, j * length, length), j * length, length);
                }
                double norm = Math.sqrt(dot(vectors, i * length, i * length, length));
                add(vectors, i * length, 1 / norm - 1, i * length, length);
            }
        }
        Tensor result = Tensor.of(DType.F64, Shape.of(count, length), vectors);
        return (rows <= columns ? result : result.transpose()).cast(dtype);
    }

    private static double dot(double[] x, int a, int b, int n) {
        double sum = 0;
        for (int k = 0; k < n; k++) {
            sum += x[a + k] * x[b + k];
        }
        return sum;
    }

    private static void add(double[] x, int to, double factor, int from, int n) {
        for (int k = 0; k < n; k++) {
            x[to + k] += factor * x[from + k];
        }
    }

    private static double fanIn(Shape shape) {
        return fan("fan-in", shape, 1);
    }

    private static double fanOut(Shape shape) {
        return fan("fan-out", shape, 0);
    }

    private static double fan(String what, Shape shape, int axis) {
        if (shape.rank() < 2 || shape.size() == 0) {
            throw new IllegalArgumentException(
                    "initializers: " + shape + " has no " + what + "; use [out, in, window...] without a 0");
        }
        return (double) shape.dim(axis) * shape.size(2, shape.rank());
    }
}
