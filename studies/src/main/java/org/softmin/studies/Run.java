package org.softmin.studies;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.softmin.studies.data.DataSource;

/**
 * What a study is asked to do. Values are checked before a study sees them.
 *
 * @param experiments names of the chosen experiments, at least one, in the order of the study
 * @param data where images come from; an experiment that needs them loads them
 * @param seed seed of the first repetition; the others count up from it. From 0 to 1,000,000,000
 * @param device name of an available backend
 * @param settings the values of {@link Study#settings}
 * @param progress where to report epochs
 * @param jobs runs seeds and configurations side by side
 * @param command the command line that repeats the run
 * @param start when the run began
 * @param output folder of this run alone; the caller writes the report into it
 * @param trainings gives each training a folder below it, from which a run that was stopped goes on
 */
public record Run(
        List<String> experiments,
        Preset preset,
        DataSource data,
        int seed,
        String device,
        Settings settings,
        Progress progress,
        Jobs jobs,
        String command,
        Instant start,
        Path output,
        Trainings trainings) {
    /** Copies the list. */
    public Run {
        experiments = List.copyOf(experiments);
    }
}
