package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.studies.Softmin.Session;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.tensor.Backend;

final class ReportCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path temp;

    private int softmin(String... arguments) {
        return Softmin.execute(new Session(
                List.of(new Counting()),
                Backend.providers(),
                List.of(arguments),
                null,
                new PrintWriter(out, true),
                new PrintWriter(err, true)));
    }

    private static Measurement measurement(String metric, @Nullable Integer seed, @Nullable Double value) {
        return new Measurement("digits", "up", "A", seed, metric, value);
    }

    private void write(String folder, double probe, double loss) throws IOException {
        List<Measurement> rows = IntStream.range(0, 3)
                .boxed()
                .flatMap(seed ->
                        List.of(
                                measurement("probe", seed, probe + seed * 0.001),
                                measurement("loss", seed, loss + seed))
                                .stream())
                .toList();
        Files.createDirectories(temp.resolve(folder));
        Results.of(rows, List.of()).write(temp.resolve(folder), Map.of());
    }

    @BeforeEach
    void runs() throws IOException {
        write("one", 0.5, 10);
        write("two", 0.6, 11);
    }

    private String folder(String name) {
        return temp.resolve(name).toString();
    }

    @Test
    void numbersStandSideBySideAndWhatDiffersIsMarked() {
        assertEquals(0, softmin("report", folder("one"), folder("two")), err::toString);
        List<String> lines = out.toString().lines().map(String::strip).toList();
        assertEquals("run 1: " + folder("one"), lines.get(0));
        assertEquals("run 2: " + folder("two"), lines.get(1));
        assertTrue(lines.get(2).matches("experiment +configuration +metric +run 1 +run 2"), lines.get(2));
        assertTrue(lines.get(3).matches("\\* +up +A +probe +0\\.501 \\[.*] +0\\.601 \\[.*]"), lines.get(3));
        assertTrue(lines.get(4).matches("up +A +loss +11 \\[.*] +12 \\[.*]"), lines.get(4));
        assertEquals(5, lines.size());
    }

    @Test
    void rowsCanBeChosen() {
        assertEquals(0, softmin("report", folder("one"), folder("two"), "--metric", "loss", "--different"));
        assertTrue(out.toString().endsWith("nothing to show" + System.lineSeparator()), out.toString());
    }

    @Test
    void aNumberThatARunLacksIsADash() throws IOException {
        Files.createDirectories(temp.resolve("three"));
        Results.of(List.of(measurement("probe", 0, null)), List.of()).write(temp.resolve("three"), Map.of());
        assertEquals(0, softmin("report", folder("three"), folder("one")));
        List<String> lines = out.toString().lines().map(String::strip).toList();
        assertTrue(lines.get(3).matches("up +A +probe +undefined +0\\.501 .*"), lines.get(3));
        assertTrue(lines.get(4).matches("up +A +loss +– +11 .*"), lines.get(4));
    }

    @Test
    void whatIsNoRunIsRefused() throws IOException {
        assertEquals(3, softmin("report", folder("one"), folder("nowhere")));
        assertEquals(
                "softmin: " + folder("nowhere") + ": there is no results.json; give the folder of a finished run",
                err.toString().strip());
        err.getBuffer().setLength(0);
        Files.writeString(temp.resolve("two").resolve("results.json"), "{}");
        assertEquals(3, softmin("report", folder("two")));
        assertTrue(err.toString().contains("results.json: line 1: "), err.toString());
        err.getBuffer().setLength(0);
        assertEquals(2, softmin("report", folder("one"), "--metric", "lss"));
        assertTrue(err.toString().contains("loss"), err.toString());
        err.getBuffer().setLength(0);
        assertEquals(2, softmin("report"));
        assertEquals(1, err.toString().lines().count(), err.toString());
    }
}
