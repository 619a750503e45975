package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Bars;
import org.softmin.studies.figure.ImageGrid;
import org.softmin.studies.figure.Tone;
import org.softmin.studies.metrics.LinearReadout;
import org.softmin.studies.metrics.Pca;
import org.softmin.studies.metrics.ReconstructionMetrics;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;
import org.softmin.tensor.Backend;
import org.softmin.tensor.HostArray;

/**
 * Experiment 3: the decoder-free encoder against the standard sparse autoencoder and simple references.
 *
 * @param base how the encoders are trained
 * @param full the full objective
 * @param standard that of the standard autoencoder
 */
record Benchmark(Recipe base, Method.DecoderFree full, Method.Standard standard, int seeds, Backend backend)
        implements Trial {
    static final String NAME = "benchmark";
    private static final String DECODER_FREE = "decoder-free";
    private static final String STANDARD = "standard-sae";
    private static final String RANDOM = "random";
    private static final String PCA = "pca";
    private static final String MEAN_IMAGE = "mean-image";
    private static final List<String> SHOWN =
            List.of("probe_accuracy", "l0", "parameters", "mse_raw", "mse_normalized", "mse_readout", "firing_dead");

    @Override
    public Map<String, Recipe> recipes() {
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        recipes.put(DECODER_FREE, base.with(full));
        recipes.put(STANDARD, base.with(standard));
        recipes.put(RANDOM, base.with(new Method.Untrained()));
        return recipes;
    }

    /** What needs no training: PCA and the mean image, which depend on the data alone. */
    static List<Measurement> references(DataSet data, int units, Backend backend) {
        List<Measurement> rows = new ArrayList<>();
        HostArray test = data.testImages();
        Pca pca = Pca.fit(data.trainImages(), units);
        HostArray train = pca.transform(data.trainImages());
        HostArray features = pca.transform(test);
        HostArray reconstruction = pca.reconstruct(features);
        int pixels = test.shape().dim(1);
        add(rows, data, PCA, "probe_accuracy", Evaluation.probe(train, features, data, backend));
        add(rows, data, PCA, "parameters", (double) (units + 1) * pixels);
        add(rows, data, PCA, "mse_raw", ReconstructionMetrics.mse(reconstruction, test));
        add(rows, data, PCA, "mse_normalized", ReconstructionMetrics.normalizedMse(reconstruction, test));
        add(
                rows,
                data,
                PCA,
                "mse_readout",
                ReconstructionMetrics.mse(
                        LinearReadout.fit(train, data.trainImages()).predict(features), test));
        HostArray mean = ReconstructionMetrics.meanImage(data.trainImages());
        add(rows, data, MEAN_IMAGE, "parameters", pixels);
        add(rows, data, MEAN_IMAGE, "mse_raw", ReconstructionMetrics.mse(mean, test));
        add(rows, data, MEAN_IMAGE, "mse_normalized", ReconstructionMetrics.normalizedMse(mean, test));
        return rows;
    }

    private static void add(List<Measurement> rows, DataSet data, String configuration, String metric, double value) {
        rows.add(new Measurement(data.name(), NAME, configuration, null, metric, value));
    }

    @Override
    public Part report(DataSet data, List<Repetition> repetitions) {
        List<Measurement> measurements = new ArrayList<>();
        for (Repetition r : repetitions) {
            measurements.addAll(r.measurements(data.name(), NAME));
        }
        measurements.addAll(references(data, base.units(), backend));
        List<Section.Block> blocks = new ArrayList<>();
        blocks.add(new Section.Text("What is called reconstruction matters here, so there are three errors. mse_raw is"
            + " that of x̂ = aW as it comes (of its own decoder, bias included, for the standard autoencoder). The"
            + " objective does not fix the scale of the activations, so it grows with training without bound."
            + " mse_normalized, the paper's, first scales x̂ to the length of the image; compare it with that of the"
            + " mean image, which knows nothing of the sample. mse_readout is that of the best affine map from the"
            + " features to the pixels: how much of the image the features hold."));
        blocks.add(Section.Table.ofMeans("Means over seeds, on the test images.", measurements, SHOWN));
        blocks.add(new Section.Picture(
                "probe",
                bars(measurements, "Probe accuracy", "probe_accuracy", Axis.linear("test accuracy")),
                "Logistic regression on standardised features; means over seeds."));
        blocks.add(new Section.Picture(
                "reconstruction-error",
                bars(
                        measurements,
                        "Error of reconstructions scaled to the image",
                        "mse_normalized",
                        Axis.linear("mse")),
                "The normalised error of the paper, beside principal components and the mean image."));
        blocks.add(new Section.Picture(
                "readout-error",
                bars(measurements, "Error of the best linear readout", "mse_readout", Axis.linear("mse")),
                "What a linear decoder could make of the features."));
        blocks.add(new Section.Picture(
                "reconstructions",
                reconstructions(data, repetitions),
                "Test images and" + " what is left of them: x̂ scaled to the image, and the best linear readout."));
        return new Part(measurements, expectations(), new Section("The benchmark", blocks));
    }

    private static Bars bars(List<Measurement> measurements, String title, String metric, Axis axis) {
        List<Bars.Group> groups = new ArrayList<>();
        for (String configuration : List.of(DECODER_FREE, STANDARD, PCA, RANDOM, MEAN_IMAGE)) {
            double[] values = measurements.stream()
                    .filter(m -> m.configuration().equals(configuration)
                            && m.metric().equals(metric)
                            && m.value() != null)
                    .mapToDouble(m -> m.value() == null ? Double.NaN : m.value())
                    .toArray();
            if (values.length > 0) {
                double mean = 0;
                for (double value : values) {
                    mean += value / values.length;
                }
                groups.add(new Bars.Group(configuration, List.of(Bars.Value.of(mean))));
            }
        }
        return new Bars(title, title + " by configuration.", axis, List.of(metric), groups);
    }

    private static ImageGrid reconstructions(DataSet data, List<Repetition> repetitions) {
        int first = repetitions.getFirst().seed();
        int shown = Math.min(Evaluation.SHOWN, data.testImages().shape().dim(0));
        List<ImageGrid.Group> groups = new ArrayList<>();
        groups.add(new ImageGrid.Group(
                "test images", Tone.GREY, ImageGrid.images(data.testImages().rows(0, shown))));
        for (Repetition r : repetitions) {
            if (r.seed() == first) {
                groups.add(new ImageGrid.Group(
                        r.configuration() + ", scaled",
                        Tone.GREY,
                        ImageGrid.images(r.evaluation().reconstructions())));
                groups.add(new ImageGrid.Group(
                        r.configuration() + ", best linear readout",
                        Tone.GREY,
                        ImageGrid.images(r.evaluation().readouts())));
            }
        }
        return new ImageGrid(
                "Reconstructions",
                "Test images, and below them their reconstructions by each configuration.",
                data.columns(),
                data.pictureRows(),
                shown,
                groups);
    }

    private static List<Expectation> expectations() {
        return List.of(
                number("Probe accuracy without a decoder", DECODER_FREE, "probe_accuracy", 0.932, 0.007),
                number("Probe accuracy of the standard autoencoder", STANDARD, "probe_accuracy", 0.903, 0.008),
                number("Active units of 64 without a decoder", DECODER_FREE, "l0", 17.4, 1.5),
                number("Parameters without a decoder", DECODER_FREE, "parameters", 50_240, 0),
                number("Parameters of the standard autoencoder", STANDARD, "parameters", 101_200, 0),
                number("Raw error of the standard autoencoder", STANDARD, "mse_raw", 0.0163, 0.002),
                number("Normalised error of the standard autoencoder", STANDARD, "mse_normalized", 0.0264, 0.003),
                number("Normalised error without a decoder", DECODER_FREE, "mse_normalized", 0.143, 0.005),
                new Expectation(
                        "The outline: reconstruction through Wᵀ is comparable to the standard autoencoder's",
                        NAME,
                        DECODER_FREE,
                        "mse_raw",
                        Kind.AT_MOST,
                        0.0164,
                        0.002));
    }

    private static Expectation number(
            String claim, String configuration, String metric, double expected, double tolerance) {
        return new Expectation(claim, NAME, configuration, metric, Kind.NUMBER, expected, tolerance);
    }
}
