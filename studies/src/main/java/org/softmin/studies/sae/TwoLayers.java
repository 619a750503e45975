package org.softmin.studies.sae;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Bars;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;

/**
 * The paper's future work: the published objective on an encoder of two layers.
 *
 * @param base how the encoders are trained, with the full objective
 */
record TwoLayers(Recipe base, int seeds) implements Trial {
    private static final String ONE = "one-layer";
    private static final String TWO = "two-layers";
    private static final List<String> SHOWN =
            List.of("probe_accuracy", "l0", "dead", "redundancy", "entropy", "mse_readout", "parameters", "final_loss");

    @Override
    public Map<String, Recipe> recipes() {
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        recipes.put(ONE, base);
        recipes.put(TWO, base.withHidden(2 * base.units()));
        return recipes;
    }

    @Override
    public Part report(DataSet data, List<Repetition> repetitions) {
        List<Measurement> measurements = Repetition.measurements(data, Findings.NAME, repetitions);
        Bars bars = new Bars(
                "One layer and two",
                "Probe accuracy of both encoders.",
                Axis.linear("test accuracy"),
                List.of("probe_accuracy"),
                List.of(ONE, TWO).stream()
                        .map(name -> new Bars.Group(
                                name, List.of(Bars.Value.of(Repetition.mean(repetitions, name, "probe_accuracy")))))
                        .toList());
        return new Part(
                measurements,
                List.of(new Expectation(
                        "Two layers: no unit collapses either", Findings.NAME, TWO, "dead", Kind.AT_MOST, 0, 0)),
                Section.of(
                        "Two layers",
                        new Section.Text(
                                "The objective asks for energies and does not care where they come from. Here a"
                                        + " hidden layer of " + 2 * base.units()
                                        + " ReLU units stands before them. There is no implicit decoder any more,"
                                        + " since Wᵀ leads to the hidden layer and not to pixels; mse_readout, the"
                                        + " error of the best linear readout, still compares. On MNIST the loss falls"
                                        + " far lower, and nobody who reads the features gains: the probe stays, the"
                                        + " readout is worse, and now and then a unit dies."),
                        new Section.Picture("two-layers", bars, "Means over seeds."),
                        Section.Table.ofMeans("Means over seeds, on the test images.", measurements, SHOWN)));
    }
}
