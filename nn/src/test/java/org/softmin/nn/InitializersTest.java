package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

class InitializersTest {
    private static final RandomKey KEY = RandomKey.of(7);
    private static final Shape WINDOW = Shape.of(20, 10, 3, 3); // fan-in 90, fan-out 180

    private static void assertUniform(double bound, Tensor x) {
        double[] values = Run.values(x);
        double largest = Arrays.stream(values).map(Math::abs).max().orElseThrow();
        assertTrue(largest <= bound && largest > 0.99 * bound, largest + " for a bound of " + bound);
    }

    private static void assertNormal(double deviation, Tensor x) {
        double[] values = Run.values(x);
        double variance = Arrays.stream(values).map(v -> v * v).average().orElseThrow();
        double error = deviation * deviation * Math.sqrt(2.0 / values.length);
        assertEquals(deviation * deviation, variance, 5 * error);
        double within =
                Arrays.stream(values).filter(v -> Math.abs(v) < deviation).count() / (double) values.length;
        assertEquals(0.6827, within, 5 * Math.sqrt(0.6827 * 0.3173 / values.length));
    }

    @Test
    void boundsAndDeviationsFollowTheFans() {
        assertUniform(Math.sqrt(6.0 / 270), Initializers.xavierUniform(KEY, DType.F32, WINDOW));
        assertNormal(Math.sqrt(2.0 / 270), Initializers.xavierNormal(KEY, DType.F32, WINDOW));
        assertUniform(Math.sqrt(6.0 / 90), Initializers.kaimingUniform(KEY, DType.F32, WINDOW));
        assertNormal(Math.sqrt(2.0 / 90), Initializers.kaimingNormal(KEY, DType.F64, WINDOW));
        assertUniform(0.3, Initializers.uniform(KEY, DType.F64, WINDOW, 0.3));
        assertThrows(IllegalArgumentException.class, () -> Initializers.kaimingNormal(KEY, DType.F32, Shape.of(5)));
    }

    @Test
    void constants() {
        assertArrayEquals(new double[] {0, 0}, Run.values(Initializers.zeros(DType.F32, Shape.of(2))));
        assertArrayEquals(new double[] {1.5, 1.5}, Run.values(Initializers.constant(DType.F32, Shape.of(2), 1.5)));
    }

    @Test
    void orthogonalRowsOrColumns() {
        assertOrthonormal(Initializers.orthogonal(KEY, DType.F64, 5, 12));
        assertOrthonormal(Initializers.orthogonal(KEY, DType.F64, 12, 5).transpose());
    }

    private static void assertOrthonormal(Tensor rows) {
        int n = rows.shape().dim(0);
        double[] gram = Run.values(rows.matmul(rows.transpose()));
        for (int i = 0; i < n * n; i++) {
            assertEquals(i % (n + 1) == 0 ? 1 : 0, gram[i], 1e-14);
        }
    }

    @Test
    void theSameKeyGivesTheSameBits() {
        double[] first = Run.values(Initializers.kaimingNormal(KEY, DType.F32, WINDOW));
        assertArrayEquals(first, Run.values(Initializers.kaimingNormal(RandomKey.of(7), DType.F32, WINDOW)));
        assertTrue(!Arrays.equals(first, Run.values(Initializers.kaimingNormal(RandomKey.of(8), DType.F32, WINDOW))));
    }
}
