package org.softmin.studies.activations;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.softmin.nn.Adam;
import org.softmin.nn.TrainStep;
import org.softmin.studies.TrainingFolder;
import org.softmin.studies.activations.SparseEncoder.DecoderFree;
import org.softmin.studies.activations.SparseEncoder.Standard;
import org.softmin.studies.activations.SparseEncoder.TopK;
import org.softmin.tensor.Backend;
import org.softmin.tensor.RandomKey;

/** How long and how fast an encoder is trained, with Adam. */
record Training(int steps, int batch, double rate, Backend backend) {
    /** Everything that a result depends on beside the encoder, its rows and its key, by name. */
    Map<String, String> configuration() {
        return Map.of(
                "steps", Integer.toString(steps),
                "batch", Integer.toString(batch),
                "rate", Double.toString(rate),
                "device", backend.name());
    }

    /**
     * Trains an encoder on normalised rows; the order of the rows and what is random in the loss have streams of their
     * own.
     *
     * @param folder of this training, which goes on from what is there
     * @throws ArithmeticException if the loss becomes NaN or infinite
     */
    Dictionary train(
            SparseEncoder start,
            ActivationSource.Range rows,
            Normalization normalization,
            RandomKey key,
            TrainingFolder folder)
            throws IOException, InterruptedException {
        ShuffledBatches batches = new ShuffledBatches(rows, normalization, batch, key.derive("order"));
        return switch (start) {
            case Standard standard -> fit(standard, batches, key, folder);
            case TopK topK -> fit(topK, batches, key, folder);
            case DecoderFree free -> fit(free, batches, key, folder);
        };
    }

    private <M extends Record & SparseEncoder> Dictionary fit(
            M start, ShuffledBatches batches, RandomKey key, TrainingFolder folder)
            throws IOException, InterruptedException {
        TrainStep<M> step = TrainStep.of(start, (model, batch) -> model.loss(batch.x(), batch.key("loss")))
                .optimizer(new Adam(rate))
                .random(key.derive("noise"));
        try (var trainer = step.start(backend)) {
            folder.fit(trainer, number -> List.of(batches.batch(number)), steps);
            return trainer.model().dictionary();
        }
    }
}
