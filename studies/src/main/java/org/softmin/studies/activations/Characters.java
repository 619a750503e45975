package org.softmin.studies.activations;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.softmin.nn.Inference;
import org.softmin.studies.characters.LanguageModel;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Bars;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.Npy;

/**
 * The residual stream of a language model of characters, dumped to a file, and what is lost of the model's predictions when
 * a sparse encoder's reconstruction takes its place.
 *
 * @param model which was trained on the first nine tenths of the text; the encoders are tested on the last
 * @param depth blocks before the residual stream is taken
 * @param file with the residual stream of the whole text, which is written as it is computed
 * @param heldOut that of the last windows, [windows, context, width], of whose rows the test of {@link Comparison.Split}
 *     consists
 */
record Characters(LanguageModel model, int depth, Path file, HostArray heldOut) {
    /** Windows whose residual stream is in memory at a time. */
    private static final int BLOCK = 512;

    private static final int UNITS = 8;
    private static final int CONTEXTS = 4;
    private static final int SHOWN = 20;

    /** Losses on the text held out, in nats a character: with the residual stream as it is, and with zeros for it. */
    record Losses(double clean, double zeros) {
        /** SAEBench's metrics of a residual stream replaced; the score is the share of the loss of zeros that is saved. */
        Map<String, Double> metrics(double replaced) {
            Map<String, Double> metrics = new LinkedHashMap<>();
            metrics.put("ce_loss_score", (zeros - replaced) / (zeros - clean));
            metrics.put("ce_loss_with_sae", replaced);
            metrics.put("ce_loss_without_sae", clean);
            metrics.put("ce_loss_with_ablation", zeros);
            return metrics;
        }
    }

    /** Writes the residual stream to {@code activations.npy} in {@code folder}, a row for each character. */
    static Characters dump(LanguageModel model, int depth, Path folder) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve("activations.npy");
        int windows = model.windows();
        int context = model.context();
        int width = model.transformer().symbols().weight().shape().dim(1);
        Npy.write(file, DType.F32, (long) windows * context, Shape.of(width), row -> {
            int from = (int) (row / context);
            int to = Math.min(windows, from + BLOCK);
            return model.residual(depth, from, to).reshape(Shape.of((to - from) * context, width));
        });
        return new Characters(model, depth, file, model.residual(depth, windows - windows / 10, windows));
    }

    DataSource.Activations data() {
        return new DataSource.Activations(file, "");
    }

    Losses losses() {
        return new Losses(
                model.heldOutLoss(heldOut, depth),
                model.heldOutLoss(HostArray.zeros(heldOut.dtype(), heldOut.shape()), depth));
    }

    /** The loss with what {@code dictionary}, which is for data as they are, makes of the residual stream. */
    double loss(Dictionary dictionary) {
        try (var inference = Inference.of(dictionary, (d, batch) -> d.decode(d.encode(batch.x())), model.backend())) {
            return model.heldOutLoss(inference.run(rows()).reshape(heldOut.shape()), depth);
        }
    }

    private HostArray rows() {
        Shape shape = heldOut.shape();
        return heldOut.reshape(Shape.of(shape.dim(0) * shape.dim(1), shape.dim(2)));
    }

    /** What the units of the largest sums of codes on the text held out fire on: contexts from different windows. */
    Section.Table contexts(String caption, Dictionary dictionary) {
        int length = model.context();
        int rows = heldOut.shape().dim(0) * length;
        int units = dictionary.units();
        double[] sums = new double[units];
        int[] fired = new int[units];
        HostArray codes;
        try (var inference = Inference.of(dictionary, (d, batch) -> d.encode(batch.x()), model.backend())) {
            codes = inference.run(rows());
        }
        for (int i = 0; i < rows * units; i++) {
            sums[i % units] += codes.get(i);
            fired[i % units] += codes.get(i) > 0 ? 1 : 0;
        }
        int first = model.windows() * length - rows;
        List<List<String>> table = new ArrayList<>();
        for (int unit : largest(sums, UNITS)) {
            double[] best = new double[rows / length];
            int[] where = new int[rows / length];
            for (int row = 0; row < rows; row++) {
                double code = codes.get(row * units + unit);
                if (code > best[row / length]) {
                    best[row / length] = code;
                    where[row / length] = row;
                }
            }
            List<String> row = new ArrayList<>(
                    List.of(Integer.toString(unit), String.format(Locale.ROOT, "%.1f %%", 100.0 * fired[unit] / rows)));
            int[] windows = largest(best, CONTEXTS);
            for (int i = 0; i < CONTEXTS; i++) {
                row.add(i < windows.length && best[windows[i]] > 0 ? context(first + where[windows[i]]) : "–");
            }
            table.add(row);
        }
        List<String> header = new ArrayList<>(List.of("unit", "fires on"));
        IntStream.rangeClosed(1, CONTEXTS).forEach(i -> header.add("context " + i));
        return new Section.Table(caption, header, table);
    }

    private static int[] largest(double[] values, int count) {
        return IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -values[i]))
                .limit(count)
                .mapToInt(i -> i)
                .toArray();
    }

    /** A character in brackets, after twenty before it. */
    private String context(int at) {
        String text = model.text().characters();
        return (text.substring(Math.max(0, at - SHOWN), at) + "[" + text.charAt(at) + "]").replace('\n', '⏎');
    }

    /** Explained variance and score of each kind of encoder, means over seeds. */
    static Bars figure(List<Measurement> measurements) {
        return new Bars(
                "What the reconstruction keeps",
                "Explained variance and share of the loss recovered, a group for each kind of encoder.",
                Axis.linear("share"),
                List.of("explained variance", "loss recovered"),
                Recipe.ALL.stream()
                        .map(recipe -> new Bars.Group(
                                recipe.name(),
                                List.of(
                                        mean(measurements, recipe, "explained_variance"),
                                        mean(measurements, recipe, "ce_loss_score"))))
                        .toList());
    }

    private static Bars.Value mean(List<Measurement> measurements, Recipe recipe, String metric) {
        return Bars.Value.of(measurements.stream()
                .filter(m ->
                        m.configuration().equals(recipe.name()) && m.metric().equals(metric))
                .mapToDouble(m -> m.value() == null ? Double.NaN : m.value())
                .average()
                .orElse(Double.NaN));
    }
}
