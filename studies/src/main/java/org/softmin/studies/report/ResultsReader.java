package org.softmin.studies.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.softmin.studies.report.Results.Mean;
import org.softmin.studies.report.Results.Measurement;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** Reads the rows that {@link ResultsWriter} writes as JSON, and nothing else. */
final class ResultsReader {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path file;
    private final JsonParser json;

    private ResultsReader(Path file, JsonParser json) {
        this.file = file;
        this.json = json;
    }

    static Results read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), in)) {
            return new ResultsReader(file, json).results();
        } catch (JacksonException bad) {
            throw bad(file, bad.getLocation().getLineNr(), bad.getOriginalMessage());
        }
    }

    private Results results() throws BadResultsException {
        List<Measurement> measurements = new ArrayList<>();
        List<Mean> means = new ArrayList<>();
        expect(json.nextToken() == JsonToken.START_ARRAY, "an array of rows");
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(json.currentToken() == JsonToken.START_OBJECT, "a row");
            Map<String, @Nullable Object> row = row();
            row.keySet().removeAll(ResultsWriter.LABELS);
            List<String> keys = List.copyOf(row.keySet());
            if (keys.equals(ResultsWriter.MEASUREMENT)) {
                measurements.add(measurement(row));
            } else if (keys.equals(ResultsWriter.MEAN) || keys.equals(ResultsWriter.JUDGED_MEAN)) {
                means.add(mean(row));
            } else {
                throw bad("the keys " + keys + ", expected the first 6, 8 or 11 of " + ResultsWriter.JUDGED_MEAN);
            }
        }
        expect(json.nextToken() == null, "the end of the file");
        return new Results(measurements, means);
    }

    private Map<String, @Nullable Object> row() throws BadResultsException {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = json.currentName();
            JsonToken token = json.nextToken();
            boolean isNumber = token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT;
            if (token == JsonToken.VALUE_NULL) {
                row.put(key, null);
            } else if (token == JsonToken.VALUE_STRING) {
                row.put(key, json.getString());
            } else {
                expect(isNumber, "a string, a number or null as \"" + key + "\"");
                Number number = key.equals("seed") ? (Number) seed() : (Number) json.getDoubleValue();
                expect(Double.isFinite(number.doubleValue()), "a finite number as \"" + key + "\"");
                row.put(key, number);
            }
        }
        return row;
    }

    private int seed() throws BadResultsException {
        expect(json.currentToken() == JsonToken.VALUE_NUMBER_INT, "a whole number as \"seed\"");
        return json.getIntValue();
    }

    private Measurement measurement(Map<String, @Nullable Object> row) throws BadResultsException {
        return new Measurement(
                text(row, "dataset"),
                text(row, "experiment"),
                text(row, "configuration"),
                optional(row, "seed", Integer.class),
                text(row, "metric"),
                optional(row, "value", Double.class));
    }

    private Mean mean(Map<String, @Nullable Object> row) throws BadResultsException {
        expect(row.get("seed") == null, "null as \"seed\" of a mean");
        boolean judged = row.containsKey("verdict");
        return new Mean(
                text(row, "dataset"),
                text(row, "experiment"),
                text(row, "configuration"),
                text(row, "metric"),
                optional(row, "value", Double.class),
                optional(row, "low", Double.class),
                optional(row, "high", Double.class),
                judged ? value(row, "expected", Double.class) : null,
                judged ? value(row, "tolerance", Double.class) : null,
                judged ? verdict(text(row, "verdict")) : null);
    }

    private Verdict verdict(String text) throws BadResultsException {
        for (Verdict verdict : Verdict.values()) {
            if (verdict.text().equals(text)) {
                return verdict;
            }
        }
        throw bad("the verdict \"" + text + "\", expected one of "
                + Arrays.stream(Verdict.values()).map(Verdict::text).toList());
    }

    private String text(Map<String, @Nullable Object> row, String key) throws BadResultsException {
        return value(row, key, String.class);
    }

    private <T> T value(Map<String, @Nullable Object> row, String key, Class<T> type) throws BadResultsException {
        T value = optional(row, key, type);
        if (value == null) {
            throw bad("null as \"" + key + "\", expected " + name(type));
        }
        return value;
    }

    private <T> @Nullable T optional(Map<String, @Nullable Object> row, String key, Class<T> type)
            throws BadResultsException {
        Object value = row.get(key);
        expect(value == null || type.isInstance(value), name(type) + " as \"" + key + "\"");
        return type.cast(value);
    }

    private static String name(Class<?> type) {
        return type == String.class ? "a string" : "a number";
    }

    private void expect(boolean met, String what) throws BadResultsException {
        if (!met) {
            throw bad("something else, expected " + what);
        }
    }

    private BadResultsException bad(String found) {
        return bad(file, json.currentLocation().getLineNr(), "found " + found);
    }

    private static BadResultsException bad(Path file, int line, String problem) {
        return new BadResultsException(
                file + ": line " + line + ": " + problem + "; run the study again to write the file anew");
    }
}
