package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.softmin.autograd.Gradients;
import org.softmin.nn.Activation;
import org.softmin.nn.Adam;
import org.softmin.nn.Layer;
import org.softmin.nn.Linear;
import org.softmin.nn.Losses;
import org.softmin.nn.Parameters;
import org.softmin.nn.Reduction;
import org.softmin.nn.Schedule;
import org.softmin.nn.Sgd;
import org.softmin.nn.TrainStep;
import org.softmin.studies.encoders.Architecture;
import org.softmin.studies.encoders.Mlp;
import org.softmin.studies.metrics.Pca;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * The theorems behind the study of encoders: of what it is told of an image, c, the best that a network can make by squared
 * error is E[x | c]. F64, random data, 10⁻¹² relative to numbers of size 1 or more.
 */
@Domain(Generators.class)
class ConditionalMeanLaws {
    private static final double ACCURACY = 1e-12;

    // ---- a constant input

    /** Σ‖x − c‖² = Σ‖x − mean‖² + n‖c − mean‖²: told nothing, the mean image is best, and there the gradient is 0. */
    @Law
    void toldNothingTheMeanImageIsBest(@ForAll Lab lab) {
        int n = lab.size(1, 12);
        int d = lab.size(1, 9);
        Tensor x = lab.normal(1, n, d);
        double[] mean = mean(lab.rows(x));
        Tensor best = lab.filled(i -> mean[i], 1, d);
        Tensor other = lab.normal(1, 1, d);
        double floor = lab.value(error(best, x));
        assertClose(floor + n * distance(mean, lab.values(other)), lab.value(error(other, x)));
        assertArrayEquals(new double[d], lab.gradient(error(best, x), best), 1e-12 * n);
    }

    /** Zeros as input give no gradient to the weights of the first layer of an encoder, whatever comes after it. */
    @Law
    void zerosNeverTrainTheFirstLayer(@ForAll Lab lab) {
        int n = lab.size(1, 5);
        Architecture mlp = new Mlp(List.of(lab.size(16, 20), lab.size(16, 20)), Activation.SIGMOID);
        Architecture.ImageSize image = new Architecture.ImageSize(1, lab.size(1, 3), lab.size(1, 3));
        RandomKey key = RandomKey.of(lab.size(0, 1000));
        Record encoder = (Record) mlp.encoder(image, 2, key);
        Layer decoder = mlp.decoder(2, image, key);
        int d = image.rows() * image.columns();
        Tensor zeros = Tensor.zeros(DType.F32, Shape.of(n, d));
        Tensor x = lab.normal(1, n, d).cast(DType.F32);
        Tensor loss = error(decoder.apply(((Layer) encoder).apply(zeros)), x);
        List<Tensor> parameters = Parameters.flatten(encoder).tensors();
        assertTrue(largest(lab.values(Gradients.grad(loss, parameters.get(0)))) == 0); // weights
        assertTrue(largest(lab.values(Gradients.grad(loss, parameters.getLast()))) > 0); // biases
    }

    /**
     * Gradient descent at rate η on the mean of ‖x − b‖² takes the excess over the floor to (1 − 2η)² of it in each step, and
     * so to 0.
     */
    @Law
    void theExcessOverTheFloorVanishes(@ForAll Lab lab) {
        record Constant(Tensor output) {}
        int n = lab.size(1, 12);
        int d = lab.size(1, 9);
        HostArray x = lab.array(lab.normal(1, n, d));
        double rate = lab.uniform(0.05, 0.45);
        double floor = lab.value(error(lab.filled(i -> mean(rows(x))[i], 1, d), lab.filled(x::get, n, d))) / n;
        Constant start = new Constant(Tensor.of(lab.array(lab.normal(1, d))));
        var step = TrainStep.of(
                        start,
                        (model, batch) ->
                                error(model.output.reshape(1, d), batch.x()).mul(1.0 / n))
                .optimizer(new Sgd(rate));
        try (var trainer = step.start()) {
            double first = trainer.step(x) - floor;
            for (int t = 1; t <= 12; t++) {
                double excess = trainer.step(x) - floor;
                assertEquals(first * Math.pow(1 - 2 * rate, 2 * t), excess, 1e-12 * Math.max(1, first));
            }
        }
    }

