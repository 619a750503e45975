package org.softmin.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class TensorTest {
    @Test
    void feelsEager() {
        Tensor x = Tensor.of(new float[][] {{1, 2, 3}, {4, 5, 6}});
        assertEquals("F32[2, 3] [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]", x.toString());
        assertEquals("F32[2] [6.0, 15.0]", x.sum(1).toString());
        assertEquals(21, x.sum().item());
        assertArrayEquals(new float[] {5, 7, 9}, x.sum(0).toFloats());
        assertEquals("F32[3] x", Tensor.input("x", DType.F32, Shape.of(3)).toString());
        assertEquals(
                "BOOL[2, 3] [[false, false, false], [true, true, true]]",
                x.gt(3).toString());
    }

    @Test
    void longTensorsPrintShortened() {
        assertEquals(
                "I32[100] [0, 1, 2, 3, 4, 5, …, 94, 95, 96, 97, 98, 99]",
                Tensor.iota(DType.I32, 100).toString());
    }

    @Test
    void largeDataIsReadAtEachRunAndNotCopied() {
        float[] values = new float[100];
        Tensor sum = Tensor.of(HostArray.of(Shape.of(100), values)).sum();
        values[3] = 2;
        assertEquals(2, sum.item());
        values[4] = 3;
        assertEquals(5, sum.item());
    }

    @Test
    void evalForgetsTheExpression() {
        Tensor x = Tensor.of(1, 2, 3).mul(2).eval();
        assertEquals("constant", x.op().label());
        assertArrayEquals(new float[] {2, 4, 6}, x.toFloats());
    }

    @Test
    void reductionsKeepAndDropAxes() {
        Tensor x = Tensor.iota(DType.F32, 24).reshape(2, 3, 4);
        assertEquals(Shape.of(2), x.sum(1, 2).shape());
        assertArrayEquals(new float[] {66, 210}, x.sum(1, 2).toFloats());
        assertEquals(Shape.of(2, 1, 1), x.reduce(Fold.SUM, true, -1, 1).shape());
        assertArrayEquals(
                new float[] {12, 15, 18, 21}, x.slice(0, 0, 1).sum(0, 1).toFloats());
    }

    @Test
    void constantUnitsHaveNoCorrelationAndNoDeviation() {
        // 0.1 summed three times and divided by 3 is not 0.1 in F32: the guard must not let that through
        Tensor x = Tensor.of(new float[][] {{0.1f, 1}, {0.1f, 2}, {0.1f, 4}});
        assertArrayEquals(new float[] {1, 0, 0, 1}, x.correlation(0).toFloats());
        assertEquals(0, x.variance(0, 1).toFloats()[0]);
        assertEquals(0, x.standardise(0, 0).abs().sum(0).toFloats()[0]);
    }

    @Test
    void varianceTakesTwoPasses() {
        double[] values = new double[1000];
        for (int i = 0; i < values.length; i++) {
            values[i] = 1e6 + (i % 2 == 0 ? 1 : -1);
        }
        Tensor x = Tensor.of(HostArray.of(DType.F32, Shape.of(1000), values));
        assertEquals(1000.0 / 999, x.variance(0, 1).item(), 1e-6);
    }

    @Test
    void errorsNameTheOpTheShapesAndTheFix() {
        Tensor a = Tensor.input("a", DType.F32, Shape.of(8, 3));
        Tensor b = Tensor.input("b", DType.F32, Shape.of(4, 5));
        assertError("matmul: inner dimensions differ: [8, 3] x [4, 5] (3 and 4)", () -> a.matmul(b));
        assertError(
                "add: shapes [8, 3] and [4, 5] do not broadcast (3 and 5 in dimension -1); make them equal or one of"
                        + " them 1",
                () -> a.add(b));
        assertError(
                "add: element types differ: F32[8, 3] and F64[8, 3]; cast one of them", () -> a.add(a.cast(DType.F64)));
        assertError("sum: axis 2 does not exist in shape [8, 3]; use -2 to 1", () -> a.sum(2));
        assertError(
                "shape: [65536, 65536] has more than 2147483647 elements; split the tensor along one dimension",
                () -> Shape.of(65536, 65536));
        assertError(
                "variance: axis 0 of [1, 3] has 1 element(s), so the divisor n - 1 is not positive; use 2 or more",
                () -> a.slice(0, 0, 1).variance(0, 1));
        assertError(
                "mul: 0.5 is no value of I32[3]; cast the tensor to F32 or F64 first",
                () -> Tensor.iota(DType.I32, 3).mul(0.5));
        assertError(
                "relu: operand is BOOL[8, 3]; cast it to F32 or F64",
                () -> a.gt(0).relu());
        assertError("add: 1 operand(s) given; it takes 2", () -> Tensor.of(new Op.Map(Scalar.ADD), a));
    }

    private static void assertError(String message, Runnable action) {
        var error = assertThrows(IllegalArgumentException.class, action::run);
        assertEquals(message, error.getMessage());
    }

    @Test
    void positionsOutOfRangeAreNamed() {
        Tensor x = Tensor.of(1, 2, 3);
        Tensor position = Tensor.of(DType.I32, Shape.of(1), 7);
        var error = assertThrows(
                IndexOutOfBoundsException.class, () -> x.gather(0, position).eval());
        assertEquals("gather: position 7 is out of range for axis 0 of [3]; check the indices", error.getMessage());
    }
}
