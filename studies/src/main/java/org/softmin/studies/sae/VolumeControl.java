package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.List;
import org.softmin.nn.Activation;
import org.softmin.nn.Adam;
import org.softmin.nn.Linear;
import org.softmin.nn.Losses;
import org.softmin.nn.Reduction;
import org.softmin.nn.TrainStep;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Lines;
import org.softmin.studies.figure.Series;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * Volume control made visible: a Gaussian mixture without its log-determinant collapses as log-sum-exp does without
 * InfoMax, and each of the two is cured by what it lacks. On points of the plane, so that it needs no images.
 *
 * <p>Log-sum-exp is a mean over the points in both, because the log-determinant of a mixture counts once for each point.
 */
final class VolumeControl {
    static final String NAME = "volume-control";
    private static final String DATA = "clusters";
    private static final int UNITS = 4;
    private static final int POINTS = 200;
    private static final int STEPS = 400;
    private static final double RATE = 0.05;

    private VolumeControl() {}

    /** A model of points that gives each an energy for every unit, and what its training minimises. */
    private interface Model {
        Tensor energies(Tensor x);

        Tensor loss(Tensor energies);
    }

    /**
     * Spherical Gaussians of equal weight: E_j = ‖x − μ_j‖² / 2σ_j² + d ln σ_j, whose last term is ½ ln |Σ_j|.
     *
     * @param means μ, [units, d]
     * @param logScales ln σ, [units]
     */
    private record Mixture(Tensor means, Tensor logScales, boolean controlled) implements Model {
        @Override
        public Tensor energies(Tensor x) {
            int d = x.shape().dim(1);
            Tensor distances =
                    x.reshape(x.shape().dim(0), 1, d).sub(means).square().sum(2);
            Tensor energies = distances.mul(logScales.mul(-2).exp()).mul(0.5);
            return controlled ? energies.add(logScales.mul(d)) : energies;
        }

        @Override
        public Tensor loss(Tensor energies) {
            return Losses.logSumExpEnergy(energies, Reduction.MEAN);
        }
    }

    private record Autoencoder(Encoder encoder, boolean controlled) implements Model {
        @Override
        public Tensor energies(Tensor x) {
            return encoder.apply(x);
        }

        @Override
        public Tensor loss(Tensor energies) {
            Tensor loss = Losses.logSumExpEnergy(energies, Reduction.MEAN);
            return controlled
                    ? loss.add(Losses.logVariance(energies, Method.DecoderFree.VARIANCE_EPSILON))
                            .add(Losses.decorrelation(energies, Method.DecoderFree.DEVIATION_EPSILON))
                    : loss;
        }
    }

    /** By step: how far the responsibilities are from uniform, in nats, and the mean deviation of the energies. */
    private record Course(List<Double> certainty, List<Double> spread) {}

    static Part run(int firstSeed, int seeds, Backend backend) {
        List<Measurement> measurements = new ArrayList<>();
        List<Series> certainty = new ArrayList<>();
        List<Series> spread = new ArrayList<>();
        for (int seed = firstSeed; seed < firstSeed + seeds; seed++) {
            RandomKey key = RandomKey.of(seed).derive("volume-control");
            HostArray points = points(key);
            for (boolean controlled : new boolean[] {false, true}) {
                Tensor means = key.derive("means")
                        .normal(DType.F64, Shape.of(UNITS, 2))
                        .eval();
                Tensor scales = Tensor.zeros(DType.F64, Shape.of(UNITS)).eval();
                Course mixture = train(new Mixture(means, scales, controlled), points, backend);
                Encoder start =
                        new Encoder(List.of(), Linear.of(2, UNITS, DType.F64, key.derive("weights")), Activation.RELU);
                Course encoder = train(new Autoencoder(start, controlled), points, backend);
                String mixtureName = controlled ? "mixture" : "mixture-without-determinant";
                String encoderName = controlled ? "lse-with-infomax" : "lse-alone";
                measurements.addAll(measured(mixtureName, seed, mixture));
                measurements.addAll(measured(encoderName, seed, encoder));
                if (seed == firstSeed) {
                    certainty.add(curve(mixtureName, mixture.certainty));
                    certainty.add(curve(encoderName, encoder.certainty));
                    spread.add(curve(mixtureName, mixture.spread));
                    spread.add(curve(encoderName, encoder.spread));
                }
            }
        }
        return new Part(measurements, expectations(), section(measurements, certainty, spread));
    }

