package org.softmin.studies.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.softmin.nn.Activation;
import org.softmin.nn.Linear;
import org.softmin.studies.bench.Row.Check;
import org.softmin.studies.bench.Row.Goal;
import org.softmin.studies.bench.Row.Unit;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.sae.Encoder;
import org.softmin.studies.sae.Method;
import org.softmin.studies.sae.SparseAutoencoder;
import org.softmin.tensor.DType;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

class BenchTest {
    private static final Workload ANY = new Workload.Rows(true, 2, 2);

    private static Bench quick(String only, List<String> lines) {
        return new Bench(1, 1, only, true, 1, new DataSource.Synthetic("test"), lines::add);
    }

    /** A contender that notes each run and gives this result. */
    private record Noting(String name, double result, List<String> runs) implements Contender {
        @Override
        public String describe() {
            return name;
        }

        @Override
        public void open(int threads) {}

        @Override
        public Optional<Task> task(Workload workload) {
            return Optional.of(new Task() {
                @Override
                public void run() {
                    if (runs.isEmpty() || !runs.getLast().equals(name)) {
                        runs.add(name);
                    }
                }

                @Override
                public OptionalDouble check() {
                    return OptionalDouble.of(result);
                }
            });
        }
    }

    @Test
    void twoThreadsAreComparedWithOneThread() throws InterruptedException {
        Entry entry = new Entry(Workload.Product.of(64, 64, 64), Unit.GFLOPS, "", null, null, false, true);
        Row row = new Cores(2).row(entry, new Contest(1, 0, 0.01));
        assertEquals("cores, sgemm 64", row.name());
        assertTrue(row.softmin() > 0 && Double.isFinite(row.softmin()), row::toString);
        assertEquals(row.softmin(), row.checks().getFirst().value());
        assertEquals(0, row.difference(), "two threads give the bits of one");
    }

    @Test
    void theMedianIsTheMiddleValueWhateverTheOrder() {
        assertEquals(3, Contest.median(9, 3, 1));
        assertEquals(2.5, Contest.median(4, 1, 3, 2));
    }

    @Test
    void eachRoundRunsAllAndBeginsWithAnother() throws InterruptedException {
        List<String> runs = new ArrayList<>();
        List<Contender> three = Stream.of("a", "b", "c")
                .<Contender>map(name -> new Noting(name, 1, runs))
                .toList();
        new Contest(3, 0, 1e-6).run(ANY, three);
        assertEquals(List.of("a", "b", "c", "b", "c", "a", "c", "a", "b"), runs.subList(runs.size() - 9, runs.size()));
    }

    @ParameterizedTest
    @CsvSource({"1.00005, true", "1.0002, false", "NaN, false", "Infinity, false"})
    void resultsMustAgree(double other, boolean agrees) throws InterruptedException {
        List<Contender> two =
                List.of(new Noting("Softmin", 1, new ArrayList<>()), new Noting("Other", other, new ArrayList<>()));
        Contest contest = new Contest(1, 0, 1e-6);
        if (agrees) {
            assertEquals(5e-5, contest.run(ANY, two).get("Other").difference(), 1e-12);
        } else {
            ArithmeticException e = assertThrows(ArithmeticException.class, () -> contest.run(ANY, two));
            assertTrue(
                    e.getMessage().startsWith("bench: softmax 2x2: Softmin gives 1.000000 and Other "), e::getMessage);
        }
    }

    @Test
    void ratiosOfRatesAreOursToTheirsAndOfTimesToTheFloorAndFromPyTorch() {
        Map<String, Contest.Time> times = new LinkedHashMap<>();
        times.put("Softmin", new Contest.Time(2e-3, 4e6, 0, 1, 0));
        times.put("OpenBLAS", new Contest.Time(1e-3, 4e6, 0, 1, 0));
        times.put("PyTorch", new Contest.Time(8e-3, 4e6, 0, 1, 0));
        Goal goal = Goal.atLeast(1, 1);
        Row rate = new Entry(ANY, Unit.GFLOPS, "OpenBLAS", goal, goal, false, false).row(times);
        assertEquals(List.of(0.5, 4.0), rate.checks().stream().map(Check::value).toList());
        assertEquals(2, rate.softmin(), 1e-12);
        Row time = new Entry(ANY, Unit.MILLISECONDS, "OpenBLAS", goal, goal, false, false).row(times);
        assertEquals(List.of(2.0, 4.0), time.checks().stream().map(Check::value).toList());
        assertEquals(2, time.softmin(), 1e-12);
    }

