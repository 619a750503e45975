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
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One small program of a user, run in each way a JVM can be started: on the module path, and on the class path with and
 * without the vector module. All other tests run on the class path with it; {@link ExampleTest} has a jlink image.
 */
class ModulePathTest {
    private static final String[] ENGINE = {
        "org.softmin.tensor", "org.softmin.autograd", "org.softmin.nn", "org.softmin.tornado"
    };
    private static final Map<String, String> PROGRAM = Map.of("module-info.java", """
        module app {
            requires org.softmin.nn;
        }
        """, "app/Main.java", """
        package app;

        import java.util.Arrays;
        import org.softmin.autograd.Gradients;
        import org.softmin.tensor.Backend;
        import org.softmin.tensor.Tensor;

        class Main {
            public static void main(String[] args) {
                Tensor energies = Tensor.of(1, 2, 3);
                Tensor gradient = Gradients.grad(energies.neg().logSumExp(0).neg(), energies);
                System.out.println(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
                System.out.println(Arrays.toString(gradient.toFloats()));
                Backend.named("cpu", Backend.Options.DEFAULT.withThreads(1)); // another one
            }
        }
        """);

    @TempDir
    private static Path dir;

    private static String modules = "";
    private static Path app = Path.of("");

    @BeforeAll
    static void compileTheProgram() throws IOException {
        modules = Jdk.modulePath(ENGINE);
        app = dir.resolve("classes");
        List<String> command = new ArrayList<>(List.of("-p", modules, "-d", app.toString()));
        for (Map.Entry<String, String> file : PROGRAM.entrySet()) {
            Path source = dir.resolve("source").resolve(file.getKey());
            Files.createDirectories(source.getParent());
            Files.writeString(source, file.getValue());
            command.add(source.toString());
        }
        Jdk.tool("javac", command);
    }

    @Test
    void onTheModulePathTheVectorModuleComesAlong() throws Exception {
        Jdk.Output output = Jdk.java("-p", modules + File.pathSeparator + app, "-m", "app/app.Main");
        assertEquals("true", output.lines().get(0));
        assertSoftmax(output.lines().get(1));
    }

    @Test
    void onTheClassPathWithoutTheVectorModuleTheBitsAreTheSame() throws Exception {
        String path = modules + File.pathSeparator + app;
        Jdk.Output scalar = Jdk.java("-cp", path, "app.Main");
        Jdk.Output vector = Jdk.java("--add-modules", "jdk.incubator.vector", "-cp", path, "app.Main");
        assertEquals(
                List.of("false", "true"),
                List.of(scalar.lines().get(0), vector.lines().get(0)));
        assertEquals(vector.lines().get(1), scalar.lines().get(1));
        assertSoftmax(scalar.lines().get(1));
        // Once a process, even if it ends at once, and with what to do about it.
        List<String> warnings = scalar.errors()
                .lines()
                .filter(line -> line.contains("scalar fallback"))
                .toList();
        assertEquals(1, warnings.size(), scalar.errors());
        assertTrue(
                warnings.getFirst().matches("WARNING: .*start Java with --add-modules jdk.incubator.vector.*"),
                scalar.errors());
        assertFalse(vector.errors().contains("scalar fallback"), vector.errors());
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
}
