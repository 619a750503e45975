package org.softmin.studies.encoders;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.softmin.nn.Activation;
import org.softmin.studies.Jobs;
import org.softmin.studies.Preset;
import org.softmin.studies.Run;
import org.softmin.studies.Setting;
import org.softmin.studies.Settings;
import org.softmin.studies.Study;
import org.softmin.studies.UsageException;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Report;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.tensor.Backend;

/**
 * Do generative models need encoders? Networks that make images from the images, from nothing, from labels and noise, and
 * from a code for each image, against what theory says is the best that they can make.
 *
 * <p>Seeds and networks run side by side; each has random streams and executables of its own.
 */
public final class EncodersStudy implements Study {
    private static final Setting<Kind> ARCHITECTURE =
            Setting.choice("architecture", "of encoders and decoders", Kind.class, Kind.MLP, Kind.MLP);
    private static final Setting<List<Integer>> HIDDEN = Setting.integers(
            "hidden", "widths of the MLP between image and code", 1, 16_384, List.of(128), List.of(256, 128));
    private static final Setting<List<Integer>> CHANNELS = Setting.integers(
            "channels",
            "of the convolutions between image and code, each of which halves the image",
            1,
            4096,
            List.of(8, 16),
            List.of(16, 32));
    private static final Setting<Integer> LATENT =
            Setting.integer("latent", "width of codes and of noise", 1, 4096, 16, 32);
    private static final Setting<Integer> STEPS = Setting.integer(
            "steps", "training steps of each network, rounded up to whole epochs", 0, 100_000_000, 800, 4000);
    private static final Setting<Integer> BATCH = Setting.integer("batch", "images per step", 1, 60_000, 128, 128);
    private static final Setting<Double> RATE =
            Setting.realAbove("rate", "learning rate of Adam, which falls to 0", 0, 3e-3, 3e-3);
    private static final Setting<Double> CODE_RATE =
            Setting.realAbove("code-rate", "the same for the codes of case 4", 0, 0.5, 0.5);
    private static final Setting<Integer> CODE_STEPS =
            Setting.integer("code-steps", "steps in which the codes of test images are found", 0, 1_000_000, 50, 100);
    private static final Setting<Integer> SEEDS = Setting.integer("seeds", "repetitions of the cases", 1, 1000, 1, 3);
    private static final Setting<List<Integer>> SIZES = Setting.integers(
            "latent-sizes",
            "widths of codes that are compared with as many principal components",
            1,
            4096,
            List.of(4, 16),
            List.of(4, 8, 16, 32, 64));
    private static final Setting<Integer> TRAIN =
            Setting.integer("train-images", "training images used, from the first on", 100, 60_000, 5_000, 60_000);
    private static final Setting<Integer> TEST =
            Setting.integer("test-images", "test images used, from the first on", 100, 10_000, 1_000, 10_000);

    /** The architectures to choose from. */
    private enum Kind {
        MLP,
        CONVOLUTIONAL
    }

    /** The study. */
    public EncodersStudy() {}

    @Override
    public String name() {
        return "encoders";
    }

    @Override
    public String description() {
        return "do generative models need encoders? decoders from images, zeros, labels, noise and codes";
    }

    @Override
    public List<Experiment> experiments() {
        return List.of(
                new Experiment(Cases.NAME, "what is made of images, zeros, labels and noise, and codes"),
                new Experiment(Theory.NAME, "distance to the optimum, and how it vanishes in training"),
                new Experiment(LatentSizes.NAME, "error by the width of the code, against principal components"),
                new Experiment(Choice.NAME, "whether the learning rates are good ones, on held-out images"));
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(
                ARCHITECTURE,
                HIDDEN,
                CHANNELS,
                LATENT,
                STEPS,
                BATCH,
                RATE,
                CODE_RATE,
                CODE_STEPS,
                SEEDS,
                SIZES,
                TRAIN,
                TEST);
    }

    @Override
    public String cost(Preset preset) {
        return switch (preset) {
            case QUICK -> "about a minute on two cores";
            case FULL -> "about 10 minutes on two cores with the MLP";
        };
    }

