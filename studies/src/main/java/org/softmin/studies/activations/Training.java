package org.softmin.studies.activations;

import java.io.IOException;
import org.softmin.nn.Adam;
import org.softmin.nn.TrainStep;
import org.softmin.studies.Jobs;
import org.softmin.studies.activations.SparseEncoder.DecoderFree;
import org.softmin.studies.activations.SparseEncoder.Standard;
import org.softmin.studies.activations.SparseEncoder.TopK;
import org.softmin.tensor.Backend;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;

/** How long and how fast an encoder is trained, with Adam. */
record Training(int steps, int batch, double rate, Backend backend) {
    private static final int CHECK = 50;

    /**
     * Trains an encoder on normalised rows; the order of the rows and what is random in the loss have streams of their
     * own.
     *
     * @throws ArithmeticException if the loss becomes NaN or infinite
     */
    Dictionary train(SparseEncoder start, ActivationSource.Range rows, Normalization normalization, RandomKey key)
            throws IOException, InterruptedException {
        ShuffledBatches batches = new ShuffledBatches(rows, normalization, batch, key.derive("order"));
        return switch (start) {
            case Standard standard -> fit(standard, batches, key);
            case TopK topK -> fit(topK, batches, key);
            case DecoderFree free -> fit(free, batches, key);
        };
    }

    private <M extends Record & SparseEncoder> Dictionary fit(M start, ShuffledBatches batches, RandomKey key)
            throws IOException, InterruptedException {
        TrainStep<M> step = TrainStep.of(start, (model, batch) -> model.loss(batch.x(), batch.key("loss")))
                .optimizer(new Adam(rate))
                .random(key.derive("noise"));
        try (var trainer = step.start(backend)) {
            for (int i = 0; i < steps; i++) {
                HostArray x = batches.next();
                double loss = trainer.step(x);
                if (!Double.isFinite(loss)) {
                    throw new ArithmeticException(
                            "training: the loss is " + loss + " in step " + (i + 1) + "; lower the learning rate");
                }
                if (i % CHECK == 0) {
                    Jobs.checkCancelled();
                }
            }
            return trainer.model().dictionary();
        }
    }
}
