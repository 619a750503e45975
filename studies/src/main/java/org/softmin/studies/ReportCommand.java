package org.softmin.studies;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.softmin.studies.Softmin.Session;
import org.softmin.studies.figure.Numbers;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Results.Mean;
import org.softmin.tensor.io.DataException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code softmin report}: the numbers of several runs side by side. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        versionProvider = Softmin.Version.class,
        sortOptions = false,
        description = "Compares runs: means over seeds with their 95 %% intervals, a column for each run.",
        footer = {
            "",
            "A * marks what differs: intervals that do not overlap, or numbers without intervals that are not equal.",
            "",
            "Examples:",
            "  softmin report runs/monday runs/tuesday --metric probe_accuracy,l0",
            "  softmin report runs/monday --experiment dynamics"
        })
final class ReportCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(
            arity = "1..*",
            paramLabel = "DIR",
            description = "Folders of runs, as --out of softmin run names them.")
    private List<String> folders = List.of();

    @Option(names = "--experiment", paramLabel = "NAME", split = ",", description = "Only these (default: all).")
    private List<String> experiments = List.of();

    @Option(names = "--metric", paramLabel = "NAME", split = ",", description = "Only these (default: all).")
    private List<String> metrics = List.of();

    @Option(names = "--different", description = "Only what differs.")
    private boolean different;

    ReportCommand(Session session) {
        this.session = session;
    }

    /** What a row is about. */
    private record Key(String dataset, String experiment, String configuration, String metric) {
        static Key of(Mean mean) {
            return new Key(mean.dataset(), mean.experiment(), mean.configuration(), mean.metric());
        }
    }

    @Override
    public Integer call() throws IOException {
        List<Results> runs = new ArrayList<>();
        for (String folder : folders) {
            runs.add(read(folder));
        }
        List<Mean> all = runs.stream().flatMap(run -> run.means().stream()).toList();
        check("experiment", experiments, all.stream().map(Mean::experiment));
        check("metric", metrics, all.stream().map(Mean::metric));
        Map<Key, List<Optional<Mean>>> rows = new LinkedHashMap<>();
        for (Mean mean : all) {
            if (isWanted(experiments, mean.experiment()) && isWanted(metrics, mean.metric())) {
                rows.computeIfAbsent(
                        Key.of(mean),
                        key -> runs.stream().map(run -> find(run, key)).toList());
            }
        }
        rows.values().removeIf(row -> different && !differ(row));
        print(rows);
        return ExitCode.OK.status();
    }

    private static Results read(String folder) throws IOException {
        try {
            Path file = Path.of(folder).resolve(Results.JSON);
            if (!Files.isRegularFile(file)) {
                throw new DataException(
                        Path.of(folder), "there is no " + Results.JSON + "; give the folder of a finished run");
            }
            return Results.read(file);
        } catch (InvalidPathException wrong) {
            throw new UsageException("report: " + wrong.getMessage());
        }
    }

    private static void check(String kind, List<String> wanted, Stream<String> known) {
        List<String> names = known.distinct().toList();
        wanted.forEach(name -> Names.find(kind, name.strip(), names, n -> n));
    }

    private static boolean isWanted(List<String> wanted, String name) {
        return wanted.isEmpty() || wanted.stream().map(String::strip).anyMatch(name::equals);
    }

    private static Optional<Mean> find(Results run, Key key) {
        return run.means().stream().filter(mean -> Key.of(mean).equals(key)).findFirst();
    }

    /** Whether some two of the runs that have the number disagree on it. */
    private static boolean differ(List<Optional<Mean>> row) {
        List<double[]> ranges = row.stream()
                .flatMap(Optional::stream)
                .flatMap(mean -> range(mean).stream())
                .toList();
        double highestLow = ranges.stream().mapToDouble(r -> r[0]).max().orElse(0);
        double lowestHigh = ranges.stream().mapToDouble(r -> r[1]).min().orElse(0);
        return highestLow > lowestHigh;
    }

    /** The interval; without one, the number as an interval of its own. */
    private static Optional<double[]> range(Mean mean) {
        Double value = mean.value();
        if (value == null) {
            return Optional.empty();
        }
        Double low = mean.low();
        Double high = mean.high();
        return Optional.of(low == null || high == null ? new double[] {value, value} : new double[] {low, high});
    }

    private void print(Map<Key, List<Optional<Mean>>> rows) {
        PrintWriter out = session.out();
        for (int i = 0; i < folders.size(); i++) {
            out.println("run " + (i + 1) + ": " + folders.get(i));
        }
        if (rows.isEmpty()) {
            out.println("nothing to show");
            return;
        }
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("", "experiment", "configuration", "metric"));
        for (int i = 0; i < folders.size(); i++) {
            head.add("run " + (i + 1));
        }
        table.add(head);
        rows.forEach((key, row) -> {
            List<String> cells =
                    new ArrayList<>(List.of(differ(row) ? "*" : "", key.experiment, key.configuration, key.metric));
            row.forEach(mean -> cells.add(mean.map(ReportCommand::text).orElse("–")));
            table.add(cells);
        });
        int[] widths = new int[head.size()];
        table.forEach(cells -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], cells.get(i).length());
            }
        });
        table.forEach(cells -> {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(cells.get(i))
                        .append(" ".repeat(widths[i] - cells.get(i).length() + 2));
            }
            out.println(line.toString().stripTrailing());
        });
    }

    private static String text(Mean mean) {
        Double value = mean.value();
        if (value == null) {
            return "undefined";
        }
        Double low = mean.low();
        Double high = mean.high();
        String interval = low == null || high == null || low.equals(high)
                ? ""
                : " [" + Numbers.format(low) + ", " + Numbers.format(high) + "]";
        return Numbers.format(value)
                + interval
                + (mean.verdict() == null ? "" : " " + mean.verdict().text());
    }
}
