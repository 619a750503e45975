package org.softmin.studies.sae;

import java.util.List;
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

    /** The mean loss of each epoch as a curve. */
    Series lossCurve(String name) {
        return Series.of(
                name, trained.losses().stream().mapToDouble(Double::doubleValue).toArray());
    }
}
