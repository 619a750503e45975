package org.softmin.studies.sae;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;

/**
 * Which objective with a lowest value to take: a small family, judged without the test images.
 *
 * @param base how the encoders are trained
 */
record Candidates(Recipe base, int seeds) implements Trial {
    /** What the rule chose. */
    static final Method.DecoderFree CHOSEN = objective(2, 0.2, 70).withUnitRows();

    private static final String CHOSEN_NAME = "candidate-lse-2-tc-0.2-unit-rows-rec-70";
    private static final double MOST_ERROR = 0.03;
    private static final double MOST_ACTIVE = 20;
    private static final List<String> SHOWN =
            List.of("probe_accuracy", "mse_normalized", "l0", "mse_readout", "redundancy", "dead", "chosen");

    /** With free rows and these weights, the others as published. */
    static Method.DecoderFree objective(double lse, double decorrelation, double reconstruction) {
        return Method.DecoderFree.PUBLISHED
                .withLse(lse)
                .withVolume(1, decorrelation)
                .withReconstruction(reconstruction);
    }

    @Override
    public Map<String, Recipe> recipes() {
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        recipes.put("candidate-published", base.with(Method.DecoderFree.PUBLISHED));
        recipes.put("candidate-unit-rows", base.with(Method.DecoderFree.PUBLISHED.withUnitRows()));
        recipes.put("candidate-lse-1-tc-1-rec-70", base.with(objective(1, 1, 70)));
        recipes.put("candidate-lse-2-tc-0.2-rec-40", base.with(objective(2, 0.2, 40)));
        recipes.put("candidate-lse-2-tc-0.2-rec-70", base.with(objective(2, 0.2, 70)));
        recipes.put(
                "candidate-lse-2-tc-0.2-unit-rows",
                base.with(objective(2, 0.2, 0).withUnitRows()));
        recipes.put(
                "candidate-lse-2-tc-0.2-unit-rows-rec-40",
                base.with(objective(2, 0.2, 40).withUnitRows()));
        recipes.put(CHOSEN_NAME, base.with(CHOSEN));
        recipes.put(
                "candidate-lse-2-tc-1-unit-rows-rec-70",
                base.with(objective(2, 1, 70).withUnitRows()));
        recipes.put(
                "candidate-lse-4-tc-0.2-unit-rows-rec-70",
                base.with(objective(4, 0.2, 70).withUnitRows()));
        return recipes;
    }

    @Override
    public boolean heldOut() {
        return true;
    }

    /** The most accurate of those that are sparse and reconstruct well enough. */
    private Optional<String> choice(List<Repetition> repetitions) {
        return recipes().keySet().stream()
                .filter(name -> Repetition.mean(repetitions, name, "mse_normalized") <= MOST_ERROR
                        && Repetition.mean(repetitions, name, "l0") <= MOST_ACTIVE)
                .max((a, b) -> Double.compare(
                        Repetition.mean(repetitions, a, "probe_accuracy"),
                        Repetition.mean(repetitions, b, "probe_accuracy")));
    }

    @Override
    public Part report(DataSet data, List<Repetition> repetitions) {
        List<Measurement> measurements = Repetition.measurements(data, Findings.NAME, repetitions);
        Optional<String> choice = choice(repetitions);
        for (Repetition r : repetitions) {
            double chosen = choice.filter(r.configuration()::equals).isPresent() ? 1 : 0;
            measurements.add(
                    new Measurement(data.name(), Findings.NAME, r.configuration(), r.seed(), "chosen", chosen));
        }
        return new Part(
                measurements,
                List.of(new Expectation(
                        "The rule chooses the objective that is used below",
                        Findings.NAME,
                        CHOSEN_NAME,
                        "chosen",
                        Kind.NUMBER,
                        1,
                        0)),
                Section.of(
                        "An objective with a lowest value: the choice",
                        new Section.Text("The published objective leaves the scale free, and with it everything that"
                            + " is measured in units of scale: how far log-sum-exp reaches, and what aW is worth as a"
                            + " reconstruction. Two ways to fix it: rows of W of length 1, by construction, or a term"
                            + " for the relative error of aW, the reconstruction through the implicit decoder Wᵀ,"
                            + " which has no parameters. Once the scale is fixed, the weights mean something and can"
                            + " be chosen: log-sum-exp for sparsity, decorrelation for redundancy (less of it leaves"
                            + " units that share some of what they see, and that is good for the probe). They were"
                            + " chosen without the test images: trained on the first five sixths of the training"
                            + " images, measured on the last sixth, the most accurate probe among those with"
                            + " mse_normalized ≤ 0.03 and at most 20 active units. The best takes both ways."),
                        Section.Table.ofMeans(
                                "On held-out training images. The rule chooses "
                                        + choice.orElse("none: no candidate is sparse and faithful enough") + ".",
                                measurements,
                                SHOWN)));
    }
}
