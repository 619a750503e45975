package org.softmin.studies.encoders;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Lines;
import org.softmin.studies.figure.Series;
import org.softmin.studies.metrics.Pca;
import org.softmin.studies.metrics.ReconstructionMetrics;
import org.softmin.studies.report.Expectation;
import org.softmin.studies.report.Expectation.Kind;
import org.softmin.studies.report.Part;
import org.softmin.studies.report.Results;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;

/**
 * Experiment 3: what the encoder's constraint costs, error by the width of the code, against as many principal components.
 *
 * @param recipe how the autoencoders are trained, whatever the width of its code
 */
record LatentSizes(Recipe recipe, int seed, List<Integer> sizes) implements Trial {
    static final String NAME = "latent";
    private static final String AUTOENCODER = "autoencoder-";
    private static final String LINEAR = "linear-";
    private static final String COMPONENTS = "pca-";

    @Override
    public List<Job> jobs() {
        return sizes.stream()
                .flatMap(size -> Stream.of(pair(size), linear(size)))
                .toList();
    }

    private Job pair(int size) {
        return new Job(recipe.withLatent(size), Input.IMAGE, seed, false);
    }

    private Job linear(int size) {
        return new Job(recipe.withLatent(size).with(Mlp.LINEAR), Input.IMAGE, seed, false);
    }

    @Override
    public Part report(Evaluation evaluation, Outcomes outcomes) {
        DataSet data = evaluation.data();
        Pca all = Pca.fit(
                data.trainImages(),
                sizes.stream().mapToInt(Integer::intValue).max().orElse(1));
        List<Measurement> measurements = new ArrayList<>();
        List<Expectation> expectations = new ArrayList<>();
        for (int size : sizes) {
            Pca pca = all.first(size);
            double components =
                    ReconstructionMetrics.mse(pca.reconstruct(pca.transform(data.testImages())), data.testImages());
            measurements.add(row(data, AUTOENCODER + size, outcomes, pair(size)));
            measurements.add(row(data, LINEAR + size, outcomes, linear(size)));
            measurements.add(new Measurement(data.name(), NAME, COMPONENTS + size, null, "mse_test", components));
            expectations.add(new Expectation(
                    "A linear autoencoder with " + size + " numbers reaches as many principal components, within 2 %",
                    NAME,
                    LINEAR + size,
                    "mse_test",
                    Kind.NUMBER,
                    components,
                    0.02 * components));
            expectations.add(new Expectation(
                    "An autoencoder with " + size + " numbers does no worse than as many principal components",
                    NAME,
                    AUTOENCODER + size,
                    "mse_test",
                    Kind.AT_MOST,
                    components,
                    0));
        }
        return new Part(measurements, expectations, section(measurements));
    }

    private Measurement row(DataSet data, String configuration, Outcomes outcomes, Job job) {
        Double error = outcomes.of(job, Configuration.CASE1).metrics().get("mse_test");
        return new Measurement(data.name(), NAME, configuration, seed, "mse_test", error);
    }

    private Section section(List<Measurement> measurements) {
        Results results = Results.of(measurements, List.of());
        return Section.of(
                "The encoder's constraint",
                new Section.Text(
                        "An encoder ties what is made to the image, through as many numbers as a code has. With linear"
                            + " layers the best is known: as many principal components. Layers with ReLU between bend"
                            + " the surface on which the images are made, and come closer with as many numbers."),
                Section.Table.ofMeans("On the test images, seed " + seed + ".", measurements, List.of("mse_test")),
                new Section.Picture(
                        "latent-sizes",
                        new Lines(
                                "Error by the width of the code",
                                "Test error of autoencoders, linear autoencoders and principal components.",
                                Axis.log("numbers in a code"),
                                Axis.log("mse"),
                                List.of(
                                        curve("autoencoder", AUTOENCODER, results),
                                        curve("linear autoencoder", LINEAR, results),
                                        curve("principal components", COMPONENTS, results))),
                        "On the test images, seed " + seed + "."));
    }

    private Series curve(String name, String configurations, Results results) {
        return Series.of(
                name,
                sizes.stream().mapToDouble(Integer::doubleValue).toArray(),
                sizes.stream()
                        .mapToDouble(size -> results.mean(NAME, configurations + size, "mse_test")
                                .map(Results.Mean::value)
                                .orElse(Double.NaN))
                        .toArray());
    }
}
