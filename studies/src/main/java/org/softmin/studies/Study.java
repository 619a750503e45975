package org.softmin.studies;

import java.io.IOException;
import java.util.List;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.report.Report;

/**
 * A body of work that {@code softmin run} can do: a set of experiments that end in one report.
 *
 * <p>Found through {@link java.util.ServiceLoader}: a public class with a public constructor without arguments, named in
 * {@code META-INF/services/org.softmin.studies.Study} and in the module descriptor.
 */
public interface Study {
    /**
     * A part of a study that can be run on its own.
     *
     * @param name as it is written on the command line and in {@code results.json}
     * @param description one line
     */
    record Experiment(String name, String description) {}

    /** Name by which the study is chosen, such as {@code decoder-free-sae}. */
    String name();

    /** What the study shows, in one line. */
    String description();

    /** The experiments, in the order in which they are run and reported. */
    List<Experiment> experiments();

    /** Which of them are run on such data where none is named. */
    default List<Experiment> experiments(DataSource data) {
        return experiments();
    }

    /** The study that is run on such data: this one, unless it leaves them to another. */
    default Study on(DataSource data) {
        return this;
    }

    /** What {@code --set} can change, in the order in which it is listed. */
    List<Setting<?>> settings();

    /** How long a run takes, such as {@code about 20 minutes on two cores}. */
    String cost(Preset preset);

    /**
     * Runs the chosen experiments; the caller writes the report.
     *
     * @throws UsageException if the settings do not go together or do not fit the data
     * @throws ArithmeticException if a loss becomes NaN or infinite
     * @throws IOException if the data cannot be read
     * @throws InterruptedException if the run was cancelled
     */
    Report run(Run run) throws IOException, InterruptedException;
}
