package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** CONTRIBUTING.md names files that exist, and every place that a new op must be added to. */
class ContributingTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern PATH = Pattern.compile("`([\\w.-]+(?:/[\\w.-]+)+|[\\w-]+\\.(?:md|java|xml))`");
    private static final Pattern EXPORT = Pattern.compile("exports ([\\w.]+);"); // to all, not to one module
    private static final Pattern SWITCH_OVER_OPS = Pattern.compile("case[^:>]*\\bOp\\.MatMul\\b");

    @Test
    void everyFileItNamesExists() throws IOException {
        Set<String> named = paths(page());
        assertTrue(named.size() > 10, named::toString);
        Set<String> missing = named.stream()
                .filter(path -> !Files.exists(ROOT.resolve(path)))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), missing);
    }

    @Test
    void everyExhaustiveSwitchOverOpsIsListed() throws IOException {
        String page = page();
        String listed = page.substring(page.indexOf("<!-- switches -->"), page.indexOf("<!-- end -->"));
        Set<String> switches = new TreeSet<>();
        for (String module : List.of("tensor", "autograd", "nn", "tornado", "studies")) {
            try (Stream<Path> sources = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                for (Path source : sources.filter(Files::isRegularFile).toList()) {
                    if (SWITCH_OVER_OPS.matcher(Files.readString(source)).find()) {
                        switches.add(ROOT.relativize(source).toString().replace('\\', '/'));
                    }
                }
            }
        }
        assertEquals(switches, paths(listed));
    }

    @Test
    void whatIsPublicIsWhatTheModulesExport() throws IOException {
        String page = page();
        int from = page.indexOf("<!-- public -->");
        Set<String> listed = new TreeSet<>(List.of(page.substring(from, page.indexOf("<!-- end -->", from))
                .replaceAll("(?s)^<!-- public -->|`|\\s", "")
                .split(",", -1)));
        assertEquals(exportedPackages(), listed);
    }

    /** What the modules export to everybody. */
    static Set<String> exportedPackages() {
        Set<String> exported = new TreeSet<>();
        try {
            for (String module : List.of("tensor", "autograd", "nn", "tornado", "studies")) {
                Path source = ROOT.resolve(module).resolve("src/main/java/module-info.java");
                EXPORT.matcher(Files.readString(source)).results().forEach(export -> exported.add(export.group(1)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return exported;
    }

    private static String page() throws IOException {
        return Files.readString(ROOT.resolve("CONTRIBUTING.md"));
    }

    private static Set<String> paths(String text) {
        return PATH.matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
