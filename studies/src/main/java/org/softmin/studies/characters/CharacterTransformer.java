package org.softmin.studies.characters;

import java.util.List;
import java.util.stream.IntStream;
import org.softmin.nn.Embedding;
import org.softmin.nn.LayerNorm;
import org.softmin.nn.Linear;
import org.softmin.nn.TransformerBlock;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;

/**
 * A transformer that predicts each next character from those before it: embeddings of symbols and positions, causal
 * blocks with the normalisation first, and a linear layer.
 *
 * <p>It can be cut after any block, where the residual stream is what later blocks know of the text. Source: Radford et
 * al., "Language models are unsupervised multitask learners", 2019. Immutable and thread-safe.
 *
 * @param symbols [symbols, width]
 * @param positions [context, width]
 */
public record CharacterTransformer(
        Embedding symbols, Embedding positions, List<TransformerBlock> blocks, LayerNorm norm, Linear output) {
    private static final int HEADS = 4;

    /** An F32 model before training; hidden layers have four times the width, a multiple of 4. */
    public static CharacterTransformer of(int symbols, int context, int width, int depth, RandomKey key) {
        return new CharacterTransformer(
                Embedding.of(symbols, width, key.derive("symbols")),
                Embedding.of(context, width, key.derive("positions")),
                IntStream.range(0, depth)
                        .mapToObj(i -> TransformerBlock.of(width, HEADS, 4 * width, key.derive("block " + i))
                                .asCausal())
                        .toList(),
                LayerNorm.of(width),
                Linear.of(width, symbols, key.derive("output")));
    }

    /** Logits [texts, length, symbols] of what follows each symbol of {@code text}, I32 [texts, length ≤ context]. */
    public Tensor apply(Tensor text) {
        return logits(residual(text, 0), 0);
    }

    /** The residual stream [texts, length, width] after the first {@code depth} blocks. */
    public Tensor residual(Tensor text, int depth) {
        int length = text.shape().dim(1);
        Tensor x = symbols.apply(text).add(positions.weight().slice(0, 0, length));
        for (TransformerBlock block : blocks.subList(0, depth)) {
            x = block.apply(x);
        }
        return x;
    }

    /** Logits from the residual stream after the first {@code depth} blocks, which may have been changed. */
    public Tensor logits(Tensor residual, int depth) {
        Tensor x = residual;
        for (TransformerBlock block : blocks.subList(depth, blocks.size())) {
            x = block.apply(x);
        }
        return output.apply(norm.apply(x));
    }

    /** Loss in nats of each prediction, [texts, length]; {@code next} are the symbols that came, I32 of that shape. */
    static Tensor losses(Tensor logits, Tensor next) {
        Tensor hot = Tensor.eye(logits.shape().dim(2)).gather(0, next);
        return hot.where(logits.logSoftmax(2), Tensor.scalar(logits.dtype(), 0))
                .sum(2)
                .neg();
    }
}
