package org.softmin.nn;

import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Multi-head self-attention: each token becomes an average of the values of all tokens of its sequence, weighted by
 * softmax(q·k/√d) in each head of d elements.
 *
 * <p>Source: Vaswani et al., "Attention is all you need", 2017, section 3.2. Immutable and thread-safe.
 *
 * @param input gives queries, keys and values of all heads, [3·width, width]
 * @param output mixes the heads, [width, width]
 * @param heads number of heads, a divisor of the width
 * @param causal whether a token sees only itself and those before it
 */
public record SelfAttention(Linear input, Linear output, int heads, boolean causal) implements Layer {
    /** Checks that the layers fit each other and the heads. */
    public SelfAttention {
        Shape in = input.weight().shape();
        int width = in.dim(1);
        if (in.dim(0) != 3 * width || !output.weight().shape().equals(Shape.of(width, width))) {
            throw new IllegalArgumentException("attention: layers " + in + " and "
                    + output.weight().shape() + " do not fit; use [3n, n] and [n, n]");
        }
        if (heads < 1 || width % heads != 0) {
            throw new IllegalArgumentException("attention: width " + width + " cannot be divided among " + heads
                    + " heads; use a divisor of the width");
        }
    }

    /** An F32 layer with PyTorch's default initial weights of linear layers; every token sees all. */
    public static SelfAttention of(int width, int heads, RandomKey key) {
        return new SelfAttention(
                Linear.of(width, 3 * width, key.derive("input")),
                Linear.of(width, width, key.derive("output")),
                heads,
                false);
    }

    /** With these weights, and every token sees only itself and those before it. */
    public SelfAttention asCausal() {
        return new SelfAttention(input, output, heads, true);
    }

    /** y [sequences, tokens, width] for x of the same shape. */
    @Override
    public Tensor apply(Tensor x) {
        int width = input.weight().shape().dim(1);
        Shape shape = x.shape();
        if (shape.rank() != 3 || shape.dim(2) != width) {
            throw new IllegalArgumentException(
                    "attention: input " + shape + " does not fit; use [sequences, tokens, " + width + "]");
        }
        int sequences = shape.dim(0);
        int tokens = shape.dim(1);
        Tensor all = input.apply(x).reshape(sequences, tokens, 3, heads, width / heads);
        Tensor scores =
                part(all, 0).matmul(part(all, 1).permute(0, 1, 3, 2)).mul(1 / Math.sqrt((double) width / heads));
        Tensor seen = causal ? past(tokens).where(scores, Tensor.scalar(x.dtype(), Double.NEGATIVE_INFINITY)) : scores;
        Tensor mixed = seen.softmax(-1).matmul(part(all, 2));
        return output.apply(mixed.permute(0, 2, 1, 3).reshape(shape));
    }

    /** Whether the token of the column is that of the row or one before it, [tokens, tokens]. */
    private static Tensor past(int tokens) {
        Tensor positions = Tensor.iota(DType.I32, tokens);
        return positions.reshape(1, tokens).le(positions.reshape(tokens, 1));
    }

    /** Queries (0), keys (1) or values (2), [sequences, heads, tokens, elements]. */
    private static Tensor part(Tensor all, int index) {
        Shape shape = all.shape();
        return all.slice(2, index, index + 1)
                .reshape(shape.dim(0), shape.dim(1), shape.dim(3), shape.dim(4))
                .permute(0, 2, 1, 3);
    }
}
