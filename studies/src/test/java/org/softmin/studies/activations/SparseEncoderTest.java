package org.softmin.studies.activations;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.softmin.autograd.GradientCheck;
import org.softmin.nn.Linear;
import org.softmin.nn.Losses;
import org.softmin.nn.Parameters;
import org.softmin.nn.Reduction;
import org.softmin.studies.activations.SparseEncoder.DecoderFree;
import org.softmin.studies.activations.SparseEncoder.Standard;
import org.softmin.studies.activations.SparseEncoder.TopK;
import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

final class SparseEncoderTest {
    private static final RandomKey KEY = RandomKey.of(1);

    private static Tensor f64(Shape shape, double... values) {
        return Tensor.of(DType.F64, shape, values);
    }

    /** Two elements, three units; biases that matter. */
    private static Dictionary small(int k) {
        return new Dictionary(
                f64(Shape.of(2, 3), 1, 0, 2, 0, 1, -1),
                f64(Shape.of(3), 0.5, 0, 0),
                f64(Shape.of(3, 2), 3, 4, 0, 2, 1, 0),
                f64(Shape.of(2), 1, 1),
                k);
    }

    @Test
    void aHandWorkedStandardEncoder() {
        Standard standard = new Standard(small(3), 0.1);
        Tensor x = f64(Shape.of(1, 2), 2, 0);
        // x − b = (1, −1), so z = (1.5, −1, 3).
        Tensor code = standard.encode(x);
        assertArrayEquals(new double[] {1.5, 0, 3}, code.toDoubles(), 1e-15);
        assertArrayEquals(
                new double[] {1.5 * 3 + 3 + 1, 1.5 * 4 + 1},
                standard.decode(code).toDoubles(),
                1e-15);
        double error = (8.5 - 2) * (8.5 - 2) + 7 * 7;
        // Lengths of the directions: 5, 2, 1.
        assertEquals(error + 0.1 * (1.5 * 5 + 3), standard.loss(x, KEY).item(), 1e-12);
    }

    @Test
    void topKKeepsTheLargestAndOfEqualOnesTheLowerUnit() {
        Tensor code = f64(Shape.of(3, 4), 1, 3, 2, 0, 2, 2, 2, 2, 0, 0, 0, 5);
        assertArrayEquals(
                new double[] {0, 3, 2, 0, 2, 2, 0, 0, 0, 0, 0, 5},
                Dictionary.largest(code, 2).toDoubles());
        TopK topK = new TopK(small(1));
        Tensor x = f64(Shape.of(1, 2), 2, 0);
        assertArrayEquals(new double[] {0, 0, 3}, topK.encode(x).toDoubles(), 1e-15);
        assertEquals(2 * 2 + 1, topK.loss(x, KEY).item(), 1e-12);
        assertThrows(IllegalArgumentException.class, () -> small(0));
        assertThrows(IllegalArgumentException.class, () -> small(4));
    }

    /** L = λ_lse L_LSE + λ_var L_var + λ_tc L_tc of a = ReLU(xWᵀ + b). */
    @Test
    void theDecoderFreeLossIsTheStudys() {
        Linear linear = Linear.of(3, 4, DType.F64, KEY);
        Tensor x = KEY.derive("x").normal(DType.F64, Shape.of(8, 3)).eval();
        DecoderFree free = new DecoderFree(linear, new DecoderFree.Terms(2, 3, 5, new Decorrelation.Exact()));
        Tensor a = x.matmul(linear.weight().transpose()).add(linear.bias()).relu();
        double expected = 2 * Losses.logSumExpEnergy(a, Reduction.SUM).item()
                + 3 * Losses.logVariance(a, 1e-6).item()
                + 5 * Losses.decorrelation(a, 1e-8).item();
        assertEquals(expected, free.loss(x, KEY).item(), 1e-9 * Math.abs(expected));
        assertArrayEquals(a.matmul(linear.weight()).toDoubles(), free.decode(a).toDoubles(), 1e-12);
    }

