package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.Test;
import org.softmin.autograd.GradientCheck;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Convolution;
import org.softmin.tensor.ConvolutionTranspose;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Window;

/** Convolution against plain loops, over windows, strides, padding, dilation and groups; its transpose is its adjoint. */
@Domain(Generators.class)
class ConvolutionLaws {
    private static final double ACCURACY = 1e-12;

    /** A random convolution of images that its windows fit into. */
    private record Case(Lab lab, Convolution op, int n, int[] extents, int in, int out) {
        static Case of(Lab lab, int axes) {
            List<Window> windows = new ArrayList<>();
            int[] extents = new int[axes];
            for (int i = 0; i < axes; i++) {
                Window window = Window.of(lab.size(1, 4))
                        .stride(lab.size(1, 3))
                        .dilation(lab.size(1, 2))
                        .padding(lab.size(0, 3), lab.size(0, 3));
                int least = Math.max(1, window.reach() - window.low() - window.high());
                extents[i] = lab.size(least, least + 6);
                windows.add(window);
            }
            int groups = lab.size(1, 3);
            int in = groups * lab.size(1, 3);
            int out = groups * lab.size(1, 3);
            return new Case(lab, new Convolution(windows, groups), lab.size(1, 3), extents, in, out);
        }

        Tensor images() {
            return lab.normal(
                    1,
                    Shape.of(extents)
                            .insert(0, n)
                            .insert(extents.length + 1, in)
                            .toArray());
        }

        Tensor weights() {
            Shape sizes = Shape.of(op.windows().stream().map(Window::size).toList());
            return lab.normal(
                    1,
                    sizes.insert(0, out)
                            .insert(extents.length + 1, in / op.groups())
                            .toArray());
        }

        Tensor apply(Tensor x, Tensor w) {
            return Tensor.of(op, x, w);
        }

        Tensor transposed(Tensor y, Tensor w) {
            List<Integer> to = Arrays.stream(extents).boxed().toList();
            return Tensor.of(new ConvolutionTranspose(op.windows(), op.groups(), to), y, w);
        }

        @Override
        public String toString() {
            return op + " of " + n + " x " + Arrays.toString(extents) + " x " + in + " to " + out;
        }
    }

    /** Each element of the result is the sum over its window, by loops that know nothing of matrices. */
    @Law
    void agreesWithPlainLoops(@ForAll Lab lab) {
        Case c = Case.of(lab, 2);
        Tensor x = c.images();
        Tensor w = c.weights();
        Tensor y = c.apply(x, w);
        assertArrayEquals(plain(c, lab.array(x), lab.array(w), y.shape()), lab.values(y), ACCURACY * 100, c::toString);
    }

    private static double[] plain(Case c, HostArray x, HostArray w, Shape result) {
        double[] y = new double[result.size()];
        Window down = c.op.windows().get(0);
        Window across = c.op.windows().get(1);
        int inPerGroup = c.in / c.op.groups();
        int outPerGroup = c.out / c.op.groups();
        int at = 0;
        for (int image = 0; image < c.n; image++) {
            for (int i = 0; i < result.dim(1); i++) {
                for (int j = 0; j < result.dim(2); j++) {
                    for (int o = 0; o < c.out; o++) {
                        double sum = 0;
                        for (int p = 0; p < down.size(); p++) {
                            for (int q = 0; q < across.size(); q++) {
                                int row = i * down.stride() + p * down.dilation() - down.low();
                                int column = j * across.stride() + q * across.dilation() - across.low();
                                if (row < 0 || row >= c.extents[0] || column < 0 || column >= c.extents[1]) {
                                    continue;
                                }
                                for (int k = 0; k < inPerGroup; k++) {
                                    int channel = o / outPerGroup * inPerGroup + k;
                                    int from = ((image * c.extents[0] + row) * c.extents[1] + column) * c.in + channel;
                                    int weight = ((o * down.size() + p) * across.size() + q) * inPerGroup + k;
                                    sum += x.get(from) * w.get(weight);
                                }
                            }
                        }
                        y[at++] = sum;
                    }
                }
            }
        }
        return y;
    }

    /** ⟨conv(x), y⟩ = ⟨x, convᵀ(y)⟩, along one to three axes. */
    @Law
    void theTransposeIsTheAdjoint(@ForAll Lab lab) {
        Case c = Case.of(lab, lab.size(1, 3));
        Tensor x = c.images();
        Tensor w = c.weights();
        Tensor convolved = c.apply(x, w);
        Tensor y = lab.normal(1, convolved.shape().toArray());
        double left = lab.value(convolved.mul(y).sum());
        double right = lab.value(x.mul(c.transposed(y, w)).sum());
        double size = lab.value(convolved.mul(y).abs().sum());
        assertEquals(left, right, ACCURACY * 10 * Math.max(1, size), c::toString);
    }

    /** A window with a single 1 in its middle, from each channel to itself, changes nothing. */
    @Law
    void deltaWeightsAreTheIdentity(@ForAll Lab lab) {
        int channels = lab.size(1, 4);
        int reach = lab.size(0, 2);
        int dilation = lab.size(1, 2);
        Window window = Window.of(2 * reach + 1).dilation(dilation).padding(reach * dilation);
        Tensor x = lab.normal(1, 2, lab.size(1, 6), lab.size(1, 6), channels);
        int size = window.size();
        Tensor w = lab.filled(
                i -> {
                    int in = i % channels;
                    int place = i / channels % (size * size);
                    return place == size * size / 2 && in == i / channels / (size * size) ? 1 : 0;
                },
                channels,
                size,
                size,
                channels);
        Tensor y = x.convolve(w, List.of(window, window), 1);
        assertArrayEquals(lab.values(x), lab.values(y));
    }

