package org.softmin.studies.sae;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.softmin.nn.Activation;
import org.softmin.nn.Adam;
import org.softmin.nn.Optimizer;
import org.softmin.nn.Reduction;
import org.softmin.nn.Sgd;
import org.softmin.studies.Jobs;
import org.softmin.studies.Preset;
import org.softmin.studies.Progress;
import org.softmin.studies.Run;
import org.softmin.studies.Setting;
import org.softmin.studies.Settings;
import org.softmin.studies.Study;
import org.softmin.studies.TrainingFolder;
import org.softmin.studies.UsageException;
import org.softmin.studies.activations.ActivationsStudy;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Provenance;
import org.softmin.studies.report.Report;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.tensor.Backend;

/**
 * Deriving decoder-free sparse autoencoders from first principles: the identity, the ablation, the benchmark, the
 * dynamics, volume control and the findings.
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
    private static final Setting<Integer> HIDDEN =
            Setting.integer("hidden", "width of a hidden layer before the units, or 0 for none", 0, 16_384, 0, 0);
    private static final Setting<Activation> ACTIVATION = Setting.choice(
            "activation", "from pre-activations to energies", Activation.class, Activation.RELU, Activation.RELU);
    private static final Setting<Reading> READING = Setting.choice(
            "features",
            "what is measured: the energies E, or s = max(E) - E",
            Reading.class,
            Reading.ENERGIES,
            Reading.ENERGIES);
    private static final Setting<Rule> OPTIMIZER =
            Setting.choice("optimizer", "of all experiments but dynamics", Rule.class, Rule.ADAM, Rule.ADAM);
    private static final Setting<Double> RATE = Setting.realAbove("rate", "learning rate", 0, 1e-3, 1e-3);
    private static final Setting<Double> LSE =
            Setting.realAtLeast("lambda-lse", "weight of the log-sum-exp term", 0, 1, 1);
    private static final Setting<Reduction> REDUCTION = Setting.choice(
            "reduction", "of the log-sum-exp term over the batch", Reduction.class, Reduction.SUM, Reduction.SUM);
    private static final Setting<Double> VARIANCE =
            Setting.realAtLeast("lambda-var", "weight of the variance term", 0, 1, 1);
    private static final Setting<Double> DECORRELATION =
            Setting.realAtLeast("lambda-tc", "weight of the decorrelation term", 0, 1, 1);
    private static final Setting<Double> WEIGHTS =
            Setting.realAtLeast("lambda-wr", "weight of the weight-redundancy term", 0, 0, 0);
    private static final Setting<Double> RECONSTRUCTION = Setting.realAtLeast(
            "lambda-rec", "weight of the relative error through the implicit decoder, the transposed W", 0, 0, 0);
    private static final Setting<Boolean> UNIT_ROWS =
            Setting.flag("unit-rows", "whether each row of W is kept at length 1", false, false);
    private static final Setting<Double> SPARSITY =
            Setting.realAtLeast("sparsity", "weight of mean |a| in the standard autoencoder", 0, 0.01, 0.01);
    private static final Setting<Integer> ABLATION_SEEDS =
            Setting.integer("ablation-seeds", "repetitions of the ablation and the identity", 1, 1000, 2, 3);
    private static final Setting<Integer> BENCHMARK_SEEDS =
            Setting.integer("benchmark-seeds", "repetitions of the benchmark", 1, 1000, 2, 5);
    private static final Setting<Integer> DYNAMICS_SEEDS =
            Setting.integer("dynamics-seeds", "repetitions of the dynamics", 1, 1000, 1, 3);
    private static final Setting<Integer> FINDINGS_SEEDS =
            Setting.integer("findings-seeds", "repetitions of the curves among the findings", 1, 1000, 1, 3);
    private static final Setting<Integer> SWEEP_EPOCHS =
            Setting.integer("sweep-epochs", "epochs of the sweep over the weight of log-sum-exp", 0, 100_000, 1, 30);
    private static final Setting<Integer> TRAIN =
            Setting.integer("train-images", "training images used, from the first on", 100, 60_000, 5_000, 60_000);
    private static final Setting<Integer> TEST =
            Setting.integer("test-images", "test images used, from the first on", 100, 10_000, 1_000, 10_000);

    /** The study. */
    public DecoderFreeStudy() {}

    @Override
    public String name() {
        return "decoder-free-sae";
    }

    @Override
    public String description() {
        return "sparse autoencoders without a decoder: log-sum-exp energies and InfoMax (arXiv 2601.06478);"
                + " --data activations:FILE makes it the study activations";
    }

    @Override
    public List<Experiment> experiments() {
        return List.of(
                new Experiment(Identity.NAME, "the gradient of the loss is the responsibility"),
                new Experiment(Ablation.NAME, "which terms of the objective are necessary"),
                new Experiment(Benchmark.NAME, "against the standard sparse autoencoder and simple references"),
                new Experiment(Dynamics.NAME, "gradient descent and Adam at four rates"),
                new Experiment(VolumeControl.NAME, "the collapse of mixtures and encoders, and its cure"),
                new Experiment(Findings.NAME, "what the numbers do not say, and an objective that goes further"));
    }

    /** Activations are no images; the encoders for them, the decoder-free one among them, have a study of their own. */
    @Override
    public Study on(DataSource data) {
        return switch (data) {
            case DataSource.Activations _ -> new ActivationsStudy();
            case DataSource.Folder _, DataSource.Cifar _, DataSource.Images _, DataSource.Synthetic _ -> this;
        };
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(
                EPOCHS,
                BATCH,
                UNITS,
                HIDDEN,
                ACTIVATION,
                READING,
                OPTIMIZER,
                RATE,
                LSE,
                REDUCTION,
                VARIANCE,
                DECORRELATION,
                WEIGHTS,
                RECONSTRUCTION,
                UNIT_ROWS,
                SPARSITY,
                ABLATION_SEEDS,
                BENCHMARK_SEEDS,
                DYNAMICS_SEEDS,
                FINDINGS_SEEDS,
                SWEEP_EPOCHS,
                TRAIN,
                TEST);
    }

    @Override
    public String cost(Preset preset) {
        return switch (preset) {
            case QUICK -> "about a minute on two cores";
            case FULL -> "about an hour on two cores, a quarter of it without the findings";
        };
    }

    @Override
    public Report run(Run run) throws IOException, InterruptedException {
        List<Backend> backends = run.backends();
        Backend backend = backends.getFirst();
        List<Part> parts = new ArrayList<>();
        if (run.experiments().contains(Identity.NAME)) {
            parts.add(Identity.run(run.seed(), run.settings().get(ABLATION_SEEDS), backend));
        }
        if (run.experiments().contains(VolumeControl.NAME)) {
            parts.add(VolumeControl.run(run.seed(), run.settings().get(ABLATION_SEEDS), backend));
        }
        String dataset = "random energies";
        boolean published = run.preset() == Preset.FULL && run.settings().arePreset();
        List<Trial> trials = run.experiments().stream()
                .flatMap(name -> trials(name, run.settings(), backend).stream())
                .toList();
        if (!trials.isEmpty()) {
            DataSet data =
                    run.data().load(run.settings().get(TRAIN), run.settings().get(TEST));
            dataset = data.description();
            published &= data.name().equals("mnist");
            Map<Job, Outcome> outcomes = train(trials, data, run, backends);
            for (Trial trial : trials) {
                parts.add(trial.report(
                        trial.heldOut() ? data.heldOut() : data, repetitions(trial, run.seed(), outcomes)));
            }
        }
        return report(run, parts, dataset, published);
    }

    /** What an experiment trains; nothing for those that need no images. */
    private static List<Trial> trials(String experiment, Settings settings, Backend backend) {
        Method.DecoderFree full = objective(settings);
        Recipe base = recipe(settings, full);
        return switch (experiment) {
            case Ablation.NAME -> List.of(new Ablation(base, full, settings.get(ABLATION_SEEDS)));
            case Benchmark.NAME ->
                List.of(new Benchmark(
                        base,
                        full,
                        new Method.Standard(settings.get(SPARSITY)),
                        settings.get(BENCHMARK_SEEDS),
                        backend));
            case Dynamics.NAME -> List.of(new Dynamics(base, settings.get(DYNAMICS_SEEDS)));
            case Findings.NAME ->
                Findings.trials(
                        base,
                        full,
                        new Method.Standard(settings.get(SPARSITY)),
                        settings.get(FINDINGS_SEEDS),
                        settings.get(BENCHMARK_SEEDS),
                        settings.get(SWEEP_EPOCHS));
            default -> List.of();
        };
    }

    private static Method.DecoderFree objective(Settings settings) {
        Method.DecoderFree objective = new Method.DecoderFree(
                settings.get(LSE),
                settings.get(VARIANCE),
                settings.get(DECORRELATION),
                settings.get(WEIGHTS),
                settings.get(RECONSTRUCTION),
                settings.get(REDUCTION),
                settings.get(UNIT_ROWS));
        if (settings.get(HIDDEN) > 0 && objective.reconstruction() > 0) {
            throw new UsageException(
                    "lambda-rec: the implicit decoder is the transposed W of a single layer, but hidden="
                            + settings.get(HIDDEN) + " puts another one before it; set hidden=0 or lambda-rec=0");
        }
        return objective;
    }

    private static Recipe recipe(Settings settings, Method method) {
        return new Recipe(
                method,
                settings.get(UNITS),
                settings.get(HIDDEN),
                settings.get(ACTIVATION),
                settings.get(READING),
                settings.get(OPTIMIZER).at(settings.get(RATE)),
                settings.get(EPOCHS),
                settings.get(BATCH));
    }

    /** The optimizers to choose from. */
    private enum Rule {
        ADAM,
        SGD;

        Optimizer at(double rate) {
            return switch (this) {
                case ADAM -> new Adam(rate);
                case SGD -> new Sgd(rate);
            };
        }
    }

    private record Job(Recipe recipe, int seed, boolean heldOut) {}

    private record Outcome(Training.Trained trained, Evaluation evaluation) {}

    /** Trains each recipe once for each seed, whichever experiments ask for it. */
    private static Map<Job, Outcome> train(List<Trial> trials, DataSet data, Run run, List<Backend> backends)
            throws IOException, InterruptedException {
        Map<Job, String> jobs = new LinkedHashMap<>();
        for (Trial trial : trials) {
            trial.recipes()
                    .forEach((name, recipe) -> IntStream.range(run.seed(), run.seed() + trial.seeds())
                            .forEach(seed ->
                                    jobs.putIfAbsent(new Job(recipe, seed, trial.heldOut()), name + " seed " + seed)));
        }
        DataSet validation = data.heldOut();
        List<Jobs.Task<Outcome>> tasks = new ArrayList<>();
        Set<String> folders = new HashSet<>();
        jobs.forEach((job, name) -> {
            int epochs = job.recipe.method() instanceof Method.Untrained ? 0 : job.recipe.epochs();
            Progress.Run progress = run.progress().run(name, epochs);
            DataSet own = job.heldOut ? validation : data;
            int images = own.trainLabels().size();
            if (job.recipe.batch() > images) {
                throw new UsageException("batch: " + name + " needs batches of " + job.recipe.batch() + " and has "
                        + images + " images; use a smaller batch or more train-images");
            }
            Backend backend = run.backend(backends, job.seed);
            Training training = new Training(own.trainImages(), job.recipe, backend);
            Map<String, String> configuration = new LinkedHashMap<>(training.configuration(job.seed));
            configuration.put("data", own.description() + ", checksum " + data.checksum());
            configuration.put("device", backend.name());
            String folderName = folderName(name, folders);
            tasks.add(() -> {
                Jobs.checkCancelled();
                TrainingFolder folder = run.trainings().training(folderName, configuration);
                Training.Trained trained = training.train(job.seed, folder, progress);
                return new Outcome(trained, Evaluation.of(trained, own, backend, folder));
            });
        });
        List<Outcome> results = run.jobs().run(tasks);
        Map<Job, Outcome> outcomes = new LinkedHashMap<>();
        for (Job job : jobs.keySet()) {
            outcomes.put(job, results.get(outcomes.size()));
        }
        return outcomes;
    }

    /** A name for the folder of a training that no other has: experiments may use a name for several recipes. */
    private static String folderName(String training, Set<String> taken) {
        String base = training.replaceAll("[^A-Za-z0-9.]+", "-");
        String name = base;
        for (int i = 2; !taken.add(name); i++) {
            name = base + "-" + i;
        }
        return name;
    }

    private static List<Repetition> repetitions(Trial trial, int first, Map<Job, Outcome> outcomes) {
        List<Repetition> repetitions = new ArrayList<>();
        trial.recipes().forEach((name, recipe) -> {
            for (int seed = first; seed < first + trial.seeds(); seed++) {
                Outcome outcome = Objects.requireNonNull(outcomes.get(new Job(recipe, seed, trial.heldOut())));
                repetitions.add(new Repetition(name, seed, outcome.trained, outcome.evaluation));
            }
        });
        return repetitions;
    }

    private static Report report(Run run, List<Part> parts, String dataset, boolean published) {
        List<Measurement> measurements =
                parts.stream().flatMap(part -> part.measurements().stream()).toList();
        List<Expectation> expectations = published
                ? parts.stream().flatMap(part -> part.expectations().stream()).toList()
                : List.of();
        int seeds = Stream.of(ABLATION_SEEDS, BENCHMARK_SEEDS, DYNAMICS_SEEDS, FINDINGS_SEEDS)
                .mapToInt(run.settings()::get)
                .max()
                .orElse(1);
        Provenance provenance = run.provenance(dataset, seeds);
        String summary = published
                ? "An encoder trained on log-sum-exp energies with InfoMax as volume control needs no decoder. The"
                      + " published experiments on MNIST, run again on the JVM: every number beside the one it is held"
                      + " against, and what they do not say of themselves."
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
