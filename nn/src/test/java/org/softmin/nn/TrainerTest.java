package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

@ParameterizedClass
@ValueSource(strings = {"reference", "cpu"})
class TrainerTest {
    private static final int ROWS = 22;
    private static final HostArray X = HostArray.of(
            DType.F64, Shape.of(ROWS, 2), Run.values(RandomKey.of(1).normal(DType.F64, Shape.of(ROWS, 2))));
    /** y = 2 x₀ − 3 x₁ + 0.5, exactly. */
    private static final HostArray Y = targets();

    private final Backend backend;

    TrainerTest(String name) {
        this.backend = Backend.named(name);
    }

    private static HostArray targets() {
        HostArray y = HostArray.zeros(DType.F64, Shape.of(ROWS, 1));
        for (int i = 0; i < ROWS; i++) {
            y.set(i, 2 * X.get(2 * i) - 3 * X.get(2 * i + 1) + 0.5);
        }
        return y;
    }

    private static Linear line() {
        return new Linear(Tensor.of(DType.F64, Shape.of(1, 2), 0.1, 0.2), Tensor.of(DType.F64, Shape.of(1), 0));
    }

    private static TrainStep<Linear> regression(Reduction reduction) {
        return TrainStep.of(line(), (m, batch) -> Losses.mse(m.apply(batch.x()), batch.y(), reduction));
    }

    private static double[] values(Trainer<?> trainer) {
        return trainer.parameters().values().stream()
                .flatMapToDouble(array -> Arrays.stream(array.toDoubles()))
                .toArray();
    }

    @Test
    void regressionFindsTheExactCoefficients() {
        Batches batches = Batches.of(8, X, Y).shuffle(RandomKey.of(2));
        try (var trainer = regression(Reduction.MEAN).optimizer(new Sgd(0.1)).start(backend)) {
            trainer.fit(batches, 150);
            assertArrayEquals(new double[] {2, -3, 0.5}, values(trainer), 1e-9);
            assertEquals(450, trainer.updates());
            assertEquals(
                    List.of("weight", "bias"),
                    new ArrayList<>(trainer.parameters().keySet()));
        }
    }

    @Test
    void oneStepIsGradientDescentByHand() {
        double[] residual = new double[ROWS];
        double loss = 0;
        for (int i = 0; i < ROWS; i++) {
            residual[i] = 0.1 * X.get(2 * i) + 0.2 * X.get(2 * i + 1) - Y.get(i);
            loss += residual[i] * residual[i];
        }
        double[] expected = {0.1, 0.2, 0};
        for (int i = 0; i < ROWS; i++) {
            expected[0] -= 0.01 * 2 * residual[i] * X.get(2 * i);
            expected[1] -= 0.01 * 2 * residual[i] * X.get(2 * i + 1);
            expected[2] -= 0.01 * 2 * residual[i];
        }
        try (var trainer = regression(Reduction.SUM).optimizer(new Sgd(0.01)).start(backend)) {
            assertEquals(loss, trainer.step(X, Y), 1e-12);
            assertArrayEquals(expected, values(trainer), 1e-13);
        }
    }

    @Test
    void parametersAndStateStayInTheirArrays() {
        try (var trainer = regression(Reduction.MEAN).start(backend)) {
            HostArray weight = trainer.parameters().firstEntry().getValue();
            double[] storage = weight.doubles();
            List<HostArray> state = trainer.state();
            Linear before = trainer.model();
            trainer.step(X, Y);
            trainer.step(X.rows(0, 5), Y.rows(0, 5)); // another program, the same arrays
            assertSame(storage, trainer.parameters().firstEntry().getValue().doubles());
            assertEquals(0.9 * 0.9, state.get(0).get(0), 1e-15);
            assertEquals(0.999 * 0.999, state.get(1).get(0), 1e-15);
            assertArrayEquals(new double[] {0.1, 0.2}, Run.values(before.weight()), "a snapshot does not change");
            assertArrayEquals(weight.toDoubles(), Run.values(trainer.model().weight()));
            assertFalse(Arrays.equals(new double[] {0.1, 0.2}, weight.toDoubles()));
            weight.set(0, 7); // set from outside, for instance from a checkpoint
            assertEquals(7, Run.values(trainer.model().weight())[0]);
        }
    }

