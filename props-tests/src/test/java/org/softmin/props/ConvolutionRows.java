package org.softmin.props;

import java.util.List;
import java.util.function.Consumer;
import org.softmin.tensor.Convolution;
import org.softmin.tensor.ConvolutionTranspose;
import org.softmin.tensor.DType;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Window;

/** The rows of convolution and its transpose. */
final class ConvolutionRows {
    private static final List<Window> SQUARE = List.of(Window.of(3), Window.of(3));

    private ConvolutionRows() {}

    static List<Row> all() {
        return List.of(convolution(), transpose());
    }

    private static Row convolution() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(2, 5, 5, 4));
        Tensor w = Tensor.input("w", DType.F32, Shape.of(6, 3, 3, 4));
        return new Row(
                Convolution.class,
                Tolerance.PARTS,
                sink -> images(sink, false),
                MovementRows.smooth(
                        "convolution",
                        in -> in.get(0)
                                .convolve(
                                        in.get(1),
                                        List.of(
                                                Window.of(3).padding(1, 0),
                                                Window.of(2).stride(2)),
                                        2)
                                .square(),
                        Shape.of(2, 4, 5, 4),
                        Shape.of(2, 3, 2, 2)),
                List.of(
                        new Row.Refusal(
                                "convolution: images [2, 5, 5, 4] have 4 channels, but weights [6, 3, 3, 4] with 2"
                                        + " groups need 8",
                                () -> x.convolve(w, SQUARE, 2)),
                        new Row.Refusal(
                                "convolution: 6 outputs cannot be divided into 4 groups",
                                () -> x.convolve(w, SQUARE, 4)),
                        new Row.Refusal(
                                "convolution: no window of Window[size=3, stride=1, dilation=3, low=0, high=0] fits"
                                        + " into axis 1 of [2, 5, 5, 4]; pad it",
                                () -> x.convolve(w, List.of(Window.of(3).dilation(3), Window.of(3)), 1)),
                        new Row.Refusal(
                                "convolution: weights [6, 3, 3, 4] do not fit Window[size=2, stride=1, dilation=1,"
                                        + " low=0, high=0] along axis 2",
                                () -> x.convolve(w, List.of(Window.of(3), Window.of(2)), 1)),
                        new Row.Refusal(
                                "convolution: images [5, 5] and weights [6, 3, 3, 4] need 4 dimensions each for 2"
                                        + " windows: [n, extents.., channels] and [out, window.., in]",
                                () -> Tensor.input("x", DType.F32, Shape.of(5, 5))
                                        .convolve(w, SQUARE, 1))));
    }

    private static Row transpose() {
        Tensor y = Tensor.input("y", DType.F32, Shape.of(2, 3, 3, 6));
        Tensor w = Tensor.input("w", DType.F32, Shape.of(6, 3, 3, 4));
        List<Window> windows = List.of(Window.of(3).stride(2).padding(1, 0), Window.of(2));
        return new Row(
                ConvolutionTranspose.class,
                Tolerance.PARTS,
                sink -> images(sink, true),
                MovementRows.smooth(
                        "convolution transpose",
                        in -> Tensor.of(new ConvolutionTranspose(windows, 2, List.of(5, 4)), in.get(0), in.get(1))
                                .square(),
                        Shape.of(2, 2, 3, 4),
                        Shape.of(4, 3, 2, 1)),
                List.of(
                        new Row.Refusal(
                                "convolution transpose: axis 1 of [2, 3, 3, 6] has 3 windows, but Window[size=3,"
                                        + " stride=1, dilation=1, low=0, high=0] fits 4 times into 6",
                                () -> Tensor.of(new ConvolutionTranspose(SQUARE, 1, List.of(6, 5)), y, w)),
                        new Row.Refusal(
                                "convolution transpose: operand [2, 3, 3, 6] has 6 channels, but weights [3, 3, 3, 4]"
                                        + " have 3 outputs",
                                () -> Tensor.of(
                                        new ConvolutionTranspose(SQUARE, 1, List.of(5, 5)),
                                        y,
                                        Tensor.input("w", DType.F32, Shape.of(3, 3, 3, 4))))));
    }

    /** Windows of all kinds over images from 1 to 20 wide, with few channels and with more than a vector of them. */
    private static void images(Consumer<Example> sink, boolean transposed) {
        List<Window> kinds = List.of(
                Window.of(1),
                Window.of(3).padding(1),
                Window.of(2).stride(2).padding(0, 1),
                Window.of(3).stride(3).padding(2),
                Window.of(3).dilation(2).padding(2),
                Window.of(2).stride(2).dilation(3).padding(3));
        int turn = 0;
        for (DType dtype : List.of(DType.F32, DType.F64)) {
            for (int extent : List.of(1, 2, 5, 9, 20)) {
                for (Window down : kinds) {
                    Window across = kinds.get(turn % kinds.size());
                    int groups = 1 + turn % 3;
                    int in = groups * (turn % 2 == 0 ? 1 : 7);
                    int out = groups * (turn % 5 == 0 ? 20 : 2);
                    turn++;
                    Convolution op = new Convolution(List.of(down, across), groups);
                    Shape images = Shape.of(2, extent, 4, in);
                    Shape results = Shape.of(2, down.count(extent), across.count(4), out);
                    Shape weights = Shape.of(out, down.size(), across.size(), in / groups);
                    String name = dtype + " " + images + " by " + down + ", " + across + " in " + groups + " groups";
                    sink.accept(Example.of(
                            name,
                            turn,
                            b -> transposed
                                    ? Tensor.of(
                                            new ConvolutionTranspose(op.windows(), groups, List.of(extent, 4)),
                                            b.operand(dtype, results, Values.MODERATE),
                                            b.operand(dtype, weights, Values.MODERATE))
                                    : Tensor.of(
                                            op,
                                            b.operand(dtype, images, Values.MODERATE),
                                            b.operand(dtype, weights, Values.MODERATE))));
                }
            }
        }
    }
}
