package org.softmin.studies.report;

import java.util.List;
import org.softmin.studies.report.Results.Measurement;

/** What one experiment adds to the report. */
public record Part(List<Measurement> measurements, List<Expectation> expectations, Section section) {
    /** Copies the lists. */
    public Part {
        measurements = List.copyOf(measurements);
        expectations = List.copyOf(expectations);
    }
}
