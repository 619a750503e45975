package org.softmin.studies.sae;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.softmin.studies.Jobs;
import org.softmin.studies.Preset;
import org.softmin.studies.Progress;
import org.softmin.studies.Run;
import org.softmin.studies.Setting;
import org.softmin.studies.Study;
import org.softmin.studies.TrainingFolder;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Provenance;
import org.softmin.studies.report.Report;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.tensor.Backend;

/**
 * Deriving decoder-free sparse autoencoders from first principles: the identity, the ablation and the benchmark.
 *
 * <p>Source: Oursland, arXiv 2601.06478. Seeds and configurations run side by side; each has random streams, executables
 * and a thread of its own, so that results do not depend on how many run at once.
 */
public final class DecoderFreeStudy implements Study {
    private static final Setting<Integer> EPOCHS =
            Setting.integer("epochs", "passes over the training images", 0, 100_000, 10, 100);
    private static final Setting<Integer> BATCH =
            Setting.integer("batch", "images per step; also the size of the LSE sum", 2, 60_000, 128, 128);
    private static final Setting<Integer> UNITS =
            Setting.integer("units", "units of the encoder, K", 2, 16_384, 64, 64);
    private static final Setting<Double> RATE = Setting.realAbove("rate", "learning rate of Adam", 0, 1e-3, 1e-3);
    private static final Setting<Double> VARIANCE =
            Setting.realAtLeast("lambda-var", "weight of the variance term", 0, 1, 1);
    private static final Setting<Double> DECORRELATION =
            Setting.realAtLeast("lambda-tc", "weight of the decorrelation term", 0, 1, 1);
    private static final Setting<Double> WEIGHTS =
            Setting.realAtLeast("lambda-wr", "weight of the weight-redundancy term", 0, 0, 0);
    private static final Setting<Double> SPARSITY =
            Setting.realAtLeast("sparsity", "weight of mean |a| in the standard autoencoder", 0, 0.01, 0.01);
    private static final Setting<Integer> ABLATION_SEEDS =
            Setting.integer("ablation-seeds", "repetitions of the ablation and the identity", 1, 1000, 2, 3);
    private static final Setting<Integer> BENCHMARK_SEEDS =
            Setting.integer("benchmark-seeds", "repetitions of the benchmark", 1, 1000, 2, 5);
    private static final Setting<Integer> TRAIN =
            Setting.integer("train-images", "training images used, from the first on", 100, 60_000, 10_000, 60_000);
    private static final Setting<Integer> TEST =
            Setting.integer("test-images", "test images used, from the first on", 100, 10_000, 2_000, 10_000);

    /** The study. */
    public DecoderFreeStudy() {}

    @Override
    public String name() {
        return "decoder-free-sae";
    }

    @Override
    public String description() {
        return "sparse autoencoders without a decoder: log-sum-exp energies and InfoMax (arXiv 2601.06478)";
    }

    @Override
    public List<Experiment> experiments() {
        return List.of(
                new Experiment(Identity.NAME, "the gradient of the loss is the responsibility"),
                new Experiment(Ablation.NAME, "which terms of the objective are necessary"),
                new Experiment(Benchmark.NAME, "against the standard sparse autoencoder and simple references"));
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(
                EPOCHS,
                BATCH,
                UNITS,
                RATE,
                VARIANCE,
                DECORRELATION,
                WEIGHTS,
                SPARSITY,
                ABLATION_SEEDS,
                BENCHMARK_SEEDS,
                TRAIN,
                TEST);
    }

    @Override
    public String cost(Preset preset) {
        return switch (preset) {
            case QUICK -> "about a minute on two cores";
            case FULL -> "about 20 minutes on two cores";
        };
    }

    @Override
    public Report run(Run run) throws IOException, InterruptedException {
        int threads = Math.max(
                1, Runtime.getRuntime().availableProcessors() / run.jobs().workers());
        Backend backend = Backend.named(run.device(), Backend.Options.DEFAULT.withThreads(threads));
        boolean ablation = run.experiments().contains(Ablation.NAME);
        boolean benchmark = run.experiments().contains(Benchmark.NAME);
        List<Part> parts = new ArrayList<>();
        if (run.experiments().contains(Identity.NAME)) {
            parts.add(Identity.run(run.seed(), run.settings().get(ABLATION_SEEDS), backend));
        }
        String dataset = "random energies";
        boolean published = run.preset() == Preset.FULL && run.settings().arePreset();
        if (ablation || benchmark) {
            DataSet data =
                    run.data().load(run.settings().get(TRAIN), run.settings().get(TEST));
            dataset = data.description();
            published &= data.name().equals("mnist");
            List<Job> jobs = jobs(run, ablation, benchmark);
            Map<Job, Repetition> done = new LinkedHashMap<>();
            List<Repetition> results = repeat(jobs, data, run, backend);
            for (int i = 0; i < jobs.size(); i++) {
                done.put(jobs.get(i), results.get(i));
            }
            if (ablation) {
                List<Repetition> own = done.values().stream()
                        .filter(r -> Ablation.methods(1, 1, 0).containsKey(r.configuration()))
                        .filter(r -> r.seed() < run.seed() + run.settings().get(ABLATION_SEEDS))
                        .toList();
                parts.add(Ablation.report(data, own));
            }
            if (benchmark) {
                List<Repetition> own = done.values().stream()
                        .filter(r -> r.seed() < run.seed() + run.settings().get(BENCHMARK_SEEDS))
                        .flatMap(r -> renamed(r))
                        .toList();
                parts.add(Benchmark.report(
                        data, own, Benchmark.references(data, run.settings().get(UNITS), backend)));
            }
        }
        return report(run, parts, dataset, backend, threads, published);
    }

