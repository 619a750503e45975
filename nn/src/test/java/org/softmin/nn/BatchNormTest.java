package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.autograd.GradientCheck;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** Batch normalisation, and statistics as part of a training's state. */
class BatchNormTest {
    private static final HostArray X = RandomKey.of(1)
            .normal(DType.F32, Shape.of(20, 3))
            .mul(2)
            .add(1)
            .eval()
            .array();
    private static final Batches BATCHES = Batches.of(8, X).shuffle(RandomKey.of(2)); // two of 8 and one of 4

    @TempDir
    private Path folder;

    private static Tensor f64(double... values) {
        return Tensor.of(DType.F64, Shape.of(values.length), values);
    }

    private static BatchNorm norm() {
        return new BatchNorm(f64(2, -1), f64(0.5, 3), new Statistic(f64(1, 10)), new Statistic(f64(4, 9)), 0.25, 0.5);
    }

    // ---- the layer

    @Test
    void trainingUsesTheBatchAndMovesTheRunningStatistics() {
        Tensor x = Tensor.of(DType.F64, Shape.of(1, 2, 2, 2), 1, 5, 2, 5, 4, 5, 9, 5);
        var trained = norm().train(x);
        double deviation = Math.sqrt((9 + 4 + 0 + 25) / 4.0 + 0.5); // mean 4
        double[] expected = new double[8];
        for (int i = 0; i < 4; i++) {
            expected[2 * i] = (new double[] {1, 2, 4, 9}[i] - 4) / deviation * 2 + 0.5;
            expected[2 * i + 1] = 3; // a constant channel
        }
        assertArrayEquals(expected, Run.values(trained.y()), 1e-14);
        BatchNorm next = trained.layer();
        assertArrayEquals(new double[] {1.75, 8.75}, Run.values(next.mean().value()), 1e-14);
        // unbiased: 38/3 and 0
        assertArrayEquals(
                new double[] {4 + 0.25 * (38 / 3.0 - 4), 9 - 0.25 * 9},
                Run.values(next.variance().value()),
                1e-14);
        assertSame(norm().weight(), next.weight());
    }

    @Test
    void evaluationUsesTheRunningStatistics() {
        Tensor x = Tensor.of(DType.F64, Shape.of(1, 1, 1, 2), 7, 4);
        assertArrayEquals(
                new double[] {6 / Math.sqrt(4.5) * 2 + 0.5, 6 / Math.sqrt(9.5) + 3},
                Run.values(norm().apply(x)),
                1e-14);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertEquals(
                "batchnorm: a batch of [1, 1, 1, 2] has 1 position(s), which have no variance; train with 2 or more",
                refusal(() -> norm().train(Tensor.zeros(DType.F64, Shape.of(1, 1, 1, 2)))));
        String message = "batchnorm: input [4, 3] does not fit weight [2]; its last dimension must be 2";
        assertEquals(message, refusal(() -> norm().train(Tensor.zeros(DType.F64, Shape.of(4, 3)))));
        assertEquals(message, refusal(() -> norm().apply(Tensor.zeros(DType.F64, Shape.of(4, 3)))));
        BatchNorm fits = norm();
        assertEquals(
                "batchnorm: weight [2], bias [2], mean [2] and variance [1] do not fit; all must be [channels]",
                refusal(() ->
                        new BatchNorm(fits.weight(), fits.bias(), fits.mean(), new Statistic(f64(1)), 0.1, 1e-5)));
        for (double momentum : new double[] {0, 1.5, Double.NaN}) {
            assertTrue(refusal(() ->
                            new BatchNorm(fits.weight(), fits.bias(), fits.mean(), fits.variance(), momentum, 1e-5))
                    .startsWith("batchnorm: momentum " + momentum));
        }
        assertEquals(
                "statistic: I32[3] is configuration, which no step moves; cast it to F32 or F64",
                refusal(() -> new Statistic(Tensor.iota(DType.I32, 3))));
    }

    private static String refusal(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }

