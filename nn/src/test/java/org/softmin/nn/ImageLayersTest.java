package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.softmin.autograd.GradientCheck;
import org.softmin.autograd.Gradients;
import org.softmin.nn.Resize.Interpolation;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Window;

/** The layers for images on small numbers; what holds for images of any size is in the laws. */
class ImageLayersTest {
    private static final Tensor IMAGE = f64(Shape.of(1, 2, 4, 1), 1, 5, -2, -1, 3, 0, -4, -3);
    private static final Tensor EMPTY = Tensor.zeros(DType.F64, Shape.of(2, 0, 3, 4));
    private static final Window PADDED = Window.of(2).stride(2).padding(1);

    private static Tensor f64(Shape shape, double... values) {
        return Tensor.of(DType.F64, shape, values);
    }

    private static void refuses(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    // ---- pooling

    @Test
    void poolingTakesTheLargestOrTheMean() {
        assertArrayEquals(new double[] {5, -1}, Run.values(MaxPool.of(2).apply(IMAGE)));
        assertArrayEquals(
                new double[] {2.25, -2.5}, Run.values(AveragePool.of(2).apply(IMAGE)));
    }

    @Test
    void paddingNeverIsTheLargestAndCountsOnRequest() {
        Tensor x = f64(Shape.of(1, 1, 3, 1), -1, -2, -4);
        Window one = Window.of(1);
        assertArrayEquals(new double[] {-1, -2}, Run.values(new MaxPool(one, PADDED).apply(x)));
        assertArrayEquals(new double[] {-1, -3}, Run.values(new AveragePool(one, PADDED, false).apply(x)));
        assertArrayEquals(new double[] {-0.5, -3}, Run.values(new AveragePool(one, PADDED, true).apply(x)));
    }

    @Test
    void wholeNumbersHaveALargest() {
        Tensor x = IMAGE.cast(DType.I32);
        MaxPool pool = MaxPool.of(PADDED);
        assertArrayEquals(Run.values(pool.apply(IMAGE)), Run.values(pool.apply(x)));
    }

    /** Shared where they are equal, none lost. */
    @Test
    void theGradientGoesToTheLargest() {
        Tensor x = f64(Shape.of(1, 2, 4, 1), 1, 5, 7, 7, 3, 0, 7, 7);
        Tensor y = MaxPool.of(2).apply(x);
        Tensor gradient = Gradients.grad(y.mul(f64(Shape.of(1, 1, 2, 1), 1, 4)).sum(), x);
        assertArrayEquals(new double[] {0, 1, 1, 1, 0, 0, 1, 1}, Run.values(gradient));
    }

    @Test
    void aNaNIsTheLargestAndTheMean() {
        Tensor x = f64(Shape.of(1, 1, 4, 1), 1, Double.NaN, 2, Double.NEGATIVE_INFINITY);
        Window one = Window.of(1);
        Window two = Window.of(2).stride(2);
        assertArrayEquals(new double[] {Double.NaN, 2}, Run.values(new MaxPool(one, two).apply(x)));
        double[] expected = {Double.NaN, Double.NEGATIVE_INFINITY};
        assertArrayEquals(expected, Run.values(new AveragePool(one, two, false).apply(x)));
    }

    /** Only loops that read windows where they lie: nothing is moved. */
    @Test
    void poolingCopiesNoWindows() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(4, 12, 12, 8));
        for (Layer pool : List.of(MaxPool.of(3), AveragePool.of(Window.of(3).stride(2)))) {
            Program program = Program.of(List.of(x), List.of(pool.apply(x)));
            try (var executable = Backend.named("cpu").compile(program)) {
                List<String> steps = executable
                        .explain()
                        .lines()
                        .filter(line -> line.contains("->"))
                        .toList();
                assertFalse(steps.isEmpty(), executable.explain());
                assertTrue(steps.stream().allMatch(step -> step.contains("fused [")), executable.explain());
            }
        }
    }

    @Test
    void poolingRefusesWhatDoesNotFit() {
        Tensor flat = Tensor.zeros(DType.F64, Shape.of(3, 4));
        refuses(
                "maxpool: input [3, 4] is no batch of images; use [batch, height, width, channels]",
                () -> MaxPool.of(2).apply(flat));
        refuses(
                "averagepool: input [3, 4] is no batch of images; use [batch, height, width, channels]",
                () -> AveragePool.of(2).apply(flat));
        refuses(
                "maxpool: no window that reaches over 3 fits into axis 1 of [1, 2, 4, 1] with padding 0 and 0; use a"
                        + " smaller window or more padding",
                () -> new MaxPool(Window.of(3), Window.of(1)).apply(IMAGE));
        refuses(
                "averagepool: window 0 along axis 2 of [1, 2, 4, 1] holds nothing but padding, of 2 and 2; use less"
                        + " padding",
                () -> new AveragePool(Window.of(2), Window.of(2).padding(2), true).apply(IMAGE));
        refuses(
                "averagepool: I32[1, 2, 4, 1] has no mean of its type; cast it to F32 or F64",
                () -> AveragePool.of(2).apply(IMAGE.cast(DType.I32)));
        refuses(
                "globalaveragepool: images of [2, 0, 3, 4] have no positions to take a mean of; use a height and width"
                        + " of 1 or more",
                () -> new GlobalAveragePool().apply(EMPTY));
        assertEquals(
                Shape.of(0, 1, 2, 1), MaxPool.of(2).apply(IMAGE.slice(0, 0, 0)).shape());
    }

    @Test
    void globalPoolingIsTheMeanOfEachChannel() {
        Tensor x = f64(Shape.of(1, 2, 2, 2), 1, 10, 2, 20, 3, 30, 6, 40);
        assertArrayEquals(new double[] {3, 25}, Run.values(new GlobalAveragePool().apply(x)));
    }

    // ---- resizing

    @Test
    void resizingDrawsSquaresOrLinesBetweenCentres() {
        Tensor x = f64(Shape.of(1, 1, 2, 1), 0, 4);
        assertArrayEquals(
                new double[] {0, 0, 4, 4, 0, 0, 4, 4}, Run.values(new Resize(Interpolation.NEAREST, 2).apply(x)));
        assertArrayEquals(
                new double[] {0, 1, 3, 4, 0, 1, 3, 4}, Run.values(new Resize(Interpolation.BILINEAR, 2).apply(x)));
        Tensor row = f64(Shape.of(1, 1, 5, 1), 1, 2, 3, 4, 5);
        assertArrayEquals(new double[] {1, 3, 5}, Run.values(Resize.to(row, Interpolation.NEAREST, 1, 3)));
        assertArrayEquals(
                new double[] {4 / 3.0, 3, 14 / 3.0}, Run.values(Resize.to(row, Interpolation.BILINEAR, 1, 3)), 1e-14);
    }

    @Test
    void resizingRefusesWhatDoesNotFit() {
        refuses("resize: factor 0 leaves no pixels; use 1 or more", () -> new Resize(Interpolation.NEAREST, 0));
        refuses(
                "resize: [2, 0, 3, 4] to 0 x 6 pixels is not possible; all must be 1 or more",
                () -> new Resize(Interpolation.NEAREST, 2).apply(EMPTY));
        refuses(
                "resize: [1, 2, 4, 1] to 3 x 0 pixels is not possible; all must be 1 or more",
                () -> Resize.to(IMAGE, Interpolation.NEAREST, 3, 0));
        refuses(
                "resize: I32[1, 2, 4, 1] has nothing between its values; cast it to F32 or F64, or use NEAREST",
                () -> new Resize(Interpolation.BILINEAR, 2).apply(IMAGE.cast(DType.I32)));
    }

    // ---- normalisation

    @Test
    void groupNormNormalisesEachGroupThenGainAndOffset() {
        // one example of two positions; groups of two channels: {1, 2, 3, 6} and {0, 0, 4, 4}
        Tensor x = f64(Shape.of(1, 2, 1, 4), 1, 2, 0, 0, 3, 6, 4, 4);
        GroupNorm norm = new GroupNorm(2, f64(Shape.of(4), 1, 2, 1, 1), f64(Shape.of(4), 0, 1, 0, 0), 0.5);
        double first = Math.sqrt(3.5 + 0.5); // mean 3, variance (4 + 1 + 0 + 9) / 4
        double second = Math.sqrt(4 + 0.5); // mean 2
        assertArrayEquals(
                new double[] {
                    -2 / first, -2 / first + 1, -2 / second, -2 / second, 0, 6 / first + 1, 2 / second, 2 / second
                },
                Run.values(norm.apply(x)),
                1e-14);
    }

    @Test
    void groupNormRefusesWhatDoesNotFit() {
        refuses(
                "groupnorm: 6 channels cannot be divided among 4 groups; use a divisor of the number of channels",
                () -> GroupNorm.of(4, 6));
        refuses(
                "groupnorm: input [1, 2, 4, 1] does not fit weight [2]; use [batch, .., 2]",
                () -> GroupNorm.of(1, 2).apply(IMAGE));
        refuses(
                "groupnorm: each group of [3, 1, 1, 2] has 1 element, which would become 0 whatever it is; use fewer"
                        + " groups or more positions",
                () -> GroupNorm.of(2, 2).apply(Tensor.zeros(DType.F32, Shape.of(3, 1, 1, 2))));
        Tensor two = f64(Shape.of(2), 1, 1);
        refuses(
                "groupnorm: weight [2] and bias [1] do not fit; both must be [channels]",
                () -> new GroupNorm(1, two, f64(Shape.of(1), 0), 1e-5));
    }

    @Test
    void layerNormTakesTheChannelsOfEachPosition() {
        Tensor x = f64(Shape.of(1, 1, 2, 2), 1, 3, 5, 5);
        LayerNorm norm = new LayerNorm(f64(Shape.of(2), 1, 1), f64(Shape.of(2), 0, 0), 0);
        assertArrayEquals(new double[] {-1, 1}, Arrays.copyOf(Run.values(norm.apply(x)), 2), 1e-14);
    }

    // ---- dropout, residual, attention

    @Test
    void dropoutOfChannelsDropsThemWhole() {
        Tensor x = Tensor.full(DType.F32, Shape.of(50, 3, 2, 40), 3);
        RandomKey key = RandomKey.of(5);
        double[] y = Run.values(Dropout2d.apply(x, 0.25, key));
        int dropped = 0;
        for (int n = 0; n < 50; n++) {
            for (int c = 0; c < 40; c++) {
                double first = y[n * 240 + c];
                assertTrue(first == 0 || first == 4);
                for (int position = 1; position < 6; position++) {
                    assertEquals(first, y[n * 240 + position * 40 + c]);
                }
                dropped += first == 0 ? 1 : 0;
            }
        }
        assertEquals(0.25, dropped / 2000.0, 5 * Math.sqrt(0.25 * 0.75 / 2000));
        assertArrayEquals(y, Run.values(Dropout2d.apply(x, 0.25, key)));
        assertFalse(Arrays.equals(y, Run.values(Dropout2d.apply(x, 0.25, key.fold(1)))));
        assertEquals(x, Dropout2d.apply(x, 0, key));
        refuses(
                "dropout2d: probability 1.0 leaves nothing to train; use 0 or more and less than 1",
                () -> Dropout2d.apply(x, 1, key));
        refuses(
                "dropout2d: input [6] is no batch of images; use [batch, height, width, channels]",
                () -> Dropout2d.apply(Tensor.zeros(DType.F32, Shape.of(6)), 0.5, key));
    }

    @Test
    void residualAddsWhatIsInside() {
        Tensor x = f64(Shape.of(2, 1), 5, -1);
        assertArrayEquals(
                new double[] {10, -1}, Run.values(Residual.of(Activation.RELU).apply(x)));
        Linear wider = new Linear(f64(Shape.of(2, 1), 1, -1), null);
        Linear twice = new Linear(f64(Shape.of(2, 1), 2, 2), null);
        assertArrayEquals(new double[] {15, 5, -3, -1}, Run.values(new Residual(wider, twice).apply(x)));
        refuses(
                "residual: the inner layer gives [2, 2] and the shortcut [2, 1]; give a shortcut that makes them equal",
                () -> Residual.of(wider).apply(x));
    }

    private static AttentionBlock attention() {
        RandomKey key = RandomKey.of(3);
        GroupNorm norm = new GroupNorm(2, f64(Shape.of(4), 1, 2, -1, 0.5), f64(Shape.of(4), 0, 1, 0, 2), 1e-3);
        return new AttentionBlock(
                norm,
                new SelfAttention(
                        Linear.of(4, 12, DType.F64, key.derive("input")),
                        Linear.of(4, 4, DType.F64, key.derive("output")),
                        2,
                        false));
    }

    @Test
    void attentionIsAmongThePositionsOfEachImage() {
        Tensor x = RandomKey.of(1).normal(DType.F64, Shape.of(2, 3, 2, 4)).eval();
        AttentionBlock block = attention();
        Tensor tokens = block.norm().apply(x).reshape(2, 6, 4);
        Tensor expected = x.add(block.attention().apply(tokens).reshape(2, 3, 2, 4));
        assertArrayEquals(Run.values(expected), Run.values(block.apply(x)), 1e-14);
        double[] alone = Run.values(block.apply(x.slice(0, 1, 2)));
        assertArrayEquals(alone, Run.values(block.apply(x).slice(0, 1, 2)), 1e-14);
        refuses(
                "attentionblock: input [2, 6, 4] is no batch of images; use [batch, height, width, channels]",
                () -> block.apply(tokens));
    }

    // ---- gradients

    private record Case(String name, Layer layer) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Stream<Case> layers() {
        Window window = Window.of(2).stride(1).dilation(2).padding(1, 0);
        Tensor weight = f64(Shape.of(4), 1, 2, -1, 0.5);
        Tensor bias = f64(Shape.of(4), 0, 1, 0, 2);
        RandomKey key = RandomKey.of(7);
        return Stream.of(
                new Case("max pooling", new MaxPool(window, PADDED)),
                new Case("average pooling", new AveragePool(window, PADDED, false)),
                new Case("average pooling with padding", new AveragePool(PADDED, window, true)),
                new Case("global average pooling", new GlobalAveragePool()),
                new Case("nearest", new Resize(Interpolation.NEAREST, 2)),
                new Case("bilinear", new Resize(Interpolation.BILINEAR, 2)),
                new Case("smaller", x -> Resize.to(x, Interpolation.BILINEAR, 2, 5)),
                new Case("groups", new GroupNorm(2, weight, bias, 1e-3)),
                new Case("dropout of channels", x -> Dropout2d.apply(x, 0.4, key)),
                new Case("residual", Residual.of(new GroupNorm(1, weight, bias, 1e-3))),
                new Case("attention", attention()));
    }

    /** Of the squares, so that linear layers have a second derivative; with respect to input and parameters. */
    @ParameterizedTest
    @MethodSource("layers")
    void gradientsAreThoseOfDifferences(Case checked) {
        List<HostArray> at = new ArrayList<>();
        at.add(RandomKey.of(2).normal(DType.F64, Shape.of(2, 3, 3, 4)).array());
        if (!(checked.layer instanceof Record model)) {
            GradientCheck.DEFAULT.check(
                    at.getFirst(), x -> checked.layer.apply(x).square());
            return;
        }
        Parameters.flatten(model).tensors().forEach(parameter -> at.add(parameter.array()));
        GradientCheck.DEFAULT.check(
                values -> {
                    Record moved = Parameters.unflatten(model, values.subList(1, values.size()));
                    return List.of(((Layer) moved).apply(values.getFirst()).square());
                },
                at);
    }
}
