package org.softmin.studies.sae;

import java.util.List;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;

/** What one experiment adds to the report. */
record Part(List<Measurement> measurements, List<Expectation> expectations, Section section) {}
