package org.softmin.studies.bench;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.softmin.studies.bench.Row.Check;
import org.softmin.studies.bench.Row.Unit;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Bars;
import org.softmin.studies.figure.Figure;
import org.softmin.studies.figure.Lines;
import org.softmin.studies.figure.Numbers;
import org.softmin.studies.figure.Series;
import org.softmin.tensor.io.WholeFile;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultPrettyPrinter;

/**
 * What a run of the benchmark measured.
 *
 * @param contenders what each contender is, with its version
 * @param share of the time in which the machine let this process run; NaN where nothing was timed
 */
public record BenchReport(
        int threads, int rounds, List<String> contenders, double share, List<Row> rows, List<Curve> curves) {
    /** Name of the table as text. */
    public static final String TEXT = "bench.txt";
    /** Name of the numbers as JSON. */
    public static final String JSON = "bench.json";

    private static final double QUIET = 0.97;
    private static final List<String> SHOWN = List.of(SoftminContender.NAME, Suite.OPENBLAS, Suite.PYTORCH);

    /** One workload at several sizes. */
    record Curve(String title, String size, Unit unit, List<Point> points) {
        record Point(double size, Map<String, Double> values) {}
    }

    /** Copies the lists. */
    public BenchReport {
        contenders = List.copyOf(contenders);
        rows = List.copyOf(rows);
        curves = List.copyOf(curves);
    }

    /** How many promises were kept, and whether to believe it, in one line. */
    public String summary() {
        List<String> verdicts = rows.stream()
                .flatMap(row -> row.checks().stream())
                .map(Check::verdict)
                .filter(verdict -> !verdict.isEmpty())
                .toList();
        long missed = verdicts.stream().filter("missed"::equals).count();
        long aims = verdicts.stream().filter("aim"::equals).count();
        String busy = share < QUIET
                ? String.format(
                        Locale.ROOT,
                        "; the machine was busy with other things %.0f %% of the time: measure again on a quiet one",
                        100 * (1 - share))
                : "";
        return verdicts.size() + " goals: " + (verdicts.size() - missed) + " met, " + aims + " of them to the aim, "
                + missed + " missed" + busy;
    }

    /** What the machine can do at best, as measured in the same rounds, a line each. */
    public List<String> limits() {
        List<String> lines = new ArrayList<>();
        for (String kind : List.of("sgemm", "dgemm")) {
            double[] ceilings = rows.stream()
                    .filter(row -> row.name().startsWith(kind))
                    .mapToDouble(row -> row.values().getOrDefault(Suite.CEILING, Double.NaN))
                    .filter(Double::isFinite)
                    .toArray();
            if (ceilings.length > 0) {
                lines.add("limit of " + kind + ": " + Numbers.format(Contest.median(ceilings), 3) + " GFLOP/s");
            }
        }
        for (Row row : rows) {
            Double copy = row.values().get(Memory.COPY);
            Double triad = row.values().get(Memory.TRIAD);
            if (copy != null && triad != null) {
                lines.add("limit of " + row.name() + ": copy " + Numbers.format(copy, 3) + " GB/s, triad "
                        + Numbers.format(triad, 3) + " GB/s");
            }
        }
        return lines;
    }

    /**
     * Writes the table, the numbers and the pictures into a folder.
     *
     * @param provenance names and values that say where the numbers come from
     */
    public void write(Path folder, Map<String, String> provenance) throws IOException {
        WholeFile.write(folder.resolve(TEXT), text(provenance));
        WholeFile.write(folder.resolve(JSON), json(provenance));
        for (Map.Entry<String, Figure> figure : figures().entrySet()) {
            WholeFile.write(
                    folder.resolve(figure.getKey() + ".svg"), figure.getValue().svg());
        }
    }

    String text(Map<String, String> provenance) {
        List<String> lines = new ArrayList<>();
        provenance.forEach((name, value) -> lines.add(name + ": " + value));
        lines.addAll(contenders);
        lines.add(
                "Medians of wall time over " + rounds + " interleaved rounds. Beside a training step stands the GEMM");
        lines.add("floor: OpenBLAS's time for the matrix products alone that the step needs. The ratio to what stands");
        lines.add("beside is ours to its; the ratio to PyTorch is above 1 where Softmin is faster, except for memory.");
        lines.add("met* is by reaching 95 % of the multiply-add ceiling. The last column is the largest relative"
                + " difference");
        lines.add("between the results: losses of the first step, or the last elements. cores: how many times faster"
                + " all");
        lines.add("threads are than one, beside what the machine gives multiply-adds in registers in the same rounds.");
        lines.add("");
        lines.add(Table.head());
        rows.forEach(row -> lines.add(Table.line(row)));
        lines.add("");
        lines.addAll(limits());
        lines.add(summary());
        return String.join("\n", lines) + "\n";
    }

    String json(Map<String, String> provenance) {
        return json(json -> {
            provenance.forEach(json::writeStringProperty);
            json.writeNumberProperty("threads", threads);
            json.writeNumberProperty("rounds", rounds);
            if (Double.isFinite(share)) {
                json.writeNumberProperty("share", share);
            }
            json.writeArrayPropertyStart("contenders");
            contenders.forEach(json::writeString);
            json.writeEndArray();
            json.writeArrayPropertyStart("rows");
            rows.forEach(row -> write(json, row));
            json.writeEndArray();
        });
    }

    /** A file with one object. */
    static String json(Consumer<JsonGenerator> properties) {
        StringWriter text = new StringWriter();
        ObjectWriteContext context = new ObjectWriteContext.Base() {
            @Override
            public PrettyPrinter getPrettyPrinter() {
                return new DefaultPrettyPrinter();
            }

            @Override
            public boolean hasPrettyPrinter() {
                return true;
            }
        };
        try (JsonGenerator json = new JsonFactory().createGenerator(context, text)) {
            json.writeStartObject();
            properties.accept(json);
            json.writeEndObject();
        }
        return text + "\n";
    }

    private static void write(JsonGenerator json, Row row) {
        json.writeStartObject();
        json.writeStringProperty("name", row.name());
        json.writeStringProperty("unit", row.unit().symbol());
        if (Double.isFinite(row.difference())) {
            json.writeNumberProperty("difference", row.difference());
        }
        json.writeObjectPropertyStart("values");
        row.values().forEach((name, value) -> {
            if (Double.isFinite(value)) {
                json.writeNumberProperty(name, value);
            } else {
                json.writeNullProperty(name);
            }
        });
        json.writeEndObject();
        json.writeArrayPropertyStart("checks");
        for (Check check : row.checks()) {
            json.writeStartObject();
            json.writeStringProperty("against", check.against());
            json.writeNumberProperty("ratio", check.value());
            if (check.goal() != null) {
                json.writeNumberProperty("must", check.goal().must());
                json.writeNumberProperty("aim", check.goal().aim());
                json.writeBooleanProperty("at_least", check.goal().atLeast());
                json.writeStringProperty("verdict", check.verdict());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private Map<String, Figure> figures() {
        Map<String, Figure> figures = new LinkedHashMap<>();
        bars(figures, "products", "Matrix products", "sgemm", Axis.linear("GFLOP/s, more is better"), Unit.GFLOPS);
        bars(figures, "steps", "Training steps", "", Axis.log("ms, less is better"), Unit.MILLISECONDS);
        for (Curve curve : curves) {
            if (!curve.points().isEmpty()) {
                String kind = curve.unit().isRate() ? "cliff-" : "batches-";
                String name = curve.title().replaceAll("[^A-Za-z]+", "-").replaceAll("^-|-$", "");
                figures.put(kind + name.toLowerCase(Locale.ROOT), lines(curve));
            }
        }
        return figures;
    }

    private void bars(Map<String, Figure> figures, String file, String title, String prefix, Axis axis, Unit unit) {
        List<Row> shown = rows.stream()
                .filter(row -> row.unit() == unit && row.name().startsWith(prefix))
                .filter(row -> curves.isEmpty() || !row.name().startsWith("batches"))
                .toList();
        List<String> series = SHOWN.stream()
                .filter(name -> shown.stream().anyMatch(row -> row.values().containsKey(name)))
                .toList();
        if (shown.isEmpty()) {
            return;
        }
        List<Bars.Group> groups = shown.stream()
                .map(row -> new Bars.Group(
                        row.name(),
                        series.stream()
                                .map(name -> Bars.Value.of(row.values().getOrDefault(name, Double.NaN)))
                                .toList()))
                .toList();
        String description = title + ": " + String.join(", ", series) + "; for training steps OpenBLAS does only the"
                + " matrix products.";
        figures.put(file, new Bars(title, description, axis, series, groups));
    }

    private static Figure lines(Curve curve) {
        Set<String> names = new LinkedHashSet<>();
        curve.points().forEach(point -> names.addAll(point.values().keySet()));
        double[] sizes = curve.points().stream().mapToDouble(Curve.Point::size).toArray();
        List<Series> series = names.stream()
                .map(name -> Series.of(
                        name,
                        sizes,
                        curve.points().stream()
                                .mapToDouble(point -> point.values().getOrDefault(name, Double.NaN))
                                .toArray()))
                .toList();
        Axis up = curve.unit().isRate()
                ? Axis.log("GB/s of arrays read and written")
                : Axis.linear(curve.unit().symbol());
        Axis across = curve.unit().isRate() ? Axis.log(curve.size()) : Axis.linear(curve.size());
        return new Lines(
                curve.title() + " by " + curve.size(),
                curve.title() + " at several sizes: " + String.join(", ", names) + ".",
                across,
                up,
                series);
    }
}
