package org.softmin.studies;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.report.Provenance;
import org.softmin.tensor.Backend;

/**
 * What a study is asked to do. Values are checked before a study sees them.
 *
 * @param experiments names of the chosen experiments, at least one, in the order of the study
 * @param data where images come from; an experiment that needs them loads them
 * @param seed seed of the first repetition; the others count up from it. From 0 to 1,000,000,000
 * @param devices full names of available devices, at least one
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
        List<String> devices,
        Settings settings,
        Progress progress,
        Jobs jobs,
        String command,
        Instant start,
        Path output,
        Trainings trainings) {
    /** Copies the lists. */
    public Run {
        experiments = List.copyOf(experiments);
        devices = List.copyOf(devices);
    }

    /** Threads of each job, of which {@link #jobs} run at the same time. */
    public int threads() {
        return Math.max(1, Runtime.getRuntime().availableProcessors() / jobs.workers());
    }

    /** Opens the devices. What depends on no seed, or is quick, uses the first. */
    public List<Backend> backends() {
        Backend.Options options = Backend.Options.DEFAULT.withThreads(threads());
        return devices.stream().map(name -> Backend.named(name, options)).toList();
    }

    /** The one of {@link #backends} that computes what a seed does: seeds take turns, so no result depends on timing. */
    public Backend backend(List<Backend> backends, int seed) {
        return backends.get(Math.floorMod(seed - this.seed, backends.size()));
    }

    /**
     * Where the numbers of this run come from, up to now.
     *
     * @param dataset name of the data and how much of it was used
     * @param seeds how many were used
     */
    public Provenance provenance(String dataset, int seeds) {
        return new Provenance(
                command,
                dataset,
                IntStream.range(seed, seed + seeds).boxed().toList(),
                String.join(", ", devices),
                threads() * jobs.workers(),
                Provenance.thisJdk(),
                Provenance.thisCpu(),
                Provenance.thisCommit(),
                Duration.between(start, Instant.now()));
    }
}
