package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;
import org.softmin.nn.AveragePool;
import org.softmin.nn.BatchNorm;
import org.softmin.nn.Dropout2d;
import org.softmin.nn.GlobalAveragePool;
import org.softmin.nn.GroupNorm;
import org.softmin.nn.Layer;
import org.softmin.nn.LayerNorm;
import org.softmin.nn.MaxPool;
import org.softmin.nn.Resize;
import org.softmin.nn.Resize.Interpolation;
import org.softmin.nn.Statistic;
import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Window;

/**
 * What the layers for images must keep on images of any size, on the CPU backend in F64: they agree with loops over single
 * pixels, and with each other where they are related. Images are [batch, height, width, channels].
 */
@Domain(DomainContext.Global.class)
@Domain(Generators.class)
class ImageLaws {
    private static final double ACCURACY = 1e-12;

    private static Tensor image(Lab lab) {
        return lab.normal(1, lab.size(1, 3), lab.size(1, 9), lab.size(1, 9), lab.size(1, 18));
    }

    /** Of any size, stride, dilation and padding with which each window over {@code extent} holds an element. */
    private static Window window(Lab lab, int extent) {
        while (true) {
            Window window = new Window(lab.size(1, 4), lab.size(1, 3), lab.size(1, 2), lab.size(0, 2), lab.size(0, 2));
            boolean full = window.count(extent) > 0;
            for (int w = 0; w < window.count(extent); w++) {
                full &= elements(window, w, extent).length > 0;
            }
            if (full) {
                return window;
            }
        }
    }

    /** Positions of window {@code w} that lie on the axis. */
    private static int[] elements(Window window, int w, int extent) {
        int[] positions = new int[window.size()];
        Arrays.setAll(positions, k -> w * window.stride() + k * window.dilation() - window.low());
        return Arrays.stream(positions).filter(at -> at >= 0 && at < extent).toArray();
    }

    // ---- pooling

    @Law
    void poolingIsALoopOverEachWindow(@ForAll Lab lab) {
        Tensor x = image(lab);
        int n = x.shape().dim(0);
        int h = x.shape().dim(1);
        int w = x.shape().dim(2);
        int c = x.shape().dim(3);
        Window down = window(lab, h);
        Window across = window(lab, w);
        int rows = down.count(h);
        int columns = across.count(w);
        double[] pixels = lab.values(x);
        double[] largest = new double[n * rows * columns * c];
        double[] mean = new double[largest.length];
        double[] padded = new double[largest.length];
        for (int o = 0; o < largest.length; o++) {
            int channel = o % c;
            int column = o / c % columns;
            int row = o / c / columns % rows;
            int example = o / c / columns / rows;
            double max = Double.NEGATIVE_INFINITY;
            double sum = 0;
            int count = 0;
            for (int i : elements(down, row, h)) {
                for (int j : elements(across, column, w)) {
                    double pixel = pixels[((example * h + i) * w + j) * c + channel];
                    max = Math.max(max, pixel);
                    sum += pixel;
                    count++;
                }
            }
            largest[o] = max;
            mean[o] = sum / count;
            padded[o] = sum / (down.size() * across.size());
        }
        Tensor y = new MaxPool(down, across).apply(x);
        assertEquals(Shape.of(n, rows, columns, c), y.shape());
        assertArrayEquals(largest, lab.values(y));
        assertClose(mean, lab.values(new AveragePool(down, across, false).apply(x)));
        assertClose(padded, lab.values(new AveragePool(down, across, true).apply(x)));
    }

    /** P(ax + z) = aP(x) + P(z), and ⟨P(x), y⟩ = ⟨x, Pᵀ(y)⟩ with the gradient as Pᵀ. */
    @Law
    void averagePoolingIsLinearWithItsGradientAsAdjoint(@ForAll Lab lab) {
        Tensor x = image(lab);
        AveragePool pool = new AveragePool(
                window(lab, x.shape().dim(1)), window(lab, x.shape().dim(2)), lab.size(0, 1) == 1);
        assertLinear(lab, pool, x);
        double[] both = lab.values(pool.apply(x.mul(-3).add(x.square())));
        assertClose(both, lab.values(pool.apply(x).mul(-3).add(pool.apply(x.square()))));
    }

