package org.softmin.studies.encoders;

import java.util.Map;
import java.util.Objects;

/** What was measured of all networks of a run. */
record Outcomes(Map<Job, Outcome> all) {
    /** What was measured of one. */
    Outcome of(Job job) {
        return Objects.requireNonNull(all.get(job), job::name);
    }

    /** What was measured of one in one configuration. */
    Outcome.Test of(Job job, Configuration configuration) {
        return Objects.requireNonNull(of(job).tests().get(configuration), job::name);
    }
}
