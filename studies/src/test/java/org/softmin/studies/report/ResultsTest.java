package org.softmin.studies.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.studies.report.Results.Mean;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.tensor.io.WholeFile;

class ResultsTest {
    private static final Expectation EXPECTATION =
            new Expectation("claim", "ablation", "B", "redundancy", Expectation.Kind.NUMBER, 1875, 187.5);

    @TempDir
    Path folder;

    private static Measurement row(String configuration, Integer seed, String metric, Double value) {
        return new Measurement("mnist", "ablation", configuration, seed, metric, value);
    }

    private static Results sample() {
        return Results.of(
                List.of(
                        row("A", 1, "redundancy", Double.NaN),
                        row("A", 2, "redundancy", 3.0),
                        row("B", 1, "redundancy", 1800.0),
                        row("B", 2, "redundancy", 1900.0),
                        row("B", 1, "l0", 16.7),
                        row("mean-image", null, "mse_raw", 0.0675)),
                List.of(EXPECTATION));
    }

    @Test
    void filesHoldExactlyTheseRows() throws IOException {
        sample().write(folder, Map.of());
        assertEquals(
                """
                [
                {"dataset":"mnist","experiment":"ablation","configuration":"A","seed":1,"metric":"redundancy","value":null},
                {"dataset":"mnist","experiment":"ablation","configuration":"A","seed":2,"metric":"redundancy","value":3.0},
                {"dataset":"mnist","experiment":"ablation","configuration":"B","seed":1,"metric":"redundancy","value":1800.0},
                {"dataset":"mnist","experiment":"ablation","configuration":"B","seed":2,"metric":"redundancy","value":1900.0},
                {"dataset":"mnist","experiment":"ablation","configuration":"B","seed":1,"metric":"l0","value":16.7},
                {"dataset":"mnist","experiment":"ablation","configuration":"A","seed":null,"metric":"redundancy","value":null,"low":null,"high":null},
                {"dataset":"mnist","experiment":"ablation","configuration":"B","seed":null,"metric":"redundancy","value":1850.0,"low":LOW,"high":HIGH,"expected":1875.0,"tolerance":187.5,"verdict":"reproduced"},
                {"dataset":"mnist","experiment":"ablation","configuration":"B","seed":null,"metric":"l0","value":16.7,"low":null,"high":null},
                {"dataset":"mnist","experiment":"ablation","configuration":"mean-image","seed":null,"metric":"mse_raw","value":0.0675,"low":0.0675,"high":0.0675}
                ]
                """.replace("LOW", Double.toString(1850 - 50 * Interval.student(1)))
                        .replace("HIGH", Double.toString(1850 + 50 * Interval.student(1))),
                Files.readString(folder.resolve("results.json")));
        List<String> csv =
                Files.readString(folder.resolve("metrics.csv")).lines().toList();
        assertEquals(
                "dataset,experiment,configuration,seed,metric,value,low,high,expected,tolerance,verdict", csv.get(0));
        assertEquals("mnist,ablation,A,1,redundancy,,,,,,", csv.get(1));
        assertEquals("mnist,ablation,B,1,l0,16.7,,,,,", csv.get(5));
        assertEquals("mnist,ablation,mean-image,,mse_raw,0.0675,0.0675,0.0675,,,", csv.get(9));
        assertTrue(csv.get(7).endsWith(",1875.0,187.5,reproduced"));
        assertEquals(10, csv.size());
    }