    /** ⟨L(x), y⟩ = ⟨x, Lᵀ(y)⟩, with Lᵀ taken from a gradient at another point, on which it must not depend. */
    private static void assertLinear(Lab lab, Layer layer, Tensor x) {
        Tensor y = lab.normal(1, layer.apply(x).shape().toArray());
        Tensor elsewhere = lab.normal(5, x.shape().toArray());
        double[] adjoint = lab.gradient(layer.apply(elsewhere).mul(y).sum(), elsewhere);
        double[] pixels = lab.values(x);
        double expected = 0;
        double size = 1;
        for (int i = 0; i < pixels.length; i++) {
            expected += adjoint[i] * pixels[i];
            size += Math.abs(adjoint[i] * pixels[i]);
        }
        assertEquals(expected, lab.value(layer.apply(x).mul(y).sum()), ACCURACY * size);
    }

    /** An image moved by a multiple of the stride gives what is moved by that multiple. */
    @Law
    void poolingMovesWithTheImageByStrides(@ForAll Lab lab) {
        Tensor x = lab.normal(1, 1, lab.size(5, 9), lab.size(5, 9), lab.size(1, 5));
        Window down = Window.of(lab.size(1, 3)).stride(lab.size(1, 3));
        Window across = Window.of(lab.size(1, 3)).stride(lab.size(1, 2));
        int rows = lab.size(0, 1);
        int columns = lab.size(0, 2);
        Tensor moved = x.slice(1, rows * down.stride(), x.shape().dim(1))
                .slice(2, columns * across.stride(), x.shape().dim(2));
        if (down.count(moved.shape().dim(1)) == 0 || across.count(moved.shape().dim(2)) == 0) {
            return;
        }
        for (Layer pool : new Layer[] {new MaxPool(down, across), new AveragePool(down, across, true)}) {
            Tensor whole = pool.apply(x);
            Tensor expected = whole.slice(1, rows, whole.shape().dim(1))
                    .slice(2, columns, whole.shape().dim(2));
            assertArrayEquals(lab.values(expected), lab.values(pool.apply(moved)));
        }
    }

    /** All of an image as one window. */
    @Law
    void globalPoolingIsPoolingOfTheWholeImage(@ForAll Lab lab) {
        Tensor x = image(lab);
        AveragePool whole =
                new AveragePool(Window.of(x.shape().dim(1)), Window.of(x.shape().dim(2)), false);
        assertClose(lab.values(whole.apply(x)), lab.values(new GlobalAveragePool().apply(x)));
    }

    // ---- resizing

    @Law
    void resizingByOneChangesNothing(@ForAll Lab lab, @ForAll Interpolation interpolation) {
        Tensor x = image(lab);
        assertArrayEquals(lab.values(x), lab.values(new Resize(interpolation, 1).apply(x)));
    }

    @Law
    void averagePoolingUndoesNearestResizing(@ForAll Lab lab) {
        Tensor x = image(lab);
        int factor = lab.size(1, 4);
        Tensor large = new Resize(Interpolation.NEAREST, factor).apply(x);
        assertClose(lab.values(x), lab.values(AveragePool.of(factor).apply(large)));
    }

    /** Each pixel by itself, from the centres of pixels in the unit square. */
    @Law
    void resizingIsALoopOverEachPixel(@ForAll Lab lab) {
        Tensor x = lab.normal(1, 1, lab.size(1, 9), lab.size(1, 9), lab.size(1, 3));
        int h = x.shape().dim(1);
        int w = x.shape().dim(2);
        int c = x.shape().dim(3);
        int height = lab.size(1, 12);
        int width = lab.size(1, 12);
        double[] pixels = lab.values(x);
        double[] nearest = new double[height * width * c];
        double[] bilinear = new double[nearest.length];
        for (int o = 0; o < nearest.length; o++) {
            int channel = o % c;
            int column = o / c % width;
            int row = o / c / width;
            nearest[o] =
                    pixels[((2 * row + 1) * h / (2 * height) * w + (2 * column + 1) * w / (2 * width)) * c + channel];
            double top = (row + 0.5) / height * h - 0.5;
            double left = (column + 0.5) / width * w - 0.5;
            for (int i = (int) Math.floor(top); i <= Math.floor(top) + 1; i++) {
                for (int j = (int) Math.floor(left); j <= Math.floor(left) + 1; j++) {
                    double share = (1 - Math.abs(top - i)) * (1 - Math.abs(left - j));
                    int at = Math.clamp(i, 0, h - 1) * w + Math.clamp(j, 0, w - 1);
                    bilinear[o] += share * pixels[at * c + channel];
                }
            }
        }
        assertArrayEquals(nearest, lab.values(Resize.to(x, Interpolation.NEAREST, height, width)));
        assertClose(bilinear, lab.values(Resize.to(x, Interpolation.BILINEAR, height, width)));
    }