    // ---- labels and noise

    /**
     * Told label and noise, the best is the mean of the class for every noise: with each image met by each noise, Σ‖x −
     * f(y, z)‖² = Σ‖x − E[x|y]‖² + Σ‖E[x|y] − f(y, z)‖², and at f = E[x|y] the gradient is 0.
     */
    @Law
    void toldLabelAndNoiseTheClassMeanIsBestWhateverTheNoise(@ForAll Lab lab) {
        int n = lab.size(2, 12);
        int d = lab.size(1, 6);
        int classes = lab.size(1, 4);
        int noises = lab.size(1, 5);
        Tensor x = lab.normal(1, n, d);
        Tensor labels = lab.labels(classes, n);
        double[][] images = lab.rows(x);
        double[] classOf = lab.values(labels);
        double[][] means = classMeans(images, classOf, classes);
        Tensor best = lab.filled(i -> means[i / d / noises][i % d], classes, noises, d);
        Tensor other = lab.normal(1, classes, noises, d);
        double[] made = lab.values(other);
        double floor = 0;
        double distance = 0;
        for (int i = 0; i < n; i++) {
            int y = (int) classOf[i];
            floor += noises * distance(images[i], means[y]);
            for (int z = 0; z < noises; z++) {
                int at = (y * noises + z) * d;
                distance += distance(means[y], Arrays.copyOfRange(made, at, at + d));
            }
        }
        Tensor eachWithEach = x.reshape(n, 1, d).expand(Shape.of(n, noises, d));
        assertClose(floor, lab.value(error(best.gather(0, labels), eachWithEach)));
        assertClose(floor + distance, lab.value(error(other.gather(0, labels), eachWithEach)));
        double[] gradient = lab.gradient(error(best.gather(0, labels), eachWithEach), best);
        assertArrayEquals(new double[gradient.length], gradient, 1e-11 * n);
    }

    /** ‖x − x̂‖² = ‖x − E[x|c]‖² + ‖E[x|c] − x̂‖² in the sum over the images, for every x̂ that is made of c. */
    @Law
    void theErrorIsTheFloorAndTheDistanceToTheOptimum(@ForAll Lab lab) {
        int n = lab.size(1, 15);
        int d = lab.size(1, 6);
        int values = lab.size(1, 5);
        Tensor x = lab.normal(1, n, d);
        Tensor c = lab.labels(values, n);
        double[][] means = classMeans(lab.rows(x), lab.values(c), values);
        Tensor optimum = lab.filled(i -> means[i / d][i % d], values, d).gather(0, c);
        Tensor made = lab.normal(1, values, d).gather(0, c);
        assertClose(lab.value(error(optimum, x)) + lab.value(error(made, optimum)), lab.value(error(made, x)));
    }

    // ---- a code of fewer numbers

    /** The error of the first k principal components is the variance along the others, so it falls as k grows, to 0. */
    @Law
    void componentsLoseTheVarianceAlongTheOthers(@ForAll Lab lab) {
        int d = lab.size(1, 6);
        int n = d + lab.size(2, 12);
        HostArray x = lab.array(lab.normal(1, n, d));
        Pca all = Pca.fit(x, d);
        double before = Double.POSITIVE_INFINITY;
        for (int k = 1; k <= d; k++) {
            double rest = 0;
            for (int i = k; i < d; i++) {
                rest += all.variances().get(i) * (n - 1);
            }
            double error = componentError(x, k);
            assertEquals(rest, error, 1e-10 * n * d);
            assertTrue(error <= before + 1e-10 * n * d);
            before = error;
        }
    }

