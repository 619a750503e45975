package org.softmin.studies.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.io.WholeFile;

/**
 * The numbers of a study: what each run measured, and their means over seeds with intervals and verdicts. Immutable.
 *
 * @param measurements one row per run and metric, in the order of the runs
 * @param means one row per configuration and metric
 */
public record Results(List<Measurement> measurements, List<Mean> means) {
    /** Name of the JSON file in a run's folder. */
    public static final String JSON = "results.json";
    /** Name of the table in a run's folder. */
    public static final String CSV = "metrics.csv";

    /**
     * What one run measured.
     *
     * @param seed seed of the run, or null for a number that depends on no seed, such as the error of the mean image
     * @param value null where the metric is undefined; NaN and infinities become null
     */
    public record Measurement(
            String dataset,
            String experiment,
            String configuration,
            @Nullable Integer seed,
            String metric,
            @Nullable Double value) {
        /** Makes what is not finite undefined. */
        public Measurement {
            value = finite(value);
        }
    }

    /**
     * Mean of a metric over the seeds, with its 95 % interval by Student's t and, where a number was expected, how it
     * compares.
     *
     * @param value null where the metric is undefined for one of the seeds
     * @param low lower end of the interval, null where a single seed gives none
     * @param high upper end of the interval, null where a single seed gives none
     * @param expected null where nothing was expected, and then {@code tolerance} and {@code verdict} are null, too
     */
    public record Mean(
            String dataset,
            String experiment,
            String configuration,
            String metric,
            @Nullable Double value,
            @Nullable Double low,
            @Nullable Double high,
            @Nullable Double expected,
            @Nullable Double tolerance,
            @Nullable Verdict verdict) {
        /** Checks that expectation, tolerance and verdict come together. */
        public Mean {
            if ((expected == null) != (tolerance == null) || (expected == null) != (verdict == null)) {
                throw new IllegalArgumentException("mean: expected " + expected + ", tolerance " + tolerance
                        + " and verdict " + verdict + "; give all three or none");
            }
        }
    }

    /** Copies the lists. */
    public Results {
        measurements = List.copyOf(measurements);
        means = List.copyOf(means);
    }

    /**
     * Forms the means, in the order in which configurations and metrics first appear.
     *
     * <p>A number without a seed is its own mean with an interval of no width, and is no measurement of its own.
     *
     * @param expectations what to judge the means by; none for a run that the source's numbers do not apply to
     */
    public static Results of(List<Measurement> measured, List<Expectation> expectations) {
        record Group(String dataset, String experiment, String configuration, String metric) {}
        Map<Group, List<Measurement>> groups = new LinkedHashMap<>();
        for (Measurement m : measured) {
            groups.computeIfAbsent(
                            new Group(m.dataset, m.experiment, m.configuration, m.metric), group -> new ArrayList<>())
                    .add(m);
        }
        List<Mean> means = new ArrayList<>();
        groups.forEach((group, rows) -> {
            Interval interval = interval(rows);
            Optional<Expectation> expectation = expectations.stream()
                    .filter(e -> e.experiment().equals(group.experiment)
                            && e.configuration().equals(group.configuration)
                            && e.metric().equals(group.metric))
                    .findFirst();
            Double value = finite(interval.mean());
            means.add(new Mean(
                    group.dataset,
                    group.experiment,
                    group.configuration,
                    group.metric,
                    value,
                    finite(interval.low()),
                    finite(interval.high()),
                    expectation.map(Expectation::expected).orElse(null),
                    expectation.map(Expectation::tolerance).orElse(null),
                    expectation.map(e -> e.judge(value)).orElse(null)));
        });
        return new Results(measured.stream().filter(m -> m.seed != null).toList(), means);
    }

    private static Interval interval(List<Measurement> rows) {
        List<Double> values =
                rows.stream().map(Measurement::value).filter(Objects::nonNull).toList();
        if (values.size() < rows.size()) {
            return new Interval(Double.NaN, Double.NaN, Double.NaN);
        }
        Measurement first = rows.getFirst();
        if (rows.size() > 1 && rows.stream().anyMatch(row -> row.seed == null)) {
            throw new IllegalArgumentException("results: " + rows.size() + " values of " + first.metric + " for "
                    + first.configuration + ", one of them without a seed; give each a seed, or a single one without");
        }
        return first.seed == null
                ? new Interval(values.getFirst(), values.getFirst(), values.getFirst())
                : Interval.of(values);
    }

    /** The mean of a metric, where it was measured. */
    public Optional<Mean> mean(String experiment, String configuration, String metric) {
        return means.stream()
                .filter(mean -> mean.experiment.equals(experiment)
                        && mean.configuration.equals(configuration)
                        && mean.metric.equals(metric))
                .findFirst();
    }

    /** How many means got this verdict. */
    public long count(Verdict verdict) {
        return means.stream().filter(mean -> mean.verdict == verdict).count();
    }

    /**
     * Writes {@value #JSON} and {@value #CSV} into a folder; each file is replaced as a whole or not at all.
     *
     * @param labels what is added to each row of the JSON: {@code device} and {@code device_asked}, or nothing
     * @throws IOException where the folder cannot be written
     */
    public void write(Path folder, Map<String, String> labels) throws IOException {
        WholeFile.write(folder.resolve(JSON), ResultsWriter.json(this, labels));
        WholeFile.write(folder.resolve(CSV), ResultsWriter.csv(this));
    }

    /**
     * Reads a {@value #JSON} that {@link #write} wrote.
     *
     * @throws BadResultsException where the file is anything else
     * @throws IOException where it cannot be read
     */
    public static Results read(Path json) throws IOException {
        return ResultsReader.read(json);
    }

    private static @Nullable Double finite(@Nullable Double value) {
        return value == null || !Double.isFinite(value) ? null : value;
    }
}
