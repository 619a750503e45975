package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
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
