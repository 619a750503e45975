package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.softmin.nn.Adam;
import org.softmin.nn.Sgd;
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
 * Finding 2: gradient descent "converges" after about K epochs because of the rule by which it is stopped.
 *
 * @param base how the encoders are trained, with the full objective
 */
record StopRule(Recipe base, int seeds) implements Trial {
    private static final List<Integer> UNITS = List.of(16, 32, 64, 128);
    private static final double RATE = 1e-2;
    private static final double ADAM_RATE = 1e-3;
    private static final List<String> SHOWN = List.of("converged_epoch", "final_loss", "probe_accuracy");

    @Override
    public Map<String, Recipe> recipes() {
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        for (int units : UNITS) {
            recipes.put(sgd(units), recipe(units).with(new Sgd(RATE)));
        }
        for (int units : UNITS.subList(0, 2)) {
            recipes.put(adam(units), recipe(units).with(new Adam(ADAM_RATE)));
        }
        return recipes;
    }

    /** Longer where the law says that the epochs of the study are not enough. */
    private Recipe recipe(int units) {
        return base.withUnits(units).withEpochs(Math.max(base.epochs(), base.epochs() * units / 64));
    }

    private static String sgd(int units) {
        return "stop-sgd-k" + units;
    }

    private static String adam(int units) {
        return "stop-adam-k" + units;
    }

    @Override
    public Part report(DataSet data, List<Repetition> repetitions) {
        List<Measurement> measurements = Repetition.measurements(data, Findings.NAME, repetitions);
        repetitions.forEach(r -> measurements.addAll(Dynamics.convergence(data, Findings.NAME, r)));
        List<Expectation> expectations = new ArrayList<>();
        for (int units : UNITS) {
            expectations.add(stops("Finding 2: gradient descent stops after K epochs", sgd(units), units));
        }
        for (int units : UNITS.subList(0, 2)) {
            expectations.add(stops("Finding 2: Adam stops after 2K epochs", adam(units), 2 * units));
        }
        return new Part(
                measurements,
                expectations,
                Section.of(
                        "Finding 2: why gradient descent stops near epoch 70",
                        new Section.Text("Where only the scale still grows, gradient descent on −ln var makes the"
                                + " variance of a unit proportional to the time t, so that −Σ ln var changes by K/t in"
                                + " an epoch, whatever the learning rate. A rule that waits for a change below 1 stops"
                                + " at t ≈ K: the published 70 epochs are the 64 units. Adam takes steps of equal"
                                + " length, so that the variance grows as t², the change is 2K/t, and it stops at"
                                + " t ≈ 2K, beyond the 100 epochs that were run. That is no convergence."),
                        new Section.Picture("stop-rule", epochs(repetitions), "Means over seeds."),
                        new Section.Picture(
                                "loss-changes",
                                changes(repetitions),
                                "Change of the mean loss from one epoch to the next, smoothed over five, beside K/t for"
                                        + " K = 16 and K = 64 (gradient descent)."),
                        Section.Table.ofMeans(
                                "Means over seeds; the epoch of the stop is undefined where it was not reached.",
                                measurements,
                                SHOWN)));
    }

    private static Expectation stops(String claim, String configuration, double epoch) {
        return new Expectation(
                claim + ", ± 25 %", Findings.NAME, configuration, "converged_epoch", Kind.NUMBER, epoch, epoch / 4);
    }

    private static Lines epochs(List<Repetition> repetitions) {
        double[] units = UNITS.stream().mapToDouble(Integer::doubleValue).toArray();
        double[] sgd =
                UNITS.stream().mapToDouble(k -> stop(repetitions, sgd(k))).toArray();
        double[] adam =
                UNITS.stream().mapToDouble(k -> stop(repetitions, adam(k))).toArray();
        return new Lines(
                "Epoch of the stop by number of units",
                "For gradient descent the measured epochs follow K, for Adam 2K.",
                Axis.log("units K"),
                Axis.log("epoch of the stop"),
                List.of(
                        Series.of("gradient descent", units, sgd),
                        Series.of("predicted: K", units, units),
                        Series.of("Adam", units, adam),
                        Series.of(
                                "predicted: 2K",
                                units,
                                UNITS.stream().mapToDouble(k -> 2.0 * k).toArray())));
    }

    private static double stop(List<Repetition> repetitions, String configuration) {
        return repetitions.stream()
                .filter(r -> r.configuration().equals(configuration))
                .map(r -> Dynamics.convergedEpoch(r.trained().losses()))
                .mapToDouble(epoch -> epoch.isPresent() ? epoch.getAsInt() : Double.NaN)
                .average()
                .orElse(Double.NaN);
    }

    private static Lines changes(List<Repetition> repetitions) {
        List<Series> series = new ArrayList<>();
        for (int units : List.of(16, 64)) {
            List<Double> losses = repetitions.stream()
                    .filter(r -> r.configuration().equals(sgd(units)))
                    .map(r -> r.trained().losses())
                    .findFirst()
                    .orElse(List.of());
            int half = 2;
            int count = Math.max(0, losses.size() - 2 * half - 1);
            double[] epoch = new double[count];
            double[] change = new double[count];
            double[] law = new double[count];
            for (int i = 0; i < count; i++) {
                epoch[i] = i + half + 2;
                change[i] = (losses.get(i) - losses.get(i + 2 * half + 1)) / (2 * half + 1);
                law[i] = units / epoch[i];
            }
            series.add(Series.of("K = " + units, epoch, change));
            series.add(Series.of("K/t, K = " + units, epoch, law));
        }
        return new Lines(
                "Change of the loss per epoch",
                "On double logarithmic axes the changes fall along straight lines.",
                Axis.log("epoch t"),
                Axis.log("fall of the loss"),
                series);
    }
}
