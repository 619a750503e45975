package org.softmin.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Convolution of images with channels last, and its transpose: products of matrices that read their windows in place.
 *
 * <p>Images x are [n, extents.., in], weights [out, window.., in / groups], results y [n, windows.., out]: each element of y
 * is the sum over a window of x, times the weights of its output. What the literature calls convolution, a
 * cross-correlation. With g groups, outputs of the first of g parts see the first part of the inputs, and so on; with as
 * many groups as channels it is called depthwise.
 *
 * <p>The gradient for x is the transpose, that of the transpose is the convolution, and that for the weights, in both, the
 * product of what came out with the windows of what went in. Immutable and thread-safe.
 *
 * @param windows one for each axis between the first and the last
 * @param groups parts that the channels are divided into
 */
public record Convolution(List<Window> windows, int groups) implements Op.Composite {
    /** Copies the list. */
    public Convolution {
        windows = List.copyOf(windows);
        if (windows.isEmpty() || groups < 1) {
            throw new IllegalArgumentException("convolution: " + windows.size() + " windows and " + groups
                    + " groups are given; it takes a window for each axis of an image, and 1 group or more");
        }
    }

    @Override
    public int arity() {
        return 2;
    }

    @Override
    public Type infer(List<Tensor> inputs) {
        Tensor x = inputs.get(0);
        Tensor w = inputs.get(1);
        checkWeights(this, windows, groups, x, w);
        int in = w.shape().dim(-1) * groups;
        if (x.shape().dim(-1) != in) {
            throw error("images " + x.shape() + " have " + x.shape().dim(-1) + " channels, but weights " + w.shape()
                    + " with " + groups + " groups need " + in);
        }
        int[] dims = x.shape().toArray();
        for (int i = 0; i < windows.size(); i++) {
            dims[i + 1] = windows.get(i).count(dims[i + 1]);
            if (dims[i + 1] == 0) {
                throw error("no window of " + windows.get(i) + " fits into axis " + (i + 1) + " of " + x.shape()
                        + "; pad it");
            }
        }
        dims[dims.length - 1] = w.shape().dim(0);
        return new Type(x.dtype(), Shape.of(dims));
    }

    static void checkWeights(Op op, List<Window> windows, int groups, Tensor x, Tensor w) {
        int rank = windows.size() + 2;
        if (!x.dtype().isFloating() || x.dtype() != w.dtype()) {
            throw op.error("operands are " + x.type() + " and " + w.type() + "; both must be F32 or both F64");
        }
        if (x.shape().rank() != rank || w.shape().rank() != rank) {
            throw op.error(
                    "images " + x.shape() + " and weights " + w.shape() + " need " + rank + " dimensions each for "
                            + windows.size() + " windows: [n, extents.., channels] and [out, window.., in]");
        }
        for (int i = 0; i < windows.size(); i++) {
            if (windows.get(i).size() != w.shape().dim(i + 1)) {
                throw op.error("weights " + w.shape() + " do not fit " + windows.get(i) + " along axis " + (i + 1));
            }
        }
        if (w.shape().dim(0) % groups != 0) {
            throw op.error(w.shape().dim(0) + " outputs cannot be divided into " + groups + " groups");
        }
    }

    @Override
    public Tensor decompose(List<Tensor> inputs) {
        Tensor w = inputs.get(1);
        Shape result = infer(inputs).shape();
        Tensor x = padded(inputs.get(0), windows);
        Tensor products = byGroup(unfold(x, windows), windows.size(), groups)
                .matmul(matrices(w).transpose());
        return ungrouped(products, result);
    }

    @Override
    public List<Tensor> vjp(List<Tensor> inputs, Tensor output, Tensor gradient) {
        Tensor x = inputs.get(0);
        Tensor w = inputs.get(1);
        int[] extents = Arrays.copyOfRange(x.shape().toArray(), 1, x.shape().rank() - 1);
        ConvolutionTranspose transpose = new ConvolutionTranspose(
                windows, groups, Arrays.stream(extents).boxed().toList());
        return List.of(Tensor.of(transpose, gradient, w), weightGradient(x, gradient, w.shape()));
    }

