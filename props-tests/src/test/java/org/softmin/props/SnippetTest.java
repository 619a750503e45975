package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every snippet in the Javadoc runs as it stands in JShell, and gives what a comment {@code // ==> value} says. */
class SnippetTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String BEGIN = "{@snippet :";
    private static final Pattern RESULT = Pattern.compile("// ==> (.*)");

    private record Example(String name, String code) {}

    @TestFactory
    Stream<DynamicTest> everySnippetRuns() {
        List<Example> examples = examples();
        assertTrue(examples.size() >= 4, examples::toString);
        return examples.stream().map(example -> DynamicTest.dynamicTest(example.name(), () -> run(example)));
    }

    /** An example in another form would not be found here, and not be run. */
    @Test
    void publicJavadocHasNoExampleInAnotherForm() {
        List<String> others = new ArrayList<>();
        for (Path source : sources()) {
            String text = read(source);
            boolean hidden = source.toString().replace('\\', '/').contains("/tensor/cpu/");
            if (!hidden && (text.contains("<pre>") || text.replace(BEGIN, "").contains("{@snippet"))) {
                others.add(source.toString());
            }
        }
        assertEquals(List.of(), others);
    }

    private static void run(Example example) {
        try (JShell shell = JShell.builder().executionEngine("local").build()) {
            shell.addToClasspath(System.getProperty("java.class.path"));
            // What the start script imports, and what JShell does by itself.
            String script = read(ROOT.resolve("studies").resolve("bin").resolve("softmin.jsh"));
            for (String line : ("import java.util.*;\n" + script).lines().toList()) {
                if (line.startsWith("import")) {
                    eval(shell, line);
                }
            }
            int from = 0;
            Matcher result = RESULT.matcher(example.code());
            while (result.find()) {
                String part = example.code().substring(from, result.start());
                assertEquals(result.group(1), evalAll(shell, part), part);
                from = result.end();
            }
            evalAll(shell, example.code().substring(from));
        }
    }

    /** Runs all statements and gives the value of the last. */
    private static String evalAll(JShell shell, String code) {
        String value = "";
        String rest = code;
        while (!rest.isBlank()) {
            CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
            assertTrue(next.completeness().isComplete(), "incomplete: " + rest);
            value = eval(shell, next.source()).value();
            rest = next.remaining();
        }
        return value;
    }

    private static SnippetEvent eval(JShell shell, String code) {
        List<SnippetEvent> events = shell.eval(code);
        assertTrue(!events.isEmpty(), code);
        for (SnippetEvent event : events) {
            String problems = String.join(
                    "\n",
                    shell.diagnostics(event.snippet())
                            .map(diagnostic -> diagnostic.getMessage(null))
                            .toList());
            assertEquals(Snippet.Status.VALID, event.status(), () -> code + "\n" + problems);
            if (event.exception() != null) {
                throw new AssertionError(code, event.exception());
            }
        }
        return events.getFirst();
    }

    private static List<Example> examples() {
        List<Example> found = new ArrayList<>();
        for (Path source : sources()) {
            String text = read(source);
            for (int at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
                String body = text.substring(at + BEGIN.length(), end(text, at));
                found.add(new Example(ROOT.relativize(source).toString(), body.replaceAll("(?m)^ *\\* ?", "") + "\n"));
            }
        }
        return found;
    }

    /** Where the brace that opens at {@code from} closes. */
    private static int end(String text, int from) {
        int depth = 0;
        for (int i = from; i < text.length(); i++) {
            depth += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw new AssertionError("no closing brace after " + text.substring(from));
    }

    private static List<Path> sources() {
        List<Path> sources = new ArrayList<>();
        for (String module : List.of("tensor", "autograd", "nn", "tornado", "studies")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(sources::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return sources;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
