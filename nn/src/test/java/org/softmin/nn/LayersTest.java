package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.softmin.autograd.Gradients;
import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

class LayersTest {
    private static Tensor f64(Shape shape, double... values) {
        return Tensor.of(DType.F64, shape, values);
    }

    @Test
    void linearMultipliesByTheTransposeAndAdds() {
        Linear linear = new Linear(f64(Shape.of(2, 3), 1, 2, 3, 4, 5, 6), f64(Shape.of(2), 10, 20));
        Tensor x = f64(Shape.of(2, 3), 1, 0, -1, 2, 1, 0);
        assertArrayEquals(new double[] {8, 18, 14, 33}, Run.values(linear.apply(x)));
        assertArrayEquals(new double[] {-2, -2, 4, 13}, Run.values(new Linear(linear.weight(), null).apply(x)));
    }

    @Test
    void linearTakesAnyNumberOfLeadingDimensions() {
        Linear linear = new Linear(f64(Shape.of(1, 2), 1, -1), f64(Shape.of(1), 0.5));
        Tensor x = f64(Shape.of(2, 1, 2), 3, 1, 5, 9);
        assertEquals(Shape.of(2, 1, 1), linear.apply(x).shape());
        assertArrayEquals(new double[] {2.5, -3.5}, Run.values(linear.apply(x)));
        assertEquals(Shape.of(1), linear.apply(f64(Shape.of(2), 1, 2)).shape());
        assertEquals(Shape.of(0, 1), linear.apply(f64(Shape.of(0, 2))).shape());
    }

    @Test
    void linearRefusesWhatDoesNotFit() {
        Linear linear = Linear.of(4, 3, RandomKey.of(1));
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> linear.apply(Tensor.zeros(DType.F32, Shape.of(2, 5))));
        assertEquals("linear: input [2, 5] does not fit weight [3, 4]; its last dimension must be 4", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Linear(linear.weight(), linear.weight()));
    }

    @Test
    void linearStartsUniformWithinOneOverRootOfTheInputs() {
        Linear linear = Linear.of(25, 400, RandomKey.of(1));
        double[] weight = Run.values(linear.weight());
        double[] bias = Run.values(linear.bias());
        assertTrue(Arrays.stream(weight).allMatch(w -> w >= -0.2 && w < 0.2));
        assertTrue(Arrays.stream(bias).allMatch(b -> b >= -0.2 && b < 0.2));
        // U(-0.2, 0.2) has variance 0.4²/12; the error of the estimate is √(4/5 / n) of it.
        double variance = Arrays.stream(weight).map(w -> w * w).average().orElseThrow();
        assertEquals(0.16 / 12, variance, 5 * 0.16 / 12 * Math.sqrt(0.8 / weight.length));
        assertTrue(Arrays.stream(bias).max().orElseThrow() > 0.19);
        assertTrue(weight[0] != bias[0], "weight and bias have keys of their own");
    }

    @Test
    void embeddingGivesEachSymbolItsRow() {
        Embedding embedding = new Embedding(f64(Shape.of(3, 2), 1, 2, 3, 4, 5, 6));
        Tensor symbols = Tensor.of(2, 0, 2).cast(DType.I32).reshape(3, 1);
        Tensor vectors = embedding.apply(symbols);
        assertEquals(Shape.of(3, 1, 2), vectors.shape());
        assertArrayEquals(new double[] {5, 6, 1, 2, 5, 6}, Run.values(vectors));
        // What is taken twice counts twice, what is not taken not at all.
        Tensor gradient = Gradients.grad(vectors.square().sum(), embedding.weight());
        assertArrayEquals(new double[] {2, 4, 0, 0, 20, 24}, Run.values(gradient));
        assertThrows(IllegalArgumentException.class, () -> new Embedding(f64(Shape.of(2), 1, 2)));
    }

    @Test
    void layerNormHasMeanZeroAndVarianceOneThenGainAndOffset() {
        double[] row = {1, 2, 4, 9};
        double mean = 4;
        double variance = (9 + 4 + 0 + 25) / 4.0;
        LayerNorm norm = new LayerNorm(f64(Shape.of(4), 1, 2, 3, 4), f64(Shape.of(4), 0, 1, 0, -1), 0.5);
        double[] expected = new double[8];
        for (int i = 0; i < 4; i++) {
            expected[i] = (row[i] - mean) / Math.sqrt(variance + 0.5) * (i + 1) + (i == 1 ? 1 : i == 3 ? -1 : 0);
            expected[4 + i] = i == 1 ? 1 : i == 3 ? -1 : 0; // a constant row
        }
        Tensor x = f64(Shape.of(2, 1, 4), 1, 2, 4, 9, 7, 7, 7, 7);
        assertArrayEquals(expected, Run.values(norm.apply(x)), 1e-14);
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void activationsAreTheFunctionsOfTheirNames(Activation activation) {
        double[] x = {-2, -0.5, 0, 1.5};
        double[] expected = Arrays.stream(x)
                .map(v -> switch (activation) {
                    case IDENTITY -> v;
                    case RELU -> Math.max(v, 0);
                    case LEAKY_RELU -> v > 0 ? v : 0.01 * v;
                    case SOFTPLUS -> Math.log(1 + Math.exp(v));
                    case GELU -> v * normal(v);
                    case SILU -> v / (1 + Math.exp(-v));
                    case TANH -> Math.tanh(v);
                    case SIGMOID -> 1 / (1 + Math.exp(-v));
                })
                .toArray();
        assertArrayEquals(expected, Run.values(activation.apply(f64(Shape.of(4), x))), 1e-12);
    }

    /** Normal distribution function by integrating the density with Simpson's rule. */
    private static double normal(double x) {
        int n = 2000;
        double h = x / n;
        double sum = 0;
        for (int i = 0; i <= n; i++) {
            sum += (i == 0 || i == n ? 1 : i % 2 == 1 ? 4 : 2) * Math.exp(-0.5 * i * h * i * h);
        }
        return 0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI);
    }

    @Test
    void sequentialGoesFromFirstToLast() {
        Linear twice = new Linear(f64(Shape.of(1, 1), -2), f64(Shape.of(1), 1));
        Sequential both = Sequential.of(twice, Activation.RELU, twice);
        assertArrayEquals(new double[] {1, -5}, Run.values(both.apply(f64(Shape.of(2, 1), 5, -1))));
    }

    @Test
    void dropoutZeroesAndScalesByItsKey() {
        Tensor x = Tensor.full(DType.F32, Shape.of(100, 100), 3);
        RandomKey key = RandomKey.of(5);
        double[] y = Run.values(Dropout.apply(x, 0.25, key));
        assertTrue(Arrays.stream(y).allMatch(v -> v == 0 || v == 4));
        double dropped = Arrays.stream(y).filter(v -> v == 0).count() / 1e4;
        assertEquals(0.25, dropped, 5 * Math.sqrt(0.25 * 0.75 / 1e4));
        assertArrayEquals(y, Run.values(Dropout.apply(x, 0.25, key)));
        assertTrue(!Arrays.equals(y, Run.values(Dropout.apply(x, 0.25, key.fold(1)))));
        assertEquals(x, Dropout.apply(x, 0, key));
        for (double p : new double[] {1, -0.1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> Dropout.apply(x, p, key));
        }
    }
}
