package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

class ClippingTest {
    private static final Tensor A = Tensor.of(DType.F32, Shape.of(2), 3, 0);
    private static final Tensor B = Tensor.of(DType.F64, Shape.of(1, 1), -4);

    @Test
    void globalNormScalesAllTogether() {
        List<Tensor> clipped = Clipping.globalNorm(2.5).apply(List.of(A, B));
        assertArrayEquals(new double[] {1.5, 0}, Run.values(clipped.get(0)));
        assertArrayEquals(new double[] {-2}, Run.values(clipped.get(1)));
    }

    @Test
    void smallGradientsStay() {
        assertArrayEquals(
                new double[] {3, 0},
                Run.values(Clipping.globalNorm(5).apply(List.of(A, B)).getFirst()));
        Tensor zero = Tensor.zeros(DType.F32, Shape.of(2));
        assertArrayEquals(
                new double[2],
                Run.values(Clipping.globalNorm(1).apply(List.of(zero)).getFirst()));
        assertArrayEquals(
                new double[] {3, 0},
                Run.values(Clipping.none().apply(List.of(A)).getFirst()));
    }

    @Test
    void hugeGradientsDoNotOverflowTheirNorm() {
        Tensor huge = Tensor.of(DType.F32, Shape.of(1), 1e30);
        assertArrayEquals(
                new double[] {1},
                Run.values(Clipping.globalNorm(1).apply(List.of(huge)).getFirst()),
                1e-7);
    }

    @Test
    void valueLimitsEachElement() {
        assertArrayEquals(
                new double[] {2, 0},
                Run.values(Clipping.value(2).apply(List.of(A)).getFirst()));
        assertArrayEquals(
                new double[] {-2},
                Run.values(Clipping.value(2).apply(List.of(B)).getFirst()));
    }

    @Test
    void aLimitOfZeroIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Clipping.globalNorm(0));
        assertThrows(IllegalArgumentException.class, () -> Clipping.value(Double.NaN));
    }
}
