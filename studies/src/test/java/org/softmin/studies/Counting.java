package org.softmin.studies;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Provenance;
import org.softmin.studies.report.Report;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Results.Measurement;

/** A study that takes no time, and fails on request. */
public final class Counting implements Study {
    static final Setting<Integer> EPOCHS =
            Setting.integer("epochs", "passes over the data", 0, Integer.MAX_VALUE, 2, 100);
    static final Setting<Double> RATE = Setting.realAbove("learning-rate", "step of the optimiser", 0, 0.001, 0.001);
    static final Setting<Failure> FAILURE =
            Setting.choice("failure", "what goes wrong", Failure.class, Failure.NONE, Failure.NONE);

    enum Failure {
        NONE,
        NAN,
        DATA,
        DISK,
        BUG,
        BATCH,
        MEMORY,
        HANG
    }

    /** The last run asked for. */
    static volatile Run last = null;

    @Override
    public String name() {
        return "counting";
    }

    @Override
    public String description() {
        return "Counts to three.";
    }

    @Override
    public List<Experiment> experiments() {
        return List.of(
                new Experiment("up", "counts upwards"),
                new Experiment("down", "counts downwards"),
                new Experiment("sideways", "counts the images"));
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(EPOCHS, RATE, FAILURE);
    }

    @Override
    public String cost(Preset preset) {
        return switch (preset) {
            case QUICK -> "no time at all";
            case FULL -> "about 100 % more";
        };
    }

    @Override
    public Report run(Run run) throws IOException, InterruptedException {
        last = run;
        fail(run.settings().get(FAILURE), run);
        List<Jobs.Task<Measurement>> tasks = IntStream.rangeClosed(1, 3)
                .<Jobs.Task<Measurement>>mapToObj(
                        i -> () -> new Measurement("none", "up", "all", run.seed() + i, "count", (double) i))
                .toList();
        List<Expectation> expectations = run.preset() == Preset.QUICK
                ? List.of()
                : List.of(new Expectation("It counts to one.", "up", "all", "count", Expectation.Kind.NUMBER, 1, 0));
        return new Report(
                "Counting",
                "It counts.",
                new Provenance(
                        run.command(), "none", List.of(1), run.devices().getFirst(), 1, "", "", "", Duration.ZERO),
                Results.of(run.jobs().run(tasks), expectations),
                expectations,
                List.of());
    }

    private static void fail(Failure failure, Run run) throws IOException, InterruptedException {
        switch (failure) {
            case NONE -> {}
            case NAN -> throw new ArithmeticException("loss: NaN in epoch 3 of up, seed 1; lower learning-rate");
            case DATA -> run.data().load(1, 1);
            case DISK -> throw new IOException("No space left on device");
            case BUG -> throw new IllegalStateException("a\nbug");
            case BATCH -> throw new UsageException("batch: 9 is larger than the 8 training images");
            case MEMORY -> throw new OutOfMemoryError("Java heap space");
            case HANG -> Thread.sleep(60_000);
        }
    }
}