    @Test
    void nobodyIsAskedForMoreThanTheCeiling() {
        Map<String, Contest.Time> times = new LinkedHashMap<>();
        times.put("Softmin", new Contest.Time(1, 96, 0, 1, 0));
        times.put("PyTorch", new Contest.Time(1, 99, 0, 1, 0));
        Entry entry = new Entry(ANY, Unit.GFLOPS, "", null, Goal.atLeast(0.98, 1.05), false, false);
        assertEquals("missed", entry.row(times).checks().getFirst().verdict());
        times.put("ceiling", new Contest.Time(1, 100, 0, 1, 0));
        assertEquals("met*", entry.row(times).checks().getFirst().verdict());
    }

    @Test
    void aGoalIsMissedMetOrReachedToTheAim() {
        Goal atLeast = Goal.atLeast(0.95, 1);
        Goal atMost = Goal.atMost(1.25, 1.1);
        assertEquals("missed", new Check("", 0.94, atLeast, "").verdict());
        assertEquals("met", new Check("", 0.95, atLeast, "").verdict());
        assertEquals("aim", new Check("", 1, atLeast, "").verdict());
        assertEquals("missed", new Check("", 1.26, atMost, "").verdict());
        assertEquals("met", new Check("", 1.2, atMost, "").verdict());
        assertEquals("aim", new Check("", 1.1, atMost, "").verdict());
        assertEquals("missed", new Check("", Double.NaN, atMost, "").verdict());
        assertEquals("", new Check("", 1, null, "").verdict());
    }

    @Test
    void theTableShowsBothRatiosAndTheirGoals() {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("Softmin", 101.23);
        values.put("OpenBLAS", 104.0);
        values.put("PyTorch", 98.0);
        Row row = new Row(
                "sgemm 512",
                Unit.GFLOPS,
                values,
                "OpenBLAS",
                List.of(
                        new Check("OpenBLAS", 0.9734, Goal.atLeast(0.95, 1), ""),
                        new Check("PyTorch", 1.033, Goal.atLeast(0.98, 1.05), "")),
                2.34e-7);
        assertEquals(
                "sgemm 512 GFLOP/s 101 | OpenBLAS 104 0.97 >= 0.95 (1) met | 98 1.03 >= 0.98 (1.05) met 2e-07",
                Table.line(row).replaceAll(" +", " "));
        assertEquals(Table.head().indexOf('|'), Table.line(row).indexOf('|'));
    }

    @Test
    void theLimitsOfTheMachineAreToldOnce() {
        Row first = new Row("sgemm 1", Unit.GFLOPS, Map.of("ceiling", 110.0), "", List.of(), Double.NaN);
        Row second = new Row("sgemm 2", Unit.GFLOPS, Map.of("ceiling", 112.0), "", List.of(), Double.NaN);
        Row chain = new Row("x 1e5", Unit.GIGABYTES, Map.of("copy", 20.0, "triad", 24.0), "", List.of(), Double.NaN);
        assertEquals(
                List.of("limit of sgemm: 111 GFLOP/s", "limit of x 1e5: copy 20 GB/s, triad 24 GB/s"),
                new BenchReport(1, 1, List.of(), 1, List.of(first, second, chain), List.of()).limits());
    }

    @Test
    void aBusyMachineIsTold() {
        assertEquals(
                "0 goals: 0 met, 0 of them to the aim, 0 missed; the machine was busy with other things 40 % of the"
                        + " time: measure again on a quiet one",
                new BenchReport(1, 1, List.of(), 0.6, List.of(), List.of()).summary());
        assertEquals(
                "0 goals: 0 met, 0 of them to the aim, 0 missed",
                new BenchReport(1, 1, List.of(), 0.99, List.of(), List.of()).summary());
    }

    @Test
    void speedIsSteadyWhereTenStepsAreNearlyAsFastAsTheLast() {
        double[] ends = new double[101]; // 20 slow steps, then fast ones
        Arrays.setAll(ends, i -> i <= 20 ? 100 + 50.0 * i : 1100 + (i - 20));
        // The first window with more fast steps than slow ones begins with 4 slow ones left and ends 6 later.
        assertEquals(1106, MlpProcess.steady(ends));
    }

