package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.softmin.autograd.GradientCheck;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

class AttentionTest {
    private static final int SEQUENCES = 2;
    private static final int TOKENS = 3;
    private static final int WIDTH = 4;
    private static final int HEADS = 2;

    private final RandomKey key = RandomKey.of(1);
    private final Tensor x = key.derive("x").normal(DType.F64, Shape.of(SEQUENCES, TOKENS, WIDTH));

    private SelfAttention attention() {
        return new SelfAttention(
                Linear.of(WIDTH, 3 * WIDTH, DType.F64, key.derive("input")),
                Linear.of(WIDTH, WIDTH, DType.F64, key.derive("output")),
                HEADS,
                false);
    }

    private TransformerBlock block() {
        Tensor one = Tensor.full(DType.F64, Shape.of(WIDTH), 1.5);
        Tensor zero = Tensor.full(DType.F64, Shape.of(WIDTH), 0.25);
        return new TransformerBlock(
                new LayerNorm(one, zero, 1e-5),
                attention(),
                new LayerNorm(zero, one, 1e-5),
                Linear.of(WIDTH, 8, DType.F64, key.derive("up")),
                Linear.of(8, WIDTH, DType.F64, key.derive("down")));
    }

    /** The formula, written as loops. */
    private static double[] byHand(SelfAttention attention, Tensor x) {
        double[] all = Run.values(attention.input().apply(x)); // [sequences, tokens, 3, heads, elements]
        int size = WIDTH / HEADS;
        double[] mixed = new double[SEQUENCES * TOKENS * WIDTH];
        for (int s = 0; s < SEQUENCES; s++) {
            for (int h = 0; h < HEADS; h++) {
                for (int t = 0; t < TOKENS; t++) {
                    double[] weights = new double[TOKENS];
                    double sum = 0;
                    int seen = attention.causal() ? t + 1 : TOKENS;
                    for (int u = 0; u < seen; u++) {
                        double score = 0;
                        for (int i = 0; i < size; i++) {
                            score += all[at(s, t, 0, h, i)] * all[at(s, u, 1, h, i)];
                        }
                        weights[u] = Math.exp(score / Math.sqrt(size));
                        sum += weights[u];
                    }
                    for (int u = 0; u < seen; u++) {
                        for (int i = 0; i < size; i++) {
                            mixed[((s * TOKENS + t) * HEADS + h) * size + i] +=
                                    weights[u] / sum * all[at(s, u, 2, h, i)];
                        }
                    }
                }
            }
        }
        return Run.values(attention.output().apply(Tensor.of(DType.F64, x.shape(), mixed)));
    }

    private static int at(int sequence, int token, int part, int head, int element) {
        return (((sequence * TOKENS + token) * 3 + part) * HEADS + head) * (WIDTH / HEADS) + element;
    }

    @Test
    void attentionIsTheWeightedAverageOfTheValues() {
        assertArrayEquals(byHand(attention(), x), Run.values(attention().apply(x)), 1e-14);
        SelfAttention causal = attention().asCausal();
        assertArrayEquals(byHand(causal, x), Run.values(causal.apply(x)), 1e-14);
    }

    /** Not a bit of what comes before a token depends on it; it and what comes after do. */
    @Test
    void aCausalBlockDoesNotLookAhead() {
        TransformerBlock block = block().asCausal();
        double[] before = Run.values(block.apply(x));
        Tensor last = Tensor.iota(DType.I32, TOKENS).eq(1).reshape(TOKENS, 1);
        double[] after = Run.values(block.apply(last.where(x.mul(-3), x)));
        for (int s = 0; s < SEQUENCES; s++) {
            for (int t = 0; t < TOKENS; t++) {
                int from = (s * TOKENS + t) * WIDTH;
                assertEquals(t < 1, Arrays.equals(before, from, from + WIDTH, after, from, from + WIDTH), "token " + t);
            }
        }
    }

    @Test
    void attentionKeepsSequencesApart() {
        Tensor first = x.slice(0, 0, 1);
        double[] alone = Run.values(attention().apply(first));
        double[] together = Run.values(attention().apply(x).slice(0, 0, 1));
        assertArrayEquals(alone, together, 1e-14);
    }

    @Test
    void attentionRefusesWhatDoesNotFit() {
        RandomKey any = RandomKey.of(1);
        assertEquals(
                "attention: width 4 cannot be divided among 3 heads; use a divisor of the width",
                assertThrows(IllegalArgumentException.class, () -> SelfAttention.of(4, 3, any))
                        .getMessage());
        assertEquals(
                "attention: input [3, 4] does not fit; use [sequences, tokens, 4]",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> attention().apply(Tensor.zeros(DType.F64, Shape.of(3, 4))))
                        .getMessage());
        Linear square = Linear.of(4, 4, any);
        assertEquals(
                "attention: layers [4, 4] and [4, 4] do not fit; use [3n, n] and [n, n]",
                assertThrows(IllegalArgumentException.class, () -> new SelfAttention(square, square, 2, false))
                        .getMessage());
    }

    @Test
    void theBlockAddsAttentionAndLayersToItsInput() {
        TransformerBlock block = block();
        Tensor middle = x.add(block.attention().apply(block.norm1().apply(x)));
        Tensor hidden = block.up().apply(block.norm2().apply(middle)).gelu();
        assertArrayEquals(Run.values(middle.add(block.down().apply(hidden))), Run.values(block.apply(x)), 1e-14);
    }

    @Test
    void theGradientsOfTheBlockAreThoseOfDifferences() {
        checkGradients(block());
        checkGradients(block().asCausal());
    }

    private void checkGradients(TransformerBlock block) {
        List<HostArray> parameters =
                Parameters.flatten(block).tensors().stream().map(Tensor::array).toList();
        GradientCheck.DEFAULT
                .withOrder(1)
                .check(values -> List.of(Parameters.unflatten(block, values).apply(x)), parameters);
    }
}