    @Test
    void aSnapshotOfALargeParameterIsACopyToo() {
        HostArray x = HostArray.zeros(DType.F64, Shape.of(2, 100));
        x.set(7, 1);
        Linear wide = new Linear(Tensor.zeros(DType.F64, Shape.of(1, 100)), null);
        try (var trainer =
                TrainStep.of(wide, (m, batch) -> m.apply(batch.x()).sum()).start(backend)) {
            Linear before = trainer.model();
            trainer.step(x);
            assertEquals(0, Run.values(before.weight())[7]);
            assertTrue(Run.values(trainer.model().weight())[7] < 0);
        }
    }

    @Test
    void partialBatchesShareTheStateWithFullOnes() {
        try (var split = regression(Reduction.MEAN).start(backend);
                var byHand = regression(Reduction.MEAN).start(backend)) {
            split.fit(Batches.of(8, X, Y), 2);
            for (int epoch = 0; epoch < 2; epoch++) {
                byHand.step(X.rows(0, 8), Y.rows(0, 8));
                byHand.step(X.rows(8, 16), Y.rows(8, 16));
                byHand.step(X.rows(16, 22), Y.rows(16, 22));
            }
            assertArrayEquals(values(byHand), values(split));
        }
    }

    @Test
    void theSameSeedGivesTheSameBits() {
        double[][] runs = new double[3][];
        for (int run = 0; run < 3; run++) {
            RandomKey key = RandomKey.of(run == 2 ? 9 : 4);
            Linear start = Linear.of(2, 1, DType.F64, key);
            try (var trainer = TrainStep.of(
                            start,
                            (m, batch) -> Losses.mse(
                                    m.apply(Dropout.apply(batch.x(), 0.5, batch.key("dropout"))),
                                    batch.y(),
                                    Reduction.MEAN))
                    .random(key)
                    .start(backend)) {
                trainer.fit(Batches.of(8, X, Y).shuffle(key), 3);
                runs[run] = values(trainer);
            }
        }
        assertArrayEquals(runs[0], runs[1]);
        assertFalse(Arrays.equals(runs[0], runs[2]));
    }

    @Test
    void randomNumbersChangeFromStepToStep() {
        try (var trainer = TrainStep.of(
                        line(),
                        (m, batch) -> batch.key("noise")
                                .uniform(DType.F64, Shape.of(1))
                                .add(m.weight().sum().mul(0)))
                .start(backend)) {
            double first = trainer.step(X);
            assertTrue(first != trainer.step(X));
        }
    }

    @Test
    void accumulatedSumsEqualOneLargeBatch() {
        assertAccumulates(Reduction.SUM);
    }

    @Test
    void accumulatedMeansEqualOneLargeBatchThoughTheLastIsSmaller() {
        assertAccumulates(Reduction.MEAN);
    }

    private void assertAccumulates(Reduction reduction) {
        TrainStep<Linear> step = regression(reduction).clip(Clipping.globalNorm(1));
        try (var large = step.start(backend);
                var small = step.accumulate(3, reduction).start(backend)) {
            for (int i = 0; i < 4; i++) {
                large.step(X, Y);
                small.step(X.rows(0, 8), Y.rows(0, 8));
                small.step(X.rows(8, 16), Y.rows(8, 16));
                assertEquals(i, small.updates());
                small.step(X.rows(16, 22), Y.rows(16, 22));
                assertEquals(i + 1, small.updates());
            }
            assertArrayEquals(values(large), values(small), 1e-14);
        }
    }

