package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The launcher for Windows, which cannot run where the build does, starts Java as the shell's does. */
class WindowsLauncherTest {
    private static final Path SHELL = Path.of("bin", "softmin");
    private static final Path WINDOWS = Path.of("bin", "softmin.cmd");

    @Test
    void bothStartJavaInTheSameWay() throws IOException {
        String shell = Files.readString(SHELL);
        String command = find("then\\n\\s+exec (\"\\$jdk/bin/java\".*?\"\\$@\")", shell)
                .replaceAll("\\\\\\n\\s*", "")
                .replace("${tornado:+\"@$tornado\"} $options ${limit:+\"-Dtornado.device.memory=$limit\"}", "%OPTIONS%")
                .replace("\"$jdk/bin/java\"", "\"%JAVA%\"")
                .replace("$commit", "%COMMIT%")
                .replace("$target/*:$target/lib/*", "%RUN%\\*;%RUN%\\lib\\*")
                .replace("\"$@\"", "%*");
        List<String> starts = Files.readString(WINDOWS)
                .lines()
                .filter(line -> line.endsWith("%*"))
                .toList();
        assertEquals(List.of(command), starts);
    }

    @Test
    void bothStartTornadoWithTheSameOptions() throws IOException {
        String shell = Files.readString(SHELL);
        String windows = Files.readString(WINDOWS);
        String plain = find("\noptions='([^']*)'", shell);
        String more = Pattern.compile("\n    options=\"\\$options( [^\"]*)\"")
                .matcher(shell)
                .results()
                .map(line -> line.group(1))
                .collect(Collectors.joining());
        String device = find("\n    options='([^']*)'", shell) + more;
        assertEquals(
                List.of(
                        "\"OPTIONS=" + plain + "\"",
                        "\"OPTIONS=\"@%TORNADOVM_HOME%\\tornado-argfile\" " + device + "\"",
                        "\"OPTIONS=%OPTIONS% \"-Dtornado.device.memory=%SOFTMIN_DEVICE_MEMORY%\"\""),
                windows.lines()
                        .filter(line -> line.contains("set \"OPTIONS="))
                        .map(line -> line.replaceFirst(".*set ", ""))
                        .toList());
        assertTrue(windows.indexOf("goto start") > windows.indexOf(plain), "the first is for all command lines");
    }

    @Test
    void bothBuildTheSameAndFailWithTheSameWords() throws IOException {
        String shell = Files.readString(SHELL);
        String windows = Files.readString(WINDOWS);
        for (String same : List.of(
                "no JDK 25.0.3 or newer found: install Temurin 25 from https://adoptium.net or set JAVA_HOME, and run"
                        + " again",
                "the build failed; the lines above say why",
                "-pl studies -am",
                "describe --always --dirty --abbrev=12")) {
            assertTrue(shell.contains(same) && windows.contains(same), same);
        }
        assertTrue(shell.contains("profiles=run\n") && windows.contains("-Prun package"), "the profile");
        assertTrue(
                windows.contains("%RUN%\\with-tornado") && shell.contains("$target/with-tornado"), "the device half");
        assertTrue(windows.contains("exit /b 5") && shell.contains("fail 5 \"no JDK"), "exit code without a JDK");
    }

    /** The command interpreter loses its place in files with line feeds alone. */
    @Test
    void linesEndAsWindowsWantsThem() throws IOException {
        String windows = Files.readString(WINDOWS);
        assertEquals(windows.lines().count(), windows.split("\r\n", -1).length - 1);
        assertTrue(windows.startsWith("@echo off\r\n"));
    }

    private static String find(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
        assertTrue(matcher.find(), () -> pattern + " in " + text);
        return matcher.group(1);
    }
}
