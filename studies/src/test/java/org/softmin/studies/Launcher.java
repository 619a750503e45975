package org.softmin.studies;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * {@code studies/bin/softmin} itself, in a checkout that holds what this build has compiled, so that it starts at once and
 * does not build again.
 */
final class Launcher {
    private static final List<String> MODULES = List.of("tensor", "autograd", "nn", "tornado", "studies");
    private static final long PATIENCE_SECONDS = 100;

    private final Path home;

    private Launcher(Path home) {
        this.home = home;
    }

    record Outcome(int code, String out, String err) {
        /** The line that says what went wrong, without "softmin: ". */
        String error() {
            return err.strip().replaceFirst("^softmin: ", "");
        }
    }

    static Launcher in(Path home) throws IOException {
        Path run = home.resolve("studies/target/run");
        Files.createDirectories(run.resolve("lib"));
        Files.createDirectories(home.resolve("studies/bin"));
        Files.copy(Path.of("bin", "softmin"), home.resolve("studies/bin/softmin"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createFile(home.resolve("pom.xml"));
        for (String module : MODULES) {
            Files.createDirectories(home.resolve(module).resolve("src/main"));
            Files.createFile(home.resolve(module).resolve("pom.xml"));
        }
        Files.createDirectories(home.resolve("tornado/src/device"));
        int number = 0;
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(element);
            Path jar = run.resolve("lib").resolve(number++ + ".jar");
            if (Files.isRegularFile(path)) {
                Files.createSymbolicLink(jar, path.toAbsolutePath());
            } else if (path.endsWith(Path.of("target", "classes"))) {
                pack(path, jar);
            }
        }
        Files.createFile(run.resolve("built"));
        return new Launcher(home);
    }

    private static void pack(Path classes, Path jar) throws IOException {
        try (Stream<Path> files = Files.walk(classes);
                OutputStream out = Files.newOutputStream(jar);
                JarOutputStream packed = new JarOutputStream(out)) {
            packed.setLevel(0);
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                packed.putNextEntry(
                        new JarEntry(classes.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, packed);
            }
        }
    }

    /** Adds a class of the tests as a service. */
    void add(Class<?> service, Class<?> implementation) throws IOException {
        Path jar = home.resolve("studies/target/run/lib").resolve(implementation.getSimpleName() + ".jar");
        String name = implementation.getName().replace('.', '/');
        try (JarOutputStream packed = new JarOutputStream(Files.newOutputStream(jar))) {
            packed.putNextEntry(new JarEntry("META-INF/services/" + service.getName()));
            packed.write(implementation.getName().getBytes(StandardCharsets.UTF_8));
            for (String suffix : List.of("", "$1")) {
                String file = name + suffix + ".class";
                packed.putNextEntry(new JarEntry(file));
                try (InputStream in =
                        Objects.requireNonNull(implementation.getClassLoader().getResourceAsStream(file))) {
                    in.transferTo(packed);
                }
            }
        }
    }

    /** As if this build had been made with TornadoVM. */
    void builtWithTornado() throws IOException {
        Files.createFile(home.resolve("studies/target/run/with-tornado"));
    }

    Path script() {
        return home.resolve("studies/bin/softmin");
    }

    /** Starts it; what it prints goes to the files {@code out} and {@code err} of its home. */
    Process start(Map<String, String> environment, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(script().toString()));
        command.addAll(arguments);
        return start(environment, "", command);
    }

    private Process start(Map<String, String> environment, String suffix, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(home.resolve("out" + suffix).toFile())
                .redirectError(home.resolve("err" + suffix).toFile());
        builder.directory(home.toFile());
        builder.environment().keySet().removeAll(List.of("SOFTMIN_DATA", "SOFTMIN_DEVICE_MEMORY", "TORNADOVM_HOME"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** What a process that was started has printed on standard error so far. */
    String err() throws IOException {
        return Files.readString(home.resolve("err"));
    }

    Outcome run(Map<String, String> environment, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(script().toString()));
        command.addAll(arguments);
        return shell(environment, command);
    }

    /** Runs any command to its end. */
    Outcome shell(Map<String, String> environment, List<String> command) throws IOException, InterruptedException {
        Process process = start(environment, "-2", command);
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(command + " did not end");
        }
        return new Outcome(
                process.exitValue(),
                Files.readString(home.resolve("out-2")),
                Files.readString(home.resolve("err-2"))
                        .replaceAll("(WARNING: Using incubator modules|NOTE: Picked up JDK_JAVA_OPTIONS).*\n", ""));
    }
}
