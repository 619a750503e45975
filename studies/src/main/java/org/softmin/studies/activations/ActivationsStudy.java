package org.softmin.studies.activations;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.softmin.studies.Jobs;
import org.softmin.studies.Preset;
import org.softmin.studies.Progress;
import org.softmin.studies.Run;
import org.softmin.studies.Setting;
import org.softmin.studies.Settings;
import org.softmin.studies.Study;
import org.softmin.studies.TrainingFolder;
import org.softmin.studies.UsageException;
import org.softmin.studies.characters.LanguageModel;
import org.softmin.studies.characters.Text;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Lines;
import org.softmin.studies.figure.Series;
import org.softmin.studies.report.Provenance;
import org.softmin.studies.report.Report;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;
import org.softmin.tensor.Backend;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;

/**
 * Sparse encoders on activations: the decoder-free one against the standard and the TopK autoencoder at equal L0.
 *
 * <p>On superposed features that are known, so that it can be said whether they are found, and on activations of a model
 * in a file or one that is trained here. Seeds and kinds run side by side, each with random streams and executables of its own.
 */
public final class ActivationsStudy implements Study {
    private static final String SUPERPOSITION = "superposition";
    private static final String CHARACTERS = "characters";
    private static final String FILE = "file";

    private static final Setting<Integer> STEPS =
            Setting.integer("steps", "training steps of each encoder", 1, 10_000_000, 300, 3000);
    private static final Setting<Integer> BATCH = Setting.integer("batch", "rows per step", 2, 65_536, 256, 256);
    private static final Setting<Double> RATE = Setting.realAbove("rate", "learning rate of Adam", 0, 1e-3, 1e-3);
    private static final Setting<Integer> SEEDS = Setting.integer("seeds", "repetitions", 1, 1000, 2, 5);
    private static final Setting<Integer> PROBES = Setting.integer(
            "probes", "random directions that estimate the decorrelation; 0 computes it exactly", 0, 4096, 0, 0);
    private static final Setting<Integer> ROWS =
            Setting.integer("rows", "rows of superposed features", 1000, 100_000_000, 20_000, 200_000);
    private static final Setting<Integer> WIDTH =
            Setting.integer("width", "elements of a row of superposed features", 2, 16_384, 32, 32);
    private static final Setting<List<Integer>> FEATURES =
            Setting.integers("features", "superposed features", 2, 16_384, List.of(64), List.of(64, 128));
    private static final Setting<List<Integer>> ACTIVE = Setting.integers(
            "active", "features of a row on average; also the codes kept", 1, 16_384, List.of(2, 4), List.of(2, 4, 8));
    private static final Setting<Integer> UNITS =
            Setting.integer("units", "units of an encoder of a file's activations, K", 2, 16_384, 256, 4096);
    private static final Setting<Integer> KEPT =
            Setting.integer("k", "codes kept of each row of a file's activations", 1, 16_384, 16, 32);

    private static final Setting<Integer> TEXT =
            Setting.integer("characters", "characters of the built-in text", 5000, 1_000_000, 30_000, 250_000);
    private static final Setting<Integer> TEXT_STEPS =
            Setting.integer("character-steps", "training steps of the language model", 0, 10_000_000, 300, 4000);
    private static final Setting<Integer> TEXT_WIDTH =
            Setting.integer("character-width", "width of the language model, in steps of 4", 4, 4096, 32, 96);
    private static final Setting<Integer> TEXT_UNITS =
            Setting.integer("character-units", "units of an encoder of the language model", 2, 16_384, 64, 384);
    private static final Setting<Integer> TEXT_KEPT =
            Setting.integer("character-k", "codes kept of each row of the language model", 1, 16_384, 8, 16);

    private static final Setting<Integer> TEXT_SEEDS =
            Setting.integer("character-seeds", "repetitions of its encoders", 1, 1000, 1, 3);

    /** Characters that the language model sees, and its blocks, between which its residual stream is taken. */
    private static final int CONTEXT = 64;

    private static final int BLOCKS = 2;
    private static final int DEPTH = 1;

    /** Of which experiment they are, and which settings say how many units, codes kept and seeds there are. */
    private record EncoderSettings(
            String experiment, Setting<Integer> units, Setting<Integer> kept, Setting<Integer> seeds) {}

