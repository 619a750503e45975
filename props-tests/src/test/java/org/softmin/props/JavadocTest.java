package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Javadoc tool finds nothing to complain about, and a comment on everything public. */
class JavadocTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final List<String> MODULES = List.of("tensor", "autograd", "nn", "tornado", "studies");

    /** What Java says of every module that reads the vector module, and nothing can switch off. */
    private static final String INCUBATING = "warning: [incubating] using incubating module(s): jdk.incubator.vector";

    @TempDir
    private Path dir;

    @Test
    void thereAreNoWarnings() {
        String libraries = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.endsWith(".jar")
                        && !Path.of(entry).getFileName().toString().startsWith("softmin-"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                "-quiet",
                "-d",
                dir.toString(),
                "-Xdoclint:all",
                "-Xmaxwarns",
                "100000",
                "-p",
                libraries,
                "--module",
                MODULES.stream().map(name -> "org.softmin." + name).collect(Collectors.joining(","))));
        for (String name : MODULES) {
            command.add("--module-source-path");
            command.add("org.softmin." + name + "="
                    + ROOT.resolve(name).resolve("src").resolve("main").resolve("java"));
        }
        String output = Jdk.tool("javadoc", command);
        assertTrue(Files.exists(dir.resolve("org.softmin.nn").resolve("org/softmin/nn/TrainStep.html")), output);
        // A first sentence says what is returned and what each parameter is; tags only repeat that.
        String warnings = output.lines()
                .filter(line -> line.contains("warning:"))
                .filter(line -> !line.equals(INCUBATING) && !line.matches(".*warning: no @(param|return|throws).*"))
                .collect(Collectors.joining("\n"));
        assertEquals("", warnings);
    }
}
