package org.softmin.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.BinaryOperator;
import org.softmin.tensor.Op;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Window;

/** What the poolings share: elements of windows combined along one axis, after the other of an image's. */
final class Pooling {
    static final int HEIGHT = 1;
    static final int WIDTH = 2;

    private Pooling() {}

    /**
     * The elements of each window along {@code axis} combined; where the padding lies they are {@code padding}.
     *
     * <p>Element k of all windows is a view, and the views are combined one by one: that is one elementwise loop, which
     * took a third to a sixth of the time of folding the short axis that {@link Tensor#unfold} makes.
     */
    static Tensor along(Tensor x, int axis, Window window, double padding, BinaryOperator<Tensor> combine) {
        Tensor padded = window.low() + window.high() == 0 ? x : x.pad(axis, window.low(), window.high(), padding);
        int count = window.count(x.shape().dim(axis));
        Tensor result = element(padded, axis, window, 0, count);
        for (int k = 1; k < window.size(); k++) {
            result = combine.apply(result, element(padded, axis, window, k, count));
        }
        return result;
    }

    private static Tensor element(Tensor padded, int axis, Window window, int k, int count) {
        int from = k * window.dilation();
        List<Integer> start = new ArrayList<>(Collections.nCopies(padded.shape().rank(), 0));
        List<Integer> limit =
                new ArrayList<>(Arrays.stream(padded.shape().toArray()).boxed().toList());
        List<Integer> step = new ArrayList<>(Collections.nCopies(padded.shape().rank(), 1));
        start.set(axis, from);
        limit.set(axis, from + (count - 1) * window.stride() + 1);
        step.set(axis, window.stride());
        return Tensor.of(new Op.Slice(start, limit, step), padded);
    }

    /** Checks that a window fits and that each holds an element of the axis, not padding alone. */
    static void check(String op, Tensor x, int axis, Window window) {
        int extent = x.shape().dim(axis);
        int count = window.count(extent);
        if (count == 0) {
            throw new IllegalArgumentException(op + ": no window that reaches over " + window.reach()
                    + " fits into axis " + axis + " of " + x.shape() + " with padding " + window.low() + " and "
                    + window.high() + "; use a smaller window or more padding");
        }
        for (int w = 0; w < count; w++) {
            boolean real = false;
            for (int k = 0; k < window.size(); k++) {
                int at = w * window.stride() + k * window.dilation() - window.low();
                real |= at >= 0 && at < extent;
            }
            if (!real) {
                throw new IllegalArgumentException(op + ": window " + w + " along axis " + axis + " of " + x.shape()
                        + " holds nothing but padding, of " + window.low() + " and " + window.high()
                        + "; use less padding");
            }
        }
    }
}
