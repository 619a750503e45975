package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.softmin.studies.Launcher.Outcome;

/** How {@code studies/bin/softmin} ends when something is wrong: one line, the right code, nothing written or lost. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(200)
class LauncherTest {
    private static final List<String> SMALL = List.of(
            "run",
            "decoder-free-sae",
            "--data",
            "synthetic",
            "--experiment",
            "ablation",
            "--set",
            "train-images=200",
            "--set",
            "test-images=100",
            "--set",
            "ablation-seeds=1");

    @TempDir
    private static Path temp;

    private static Launcher launcher;

    @TempDir
    private Path folder;

    @BeforeAll
    static void launcher() throws IOException {
        launcher = Launcher.in(temp.resolve("a chécked out").resolve("softmin")); // a space, and a letter beyond ASCII
    }

    private List<String> small(Path out, String... more) {
        List<String> arguments = new ArrayList<>(SMALL);
        arguments.addAll(List.of("--out", out.toString()));
        arguments.addAll(Arrays.asList(more));
        return arguments;
    }

    private static void assertOneLine(int code, String error, Outcome outcome) {
        assertEquals(code, outcome.code(), outcome::toString);
        assertTrue(outcome.error().contains(error), outcome::toString);
        assertEquals(1, outcome.err().lines().count(), outcome::toString);
        assertTrue(outcome.err().startsWith("softmin: "), outcome::toString);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--sead 1 | unknown option \"--sead\"; did you mean --seed?",
                "--set rat=1 | unknown setting \"rat\"; did you mean rate?",
                "--set epochs=many | epochs: \"many\" is not allowed; use a whole number",
                "--set rate=NaN | rate: \"NaN\" is not allowed; use a finite number above 0",
                "--set rate=Infinity | rate: \"Infinity\" is not allowed; use a finite number above 0",
                "--set rate=0 | rate: \"0\" is not allowed; use a finite number above 0",
                "--set rate=-1 | rate: \"-1\" is not allowed; use a finite number above 0",
                "--set batch=0 | batch: \"0\" is not allowed; use a whole number from 2 to 60000",
                "--set batch=201 | batch: A seed 1 needs batches of 201 and has 200 images; use a smaller batch",
                "--set batch=199 | 200 rows in batches of 199 leave a last batch of 1, but 2 are needed; use another",
                "--set lambda-var=-1 | lambda-var: \"-1\" is not allowed; use a finite number, 0 or more",
                "--resume --force | --force begins a run again and --resume goes on with it; give one of them",
            })
    void wrongUseEndsWithTwo(String arguments, String error) throws Exception {
        Path out = folder.resolve("run");
        Outcome outcome = launcher.run(Map.of(), small(out, ("--quiet " + arguments).split(" ", -1)));
        assertOneLine(2, error, outcome);
        assertFalse(Files.exists(out.resolve("report.html")));
    }

    @Test
    void badDataEndsWithThree() throws Exception {
        Path data = Files.createDirectories(folder.resolve("mnist"));
        Files.writeString(data.resolve("train-images-idx3-ubyte"), "not images");
        Path out = folder.resolve("run");
        assertOneLine(
                3,
                "train-images-idx3-ubyte",
                launcher.run(
                        Map.of(),
                        small(out, "--quiet").stream()
                                .map(word -> word.equals("synthetic") ? data.toString() : word)
                                .toList()));
        assertFalse(Files.exists(out));
    }

    @Test
    void whatTheMachineLacksEndsWithFive() throws Exception {
        assertOneLine(
                5,
                "device tornado is not available: TornadoVM",
                launcher.run(Map.of(), small(folder.resolve("run"), "--device", "tornado")));
        Path file = Files.writeString(folder.resolve("file"), "mine");
        assertOneLine(5, file.toString(), launcher.run(Map.of(), small(file.resolve("run"), "--quiet")));
        assertEquals("mine", Files.readString(file));
        // Where sed finds no version in the release file of any JDK, none is new enough.
        Path sed =
                Files.writeString(Files.createDirectories(folder.resolve("bin")).resolve("sed"), "#!/bin/sh\n");
        assertTrue(sed.toFile().setExecutable(true));
        assertOneLine(
                5,
                "no JDK 25.0.3 or newer found: install Temurin 25",
                launcher.run(Map.of("PATH", sed.getParent() + ":" + System.getenv("PATH")), List.of("list")));
    }

    @Test
    void aFolderInUseEndsWithTwo() throws Exception {
        Path mine = Files.writeString(folder.resolve("mine.txt"), "mine");
        assertOneLine(2, folder + " is not empty; add --resume", launcher.run(Map.of(), small(folder, "--quiet")));
        assertEquals("mine", Files.readString(mine));
    }

    @Test
    void anotherJdkFirstALocaleNoColourAndAReaderThatGoesAreNoErrors() throws Exception {
        Path old = Files.createDirectories(folder.resolve("jdk-17/bin"));
        Files.writeString(folder.resolve("jdk-17/release"), "JAVA_VERSION=\"17.0.1\"\n");
        for (String tool : List.of("java", "javac")) {
            assertTrue(Files.writeString(old.resolve(tool), "#!/bin/sh\nexit 9\n")
                    .toFile()
                    .setExecutable(true));
        }
        Path out = folder.resolve("läuft mit Umlaut");
        Map<String, String> environment = new TreeMap<>(Map.of(
                "JAVA_HOME", old.getParent().toString(),
                "JDK_JAVA_OPTIONS", "-Duser.language=tr -Duser.country=TR",
                "NO_COLOR", "1",
                "LC_ALL", "C"));
        Outcome outcome = launcher.run(environment, small(out, "--set", "epochs=0", "--set", "rate=1e-2"));
        assertEquals(0, outcome.code(), outcome::toString);
        assertFalse((outcome.out() + outcome.err()).contains("\u001b"), outcome::toString);
        assertTrue(Files.readString(out.resolve("results.json")).contains("\"metric\":\"dead\""));
        // head reads one line and goes
        Path code = folder.resolve("code");
        Outcome piped = launcher.shell(
                Map.of(),
                List.of(
                        "sh",
                        "-c",
                        "{ \"$0\" list; echo $? >\"$1\"; } | head -n 1",
                        launcher.script().toString(),
                        code.toString()));
        assertEquals("0", Files.readString(code).strip(), piped::toString);
        assertEquals(1, piped.out().lines().count(), piped::toString);
        assertEquals("", piped.err());
    }

    private static String contents(Path folder) throws IOException {
        StringBuilder contents = new StringBuilder();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                if (file.toString().matches(".*checkpoint-\\d+\\.(json|safetensors)")) {
                    contents.append(file)
                            .append(Arrays.hashCode(Files.readAllBytes(file)))
                            .append('\n');
                }
            }
        }
        return contents.toString();
    }

    /** Starts a run that takes hours, and waits until it has done an epoch. */
    private Process begin(Path out) throws Exception {
        Process process = launcher.start(Map.of(), small(out, "--resume", "--jobs", "1", "--set", "epochs=99999"));
        while (!launcher.err().contains("A seed 1: epoch ")) {
            assertTrue(process.isAlive(), launcher.err());
            Thread.sleep(20);
        }
        return process;
    }

    private static int signal(Process process, String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return process.exitValue();
    }

    /** Whether this process ignores Ctrl-C, as jobs in the background of a shell do, and with it those that it starts. */
    private static boolean ignoresInterrupts() throws IOException {
        Path status = Path.of("/proc/self/status");
        return Files.exists(status)
                && Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .anyMatch(line ->
                                (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }

    @Test
    void signalsSaveAndAFullDiskAndASecondProcessLeaveWhatIsThere() throws Exception {
        Path out = folder.resolve("run");
        Process first = begin(out);
        Outcome second = launcher.run(Map.of(), small(out, "--resume", "--quiet"));
        assertOneLine(5, out + " is in use by process " + first.pid() + "; wait for it", second);
        assertEquals(143, signal(first, "TERM"));
        assertTrue(launcher.err().endsWith("softmin: stopped; the same command with --resume goes on from here\n"));
        assertFalse(launcher.err().contains("error"), launcher.err());
        String saved = contents(out);
        assertTrue(saved.contains("A-seed-1/checkpoint-000001.safetensors"), saved);

        // A limit of 100 blocks on the size of a file stands for the disk: a checkpoint takes 600 kB.
        Outcome full = launcher.shell(
                Map.of(),
                Stream.concat(
                                Stream.of(
                                        "sh",
                                        "-c",
                                        "ulimit -f 200; exec \"$0\" \"$@\"",
                                        launcher.script().toString()),
                                small(out, "--resume", "--quiet", "--checkpoint", "0", "--set", "epochs=99999")
                                        .stream())
                        .toList());
        assertOneLine(
                5, "-seed-1: the checkpoint could not be written: File too large; the older ones are whole", full);
        assertEquals(saved, contents(out));

        Process third = begin(out);
        assertTrue(third.isAlive());
        boolean ignored = ignoresInterrupts();
        assertEquals(ignored ? 143 : 130, signal(third, ignored ? "TERM" : "INT"));
        String more = contents(out);
        assertTrue(more.contains(saved) && more.contains("checkpoint-000002.safetensors"), more);

        Path newest = out.resolve("trainings/A-seed-1/checkpoint-000002.safetensors");
        Path older = out.resolve("trainings/A-seed-1/checkpoint-000001.safetensors");
        Files.writeString(newest, "damage", StandardOpenOption.APPEND);
        Files.writeString(older, "damage", StandardOpenOption.APPEND);
        Outcome damaged =
                launcher.run(Map.of(), small(out, "--resume", "--quiet", "--jobs", "1", "--set", "epochs=99999"));
        assertEquals(3, damaged.code(), damaged::toString);
        assertTrue(damaged.err().contains("checkpoint-000001.safetensors"), damaged::toString);
    }
}
