package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The JDK of the tests as a user has it: its tools, and JVMs of their own for programs that use Softmin. */
final class Jdk {
    private Jdk() {}

    /** What a program printed: its lines on standard output, and its standard error as it is. */
    record Output(List<String> lines, String errors) {}

    /** Our modules of these names among the class path of the tests: jars in a full build, folders of classes otherwise. */
    static String modulePath(String... names) {
        List<String> wanted = List.of(names);
        List<String> found = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> module(entry).filter(wanted::contains).isPresent())
                .toList();
        assertEquals(wanted.size(), found.size(), () -> wanted + " on the class path: " + found);
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

    /** Runs a tool such as javac, which must succeed, and gives what it prints. */
    static String tool(String name, List<String> arguments) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        int status = ToolProvider.findFirst(name).orElseThrow().run(out, out, arguments.toArray(String[]::new));
        assertEquals(0, status, () -> name + " " + String.join(" ", arguments) + "\n" + text);
        return text.toString();
    }

    /** A program of this JDK. */
    static String program(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    static Output java(String... arguments) throws IOException, InterruptedException {
        return run(
                Stream.concat(Stream.of(program("java")), Stream.of(arguments)).toArray(String[]::new));
    }

    /** Runs a program, which must succeed. */
    static Output run(String... command) throws IOException, InterruptedException {
        return run(new ProcessBuilder(command));
    }

    /** Runs a program, which must succeed. */
    static Output run(ProcessBuilder command) throws IOException, InterruptedException {
        Path errors = Files.createTempFile("errors", ".txt");
        try {
            Process process = command.redirectError(errors.toFile()).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            String error = Files.readString(errors, StandardCharsets.UTF_8);
            assertEquals(0, status, String.join(" ", command.command()) + "\n" + output + error);
            return new Output(output.lines().collect(Collectors.toList()), error);
        } finally {
            Files.delete(errors);
        }
    }

    /** Size in bytes of all files in a folder. */
    static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> {
                        try {
                            return Files.size(file);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .sum();
        }
    }
}
