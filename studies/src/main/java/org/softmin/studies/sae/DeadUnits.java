package org.softmin.studies.sae;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.softmin.nn.Activation;
import org.softmin.nn.Sgd;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Bars;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;

/**
 * Finding 5: the variance term does not revive a ReLU unit that is silent; other activations lose none.
 *
 * @param base how the encoders are trained, with the full objective
 */
record DeadUnits(Recipe base, int seeds) implements Trial {
    private static final List<Activation> ACTIVATIONS =
            List.of(Activation.RELU, Activation.LEAKY_RELU, Activation.SOFTPLUS);
    private static final double RATE = 1e-2;
    private static final List<String> SHOWN =
            List.of("dead", "firing_dead", "l0", "probe_accuracy", "redundancy", "mse_normalized", "mse_readout");

    @Override
    public Map<String, Recipe> recipes() {
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        for (int factor = 1; factor <= 2; factor++) {
            for (Activation activation : ACTIVATIONS) {
                int units = factor * base.units();
                recipes.put(
                        name(activation, units),
                        base.with(new Sgd(RATE)).with(activation).withUnits(units));
            }
        }
        return recipes;
    }

    private static String name(Activation activation, int units) {
        return "dead-" + activation.name().toLowerCase(Locale.ROOT).replace('_', '-') + "-k" + units;
    }

    @Override
    public Part report(DataSet data, List<Repetition> repetitions) {
        List<Measurement> measurements = Repetition.measurements(data, Findings.NAME, repetitions);
        Bars bars = new Bars(
                "Dead units by activation",
                "How many units do not vary on the test images, for each activation.",
                Axis.linear("dead units"),
                List.of("dead"),
                recipes().keySet().stream()
                        .map(name -> new Bars.Group(
                                name, List.of(Bars.Value.of(Repetition.mean(repetitions, name, "dead")))))
                        .toList());
        return new Part(
                measurements,
                List.of(
                        dead("Finding 5: gradient descent leaves ReLU units dead", Activation.RELU, Kind.AT_LEAST, 1),
                        dead("Finding 5: with leaky ReLU no unit is dead", Activation.LEAKY_RELU, Kind.AT_MOST, 0),
                        dead("Finding 5: with softplus no unit is dead", Activation.SOFTPLUS, Kind.AT_MOST, 0)),
                Section.of(
                        "Finding 5: dead units stay dead",
                        new Section.Text("−ln var is largest where a unit does not vary, but it acts through the"
                            + " unit's slope. A ReLU that is zero on a whole batch has slope zero on all of it, and"
                            + " gets no gradient from any term. Leaky ReLU and softplus keep a slope. Gradient descent"
                            + " at rate 0.01, for K and for 2K units."),
                        new Section.Picture("dead-units", bars, "Units with variance below 0.01; means over seeds."),
                        Section.Table.ofMeans("Means over seeds, on the test images.", measurements, SHOWN)));
    }

    private Expectation dead(String claim, Activation activation, Kind kind, double bound) {
        return new Expectation(claim, Findings.NAME, name(activation, 2 * base.units()), "dead", kind, bound, 0);
    }
}
