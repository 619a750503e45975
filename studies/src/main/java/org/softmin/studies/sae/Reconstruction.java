package org.softmin.studies.sae;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.softmin.nn.Sgd;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Bars;
import org.softmin.studies.metrics.ReconstructionMetrics;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;
import org.softmin.tensor.HostArray;

/**
 * Finding 4: the published reconstruction is worse than the mean image, and what is not; with the chosen objective, and
 * whether it reaches what was aimed at.
 *
 * @param base how the encoders are trained
 */
record Reconstruction(Recipe base, Method.Standard standard, int seeds) implements Trial {
    static final String BOUNDED = "bounded";
    private static final String PUBLISHED = "published";
    private static final String SGD = "published-sgd-1e-2";
    private static final String NO_LSE = "published-no-lse";
    private static final String STANDARD = "standard";
    private static final String MEAN_IMAGE = "mean-image";
    private static final List<String> SHOWN =
            List.of("mse_normalized", "mse_readout", "probe_accuracy", "l0", "parameters", "redundancy", "dead");

    @Override
    public Map<String, Recipe> recipes() {
        Recipe published = base.with(Method.DecoderFree.PUBLISHED);
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        recipes.put(BOUNDED, base.with(Candidates.CHOSEN));
        recipes.put(PUBLISHED, published);
        recipes.put(SGD, published.with(new Sgd(1e-2)));
        recipes.put(NO_LSE, base.with(Method.DecoderFree.PUBLISHED.withLse(0)));
        recipes.put(STANDARD, base.with(standard));
        return recipes;
    }

    @Override
    public Part report(DataSet data, List<Repetition> repetitions) {
        List<Measurement> measurements = Repetition.measurements(data, Findings.NAME, repetitions);
        HostArray mean = ReconstructionMetrics.meanImage(data.trainImages());
        double ofMean = ReconstructionMetrics.normalizedMse(mean, data.testImages());
        double ofMeanReadout = ReconstructionMetrics.mse(mean, data.testImages());
        measurements.add(new Measurement(data.name(), Findings.NAME, MEAN_IMAGE, null, "mse_normalized", ofMean));
        measurements.add(new Measurement(data.name(), Findings.NAME, MEAN_IMAGE, null, "mse_readout", ofMeanReadout));
        List<Bars.Group> groups = new ArrayList<>();
        for (String name : recipes().keySet()) {
            groups.add(group(
                    name,
                    Repetition.mean(repetitions, name, "mse_normalized"),
                    Repetition.mean(repetitions, name, "mse_readout")));
        }
        groups.add(group(MEAN_IMAGE, ofMean, ofMeanReadout));
        return new Part(
                measurements,
                List.of(
                        claim(
                                "Finding 4: the published reconstruction is no worse than the mean image, as"
                                        + " \"comparable\" implies",
                                PUBLISHED,
                                "mse_normalized",
                                Kind.AT_MOST,
                                0.0776),
                        new Expectation(
                                "Finding 4: by gradient descent at 0.01 it is better",
                                Findings.NAME,
                                SGD,
                                "mse_normalized",
                                Kind.NUMBER,
                                0.046,
                                0.01),
                        claim("Aim: probe of the bounded objective", BOUNDED, "probe_accuracy", Kind.AT_LEAST, 0.945),
                        claim(
                                "Aim: normalised error of the bounded objective",
                                BOUNDED,
                                "mse_normalized",
                                Kind.AT_MOST,
                                0.03),
                        claim("Aim: active units of the bounded objective", BOUNDED, "l0", Kind.AT_MOST, 20),
                        claim("Aim: one encoder's parameters", BOUNDED, "parameters", Kind.AT_MOST, 50_240)),
                Section.of(
                        "Finding 4: what holds of reconstruction",
                        new Section.Text("The outline calls reconstruction through Wᵀ comparable to the standard"
                                + " autoencoder's. By the published, normalised error it is worse than showing the mean"
                                + " image. What holds: a least-squares readout of the same features comes close, the"
                                + " information is there; gradient descent at 0.01, which leaves the scale lower, and"
                                + " leaving out log-sum-exp both reconstruct better. The objective with a term for it"
                                + " (bounded) needs no decoder for a smaller error than the standard autoencoder's: on"
                                + " MNIST with half of its parameters and of its active units, and a better probe."),
                        new Section.Picture(
                                "reconstruction-finding",
                                new Bars(
                                        "Two errors of reconstruction",
                                        "Normalised error through the transposed weights, and that of the best linear"
                                                + " readout.",
                                        Axis.linear("mse"),
                                        List.of("mse_normalized", "mse_readout"),
                                        groups),
                                "Means over seeds, on the test images."),
                        Section.Table.ofMeans("Means over seeds, on the test images.", measurements, SHOWN)));
    }

    private static Bars.Group group(String name, double normalized, double readout) {
        return new Bars.Group(name, List.of(Bars.Value.of(normalized), Bars.Value.of(readout)));
    }

    private static Expectation claim(String claim, String configuration, String metric, Kind kind, double bound) {
        return new Expectation(claim, Findings.NAME, configuration, metric, kind, bound, 0);
    }
}
