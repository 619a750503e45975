package org.softmin.studies;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.softmin.studies.Softmin.Session;
import org.softmin.studies.bench.Bench;
import org.softmin.studies.bench.BenchReport;
import org.softmin.studies.bench.DeviceBench;
import org.softmin.studies.bench.DeviceReport;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.report.Provenance;
import org.softmin.tensor.Backend;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code softmin bench}: how fast Softmin is beside OpenBLAS, PyTorch and what the machine, or a device, can do. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        versionProvider = Softmin.Version.class,
        sortOptions = false,
        description = {
            "Measures Softmin beside OpenBLAS, PyTorch and the limits of the machine, and prints one table;",
            "with --device, on that device beside the processor and the device's own limits."
        },
        footer = {
            "",
            "Started from a checkout it builds the others, too: Maven fetches them, 140 MB, once.",
            "",
            "Examples:",
            "  softmin bench",
            "  softmin bench --only sgemm",
            "  softmin bench --threads 2 --out runs/bench",
            "  softmin bench --device tornado --out runs/bench"
        })
final class BenchCommand implements Callable<Integer> {
    private static final Setting<Integer> THREADS = Setting.integer("--threads", "Threads", 1, 1024, 1, 1);
    private static final Setting<Integer> ROUNDS = Setting.integer("--rounds", "Rounds", 1, 10_000, 1, 1);
    private static final Setting<Integer> EPOCHS = Setting.integer("--epochs", "Epochs", 1, 100, 1, 1);

    private final Session session;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of every contender (default: 1; beside a device all cores).")
    private String threads = "";

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often each is measured; the median counts (default: ${DEFAULT-VALUE}).")
    private String rounds = "21";

    @Option(
            names = "--only",
            paramLabel = "PATTERN",
            description = "Only lines whose name contains this, such as sgemm, decoder-free, cliff or memory.")
    private String only = "";

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "Measure this device; softmin devices shows what there is, auto is the first graphics"
                    + " processor.")
    private String device = "";

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Epochs of the training on MNIST to run; 100 are extrapolated (default: ${DEFAULT-VALUE}).")
    private String epochs = "5";

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder for the table as text (of a device, as CSV) and JSON and for the pictures (default:"
                    + " none are written).")
    private String out = "";

    @Option(names = "--quick", description = "See only that everything works: 3 rounds, no large workloads.")
    private boolean quick;

    BenchCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return device.isEmpty() ? onProcessor() : onDevice();
    }

    private int onProcessor() throws IOException, InterruptedException {
        Bench bench = new Bench(
                threads.isEmpty() ? 1 : THREADS.parse(threads),
                ROUNDS.parse(rounds),
                pattern(),
                quick,
                EPOCHS.parse(epochs),
                data(),
                this::say);
        Path folder = folder();
        BenchReport report;
        try {
            report = bench.run();
        } catch (IllegalArgumentException wrong) {
            throw new UsageException(String.valueOf(wrong.getMessage()));
        }
        report.limits().forEach(this::say);
        say(report.summary());
        if (!out.isEmpty()) {
            report.write(folder, provenance(report.threads(), " --epochs " + epochs, Map.of()));
            say("results: " + folder.toAbsolutePath());
        }
        return ExitCode.OK.status();
    }

    private int onDevice() throws IOException, InterruptedException {
        String used = chosen();
        Backend.Provider provider = session.backends().stream()
                .filter(p -> used.startsWith(p.name() + ":"))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "--device: " + used + " runs on the processor; leave --device out to measure that"));
        Backend.Device found = provider.device(used);
        DeviceBench bench = new DeviceBench(
                options -> provider.open(found, options),
                threads.isEmpty() ? Backend.Options.DEFAULT.threads() : THREADS.parse(threads),
                ROUNDS.parse(rounds),
                pattern(),
                quick,
                this::say);
        Path folder = folder();
        say(found.name() + ": " + found.description());
        DeviceReport report;
        try {
            report = bench.run();
        } catch (IllegalArgumentException wrong) {
            throw new UsageException(String.valueOf(wrong.getMessage()));
        }
        if (!out.isEmpty()) {
            Map<String, String> lines = new LinkedHashMap<>();
            lines.put("device", found.name() + ", " + found.description());
            lines.put("driver", Provenance.nvidiaDriver());
            report.write(folder, provenance(report.threads(), " --device " + device, lines));
            say("results: " + folder.toAbsolutePath());
        }
        if (!report.leftOut().isEmpty()) {
            throw new EnvironmentException(report.leftOut().entrySet().stream()
                    .map(missing -> missing.getKey() + " was left out: " + missing.getValue())
                    .collect(Collectors.joining("; ")));
        }
        return ExitCode.OK.status();
    }

    /** The one device that is asked for. */
    private String chosen() throws EnvironmentException {
        DeviceChoice choice = DeviceChoice.of(device, session.backends());
        if (choice.note().isPresent()) {
            throw new EnvironmentException("device " + device
                    + ": there is no graphics processor to measure; softmin devices says what is missing");
        }
        if (choice.used().size() > 1) {
            throw new UsageException("--device: " + choice.used().size() + " devices are given; bench measures one");
        }
        return choice.used().getFirst();
    }

    private String pattern() {
        return only.toLowerCase(Locale.ROOT);
    }

    /** Where the numbers come from; nothing that names this machine or its folders. */
    private Map<String, String> provenance(int threads, String options, Map<String, String> device) {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put(
                "command",
                "softmin bench --threads " + threads + " --rounds " + rounds + options
                        + (only.isEmpty() ? "" : " --only '" + only + "'") + (quick ? " --quick" : ""));
        lines.put("commit", Provenance.thisCommit());
        lines.put("date", LocalDate.now(ZoneOffset.UTC).toString());
        lines.putAll(device);
        lines.put("cpu", Provenance.thisCpu());
        lines.put("jdk", Provenance.thisJdk());
        lines.values().removeIf(String::isEmpty);
        return lines;
    }

    private DataSource data() throws IOException {
        try {
            return DataSource.choose(null, session.softminData(), Path.of(""));
        } catch (IllegalArgumentException wrong) {
            throw new UsageException(String.valueOf(wrong.getMessage()));
        }
    }

    private Path folder() {
        try {
            return Path.of(out);
        } catch (InvalidPathException wrong) {
            throw new UsageException("--out: " + wrong.getMessage());
        }
    }

    private void say(String line) {
        session.out().println(line);
        session.out().flush();
    }
}
