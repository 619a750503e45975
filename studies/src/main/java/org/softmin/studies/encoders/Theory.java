package org.softmin.studies.encoders;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Bars;
import org.softmin.studies.figure.Lines;
import org.softmin.studies.figure.Series;
import org.softmin.studies.metrics.ReconstructionMetrics;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;
import org.softmin.tensor.HostArray;

/**
 * Experiment 2: what the networks make against the best that can be made of their input, E[x | c].
 *
 * <p>‖x − x̂‖² = ‖x − E[x|c]‖² + ‖E[x|c] − x̂‖² in the mean over the training images: the floor that no training removes, and
 * the distance to the optimum, which it does. On test images, whose means are others, a cross term remains.
 *
 * @param recipe how the networks are trained
 * @param seed of the first repetition
 */
record Theory(Recipe recipe, int seed, int seeds) implements Trial {
    static final String NAME = "theory";
    private static final List<Configuration> CASES = List.of(
            Configuration.CASE2_ZEROS, Configuration.CASE3, Configuration.CASE3_NO_LABEL, Configuration.CASE3_NO_NOISE);
    private static final List<String> PARTS = List.of("mse_test", "floor", "distance_optimum", "cross_term");
    private static final List<String> SHOWN = Stream.concat(PARTS.stream(), Stream.of("excess_first", "excess_last"))
            .toList();

    @Override
    public List<Job> jobs() {
        return CASES.stream()
                .flatMap(c -> IntStream.range(seed, seed + seeds).mapToObj(s -> job(c, s)))
                .toList();
    }

    private Job job(Configuration configuration, int s) {
        return new Job(recipe, configuration.trained(), s, false);
    }

    @Override
    public Part report(Evaluation evaluation, Outcomes outcomes) {
        DataSet data = evaluation.data();
        List<Measurement> measurements = new ArrayList<>();
        List<Series> curves = new ArrayList<>();
        for (Configuration configuration : CASES) {
            double floor = floor(configuration.tested().optimum(), evaluation);
            for (int s = seed; s < seed + seeds; s++) {
                Outcome outcome = outcomes.of(job(configuration, s));
                Map<String, Double> metrics =
                        outcomes.of(job(configuration, s), configuration).metrics();
                double[] excess = IntStream.range(0, outcome.losses().size())
                        .mapToDouble(epoch -> outcome.losses().get(epoch) / floor - 1)
                        .toArray();
                int own = s;
                PARTS.forEach(metric -> measurements.add(
                        new Measurement(data.name(), NAME, configuration.text(), own, metric, metrics.get(metric))));
                if (excess.length > 0) {
                    measurements.add(
                            new Measurement(data.name(), NAME, configuration.text(), s, "excess_first", excess[0]));
                    measurements.add(new Measurement(
                            data.name(), NAME, configuration.text(), s, "excess_last", excess[excess.length - 1]));
                }
                if (s == seed) {
                    curves.add(Series.of(configuration.text(), excess));
                }
            }
        }
        return new Part(measurements, expectations(), section(measurements, curves));
    }

    /** The least error on the training images that is possible with such an input. */
    private static double floor(Optimum optimum, Evaluation evaluation) {
        DataSet data = evaluation.data();
        HostArray best = switch (optimum) {
            case MEAN_IMAGE -> evaluation.means().image();
            case CLASS_MEAN -> evaluation.means().byClass(data.trainLabels());
            case IMAGE -> data.trainImages();
        };
        return ReconstructionMetrics.mse(best, data.trainImages());
    }

    private static List<Expectation> expectations() {
        return CASES.stream()
                .map(c -> new Expectation(
                        "Training removes the excess over the floor: at most 2 % of it are left in the last epoch",
                        NAME, c.text(), "excess_last", Expectation.Kind.AT_MOST, 0.02, 0))
                .toList();
    }

    private static Section section(List<Measurement> measurements, List<Series> curves) {
        Results results = Results.of(measurements, List.of());
        List<Bars.Group> groups = CASES.stream()
                .map(c -> new Bars.Group(
                        c.text(),
                        Stream.of("mse_test", "floor", "distance_optimum")
                                .map(metric -> Bars.Value.of(results.mean(NAME, c.text(), metric)
                                        .map(Results.Mean::value)
                                        .orElse(Double.NaN)))
                                .toList()))
                .toList();
        return Section.of(
                "What is the best that can be made",
                new Section.Text(
                        "The error of an image splits in two: ‖x − x̂‖² = ‖x − E[x|c]‖² + ‖E[x|c] − x̂‖², where c is"
                            + " what the network is told. The first part is the floor, which no network goes below:"
                            + " the error of the mean image where c is nothing or noise, that of the class means where"
                            + " c holds the label. The second is the distance to the optimum, which training removes."
                            + " On the training images the sum is exact; test images have other means, which leaves a"
                            + " cross term."),
                Section.Table.ofMeans(
                        "Means over seeds: the error on the test images and its parts, and by how much the training"
                            + " loss exceeds its floor in the first and in the last epoch, as a share of the floor.",
                        measurements,
                        SHOWN),
                new Section.Picture(
                        "excess",
                        new Lines(
                                "Excess over the floor",
                                "Training loss over its floor, minus 1, by epoch; a line for each network.",
                                Axis.linear("epoch"),
                                Axis.log("excess"),
                                curves),
                        "Training loss of each epoch over its floor, minus 1, first seed. A gap is an epoch at the"
                                + " floor."),
                new Section.Picture(
                        "expansion",
                        new Bars(
                                "The error and its parts",
                                "Test error, floor and distance to the optimum of each case.",
                                Axis.linear("mse"),
                                List.of("error", "floor", "distance to the optimum"),
                                groups),
                        "Means over seeds, on the test images."));
    }
}
