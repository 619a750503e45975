package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Numbers;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;

/** What one experiment adds to the report. */
record Part(List<Measurement> measurements, List<Expectation> expectations, Section section) {
    /** All that was measured of encoders, as rows of the results. */
    static List<Measurement> measurements(DataSet data, String experiment, List<Repetition> repetitions) {
        return repetitions.stream()
                .flatMap(r -> r.measurements(data.name(), experiment).stream())
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** The mean of a metric over the seeds of a configuration; NaN where undefined. */
    static double mean(List<Repetition> repetitions, String configuration, String metric) {
        return repetitions.stream()
                .filter(r -> r.configuration().equals(configuration))
                .mapToDouble(r -> r.evaluation().metrics().getOrDefault(metric, Double.NaN))
                .average()
                .orElse(Double.NaN);
    }

    /** Means over seeds, a row for each configuration, a column for each metric; undefined ones are dashes. */
    static Section.Table table(String caption, List<Measurement> measurements, List<String> metrics) {
        List<Results.Mean> means = Results.of(measurements, List.of()).means();
        List<List<String>> rows = new ArrayList<>();
        for (String configuration :
                means.stream().map(Results.Mean::configuration).distinct().toList()) {
            List<String> row = new ArrayList<>(List.of(configuration));
            for (String metric : metrics) {
                row.add(means.stream()
                        .filter(m -> m.configuration().equals(configuration)
                                && m.metric().equals(metric))
                        .map(Results.Mean::value)
                        .filter(Objects::nonNull)
                        .map(value -> Numbers.format(value))
                        .findFirst()
                        .orElse("–"));
            }
            rows.add(row);
        }
        List<String> header = new ArrayList<>(List.of("configuration"));
        header.addAll(metrics);
        return new Section.Table(caption, header, rows);
    }
}