    @Test
    void anUnfinishedAccumulationIsFlushedAtTheEndOfAnEpoch() {
        TrainStep<Linear> step = regression(Reduction.MEAN);
        try (var large = step.start(backend);
                var small = step.accumulate(100, Reduction.MEAN).start(backend)) {
            large.fit(Batches.of(ROWS, X, Y), 3);
            small.fit(Batches.of(8, X, Y), 3);
            assertEquals(3, small.updates());
            small.flush();
            assertEquals(3, small.updates());
            assertArrayEquals(values(large), values(small), 1e-14);
        }
    }

    @Test
    void clippingLimitsTheStep() {
        try (var trainer = regression(Reduction.SUM)
                .optimizer(new Sgd(0.5))
                .clip(Clipping.globalNorm(0.01))
                .start(backend)) {
            trainer.step(X, Y);
            double[] p = values(trainer);
            assertEquals(0.005, Math.sqrt(Math.pow(p[0] - 0.1, 2) + Math.pow(p[1] - 0.2, 2) + p[2] * p[2]), 1e-15);
        }
    }

    @Test
    void theScheduleSetsTheRateOfEachUpdate() {
        List<Double> rates = new ArrayList<>();
        List<String> epochs = new ArrayList<>();
        Listener listener = new Listener() {
            @Override
            public void onStep(long step, double loss, double rate) {
                assertEquals(rates.size() + 1, step);
                rates.add(rate);
            }

            @Override
            public void onEpoch(int epoch, double loss, double rate) {
                epochs.add(epoch + ": " + loss + " at " + rate);
            }
        };
        TrainStep<Linear> step = TrainStep.of(
                        new Linear(Tensor.of(DType.F64, Shape.of(1, 1), 1), null),
                        (m, batch) -> m.weight().sum())
                .optimizer(new Sgd(0.5))
                .schedule(Schedule.exponential(0.5));
        try (var trainer = step.start(backend)) {
            trainer.fit(Batches.of(11, X), 1, listener);
            assertArrayEquals(new double[] {1 - 0.5 - 0.25}, values(trainer));
            trainer.fit(Batches.of(11, X), 1, listener);
            assertEquals(List.of(0.5, 0.25, 0.125, 0.0625), rates);
            // Losses before the updates: 1 and 0.5, then 0.25 and 0.125.
            assertEquals(List.of("1: 0.75 at 0.25", "2: 0.1875 at 0.0625"), epochs);
        }
    }

    @Test
    void theScheduleCountsUpdatesNotBatches() {
        List<Double> rates = new ArrayList<>();
        Listener listener = new Listener() {
            @Override
            public void onStep(long step, double loss, double rate) {
                rates.add(rate);
            }
        };
        try (var trainer = regression(Reduction.SUM)
                .optimizer(new Sgd(1e-3))
                .schedule(Schedule.exponential(0.5))
                .accumulate(2, Reduction.SUM)
                .start(backend)) {
            trainer.fit(Batches.of(5, X, Y), 1, listener);
        }
        assertEquals(List.of(1e-3, 1e-3, 0.5e-3, 0.5e-3, 0.25e-3), rates);
    }