    private static final EncoderSettings FILE_ENCODERS = new EncoderSettings(FILE, UNITS, KEPT, SEEDS);
    private static final EncoderSettings TEXT_ENCODERS =
            new EncoderSettings(CHARACTERS, TEXT_UNITS, TEXT_KEPT, TEXT_SEEDS);

    private static final List<String> SHOWN = List.of(
            "explained_variance",
            "l0",
            "l0_uncut",
            "l1",
            "cossim",
            "mse",
            "freq_over_1_percent",
            "freq_over_10_percent",
            "frac_alive",
            "weight");

    /** The study. */
    public ActivationsStudy() {}

    @Override
    public String name() {
        return "activations";
    }

    @Override
    public String description() {
        return "sparse encoders of activations: decoder-free against standard and TopK at equal L0";
    }

    @Override
    public List<Experiment> experiments() {
        return List.of(
                new Experiment(SUPERPOSITION, "whether superposed features, which are known, are found"),
                new Experiment(CHARACTERS, "the residual stream of a language model that is trained here"),
                new Experiment(FILE, "activations of a model, with --data activations:FILE; writes SAELens folders"));
    }

    /** A file's activations are what a run with them is about; without them there is no such experiment. */
    @Override
    public List<Experiment> experiments(DataSource data) {
        boolean given = data instanceof DataSource.Activations;
        return experiments().stream()
                .filter(experiment -> experiment.name().equals(FILE) == given)
                .toList();
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(
                STEPS,
                BATCH,
                RATE,
                SEEDS,
                PROBES,
                ROWS,
                WIDTH,
                FEATURES,
                ACTIVE,
                UNITS,
                KEPT,
                TEXT,
                TEXT_STEPS,
                TEXT_WIDTH,
                TEXT_UNITS,
                TEXT_KEPT,
                TEXT_SEEDS);
    }

    @Override
    public String cost(Preset preset) {
        return switch (preset) {
            case QUICK -> "about two minutes on two cores";
            case FULL -> "about half an hour on two cores";
        };
    }

    private record Part(List<Measurement> measurements, Section section, String dataset) {}

    @Override
    public Report run(Run run) throws IOException, InterruptedException {
        List<Backend> backends = run.backends();
        List<Part> parts = new ArrayList<>();
        if (run.experiments().contains(SUPERPOSITION)) {
            parts.add(superposition(run, backends));
        }
        if (run.experiments().contains(CHARACTERS)) {
            parts.add(characters(run, backends));
        }
        if (run.experiments().contains(FILE)) {
            if (!(run.data() instanceof DataSource.Activations data)) {
                throw new UsageException("file: there are no activations; use --data activations:FILE");
            }
            parts.add(file(run, data, backends));
        }
        List<Measurement> measurements =
                parts.stream().flatMap(part -> part.measurements.stream()).toList();
        boolean textAlone = run.experiments().equals(List.of(CHARACTERS));
        Provenance provenance = run.provenance(
                String.join("; ", parts.stream().map(Part::dataset).toList()),
                run.settings().get(textAlone ? TEXT_SEEDS : SEEDS));
        return new Report(
                "Sparse encoders of activations",
                "Three kinds of encoder with equally many units, trained on the same rows for as many steps, and"
                        + " compared with equally many codes kept of each row. There are no published numbers for this"
                        + " comparison, so nothing is judged.",
                provenance,
                Results.of(measurements, List.of()),
                List.of(),
                parts.stream().map(Part::section).toList());
    }

    private static IntStream seeds(Run run, Setting<Integer> count) {
        return IntStream.range(run.seed(), run.seed() + run.settings().get(count));
    }

    private static Comparison comparison(Settings settings, int units, int k, Backend backend) {
        int probes = settings.get(PROBES);
        return new Comparison(
                units,
                k,
                probes == 0 ? new Decorrelation.Exact() : new Decorrelation.Probes(probes),
                new Training(settings.get(STEPS), settings.get(BATCH), settings.get(RATE), backend));
    }

    // ---- superposition

