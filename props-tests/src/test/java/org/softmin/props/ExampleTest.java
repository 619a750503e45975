package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The worked example, a Maven project of its own in {@code props-tests/example}: it compiles against the modules that a
 * user gets, learns, and does so from a jlink image, too. Maven builds the same sources from the installed artifacts.
 */
class ExampleTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path SOURCES = Path.of("example", "src", "main", "java");
    private static final Pattern DEPENDENCY = Pattern.compile(
            "<groupId>(org\\.softmin)</groupId>\\s*<artifactId>([\\w-]+)</artifactId>\\s*<version>([\\w.-]+)</version>");

    @TempDir
    private static Path dir;

    private static String path = "";

    @BeforeAll
    static void compile() throws IOException {
        String engine = Jdk.modulePath("org.softmin.tensor", "org.softmin.autograd", "org.softmin.nn");
        Path classes = dir.resolve("classes");
        List<String> command =
                new ArrayList<>(List.of("-Xlint:all,-incubating", "-p", engine, "-d", classes.toString()));
        try (Stream<Path> files = Files.walk(SOURCES)) {
            files.filter(Files::isRegularFile).map(Path::toString).forEach(command::add);
        }
        Jdk.tool("javac", command);
        path = engine + File.pathSeparator + classes;
    }

    @Test
    void learnsWhichKindsThereAre() throws Exception {
        assertLearned(Jdk.java("-p", path, "-m", "example/example.Main").lines());
    }

    @Test
    void trainsInAJlinkImageOfTheEngineAlone() throws Exception {
        Path image = dir.resolve("image");
        Jdk.tool(
                "jlink",
                List.of("-p", path, "--add-modules", "example", "--strip-debug", "--output", image.toString()));
        String java = image.resolve("bin").resolve("java").toString();
        List<String> modules = Jdk.run(java, "--list-modules").lines().stream()
                .map(line -> line.replaceFirst("@.*", ""))
                .toList();
        assertTrue(modules.containsAll(List.of("org.softmin.nn", "jdk.incubator.vector")), modules::toString);
        assertFalse(modules.stream().anyMatch(name -> name.startsWith("ejml")), modules::toString);
        assertLearned(Jdk.run(java, "-m", "example/example.Main").lines());
        System.out.printf(
                Locale.ROOT,
                "jlink image of the example: %.0f MB, %d modules: %s%n",
                Jdk.size(image) / 1e6,
                modules.size(),
                String.join(" ", modules));
    }

    @Test
    void knowsThePublishedCoordinatesOnly() throws IOException {
        String version = Pattern.compile("<artifactId>softmin</artifactId>\\s*<version>([^<]+)<")
                .matcher(Files.readString(ROOT.resolve("pom.xml")))
                .results()
                .map((MatchResult result) -> result.group(1))
                .findFirst()
                .orElseThrow();
        String pom = Files.readString(Path.of("example", "pom.xml"));
        assertEquals(List.of("org.softmin:softmin-nn:" + version), dependencies(pom));
        assertFalse(pom.contains("<parent>"), "a user's project has its own parent");
        assertEquals(dependencies(pom), dependencies(Files.readString(ROOT.resolve("README.md"))));
    }

    private static List<String> dependencies(String text) {
        return DEPENDENCY
                .matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1) + ":" + result.group(2) + ":" + result.group(3))
                .toList();
    }

    /** The readings lie around four centres with deviation 1; each learned one must be near one of them. */
    private static void assertLearned(List<String> lines) {
        assertEquals(5, lines.size(), lines::toString);
        double[][] centres = {{0, 0, 0}, {4, 0, 1}, {0, 4, -1}, {4, 4, 0}};
        for (double[] centre : centres) {
            // 1,000 readings each: a standard error of 0.03, and as much again by the steps of the optimiser.
            long near = lines.subList(0, 4).stream()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip().split("\\s+", -1))
                    .filter(learned -> Math.abs(Double.parseDouble(learned[0]) - centre[0]) < 0.3
                            && Math.abs(Double.parseDouble(learned[1]) - centre[1]) < 0.3
                            && Math.abs(Double.parseDouble(learned[2]) - centre[2]) < 0.3)
                    .count();
            assertEquals(1, near, lines::toString);
        }
        int sure = Integer.parseInt(lines.getLast().split(" ", 2)[0]);
        assertTrue(sure > 800 && sure <= 1000, lines::getLast);
    }
}