    @Test
    void csvQuotesWhatRfc4180Wants() throws IOException {
        Results.of(List.of(row("a,\"b\"\r\nc", 1, "m", 1e-8)), List.of()).write(folder, Map.of());
        String csv = Files.readString(folder.resolve("metrics.csv"));
        assertTrue(csv.contains("\r\nmnist,ablation,\"a,\"\"b\"\"\r\nc\",1,m,1.0E-8,,,,,\r\n"), csv);
    }

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        Results results = Results.of(
                List.of(
                        row("∂L/∂E \"\\ \n\u0001 </script>", 1, "m", 0.1 + 0.2),
                        row("B", 1, "redundancy", 5.0),
                        row("B", Integer.MIN_VALUE, "redundancy", Double.MIN_VALUE),
                        row("C", null, "x", -Double.MAX_VALUE),
                        row("C", null, "y", Double.POSITIVE_INFINITY)),
                List.of(EXPECTATION));
        results.write(folder, Map.of());
        assertEquals(results, Results.read(folder.resolve("results.json")));
        assertEquals(
                Verdict.NOT_REPRODUCED,
                results.mean("ablation", "B", "redundancy").orElseThrow().verdict());
    }

    @Test
    void theDeviceIsAddedToEachRowAndNoPartOfTheResults() throws IOException {
        sample().write(folder, Map.of("device_asked", "auto", "device", "cpu"));
        Path json = folder.resolve("results.json");
        List<String> rows = Files.readAllLines(json);
        assertTrue(
                rows.subList(1, rows.size() - 1).stream()
                        .allMatch(row -> row.matches(".*,\"device\":\"cpu\",\"device_asked\":\"auto\"},?")),
                rows::toString);
        assertEquals(sample(), Results.read(json));
    }

    @Test
    void theBytesAreTheSameInEveryLocale() throws IOException {
        sample().write(folder.resolve("root"), Map.of());
        Locale before = Locale.getDefault();
        try {
            for (String tag : List.of("de-DE", "tr-TR", "ar-EG")) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                sample().write(folder.resolve(tag), Map.of());
                for (String name : List.of("results.json", "metrics.csv")) {
                    assertEquals(
                            -1,
                            Files.mismatch(
                                    folder.resolve("root").resolve(name),
                                    folder.resolve(tag).resolve(name)));
                }
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void replacingAFileLeavesNothingElseBehind() throws IOException {
        sample().write(folder, Map.of());
        sample().write(folder, Map.of());
        try (var files = Files.list(folder)) {
            assertEquals(
                    List.of("metrics.csv", "results.json"),
                    files.map(f -> f.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void aFailedWriteKeepsTheOldFile() throws IOException {
        Path target = folder.resolve("results.json");
        Files.createDirectories(target.resolve("in-the-way"));
        assertThrows(IOException.class, () -> WholeFile.write(target, "text"));
        try (var files = Files.list(folder)) {
            assertEquals(List.of(target), files.toList());
        }
    }

    @Test
    void theMeanOfAnUndefinedValueIsUndefined() {
        Mean mean = sample().mean("ablation", "A", "redundancy").orElseThrow();
        assertEquals(new Mean("mnist", "ablation", "A", "redundancy", null, null, null, null, null, null), mean);
        assertFalse(sample().mean("ablation", "A", "nothing").isPresent());
        assertEquals(1, sample().count(Verdict.REPRODUCED));
        assertEquals(0, sample().count(Verdict.CLAIM_REFUTED));
    }

    @Test
    void valuesWithAndWithoutASeedDoNotMix() {
        List<Measurement> rows = List.of(row("A", null, "m", 1.0), row("A", 1, "m", 2.0));
        assertThrows(IllegalArgumentException.class, () -> Results.of(rows, List.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "[",
                "[1]",
                "[{}]",
                "[[]]",
                "<html>",
                "[] []",
                "[]x",
                "[{\"dataset\":\"d\"",
                "[{\"dataset\":\"d\",\"dataset\":\"d\",\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":1,\"metric\":\"m\",\"value\":1}]",
                "[{\"dataset\":\"d\",\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":1,\"metric\":\"m\"}]",
                "[{\"dataset\":\"d\",\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":1,\"metric\":\"m\",\"value\":\"1\"}]",
                "[{\"dataset\":\"d\",\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":1,\"metric\":\"m\",\"value\":true}]",
                "[{\"dataset\":\"d\",\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":1,\"metric\":\"m\",\"value\":[[[[]]]]}]",
                "[{\"dataset\":\"d\",\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":1,\"metric\":\"m\",\"value\":NaN}]",
                "[{\"dataset\":\"d\",\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":1,\"metric\":\"m\",\"value\":1e999}]",
                "[{\"dataset\":\"d\",\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":1.5,\"metric\":\"m\",\"value\":1}]",
                "[{\"dataset\":\"d\",\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":2147483648,\"metric\":\"m\",\"value\":1}]",
                "[{\"dataset\":null,\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":1,\"metric\":\"m\",\"value\":1}]",
                "[{\"dataset\":3,\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":1,\"metric\":\"m\",\"value\":1}]",
                "[{\"experiment\":\"e\",\"dataset\":\"d\",\"configuration\":\"c\",\"seed\":1,\"metric\":\"m\",\"value\":1}]",
                "[{\"dataset\":\"d\",\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":1,\"metric\":\"m\",\"value\":1,\"low\":1,\"high\":1}]",
                "[{\"dataset\":\"d\",\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":null,\"metric\":\"m\",\"value\":1,\"low\":1,\"high\":1,\"expected\":1,\"tolerance\":1,\"verdict\":\"fine\"}]",
                "[{\"dataset\":\"d\",\"experiment\":\"e\",\"configuration\":\"c\",\"seed\":null,\"metric\":\"m\",\"value\":1,\"low\":1,\"high\":1,\"expected\":null,\"tolerance\":1,\"verdict\":\"reproduced\"}]"
            })
    void anythingElseIsRefusedByName(String text) throws IOException {
        Path file = folder.resolve("results.json");
        Files.writeString(file, text);
        BadResultsException refused = assertThrows(BadResultsException.class, () -> Results.read(file));
        assertTrue(
                refused.getMessage().startsWith(file + ": line 1: ")
                        && refused.getMessage().endsWith("; run the study again to write the file anew")
                        && refused.getMessage().lines().count() == 1,
                refused.getMessage());
    }

    @Test
    void aFileThatIsNotThereIsNotBad() {
        assertThrows(NoSuchFileException.class, () -> Results.read(folder.resolve("nothing.json")));
    }
}