    private record Setup(Recipe recipe, int features, int active, int seed) {
        String configuration() {
            return recipe.name() + " G=" + features + " active=" + active;
        }
    }

    private static Part superposition(Run run, List<Backend> backends) throws IOException, InterruptedException {
        Settings settings = run.settings();
        List<Setup> setups = new ArrayList<>();
        for (int features : settings.get(FEATURES)) {
            for (int active : settings.get(ACTIVE)) {
                if (active >= features) {
                    throw new UsageException(
                            "active: " + active + " of " + features + " features; use fewer than there are");
                }
                for (Recipe recipe : Recipe.ALL) {
                    seeds(run, SEEDS).forEach(seed -> setups.add(new Setup(recipe, features, active, seed)));
                }
            }
        }
        Progress.Run progress = run.progress().run(SUPERPOSITION, setups.size());
        List<Jobs.Task<List<Measurement>>> tasks = new ArrayList<>();
        for (Setup setup : setups) {
            tasks.add(() -> {
                List<Measurement> rows = measure(setup, run, run.backend(backends, setup.seed));
                synchronized (progress) {
                    progress.epoch(setup.configuration());
                }
                return rows;
            });
        }
        List<Measurement> measurements =
                run.jobs().run(tasks).stream().flatMap(List::stream).toList();
        List<Section.Block> blocks = new ArrayList<>();
        blocks.add(new Section.Text("Rows are sums of a few of G random directions in " + settings.get(WIDTH)
                + " dimensions. Each encoder has G units. mmcs is the mean over the true directions of the largest"
                + " cosine with a row of W_dec: 1 if all are found. For all kinds the same number of codes is kept of"
                + " each row, the average number of active features; l0_uncut is what the encoder does by itself."));
        List<String> metrics = new ArrayList<>(List.of("mmcs"));
        metrics.addAll(SHOWN);
        blocks.add(Section.Table.ofMeans("Means over seeds, with 95 % intervals.", measurements, metrics));
        blocks.add(WeightSearch.explained(measurements));
        for (int features : settings.get(FEATURES)) {
            blocks.add(new Section.Picture(
                    "recovery-" + features,
                    new Lines(
                            "Features found of " + features,
                            "Mean largest cosine by number of active features, a line for each kind of encoder.",
                            Axis.linear("active features of a row"),
                            Axis.linear("mean largest cosine"),
                            Recipe.ALL.stream()
                                    .map(recipe -> series(recipe, features, settings, measurements))
                                    .toList()),
                    "Means over seeds; the intervals are in the table."));
        }
        return new Part(
                measurements,
                new Section("Superposed features", blocks),
                "superposition: " + settings.get(ROWS) + " rows from the seed");
    }

    private static Series series(Recipe recipe, int features, Settings settings, List<Measurement> measurements) {
        List<Integer> active = settings.get(ACTIVE);
        double[] means = active.stream()
                .map(count -> new Setup(recipe, features, count, 0).configuration())
                .mapToDouble(configuration -> measurements.stream()
                        .filter(m -> m.configuration().equals(configuration)
                                && m.metric().equals("mmcs"))
                        .mapToDouble(m -> m.value() == null ? Double.NaN : m.value())
                        .average()
                        .orElse(Double.NaN))
                .toArray();
        return Series.of(
                recipe.name(), active.stream().mapToDouble(Integer::doubleValue).toArray(), means);
    }

    private static List<Measurement> measure(Setup setup, Run run, Backend backend)
            throws IOException, InterruptedException {
        Settings settings = run.settings();
        try (Superposition source = new Superposition(
                settings.get(ROWS), settings.get(WIDTH), setup.features, setup.active, setup.seed, backend)) {
            Comparison comparison = comparison(settings, setup.features, setup.active, backend);
            Comparison.Split split = Comparison.Split.of(source);
            Normalization normalization = Normalization.of(split.train());
            Comparison.Folders folders = new Comparison.Folders(
                    run.trainings(), SUPERPOSITION + "-" + setup.features + "-active-" + setup.active);
            Comparison.Result result = comparison.run(setup.recipe, split, normalization, setup.seed, folders);
            List<Measurement> rows =
                    rows(SUPERPOSITION, SUPERPOSITION, setup.configuration(), setup.seed, result.metrics());
            rows.add(new Measurement(
                    SUPERPOSITION,
                    SUPERPOSITION,
                    setup.configuration(),
                    setup.seed,
                    "mmcs",
                    Superposition.meanMaxCosine(
                            Tensor.of(source.features()), result.dictionary().directions())));
            return rows;
        }
    }

