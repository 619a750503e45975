package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.softmin.nn.Reduction;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.HeatMap;
import org.softmin.studies.figure.ImageGrid;
import org.softmin.studies.figure.Lines;
import org.softmin.studies.figure.Series;
import org.softmin.studies.figure.Tone;
import org.softmin.studies.figure.Usage;
import org.softmin.studies.metrics.ActivationMetrics;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;
import org.softmin.tensor.HostArray;

/**
 * Experiment 2: which terms of the objective are necessary.
 *
 * @param base how the encoders are trained
 * @param full the full objective
 */
record Ablation(Recipe base, Method.DecoderFree full, int seeds) implements Trial {
    static final String NAME = "ablation";
    private static final List<String> SHOWN = List.of(
            "dead", "firing_dead", "redundancy", "entropy", "max_responsibility", "l0", "probe_accuracy", "final_loss");
    private static final int SHOWN_UNITS = 32;
    private static final List<String> PUBLISHED = List.of("A", "B", "C", "D");

    @Override
    public Map<String, Recipe> recipes() {
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        recipes.put("A", base.with(full.withVolume(0, 0)));
        recipes.put("B", base.with(full.withVolume(full.variance(), 0)));
        recipes.put("C", base.with(full));
        recipes.put("D", base.with(full.withLse(0)));
        recipes.put("C-mean", base.with(full.with(Reduction.MEAN)));
        return recipes;
    }

    @Override
    public Part report(DataSet data, List<Repetition> repetitions) {
        List<Measurement> measurements = new ArrayList<>();
        for (Repetition r : repetitions) {
            measurements.addAll(r.measurements(data.name(), NAME));
        }
        int first = repetitions.getFirst().seed();
        List<Repetition> shown =
                repetitions.stream().filter(r -> r.seed() == first).toList();
        List<Section.Block> blocks = new ArrayList<>();
        blocks.add(new Section.Text("A has the log-sum-exp term alone, B adds the variance term, C the decorrelation"
                + " term (the full objective), D is C without log-sum-exp. C-mean is C with the log-sum-exp term"
                + " averaged over the batch instead of summed: where it comes out like D and not like C, the sparsity"
                + " of C is the work of the sum."));
        blocks.add(Section.Table.ofMeans("Means over seeds, on the test images.", measurements, SHOWN));
        blocks.add(new Section.Picture(
                "correlations",
                correlations(shown),
                "On the test images, seed " + first
                        + ". The decorrelation term empties what the variance term alone leaves full."));
        blocks.add(new Section.Picture(
                "usage",
                usage(shown),
                "Share of the test images on which each unit fires, seed " + first + ", units sorted."));
        if (base.hidden() == 0) { // else the rows are no images
            blocks.add(new Section.Picture(
                    "prototypes",
                    prototypes(shown, data),
                    "Rows of the weight matrix, seed " + first + "; each is scaled by its own largest magnitude."));
        }
        blocks.add(new Section.Picture(
                "losses",
                losses(shown),
                "Mean over the batches of each epoch, seed " + first
                        + ". The objective has no lower bound, so no curve levels off for good."));
        return new Part(measurements, expectations(), new Section("The ablation", blocks));
    }

    private static HeatMap correlations(List<Repetition> shown) {
        List<HeatMap.Panel> panels = new ArrayList<>();
        for (Repetition r : shown) {
            HostArray matrix = ActivationMetrics.correlation(r.evaluation().activations());
            float[] values = new float[matrix.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) matrix.get(i);
            }
            panels.add(
                    HeatMap.Panel.of(r.configuration(), values, matrix.shape().dim(1)));
        }
        return new HeatMap(
                "Correlations between units",
                "Correlation matrices of the activations, one for each configuration.",
                "correlation",
                1,
                panels);
    }

    private static Usage usage(List<Repetition> shown) {
        return new Usage(
                "Usage of the units",
                "For each configuration the share of the images on which each unit fires, from the most to the least"
                        + " used unit.",
                "share of images",
                shown.stream()
                        .map(r -> Series.of(
                                r.configuration(),
                                ActivationMetrics.firingFrequency(r.evaluation().activations())))
                        .toList());
    }

    private static ImageGrid prototypes(List<Repetition> shown, DataSet data) {
        return new ImageGrid(
                "Learned prototypes",
                "Each tile is the weight vector of one of the first units as an image.",
                data.columns(),
                data.pictureRows(),
                16,
                shown.stream()
                        .filter(r -> PUBLISHED.contains(r.configuration()))
                        .map(r -> new ImageGrid.Group(
                                r.configuration(),
                                Tone.DIVERGING,
                                ImageGrid.images(r.evaluation().weights()).subList(0, shownUnits(r))))
                        .toList());
    }

    private static int shownUnits(Repetition r) {
        return Math.min(SHOWN_UNITS, r.evaluation().weights().shape().dim(0));
    }

    private static Lines losses(List<Repetition> shown) {
        return new Lines(
                "Loss by epoch",
                "Mean loss of each epoch for each configuration.",
                Axis.linear("epoch"),
                Axis.linear("loss"),
                shown.stream().map(r -> r.lossCurve(r.configuration())).toList());
    }

    private static List<Expectation> expectations() {
        List<Expectation> all = new ArrayList<>();
        all.add(number("LSE alone collapses: every unit is dead", "A", "dead", 64, 0));
        all.add(number("With the variance term no unit is dead", "B", "dead", 0, 0));
        all.add(number("The full objective leaves no unit dead", "C", "dead", 0, 0));
        all.add(number("Without LSE no unit is dead either", "D", "dead", 0, 0));
        all.add(number("Variance alone leaves units redundant", "B", "redundancy", 1875, 187.5));
        all.add(number("The full objective removes redundancy", "C", "redundancy", 28.5, 2.28));
        all.add(number("Redundancy without LSE", "D", "redundancy", 27.8, 1.946));
        all.add(number("Collapsed responsibilities are uniform (ln 64)", "A", "entropy", 4.1589, 0.03));
        all.add(number("Entropy of the responsibilities, LSE + variance", "B", "entropy", 3.77, 0.03));
        all.add(number("Entropy of the responsibilities, full objective", "C", "entropy", 3.85, 0.03));
        all.add(number("Entropy of the responsibilities without LSE", "D", "entropy", 1.99, 0.05));
        all.add(number("Active units of 64, full objective", "C", "l0", 17.4, 1.5));
        all.add(number("Active units of 64 without LSE", "D", "l0", 55.8, 2));
        all.add(number("Probe accuracy, full objective", "C", "probe_accuracy", 0.932, 0.007));
        all.add(number("Probe accuracy without LSE", "D", "probe_accuracy", 0.922, 0.007));
        all.add(new Expectation(
                "The outline's form of the collapse: one component claims all inputs (mean largest responsibility)",
                NAME,
                "A",
                "max_responsibility",
                Kind.AT_LEAST,
                0.5,
                0));
        return all;
    }

    private static Expectation number(
            String claim, String configuration, String metric, double expected, double tolerance) {
        return new Expectation(claim, NAME, configuration, metric, Kind.NUMBER, expected, tolerance);
    }
}