    /** A dictionary does what its encoder does, and the decoder-free one's decoder is the encoder transposed. */
    @Test
    void dictionariesAreTheirEncoders() {
        Tensor x = KEY.derive("x").normal(DType.F32, Shape.of(8, 5)).eval();
        for (Recipe recipe : Recipe.ALL) {
            SparseEncoder encoder = recipe.start(1, 5, 7, 2, new Decorrelation.Exact(), KEY);
            Dictionary dictionary = encoder.dictionary();
            Tensor code = encoder.encode(x);
            assertArrayEquals(code.toFloats(), dictionary.encode(x).toFloats(), 1e-5f);
            assertArrayEquals(
                    encoder.decode(code).toFloats(), dictionary.decode(code).toFloats(), 1e-5f);
            assertEquals(
                    4 - (encoder instanceof DecoderFree ? 2 : 0),
                    Parameters.flatten((Record) encoder).names().size());
        }
        Dictionary free = Recipe.ALL
                .getLast()
                .start(1, 5, 7, 2, new Decorrelation.Exact(), KEY)
                .dictionary()
                .withGain(3);
        assertArrayEquals(free.wEnc().transpose().toFloats(), free.wDec().toFloats());
    }

    /** A gain lengthens x̂ by as much and moves half of it into the codes. */
    @Test
    void aGainLengthensTheReconstruction() {
        Tensor x = f64(Shape.of(1, 2), 2, 0);
        Dictionary before = small(3);
        Dictionary after = before.withGain(4);
        double[] old = before.decode(before.encode(x)).toDoubles();
        assertArrayEquals(
                Arrays.stream(old).map(v -> 4 * (v - 1) + 1).toArray(),
                after.decode(after.encode(x)).toDoubles(),
                1e-12);
        assertArrayEquals(
                Arrays.stream(before.encode(x).toDoubles()).map(v -> 2 * v).toArray(),
                after.encode(x).toDoubles(),
                1e-12);
        ArithmeticException wrong = assertThrows(ArithmeticException.class, () -> before.withGain(-1));
        assertTrue(wrong.getMessage().startsWith("dictionary: the best gain is -1.0"), wrong.getMessage());
    }

    /** Normalise, encode, decode and undo the normalisation: what the denormalised dictionary does in one go. */
    @Test
    void denormalizedIsForDataAsTheyAre() {
        Normalization normalization = new Normalization(new float[] {3, -2}, 0.25);
        Tensor x = f64(Shape.of(2, 2), 7, 1, -4, 2);
        Dictionary dictionary = small(2);
        Tensor mean = f64(Shape.of(2), 3, -2);
        Tensor normal = x.sub(mean).mul(0.25);
        Tensor expected = dictionary.decode(dictionary.encode(normal)).div(0.25).add(mean);
        Dictionary raw = dictionary.denormalized(normalization);
        assertArrayEquals(expected.toDoubles(), raw.decode(raw.encode(x)).toDoubles(), 1e-9);
    }

    @Test
    void gradientsAreRight() {
        Tensor x = KEY.derive("x").normal(DType.F64, Shape.of(6, 4)).eval();
        for (Recipe recipe : Recipe.ALL) {
            for (Decorrelation estimator :
                    new Decorrelation[] {new Decorrelation.Exact(), new Decorrelation.Probes(3)}) {
                Record encoder = Parameters.map(
                        (Record) recipe.start(1, 4, 5, 2, estimator, KEY),
                        tensor -> tensor.cast(DType.F64).eval());
                GradientCheck.DEFAULT
                        .withOrder(1)
                        .check(
                                parameters -> List.of(
                                        ((SparseEncoder) Parameters.unflatten(encoder, parameters)).loss(x, KEY)),
                                Parameters.flatten(encoder).tensors().stream()
                                        .map(Tensor::array)
                                        .toList());
            }
        }
    }
}