    private static List<Measurement> rows(
            String dataset, String experiment, String configuration, int seed, Map<String, Double> metrics) {
        List<Measurement> rows = new ArrayList<>();
        metrics.forEach(
                (metric, value) -> rows.add(new Measurement(dataset, experiment, configuration, seed, metric, value)));
        return rows;
    }

    // ---- characters

    private static Part characters(Run run, List<Backend> backends) throws IOException, InterruptedException {
        Settings settings = run.settings();
        if (settings.get(TEXT_WIDTH) % 4 != 0) {
            throw new UsageException("character-width: " + settings.get(TEXT_WIDTH) + "; use a multiple of 4");
        }
        Text text = Text.builtIn(settings.get(TEXT));
        TrainingFolder folder = run.trainings()
                .training(
                        CHARACTERS + "-transformer",
                        Map.of(
                                "text",
                                text.characters().length() + " characters, hash "
                                        + Integer.toHexString(text.characters().hashCode()),
                                "width",
                                Integer.toString(settings.get(TEXT_WIDTH)),
                                "steps",
                                Integer.toString(settings.get(TEXT_STEPS)),
                                "seed",
                                Integer.toString(run.seed()),
                                "device",
                                backends.getFirst().name()));
        LanguageModel model = LanguageModel.train(
                text,
                CONTEXT,
                settings.get(TEXT_WIDTH),
                BLOCKS,
                settings.get(TEXT_STEPS),
                RandomKey.of(run.seed()).derive(CHARACTERS),
                backends.getFirst(),
                folder);
        Characters characters = Characters.dump(model, DEPTH, run.output().resolve(CHARACTERS));
        Characters.Losses losses = characters.losses();
        Encoders encoders = encoders(run, characters.data(), CHARACTERS + "/saelens", TEXT_ENCODERS, backends);
        List<Measurement> measurements = new ArrayList<>(encoders.measurements(CHARACTERS));
        for (Trained t : encoders.trained) {
            measurements.addAll(rows(
                    CHARACTERS, CHARACTERS, t.recipe.name(), t.seed, losses.metrics(characters.loss(t.dictionary))));
        }
        String start = text.characters().substring(0, 20);
        List<Section.Block> blocks = new ArrayList<>();
        blocks.add(new Section.Text(String.format(
                Locale.ROOT,
                "A transformer of %d blocks, width %d and context %d, trained for %d steps on nine tenths of %d"
                        + " characters of Softmin's sources. On the last tenth it loses %.3f nats a character; single"
                        + " characters have an entropy of %.3f, and with zeros after block %d it loses %.3f.",
                BLOCKS,
                settings.get(TEXT_WIDTH),
                CONTEXT,
                settings.get(TEXT_STEPS),
                text.characters().length(),
                losses.clean(),
                text.entropy(),
                DEPTH,
                losses.zeros())));
        blocks.add(new Section.Text("It writes: "
                + model.generate(start, 200, RandomKey.of(run.seed()).derive("writing"))));
        blocks.add(new Section.Text("Its residual stream after block " + DEPTH + " is in " + CHARACTERS
                + "/activations.npy beside this report, the encoders in " + CHARACTERS
                + "/saelens. ce_loss_score is the share of the loss saved, between zeros (0) and the residual stream"
                + " as it is (1), when a reconstruction takes its place. Where zeros cost more than a guess by the"
                + " frequencies of characters, the share flatters: compare ce_loss_with_sae with their entropy."
                + " Metrics are of the last tenth, which neither the model nor an encoder was trained on."));
        List<String> metrics = new ArrayList<>(List.of("ce_loss_score", "ce_loss_with_sae"));
        metrics.addAll(SHOWN);
        blocks.add(Section.Table.ofMeans("Means over seeds, with 95 % intervals.", measurements, metrics));
        blocks.add(WeightSearch.explained(measurements));
        blocks.add(new Section.Picture(
                CHARACTERS, Characters.figure(measurements), "Means over seeds; the intervals are in the table."));
        for (Trained t : encoders.trained) {
            if (t.seed == run.seed()) {
                blocks.add(characters.contexts(
                        "The units of " + t.recipe.name() + " that say most, and the characters, in brackets, on which"
                                + " they are largest.",
                        t.dictionary));
            }
        }
        return new Part(
                measurements,
                new Section("A language model of characters", blocks),
                "characters: " + text.characters().length() + " of Softmin's sources, built in");
    }

