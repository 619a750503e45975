package org.softmin.nn;

import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;

/**
 * A transformer block with the normalisation first: y = x + attention(norm₁ x), then y + down(gelu(up(norm₂ y))).
 *
 * <p>Source: Xiong et al., "On layer normalization in the transformer architecture", 2020. Immutable and thread-safe.
 *
 * @param norm1 before the attention
 * @param norm2 before the two layers
 * @param up from the width to that of the hidden layer
 * @param down back
 */
public record TransformerBlock(LayerNorm norm1, SelfAttention attention, LayerNorm norm2, Linear up, Linear down)
        implements Layer {
    /** An F32 block with PyTorch's default initial weights. */
    public static TransformerBlock of(int width, int heads, int hidden, RandomKey key) {
        return new TransformerBlock(
                LayerNorm.of(width),
                SelfAttention.of(width, heads, key.derive("attention")),
                LayerNorm.of(width),
                Linear.of(width, hidden, key.derive("up")),
                Linear.of(hidden, width, key.derive("down")));
    }

    /** With these weights, and every token sees only itself and those before it. */
    public TransformerBlock asCausal() {
        return new TransformerBlock(norm1, attention.asCausal(), norm2, up, down);
    }

    /** y [sequences, tokens, width] for x of the same shape. */
    @Override
    public Tensor apply(Tensor x) {
        Tensor y = x.add(attention.apply(norm1.apply(x)));
        return y.add(down.apply(up.apply(norm2.apply(y)).gelu()));
    }
}
