package org.softmin.studies.encoders;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Bars;
import org.softmin.studies.figure.Lines;
import org.softmin.studies.figure.Numbers;
import org.softmin.studies.figure.Series;
import org.softmin.studies.metrics.Pca;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;

/**
 * Experiment 1: the cases of the post, what each input contributes, and a code for each image in place of an encoder.
 *
 * @param recipe how the networks are trained
 * @param seed of the first repetition
 */
record Cases(Recipe recipe, int seed, int seeds) implements Trial {
    static final String NAME = "cases";
    static final String MEAN_IMAGE = "mean-image";
    static final String CLASS_MEAN = "class-mean";
    static final String PCA = "pca";

    private static final List<String> SHOWN = List.of(
            "mse_test",
            "pixels_near_half",
            "pairwise_distance",
            "variance_share",
            "noise_variance_share",
            "distance_mean",
            "distance_class_mean",
            "parameters");

    @Override
    public List<Job> jobs() {
        return Stream.of(Input.values())
                .flatMap(input -> IntStream.range(seed, seed + seeds).mapToObj(s -> new Job(recipe, input, s, false)))
                .toList();
    }

    @Override
    public Part report(Evaluation evaluation, Outcomes outcomes) {
        DataSet data = evaluation.data();
        List<Measurement> measurements = new ArrayList<>();
        for (Configuration configuration : Configuration.values()) {
            for (int s = seed; s < seed + seeds; s++) {
                int own = s;
                test(outcomes, configuration, s)
                        .metrics()
                        .forEach((metric, value) -> measurements.add(
                                new Measurement(data.name(), NAME, configuration.text(), own, metric, value)));
            }
        }
        reference(MEAN_IMAGE, repeated(evaluation), Optimum.MEAN_IMAGE, evaluation, measurements);
        reference(CLASS_MEAN, evaluation.classMeans(), Optimum.CLASS_MEAN, evaluation, measurements);
        reference(PCA, components(data), Optimum.IMAGE, evaluation, measurements);
        Results results = Results.of(measurements, List.of());
        return new Part(measurements, expectations(results), section(evaluation, outcomes, measurements, results));
    }

    private Outcome.Test test(Outcomes outcomes, Configuration configuration, int s) {
        return outcomes.of(new Job(recipe, configuration.trained(), s, false), configuration);
    }

    private static void reference(
            String name, HostArray outputs, Optimum optimum, Evaluation evaluation, List<Measurement> measurements) {
        evaluation
                .ofOutputs(outputs, optimum)
                .forEach((metric, value) ->
                        measurements.add(new Measurement(evaluation.data().name(), NAME, name, null, metric, value)));
    }

    private static HostArray repeated(Evaluation evaluation) {
        HostArray image = evaluation.means().image();
        int n = evaluation.data().testLabels().size();
        HostArray rows = HostArray.zeros(DType.F64, image.shape().with(0, n));
        for (int i = 0; i < n; i++) {
            rows.rows(i, i + 1).copyFrom(image);
        }
        return rows;
    }

    private HostArray components(DataSet data) {
        Pca pca = Pca.fit(data.trainImages(), recipe.latent());
        return pca.reconstruct(pca.transform(data.testImages()));
    }

    /** Bounds that are recomputed from the data in use. */
    private List<Expectation> expectations(Results results) {
        double mean = mean(results, MEAN_IMAGE, "mse_test");
        double classMean = mean(results, CLASS_MEAN, "mse_test");
        double pca = mean(results, PCA, "mse_test");
        double encoder = mean(results, Configuration.CASE1.text(), "mse_test");
        List<Expectation> all = new ArrayList<>();
        all.add(expect(
                "An encoder compresses better than principal components of the same number",
                Configuration.CASE1,
                "mse_test",
                Kind.AT_MOST,
                pca,
                0));
        all.add(expect(
                "Zeros say nothing: what is made of them is the mean image, within 1 % of its error",
                Configuration.CASE2_ZEROS, "mse_test", Kind.NUMBER, mean, 0.01 * mean));
        all.add(expect(
                "Zeros leave the first layer of the encoder as it was: no weight of it moves",
                Configuration.CASE2_ZEROS,
                "first_layer_moved",
                Kind.NUMBER,
                0,
                0));
        all.add(expect(
                "The post: trained on zeros, most of what is made of zeros is pixels around 0.5",
                Configuration.CASE2_ZEROS,
                "pixels_near_half",
                Kind.AT_LEAST,
                0.9,
                0));
        all.add(expect(
                "The post: and so is most of what is made of originals",
                Configuration.CASE2_ORIGINALS,
                "pixels_near_half",
                Kind.AT_LEAST,
                0.9,
                0));
        all.add(expect(
                "Labels and noise make the mean of the class, within 2 % of its error",
                Configuration.CASE3, "mse_test", Kind.NUMBER, classMean, 0.02 * classMean));
        all.add(expect(
                "whatever the noise: it moves the output by less than 1 % of the variance of the data",
                Configuration.CASE3, "noise_variance_share", Kind.AT_MOST, 0.01, 0));
        all.add(expect(
                "The post: with label and noise most pixels still are around 0.5",
                Configuration.CASE3,
                "pixels_near_half",
                Kind.AT_LEAST,
                0.5,
                0));
        all.add(expect(
                "The post: but its images differ more from one another than those made of zeros",
                Configuration.CASE3,
                "pairwise_distance",
                Kind.AT_LEAST,
                mean(results, Configuration.CASE2_ZEROS.text(), "pairwise_distance"),
                0));
        all.add(expect(
                "Noise alone makes the mean image, within 2 % of its error",
                Configuration.CASE3_NO_LABEL, "mse_test", Kind.NUMBER, mean, 0.02 * mean));
        all.add(expect(
                "Labels alone make the mean of the class, within 2 % of its error",
                Configuration.CASE3_NO_NOISE, "mse_test", Kind.NUMBER, classMean, 0.02 * classMean));
        all.add(expect(
                "A code for each image reconstructs without an encoder: at most 1.5 times the error with one",
                Configuration.CASE4,
                "mse_test",
                Kind.AT_MOST,
                1.5 * encoder,
                0));
        all.add(expect(
                "The post: a decoder alone is not sufficient, so it is no better than means (error over that of the"
                        + " class mean)",
                Configuration.CASE4,
                "mse_over_class_mean",
                Kind.AT_LEAST,
                1,
                0));
        return all;
    }

