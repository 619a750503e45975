package org.softmin.studies.encoders;

import java.io.IOException;
import java.util.List;
import org.softmin.nn.Adam;
import org.softmin.nn.Batch;
import org.softmin.nn.Batches;
import org.softmin.nn.Layer;
import org.softmin.nn.Losses;
import org.softmin.nn.Parameters;
import org.softmin.nn.Reduction;
import org.softmin.nn.Schedule;
import org.softmin.nn.TrainStep;
import org.softmin.nn.Trainer;
import org.softmin.studies.Progress;
import org.softmin.studies.TrainingFolder;
import org.softmin.studies.data.DataSet;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Trains networks on the mean squared error of the images that they make.
 *
 * @param data of which the training images are used
 */
record Training(DataSet data, Recipe recipe, Backend backend) {
    /** Images for which codes are sought together. */
    private static final int CODES_AT_ONCE = 1000;

    /**
     * What came out.
     *
     * @param losses mean loss of each epoch
     * @param moved largest change of a weight of the encoder's first layer; NaN without an encoder
     */
    record Trained(Autoencoder model, List<Double> losses, double moved) {
        /** Number of trainable numbers in encoder and decoder. */
        long parameters() {
            return Parameters.flatten(model).count();
        }
    }

    Architecture.ImageSize size() {
        return new Architecture.ImageSize(data.channels(), data.rows(), data.columns());
    }

    /** How many epochs are at least {@link Recipe#steps} steps. */
    int epochs(Input input) {
        return Math.ceilDiv(recipe.steps(), batches(input).count());
    }

    /** The training images with their labels, in batches as large as there are images for. */
    private Batches batches(Input input) {
        int size = Math.min(recipe.batch(), data.trainLabels().size());
        Batches batches = Batches.of(size, data.trainImages(), data.trainLabels());
        return input == Input.CODE ? batches.dropLast() : batches; // the codes of a step have one shape
    }

    /**
     * Trains from {@code seed}; weights, order and noise have streams of their own.
     *
     * @param folder of this training, which goes on from what is there
     * @throws ArithmeticException if the loss becomes NaN or infinite
     */
    Trained train(Input input, int seed, TrainingFolder folder, Progress.Run progress)
            throws IOException, InterruptedException {
        RandomKey key = RandomKey.of(seed);
        RandomKey weights = key.derive("weights");
        Layer decoder = recipe.architecture().decoder(input.width(recipe.latent(), data.classes()), size(), weights);
        Layer encoder = input.encoded() ? recipe.architecture().encoder(size(), recipe.latent(), weights) : null;
        Autoencoder start = new Autoencoder(encoder, decoder);
        RandomKey order = key.derive("order");
        Batches batches = batches(input).shuffle(order);
        int epochs = epochs(input);
        if (input == Input.CODE) {
            return fitWithCodes(decoder, batches, order, epochs, folder, progress);
        }
        TrainStep<Autoencoder> step =
                TrainStep.of(start, (model, batch) -> loss(model, input, batch)).random(key.derive("noise"));
        try (var trainer = scheduled(step, epochs, batches).start(backend)) {
            HostArray first = trainer.parameters().firstEntry().getValue();
            HostArray before = first.copy();
            folder.fit(trainer, batches, epochs, progress);
            return new Trained(
                    trainer.model(), trainer.losses(), input.encoded() ? largestDifference(before, first) : Double.NaN);
        }
    }

    private <M extends Record> TrainStep<M> scheduled(TrainStep<M> step, int epochs, Batches batches) {
        long steps = Math.max(1, (long) epochs * batches.count());
        return step.optimizer(new Adam(recipe.rate())).schedule(Schedule.cosine(steps, 0));
    }

    private Tensor loss(Autoencoder model, Input input, Batch batch) {
        Tensor given = input.noisy()
                ? batch.key("noise").normal(DType.F32, Shape.of(batch.rows(), recipe.latent()))
                : batch.x();
        Tensor in = input.of(model, batch.x(), batch.y(), given, data.classes());
        return Losses.mse(model.decoder().apply(in), batch.x(), Reduction.MEAN);
    }

    private static double largestDifference(HostArray a, HostArray b) {
        double largest = 0;
        for (int i = 0; i < a.size(); i++) {
            largest = Math.max(largest, Math.abs(a.get(i) - b.get(i)));
        }
        return largest;
    }

    // ---- codes

    /** A decoder, and the codes of the images of a batch. */
    private record Coded(Layer decoder, Tensor codes) {}

    /** The codes of a batch for a decoder that is not trained. */
    private record Searched(Tensor codes) {}

    private Trained fitWithCodes(
            Layer decoder, Batches batches, RandomKey order, int epochs, TrainingFolder folder, Progress.Run progress)
            throws IOException, InterruptedException {
        TrainStep<Coded> step = TrainStep.of(
                new Coded(decoder, noCodes(batches)), (model, batch) -> loss(model.decoder, model.codes, batch));
        try (Trainer<Coded> trainer = scheduled(step, epochs, batches).start(backend)) {
            Codes codes = new Codes(trainer, batches.rows(), order);
            folder.fit(trainer, batches, epochs, progress, codes);
            return new Trained(new Autoencoder(null, trainer.model().decoder), trainer.losses(), Double.NaN);
        }
    }

    /**
     * What a trained decoder is given for other images, [n, latent]: codes by gradient descent on the same error, the decoder
     * as it is.
     *
     * @param folder of this search, which goes on from what is there
     */
    HostArray codes(Layer decoder, HostArray images, int seed, TrainingFolder folder, Progress.Run progress)
            throws IOException, InterruptedException {
        RandomKey order = RandomKey.of(seed).derive("order of searched codes");
        Batches batches = Batches.of(Math.min(CODES_AT_ONCE, images.shape().dim(0)), images)
                .shuffle(order)
                .dropLast();
        TrainStep<Searched> step =
                TrainStep.of(new Searched(noCodes(batches)), (model, batch) -> loss(decoder, model.codes, batch));
        try (Trainer<Searched> trainer =
                scheduled(step, recipe.codeSteps(), batches).start(backend)) {
            Codes codes = new Codes(trainer, batches.rows(), order);
            folder.fit(trainer, batches, recipe.codeSteps(), progress, codes);
            return scaled(Tensor.of(codes.table())).eval().array();
        }
    }

    private Tensor noCodes(Batches batches) {
        return Tensor.zeros(DType.F32, Shape.of(batches.size(), recipe.latent()));
    }

    private Tensor loss(Layer decoder, Tensor codes, Batch batch) {
        return Losses.mse(decoder.apply(scaled(codes)), batch.x(), Reduction.MEAN);
    }

    /**
     * What the decoder is given for codes. Adam moves every number by about its rate, and a code is moved once an epoch where
     * a weight is moved in every step: so codes have a unit of their own, in which their rate is that of the weights.
     */
    private Tensor scaled(Tensor codes) {
        return codes.mul(recipe.codeRate() / recipe.rate());
    }
}