    @Override
    public Report run(Run run) throws IOException, InterruptedException {
        List<Trial> trials = run.experiments().stream()
                .map(name -> trial(name, run.settings(), run.seed()))
                .toList();
        DataSet data = run.data().load(run.settings().get(TRAIN), run.settings().get(TEST));
        check(data, run.settings());
        Evaluation evaluation = Evaluation.of(data);
        Outcomes outcomes = train(trials, evaluation, run);
        List<Part> parts = new ArrayList<>();
        for (Trial trial : trials) {
            parts.add(trial.report(evaluation, outcomes));
        }
        boolean judged = run.preset() == Preset.FULL && run.settings().arePreset();
        List<Measurement> measurements =
                parts.stream().flatMap(part -> part.measurements().stream()).toList();
        List<Expectation> expectations = judged
                ? parts.stream().flatMap(part -> part.expectations().stream()).toList()
                : List.of();
        return new Report(
                "Do generative models need encoders?",
                "A decoder makes the best that its input allows: of nothing the mean image, of a label the mean of its"
                        + " class, of a code that tells images apart the image, with an encoder or without."
                        + (judged ? "" : " This run is not the full preset, so its numbers are not judged."),
                run.provenance(data.description(), run.settings().get(SEEDS)),
                Results.of(measurements, expectations),
                expectations,
                parts.stream().map(Part::section).toList());
    }

    /** Refuses before anything is trained what principal components and variances could not be computed of afterwards. */
    private static void check(DataSet data, Settings settings) {
        int pixels = data.testImages().shape().dim(1);
        int widest = Math.max(
                settings.get(LATENT),
                settings.get(SIZES).stream().mapToInt(Integer::intValue).max().orElse(1));
        if (widest > pixels) {
            throw new UsageException("latent: a code of " + widest + " numbers for images of " + pixels + "; use 1 to "
                    + pixels + " for latent and latent-sizes");
        }
        if (data.testLabels().size() < 2) {
            throw new UsageException("data: " + data.description()
                    + "; there is 1 test image, and how outputs vary needs 2 or more; use more images");
        }
    }

    private static Trial trial(String experiment, Settings settings, int seed) {
        Recipe recipe = new Recipe(
                architecture(settings),
                settings.get(LATENT),
                settings.get(STEPS),
                settings.get(BATCH),
                settings.get(RATE),
                settings.get(CODE_RATE),
                settings.get(CODE_STEPS));
        return switch (experiment) {
            case Cases.NAME -> new Cases(recipe, seed, settings.get(SEEDS));
            case Theory.NAME -> new Theory(recipe, seed, settings.get(SEEDS));
            case LatentSizes.NAME -> new LatentSizes(recipe, seed, settings.get(SIZES));
            case Choice.NAME -> new Choice(recipe, seed);
            default -> throw new IllegalArgumentException("encoders: there is no experiment " + experiment);
        };
    }

    private static Architecture architecture(Settings settings) {
        return switch (settings.get(ARCHITECTURE)) {
            case MLP -> new Mlp(settings.get(HIDDEN), Activation.SIGMOID);
            case CONVOLUTIONAL -> new Convolutional(settings.get(CHANNELS));
        };
    }

    /** Trains each network once, whichever experiments ask for it. */
    private static Outcomes train(List<Trial> trials, Evaluation evaluation, Run run)
            throws IOException, InterruptedException {
        Set<Job> jobs = new LinkedHashSet<>();
        trials.forEach(trial -> jobs.addAll(trial.jobs()));
        List<Backend> backends = run.backends();
        String checksum = evaluation.data().checksum();
        Evaluation heldOut = Evaluation.of(evaluation.data().heldOut());
        List<Jobs.Task<Outcome>> tasks = new ArrayList<>();
        for (Job job : jobs) {
            tasks.add(() ->
                    job.run(run, job.heldOut() ? heldOut : evaluation, checksum, run.backend(backends, job.seed())));
        }
        List<Outcome> results = run.jobs().run(tasks);
        Map<Job, Outcome> outcomes = new LinkedHashMap<>();
        for (Job job : jobs) {
            outcomes.put(job, results.get(outcomes.size()));
        }
        return new Outcomes(outcomes);
    }
}