    /** Shifted images give shifted results, away from the border. */
    @Law
    void shiftsPassThrough(@ForAll Lab lab) {
        int stride = lab.size(1, 2);
        Window window = Window.of(lab.size(1, 3)).stride(stride).dilation(lab.size(1, 2));
        int shift = lab.size(1, 3);
        int extent = window.reach() + lab.size(0, 5) + shift * stride;
        Tensor x = lab.normal(1, 1, extent, extent, 2);
        Tensor w = lab.normal(1, 3, window.size(), window.size(), 2);
        List<Window> windows = List.of(window, window);
        Tensor whole = x.convolve(w, windows, 1);
        Tensor later = x.slice(1, shift * stride, extent).convolve(w, windows, 1);
        assertArrayEquals(lab.values(whole.slice(1, shift, whole.shape().dim(1))), lab.values(later));
    }

    /** Gradients for images and weights, of both, to the second order. */
    @Property(seed = "2026", tries = 25)
    void gradientsAreThoseOfDifferences(@ForAll Lab lab) {
        Case c = Case.of(lab, 2);
        List<HostArray> at = List.of(lab.array(c.images()), lab.array(c.weights()));
        GradientCheck.DEFAULT.check(in -> List.of(c.apply(in.get(0), in.get(1)).square()), at);
        Shape results = c.apply(c.images(), c.weights()).shape();
        List<HostArray> back = List.of(lab.array(lab.normal(1, results.toArray())), at.get(1));
        GradientCheck.DEFAULT.check(
                in -> List.of(c.transposed(in.get(0), in.get(1)).square()), back);
    }

    /** A product that reads its windows in place gives the bits of one that reads a copy, on any number of threads. */
    @Law
    void windowsInPlaceGiveTheBitsOfCopies(@ForAll Lab lab) {
        int in = lab.size(1, 60);
        int out = lab.size(1, 40);
        Window down = Window.of(lab.size(1, 4)).stride(lab.size(1, 2)).dilation(lab.size(1, 2));
        Window across = Window.of(lab.size(1, 4)).stride(lab.size(1, 2));
        int height = down.reach() + lab.size(0, 12);
        int width = across.reach() + lab.size(0, 12);
        Tensor x = Tensor.input("x", DType.F32, Shape.of(lab.size(1, 4), height, width, in));
        Tensor u = x.unfold(1, down).unfold(3, across).permute(0, 1, 3, 2, 4, 5);
        int depth = down.size() * across.size() * in;
        Tensor windows = u.reshape(-1, depth);
        Tensor copied = Tensor.input("windows", DType.F32, windows.shape());
        Tensor w = Tensor.input("w", DType.F32, Shape.of(depth, out));
        Tensor g = Tensor.input("g", DType.F32, Shape.of(windows.shape().dim(0), out));
        HostArray images = single(lab, x.shape());
        HostArray weights = single(lab, w.shape());
        HostArray gradient = single(lab, g.shape());
        HostArray copy = run(Backends.ONE, Program.of(List.of(x), List.of(windows)), images)
                .getFirst();
        List<HostArray> expected = run(Backends.ONE, products(copied, copied, w, g), copy, weights, gradient);
        for (int threads : new int[] {1, 2, 3}) {
            List<HostArray> actual =
                    run(Backends.ONE.withThreads(threads), products(x, windows, w, g), images, weights, gradient);
            assertEquals("", Bits.difference(expected, actual), x.shape() + " by " + down + " and " + across);
        }
    }

    /** So deep that several threads do it in parts, which must not begin within a stretch of windows. */
    @Test
    void deepWindowsAreCutBetweenTheirStretches() {
        Lab lab = new Lab(1);
        Tensor x = Tensor.input("x", DType.F32, Shape.of(1, 3, 30, 4096));
        Tensor windows = x.unfold(1, Window.of(3))
                .unfold(3, Window.of(3))
                .permute(0, 1, 3, 2, 4, 5)
                .reshape(28, 9 * 4096);
        Tensor w = Tensor.input("w", DType.F32, Shape.of(9 * 4096, 16));
        Program program = Program.of(List.of(x, w), List.of(windows.matmul(w)));
        HostArray images = single(lab, x.shape());
        HostArray weights = single(lab, w.shape());
        List<HostArray> one = run(Backends.ONE, program, images, weights);
        assertEquals("", Bits.difference(one, run(Backends.ONE.withThreads(2), program, images, weights)));
    }

    /** What a convolution and its gradient need: windows at the left, windows at the right, and transposed at the left. */
    private static Program products(Tensor x, Tensor windows, Tensor w, Tensor g) {
        Tensor left = windows.matmul(w);
        Tensor right = g.transpose().matmul(windows);
        Tensor transposed = windows.transpose().matmul(g);
        return Program.of(List.of(x, w, g), List.of(left, right, transposed));
    }

    private static HostArray single(Lab lab, Shape shape) {
        HostArray array = HostArray.zeros(DType.F32, shape);
        for (int i = 0; i < array.size(); i++) {
            array.set(i, lab.uniform(-1, 1));
        }
        return array;
    }

    private static List<HostArray> run(Backend.Options options, Program program, HostArray... in) {
        try (Executable executable = Backends.cpu(options).compile(program)) {
            return executable.run(in);
        }
    }
}
