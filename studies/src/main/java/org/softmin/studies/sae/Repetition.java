package org.softmin.studies.sae;

import java.util.Map;

/** One configuration trained from one seed, and what was measured of it. */
record Repetition(String configuration, int seed, Training.Trained trained, Evaluation evaluation) {
    Map<String, Double> metrics() {
        return evaluation.metrics();
    }
}
