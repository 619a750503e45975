package org.softmin.tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The transpose of a convolution, also called deconvolution: of y [n, windows.., out] and weights [out, window.., in /
 * groups] the images [n, extents.., in] in which each element of y is spread over its window.
 *
 * <p>An element of the result takes part in every stride-th place of windows only. So the results are cut into blocks
 * of stride by stride, all elements of which see the same window of y, and each its own part of the weights.
 *
 * @param extents of the images along the axes of the windows
 */
public record ConvolutionTranspose(List<Window> windows, int groups, List<Integer> extents) implements Op.Composite {
    /** Copies the lists. */
    public ConvolutionTranspose {
        windows = new Convolution(windows, groups).windows();
        extents = List.copyOf(extents);
        if (extents.size() != windows.size()) {
            throw new IllegalArgumentException("convolution transpose: " + extents.size() + " extents and "
                    + windows.size() + " windows are given; there must be one of each for each axis");
        }
    }

    @Override
    public String label() {
        return "convolution transpose";
    }

    @Override
    public int arity() {
        return 2;
    }

    @Override
    public Type infer(List<Tensor> inputs) {
        Tensor y = inputs.get(0);
        Tensor w = inputs.get(1);
        Convolution.checkWeights(this, windows, groups, y, w);
        if (y.shape().dim(-1) != w.shape().dim(0)) {
            throw error("operand " + y.shape() + " has " + y.shape().dim(-1) + " channels, but weights " + w.shape()
                    + " have " + w.shape().dim(0) + " outputs");
        }
        int[] dims = y.shape().toArray();
        for (int i = 0; i < windows.size(); i++) {
            int count = windows.get(i).count(extents.get(i));
            if (count != dims[i + 1]) {
                throw error("axis " + (i + 1) + " of " + y.shape() + " has " + dims[i + 1] + " windows, but "
                        + windows.get(i) + " fits " + count + " times into " + extents.get(i));
            }
            dims[i + 1] = extents.get(i);
        }
        dims[dims.length - 1] = w.shape().dim(-1) * groups;
        return new Type(y.dtype(), Shape.of(dims));
    }

    @Override
    public Tensor decompose(List<Tensor> inputs) {
        Tensor y = inputs.get(0);
        Tensor w = inputs.get(1);
        int d = windows.size();
        Shape result = infer(inputs).shape();
        List<Window> around = new ArrayList<>(); // windows of y that the elements of a block see
        List<Integer> low = new ArrayList<>(List.of(0));
        List<Integer> high = new ArrayList<>(List.of(0));
        int[] blocks = result.toArray();
        for (int i = 0; i < d; i++) {
            Window window = windows.get(i);
            int stride = window.stride();
            int dilation = stride == 1 ? window.dilation() : 1;
            int size = Math.ceilDiv(stride == 1 ? window.size() : window.reach(), stride);
            int first = window.low() / stride;
            int end = Math.ceilDiv(extents.get(i) + window.low(), stride);
            around.add(Window.of(size).dilation(dilation));
            low.add((size - 1) * dilation - first);
            high.add(end - y.shape().dim(i + 1));
            blocks[i + 1] = end - first;
        }
        Tensor u = Convolution.byGroup(Convolution.unfold(Convolution.resized(y, low, high), around), d, groups);
        return arrange(u.matmul(spread(w, around)), result, blocks);
    }

    /** The weights as [groups, window of y · out / groups, block · in / groups]. */
    private Tensor spread(Tensor w, List<Window> around) {
        int d = windows.size();
        int out = w.shape().dim(0);
        int in = w.shape().dim(-1);
        Tensor spread = w.reshape(w.shape().with(0, groups).insert(1, out / groups));
        for (int i = 0; i < d; i++) { // [groups, out, window, block, .., in]
            int axis = 2 + 2 * i;
            int stride = windows.get(i).stride();
            int size = around.get(i).size();
            spread = explicit(spread, axis, windows.get(i), size * stride);
            Shape split = spread.shape().with(axis, size).insert(axis + 1, stride);
            Tensor backwards = Tensor.iota(DType.I32, size).neg().add(size - 1);
            spread = spread.reshape(split).gather(axis, backwards);
        }
        int[] order = new int[2 * d + 3];
        order[1 + d] = 1;
        for (int i = 0; i < d; i++) {
            order[1 + i] = 2 + 2 * i;
            order[2 + d + i] = 3 + 2 * i;
        }
        order[2 * d + 2] = 2 * d + 2;
        Tensor ordered = spread.permute(order);
        int depth = ordered.shape().size(1, 2 + d);
        int columns = ordered.shape().size(2 + d, 2 * d + 2) * in;
        return groups == 1 ? ordered.reshape(depth, columns) : ordered.reshape(groups, depth, columns);
    }

    /** With the gaps of a dilation between the weights, where blocks need them, and zeros up to {@code size}. */
    private static Tensor explicit(Tensor w, int axis, Window window, int size) {
        List<Integer> none = Collections.nCopies(w.shape().rank(), 0);
        List<Integer> gaps = new ArrayList<>(none);
        List<Integer> high = new ArrayList<>(none);
        int dilation = window.stride() == 1 ? 1 : window.dilation();
        gaps.set(axis, dilation - 1);
        high.set(axis, size - ((window.size() - 1) * dilation + 1));
        return gaps.equals(none) && high.equals(none) ? w : Tensor.of(new Op.Pad(0, none, high, gaps), w);
    }

    /** From blocks, [groups, n · blocks.., block.. · in / groups], to images. */
    private Tensor arrange(Tensor products, Shape result, int[] blocks) {
        int d = windows.size();
        int in = result.dim(-1);
        List<Integer> dims = new ArrayList<>(List.of(groups));
        for (int i = 0; i <= d; i++) {
            dims.add(blocks[i]);
        }
        windows.forEach(window -> dims.add(window.stride()));
        dims.add(in / groups);
        int[] order = new int[2 * d + 3];
        order[0] = 1;
        for (int i = 0; i < d; i++) {
            order[1 + 2 * i] = 2 + i;
            order[2 + 2 * i] = 2 + d + i;
        }
        order[2 * d + 2 - 1] = 0;
        order[2 * d + 2] = 2 * d + 2;
        int[] whole = blocks.clone();
        List<Integer> start = new ArrayList<>(List.of(0));
        List<Integer> limit = new ArrayList<>(List.of(blocks[0]));
        for (int i = 0; i < d; i++) {
            int stride = windows.get(i).stride();
            whole[i + 1] *= stride;
            start.add(windows.get(i).low() % stride);
            limit.add(windows.get(i).low() % stride + extents.get(i));
        }
        start.add(0);
        limit.add(in);
        Tensor images = products.reshape(Shape.of(dims)).permute(order).reshape(Shape.of(whole));
        boolean all = images.shape().equals(result);
        return all ? images : Tensor.of(new Op.Slice(start, limit, Collections.nCopies(d + 2, 1)), images);
    }

    @Override
    public List<Tensor> vjp(List<Tensor> inputs, Tensor output, Tensor gradient) {
        Convolution convolution = new Convolution(windows, groups);
        Tensor w = inputs.get(1);
        return List.of(
                Tensor.of(convolution, gradient, w),
                convolution.weightGradient(gradient, inputs.getFirst(), w.shape()));
    }
}
