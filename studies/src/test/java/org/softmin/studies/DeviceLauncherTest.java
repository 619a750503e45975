package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.studies.Launcher.Outcome;
import org.softmin.tornado.Devices;

/** How {@code studies/bin/softmin} starts Java where TornadoVM is installed, and what commands then make of its devices. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(200)
class DeviceLauncherTest {
    @TempDir
    private static Path temp;

    private static Launcher launcher;
    private static Path tornado;
    private static Path jdk;

    @TempDir
    private Path folder;

    @BeforeAll
    static void install() throws IOException {
        launcher = Launcher.in(temp.resolve("softmin"));
        launcher.add(Devices.class, FakeDevices.class);
        launcher.builtWithTornado();
        tornado = Files.createDirectories(temp.resolve("a tornado"));
        Files.writeString(
                tornado.resolve("tornado-argfile"), "-XX:+UseParallelGC\n-Dtornado.load.runtime.implementation=fake\n");
        jdk = temp.resolve("jdk");
        Files.createDirectories(jdk.resolve("bin"));
        Files.createSymbolicLink(
                Files.createDirectories(jdk.resolve("lib")).resolve("libjsig.so"),
                Path.of(System.getProperty("java.home"), "lib", "libjsig.so"));
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.3\"\n");
        for (String tool : List.of("java", "javac")) {
            Path script = Files.writeString(
                    jdk.resolve("bin").resolve(tool), "#!/bin/sh\nprintf '%s\\n' \"$@\" \"${LD_PRELOAD:-}\"\n");
            assertTrue(script.toFile().setExecutable(true));
        }
    }

    /** The options that Java would be started with, up to those that it always gets. */
    private static List<String> options(Map<String, String> environment, String line) throws Exception {
        List<String> words = java(environment, line);
        return words.subList(0, words.indexOf("--add-modules"));
    }

    /** How Java would be started: its command line, and the library that is loaded before it. */
    private static List<String> java(Map<String, String> environment, String line) throws Exception {
        Map<String, String> all = new TreeMap<>(environment);
        all.put("JAVA_HOME", jdk.toString());
        Outcome outcome = launcher.run(all, List.of(line.split(" ", -1)));
        assertEquals(0, outcome.code(), outcome::toString);
        return outcome.out().lines().toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "devices",
                "--debug devices",
                "run decoder-free-sae --device tornado",
                "run decoder-free-sae --device=tornado:opencl:0",
                "run decoder-free-sae --device cpu,tornado:ptx",
                "run decoder-free-sae --device auto --quiet",
                "run --device=auto decoder-free-sae",
                "bench --device tornado",
                "bench --quick --device=tornado:ptx",
            })
    void whatMayUseADeviceIsStartedAsATornadoVm(String line) throws Exception {
        Map<String, String> environment = Map.of("TORNADOVM_HOME", tornado.toString());
        List<String> options = List.of(
                "@" + tornado + "/tornado-argfile",
                "-Dtornado.recover.bailout=False",
                "-Dtornado.tvm.maxbytecodesize=65536",
                "-Dtornado.opencl.compiler.flags=-w",
                "-Dtornado.enable.nativeFunctions=False",
                "-Dtornado.enable.fma=False",
                "-Dtornado.enable.mathOptimizations=False");
        assertEquals(options, options(environment, line));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "list",
                "info devices",
                "run decoder-free-sae",
                "run decoder-free-sae --device cpu",
                "run decoder-free-sae --out tornado",
                "run decoder-free-sae --device=cpu --out auto",
                "run decoder-free-sae --device cpu tornado",
            })
    void whatUsesTheCpuIsNot(String line) throws Exception {
        assertEquals(
                List.of("-XX:+UseSerialGC", "-Xmn8m"),
                options(Map.of("TORNADOVM_HOME", tornado.toString(), "SOFTMIN_DEVICE_MEMORY", "8GB"), line));
    }

    @Test
    void withoutAnInstallationItIsNot() throws Exception {
        List<String> plain = List.of("-XX:+UseSerialGC", "-Xmn8m");
        assertEquals(plain, options(Map.of(), "devices"));
        assertEquals(plain, options(Map.of("TORNADOVM_HOME", ""), "devices"));
        assertEquals(plain, options(Map.of("TORNADOVM_HOME", folder.toString()), "devices"));
    }

    @Test
    void onlyWhereTornadoIsStartedSignalsAreKeptForJava() throws Exception {
        Map<String, String> environment = Map.of("TORNADOVM_HOME", tornado.toString());
        assertEquals(
                jdk + "/lib/libjsig.so", java(environment, "devices --debug").getLast());
        assertEquals("", java(environment, "list").getLast());
    }

    @Test
    void theHalfThatUsesTornadoIsBuiltWhenItIsMissingOrHasChanged() throws Exception {
        Path home = folder.resolve("softmin");
        Launcher fresh = Launcher.in(home);
        assertFalse(builds(fresh, "list"));
        assertTrue(builds(fresh, "devices"), "it was built without TornadoVM");
        assertFalse(builds(fresh, "devices"));
        Files.createFile(home.resolve("tornado/src/device/Changed.java"));
        assertTrue(builds(fresh, "devices"), "a source has changed");
        assertFalse(builds(fresh, "devices"));
    }

    /** Whether a command line begins with a build, by a Maven that does nothing. */
    private boolean builds(Launcher launcher, String line) throws Exception {
        Path maven = Files.writeString(folder.resolve("mvn"), "#!/bin/sh\n");
        assertTrue(maven.toFile().setExecutable(true));
        Map<String, String> environment = Map.of(
                "JAVA_HOME", jdk.toString(),
                "TORNADOVM_HOME", tornado.toString(),
                "PATH", folder + ":" + System.getenv("PATH"));
        Outcome outcome = launcher.run(environment, List.of(line));
        assertEquals(0, outcome.code(), outcome::toString);
        return outcome.err().equals("softmin: building with Maven, once per change of the sources\n");
    }

    @Test
    void devicesAreListedWithWhatTheLauncherAllowsThem() throws Exception {
        Outcome outcome = launcher.run(
                Map.of("TORNADOVM_HOME", tornado.toString(), "SOFTMIN_DEVICE_MEMORY", "6GB"), List.of("devices"));
        assertEquals(0, outcome.code(), outcome::toString);
        List<String> lines = outcome.out().lines().toList();
        assertEquals(
                List.of(
                        "tornado: available: TornadoVM with tornado:opencl:0, tornado:opencl:1, tornado:opencl:2",
                        "  tornado:opencl:0  GPU, 1024 MiB, F32 F64 I32 BOOL  memory 6GB, bytecode 65536 (a driver)",
                        "  tornado:opencl:1  GPU, 2048 MiB, F32 F64 I32 BOOL  Second (a driver)",
                        "  tornado:opencl:2  3072 MiB, F32 I32 BOOL  Third (a driver)"),
                lines.subList(lines.size() - 4, lines.size()));
    }

    @Test
    void aLimitThatIsNoneIsNamed() throws Exception {
        Outcome outcome = launcher.run(
                Map.of("TORNADOVM_HOME", tornado.toString(), "SOFTMIN_DEVICE_MEMORY", "6 GB"),
                List.of(
                        "run",
                        "decoder-free-sae",
                        "--device",
                        "tornado",
                        "--out",
                        folder.resolve("run").toString()));
        assertEquals(5, outcome.code(), outcome::toString);
        assertEquals(
                "device tornado is not available: TornadoVM cannot read the limit on device memory \"6 GB\": set"
                    + " SOFTMIN_DEVICE_MEMORY, or -Dtornado.device.memory, to a whole number of KB, MB or GB, such as"
                    + " 16GB",
                outcome.error());
    }

    private List<String> run(String device) {
        return List.of(
                "run",
                "decoder-free-sae",
                "--quiet",
                "--device",
                device,
                "--data",
                "synthetic",
                "--experiment",
                "ablation",
                "--set",
                "train-images=200",
                "--set",
                "test-images=100",
                "--set",
                "ablation-seeds=2",
                "--set",
                "epochs=1",
                "--out",
                folder.resolve("run").toString());
    }

    @Test
    void aStudyRunsOnDevicesAndItsResultsSayWhich() throws Exception {
        Map<String, String> environment = Map.of("TORNADOVM_HOME", tornado.toString());
        Outcome outcome = launcher.run(environment, run("tornado,tornado:opencl:1"));
        assertEquals(0, outcome.code(), outcome::toString);
        assertEquals("", outcome.err());
        Path run = folder.resolve("run");
        String row = "\"device\":\"tornado:opencl:0,tornado:opencl:1\",\"device_asked\":\"tornado,tornado:opencl:1\"}";
        assertTrue(Files.readString(run.resolve("results.json")).contains(row), row);
        for (int seed = 1; seed <= 2; seed++) {
            String description = Files.readString(run.resolve("trainings/A-seed-" + seed + "/checkpoint-000001.json"));
            assertTrue(description.contains("tornado:opencl:" + (seed - 1)), description);
        }
        outcome = launcher.run(environment, run("tornado:opencl:3"));
        assertEquals(5, outcome.code(), outcome::toString);
        assertEquals(
                "device tornado:opencl:3 is not there; there are tornado:opencl:0, tornado:opencl:1, tornado:opencl:2",
                outcome.error());
    }

    @Test
    void aDeviceIsMeasuredBesideTheProcessorAndItsLimits() throws Exception {
        Path results = folder.resolve("bench");
        Outcome outcome = launcher.run(
                Map.of("TORNADOVM_HOME", tornado.toString()),
                List.of("bench", "--quick", "--threads", "1", "--device", "tornado", "--out", results.toString()));
        assertEquals(0, outcome.code(), outcome::toString);
        List<String> csv = Files.readAllLines(results.resolve("device.csv"));
        assertEquals("# command: softmin bench --threads 1 --rounds 21 --device tornado --quick", csv.getFirst());
        String device = "tornado:opencl:0, memory default, bytecode 65536 (a driver)";
        assertTrue(csv.contains("# device: " + device), csv::toString);
        String json = Files.readString(results.resolve("device.json"));
        assertTrue(json.contains("\"device\" : \"" + device + "\""), json);
        assertTrue(json.contains("\"ceiling_flops\" : 1.0E12"), json);
    }

    @Test
    void aProgramThatDoesNotFitEndsWithFiveBeforeItStarts() throws Exception {
        Outcome outcome = launcher.run(
                Map.of("TORNADOVM_HOME", tornado.toString(), "FAKE_BYTES", Long.toString((1L << 30) + 1)),
                run("tornado"));
        assertEquals(5, outcome.code(), outcome::toString);
        assertEquals(
                "tornado:opencl:0: the program needs 1025 MiB of device memory and memory default, bytecode 65536 has"
                        + " 1024 MiB; use smaller batches or a smaller model, or the device cpu",
                outcome.error());
    }

    @Test
    void aFailureOfTheDeviceEndsWithFiveAndIsNotHidden() throws Exception {
        for (String device : List.of("tornado", "auto")) {
            Outcome outcome =
                    launcher.run(Map.of("TORNADOVM_HOME", tornado.toString(), "FAKE_FAILURE", "yes"), run(device));
            assertEquals(5, outcome.code(), outcome::toString);
            assertEquals("tornado:opencl:0: it broke", outcome.error());
        }
    }
}
