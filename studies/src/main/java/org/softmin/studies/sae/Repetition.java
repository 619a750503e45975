package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Series;
import org.softmin.studies.report.Results.Measurement;

/** One configuration trained from one seed, and what was measured of it. */
record Repetition(String configuration, int seed, Training.Trained trained, Evaluation evaluation) {
    /** All that was measured, as rows of the results. */
    List<Measurement> measurements(String dataset, String experiment) {
        return evaluation.metrics().entrySet().stream()
                .map(e -> new Measurement(dataset, experiment, configuration, seed, e.getKey(), e.getValue()))
                .toList();
    }

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

    /** The mean loss of each epoch as a curve. */
    Series lossCurve(String name) {
        return Series.of(
                name, trained.losses().stream().mapToDouble(Double::doubleValue).toArray());
    }
}
