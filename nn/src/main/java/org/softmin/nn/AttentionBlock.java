package org.softmin.nn;

import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;

/**
 * Attention among the positions of an image, with the normalisation first: y = x + attention(norm x).
 *
 * <p>Source: Ho, Jain, Abbeel, "Denoising diffusion probabilistic models", 2020, appendix B. Immutable and thread-safe.
 *
 * @param norm before the attention
 * @param attention among the height · width positions, as wide as there are channels
 */
public record AttentionBlock(GroupNorm norm, SelfAttention attention) implements Layer {
    /** An F32 block with PyTorch's default initial weights. */
    public static AttentionBlock of(int groups, int channels, int heads, RandomKey key) {
        return new AttentionBlock(GroupNorm.of(groups, channels), SelfAttention.of(channels, heads, key));
    }

    /**
     * y for x [batch, height, width, channels], of the same shape. Time and memory grow with (height · width)².
     *
     * @throws IllegalArgumentException if x has another rank or other channels
     */
    @Override
    public Tensor apply(Tensor x) {
        ImageShape image = ImageShape.of("attentionblock", x);
        Tensor tokens = norm.apply(x).reshape(image.batch(), image.positions(), image.channels());
        return x.add(attention.apply(tokens).reshape(x.shape()));
    }
}