    /** Points in as many round clusters as there are units, centred as a whole. */
    private static HostArray points(RandomKey key) {
        Tensor centres = Tensor.of(DType.F64, Shape.of(UNITS, 2), 2, 2, 2, -2, -2, 2, -2, -2);
        Tensor own = Tensor.iota(DType.I32, POINTS).mul(UNITS).div(POINTS);
        return centres.gather(0, own)
                .add(key.derive("points").normal(DType.F64, Shape.of(POINTS, 2)).mul(0.5))
                .array();
    }

    private static <M extends Record & Model> Course train(M start, HostArray points, Backend backend) {
        List<Double> certainty = new ArrayList<>();
        List<Double> spread = new ArrayList<>();
        TrainStep<M> step = TrainStep.of(start, (m, batch) -> m.loss(m.energies(batch.x())))
                .optimizer(new Adam(RATE))
                .metric("certainty", (m, batch) -> certainty(m.energies(batch.x())))
                .metric(
                        "spread",
                        (m, batch) ->
                                m.energies(batch.x()).variance(0, 1).sqrt().mean());
        try (var trainer = step.start(backend)) {
            for (int i = 0; i < STEPS; i++) {
                trainer.step(points);
                certainty.add(trainer.metric("certainty"));
                spread.add(trainer.metric("spread"));
            }
        }
        return new Course(certainty, spread);
    }

    /** ln K less the mean entropy of the responsibilities: 0 where all units claim all points alike. */
    private static Tensor certainty(Tensor energies) {
        Tensor log = energies.neg().logSoftmax(1);
        return log.exp().mul(log).sum(1).mean().add(Math.log(UNITS));
    }

    private static Series curve(String name, List<Double> values) {
        return Series.of(name, values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static List<Measurement> measured(String configuration, int seed, Course course) {
        return List.of(
                new Measurement(DATA, NAME, configuration, seed, "certainty", course.certainty.getLast()),
                new Measurement(DATA, NAME, configuration, seed, "spread", course.spread.getLast()));
    }

    private static List<Expectation> expectations() {
        return List.of(
                collapses("A mixture without its log-determinant collapses", "mixture-without-determinant"),
                collapses("Log-sum-exp alone collapses", "lse-alone"),
                stands("The log-determinant prevents it", "mixture"),
                stands("InfoMax prevents it", "lse-with-infomax"));
    }

    private static Expectation collapses(String claim, String configuration) {
        return new Expectation(claim, NAME, configuration, "certainty", Kind.AT_MOST, 0.01, 0);
    }

    private static Expectation stands(String claim, String configuration) {
        return new Expectation(claim, NAME, configuration, "certainty", Kind.AT_LEAST, 0.1, 0);
    }

    private static Section section(List<Measurement> measurements, List<Series> certainty, List<Series> spread) {
        return Section.of(
                "Volume control",
                new Section.Text(
                        "A Gaussian mixture is fitted by −Σ ln Σ exp(−E) with E_j = ‖x − μ_j‖²/2σ_j² + d ln σ_j."
                            + " Without the last term, the log-determinant, a wider component explains every point"
                            + " better: all widths grow, all energies go to 0, and all components claim all points"
                            + " alike. The log-sum-exp loss of an encoder has no such term either, and goes the same"
                            + " way by shrinking its weights. InfoMax, the variance and the decorrelation term, is to"
                            + " the encoder what the log-determinant is to the mixture: for a linear whitening,"
                            + " |Σ|^(−1/2) = |det W|. Here "
                                + POINTS + " points of the plane in " + UNITS + " clusters, " + UNITS + " units, "
                                + STEPS
                                + " steps of Adam."),
                new Section.Picture(
                        "volume-control",
                        new Lines(
                                "Collapse and its cure",
                                "How far responsibilities are from uniform by step, for the mixture and the encoder,"
                                        + " with and without volume control.",
                                Axis.linear("step"),
                                Axis.linear("ln K − entropy of the responsibilities (nats)"),
                                certainty),
                        "0 is the collapse: every unit claims every point alike."),
                new Section.Picture(
                        "volume-spread",
                        new Lines(
                                "Spread of the energies",
                                "Mean deviation of the energies by step, for the same four.",
                                Axis.linear("step"),
                                Axis.log("mean deviation of the energies"),
                                spread),
                        "The energies themselves: without volume control they all go to one value."),
                Section.Table.ofMeans(
                        "After the last step, means over seeds.", measurements, List.of("certainty", "spread")));
    }
}
