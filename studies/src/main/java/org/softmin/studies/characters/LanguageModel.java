package org.softmin.studies.characters;

import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.softmin.nn.AdamW;
import org.softmin.nn.Batches;
import org.softmin.nn.Inference;
import org.softmin.nn.TrainStep;
import org.softmin.studies.TrainingFolder;
import org.softmin.tensor.Backend;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;

/**
 * A trained transformer with its text, of which the last tenth was held out.
 *
 * <p>Used by one thread at a time, which {@code backend} may help.
 *
 * @param context characters that it sees at most
 */
public record LanguageModel(CharacterTransformer transformer, Text text, int context, Backend backend) {
    private static final int BATCH = 16;

    /**
     * Trains a model on the first nine tenths of a text, with AdamW.
     *
     * @param folder of this training, which goes on from what is there
     * @throws ArithmeticException if the loss becomes NaN or infinite
     */
    public static LanguageModel train(
            Text text,
            int context,
            int width,
            int depth,
            int steps,
            RandomKey key,
            Backend backend,
            TrainingFolder folder)
            throws IOException, InterruptedException {
        CharacterTransformer start =
                CharacterTransformer.of(text.vocabulary().length(), context, width, depth, key.derive("weights"));
        int windows = text.count(context) * 9 / 10;
        HostArray x = text.windows(context, 0).rows(0, windows);
        HostArray next = text.windows(context, 1).rows(0, windows);
        Batches batches = Batches.of(Math.min(BATCH, windows), x, next)
                .shuffle(key.derive("order"))
                .dropLast();
        TrainStep<CharacterTransformer> step = TrainStep.of(
                        start,
                        (model, batch) -> CharacterTransformer.losses(model.apply(batch.x()), batch.y())
                                .mean())
                .optimizer(new AdamW(2e-3));
        try (var trainer = step.start(backend)) {
            folder.fit(trainer, batches::batch, steps);
            return new LanguageModel(trainer.model(), text, context, backend);
        }
    }

    /** Pieces of the text that the model sees, each of {@link #context} characters. */
    public int windows() {
        return text.count(context);
    }

    /**
     * The residual stream of some windows after {@code depth} blocks, [to − from, context, width].
     *
     * @param from the first window
     * @param to the one after the last
     */
    public HostArray residual(int depth, int from, int to) {
        try (var inference = Inference.of(transformer, (model, batch) -> model.residual(batch.x(), depth), backend)) {
            return inference.run(text.windows(context, 0).rows(from, to));
        }
    }

    /**
     * Mean loss in nats a character on the held-out tenth, with the residual stream after {@code depth} blocks replaced.
     *
     * @param residual of the windows held out, [windows, context, width]
     */
    public double heldOutLoss(HostArray residual, int depth) {
        HostArray all = text.windows(context, 1);
        int windows = all.shape().dim(0);
        try (var inference = Inference.of(
                transformer,
                (model, batch) -> CharacterTransformer.losses(model.logits(batch.x(), depth), batch.y()),
                backend)) {
            HostArray losses = inference.run(residual, all.rows(windows - windows / 10, windows));
            double sum = 0;
            for (int i = 0; i < losses.size(); i++) {
                sum += losses.get(i);
            }
            return sum / losses.size();
        }
    }

    /** {@code start}, one to any number of characters of the vocabulary, and {@code count} more as the model goes on. */
    public String generate(String start, int count, RandomKey key) {
        StringBuilder result = new StringBuilder(start);
        int[] words = key.words().toInts();
        SplittableRandom random = new SplittableRandom((long) words[0] << 32 | Integer.toUnsignedLong(words[1]));
        try (var inference = Inference.of(
                transformer, (model, batch) -> model.apply(batch.x()).softmax(2), backend)) {
            for (int i = 0; i < count; i++) {
                String seen = result.substring(Math.max(0, result.length() - context));
                // What stands behind the text does not matter to a causal model.
                int[] symbols = Arrays.copyOf(
                        seen.chars().map(text.vocabulary()::indexOf).toArray(), context);
                HostArray shares = inference.run(HostArray.of(Shape.of(1, context), symbols));
                int size = text.vocabulary().length();
                double left = random.nextDouble();
                int symbol = -1;
                while (left >= 0 && symbol < size - 1) {
                    symbol++;
                    left -= shares.get((seen.length() - 1) * size + symbol);
                }
                result.append(text.vocabulary().charAt(symbol));
            }
        }
        return result.toString();
    }
}
