package org.softmin.studies.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.softmin.studies.bench.Row.Unit;
import org.softmin.studies.figure.Numbers;
import org.softmin.tensor.io.WholeFile;
import tools.jackson.core.JsonGenerator;

/**
 * What a run of the benchmark on a device measured.
 *
 * @param threads of the processor
 * @param ceiling multiply-adds in F32 that the device does in registers, in floating-point operations a second; NaN where
 *     that was not measured
 * @param leftOut what was not measured, and why
 */
public record DeviceReport(int threads, int rounds, double ceiling, List<Line> lines, Map<String, String> leftOut) {
    /** Name of the table with commas. */
    public static final String CSV = "device.csv";

    /** Name of the numbers as JSON. */
    public static final String JSON = "device.json";

    /**
     * One line of the table.
     *
     * @param cpu what the processor reaches; NaN where it was not asked
     * @param limit the best that the device could do; NaN where that was not measured
     * @param difference relative difference of the results; NaN where none are compared
     */
    record Line(String name, Unit unit, double device, double cpu, double limit, double difference) {
        /** How many times faster than the processor the device is. */
        double faster() {
            return unit.isRate() ? device / cpu : cpu / device;
        }

        /** The part of its limit that the device reaches. */
        double share() {
            return unit.isRate() ? device / limit : limit / device;
        }

        String text() {
            return columns(
                    name,
                    unit.symbol(),
                    number(device),
                    number(cpu),
                    number(faster()),
                    number(limit),
                    Double.isNaN(share()) ? "-" : String.format(Locale.ROOT, "%.0f %%", 100 * share()),
                    Double.isNaN(difference) ? "-" : String.format(Locale.ROOT, "%.0e", difference));
        }

        private static String number(double value) {
            return Double.isNaN(value) ? "-" : Numbers.format(value, 3);
        }
    }

    /** Copies the lists. */
    public DeviceReport {
        lines = List.copyOf(lines);
        leftOut = Collections.unmodifiableMap(new LinkedHashMap<>(leftOut));
    }

    static String head() {
        return columns("workload", "unit", "device", "cpu", "faster", "limit", "of it", "differ by");
    }

    private static String columns(Object... cells) {
        return String.format(Locale.ROOT, "%-28s %-8s %9s %9s %9s %9s %6s %9s", cells);
    }

    /**
     * Writes the table and the numbers into a folder.
     *
     * @param provenance names and values that say where the numbers come from
     */
    public void write(Path folder, Map<String, String> provenance) throws IOException {
        WholeFile.write(folder.resolve(CSV), csv(provenance));
        WholeFile.write(folder.resolve(JSON), json(provenance));
    }

    /** Lines that begin with # say where the numbers come from; what is not known is empty. */
    private String csv(Map<String, String> provenance) {
        StringBuilder text = new StringBuilder();
        provenance.forEach((name, value) ->
                text.append("# ").append(name).append(": ").append(value).append('\n'));
        text.append("workload,unit,device,cpu,times_faster,limit,share_of_limit,difference\n");
        for (Line line : lines) {
            text.append(line.name()).append(',').append(line.unit().symbol());
            for (double value : new double[] {
                line.device(), line.cpu(), line.faster(), line.limit(), line.share(), line.difference()
            }) {
                text.append(',').append(Double.isFinite(value) ? Double.toString(value) : "");
            }
            text.append('\n');
        }
        return text.toString();
    }

    private String json(Map<String, String> provenance) {
        return BenchReport.json(json -> {
            provenance.forEach(json::writeStringProperty);
            json.writeNumberProperty("threads", threads);
            json.writeNumberProperty("rounds", rounds);
            write(json, "ceiling_flops", ceiling);
            json.writeArrayPropertyStart("rows");
            for (Line line : lines) {
                json.writeStartObject();
                json.writeStringProperty("name", line.name());
                json.writeStringProperty("unit", line.unit().symbol());
                write(json, "device", line.device());
                write(json, "cpu", line.cpu());
                write(json, "times_faster", line.faster());
                write(json, "limit", line.limit());
                write(json, "share_of_limit", line.share());
                write(json, "difference", line.difference());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeObjectPropertyStart("left_out");
            leftOut.forEach(json::writeStringProperty);
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, String name, double value) {
        if (Double.isFinite(value)) {
            json.writeNumberProperty(name, value);
        } else {
            json.writeNullProperty(name);
        }
    }
}
