package org.softmin.studies.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.softmin.nn.Batches;
import org.softmin.nn.Listener;
import org.softmin.studies.bench.BenchReport.Curve;
import org.softmin.studies.bench.Row.Check;
import org.softmin.studies.bench.Row.Goal;
import org.softmin.studies.bench.Row.Unit;
import org.softmin.studies.data.DataSource;
import org.softmin.tensor.Backend;
import org.softmin.tensor.RandomKey;

/**
 * One run of the benchmark: measures what the pattern selects and tells each line as it comes.
 *
 * @param threads for every contender
 * @param rounds of each workload
 * @param only part of the names of the lines to measure, lower case; empty for all
 * @param quick whether to see only that everything works: few rounds, no large workloads
 * @param epochs of the training on MNIST that are run; 100 are extrapolated from them
 * @param data what {@code softmin run} would train on
 * @param tell gets the lines
 */
public record Bench(
        int threads, int rounds, String only, boolean quick, int epochs, DataSource data, Consumer<String> tell) {
    private static final int FULL_TRAINING = 100;
    private static final int MEMORY_STEPS = 500;
    private static final int STARTS = 3;

    private static final String ALLOCATION = "allocation, ";
    private static final String START = "start to first step, MLP";
    private static final String STEADY = "start to steady speed, MLP";
    private static final String MEMORY = "peak memory, " + MEMORY_STEPS + " steps, MLP";
    private static final String TRAINING = FULL_TRAINING + " epochs of MNIST, 128/64";
    private static final String CLIFF = "cliff";
    private static final String BATCHES = "batches";

    /** Milliseconds until the threads of another contender have ceased to look for work in a loop. */
    private static final long PAUSE = 60;

    /**
     * Measures.
     *
     * @throws IllegalArgumentException if the pattern selects nothing
     * @throws ArithmeticException if a contender's result differs from Softmin's
     */
    public BenchReport run() throws IOException, InterruptedException {
        List<Entry> entries = Suite.entries().stream()
                .filter(entry -> wanted(entry.name()) || wanted(ALLOCATION + entry.name()))
                .filter(entry -> !quick || !entry.large())
                .toList();
        List<Entry> spread = Suite.entries().stream()
                .filter(entry -> threads > 1 && entry.spread() && wanted(Cores.name(entry)))
                .filter(entry -> !quick || !entry.large())
                .toList();
        if (entries.isEmpty() && spread.isEmpty() && names().stream().noneMatch(this::wanted)) {
            throw new IllegalArgumentException("--only: nothing is called \"" + only
                    + "\"; use a part of a name such as sgemm, x*sigmoid, decoder-free, MLP, " + CLIFF + ", " + BATCHES
                    + ", start, memory or, with more threads than one, cores");
        }
        List<Contender> all = new ArrayList<>();
        List<Contender> known = new ArrayList<>(List.of(new SoftminContender()));
        known.addAll(Contender.peers());
        known.addAll(List.of(Memory.copy(), Memory.triad()));
        for (Contender contender : known) {
            if (opens(contender)) {
                all.add(contender);
            }
        }
        List<String> descriptions = all.stream().map(Contender::describe).toList();
        descriptions.forEach(tell);
        if (Contender.peers().isEmpty()) {
            tell.accept("Softmin alone: for OpenBLAS and PyTorch run studies/bin/softmin bench in a checkout");
        }
        Contest contest = new Contest(quick ? 3 : rounds, threads > 1 && !quick ? PAUSE : 0, quick ? 0.05 : 1);
        List<Row> rows = new ArrayList<>();
        List<Curve> curves = new ArrayList<>();
        Consumer<Row> add = row -> {
            rows.add(row);
            tell.accept(Table.line(row));
        };
        tell.accept(Table.head());
        List<Double> shares = new ArrayList<>();
        workloads(entries, contest, all, shares, add);
        if (!spread.isEmpty()) {
            Cores cores = new Cores(threads);
            for (Entry entry : spread) {
                add.accept(cores.row(entry, contest));
            }
        }
        processes(all, add);
        training(add);
        cliff(contest, all, curves, add);
        batches(contest, all, curves, add);
        double share = shares.stream().mapToDouble(s -> s).average().orElse(Double.NaN);
        return new BenchReport(threads, contest.rounds(), descriptions, share, rows, curves);
    }

    /** Native libraries are there for some machines only. */
    private boolean opens(Contender contender) {
        try {
            contender.open(threads);
            return true;
        } catch (RuntimeException | LinkageError failure) {
            tell.accept(contender.name() + ": left out, it does not load here: " + failure.getMessage());
            return false;
        }
    }

    private boolean wanted(String name) {
        return name.toLowerCase(Locale.ROOT).contains(only);
    }

    private static List<String> names() {
        return List.of(START, STEADY, MEMORY, TRAINING, CLIFF, BATCHES);
    }

    private void workloads(
            List<Entry> entries, Contest contest, List<Contender> all, List<Double> shares, Consumer<Row> add)
            throws InterruptedException {
        Map<String, Double> allocated = new LinkedHashMap<>();
        for (Entry entry : entries) {
            Map<String, Contest.Time> times = contest.run(entry.workload(), all);
            times.values().forEach(time -> shares.add(time.share()));
            if (wanted(entry.name())) {
                add.accept(entry.row(times));
            }
            Contest.Time ours = times.get(SoftminContender.NAME);
            if (entry.workload() instanceof Step && wanted(ALLOCATION + entry.name()) && ours != null) {
                allocated.put(ALLOCATION + entry.name(), ours.allocated());
            }
        }
        allocated.forEach((name, bytes) -> add.accept(alone(name, Unit.BYTES, bytes, Goal.atMost(0, 0))));
    }

    /** A number of Softmin's that is checked by itself. */
    private static Row alone(String name, Unit unit, double value, Goal goal) {
        return new Row(
                name,
                unit,
                Map.of(SoftminContender.NAME, value),
                "",
                List.of(new Check("", value, goal, "")),
                Double.NaN);
    }

    private void processes(List<Contender> all, Consumer<Row> add) throws IOException, InterruptedException {
        boolean starts = wanted(START) || wanted(STEADY);
        if (!starts && !wanted(MEMORY)) {
            return;
        }
        List<String> names = new ArrayList<>(List.of(SoftminContender.NAME));
        all.stream().map(Contender::name).filter(Suite.PYTORCH::equals).forEach(names::add);
        Map<String, List<MlpProcess.Report>> reports = new LinkedHashMap<>();
        for (int i = 0; i < (quick || !starts ? 1 : STARTS); i++) {
            for (String name : names) {
                reports.computeIfAbsent(name, key -> new ArrayList<>())
                        .add(MlpProcess.launch(name, threads, quick ? 50 : MEMORY_STEPS));
            }
        }
        if (wanted(START)) {
            Map<String, Double> values = medians(reports, MlpProcess.Report::first);
            add.accept(withPeer(START, Unit.SECONDS, values, Goal.atMost(1, 0.6), false));
        }
        if (wanted(STEADY)) {
            add.accept(withPeer(STEADY, Unit.SECONDS, medians(reports, MlpProcess.Report::steady), null, false));
        }
        if (wanted(MEMORY)) {
            Map<String, Double> values = medians(reports, report -> report.peak() / (1 << 20));
            add.accept(withPeer(MEMORY, Unit.MEBIBYTES, values, Goal.atMost(0.5, 0.3), true));
        }
    }

    private static Map<String, Double> medians(
            Map<String, List<MlpProcess.Report>> reports, ToDoubleFunction<MlpProcess.Report> part) {
        Map<String, Double> values = new LinkedHashMap<>();
        reports.forEach((name, list) ->
                values.put(name, Contest.median(list.stream().mapToDouble(part).toArray())));
        return values;
    }

    /** Softmin beside PyTorch: the goal is for the share of PyTorch's number, or for ours by itself. */
    private static Row withPeer(
            String name, Unit unit, Map<String, Double> values, @Nullable Goal goal, boolean share) {
        List<Check> checks = new ArrayList<>();
        double ours = values.getOrDefault(SoftminContender.NAME, Double.NaN);
        Double theirs = values.get(Suite.PYTORCH);
        if (!share && goal != null) {
            checks.add(new Check("", ours, goal, ""));
        }
        if (theirs != null) {
            checks.add(new Check(Suite.PYTORCH, share ? ours / theirs : theirs / ours, share ? goal : null, ""));
        }
        return new Row(name, unit, values, "", checks, Double.NaN);
    }

    private void training(Consumer<Row> add) throws IOException {
        if (!wanted(TRAINING) || quick) {
            return;
        }
        if (!(data instanceof DataSource.Folder)) {
            tell.accept(
                    TRAINING + ": left out, for there is no MNIST in SOFTMIN_DATA or data/mnist; see: softmin data");
            return;
        }
        Backend backend = Backend.named("cpu", Backend.Options.DEFAULT.withThreads(threads));
        Batches batches = Batches.of(128, data.load(60_000, 1).trainImages()).shuffle(RandomKey.of(1));
        List<Long> ends = new ArrayList<>();
        Listener clock = new Listener() {
            @Override
            public void onEpoch(int epoch, double loss, double rate) {
                ends.add(System.nanoTime());
            }
        };
        long start = System.nanoTime();
        try (var trainer = new Step.DecoderFree(128, 64).trainStep().start(backend)) {
            trainer.fit(batches, epochs, clock);
        }
        double first = (ends.getFirst() - start) * 1e-9;
        double rest = epochs == 1 ? first : (ends.getLast() - ends.getFirst()) * 1e-9 / (epochs - 1);
        String name = TRAINING + (epochs == FULL_TRAINING ? "" : " (from " + epochs + ")");
        add.accept(alone(name, Unit.SECONDS, first + (FULL_TRAINING - 1) * rest, Goal.atMost(22, 17)));
    }

    private void cliff(Contest contest, List<Contender> all, List<Curve> curves, Consumer<Row> add)
            throws InterruptedException {
        if (!wanted(CLIFF)) {
            return;
        }
        List<Contender> lanes = all.stream()
                .filter(contender -> contender instanceof SoftminContender || contender instanceof Memory)
                .toList();
        Contest brief = new Contest(Math.min(contest.rounds(), 11), contest.pause(), contest.effort() / 2);
        for (boolean sigmoid : new boolean[] {true, false}) {
            Curve curve = new Curve(
                    sigmoid ? "x·sigmoid(x)·w + b" : "x·w + b", "elements", Unit.GIGABYTES, new ArrayList<>());
            for (Workload.Chain chain : Suite.cliff(sigmoid)) {
                if (quick && chain.elements() > 100_000) {
                    continue;
                }
                Entry entry = new Entry(chain, Unit.GIGABYTES, Memory.TRIAD, null, null, false, false);
                try {
                    Row row = entry.run(brief, lanes).named(CLIFF + " " + chain.name());
                    add.accept(row);
                    curve.points().add(new Curve.Point(chain.elements(), row.values()));
                } catch (OutOfMemoryError tooLarge) {
                    tell.accept(CLIFF + " " + chain.name()
                            + ": left out, it does not fit; allow more with JAVA_TOOL_OPTIONS=-Xmx8g");
                }
            }
            curves.add(curve);
        }
    }

    private void batches(Contest contest, List<Contender> all, List<Curve> curves, Consumer<Row> add)
            throws InterruptedException {
        if (!wanted(BATCHES)) {
            return;
        }
        for (boolean mlp : new boolean[] {false, true}) {
            Curve curve = new Curve(
                    mlp ? "MLP autoencoder" : "decoder-free, 64 units", "batch", Unit.MILLISECONDS, new ArrayList<>());
            for (Step step : Suite.batches(mlp)) {
                Row row = new Entry(step, Unit.MILLISECONDS, Suite.OPENBLAS, null, null, false, false)
                        .row(contest.run(step, all));
                add.accept(row.named(BATCHES + " " + step.name()));
                curve.points().add(new Curve.Point(step.batch().shape().dim(0), row.values()));
            }
            curves.add(curve);
        }
    }
}
