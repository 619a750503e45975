package org.softmin.props;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.softmin.autograd.Gradients;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** Random F64 data as program inputs, and values and gradients of expressions of them, computed by the CPU backend. */
final class Lab {
    private static final Backend CPU = Backends.cpu(Backends.ONE);

    private final SplittableRandom random;
    private final Example.Builder builder;

    Lab(long seed) {
        this.random = new SplittableRandom(seed);
        this.builder = new Example.Builder(random.split());
    }

    /** An integer from {@code low} to {@code high}, both included. */
    int size(int low, int high) {
        return random.nextInt(low, high + 1);
    }

    double uniform(double low, double high) {
        return random.nextDouble(low, high);
    }

    /** Independent normal numbers with standard deviation {@code scale}. */
    Tensor normal(double scale, int... dims) {
        return filled(i -> scale * random.nextGaussian(), dims);
    }

    /** Element i (row-major) is {@code element(i)}. */
    Tensor filled(IntToDoubleFunction element, int... dims) {
        HostArray array = HostArray.zeros(DType.F64, Shape.of(dims));
        for (int i = 0; i < array.size(); i++) {
            array.set(i, element.applyAsDouble(i));
        }
        return builder.given(array);
    }

    /** Random I32 numbers from 0 to {@code bound} − 1. */
    Tensor labels(int bound, int count) {
        return builder.positions(Shape.of(count), bound);
    }

    /** The elements of an expression of this lab's data. */
    double[] values(Tensor x) {
        return builder.build("lab", List.of(x)).run(CPU).getFirst().toDoubles();
    }

    /** As {@link #values}, in its shape. */
    HostArray array(Tensor x) {
        return HostArray.of(x.shape(), values(x));
    }

    /** The only element. */
    double value(Tensor x) {
        return values(x)[0];
    }

    /** The elements of the gradient of {@code loss}. */
    double[] gradient(Tensor loss, Tensor wrt) {
        return values(Gradients.grad(loss, wrt));
    }

    /** The rows of a matrix. */
    double[][] rows(Tensor matrix) {
        double[] all = values(matrix);
        int n = matrix.shape().dim(1);
        double[][] rows = new double[matrix.shape().dim(0)][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(all, i * n, (i + 1) * n));
        return rows;
    }
}
