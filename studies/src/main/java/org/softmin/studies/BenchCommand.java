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
import org.softmin.studies.Softmin.Session;
import org.softmin.studies.bench.Bench;
import org.softmin.studies.bench.BenchReport;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.report.Provenance;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code softmin bench}: how fast Softmin is beside OpenBLAS, PyTorch and what the machine can do. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        versionProvider = Softmin.Version.class,
        sortOptions = false,
        description = "Measures Softmin beside OpenBLAS, PyTorch and the limits of the machine, and prints one table.",
        footer = {
            "",
            "Started from a checkout it builds the others, too: Maven fetches them, 140 MB, once.",
            "",
            "Examples:",
            "  softmin bench",
            "  softmin bench --only sgemm",
            "  softmin bench --threads 2 --out runs/bench"
        })
final class BenchCommand implements Callable<Integer> {
    private static final Setting<Integer> THREADS = Setting.integer("--threads", "Threads", 1, 1024, 1, 1);
    private static final Setting<Integer> ROUNDS = Setting.integer("--rounds", "Rounds", 1, 10_000, 1, 1);
    private static final Setting<Integer> EPOCHS = Setting.integer("--epochs", "Epochs", 1, 100, 1, 1);

    private final Session session;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of every contender (default: ${DEFAULT-VALUE}).")
    private String threads = "1";

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
            names = "--epochs",
            paramLabel = "N",
            description = "Epochs of the training on MNIST to run; 100 are extrapolated (default: ${DEFAULT-VALUE}).")
    private String epochs = "5";

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder for the table as text and JSON and for the pictures (default: none are written).")
    private String out = "";

    @Option(names = "--quick", description = "See only that everything works: 3 rounds, no large workloads.")
    private boolean quick;

    BenchCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Bench bench = new Bench(
                THREADS.parse(threads),
                ROUNDS.parse(rounds),
                only.toLowerCase(Locale.ROOT),
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
            report.write(folder, provenance());
            say("results: " + folder.toAbsolutePath());
        }
        return ExitCode.OK.status();
    }

    /** Where the numbers come from; nothing that names this machine or its folders. */
    private Map<String, String> provenance() {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put(
                "command",
                "softmin bench --threads " + threads + " --rounds " + rounds + " --epochs " + epochs
                        + (only.isEmpty() ? "" : " --only '" + only + "'") + (quick ? " --quick" : ""));
        lines.put("commit", System.getProperty("softmin.commit", ""));
        lines.put("date", LocalDate.now(ZoneOffset.UTC).toString());
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
