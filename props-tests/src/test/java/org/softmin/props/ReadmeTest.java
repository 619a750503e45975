package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What README.md shows is what is tested: its examples run as they stand, and its table of ops is the current one. */
class ReadmeTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path EXAMPLES = Path.of("src", "test", "examples");

    @TempDir
    private Path dir;

    @ParameterizedTest
    @ValueSource(strings = {"Train.java", "Quantile.java"})
    void showsTheExampleThatIsTested(String name) throws IOException {
        assertEquals("```java\n" + Files.readString(EXAMPLES.resolve(name)) + "```", section(name));
    }

    @Test
    void theTrainingExampleLearns() throws Exception {
        double accuracy = number("accuracy (\\S+)\n", java("Train.java"));
        assertTrue(accuracy > 0.95, "accuracy " + accuracy); // 0.5 is chance
    }

    @Test
    void theObjectiveExampleFindsTheQuantile() throws Exception {
        Random random = new Random(1);
        List<String> lines = new ArrayList<>();
        List<double[]> points = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            double x = random.nextDouble(-1, 1);
            double y = 2 * x + 1 + random.nextGaussian();
            points.add(new double[] {x, y});
            lines.add(x + "," + y);
        }
        Path csv = dir.resolve("points.csv");
        Files.write(csv, lines);
        String output = java("Quantile.java", csv.toString());
        double slope = number("y = (\\S+) x", output);
        double start = number("x \\+ (\\S+)\n", output);
        double below = points.stream()
                .mapToInt(point -> point[1] < slope * point[0] + start ? 1 : 0)
                .average()
                .orElseThrow();
        // Standard error of a 0.9 share of 2,000 points is 0.007.
        assertEquals(0.9, below, 0.02, output);
        assertEquals(2, slope, 0.3, output);
    }

    @Test
    void everyExampleInJavaIsOneThatIsTested() throws IOException {
        String page = Files.readString(ROOT.resolve("README.md"));
        assertEquals(2, page.split("```java\n", -1).length - 1);
    }

    /** The command of the first line is run, what stands after a prompt typed in, and the rest expected. */
    @Test
    void theSessionInJShellRuns() throws Exception {
        List<String> session = section("jshell").lines().toList();
        String prompt = "jshell> ";
        List<String> command = new ArrayList<>();
        for (String word : session.get(1).split(" ", -1)) {
            command.add(
                    switch (word) {
                        case "jshell" -> Jdk.program("jshell");
                        case "'studies/target/run/lib/*'" -> classPath();
                        default -> word;
                    });
        }
        command.add("-J-Djava.util.prefs.userRoot=" + dir); // where JShell keeps its history
        List<String> typed = session.stream()
                .filter(line -> line.startsWith(prompt))
                .map(line -> line.substring(prompt.length()))
                .toList();
        assertEquals(2, typed.size(), session::toString);
        Path input = Files.write(dir.resolve("typed"), typed);
        List<String> printed = Jdk.run(
                        new ProcessBuilder(command).directory(ROOT.toFile()).redirectInput(input.toFile()))
                .lines();
        List<String> results =
                printed.stream().filter(line -> line.contains("==>")).toList();
        List<String> expected =
                session.stream().filter(line -> line.contains("==>")).toList();
        assertEquals(expected.size(), results.size(), printed::toString);
        for (int i = 0; i < expected.size(); i++) {
            // JShell puts its prompt before it, and on a busy machine what was typed.
            assertTrue(results.get(i).endsWith(expected.get(i)), printed::toString);
        }
    }

    /** The class path of this process without what is not there, at which JShell ends. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> Files.exists(Path.of(entry)))
                .collect(Collectors.joining(File.pathSeparator));
    }

    @Test
    void theTableOfOpsIsCurrent() throws IOException {
        assertEquals(OpCoverage.table(), section("ops"));
    }

    @Test
    void theTreeOfDependenciesIsCurrent() throws IOException {
        String tree = Files.readString(ROOT.resolve("nn").resolve("target").resolve("dependencies.txt")); // by Maven
        assertEquals("```\n" + tree.replace("\r", "") + "```", section("dependencies"));
    }

    /** The text between two markers, {@code <!-- name -->} and {@code <!-- end -->}. */
    private static String section(String name) throws IOException {
        String page = Files.readString(ROOT.resolve("README.md"));
        String begin = "<!-- " + name + " -->\n";
        int from = page.indexOf(begin);
        assertTrue(from >= 0, "README.md has no marker " + begin);
        from += begin.length();
        return page.substring(from, page.indexOf("\n<!-- end -->", from));
    }

    private static double number(String pattern, String output) {
        Matcher matcher = Pattern.compile(pattern).matcher(output);
        assertTrue(matcher.find(), output);
        return Double.parseDouble(matcher.group(1));
    }

    private String java(String example, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                EXAMPLES.resolve(example).toString()));
        command.addAll(List.of(arguments));
        Path errors = dir.resolve("errors.txt");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> output + "see " + errors);
        return output;
    }
}
