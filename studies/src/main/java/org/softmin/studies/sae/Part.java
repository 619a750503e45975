package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.report.Expectation;
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
}
