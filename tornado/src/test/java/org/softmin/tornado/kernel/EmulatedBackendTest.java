package org.softmin.tornado.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Philox;
import org.softmin.tensor.Program;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** Kernels that are run: random words, strides, empty tensors, and what is reported when something is out of range. */
class EmulatedBackendTest {
    private static final EmulatedBackend BACKEND = new EmulatedBackend(Backend.Options.DEFAULT);

    private static HostArray run(List<Tensor> inputs, Tensor output, HostArray... arrays) {
        return BACKEND.compile(Program.of(inputs, List.of(output)))
                .run(List.of(arrays))
                .getFirst();
    }

    @Test
    void randomWordsAreThoseOfPhilox() {
        Tensor key = Tensor.input("key", DType.I32, Shape.of(2));
        int n = 1003;
        HostArray words = run(
                List.of(key), new RandomKey(key).bits(Shape.of(n)), HostArray.of(Shape.of(2), new int[] {-5, 1 << 31}));
        int[] expected = new int[n];
        Philox.fill(-5, 1 << 31, 0, 0, 0, expected, 0, n);
        assertArrayEquals(expected, words.ints());
    }

    @Test
    void viewsAreReadThroughOffsetsAndStrides() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(3, 4));
        HostArray data = HostArray.of(Shape.of(3, 4), new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
        HostArray result =
                run(List.of(x), x.transpose().slice(0, 1, 4).slice(1, 1, 3).neg(), data);
        assertArrayEquals(new float[] {-5, -9, -6, -10, -7, -11}, result.floats());
    }

    @Test
    void emptyTensorsTakeNoKernel() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(0, 4));
        assertEquals(
                0,
                run(List.of(x), x.exp(), HostArray.zeros(DType.F32, Shape.of(0, 4)))
                        .size());
        assertArrayEquals(
                new float[4],
                run(List.of(x), x.sum(0), HostArray.zeros(DType.F32, Shape.of(0, 4)))
                        .floats());
        Tensor y = Tensor.input("y", DType.F32, Shape.of(3, 0));
        HostArray none = HostArray.zeros(DType.F32, Shape.of(3, 0));
        assertArrayEquals(
                new float[9], run(List.of(y), y.matmul(y.transpose()), none).floats());
    }

    @Test
    void aPositionOutOfRangeIsReportedWithTheOp() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(3));
        Tensor at = Tensor.input("at", DType.I32, Shape.of(2));
        HostArray data = HostArray.zeros(DType.F32, Shape.of(3));
        HostArray bad = HostArray.of(Shape.of(2), new int[] {1, 3});
        for (Tensor output : List.of(x.gather(0, at), x.scatterAdd(0, at, x.slice(0, 0, 2)))) {
            var executable = BACKEND.compile(Program.of(List.of(x, at), List.of(output)));
            String message = assertThrows(RuntimeException.class, () -> executable.run(List.of(data, bad)))
                    .getMessage();
            var cpu = Backend.named("cpu").compile(Program.of(List.of(x, at), List.of(output)));
            assertEquals(
                    assertThrows(RuntimeException.class, () -> cpu.run(List.of(data, bad)))
                            .getMessage(),
                    message);
            executable.run(List.of(data, HostArray.of(Shape.of(2), new int[] {2, 0}))); // and is forgotten
        }
    }

    @Test
    void divisionOfIntegersByZeroIsReported() {
        Tensor x = Tensor.input("x", DType.I32, Shape.of(3));
        HostArray data = HostArray.of(Shape.of(3), new int[] {1, 0, 2});
        assertEquals(
                "div: integer division of 7 by 0; guard it with where",
                assertThrows(
                                ArithmeticException.class,
                                () -> run(List.of(x), x.mul(0).add(7).div(x), data))
                        .getMessage());
    }
}
