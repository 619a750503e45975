package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One small program of a user, run in each way a JVM can be started: on the module path, on the class path without the
 * vector module, and from a jlink image. All other tests run on the class path with the vector module.
 */
class ModulePathTest {
    private static final List<String> ENGINE =
            List.of("org.softmin.tensor", "org.softmin.autograd", "org.softmin.nn", "org.softmin.tornado");
    private static final Map<String, String> PROGRAM = Map.of("module-info.java", """
        module app {
            requires org.softmin.nn;
        }
        """, "app/Main.java", """
        package app;

        import java.util.Arrays;
        import org.softmin.autograd.Gradients;
        import org.softmin.tensor.Tensor;

        class Main {
            public static void main(String[] args) {
                Tensor energies = Tensor.of(1, 2, 3);
                Tensor gradient = Gradients.grad(energies.neg().logSumExp(0).neg(), energies);
                System.out.println(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
                System.out.println(Arrays.toString(gradient.toFloats()));
            }
        }
        """);

    @TempDir
    private static Path dir;

    private static String modules = "";
    private static Path app = Path.of("");

    @BeforeAll
    static void compileTheProgram() throws IOException {
        modules = softmin();
        app = dir.resolve("classes");
        List<String> command = new ArrayList<>(List.of("-p", modules, "-d", app.toString()));
        for (Map.Entry<String, String> file : PROGRAM.entrySet()) {
            Path source = dir.resolve("source").resolve(file.getKey());
            Files.createDirectories(source.getParent());
            Files.writeString(source, file.getValue());
            command.add(source.toString());
        }
        tool("javac", command);
    }

    @Test
    void onTheModulePathTheVectorModuleComesAlong() throws Exception {
        List<String> lines = java("-p", modules + File.pathSeparator + app, "-m", "app/app.Main");
        assertEquals("true", lines.get(0));
        assertSoftmax(lines.get(1));
    }

    @Test
    void onTheClassPathWithoutTheVectorModuleTheBitsAreTheSame() throws Exception {
        String path = modules + File.pathSeparator + app;
        List<String> scalar = java("-cp", path, "app.Main");
        List<String> vector = java("--add-modules", "jdk.incubator.vector", "-cp", path, "app.Main");
        assertEquals(List.of("false", "true"), List.of(scalar.get(0), vector.get(0)));
        assertEquals(vector.get(1), scalar.get(1));
        assertSoftmax(scalar.get(1));
    }

    @Test
    void aJlinkImageRunsIt() throws Exception {
        Path image = dir.resolve("image");
        String path = modules + File.pathSeparator + app;
        tool("jlink", List.of("-p", path, "--add-modules", "app", "--output", image.toString()));
        Path java = image.resolve("bin").resolve("java");
        List<String> lines = run(java.toString(), "-m", "app/app.Main");
        assertEquals("true", lines.get(0));
        assertSoftmax(lines.get(1));
        List<String> listed = run(java.toString(), "--list-modules");
        assertTrue(listed.stream().anyMatch(line -> line.startsWith("org.softmin.nn")), listed::toString);
        assertFalse(listed.stream().anyMatch(line -> line.startsWith("ejml")), listed::toString);
    }

    /** The gradient of −log Σ exp(−E) is softmax(−E). */
    private static void assertSoftmax(String line) {
        double[] actual = Stream.of(line.substring(1, line.length() - 1).split(", ", -1))
                .mapToDouble(Double::parseDouble)
                .toArray();
        double sum = Math.exp(-1) + Math.exp(-2) + Math.exp(-3);
        assertEquals(3, actual.length, line);
        for (int i = 0; i < 3; i++) {
            assertEquals(Math.exp(-1 - i) / sum, actual[i], 1e-6, line);
        }
    }

    /** Our engine modules among the class path of this test: jars in a full build, folders of classes otherwise. */
    private static String softmin() {
        List<String> found = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> module(entry).filter(ENGINE::contains).isPresent())
                .toList();
        assertEquals(ENGINE.size(), found.size(), () -> "modules on the class path: " + found);
        return String.join(File.pathSeparator, found);
    }

    private static Optional<String> module(String entry) {
        try {
            return ModuleFinder.of(Path.of(entry)).findAll().stream()
                    .map(ModuleReference::descriptor)
                    .map(descriptor -> descriptor.name())
                    .findFirst();
        } catch (FindException notAModule) {
            return Optional.empty();
        }
    }

    private static void tool(String name, List<String> arguments) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        int status = java.util.spi.ToolProvider.findFirst(name)
                .orElseThrow()
                .run(out, out, arguments.toArray(String[]::new));
        assertEquals(0, status, () -> name + " " + String.join(" ", arguments) + "\n" + text);
    }

    private static List<String> java(String... arguments) throws IOException, InterruptedException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return run(Stream.concat(Stream.of(java), Stream.of(arguments)).toArray(String[]::new));
    }

    private static List<String> run(String... command) throws IOException, InterruptedException {
        Path errors = Files.createTempFile(dir, "errors", ".txt");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(
                0,
                process.waitFor(),
                String.join(" ", command) + "\n" + output + Files.readString(errors, StandardCharsets.UTF_8));
        return output.lines().collect(Collectors.toList());
    }
}