    @Test
    void gradientsAreThoseOfDifferences() {
        HostArray x =
                RandomKey.of(3).normal(DType.F64, Shape.of(2, 2, 3, 2)).eval().array();
        List<HostArray> at = new ArrayList<>(List.of(x));
        Parameters.flatten(norm()).tensors().forEach(parameter -> at.add(parameter.array()));
        GradientCheck.DEFAULT.check(
                values -> {
                    BatchNorm moved = Parameters.unflatten(norm(), values.subList(1, values.size()));
                    var trained = moved.train(values.getFirst());
                    return List.of(
                            trained.y().square(),
                            moved.apply(values.getFirst()).square(),
                            trained.layer().mean().value().square(),
                            trained.layer().variance().value().square());
                },
                at);
    }

    @Test
    void layersOfLayersPassTrainingOn() {
        BatchNorm norm = norm();
        Tensor x = Tensor.of(DType.F64, Shape.of(3, 2), 1, 2, 3, 4, 8, 6);
        var expected = norm.train(x);
        var outer = Sequential.of(Activation.IDENTITY, Residual.of(Sequential.of(norm)))
                .train(x);
        assertArrayEquals(Run.values(x.add(expected.y())), Run.values(outer.y()), 1e-14);
        assertEquals(Sequential.of(Activation.IDENTITY, Residual.of(Sequential.of(expected.layer()))), outer.layer());
        assertEquals(
                new Residual(Activation.TANH, expected.layer()),
                new Residual(Activation.TANH, norm).train(x).layer());
    }

    // ---- statistics in training

    record Model(Linear in, BatchNorm norm, Linear out) {
        static Model of() {
            return new Model(Linear.of(3, 4, RandomKey.of(3)), BatchNorm.of(4), Linear.of(4, 3, RandomKey.of(4)));
        }

        Tensor apply(Tensor x) {
            return out.apply(norm.apply(in.apply(x)).tanh());
        }

        Tensor train(Tensor x) {
            return out.apply(norm.train(in.apply(x)).y().tanh());
        }

        Model next(Tensor x) {
            return new Model(in, norm.train(in.apply(x)).layer(), out);
        }
    }

    private static TrainStep<Model> step(int accumulated) {
        return TrainStep.of(Model.of(), (m, batch) -> Losses.mse(m.train(batch.x()), batch.x(), Reduction.MEAN))
                .optimizer(new AdamW(0.01))
                .accumulate(accumulated, Reduction.MEAN);
    }

    private static Trainer<Model> trainer(int accumulated) {
        return step(accumulated).statistics((m, batch) -> m.next(batch.x())).start();
    }

    @Test
    void statisticsAreParametersThatNoGradientMoves() {
        Parameters parameters = Parameters.flatten(Model.of());
        assertEquals(
                List.of(
                        "in.weight",
                        "in.bias",
                        "norm.weight",
                        "norm.bias",
                        "norm.mean",
                        "norm.variance",
                        "out.weight",
                        "out.bias"),
                parameters.names());
        assertEquals(Set.of("norm.mean", "norm.variance"), parameters.statistics());
        assertArrayEquals(new int[] {0, 1, 2, 3, 6, 7}, parameters.trained());
        Model doubles = Parameters.map(Model.of(), t -> t.cast(DType.F64));
        assertEquals(DType.F64, doubles.norm().mean().value().dtype());
    }

    /** With weights that stand still, the statistics are those of the batches one after the other. */
    @Test
    void eachStepMovesTheStatistics() {
        for (int accumulated : new int[] {1, 2}) {
            TrainStep<Model> still = step(accumulated).statistics((m, batch) -> m.next(batch.x()));
            Model expected = Model.of();
            try (var trainer = still.optimizer(new Sgd(1e-30)).start()) {
                for (int from = 0; from < 16; from += 8) {
                    trainer.step(X.rows(from, from + 8));
                    expected = expected.next(Tensor.of(X.rows(from, from + 8)));
                }
                BatchNorm found = trainer.model().norm();
                assertArrayEquals(
                        Run.values(expected.norm().mean().value()),
                        Run.values(found.mean().value()),
                        1e-6);
                assertArrayEquals(
                        Run.values(expected.norm().variance().value()),
                        Run.values(found.variance().value()),
                        1e-6);
            }
        }
    }

