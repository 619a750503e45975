package org.softmin.studies.encoders;

import java.util.LinkedHashMap;
import java.util.Map;
import org.softmin.nn.Inference;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.metrics.OutputMetrics;
import org.softmin.studies.metrics.ReconstructionMetrics;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;

/**
 * Measures networks on the test images.
 *
 * @param means of the training images
 * @param classMeans for each test image that of its class, [n, pixels]
 */
record Evaluation(DataSet data, Means means, HostArray classMeans) {
    /** Outputs that are kept for pictures. */
    static final int SHOWN = 8;
    /** Parts of 0 to 1 in a histogram of pixels. */
    static final int BINS = 20;

    /** Outputs between whose pairs distances are taken. */
    private static final int PAIRED = 300;
    /** Draws of noise for each label. */
    private static final int DRAWS = 50;

    private static final double NEAR_HALF_LOW = 0.4;
    private static final double NEAR_HALF_HIGH = 0.6;

    static Evaluation of(DataSet data) {
        Means means = Means.of(data);
        return new Evaluation(data, means, means.byClass(data.testLabels()));
    }

    /**
     * Measures a network in all configurations that it is tested in.
     *
     * @param given what the decoder is given for the test images, [n, latent]: codes, or noise where it is given any
     */
    Outcome measure(Training.Trained trained, Input input, HostArray given, int seed, Backend backend) {
        Map<Configuration, Outcome.Test> tests = new LinkedHashMap<>();
        for (Configuration configuration : Configuration.values()) {
            if (configuration.trained() == input) {
                tests.put(configuration, test(trained, configuration.tested(), given, seed, backend));
            }
        }
        double[] losses =
                trained.losses().stream().mapToDouble(Double::doubleValue).toArray();
        return new Outcome(Outcome.array(losses), tests);
    }

    private Outcome.Test test(Training.Trained trained, Input tested, HostArray given, int seed, Backend backend) {
        HostArray outputs = outputs(trained.model(), tested, data.testImages(), data.testLabels(), given, backend);
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.putAll(ofOutputs(outputs, tested.optimum()));
        if (tested.noisy()) {
            RandomKey key = RandomKey.of(seed).derive("noise of the test");
            double variance =
                    varianceOverNoise(trained.model(), tested, given.shape().dim(1), key, backend);
            metrics.put("noise_variance_share", variance / dataVariance());
        }
        if (!trained.losses().isEmpty()) {
            metrics.put("final_loss", trained.losses().getLast());
        }
        if (tested.encoded()) {
            metrics.put("first_layer_moved", trained.moved());
        }
        metrics.put("parameters", (double) trained.parameters());
        int shown = Math.min(SHOWN, outputs.shape().dim(0));
        return new Outcome.Test(
                metrics, outputs.rows(0, shown).copy(), Outcome.array(OutputMetrics.histogram(outputs, BINS)));
    }

    /**
     * What is measured of outputs for the test images, whatever made them.
     *
     * @param optimum of who made them; its error is the floor
     */
    Map<String, Double> ofOutputs(HostArray outputs, Optimum optimum) {
        HostArray images = data.testImages();
        HostArray best = optimum(optimum);
        double error = ReconstructionMetrics.mse(outputs, images);
        double floor = ReconstructionMetrics.mse(best, images);
        double distance = ReconstructionMetrics.mse(best, outputs);
        int paired = Math.min(PAIRED, outputs.shape().dim(0));
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("mse_test", error);
        metrics.put("floor", floor);
        metrics.put("distance_optimum", distance);
        metrics.put("cross_term", error - floor - distance);
        metrics.put("mse_over_class_mean", error / ReconstructionMetrics.mse(classMeans, images));
        metrics.put("distance_mean", ReconstructionMetrics.mse(means.image(), outputs));
        metrics.put("distance_class_mean", ReconstructionMetrics.mse(classMeans, outputs));
        metrics.put("pixels_near_half", OutputMetrics.shareBetween(outputs, NEAR_HALF_LOW, NEAR_HALF_HIGH));
        metrics.put("pairwise_distance", OutputMetrics.pairwiseDistance(outputs.rows(0, paired)));
        metrics.put("variance_share", OutputMetrics.variance(outputs) / dataVariance());
        return metrics;
    }

    /** The best output for each test image, or one row where it is the same for all. */
    HostArray optimum(Optimum optimum) {
        return switch (optimum) {
            case MEAN_IMAGE -> means.image();
            case CLASS_MEAN -> classMeans;
            case IMAGE -> data.testImages();
        };
    }

    private double dataVariance() {
        return OutputMetrics.variance(data.testImages());
    }

    /** Variance of the outputs for one label over the noise, mean over the labels. */
    private double varianceOverNoise(Autoencoder model, Input input, int latent, RandomKey key, Backend backend) {
        int[] repeated = new int[data.classes() * DRAWS];
        for (int i = 0; i < repeated.length; i++) {
            repeated[i] = i / DRAWS;
        }
        HostArray labels = HostArray.of(Shape.of(repeated.length), repeated);
        HostArray images =
                HostArray.zeros(DType.F32, data.testImages().shape().with(0, repeated.length)); // not looked at
        HostArray outputs = outputs(model, input, images, labels, noise(repeated.length, latent, key), backend);
        return OutputMetrics.varianceWithin(outputs, DRAWS);
    }

    /** Noise as the decoder is given it, [rows, latent]. */
    static HostArray noise(int rows, int latent, RandomKey key) {
        return key.normal(DType.F32, Shape.of(rows, latent)).eval().array();
    }

    private HostArray outputs(
            Autoencoder model, Input input, HostArray images, HostArray labels, HostArray given, Backend backend) {
        try (Inference<Autoencoder> inference = Inference.of(
                model,
                (m, batch) -> m.decoder().apply(input.of(m, batch.x(), batch.y(), batch.get(2), data.classes())),
                backend)) {
            return inference.run(images, labels, given);
        }
    }
}
