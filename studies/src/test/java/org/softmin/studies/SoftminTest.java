package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.studies.Softmin.Session;
import org.softmin.studies.sae.DecoderFreeStudy;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.Npy;
import org.softmin.tensor.io.Npz;
import org.softmin.tensor.io.Safetensors;

class SoftminTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path temp;

    private int softmin(String... arguments) {
        return softmin(List.of(new Counting()), arguments);
    }

    private int softmin(List<Study> studies, String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Softmin.execute(new Session(
                studies,
                Backend.providers(),
                List.of(arguments),
                null,
                new PrintWriter(out, true),
                new PrintWriter(err, true)));
    }

    /** Runs the study into a folder of the test. */
    private int run(String... arguments) {
        List<String> line =
                new ArrayList<>(List.of("run", "counting", "--data", "synthetic", "--out", folder().toString()));
        line.addAll(Arrays.asList(arguments));
        return softmin(line.toArray(String[]::new));
    }

    private Path folder() {
        return temp.resolve("new folder").resolve("Läufe");
    }

    private List<String> lines() {
        return out.toString().lines().toList();
    }

    /** The one line that an error must be. */
    private String error() {
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertTrue(err.toString().startsWith("softmin: "), err.toString());
        return err.toString().substring("softmin: ".length()).strip();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(temp)) {
            return files.filter(Files::isRegularFile)
                    .map(Path::getFileName)
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aRunSaysWhichDataItUsesAndWhereTheReportIs() throws IOException {
        assertEquals(0, run(), err::toString);
        assertEquals("data: built-in synthetic digits (--data synthetic)", lines().getFirst());
        Path report = folder().resolve("report.html");
        assertEquals("report: " + report, lines().get(lines().size() - 2));
        assertEquals(report.toUri().toASCIIString(), lines().getLast().strip());
        assertTrue(lines().contains("output: " + folder()), out::toString);
        assertTrue(Files.readString(report).contains("Counting"));
        assertEquals("[metrics.csv, report.html, results.json]", files().toString());
    }

    @Test
    void theStudyGetsWhatWasAskedFor() {
        assertEquals(
                0,
                run(
                        "--experiment=sideways,up",
                        "--preset",
                        "full",
                        "--seed=7",
                        "--set",
                        "epochs=0",
                        "--jobs",
                        "3",
                        "--device",
                        "reference"),
                err::toString);
        Run run = Counting.last;
        assertEquals(List.of("up", "sideways"), run.experiments(), "in the study's order");
        assertEquals(Preset.FULL, run.preset());
        assertEquals(7, run.seed());
        assertEquals(3, run.jobs().workers());
        assertEquals(List.of("reference"), run.devices());
        assertEquals(folder(), run.output());
        assertEquals(0, run.settings().get(Counting.EPOCHS));
        assertEquals(0.001, run.settings().get(Counting.RATE));
        assertTrue(
                run.command().startsWith("softmin run counting --data synthetic --out '" + temp),
                "quoted: " + run.command());
    }

    /** The study of images hands activations over: the same command, and only the file is studied. */
    @Test
    void decoderFreeSaeTakesActivations() throws IOException {
        Path file = temp.resolve("acts.npz");
        HostArray rows = RandomKey.of(1).normal(DType.F32, Shape.of(200, 4)).array();
        Npz.write(file, Map.of("layer.0", rows, "layer.1", rows.reshape(Shape.of(100, 8))));
        assertEquals(
                0,
                activations(file + ":layer.1", "--set=steps=3", "--set=batch=16", "--set=units=6", "--set=k=2"),
                err::toString);
        assertTrue(lines().getFirst().endsWith("acts.npz, array layer.1"), out::toString);
        assertTrue(lines().stream().anyMatch(line -> line.startsWith("run: file; quick")), out::toString);
        assertTrue(Files.exists(folder().resolve("saelens/decoder-free-1/cfg.json")));
        assertTrue(Files.readString(folder().resolve("report.html")).contains("100 rows of 8 elements"));
        assertEquals(ExitCode.DATA.status(), activations(file.toString(), "--force"));
        assertTrue(error().contains("found layer.0 [200, 4], layer.1 [100, 8]; name one"), err::toString);
        assertEquals(ExitCode.USAGE.status(), activations(file + ":layer.1", "--force", "--experiment=identity"));
    }

    private int activations(String file, String... arguments) {
        List<String> line = new ArrayList<>(List.of("run", "decoder-free-sae", "--data", "activations:" + file));
        line.addAll(List.of("--out", folder().toString()));
        line.addAll(Arrays.asList(arguments));
        return softmin(List.of(new DecoderFreeStudy()), line.toArray(String[]::new));
    }

    @Test
    void withoutOptionsItRunsEverythingInTheQuickPreset() {
        assertEquals(0, run(), err::toString);
        Run run = Counting.last;
        assertEquals(List.of("up", "down", "sideways"), run.experiments());
        assertEquals(Preset.QUICK, run.preset());
        assertEquals(1, run.seed());
        assertEquals(List.of("cpu"), run.devices());
        assertEquals(2, run.settings().get(Counting.EPOCHS));
    }

    @Test
    void quietSaysNothing() {
        assertEquals(0, run("--quiet"));
        assertEquals("", out.toString() + err);
    }

    @Test
    void theTallyOfVerdictsIsShownAndStrictFailsOnIt() {
        assertEquals(0, run("--preset", "full"), err::toString);
        assertTrue(lines().contains("verdicts: 1 not reproduced"), out::toString);
        assertEquals(6, run("--preset", "full", "--strict", "--force"), err::toString);
        assertTrue(lines().contains("verdicts: 1 not reproduced"), out::toString);
        assertEquals(0, run("--preset", "quick", "--strict", "--force"), err::toString);
        assertTrue(out.toString().contains("verdicts: none"), out::toString);
    }

    @Test
    void aFolderThatHoldsSomethingIsOnlyOverwrittenByForce() throws IOException {
        Files.createDirectories(folder());
        Path mine = Files.writeString(folder().resolve("mine.txt"), "mine");
        Files.writeString(folder().resolve("report.html"), "old");
        assertEquals(2, run());
        assertEquals(
                folder()
                        + " is not empty; add --resume to go on with a run in it, or --force to overwrite it, or choose"
                        + " another folder with --out",
                error());
        assertEquals("[mine.txt, report.html]", files().toString());
        assertEquals(0, run("--force"), err::toString);
        assertEquals("mine", Files.readString(mine));
        assertTrue(Files.readString(folder().resolve("report.html")).contains("Counting"));
    }

    @Test
    void aFileInTheWayIsRefused() throws IOException {
        Files.createDirectories(folder().getParent());
        Files.writeString(folder(), "mine");
        assertEquals(2, run("--force"));
        assertTrue(error().endsWith("is a file; choose a folder with --out"), err::toString);
        assertEquals(
                5, softmin("run", "counting", "--out", folder().resolve("below").toString()));
        assertTrue(error().contains(folder().toString()), err::toString);
    }

    @Test
    void aFolderIsUsedByOneRunAtATime() throws IOException {
        try (RunFolder other = RunFolder.open(folder(), false)) {
            assertEquals(5, run());
            assertEquals(
                    folder() + " is in use by process "
                            + ProcessHandle.current().pid() + "; wait for it, or choose another folder with --out",
                    error());
            assertTrue(Files.exists(folder()), other::toString);
        }
        assertFalse(Files.exists(temp.resolve("new folder")), "what was made and stayed empty is removed");
        Files.createDirectories(folder());
        Files.writeString(folder().resolve(".lock"), "left by a process that was killed");
        assertEquals(0, run(), err::toString);
    }

    @Test
    void aFolderThatCannotBeWrittenEndsWithFive() throws IOException {
        assumeFalse(System.getProperty("user.name").equals("root"), "root may write everywhere");
        Files.createDirectories(folder());
        assertTrue(folder().toFile().setWritable(false));
        assertEquals(5, run());
        assertTrue(error().endsWith("permission denied"), err::toString);
    }

    @Test
    void aReportThatCannotBeWrittenEndsWithFive() throws IOException {
        Files.createDirectories(folder().resolve("report.html").resolve("in the way"));
        assertEquals(5, run("--force"));
        assertTrue(error().startsWith(folder() + ": the report could not be written: "), err::toString);
        assertEquals("[metrics.csv, results.json]", files().toString(), "whole files, no part of one and no lock");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nan | 4 | loss: NaN in epoch 3 of up, seed 1; lower learning-rate",
                "disk | 5 | No space left on device",
                "batch | 2 | batch: 9 is larger than the 8 training images",
                "bug | 1 | internal error: java.lang.IllegalStateException: a bug; run again with --debug to see where"
                        + " it happened",
            })
    void aFailureIsOneLineAndAnExitCodeAndLeavesNothing(String failure, int code, String message) throws IOException {
        assertEquals(code, run("--set", "failure=" + failure));
        assertEquals(message, error());
        assertEquals(List.of(), files());
        assertEquals(code, run("--debug", "--set", "failure=" + failure));
        assertTrue(err.toString().contains("at org.softmin.studies.Counting"), err::toString);
    }

    @Test
    void tooLittleMemoryIsTheEnvironment() throws IOException {
        assertEquals(5, run("--set", "failure=memory"));
        assertTrue(error().startsWith("out of memory: Java may use "), err::toString);
        assertEquals(List.of(), files());
    }

    @Test
    void badDataEndsWithThree() throws IOException {
        Path data = Files.createDirectories(temp.resolve("mnist"));
        Files.writeString(data.resolve("train-images-idx3-ubyte"), "not images");
        assertEquals(
                3,
                softmin(
                        "run",
                        "counting",
                        "--data",
                        data.toString(),
                        "--out",
                        folder().toString(),
                        "--set",
                        "failure=data"));
        assertTrue(error().contains("train-images-idx3-ubyte"), err::toString);
        assertFalse(Files.exists(folder()));
        assertEquals(
                3,
                softmin("run", "counting", "--data", temp.resolve("nowhere").toString(), "--out", folder().toString()));
        assertTrue(error().contains("nowhere"), err::toString);
        assertEquals(2, softmin("run", "counting", "--data", "a\0b", "--out", folder().toString()));
        assertTrue(error().startsWith("--data: "), err::toString);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rum | unknown command \"rum\"; did you mean run?",
                "run countign | unknown study \"countign\"; did you mean counting?",
                "run | which study? use counting",
                "run COUNTING | unknown study \"COUNTING\"; did you mean counting?",
                "run zzz | unknown study \"zzz\"; use counting",
                "run counting --experiment up,dwon | unknown experiment \"dwon\"; did you mean down?",
                "run counting --experiment abc | unknown experiment \"abc\"; use up, down, sideways",
                "run counting --experiment up,,down | unknown experiment \"\"; use up, down, sideways",
                "run counting --set epoch=1 | unknown setting \"epoch\"; did you mean epochs?",
                "run counting --preset ful | unknown preset \"ful\"; did you mean full?",
                "run counting --device cpuu | unknown device \"cpuu\"; did you mean cpu?",
                "run counting --device tornado:opncl | device: \"tornado:opncl\" names no backend of TornadoVM; use"
                        + " tornado:opencl, tornado:ptx, tornado:cuda",
                "run counting --device cpu:0 | device: \"cpu:0\" names one of several, and cpu is one; use cpu",
                "run counting --device cpu,cpu | --device: cpu is given twice; give it once",
                "run counting --prset full | unknown option \"--prset\"; did you mean --preset?",
                "run counting --prset=full | unknown option \"--prset\"; did you mean --preset?",
                "run counting more | \"more\" is one argument too many; see softmin run --help",
                "run counting --set dtype=f16 | dtype: \"f16\" cannot be chosen: studies compute in F32, and F16 and"
                        + " BF16 are not supported but in files, from which they are read as F32; leave it out",
                "run counting --set epochs | --set: \"epochs\" is not of the form key=value",
                "run counting --set =3 | --set: \"=3\" is not of the form key=value",
                "run counting --set epochs=1 --set epochs=2 | --set: epochs is given twice; give it once",
                "run counting --set epochs= | epochs: \"\" is not allowed; use a whole number, 0 or more",
                "run counting --set epochs=1.5 | epochs: \"1.5\" is not allowed; use a whole number, 0 or more",
                "run counting --set learning-rate=NaN | learning-rate: \"NaN\" is not allowed; use a finite number"
                        + " above 0",
                "run counting --seed -1 | --seed: \"-1\" is not allowed; use a whole number from 0 to 1000000000",
                "run counting --seed 1 --seed 2 | option '--seed' (N) should be specified only once; see softmin run"
                        + " --help",
                "run counting --jobs 0 | --jobs: \"0\" is not allowed; use a whole number from 1 to 1024",
                "run counting --out | Missing required parameter for option '--out' (DIR); see softmin run --help",
                "run counting --resume --force | --force begins a run again and --resume goes on with it; give one of"
                        + " them",
                "run counting --checkpoint -1 | --checkpoint: \"-1\" is not allowed; use a whole number from 0 to"
                        + " 1000000",
                "bench --only nothing | --only: nothing is called \"nothing\"; use a part of a name such as sgemm,"
                        + " x*sigmoid, decoder-free, MLP, cliff, batches, start, memory or, with more threads than one,"
                        + " cores",
                "bench --threads 0 | --threads: \"0\" is not allowed; use a whole number from 1 to 1024",
                "bench --rounds many | --rounds: \"many\" is not allowed; use a whole number from 1 to 10000",
                "bench --device cpu | --device: cpu runs on the processor; leave --device out to measure that",
                "bench --device cpu,reference | --device: 2 devices are given; bench measures one",
                "bench --device tornado:opncl | device: \"tornado:opncl\" names no backend of TornadoVM; use"
                        + " tornado:opencl, tornado:ptx, tornado:cuda",
                "bench --qick | unknown option \"--qick\"; did you mean --quick?",
                "list all | \"all\" is one argument too many; see softmin list --help",
            })
    void wrongUseIsOneLineWithTheNearestName(String line, String message) throws IOException {
        assertEquals(2, softmin(line.split(" ", -1)));
        assertEquals(message, error());
        assertEquals("", out.toString());
        assertEquals(List.of(), files());
    }

    @Test
    void aDeviceThatIsNotThereEndsWithFive() throws IOException {
        assertEquals(5, run("--device", "tornado"));
        assertTrue(error().startsWith("device tornado is not available: "), err::toString);
        assertTrue(error().contains("TornadoVM"), err::toString);
        assertEquals(List.of(), files());
    }

    @Test
    void aBenchmarkOfADeviceThatIsNotThereEndsWithFive() {
        assertEquals(5, softmin("bench", "--device", "tornado"));
        assertTrue(error().startsWith("device tornado is not available: "), err::toString);
        assertEquals(5, softmin("bench", "--device", "auto"));
        assertEquals(
                "device auto: there is no graphics processor to measure; softmin devices says what is missing",
                error());
        assertEquals("", out.toString());
    }

    @Test
    void autoComputesOnTheCpuWhereThereIsNothingBetterAndSaysSo() throws IOException {
        assertEquals(0, run("--device", "auto"), err::toString);
        assertTrue(error().matches("device auto: there is no graphics processor, so cpu computes; tornado: .*"));
        assertEquals(List.of("cpu"), Counting.last.devices());
        Path json = folder().resolve("results.json");
        String end = ",\"device\":\"cpu\",\"device_asked\":\"auto\"}";
        assertTrue(Files.readString(json).contains(end), () -> "no " + end);
        assertEquals(0, run("--device", "auto", "--quiet", "--force"));
        assertEquals("", err.toString());
        assertEquals(0, run("--force"), err::toString);
        assertFalse(Files.readString(json).contains("device"));
    }

    @Test
    void seedsTakeTurnsOnSeveralDevices() {
        assertEquals(0, run("--device", "cpu,reference", "--seed", "7"), err::toString);
        Run run = Counting.last;
        List<Backend> backends = run.backends();
        assertEquals(
                List.of("cpu", "reference", "cpu"),
                Stream.of(7, 8, 9)
                        .map(seed -> run.backend(backends, seed).name())
                        .toList());
    }

    @Test
    void withoutACommandItSaysWhichThereAre() {
        assertEquals(2, softmin());
        assertEquals("which command? use run, list, devices, data, bench, info, report; see softmin --help", error());
    }

    @Test
    void listShowsStudiesExperimentsAndSettingsWithTheirDefaults() {
        assertEquals(0, softmin("list"));
        assertEquals("""
            counting: Counts to three.
              --preset quick: no time at all
              --preset full: about 100 % more
              --experiment
                up        counts upwards
                down      counts downwards
                sideways  counts the images
              --set
                epochs=2 / 100       passes over the data (a whole number, 0 or more)
                learning-rate=0.001  step of the optimiser (a finite number above 0)
                failure=none         what goes wrong (one of none, nan, data, disk, bug, batch, memory, hang)
            """, out.toString().replace("\r\n", "\n"));
    }

    @Test
    void devicesShowsEachBackendAndTheRemedyForThoseThatAreMissing() {
        assertEquals(0, softmin("devices"));
        assertTrue(lines().stream().anyMatch(line -> line.startsWith("cpu: available: ")), out::toString);
        assertTrue(lines().stream().anyMatch(line -> line.startsWith("reference: available: ")), out::toString);
        assertTrue(
                lines().stream().anyMatch(line -> line.matches("tornado: not available: .*(start|install).*")),
                out::toString);
        assertTrue(lines().stream().anyMatch(line -> line.matches("  cpu  \\d+ MiB, F32 F64 I32 BOOL  .*")));
    }

    @Test
    void dataShowsWhereDataComesFromAndChecksAFolder() throws IOException {
        assertEquals(0, softmin("data"));
        assertTrue(out.toString().contains("train-images-idx3-ubyte.gz  MD5 f68b3c2dcbeaaa9fbdd348bbdeb94873"));
        assertEquals(3, softmin("data", temp.toString()));
        assertTrue(error().contains("expected a data set, found none"), err::toString);
        assertEquals(3, softmin("data", temp.resolve("nowhere").toString()));
        assertTrue(error().endsWith("expected a folder, found nothing"), err::toString);
        Path mnist = Files.createDirectories(temp.resolve("mnist"));
        Files.writeString(mnist.resolve("train-labels-idx1-ubyte"), "not labels");
        assertEquals(3, softmin("data", temp.toString()));
        assertTrue(error().contains("not whole: mnist"), err::toString);
        assertTrue(
                lines().stream().anyMatch(line -> line.startsWith("  different train-labels-idx1-ubyte.gz")),
                out::toString);
        assertTrue(
                lines().stream().anyMatch(line -> line.startsWith("  missing   train-images-idx3-ubyte.gz")),
                out::toString);
        assertEquals(3, softmin("data", mnist.toString()));
        assertEquals("mnist: " + mnist + ": not whole", lines().getFirst());
    }

    @Test
    void infoShowsTheArraysOfAFile() throws IOException {
        Path file = temp.resolve("model");
        Safetensors.write(
                file,
                Map.of(
                        "w", HostArray.of(DType.F32, Shape.of(2, 3), 1, -2, Double.NaN, 4, 5, Double.POSITIVE_INFINITY),
                        "empty", HostArray.zeros(DType.F64, Shape.of(0, 3))),
                Map.of("note", "two\nlines"));
        assertEquals(0, softmin("info", file.toString()));
        assertEquals(
                List.of("empty F64[0, 3]  0 bytes", "w F32[2, 3]  24 bytes", "note: two?lines", "2 arrays, 24 bytes"),
                lines());
        assertEquals(0, softmin("info", "--values", file.toString()));
        assertEquals(
                List.of(
                        "empty F64[0, 3]  0 bytes  no elements",
                        "w F32[2, 3]  24 bytes  -2.00000 to 5.00000, mean 2.00000, 1 NaN, 1 infinite"),
                lines().subList(0, 2));
        Npy.write(file, HostArray.of(DType.I32, Shape.of(100_000), new double[100_000]));
        assertEquals(0, softmin("info", "--values", file.toString()));
        assertEquals("I32[100000]  400000 bytes  0.00000 to 0.00000, mean 0.00000", lines().getFirst());
        Files.writeString(file, "<html>");
        assertEquals(3, softmin("info", file.toString()));
        assertTrue(error().startsWith(file + ": ") && error().contains("a web page?"), err::toString);
        assertEquals(3, softmin("info", temp.resolve("nowhere").toString()));
        assertTrue(error().endsWith("nowhere: no such file"), err::toString);
        assertEquals(2, softmin("info"));
        assertTrue(error().contains("FILE"), err::toString);
    }

    @Test
    void infoShowsTheImagesOfAFolderOrFile() throws IOException {
        Path people = Files.createDirectories(temp.resolve("faces/anna"));
        Path one = Files.writeString(people.resolve("1.pgm"), "P2 2 1 9 0 9");
        Path two = Files.writeString(people.resolve("2.pgm"), "P2 2 1 9 9 0");
        Path faces = people.getParent();
        assertEquals(0, softmin("info", one.toString()));
        assertEquals(List.of("grey, 2 x 1"), lines());
        assertEquals(0, softmin("info", faces.toString()));
        assertEquals(
                List.of(
                        "faces-unverified: 1 training and 1 test images (grey, 2 x 1) of 1 classes from " + faces
                                + " (info), split by a fixed key",
                        "channels 1, rows 1, columns 2: 2 inputs",
                        "label 0  1 training, 1 test"),
                lines());
        Files.writeString(two, "P2 2 1 9 9 ");
        assertEquals(3, softmin("info", faces.toString()));
        assertTrue(error().startsWith(two + ": offset "), err::toString);
        Path batch = Files.write(temp.resolve("data_batch_1.bin"), new byte[2 * 3073]);
        assertEquals(0, softmin("info", batch.toString()));
        assertEquals("channels 3, rows 32, columns 32: 3072 inputs", lines().get(1));
        assertEquals("label 0  1 training, 1 test", lines().get(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "run --help", "list --help", "devices --help", "data --help", "info --help"})
    void helpIsPlainAndNamesTheExitCodesWhereTheyMatter(String line) {
        assertEquals(0, softmin(line.split(" ", -1)));
        assertTrue(lines().getFirst().startsWith("Usage: softmin"), out::toString);
        assertFalse(out.toString().contains("\u001b"), "no colours without a terminal");
        assertEquals("", err.toString());
        assertEquals(0, softmin("--version"));
        assertTrue(out.toString().startsWith("softmin "), out::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tr-TR", "de-DE", "ar-SA-u-nu-arab"})
    void theLocaleChangesNothing(String tag) throws IOException {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag(tag));
            assertEquals(2, softmin("LIST"));
            assertEquals(0, softmin("list"));
            assertTrue(out.toString().contains("failure=none "), out::toString);
            assertTrue(out.toString().contains("learning-rate=0.001 "), out::toString);
            assertEquals(0, run("--preset", "full", "--set", "learning-rate=1e-2", "--seed", "12"), err::toString);
            assertTrue(lines().contains("verdicts: 1 not reproduced"), out::toString);
            assertEquals(0.01, Counting.last.settings().get(Counting.RATE));
            assertTrue(Files.readString(folder().resolve("results.json")).contains("\"seed\":13"));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void aReaderThatStopsReadingIsNoError() {
        PrintWriter closed = new PrintWriter(
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("Broken pipe");
                    }
                },
                true,
                StandardCharsets.UTF_8);
        int code = Softmin.execute(new Session(
                List.of(new Counting()),
                Backend.providers(),
                List.of("list"),
                null,
                closed,
                new PrintWriter(err, true)));
        assertEquals(0, code);
        assertEquals("", err.toString());
    }
}