    @Law
    void resizingIsLinear(@ForAll Lab lab, @ForAll Interpolation interpolation) {
        int height = lab.size(1, 12);
        int width = lab.size(1, 12);
        assertLinear(lab, x -> Resize.to(x, interpolation, height, width), image(lab));
    }

    // ---- normalisation

    /** One group, without gain and offset: all elements of an example are one row. */
    @Law
    void oneGroupIsLayerNormalisationOfAllElements(@ForAll Lab lab) {
        Tensor x = lab.normal(2, lab.size(1, 3), lab.size(1, 6), lab.size(1, 6), lab.size(2, 9))
                .add(lab.uniform(-9, 9));
        int channels = x.shape().dim(3);
        int all = x.shape().size(1, 4);
        GroupNorm group = new GroupNorm(1, full(1, channels), full(0, channels), 1e-5);
        LayerNorm layer = new LayerNorm(full(1, all), full(0, all), 1e-5);
        assertClose(lab.values(layer.apply(x.reshape(-1, all))), lab.values(group.apply(x)));
    }

    /** Groups are normalised each as if the others were not there. */
    @Law
    void groupsAreKeptApart(@ForAll Lab lab) {
        int groups = lab.size(1, 4);
        int size = lab.size(1, 4);
        Tensor x = lab.normal(1, lab.size(1, 3), lab.size(2, 6), lab.size(1, 6), groups * size);
        int group = lab.size(0, groups - 1);
        Tensor part = x.slice(3, group * size, (group + 1) * size);
        GroupNorm several = new GroupNorm(groups, full(1, groups * size), full(0, groups * size), 1e-5);
        GroupNorm one = new GroupNorm(1, full(1, size), full(0, size), 1e-5);
        assertClose(
                lab.values(one.apply(part)), lab.values(several.apply(x).slice(3, group * size, (group + 1) * size)));
    }

    /** f(sx + (1 − s)z) = sf(x) + (1 − s)f(z) for each s: lines stay lines. */
    @Law
    void batchNormalisationInEvaluationIsAffine(@ForAll Lab lab) {
        Tensor x = image(lab);
        Tensor z = lab.normal(3, x.shape().toArray());
        int channels = x.shape().dim(3);
        BatchNorm norm = new BatchNorm(
                lab.normal(1, channels),
                lab.normal(1, channels),
                new Statistic(lab.normal(1, channels)),
                new Statistic(lab.normal(1, channels).square()),
                0.1,
                1e-2);
        double s = lab.uniform(-2, 2);
        Tensor between = norm.apply(x.mul(s).add(z.mul(1 - s)));
        assertClose(lab.values(norm.apply(x).mul(s).add(norm.apply(z).mul(1 - s))), lab.values(between));
    }

    /** In training a batch of one example is normalised as by groups of one channel. */
    @Law
    void batchNormalisationOfOneExampleIsThatOfItsChannels(@ForAll Lab lab) {
        Tensor x = lab.normal(1, 1, lab.size(2, 6), lab.size(1, 6), lab.size(1, 9));
        int channels = x.shape().dim(3);
        Tensor weight = lab.normal(1, channels);
        Tensor bias = lab.normal(1, channels);
        Statistic any = new Statistic(lab.normal(1, channels));
        GroupNorm group = new GroupNorm(channels, weight, bias, 1e-3);
        BatchNorm batch = new BatchNorm(weight, bias, any, any, 0.1, 1e-3);
        assertClose(lab.values(group.apply(x)), lab.values(batch.train(x).y()));
    }

    private static Tensor full(double value, int n) {
        return Tensor.full(DType.F64, Shape.of(n), value);
    }

    // ---- dropout

    /** The mean over all channels is kept, within five deviations of a mean of n values that are 0 or 1/(1 − p). */
    @Law
    void dropoutOfChannelsKeepsTheMean(@ForAll Lab lab) {
        int n = 40 * 50;
        double p = lab.uniform(0.05, 0.9);
        RandomKey key = RandomKey.of(lab.size(0, 1 << 30));
        Tensor ones = lab.filled(i -> 1, 40, 2, 1, 50);
        assertEquals(1, lab.value(Dropout2d.apply(ones, p, key).mean()), 5 * Math.sqrt(p / (1 - p) / n));
    }

    private static void assertClose(double[] expected, double[] actual) {
        double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        assertArrayEquals(expected, actual, ACCURACY * Math.max(1, largest));
    }
}