    /** What training has seen serves evaluation better than mean 0 and variance 1 do. */
    @Test
    void evaluationProfitsFromTheStatistics() {
        try (var trainer = trainer(1)) {
            trainer.fit(BATCHES, 100);
            Model model = trainer.model();
            Model without = new Model(
                    model.in(),
                    new BatchNorm(
                            model.norm().weight(),
                            model.norm().bias(),
                            BatchNorm.of(4).mean(),
                            BatchNorm.of(4).variance(),
                            0.1,
                            1e-5),
                    model.out());
            Tensor x = Tensor.of(X);
            double loss = Run.value(Losses.mse(model.apply(x), x, Reduction.MEAN));
            assertTrue(loss < Run.value(Losses.mse(without.apply(x), x, Reduction.MEAN)), "loss " + loss);
            try (var inference = trainer.inference((m, batch) -> m.apply(batch.x()))) {
                assertArrayEquals(Run.values(model.apply(x)), inference.run(X).toDoubles(), 1e-5);
            }
        }
    }

    @Test
    void aTrainingGoesOnWithTheSameBits() throws IOException {
        for (int accumulated : new int[] {1, 2}) {
            try (var whole = trainer(accumulated);
                    var first = trainer(accumulated);
                    var second = trainer(accumulated)) {
                whole.fit(BATCHES, 4);
                first.fit(BATCHES, 2);
                Checkpoint.save(first, folder.resolve("at"), Map.of(), 0);
                Checkpoint.open(folder.resolve("at")).restore(second);
                second.fit(BATCHES, 2);
                assertEquals(bits(whole), bits(second));
            }
        }
    }

    private static String bits(Trainer<?> trainer) {
        List<String> bits = new ArrayList<>();
        trainer.arrays().forEach((name, array) -> bits.add(name + Arrays.toString(array.toDoubles())));
        return bits.toString();
    }

    @Test
    void statisticsThatNothingMovesAreRefused() {
        assertEquals(
                "train: nothing moves the statistics [norm.mean, norm.variance]; say what does with statistics(..),"
                        + " where the model itself leaves them as they are",
                refusal(() -> step(1).start()));
        try (var frozen = step(1).statistics((m, batch) -> m).start()) {
            frozen.step(X);
            assertArrayEquals(
                    new double[] {0, 0, 0, 0},
                    frozen.parameters().get("norm.mean").toDoubles());
        }
        try (var wrong = step(1).statistics((m, batch) -> new Model(m.in(), BatchNorm.of(5), m.out()))
                .start()) {
            assertTrue(refusal(() -> wrong.step(X)).startsWith("unflatten: norm.weight is F32[4]"));
        }
    }

    /** It is refused before the first step, with the sizes of batch that would work. */
    @Test
    void aLastBatchOfOneRowIsRefusedBeforeTraining() {
        try (var trainer = trainer(1)) {
            String message = refusal(() -> trainer.fit(Batches.of(19, X), 1));
            assertTrue(message.contains("batchnorm: a batch of [1, 4] has 1 position(s)"), message);
            assertEquals(0, trainer.steps());
        }
    }

    @Test
    void lbfgsLeavesStatisticsAsTheyAre() {
        BatchNorm start = Parameters.map(BatchNorm.of(3), t -> t.cast(DType.F64));
        HostArray x = HostArray.of(DType.F64, X.shape(), X.toDoubles());
        var fit = new Lbfgs(5, 50, 1e-9)
                .minimize(
                        start, (m, batch) -> m.apply(batch.x()).sub(1).square().mean(), Run.REFERENCE, x);
        assertArrayEquals(new double[] {0, 0, 0}, Run.values(fit.model().mean().value()));
        assertArrayEquals(new double[] {1, 1, 1}, Run.values(fit.model().bias()), 1e-6);
    }
}
