package org.softmin.studies.report;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.softmin.studies.report.Results.Mean;
import org.softmin.studies.report.Results.Measurement;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes {@link Results} as flat rows, in JSON and in CSV. */
final class ResultsWriter {
    static final List<String> MEASUREMENT =
            List.of("dataset", "experiment", "configuration", "seed", "metric", "value");
    static final List<String> MEAN = with(MEASUREMENT, "low", "high");
    static final List<String> JUDGED_MEAN = with(MEAN, "expected", "tolerance", "verdict");
    /** What may follow any of these: not part of the results, but what they were computed on. */
    static final List<String> LABELS = List.of("device", "device_asked");

    // Rows are written as root values: with this separator, and brackets around, they are an array of one row a line.
    private static final JsonFactory FACTORY =
            JsonFactory.builder().rootValueSeparator(",\n").build();

    private ResultsWriter() {}

    private static List<String> with(List<String> keys, String... more) {
        return Stream.concat(keys.stream(), Arrays.stream(more)).toList();
    }

    /** All rows with their keys in order: String, Integer, Double or null. */
    private static List<Map<String, @Nullable Object>> rows(Results results) {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (Measurement m : results.measurements()) {
            rows.add(row(MEASUREMENT, m.dataset(), m.experiment(), m.configuration(), m.seed(), m.metric(), m.value()));
        }
        for (Mean m : results.means()) {
            Verdict verdict = m.verdict();
            rows.add(row(
                    verdict == null ? MEAN : JUDGED_MEAN,
                    m.dataset(),
                    m.experiment(),
                    m.configuration(),
                    null,
                    m.metric(),
                    m.value(),
                    m.low(),
                    m.high(),
                    m.expected(),
                    m.tolerance(),
                    verdict == null ? null : verdict.text()));
        }
        return rows;
    }

    private static Map<String, @Nullable Object> row(List<String> keys, @Nullable Object... values) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            row.put(keys.get(i), values[i]);
        }
        return row;
    }

    /** One array, one row a line; labels go to the end of each. */
    static String json(Results results, Map<String, String> labels) {
        StringWriter text = new StringWriter();
        text.write("[\n");
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            for (Map<String, @Nullable Object> row : rows(results)) {
                json.writeStartObject();
                row.forEach((key, value) -> {
                    json.writeName(key);
                    switch (value) {
                        case null -> json.writeNull();
                        case Integer seed -> json.writeNumber(seed);
                        case Double number -> json.writeNumber(number);
                        case Object other -> json.writeString(other.toString());
                    }
                });
                LABELS.stream().filter(labels::containsKey).forEach(label -> {
                    json.writeStringProperty(label, labels.get(label));
                });
                json.writeEndObject();
            }
        }
        text.write("\n]\n");
        return text.toString();
    }

    /** The same rows by RFC 4180, an empty field for what is undefined or absent. */
    static String csv(Results results) {
        StringBuilder text = new StringBuilder(String.join(",", JUDGED_MEAN)).append("\r\n");
        for (Map<String, @Nullable Object> row : rows(results)) {
            text.append(JUDGED_MEAN.stream().map(key -> field(row.get(key))).collect(Collectors.joining(",")));
            text.append("\r\n");
        }
        return text.toString();
    }

    private static String field(@Nullable Object value) {
        String text = value == null ? "" : value.toString();
        boolean quoted = text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return quoted ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }
}