    private static Expectation expect(
            String claim, Configuration configuration, String metric, Kind kind, double expected, double tolerance) {
        return new Expectation(claim, NAME, configuration.text(), metric, kind, expected, tolerance);
    }

    /** NaN where undefined. */
    private static double mean(Results results, String configuration, String metric) {
        return results.mean(NAME, configuration, metric)
                .map(Results.Mean::value)
                .orElse(Double.NaN);
    }

    private Section section(Evaluation evaluation, Outcomes outcomes, List<Measurement> measurements, Results results) {
        List<Section.Block> blocks = new ArrayList<>();
        blocks.add(new Section.Text("Case 1 trains encoder and decoder on the images. Case 2 trains them on zeros in"
                + " place of the images and tests them on images and on zeros. Case 3 trains a decoder alone, on the"
                + " label and noise; without the label or without the noise it shows what either contributes. Case 4"
                + " trains a decoder together with a code for each training image, and finds codes of test images by"
                + " gradient descent, the decoder as it is. Beside them the mean image and the class means of the"
                + " training images, and as many principal components as a code has numbers, " + recipe.latent()
                + "."));
        blocks.add(Section.Table.ofMeans("Means over seeds, on the test images.", measurements, SHOWN));
        blocks.add(new Section.Text("Zeros never train the weights of the encoder's first layer, for the gradient of a"
            + " weight is a product with its input (first_layer_moved is 0). On original images that layer, random as"
            + " it was at first, lets something through, and what is made of them differs a little from what is made"
            + " of zeros: by "
                + Numbers.format(mean(results, Configuration.CASE2_ORIGINALS.text(), "distance_mean"))
                + " from the mean image where that made of zeros differs by "
                + Numbers.format(mean(results, Configuration.CASE2_ZEROS.text(), "distance_mean")) + "."));
        blocks.add(new Section.Picture(
                "errors", errors(results), "Means over seeds, on the test images, with 95 % intervals."));
        blocks.add(new Section.Picture(
                "losses", losses(outcomes), "Mean squared error of the training images by epoch, seed " + seed + "."));
        blocks.add(new Section.Picture(
                "pixels",
                pixels(outcomes),
                "Share of the pixels by their value, of all test images, seed " + seed + "."));
        for (Configuration configuration : Configuration.values()) {
            blocks.add(Pictures.of(configuration, test(outcomes, configuration, seed), evaluation));
        }
        return new Section("The cases", blocks);
    }

    private static Bars errors(Results results) {
        List<Bars.Group> groups = Stream.concat(
                        Stream.of(Configuration.values()).map(Configuration::text),
                        Stream.of(MEAN_IMAGE, CLASS_MEAN, PCA))
                .map(name -> new Bars.Group(name, List.of(bar(results, name))))
                .toList();
        return new Bars(
                "Error on the test images",
                "Mean squared error of each case and of the references.",
                Axis.linear("mse"),
                List.of("mse_test"),
                groups);
    }

    private static Bars.Value bar(Results results, String configuration) {
        Results.Mean mean = results.mean(NAME, configuration, "mse_test").orElseThrow();
        Bars.Value value = Bars.Value.of(mean.value() == null ? Double.NaN : mean.value());
        return mean.low() == null || mean.high() == null || mean.low().equals(mean.high())
                ? value
                : value.interval(mean.low(), mean.high());
    }

    private Lines losses(Outcomes outcomes) {
        return new Lines(
                "Training",
                "Loss by epoch, a line for each network.",
                Axis.linear("epoch"),
                Axis.log("mse"),
                Stream.of(Input.values())
                        .map(input -> Series.of(
                                input.text(),
                                outcomes.of(new Job(recipe, input, seed, false))
                                        .losses()
                                        .toDoubles()))
                        .toList());
    }

    private Lines pixels(Outcomes outcomes) {
        double[] middles = IntStream.range(0, Evaluation.BINS)
                .mapToDouble(bin -> (bin + 0.5) / Evaluation.BINS)
                .toArray();
        return new Lines(
                "Pixels of the outputs",
                "Share of the pixels by their value, a line for each case.",
                Axis.linear("value of the pixel"),
                Axis.log("share"),
                Stream.of(Configuration.values())
                        .map(c -> Series.of(
                                c.text(),
                                middles,
                                test(outcomes, c, seed).histogram().toDoubles()))
                        .toList());
    }
}
