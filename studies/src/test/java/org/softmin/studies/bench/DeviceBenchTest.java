package org.softmin.studies.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.studies.bench.DeviceReport.Line;
import org.softmin.studies.bench.Row.Unit;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DeviceException;
import org.softmin.tensor.Executable;
import org.softmin.tensor.Program;

class DeviceBenchTest {
    /** The processor under another name, which runs what {@code change} makes of each program. */
    private record Device(Backend cpu, UnaryOperator<Program> change) implements Backend {
        @Override
        public String name() {
            return "device";
        }

        @Override
        public Executable compile(Program program) {
            return cpu.compile(change.apply(program));
        }
    }

    private final List<String> told = new ArrayList<>();

    private DeviceReport run(String only, UnaryOperator<Program> change) throws InterruptedException {
        return new DeviceBench(
                        options -> new Device(Backend.named("cpu", options.withThreads(1)), change),
                        1,
                        1,
                        only,
                        true,
                        told::add)
                .run();
    }

    @Test
    void aQuickRunMeasuresProductsStepsAndLaunches(@TempDir Path folder) throws IOException, InterruptedException {
        DeviceReport report = run("", program -> program);
        assertEquals(
                List.of(
                        "sgemm 64",
                        "sgemm 256",
                        "decoder-free 64/32",
                        "transformer block 2x8x16",
                        "launch of 1 kernel",
                        "launch of 10 kernels",
                        "launch of 20 kernels"),
                report.lines().stream().map(Line::name).toList());
        assertEquals(1 + report.lines().size(), told.size(), told::toString);
        assertTrue(report.lines().stream().allMatch(line -> line.device() > 0), report::toString);
        assertTrue(report.lines().stream().limit(4).allMatch(line -> line.difference() == 0), report::toString);
        report.write(folder, Map.of("driver", "none"));
        List<String> csv = Files.readAllLines(folder.resolve(DeviceReport.CSV));
        assertEquals("# driver: none", csv.get(0));
        assertEquals("workload,unit,device,cpu,times_faster,limit,share_of_limit,difference", csv.get(1));
        assertTrue(csv.stream().skip(1).allMatch(line -> line.split(",", -1).length == 8), csv::toString);
        String json = Files.readString(folder.resolve(DeviceReport.JSON));
        assertTrue(json.contains("\"driver\" : \"none\"") && json.contains("\"left_out\" : { }"), json);
    }

    @Test
    void aResultThatDiffersFromTheProcessorsIsRefused() {
        UnaryOperator<Program> doubled = program -> Program.of(
                program.inputs(), program.outputs().stream().map(y -> y.add(y)).toList());
        ArithmeticException e = assertThrows(ArithmeticException.class, () -> run("sgemm 64", doubled));
        assertTrue(e.getMessage().startsWith("bench: sgemm 64: device gives "), e::getMessage);
        assertEquals(
                "bench: launch of 10 kernels: 1 added to 1 10 times gives 22.0 on device",
                assertThrows(ArithmeticException.class, () -> run("launch of 10", doubled))
                        .getMessage());
    }

    @Test
    void whatDoesNotFitIsLeftOutAndTheRestIsMeasured() throws InterruptedException {
        DeviceReport report = run("sgemm", program -> {
            if (program.outputs().getFirst().shape().size() > 64 * 64) {
                throw new DeviceException("device: full");
            }
            return program;
        });
        assertEquals(
                List.of("sgemm 64"), report.lines().stream().map(Line::name).toList());
        assertEquals(Map.of("sgemm 256", "device: full"), report.leftOut());
        assertEquals("sgemm 256: left out", told.getLast());
    }

    @Test
    void aPatternThatSelectsNothingIsRefused() {
        assertEquals(
                "--only: nothing on a device is called \"cliff\"; use a part of a name such as sgemm, decoder-free,"
                        + " transformer or launch",
                assertThrows(IllegalArgumentException.class, () -> run("cliff", program -> program))
                        .getMessage());
        assertEquals(List.of(), told);
    }

    @Test
    void ratesAndTimesAreComparedTheRightWayRound() {
        Line rate = new Line("sgemm", Unit.GFLOPS, 400, 100, 1000, 0);
        Line time = new Line("step", Unit.MILLISECONDS, 2, 10, 1, Double.NaN);
        assertEquals(4, rate.faster());
        assertEquals(0.4, rate.share());
        assertEquals(5, time.faster());
        assertEquals(0.5, time.share());
        assertEquals("step ms 2 10 5 1 50 % -", time.text().replaceAll(" +", " "));
        Line alone = new Line("launch", Unit.MILLISECONDS, 2, Double.NaN, Double.NaN, Double.NaN);
        assertEquals("launch ms 2 - - - - -", alone.text().replaceAll(" +", " "));
    }
}