    /** [groups, out / groups, window · in / groups] or, of one group, without the first. */
    private Tensor matrices(Tensor w) {
        int out = w.shape().dim(0);
        int depth = out == 0 ? 0 : w.shape().size() / out;
        return groups == 1 ? w.reshape(out, depth) : w.reshape(groups, out / groups, depth);
    }

    /** For each weight, the sum over all windows of what it was multiplied with, times the gradient of the product. */
    Tensor weightGradient(Tensor x, Tensor gradient, Shape weights) {
        Tensor g = byGroup(gradient, 0, groups);
        return g.transpose()
                .matmul(byGroup(unfold(padded(x, windows), windows), windows.size(), groups))
                .reshape(weights);
    }

    // ---- windows as matrices

    private static Tensor padded(Tensor x, List<Window> windows) {
        List<Integer> low = new ArrayList<>(List.of(0));
        List<Integer> high = new ArrayList<>(List.of(0));
        windows.forEach(window -> low.add(window.low()));
        windows.forEach(window -> high.add(window.high()));
        return resized(x, low, high);
    }

    /** With so many zeros before and behind along each axis but the last; where the number is negative, without those. */
    static Tensor resized(Tensor x, List<Integer> low, List<Integer> high) {
        List<Integer> none = Collections.nCopies(x.shape().rank(), 0);
        List<Integer> before = new ArrayList<>(none);
        List<Integer> behind = new ArrayList<>(none);
        Tensor cut = x;
        for (int axis = 0; axis < low.size(); axis++) {
            int from = Math.max(-low.get(axis), 0);
            int to = x.shape().dim(axis) - Math.max(-high.get(axis), 0);
            if (from > 0 || to < x.shape().dim(axis)) {
                cut = cut.slice(axis, from, to);
            }
            before.set(axis, Math.max(low.get(axis), 0));
            behind.set(axis, Math.max(high.get(axis), 0));
        }
        return before.equals(none) && behind.equals(none) ? cut : Tensor.of(new Op.Pad(0, before, behind, none), cut);
    }

    /** [n, windows.., window.., channels] of what is padded already. */
    static Tensor unfold(Tensor x, List<Window> windows) {
        int d = windows.size();
        Tensor u = x;
        for (int i = 0; i < d; i++) {
            Window window = windows.get(i);
            u = Tensor.of(new Op.Unfold(1 + 2 * i, window.size(), window.stride(), window.dilation()), u);
        }
        int[] order = new int[2 * d + 2];
        for (int i = 0; i < d; i++) {
            order[1 + i] = 1 + 2 * i;
            order[1 + d + i] = 2 + 2 * i;
        }
        order[2 * d + 1] = 2 * d + 1;
        return u.permute(order);
    }

    /** [groups, rows, columns], of which the last {@code d} axes before the channels, and these, are the columns. */
    static Tensor byGroup(Tensor u, int d, int groups) {
        int rank = u.shape().rank();
        int rows = u.shape().size(0, rank - 1 - d);
        int columns = u.shape().size(rank - 1 - d, rank);
        if (groups == 1) {
            return u.reshape(rows, columns);
        }
        int channels = u.shape().dim(-1);
        Tensor split = u.reshape(u.shape().with(rank - 1, groups).insert(rank, channels / groups));
        int[] order = IntStream.rangeClosed(0, rank)
                .map(i -> i == 0 ? rank - 1 : i < rank ? i - 1 : rank)
                .toArray();
        return split.permute(order).reshape(groups, rows, columns / groups);
    }

    /** Undoes what {@link #byGroup} does to results. */
    private static Tensor ungrouped(Tensor products, Shape result) {
        return products.shape().rank() == 2
                ? products.reshape(result)
                : products.permute(1, 0, 2).reshape(result);
    }
}