    @Test
    void metricsComeWithTheStep() {
        try (var trainer = regression(Reduction.MEAN)
                .metric("l1", (m, batch) -> Losses.l1(m.apply(batch.x()), batch.y(), Reduction.SUM))
                .metric("rows", (m, batch) -> Tensor.scalar(DType.I32, batch.rows()))
                .start(backend)) {
            assertThrows(IllegalStateException.class, () -> trainer.metric("l1"));
            trainer.step(X.rows(0, 7), Y.rows(0, 7));
            double expected = 0;
            for (int i = 0; i < 7; i++) {
                expected += Math.abs(0.1 * X.get(2 * i) + 0.2 * X.get(2 * i + 1) - Y.get(i));
            }
            assertEquals(expected, trainer.metric("l1"), 1e-13);
            assertEquals(7, trainer.metric("rows"));
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> trainer.metric("accuracy"));
            assertEquals("trainer: there is no metric accuracy; there are [l1, rows]", e.getMessage());
        }
    }

    @Test
    void aLastBatchOfOneIsRefusedBeforeTraining() {
        TrainStep<Linear> step = TrainStep.of(line(), (m, batch) -> Losses.logVariance(m.apply(batch.x()), 1e-6));
        try (var trainer = step.start(backend)) {
            double[] before = values(trainer);
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> trainer.fit(Batches.of(7, X), 1));
            assertEquals(
                    "logVariance: a batch of 1 has no variance; use batches of 2 rows or more, the last one included;"
                            + " 22 rows in batches of 7 leave a last batch of 1, but 2 are needed;"
                            + " use another batch size, such as 5, 6, 8, or dropLast()",
                    e.getMessage());
            assertArrayEquals(before, values(trainer));
            assertEquals(0, trainer.updates());
        }
    }

    @Test
    void lossesThatAreNotOneNumberAndModelsWithoutParametersAreRefused() {
        try (var trainer =
                TrainStep.of(line(), (m, batch) -> m.apply(batch.x())).start(backend)) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> trainer.step(X));
            assertEquals("train: loss is F64[22, 1]; reduce it to one number with sum() or mean()", e.getMessage());
        }
        record Empty(int n) {}
        assertThrows(
                IllegalArgumentException.class,
                () -> TrainStep.of(new Empty(1), (m, batch) -> batch.x().sum()));
        try (var trainer = regression(Reduction.SUM).start(backend)) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> trainer.step(X));
            assertEquals("batch: there is no array 1, only 1; pass 2 arrays to each step", e.getMessage());
        }
    }

    @Test
    void divergenceStopsTheTraining() {
        try (var trainer = regression(Reduction.SUM).optimizer(new Sgd(1e3)).start(backend)) {
            ArithmeticException e =
                    assertThrows(ArithmeticException.class, () -> trainer.fit(Batches.of(11, X, Y), 1000));
            assertTrue(e.getMessage().startsWith("trainer: the loss is "), e.getMessage());
        }
    }

    @Test
    void noEpochsChangeNothing() {
        try (var trainer = regression(Reduction.SUM).start(backend)) {
            trainer.fit(Batches.of(8, X, Y), 0);
            assertArrayEquals(new double[] {0.1, 0.2, 0}, values(trainer));
        }
    }

    @Test
    void inferenceSeesTheCurrentParameters() {
        try (var trainer = regression(Reduction.MEAN).start(backend);
                var predict = trainer.inference((m, batch) -> m.apply(batch.x()))) {
            for (int i = 0; i < 2; i++) {
                double[] p = values(trainer);
                double expected = p[0] * X.get(0) + p[1] * X.get(1) + p[2];
                assertEquals(expected, predict.run(X).get(0), 1e-14);
                trainer.step(X, Y);
            }
        }
    }

    @Test
    void aParameterThatTheLossDoesNotUseStays() {
        record Pair(Linear used, Tensor unused) {}
        Pair pair = new Pair(line(), Tensor.of(DType.F32, Shape.of(2), 3, 4));
        try (var trainer = TrainStep.of(
                        pair, (m, batch) -> m.used().apply(batch.x()).sum())
                .clip(Clipping.value(1))
                .start(backend)) {
            trainer.step(X);
            trainer.step(X);
            assertArrayEquals(
                    new double[] {3, 4}, trainer.parameters().get("unused").toDoubles());
        }
    }

    @Test
    void equalFirstValuesAreStillSeparateParameters() {
        record Pair(Tensor a, Tensor b) {}
        Tensor zero = Tensor.zeros(DType.F64, Shape.of(1));
        try (var trainer = TrainStep.of(
                        new Pair(zero, zero),
                        (m, batch) -> m.a().mul(2).sub(m.b()).sum())
                .optimizer(new Sgd(1))
                .start(backend)) {
            trainer.step(X);
            assertArrayEquals(new double[] {-2, 1}, values(trainer));
        }
    }
}