    @Test
    void floorsCountTheProductsThatTheMathematicsNeeds() {
        double layer = 2.0 * 128 * 784 * 64;
        double correlation = 2.0 * 128 * 64 * 64;
        assertEquals(2 * layer + 2 * correlation, flop(new Step.DecoderFree(128, 64)));
        assertEquals(5 * layer, flop(new Step.Standard(128, 64)));
        double wide = 2.0 * 128 * 784 * 256;
        double narrow = 2.0 * 128 * 256 * 64;
        assertEquals(2 * wide + 3 * narrow + 3 * narrow + 3 * wide, flop(Step.Mlp.autoencoder(128)));
    }

    private static double flop(Step step) {
        return step.floor().stream().mapToDouble(Workload::work).sum();
    }

    @Test
    void theStepsAreThoseOfTheStudies() {
        RandomKey key = RandomKey.of(3);
        Tensor x = key.derive("x").uniform(DType.F64, Shape.of(6, 784));
        Linear encoder = Linear.of(784, 5, DType.F64, key.derive("encoder"));
        Linear decoder = Linear.of(5, 784, DType.F64, key.derive("decoder"));
        Encoder model = new Encoder(List.of(), encoder, Activation.RELU);
        assertEquals(
                Method.DecoderFree.PUBLISHED.loss(model, x).item(),
                Step.DecoderFree.loss(encoder, x).item());
        assertEquals(
                new Method.Standard(0.01)
                        .loss(new SparseAutoencoder(model, decoder), x)
                        .item(),
                Step.Standard.loss(new Step.Standard.Autoencoder(encoder, decoder), x)
                        .item());
    }

    @Test
    void aProductMeansTheSameHoweverItsOperandsLie() {
        SoftminContender softmin = new SoftminContender();
        softmin.open(1);
        for (boolean a : new boolean[] {false, true}) {
            for (boolean b : new boolean[] {false, true}) {
                Workload.Product product = new Workload.Product(DType.F64, 2, 3, 4, a, b, 2);
                double[] left = product.a().toDoubles();
                double[] right = product.b().toDoubles();
                double last = 0; // row 1, column 3 of the second product
                for (int k = 0; k < 3; k++) {
                    last += left[6 + (a ? k * 2 + 1 : 3 + k)] * right[12 + (b ? 3 * 3 + k : k * 4 + 3)];
                }
                try (Contender.Task task = softmin.task(product).orElseThrow()) {
                    assertEquals(last, task.check().orElseThrow(), 1e-14);
                }
            }
        }
    }

    @Test
    void aPatternThatSelectsNothingIsRefusedBeforeAnythingIsOpened() {
        List<String> lines = new ArrayList<>();
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> quick("nothing", lines).run());
        assertTrue(e.getMessage().startsWith("--only: nothing is called \"nothing\"; use "), e::getMessage);
        assertEquals(List.of(), lines);
    }

    @Test
    void aQuickRunMeasuresAndWritesWithoutPeers(@TempDir Path folder) throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        BenchReport report = quick("decoder-free 128/64", lines).run();
        assertEquals(
                List.of(
                        "decoder-free 128/64",
                        "decoder-free 128/64 F64",
                        "allocation, decoder-free 128/64",
                        "allocation, decoder-free 128/64 F64"),
                report.rows().stream().map(Row::name).toList());
        assertTrue(report.rows().stream().allMatch(row -> row.softmin() >= 0), report::toString);
        report.write(folder, Map.of("commit", "abc"));
        String text = Files.readString(folder.resolve(BenchReport.TEXT));
        assertTrue(text.startsWith("commit: abc\n"), text);
        assertTrue(text.contains("\n" + Table.line(report.rows().getFirst()) + "\n"), text);
        assertTrue(Files.readString(folder.resolve(BenchReport.JSON)).contains("\"decoder-free 128/64\""));
        assertTrue(Files.readString(folder.resolve("steps.svg")).contains("<svg"));
        assertFalse(text.contains(System.getProperty("user.dir")), "no paths");
    }
}
