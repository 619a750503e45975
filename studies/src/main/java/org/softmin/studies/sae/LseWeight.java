package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.softmin.nn.Reduction;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Lines;
import org.softmin.studies.figure.Series;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;

/**
 * Finding 3: sparsity is the work of the log-sum-exp term, and its sum over the batch makes the batch size a weight.
 *
 * @param base how the encoders are trained
 * @param full the published objective; its log-sum-exp term is averaged here and weighted
 */
record LseWeight(Recipe base, Method.DecoderFree full, int seeds) implements Trial {
    /** Weights of the mean over the batch; the published sum over 128 images is the weight 128. */
    private static final List<Integer> WEIGHTS = List.of(2, 8, 32, 128, 512);

    private static final List<String> SHOWN =
            List.of("l0", "probe_accuracy", "redundancy", "entropy", "mse_normalized", "mse_readout", "dead");

    /** Half, once and twice that of the study. */
    private List<Integer> batches() {
        return List.of(Math.max(2, base.batch() / 2), base.batch(), 2 * base.batch());
    }

    @Override
    public Map<String, Recipe> recipes() {
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        Method.DecoderFree mean = full.with(Reduction.MEAN);
        for (int batch : batches()) {
            for (int weight : WEIGHTS) {
                recipes.put(name(batch, weight), base.with(mean.withLse(weight)).withBatch(batch));
            }
        }
        return recipes;
    }

    private static String name(int batch, int weight) {
        return "lse-" + weight + "-batch-" + batch;
    }

    @Override
    public Part report(DataSet data, List<Repetition> repetitions) {
        List<Measurement> measurements = Repetition.measurements(data, Findings.NAME, repetitions);
        return new Part(
                measurements,
                List.of(
                        l0("Finding 3: with a weak log-sum-exp term the code is dense", 2, Kind.AT_LEAST, 40),
                        l0("Finding 3: with a strong one it is sparse", 512, Kind.AT_MOST, 15)),
                Section.of(
                        "Finding 3: sparsity comes from the summed log-sum-exp term",
                        new Section.Text(
                                "The published loss sums log-sum-exp over the batch, while the variance and the"
                                    + " decorrelation do not grow with it. So the batch size is a hidden weight: the"
                                    + " published setting weighs the mean log-sum-exp by 128. Here that weight is set"
                                    + " apart from the batch size. Sparsity follows the weight; the lines of the batch"
                                    + " sizes show how little of it is left to the batch itself."),
                        new Section.Picture(
                                "lse-weight-l0",
                                lines("Active units by weight of log-sum-exp", "l0", "active units", repetitions),
                                "Trained for " + base.epochs() + " epochs; the published setting is 128 on the line of"
                                        + " batch 128."),
                        new Section.Picture(
                                "lse-weight-probe",
                                lines("Probe by weight of log-sum-exp", "probe_accuracy", "test accuracy", repetitions),
                                "Of the same encoders."),
                        Section.Table.ofMeans("Means over seeds, on the test images.", measurements, SHOWN)));
    }

    private Expectation l0(String claim, int weight, Kind kind, double bound) {
        return new Expectation(claim, Findings.NAME, name(base.batch(), weight), "l0", kind, bound, 0);
    }

    private Lines lines(String title, String metric, String label, List<Repetition> repetitions) {
        double[] weights = WEIGHTS.stream().mapToDouble(Integer::doubleValue).toArray();
        List<Series> series = new ArrayList<>();
        for (int batch : batches()) {
            double[] values = WEIGHTS.stream()
                    .mapToDouble(weight -> Repetition.mean(repetitions, name(batch, weight), metric))
                    .toArray();
            series.add(Series.of("batch " + batch, weights, values));
        }
        return new Lines(
                title,
                title + ", a line for each batch size.",
                Axis.log("weight of the mean log-sum-exp term"),
                Axis.linear(label),
                series);
    }
}