    // ---- file

    private static Part file(Run run, DataSource.Activations data, List<Backend> backends)
            throws IOException, InterruptedException {
        Encoders encoders = encoders(run, data, "saelens", FILE_ENCODERS, backends);
        List<Measurement> measurements = encoders.measurements(FILE);
        Section section = Section.of(
                "Activations of a file",
                new Section.Text(encoders.description + ". The last tenth of the rows is the test, the tenth before it"
                        + " chose the weight of the sparsity, and normalisation (centred, root mean"
                        + " square 1) comes from the rest. Metrics are of normalised rows. The"
                        + " encoders for data as they are lie in SAELens' layout in the folder"
                        + " saelens beside this report."),
                Section.Table.ofMeans("Means over seeds, with 95 % intervals.", measurements, SHOWN),
                WeightSearch.explained(measurements));
        return new Part(measurements, section, encoders.description);
    }

    /** An encoder for the data as they are, with its metrics. */
    private record Trained(Recipe recipe, int seed, Dictionary dictionary, Map<String, Double> metrics) {}

    private record Encoders(String description, List<Trained> trained) {
        List<Measurement> measurements(String experiment) {
            return trained.stream()
                    .flatMap(t -> rows(experiment, experiment, t.recipe.name(), t.seed, t.metrics).stream())
                    .toList();
        }
    }

    /** Trains every kind of encoder on a file from each seed and writes them into {@code folder}. */
    private static Encoders encoders(
            Run run, DataSource.Activations data, String folder, EncoderSettings encoders, List<Backend> backends)
            throws IOException, InterruptedException {
        Settings settings = run.settings();
        int units = settings.get(encoders.units);
        int k = settings.get(encoders.kept);
        if (k > units) {
            throw new UsageException(encoders.kept.key() + ": " + k + " of " + units + " units; use at most so many");
        }
        Comparison.Folders folders = new Comparison.Folders(run.trainings(), encoders.experiment);
        String description;
        Normalization normalization;
        try (ActivationFile source = ActivationFile.open(data)) {
            description = source.description();
            normalization = Normalization.of(split(source, settings).train());
        }
        List<Jobs.Task<Trained>> tasks = new ArrayList<>();
        Progress.Run progress = run.progress().run("encoders", Recipe.ALL.size() * settings.get(encoders.seeds));
        for (Recipe recipe : Recipe.ALL) {
            for (int seed : seeds(run, encoders.seeds).toArray()) {
                tasks.add(() -> {
                    Comparison comparison = comparison(settings, units, k, run.backend(backends, seed));
                    try (ActivationFile source = ActivationFile.open(data)) {
                        Comparison.Result result =
                                comparison.run(recipe, split(source, settings), normalization, seed, folders);
                        Dictionary dictionary = result.dictionary().denormalized(normalization);
                        SaeLens.write(run.output().resolve(folder).resolve(recipe.name() + "-" + seed), dictionary);
                        synchronized (progress) {
                            progress.epoch(recipe.name());
                        }
                        return new Trained(recipe, seed, dictionary, result.metrics());
                    }
                });
            }
        }
        return new Encoders(description, run.jobs().run(tasks));
    }

    private static Comparison.Split split(ActivationFile source, Settings settings) throws IOException {
        long least = (long) Math.ceil(1.25 * settings.get(BATCH)) + 10;
        if (source.rows() < least) {
            throw new UsageException("batch: " + settings.get(BATCH) + " is too large for " + source.description()
                    + ", of which 80 % are for training; use a smaller batch");
        }
        return Comparison.Split.of(source);
    }
}
