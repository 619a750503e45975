package org.softmin.studies.sae;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.softmin.nn.Batch;
import org.softmin.nn.Batches;
import org.softmin.nn.Inference;
import org.softmin.nn.Linear;
import org.softmin.nn.Parameters;
import org.softmin.nn.TrainStep;
import org.softmin.studies.Progress;
import org.softmin.studies.TrainingFolder;
import org.softmin.studies.UsageException;
import org.softmin.tensor.Backend;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;

/**
 * Trains encoders on images.
 *
 * @param images samples [n, pixels]
 */
record Training(HostArray images, Recipe recipe, Backend backend) {
    /**
     * What came out: the encoder, the decoder if there is one, and the mean loss of each epoch.
     *
     * @param losses empty for an encoder that was not trained
     */
    record Trained(
            Encoder encoder, Reading reading, @Nullable Linear decoder, List<Double> losses) {
        /** Features [n, units] of samples. */
        HostArray activations(HostArray images, Backend backend) {
            return infer(encoder, (model, batch) -> reading.of(model.apply(batch.x())), images, backend);
        }

        /** Number of trainable numbers. */
        long parameters() {
            return Parameters.flatten(encoder).count()
                    + (decoder == null ? 0 : Parameters.flatten(decoder).count());
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
    Map<String, String> configuration(int seed) {
        return Map.of(
                "method", recipe.method().toString(),
                "units", Integer.toString(recipe.units()),
                "hidden", Integer.toString(recipe.hidden()),
                "activation", recipe.activation().toString(),
                "features", recipe.reading().toString(),
                "optimizer", recipe.optimizer().toString(),
                "epochs", Integer.toString(recipe.epochs()),
                "batch", Integer.toString(recipe.batch()),
                "seed", Integer.toString(seed));
    }

    /**
     * Trains from {@code seed}; the weights and the order of the samples have streams of their own.
     *
     * @param folder of this training, which goes on from what is there
     */
    Trained train(int seed, TrainingFolder folder, Progress.Run progress) throws IOException, InterruptedException {
        RandomKey key = RandomKey.of(seed);
        RandomKey weights = key.derive("weights");
        int pixels = images.shape().dim(1);
        return switch (recipe.method()) {
            case Method.DecoderFree free -> {
                Encoder start = recipe.encoder(pixels, weights);
                List<Double> losses = new ArrayList<>();
                Encoder end = fit(start, (m, b) -> free.loss(m, b.x()), key, losses, folder, progress);
                yield new Trained(Parameters.map(free.encoder(end), Tensor::eval), recipe.reading(), null, losses);
            }
            case Method.Standard standard -> {
                SparseAutoencoder start = SparseAutoencoder.of(pixels, recipe.units(), weights);
                List<Double> losses = new ArrayList<>();
                SparseAutoencoder end = fit(start, (m, b) -> standard.loss(m, b.x()), key, losses, folder, progress);
                yield new Trained(end.encoder(), recipe.reading(), end.decoder(), losses);
            }
            case Method.Untrained none ->
                new Trained(recipe.encoder(pixels, weights), recipe.reading(), null, List.of());
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
            batches = Batches.of(recipe.batch(), images)
                    .shuffle(key.derive("order"))
                    .requireAtLeast(2);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
        try (var trainer =
                TrainStep.of(start, loss).optimizer(recipe.optimizer()).start(backend)) {
            folder.fit(trainer, batches, recipe.epochs(), progress);
            losses.addAll(trainer.losses());
            return trainer.model();
        }
    }
}
