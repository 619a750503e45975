package org.softmin.studies;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.softmin.studies.Softmin.Session;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.report.Report;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Verdict;
import org.softmin.tensor.Backend;
import org.softmin.tensor.io.DataException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code softmin run}: checks what was asked for, lets the study run, writes its report. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        versionProvider = Softmin.Version.class,
        sortOptions = false,
        description = "Runs a study and writes its report.",
        footer = {
            "",
            "Examples:",
            "  softmin run decoder-free-sae",
            "  softmin run decoder-free-sae --experiment identity,ablation --seed 7",
            "  softmin run decoder-free-sae --preset full --data data/mnist --out runs/mnist",
            "  softmin run decoder-free-sae --set epochs=20 --set batch=256",
            "  softmin run decoder-free-sae --preset full --out runs/full --resume",
            "  softmin run decoder-free-sae --data activations:acts.safetensors:layer.3 --set units=16384"
        })
final class RunCommand implements Callable<Integer> {
    private static final Setting<Integer> SEED =
            Setting.integer("--seed", "Seed of the first repetition", 0, 1_000_000_000, 1, 1);
    private static final Setting<Integer> CHECKPOINT =
            Setting.integer("--checkpoint", "Seconds between checkpoints", 0, 1_000_000, 10, 10);
    private static final Setting<Integer> JOBS = Setting.integer("--jobs", "Runs at the same time", 1, 1024, 1, 1);

    private final Session session;

    @Parameters(arity = "0..1", paramLabel = "STUDY", description = "Which study; softmin list shows them.")
    private String study = "";

    @Option(
            names = "--experiment",
            paramLabel = "NAME",
            split = ",",
            description = "Which of its experiments, separated by commas (default: all).")
    private List<String> experiments = List.of();

    @Option(
            names = "--preset",
            paramLabel = "quick|full",
            description = "How much to compute (default: ${DEFAULT-VALUE}); softmin list shows how long each takes.")
    private String preset = Preset.QUICK.text();

    @Option(
            names = "--data",
            paramLabel = "synthetic|PATH|activations:FILE[:ARRAY]",
            description =
                    "Built-in digits; a folder with MNIST, with CIFAR-10, or with PGM or PNG images in one sub-folder"
                            + " for each class; a CIFAR-10 file; or activations in an npy, npz or safetensors file,"
                            + " with the name of the array where the file holds several (default: MNIST if the folder"
                            + " that SOFTMIN_DATA names or data/mnist holds it, else the built-in digits).")
    private @Nullable String data;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder for the report (default: runs/STUDY-PRESET). It must be empty, or new.")
    private String out = "";

    @Option(names = "--force", description = "Overwrite a run in that folder; other files there stay as they are.")
    private boolean force;

    @Option(
            names = "--resume",
            description =
                    "Go on with a run in that folder that was stopped or killed, or begin one: what is finished is"
                            + " not done again, and the result is the same bits.")
    private boolean resume;

    @Option(
            names = "--checkpoint",
            paramLabel = "SECONDS",
            description = "Least time between two checkpoints of a training; 0: after each epoch"
                    + " (default: ${DEFAULT-VALUE}).")
    private String checkpoint = "10";

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Change a setting; may be given several times. softmin list shows them.")
    private List<String> assignments = List.of();

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of the first repetition, the others count up (default: ${DEFAULT-VALUE}).")
    private String seed = "1";

    @Option(
            names = "--device",
            paramLabel = "cpu|auto|tornado[:BACKEND[:N]]",
            description = "What computes (default: ${DEFAULT-VALUE}); softmin devices shows what there is. auto is the"
                    + " first GPU and, where there is none, cpu. With several, separated by commas, seeds take turns.")
    private String device = "cpu";

    @Option(
            names = "--jobs",
            paramLabel = "N",
            description = "Seeds and configurations to run at the same time (default: one per core)."
                    + " Results do not depend on it.")
    private String jobs = Integer.toString(Runtime.getRuntime().availableProcessors());

    @Option(names = "--strict", description = "Exit with 6 if an expected number was not reproduced.")
    private boolean strict;

    @Option(names = "--quiet", description = "Print nothing but errors.")
    private boolean quiet;

    RunCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Instant start = Instant.now();
        if (study.isEmpty()) {
            throw new UsageException("which study? use "
                    + session.studies().stream().map(Study::name).collect(Collectors.joining(", ")));
        }
        Study named = Names.find("study", study, session.studies(), Study::name);
        DataSource source = source();
        Study chosen = named.on(source);
        Preset amount = Names.find("preset", preset, List.of(Preset.values()), Preset::text);
        List<String> parts = experiments(chosen, source);
        Settings settings = new Settings(chosen.settings(), amount, assigned());
        int firstSeed = SEED.parse(seed);
        Jobs workers = new Jobs(JOBS.parse(jobs));
        Duration interval = Duration.ofSeconds(CHECKPOINT.parse(checkpoint));
        if (force && resume) {
            throw new UsageException("--force begins a run again and --resume goes on with it; give one of them");
        }
        DeviceChoice devices = DeviceChoice.of(device, session.backends());
        Path folder = out.isEmpty() ? Path.of("runs", named.name() + "-" + amount.text()) : folder();
        LogLines.setQuiet(quiet);
        Trainings trainings = new Trainings(folder.resolve("trainings"), resume, interval);
        try (RunFolder output = RunFolder.open(folder, force || resume)) {
            Progress progress = Progress.onStandardError(quiet);
            Thread stop = new Thread(() -> stop(trainings, output, progress), "stop");
            Runtime.getRuntime().addShutdownHook(stop);
            try {
                say("data: " + describe(source));
                say("output: " + folder.toAbsolutePath());
                say("run: " + String.join(", ", parts) + "; " + amount.text() + " preset, " + chosen.cost(amount));
                // Once before anything is computed: the line that it logs belongs here.
                devices.used()
                        .forEach(name -> Backend.named(name, Backend.Options.DEFAULT.withThreads(workers.workers())));
                devices.note().ifPresent(this::warn);
                Report report;
                try (progress) {
                    LogLines.setProgress(quiet ? null : progress); // warnings are shown in any case
                    report = chosen.run(new Run(
                            parts,
                            amount,
                            source,
                            firstSeed,
                            devices.used(),
                            settings,
                            progress,
                            workers,
                            command(),
                            start,
                            folder,
                            trainings));
                }
                output.write(report, devices.labels());
                return finish(report.results(), folder.resolve(Report.HTML).toAbsolutePath());
            } catch (InterruptedException e) {
                if (trainings.stopped()) {
                    return ExitCode.INTERRUPTED.status(); // the thread that stopped them says so, and ends the process
                }
                throw e;
            } finally {
                forget(stop);
                LogLines.setProgress(null);
            }
        }
    }

    /** Those that were named, in the study's order; where none was, those that the data are for. */
    private List<String> experiments(Study chosen, DataSource source) {
        List<Study.Experiment> known = experiments.isEmpty() ? chosen.experiments(source) : chosen.experiments();
        experiments.forEach(name -> Names.find("experiment", name.strip(), known, Study.Experiment::name));
        return known.stream()
                .map(Study.Experiment::name)
                .filter(name -> experiments.isEmpty()
                        || experiments.stream().map(String::strip).anyMatch(name::equals))
                .toList();
    }

    private Map<String, String> assigned() {
        Map<String, String> values = new LinkedHashMap<>();
        for (String assignment : assignments) {
            int equals = assignment.indexOf('=');
            if (equals < 1) {
                throw new UsageException("--set: \"" + assignment + "\" is not of the form key=value");
            }
            String key = assignment.substring(0, equals).strip();
            if (values.put(key, assignment.substring(equals + 1)) != null) {
                throw new UsageException("--set: " + key + " is given twice; give it once");
            }
        }
        return values;
    }

    private DataSource source() throws DataException {
        try {
            return DataSource.choose(data, session.softminData(), Path.of(""));
        } catch (IllegalArgumentException wrong) {
            throw new UsageException(String.valueOf(wrong.getMessage()));
        }
    }

    private static String describe(DataSource source) {
        return switch (source) {
            case DataSource.Folder(Path path, String why) -> path.toAbsolutePath() + " (" + why + ")";
            case DataSource.Cifar(Path path, String why) -> path.toAbsolutePath() + " (" + why + ")";
            case DataSource.Images(Path path, String why) -> path.toAbsolutePath() + " (" + why + ")";
            case DataSource.Activations(Path file, String array) ->
                "activations in " + file.toAbsolutePath() + (array.isEmpty() ? "" : ", array " + array);
            case DataSource.Synthetic(String why) -> "built-in synthetic digits (" + why + ")";
        };
    }

    private Path folder() {
        try {
            return Path.of(out);
        } catch (InvalidPathException wrong) {
            throw new UsageException("--out: " + wrong.getMessage());
        }
    }

    private int finish(Results results, Path report) {
        List<String> tally = Arrays.stream(Verdict.values())
                .filter(verdict -> results.count(verdict) > 0)
                .map(verdict -> results.count(verdict) + " " + verdict.text())
                .toList();
        say("verdicts: "
                + (tally.isEmpty()
                        ? "none, for they need --preset full and the data that the numbers are of"
                        : String.join(", ", tally)));
        say("report: " + report);
        say("        " + report.toUri().toASCIIString());
        boolean missed = results.count(Verdict.NOT_REPRODUCED) > 0;
        return (strict && missed ? ExitCode.EXPECTATION : ExitCode.OK).status();
    }

    private void stop(Trainings trainings, RunFolder output, Progress progress) {
        trainings.stop();
        output.close();
        progress.close();
        warn("stopped; the same command with --resume goes on from here");
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException stopping) {
            // It is running, and ends this process.
        }
    }

    private void say(String line) {
        if (!quiet) {
            session.out().println(line);
            session.out().flush();
        }
    }

    private void warn(String line) {
        if (!quiet) {
            session.err().println("softmin: " + line);
            session.err().flush();
        }
    }

    /** The command line as a shell would take it. */
    private String command() {
        return "softmin "
                + session.arguments().stream()
                        .map(word ->
                                word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
                        .collect(Collectors.joining(" "));
    }
}
