package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.studies.Softmin.Session;
import org.softmin.tensor.Backend;

/** What happens to a run, and to one beside it, when the process is stopped from outside. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(120)
class SignalTest {
    @TempDir
    private Path temp;

    /** The command line with the fake study, in a process of its own. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            System.exit(Softmin.execute(
                    session(List.of(arguments), new PrintWriter(System.out, true, System.out.charset()))));
        }
    }

    private static Session session(List<String> arguments, PrintWriter out) {
        return new Session(List.of(new Counting()), Backend.providers(), arguments, null, out, out);
    }

    private List<String> arguments(String failure) {
        return List.of(
                "run",
                "counting",
                "--data",
                "synthetic",
                "--device",
                "reference",
                "--out",
                temp.resolve("run").toString(),
                "--set",
                "failure=" + failure);
    }

    /** A process whose study has begun and does not end. */
    private Process hanging() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName()));
        command.addAll(arguments("hang"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        StringBuilder said = new StringBuilder();
        BufferedReader out = process.inputReader();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            said.append(line).append('\n');
            if (line.startsWith("run: ")) {
                return process;
            }
        }
        throw new AssertionError("the process did not begin its run:\n" + said);
    }

    @Test
    void aSignalFreesTheFolderAndLeavesNothingHalfWritten() throws Exception {
        Process process = hanging();
        StringWriter out = new StringWriter();
        assertEquals(5, Softmin.execute(session(arguments("none"), new PrintWriter(out))));
        assertTrue(out.toString().contains("is in use by process " + process.pid() + ";"), out::toString);
        process.destroy();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        assertEquals(143, process.exitValue());
        assertFalse(Files.exists(temp.resolve("run")));
        assertEquals(0, Softmin.execute(session(arguments("none"), new PrintWriter(out))), out::toString);
    }

    @Test
    void afterAKillTheFolderCanBeUsedAgain() throws Exception {
        Process process = hanging();
        process.destroyForcibly();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        assertTrue(Files.exists(temp.resolve("run").resolve(".lock")));
        StringWriter out = new StringWriter();
        assertEquals(0, Softmin.execute(session(arguments("none"), new PrintWriter(out))), out::toString);
        assertFalse(Files.exists(temp.resolve("run").resolve(".lock")));
    }
}