    /** The full objective is trained once for both experiments; the benchmark has its own name for it. */
    private static Stream<Repetition> renamed(Repetition r) {
        return switch (r.configuration()) {
            case Ablation.FULL ->
                Stream.of(new Repetition(Benchmark.DECODER_FREE, r.seed(), r.trained(), r.evaluation()));
            case Benchmark.STANDARD, Benchmark.RANDOM -> Stream.of(r);
            default -> Stream.empty();
        };
    }

    private record Job(String configuration, Method method, int seed) {}

    private static List<Job> jobs(Run run, boolean ablation, boolean benchmark) {
        var settings = run.settings();
        Map<String, Method> methods =
                Ablation.methods(settings.get(VARIANCE), settings.get(DECORRELATION), settings.get(WEIGHTS));
        int ablationSeeds = ablation ? settings.get(ABLATION_SEEDS) : 0;
        int benchmarkSeeds = benchmark ? settings.get(BENCHMARK_SEEDS) : 0;
        List<Job> jobs = new ArrayList<>();
        methods.forEach((name, method) -> {
            int seeds = name.equals(Ablation.FULL) ? Math.max(ablationSeeds, benchmarkSeeds) : ablationSeeds;
            IntStream.range(run.seed(), run.seed() + seeds).forEach(seed -> jobs.add(new Job(name, method, seed)));
        });
        for (int seed = run.seed(); seed < run.seed() + benchmarkSeeds; seed++) {
            jobs.add(new Job(Benchmark.STANDARD, new Method.Standard(settings.get(SPARSITY)), seed));
            jobs.add(new Job(Benchmark.RANDOM, new Method.Untrained(), seed));
        }
        return jobs;
    }

    private static List<Repetition> repeat(List<Job> jobs, DataSet data, Run run, Backend backend)
            throws IOException, InterruptedException {
        var settings = run.settings();
        Training training = new Training(
                data.trainImages(),
                settings.get(UNITS),
                settings.get(EPOCHS),
                settings.get(BATCH),
                settings.get(RATE),
                backend);
        String images = data.description() + ", checksum " + data.checksum();
        List<Jobs.Task<Repetition>> tasks = new ArrayList<>();
        for (Job job : jobs) {
            int epochs = job.method() instanceof Method.Untrained ? 0 : settings.get(EPOCHS);
            Progress.Run progress = run.progress().run(job.configuration() + " seed " + job.seed(), epochs);
            tasks.add(() -> {
                Jobs.checkCancelled();
                Map<String, String> configuration =
                        new LinkedHashMap<>(training.configuration(job.method(), job.seed()));
                configuration.put("data", images);
                configuration.put("device", run.device());
                TrainingFolder folder =
                        run.trainings().training(job.configuration() + "-seed-" + job.seed(), configuration);
                Training.Trained trained = training.train(job.method(), job.seed(), folder, progress);
                Evaluation evaluation = Evaluation.of(trained, data, backend, folder);
                return new Repetition(job.configuration(), job.seed(), trained, evaluation);
            });
        }
        return run.jobs().run(tasks);
    }

    private static Report report(
            Run run, List<Part> parts, String dataset, Backend backend, int threads, boolean published) {
        List<Measurement> measurements =
                parts.stream().flatMap(part -> part.measurements().stream()).toList();
        List<Expectation> expectations = published
                ? parts.stream().flatMap(part -> part.expectations().stream()).toList()
                : List.of();
        int seeds = Math.max(run.settings().get(ABLATION_SEEDS), run.settings().get(BENCHMARK_SEEDS));
        Provenance provenance = new Provenance(
                run.command(),
                dataset,
                IntStream.range(run.seed(), run.seed() + seeds).boxed().toList(),
                backend.name(),
                threads * run.jobs().workers(),
                Provenance.thisJdk(),
                Provenance.thisCpu(),
                Provenance.thisCommit(),
                Duration.between(run.start(), Instant.now()));
        String summary = published
                ? "An encoder trained on log-sum-exp energies with InfoMax as volume control needs no decoder. The"
                      + " published ablation and benchmark on MNIST, run again on the JVM: every number beside the one"
                      + " it is held against."
                : "An encoder trained on log-sum-exp energies with InfoMax as volume control needs no decoder. This run"
                        + " is not the published setting (the full preset on MNIST), so its numbers are not judged.";
        return new Report(
                "Decoder-free sparse autoencoders",
                summary,
                provenance,
                Results.of(measurements, expectations),
                expectations,
                parts.stream().map(Part::section).toList());
    }
}
