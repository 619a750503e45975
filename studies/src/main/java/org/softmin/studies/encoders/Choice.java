package org.softmin.studies.encoders;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;

/**
 * Experiment 4: whether the learning rates are good ones, judged without the test images.
 *
 * @param recipe with the rates that are used
 */
record Choice(Recipe recipe, int seed) implements Trial {
    static final String NAME = "choice";
    private static final double FACTOR = 4;

    /** The rate in use between a quarter and four times as much, for the network with an encoder and for that with codes. */
    private Map<String, Job> candidates(Input input) {
        Map<String, Job> candidates = new LinkedHashMap<>();
        for (double factor : new double[] {1 / FACTOR, 1, FACTOR}) {
            Recipe other = switch (input) {
                case CODE -> recipe.withRates(recipe.rate(), recipe.codeRate() * factor);
                case IMAGE, ZEROS, LABEL_AND_NOISE, NOISE, LABEL ->
                    recipe.withRates(recipe.rate() * factor, recipe.codeRate() * factor);
            };
            String name = factor == 1 ? "as-used" : factor < 1 ? "quarter" : "four-times";
            candidates.put(configuration(input).text() + "-rate-" + name, new Job(other, input, seed, true));
        }
        return candidates;
    }

    private static Configuration configuration(Input input) {
        return input == Input.CODE ? Configuration.CASE4 : Configuration.CASE1;
    }

    @Override
    public List<Job> jobs() {
        return Stream.of(Input.IMAGE, Input.CODE)
                .flatMap(input -> candidates(input).values().stream())
                .toList();
    }

    @Override
    public Part report(Evaluation evaluation, Outcomes outcomes) {
        DataSet data = evaluation.data();
        List<Measurement> measurements = new ArrayList<>();
        List<Expectation> expectations = new ArrayList<>();
        for (Input input : List.of(Input.IMAGE, Input.CODE)) {
            Map<String, Double> errors = new LinkedHashMap<>();
            candidates(input)
                    .forEach((name, job) -> errors.put(
                            name,
                            outcomes.of(job, configuration(input)).metrics().getOrDefault("mse_test", Double.NaN)));
            String best = errors.entrySet().stream()
                    .min(Comparator.comparingDouble(Map.Entry::getValue))
                    .map(Map.Entry::getKey)
                    .orElse("");
            errors.forEach((name, error) -> {
                measurements.add(new Measurement(data.name(), NAME, name, seed, "mse_held_out", error));
                measurements.add(
                        new Measurement(data.name(), NAME, name, seed, "chosen", name.equals(best) ? 1.0 : 0.0));
            });
            expectations.add(new Expectation(
                    "On held-out images the learning rate in use is better than a quarter of it and than four times as"
                            + " much",
                    NAME,
                    configuration(input).text() + "-rate-as-used",
                    "chosen",
                    Kind.NUMBER,
                    1,
                    0));
        }
        return new Part(
                measurements,
                expectations,
                Section.of(
                        "The learning rates",
                        new Section.Text("Learning rates were chosen without the test images: trained on the first five"
                                + " sixths of the training images, measured on the last sixth. Case 1 stands for the"
                                + " networks, case 4 for the codes."),
                        Section.Table.ofMeans(
                                "On held-out training images, seed " + seed + ".",
                                measurements,
                                List.of("mse_held_out", "chosen"))));
    }
}
