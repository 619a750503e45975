package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.softmin.nn.Activation;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Lines;
import org.softmin.studies.figure.Series;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Tensor;

/**
 * Finding 1: the published loss has no lower bound, and what gives it one.
 *
 * @param base how the encoders are trained
 * @param full the published objective
 * @param bounded with a reconstruction term
 */
record ScaleLaw(Recipe base, Method.DecoderFree full, Recipe bounded, int seeds) implements Trial {
    private static final String RELU = "scale-relu";
    private static final String SOFTPLUS = "scale-softplus";
    private static final String UNIT_ROWS = "scale-unit-rows";
    private static final String RECONSTRUCTION = "scale-reconstruction";
    private static final List<String> SHOWN = List.of(
            "loss_slope", "final_loss", "l0", "probe_accuracy", "mse_raw", "mse_normalized", "mse_readout", "dead");
    /** Scales are 10^(i/4) for i from −8 to 36; the slope is taken over the last decade. */
    private static final int STEPS = 4;

    private static final int FIRST = -2 * STEPS;
    private static final int LAST = 9 * STEPS;
    /** Losses above it leave the figure. */
    private static final double HIGHEST = 2000;

    @Override
    public Map<String, Recipe> recipes() {
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        recipes.put(RELU, base.with(full).with(Activation.RELU));
        recipes.put(SOFTPLUS, base.with(full).with(Activation.SOFTPLUS));
        recipes.put(UNIT_ROWS, base.with(full.withUnitRows()).with(Activation.RELU));
        recipes.put(RECONSTRUCTION, bounded);
        return recipes;
    }

    @Override
    public Part report(DataSet data, List<Repetition> repetitions) {
        List<Measurement> measurements = Repetition.measurements(data, Findings.NAME, repetitions);
        List<Series> curves = new ArrayList<>();
        Map<String, Recipe> recipes = recipes();
        for (Repetition r : repetitions) {
            // Activations of unit rows cannot be scaled.
            Recipe recipe = Objects.requireNonNull(recipes.get(r.configuration()));
            if (recipe.method() instanceof Method.DecoderFree method && !method.unitRows()) {
                double[] losses = losses(method, r, data);
                int last = losses.length - 1;
                double slope = (losses[last] - losses[last - STEPS]) / Math.log(10);
                measurements.add(
                        new Measurement(data.name(), Findings.NAME, r.configuration(), r.seed(), "loss_slope", slope));
                if (r.seed() == repetitions.getFirst().seed()) {
                    curves.add(curve(r.configuration(), losses));
                }
            }
        }
        double law = -2.0 * base.units();
        return new Part(
                measurements,
                List.of(
                        new Expectation(
                                "Finding 1: for ReLU energies the loss falls by 2K with each factor e of scale",
                                Findings.NAME,
                                RELU,
                                "loss_slope",
                                Kind.NUMBER,
                                law,
                                0.01 * -law),
                        new Expectation(
                                "Finding 1: with softplus energies it rises instead, as it does in theory",
                                Findings.NAME,
                                SOFTPLUS,
                                "loss_slope",
                                Kind.AT_LEAST,
                                0,
                                0),
                        new Expectation(
                                "Finding 1: with a reconstruction term it rises, too: the loss has a lowest value",
                                Findings.NAME,
                                RECONSTRUCTION,
                                "loss_slope",
                                Kind.AT_LEAST,
                                0,
                                0)),
                Section.of(
                        "Finding 1: the loss has no lower bound",
                        new Section.Text(
                                "Multiply all activations by c. The correlations stay, the variance term falls by 2 K"
                                        + " ln c, and the log-sum-exp term tends to a constant as long as one unit of"
                                        + " each sample is at zero. So the loss falls for ever, and training never"
                                        + " ends: this is the direction that the paper calls the null space. Softplus"
                                        + " energies are never zero, so that in theory log-sum-exp grows in proportion"
                                        + " to c and wins; but in a trained encoder a unit that is off comes so close"
                                        + " to zero that the loss still falls at c = 10⁹, and it is no bound in"
                                        + " practice. Rows of W of length 1 bound the activations by the length of"
                                        + " the samples; and a reconstruction through Wᵀ fixes the scale, because aW"
                                        + " must stay near x (there W is multiplied along with a)."),
                        new Section.Picture(
                                "scale-law",
                                new Lines(
                                        "Loss against the scale of the activations",
                                        "Loss of a test batch as the activations of a trained encoder are multiplied.",
                                        Axis.log("factor c"),
                                        Axis.linear("loss of a batch"),
                                        curves),
                                "Trained encoders, their activations on one batch of test images multiplied by c;"
                                        + " losses above " + (int) HIGHEST + " are not drawn."),
                        Section.Table.ofMeans(
                                "loss_slope is the slope over ln c from c = 10⁸ to 10⁹; −2K = " + (int) law + ".",
                                measurements,
                                SHOWN)));
    }

    private double[] losses(Method.DecoderFree method, Repetition r, DataSet data) {
        int rows = Math.min(base.batch(), data.testImages().shape().dim(0));
        Tensor images = Tensor.of(data.testImages().rows(0, rows).copy());
        Encoder encoder = r.trained().encoder();
        HostArray activations = encoder.apply(images).array();
        // in double precision: the squares of the largest would overflow
        Tensor a = Tensor.of(activations).cast(DType.F64);
        Tensor w = encoder.linear().weight().cast(DType.F64);
        Tensor x = images.cast(DType.F64);
        double[] losses = new double[LAST - FIRST + 1];
        for (int i = 0; i < losses.length; i++) {
            double c = scale(i);
            losses[i] = method.loss(a.mul(c), w.mul(c), x).item();
        }
        return losses;
    }

    private static Series curve(String name, double[] losses) {
        double[] scales = new double[losses.length];
        double[] shown = new double[losses.length];
        for (int i = 0; i < losses.length; i++) {
            scales[i] = scale(i);
            shown[i] = losses[i] <= HIGHEST ? losses[i] : Double.NaN;
        }
        return Series.of(name, scales, shown);
    }

    private static double scale(int i) {
        return Math.pow(10, (FIRST + i) / (double) STEPS);
    }
}
