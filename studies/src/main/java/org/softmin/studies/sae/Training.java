package org.softmin.studies.sae;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.softmin.nn.Activation;
import org.softmin.nn.Adam;
import org.softmin.nn.Batch;
import org.softmin.nn.Batches;
import org.softmin.nn.Inference;
import org.softmin.nn.Linear;
import org.softmin.nn.TrainStep;
import org.softmin.studies.Progress;
import org.softmin.studies.TrainingFolder;
import org.softmin.studies.UsageException;
import org.softmin.tensor.Backend;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;

/**
 * Trains one encoder: which data, for how long, how fast.
 *
 * @param images samples [n, pixels]
 */
record Training(HostArray images, int units, int epochs, int batch, double rate, Backend backend) {
    /**
     * What came out: the encoder, the decoder if there is one, and the mean loss of each epoch.
     *
     * @param losses empty for an encoder that was not trained
     */
    record Trained(Encoder encoder, @Nullable Linear decoder, List<Double> losses) {
        /** Activations [n, units] of samples. */
        HostArray activations(HostArray images, Backend backend) {
            return infer(encoder, (model, batch) -> model.apply(batch.x()), images, backend);
        }

        /** Number of trainable numbers. */
        int parameters() {
            return count(encoder.linear()) + (decoder == null ? 0 : count(decoder));
        }

        private static int count(Linear layer) {
            Tensor bias = layer.bias();
            return layer.weight().shape().size()
                    + (bias == null ? 0 : bias.shape().size());
        }
    }

    private static <M extends Record> HostArray infer(
            M model, BiFunction<M, Batch, Tensor> output, HostArray data, Backend backend) {
        try (Inference<M> inference = Inference.of(model, output, backend)) {
            return inference.run(data);
        }
    }

    /** Outputs of a linear layer for rows of data. */
    static HostArray apply(Linear layer, HostArray data, Backend backend) {
        return infer(layer, (model, batch) -> model.apply(batch.x()), data, backend);
    }

    /** Everything beside the images that the result of {@link #train} depends on, by name. */
    Map<String, String> configuration(Method method, int seed) {
        return Map.of(
                "method", method.toString(),
                "seed", Integer.toString(seed),
                "units", Integer.toString(units),
                "epochs", Integer.toString(epochs),
                "batch", Integer.toString(batch),
                "rate", Double.toString(rate));
    }

    /**
     * Trains by {@code method} from {@code seed}; the weights and the order of the samples have streams of their own.
     *
     * @param folder of this training, which goes on from what is there
     */
    Trained train(Method method, int seed, TrainingFolder folder, Progress.Run progress)
            throws IOException, InterruptedException {
        RandomKey key = RandomKey.of(seed);
        RandomKey weights = key.derive("weights");
        int pixels = images.shape().dim(1);
        return switch (method) {
            case Method.DecoderFree free -> {
                Encoder start = Encoder.of(pixels, units, Activation.RELU, weights);
                List<Double> losses = new ArrayList<>();
                Encoder end = fit(start, (m, b) -> free.loss(m, b.x()), key, losses, folder, progress);
                yield new Trained(end, null, losses);
            }
            case Method.Standard standard -> {
                SparseAutoencoder start = SparseAutoencoder.of(pixels, units, weights);
                List<Double> losses = new ArrayList<>();
                SparseAutoencoder end = fit(start, (m, b) -> standard.loss(m, b.x()), key, losses, folder, progress);
                yield new Trained(end.encoder(), end.decoder(), losses);
            }
            case Method.Untrained none ->
                new Trained(Encoder.of(pixels, units, Activation.RELU, weights), null, List.of());
        };
    }

    private <M extends Record> M fit(
            M start,
            BiFunction<M, Batch, Tensor> loss,
            RandomKey key,
            List<Double> losses,
            TrainingFolder folder,
            Progress.Run progress)
            throws IOException, InterruptedException {
        Batches batches;
        try {
            batches = Batches.of(batch, images).shuffle(key.derive("order")).requireAtLeast(2);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
        try (var trainer = TrainStep.of(start, loss).optimizer(new Adam(rate)).start(backend)) {
            folder.fit(trainer, batches, epochs, progress);
            losses.addAll(trainer.losses());
            return trainer.model();
        }
    }
}
