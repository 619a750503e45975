import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.JavaFormatterOptions.Style;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checks ({@code check}) or rewrites ({@code fix}) the layout of the Java sources of this repository.
 *
 * <p>Maven starts it in the selected JDK, because the formatter works with the compiler's own classes and Maven may be
 * running on an older Java.
 */
final class Format {
    private static final Formatter FORMATTER = Formatter.createFormatter(
            JavaFormatterOptions.builder().style(Style.PALANTIR).build());

    // Not src/test/examples: the formatter cannot read a file without a class.
    private static final String SOURCE_FOLDER = ".*[/\\\\]src[/\\\\][\\w-]+[/\\\\]java[/\\\\].*";

    private Format() {}

    static void main(String[] args) throws IOException {
        boolean fix = switch (args[0]) {
            case "fix" -> true;
            case "check" -> false;
            default -> throw new IllegalArgumentException("format: " + args[0] + "; use check or fix");
        };
        List<Path> wrong = sources(Path.of("")).parallelStream()
                .filter(source -> differs(source, fix))
                .toList();
        wrong.forEach(source -> System.out.println((fix ? "formatted " : "not formatted: ") + source));
        if (!fix && !wrong.isEmpty()) {
            System.out.println("Run this, and commit: mvn -N verify -Dformat=fix");
            System.exit(1);
        }
    }

    private static List<Path> sources(Path root) throws IOException {
        try (Stream<Path> paths = Files.find(
                root,
                20,
                (path, attributes) ->
                        attributes.isRegularFile() && path.toString().endsWith(".java"))) {
            return paths.filter(
                            path -> path.startsWith(".mvn") || path.toString().matches(SOURCE_FOLDER))
                    .sorted()
                    .toList();
        }
    }

    private static boolean differs(Path source, boolean fix) {
        try {
            String before = Files.readString(source);
            String after = FORMATTER.formatSourceAndFixImports(before);
            if (after.equals(before)) {
                return false;
            }
            if (fix) {
                Files.writeString(source, after);
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (FormatterException e) {
            throw new IllegalStateException("format: " + source + ": " + e.getMessage(), e);
        }
    }
}
