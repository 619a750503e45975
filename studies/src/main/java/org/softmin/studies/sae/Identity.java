package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.softmin.autograd.Gradients;
import org.softmin.nn.Activation;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Scatter;
import org.softmin.studies.figure.Series;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Experiment 1: ∂L/∂E = softmax(−E) for L = −Σ ln Σ_j exp(−E_j).
 *
 * <p>The loss is written with exp, sum and log alone, so that the gradient is what the chain rule makes of them, and no
 * rule of ours that already knows the answer. The responsibilities are computed on the host, in double precision.
 */
final class Identity {
    static final String NAME = "identity";
    private static final String DATA = "normal";
    private static final Shape SHAPE = Shape.of(64, 128);
    private static final List<Activation> ENERGIES = List.of(Activation.IDENTITY, Activation.RELU, Activation.SOFTPLUS);
    private static final List<DType> TYPES = List.of(DType.F32, DType.F64);

    private Identity() {}

    static Part run(int firstSeed, int seeds, Backend backend) {
        List<Measurement> measurements = new ArrayList<>();
        List<Expectation> expectations = new ArrayList<>();
        List<Series> points = new ArrayList<>();
        for (DType dtype : TYPES) {
            for (Activation energy : ENERGIES) {
                String configuration = energy.name().toLowerCase(Locale.ROOT) + "-"
                        + dtype.name().toLowerCase(Locale.ROOT);
                for (int seed = firstSeed; seed < firstSeed + seeds; seed++) {
                    Outcome outcome = measure(energy, dtype, seed, backend);
                    measurements.add(new Measurement(DATA, NAME, configuration, seed, "max_error", outcome.maxError()));
                    measurements.add(
                            new Measurement(DATA, NAME, configuration, seed, "mean_error", outcome.meanError()));
                    if (seed == firstSeed && dtype == DType.F32) {
                        points.add(outcome.points());
                    }
                }
                double bound = dtype == DType.F32 ? 1e-7 : 1e-15;
                expectations.add(new Expectation(
                        "The gradient of the log-sum-exp loss is the responsibility, for " + configuration
                                + " energies",
                        NAME,
                        configuration,
                        "max_error",
                        Expectation.Kind.NUMBER,
                        0,
                        bound));
            }
        }
        Scatter scatter = new Scatter(
                "Gradient against responsibility",
                "Each point is one energy of one sample: its softmax responsibility across, the gradient of the loss"
                        + " with respect to it up. All points lie on the diagonal.",
                Axis.linear("responsibility softmax(−E)"),
                Axis.linear("gradient ∂L/∂E"),
                points);
        Section section = Section.of(
                "The identity",
                new Section.Text("For L = −Σ ln Σ exp(−E) the gradient with respect to an energy is its responsibility"
                    + " softmax(−E): expectation–maximisation happens inside backpropagation. Here the loss is built"
                    + " from exp, sum and log and differentiated by the chain rule; responsibilities are computed"
                    + " separately, in double precision. Energies are φ(z) for z ~ N(0, 1), "
                        + SHAPE.dim(0) + " samples of " + SHAPE.dim(1) + " units."),
                new Section.Picture(
                        "identity", scatter, "Single precision; the three kinds of energies lie on one line."));
        return new Part(measurements, expectations, section);
    }

    private record Outcome(Series points, double maxError, double meanError) {}

    private static Outcome measure(Activation energy, DType dtype, int seed, Backend backend) {
        Tensor z = RandomKey.of(seed).derive("energies").normal(dtype, SHAPE);
        Tensor e = energy.apply(z);
        Tensor loss = e.neg().exp().sum(1).log().sum().neg();
        Program program = Program.of(List.of(), List.of(e, Gradients.grad(loss, e)));
        double[] energies;
        double[] gradients;
        try (Executable executable = backend.compile(program)) {
            List<HostArray> outputs = executable.run();
            energies = outputs.get(0).toDoubles();
            gradients = outputs.get(1).toDoubles();
        }
        double[] responsibilities = responsibilities(energies);
        double max = 0;
        double sum = 0;
        for (int i = 0; i < gradients.length; i++) {
            double error = Math.abs(gradients[i] - responsibilities[i]);
            max = Math.max(max, error);
            sum += error;
        }
        String name = energy.name().toLowerCase(Locale.ROOT);
        return new Outcome(Series.of(name, responsibilities, gradients), max, sum / gradients.length);
    }

    private static double[] responsibilities(double[] energies) {
        double[] result = new double[energies.length];
        int units = SHAPE.dim(1);
        for (int from = 0; from < energies.length; from += units) {
            double sum = 0;
            for (int j = from; j < from + units; j++) {
                result[j] = StrictMath.exp(-energies[j]);
                sum += result[j];
            }
            for (int j = from; j < from + units; j++) {
                result[j] /= sum;
            }
        }
        return result;
    }
}
