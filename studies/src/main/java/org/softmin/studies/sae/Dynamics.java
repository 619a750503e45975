package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.softmin.nn.Adam;
import org.softmin.nn.Sgd;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Lines;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;

/**
 * Experiment 4: how the full objective falls, by stochastic gradient descent and by Adam, at four rates.
 *
 * @param base how the encoders are trained; optimizers and rates take the place of its own
 */
record Dynamics(Recipe base, int seeds) implements Trial {
    static final String NAME = "dynamics";
    /** What decimal the rates are: as names and numbers. */
    private static final List<String> RATES = List.of("1e-4", "1e-3", "1e-2", "1e-1");

    private static final List<String> SHOWN =
            List.of("final_loss", "converged", "converged_epoch", "probe_accuracy", "l0", "dead", "mse_normalized");

    /** An epoch counts as settled if the loss changed by less than this... */
    private static final double SETTLED = 1;
    /** ... and a run has converged with the first of so many settled epochs in a row. */
    private static final int IN_A_ROW = 5;

    @Override
    public Map<String, Recipe> recipes() {
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        RATES.forEach(rate -> recipes.put("sgd-" + rate, base.with(new Sgd(Double.parseDouble(rate)))));
        RATES.forEach(rate -> recipes.put("adam-" + rate, base.with(new Adam(Double.parseDouble(rate)))));
        return recipes;
    }

    /**
     * The first epoch (from 1) of five in a row in which the loss changes by less than 1 from the epoch before.
     *
     * @param losses mean loss of each epoch
     */
    static OptionalInt convergedEpoch(List<Double> losses) {
        int settled = 0;
        for (int i = 1; i < losses.size(); i++) {
            settled = Math.abs(losses.get(i) - losses.get(i - 1)) < SETTLED ? settled + 1 : 0;
            if (settled == IN_A_ROW) {
                return OptionalInt.of(i + 2 - IN_A_ROW);
            }
        }
        return OptionalInt.empty();
    }

    @Override
    public Part report(DataSet data, List<Repetition> repetitions) {
        List<Measurement> measurements = new ArrayList<>();
        for (Repetition r : repetitions) {
            measurements.addAll(r.measurements(data.name(), NAME));
            measurements.addAll(convergence(data, NAME, r));
        }
        int first = repetitions.getFirst().seed();
        List<Repetition> shown =
                repetitions.stream().filter(r -> r.seed() == first).toList();
        return new Part(
                measurements,
                expectations(),
                Section.of(
                        "The dynamics",
                        new Section.Text("The full objective at four learning rates of each optimiser. A run has"
                                + " converged with the first of five epochs in a row in which the loss changes by less"
                                + " than 1. By that rule gradient descent stops near one epoch whatever its rate, and"
                                + " Adam does not stop; the findings below explain both by the variance term alone."),
                        Section.Table.ofMeans("Means over seeds, on the test images.", measurements, SHOWN),
                        new Section.Picture(
                                "losses-sgd",
                                losses("Loss by epoch, gradient descent", "sgd", shown),
                                "Mean over the batches of each epoch, seed " + first + "."),
                        new Section.Picture(
                                "losses-adam",
                                losses("Loss by epoch, Adam", "adam", shown),
                                "The same with Adam: the faster it may go, the lower it gets, without end.")));
    }

    /** Whether and when a repetition converged; the epoch is undefined where it did not. */
    static List<Measurement> convergence(DataSet data, String experiment, Repetition r) {
        OptionalInt epoch = convergedEpoch(r.trained().losses());
        double value = epoch.isPresent() ? epoch.getAsInt() : Double.NaN;
        return List.of(
                new Measurement(
                        data.name(), experiment, r.configuration(), r.seed(), "converged", epoch.isPresent() ? 1.0 : 0),
                new Measurement(data.name(), experiment, r.configuration(), r.seed(), "converged_epoch", value));
    }

    private static Lines losses(String title, String optimizer, List<Repetition> shown) {
        return new Lines(
                title,
                "Mean loss of each epoch for each learning rate.",
                Axis.linear("epoch"),
                Axis.linear("loss"),
                shown.stream()
                        .filter(r -> r.configuration().startsWith(optimizer))
                        .map(r -> r.lossCurve(r.configuration()))
                        .toList());
    }

    private static List<Expectation> expectations() {
        List<Expectation> all = new ArrayList<>();
        published(all, "sgd", List.of(-520.0, -676.0, -795.0, -967.0), List.of(.922, .926, .936, .935));
        published(all, "adam", List.of(-745.0, -999.0, -1215.0, -1420.0), List.of(.929, .935, .935, .931));
        for (String rate : RATES) {
            all.add(number(
                    "Gradient descent stops near epoch 70 at any rate", "sgd-" + rate, "converged_epoch", 71.5, 17.5));
            all.add(number("Adam does not converge in 100 epochs", "adam-" + rate, "converged", 0, 0));
        }
        return all;
    }

    /** Losses within 2 %, about the step that a tenth of a decade in the rate makes; probes as in the ablation. */
    private static void published(List<Expectation> all, String optimizer, List<Double> losses, List<Double> probes) {
        for (int i = 0; i < RATES.size(); i++) {
            String configuration = optimizer + "-" + RATES.get(i);
            double loss = losses.get(i);
            all.add(number("Final loss at " + configuration, configuration, "final_loss", loss, -0.02 * loss));
            all.add(number(
                    "Probe accuracy at " + configuration, configuration, "probe_accuracy", probes.get(i), 0.007));
        }
    }

    private static Expectation number(
            String claim, String configuration, String metric, double expected, double tolerance) {
        return new Expectation(claim, NAME, configuration, metric, Kind.NUMBER, expected, tolerance);
    }
}
