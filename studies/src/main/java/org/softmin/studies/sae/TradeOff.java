package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Lines;
import org.softmin.studies.figure.Series;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;

/**
 * The curve of reconstruction, sparsity and probe on which the chosen objective lies, with the published objective and the
 * standard autoencoder.
 *
 * @param base how the encoders are trained
 */
record TradeOff(Recipe base, int seeds) implements Trial {
    private static final List<Integer> RECONSTRUCTIONS = List.of(10, 30, 70, 150, 400, 1000);
    private static final List<String> SPARSITIES = List.of("0.003", "0.01", "0.03", "0.1");
    private static final String PUBLISHED = "curve-published";
    private static final String UNIT_ROWS = "curve-unit-rows";
    private static final String BOUNDED = "curve-rec-";
    private static final String STANDARD = "curve-standard-";
    private static final List<String> SHOWN =
            List.of("probe_accuracy", "mse_normalized", "l0", "mse_readout", "parameters", "firing_dead");

    @Override
    public Map<String, Recipe> recipes() {
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        for (int weight : RECONSTRUCTIONS) {
            recipes.put(BOUNDED + weight, base.with(Candidates.CHOSEN.withReconstruction(weight)));
        }
        recipes.put(PUBLISHED, base.with(Method.DecoderFree.PUBLISHED));
        recipes.put(UNIT_ROWS, base.with(Method.DecoderFree.PUBLISHED.withUnitRows()));
        for (String sparsity : SPARSITIES) {
            recipes.put(STANDARD + sparsity, base.with(new Method.Standard(Double.parseDouble(sparsity))));
        }
        return recipes;
    }

    @Override
    public Part report(DataSet data, List<Repetition> repetitions) {
        List<Measurement> measurements = Repetition.measurements(data, Findings.NAME, repetitions);
        return new Part(
                measurements,
                List.of(),
                Section.of(
                        "An objective with a lowest value: the whole curve",
                        new Section.Text(
                                "The weight of the reconstruction term moves the chosen objective along a curve,"
                                        + " from sparse to faithful: " + RECONSTRUCTIONS.getFirst() + " to "
                                        + RECONSTRUCTIONS.getLast()
                                        + ", the other weights as chosen. The standard autoencoder"
                                        + " moves along its own with the weight of mean |a|, " + SPARSITIES.getFirst()
                                        + " to "
                                        + SPARSITIES.getLast() + ", and has twice the parameters."),
                        new Section.Picture(
                                "trade-off-error",
                                lines(
                                        "Error against sparsity",
                                        "mse_normalized",
                                        "error of x̂ scaled to the image",
                                        repetitions),
                                "Lower is more faithful, further left is sparser. Test images, means over seeds."),
                        new Section.Picture(
                                "trade-off-probe",
                                lines("Probe against sparsity", "probe_accuracy", "test accuracy", repetitions),
                                "The same encoders."),
                        Section.Table.ofMeans("Means over seeds, on the test images.", measurements, SHOWN)));
    }

    private Lines lines(String title, String metric, String label, List<Repetition> repetitions) {
        return new Lines(
                title,
                title + ": a line for each objective, along its weight.",
                Axis.linear("active units per image (L0)"),
                Axis.linear(label),
                List.of(
                        curve("bounded, along λ_rec", name -> name.startsWith(BOUNDED), metric, repetitions),
                        curve("standard autoencoder", name -> name.startsWith(STANDARD), metric, repetitions),
                        curve("published", PUBLISHED::equals, metric, repetitions),
                        curve("unit rows", UNIT_ROWS::equals, metric, repetitions)));
    }

    private Series curve(String name, Predicate<String> member, String metric, List<Repetition> repetitions) {
        List<String> members = new ArrayList<>(recipes().keySet());
        members.removeIf(member.negate());
        return Series.of(
                name,
                members.stream()
                        .mapToDouble(m -> Repetition.mean(repetitions, m, "l0"))
                        .toArray(),
                members.stream()
                        .mapToDouble(m -> Repetition.mean(repetitions, m, metric))
                        .toArray());
    }
}