    /** No linear autoencoder is better than as many principal components, and at these its gradient is 0. */
    @Law
    void noLinearAutoencoderIsBetterThanComponents(@ForAll Lab lab) {
        int d = lab.size(2, 6);
        int k = lab.size(1, d - 1);
        int n = d + lab.size(2, 12);
        Tensor x = lab.normal(1, n, d);
        HostArray data = lab.array(x);
        Pca pca = Pca.fit(data, k);
        double least = componentError(data, k);
        Tensor in = lab.filled(i -> pca.components().get(i), k, d);
        Tensor out = lab.filled(i -> pca.components().get(i % k * d + i / k), d, k);
        Tensor bias = lab.filled(i -> pca.mean().get(i), d);
        Tensor best = error(
                new Linear(out, bias)
                        .apply(new Linear(
                                        in,
                                        in.matmul(bias.reshape(d, 1)).reshape(k).neg())
                                .apply(x)),
                x);
        assertEquals(least, lab.value(best), 1e-10 * n * d);
        for (Tensor parameter : List.of(in, out, bias)) {
            assertTrue(largest(lab.gradient(best, parameter)) < 1e-9 * n * d);
        }
        Tensor anyIn = lab.normal(1, k, d);
        Tensor anyOut = lab.normal(1, d, k);
        Tensor any = error(new Linear(anyOut, lab.normal(1, d)).apply(new Linear(anyIn, lab.normal(1, k)).apply(x)), x);
        assertTrue(lab.value(any) >= least - 1e-10 * n * d);
    }

    /** Training takes a linear autoencoder to principal components. */
    @Property(tries = 3, seed = "2026")
    void trainedLinearAutoencodersReachComponents(@ForAll Lab lab) {
        record Pair(Linear in, Linear out) {}
        int d = 6;
        int k = lab.size(1, 4);
        HostArray x = lab.array(lab.normal(1, 40, d).mul(lab.filled(i -> 1 + i % d, 1, d)));
        RandomKey key = RandomKey.of(lab.size(0, 1000));
        Pair start =
                new Pair(Linear.of(d, k, DType.F64, key.derive("in")), Linear.of(k, d, DType.F64, key.derive("out")));
        var step = TrainStep.of(start, (model, batch) -> error(model.out.apply(model.in.apply(batch.x())), batch.x()))
                .optimizer(new Adam(0.03))
                .schedule(Schedule.cosine(4000, 0));
        double loss = 0;
        try (var trainer = step.start()) {
            for (int t = 0; t < 4000; t++) {
                loss = trainer.step(x);
            }
        }
        double least = componentError(x, k);
        assertEquals(least, loss, 1e-4 * least);
    }

    // ---- in plain Java

    private static Tensor error(Tensor made, Tensor x) {
        return Losses.mse(made.expand(x.shape()), x, Reduction.SUM);
    }

    private static double componentError(HostArray x, int k) {
        Pca pca = Pca.fit(x, k);
        return distance(pca.reconstruct(pca.transform(x)).toDoubles(), x.toDoubles());
    }

    private static double distance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }

    private static double[][] rows(HostArray x) {
        int d = x.shape().dim(1);
        double[] all = x.toDoubles();
        double[][] rows = new double[x.shape().dim(0)][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(all, i * d, (i + 1) * d));
        return rows;
    }

    private static double[] mean(double[][] rows) {
        double[] mean = new double[rows[0].length];
        for (double[] row : rows) {
            for (int j = 0; j < mean.length; j++) {
                mean[j] += row[j] / rows.length;
            }
        }
        return mean;
    }

    /** Of a class without images anything. */
    private static double[][] classMeans(double[][] images, double[] classOf, int classes) {
        double[][] means = new double[classes][images[0].length];
        for (int c = 0; c < classes; c++) {
            int own = c;
            double[][] members = IntStream.range(0, images.length)
                    .filter(i -> classOf[i] == own)
                    .mapToObj(i -> images[i])
                    .toArray(double[][]::new);
            means[c] = members.length == 0 ? means[c] : mean(members);
        }
        return means;
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }

    private static void assertClose(double expected, double actual) {
        assertEquals(expected, actual, ACCURACY * Math.max(1, Math.abs(expected)) * 10);
    }
}
