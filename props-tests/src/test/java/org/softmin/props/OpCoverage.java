package org.softmin.props;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Tensor;
import org.softmin.tornado.TornadoBackend;
import org.softmin.tornado.kernel.EmulatedBackend;

/** Which element types each op takes, whether it has a gradient and where it runs: the table in README.md. */
final class OpCoverage {
    private OpCoverage() {}

    /** Prints the table, to be pasted into README.md. */
    public static void main(String[] args) {
        System.out.println(table());
    }

    /** The table as Markdown, one line per row of {@link OpTable}. */
    static String table() {
        List<Backend.Provider> backends = Backend.providers().stream()
                .sorted(Comparator.comparing(Backend.Provider::name))
                .toList();
        Map<String, String> lines = new TreeMap<>();
        for (Row row : OpTable.rows()) {
            Map<DType, Example> examples = examples(row);
            Stream<String> types = Stream.of(DType.values()).map(type -> mark(examples.containsKey(type)));
            Stream<String> runs = backends.stream().map(backend -> mark(runs(backend, examples.values())));
            String gradient = mark(row.gradient() instanceof Row.Gradient.Smooth);
            String name = name(row);
            lines.put(name, line(Stream.of(Stream.of(name), types, Stream.of(gradient), runs)));
        }
        Stream<String> head = Stream.of(DType.values()).map(DType::name);
        Stream<String> names = backends.stream().map(Backend.Provider::name);
        return line(Stream.of(Stream.of("op"), head, Stream.of("gradient"), names)) + "\n"
                + "|---".repeat(2 + DType.values().length + backends.size()) + "|\n"
                + String.join("\n", lines.values());
    }

    /** As in Java: {@code dynamicSlice} for the class DynamicSlice, {@code exp} for the constant EXP. */
    private static String name(Row row) {
        String name = row.name();
        int lower = row.op() instanceof Class<?> ? 1 : name.length();
        return name.substring(0, lower).toLowerCase(Locale.ROOT) + name.substring(lower);
    }

    private static String line(Stream<Stream<String>> cells) {
        return cells.flatMap(cell -> cell).collect(Collectors.joining(" | ", "| ", " |"));
    }

    private static String mark(boolean yes) {
        return yes ? "✓" : "–";
    }

    /** The first example for each element type: that of the first operand, or of the result where that says more. */
    private static Map<DType, Example> examples(Row row) {
        Map<DType, Example> found = new EnumMap<>(DType.class);
        row.cases().accept(example -> {
            for (Tensor node : example.program().nodes()) {
                if (OpLaws.key(node.op()).equals(row.op())) {
                    boolean leaf = node.inputs().isEmpty() || row.op() == Scalar.WHERE;
                    found.putIfAbsent((leaf ? node : node.inputs().getFirst()).dtype(), example);
                }
            }
        });
        return found;
    }

    /** Devices run the kernels that the JVM runs here, as {@link DeviceLaws} tests where there is one. */
    private static boolean runs(Backend.Provider provider, Iterable<Example> examples) {
        Backend backend = provider instanceof TornadoBackend.Provider
                ? new EmulatedBackend(Backends.ONE)
                : provider.open(Backends.ONE);
        examples.forEach(example -> example.run(backend));
        return true;
    }
}
