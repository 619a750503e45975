package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.softmin.nn.Reduction.MEAN;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

class TrainStepTest {
    private record Net(Linear hidden, Linear output) {
        Tensor apply(Tensor x) {
            return output.apply(hidden.apply(x).relu());
        }
    }

    /** The example of the class comment, on points inside and outside a circle. */
    @Test
    void theExampleLearns() {
        int rows = 500;
        HostArray points = HostArray.of(
                DType.F32, Shape.of(rows, 2), Run.values(RandomKey.of(3).uniform(DType.F32, Shape.of(rows, 2), -1, 1)));
        HostArray labels = HostArray.zeros(DType.I32, Shape.of(rows));
        for (int i = 0; i < rows; i++) {
            labels.set(i, Math.hypot(points.get(2 * i), points.get(2 * i + 1)) < 0.8 ? 1 : 0); // half of the square
        }

        RandomKey key = RandomKey.of(1);
        Net net = new Net(Linear.of(2, 32, key.derive("hidden")), Linear.of(32, 2, key.derive("output")));
        Batches batches = Batches.of(64, points, labels).shuffle(key);
        try (var trainer = TrainStep.of(net, (m, batch) -> Losses.crossEntropy(m.apply(batch.x()), batch.y(), MEAN))
                .metric("accuracy", (m, batch) -> Losses.accuracy(m.apply(batch.x()), batch.y()))
                .optimizer(new Adam(1e-2))
                .start()) {
            trainer.fit(batches, 40);
            net = trainer.model();
            trainer.step(points, labels);
            assertTrue(trainer.metric("accuracy") > 0.95, "accuracy " + trainer.metric("accuracy"));
        }
        try (var classify = Inference.of(net, (m, batch) -> m.apply(batch.x()).argMax(1))) {
            int right = 0;
            HostArray classes = classify.run(points);
            for (int i = 0; i < rows; i++) {
                right += classes.get(i) == labels.get(i) ? 1 : 0;
            }
            assertTrue(right > 0.95 * rows, right + " of " + rows);
        }
    }

    @Test
    void parametersAndStateAreDonatedToTheirUpdates() {
        Linear line = new Linear(Tensor.zeros(DType.F32, Shape.of(1, 3)), null);
        TrainStep<Linear> step =
                TrainStep.of(line, (m, batch) -> m.apply(batch.x()).sum());
        List<Type> batch = List.of(new Type(DType.F32, Shape.of(5, 3)));
        Program update = step.update(batch);
        assertEquals(1 + 4 + 2 + 1, update.inputs().size()); // weight; β₁ᵗ, β₂ᵗ, m, v; rate, step; batch
        for (int i = 0; i < 5; i++) {
            assertEquals(i, update.donatedTo(i));
        }
        assertEquals(5, update.donations().size());
        assertEquals(6, update.outputs().size());
        Program accumulate = step.accumulate(2, MEAN).accumulate(batch);
        assertEquals(1, accumulate.donatedTo(0));
        assertEquals(1, accumulate.donations().size());
        assertEquals(6, step.accumulate(2, MEAN).applyAccumulated().donations().size());
        assertEquals(5, step.initial().outputs().size());
    }

    @Test
    void inferenceHoldsNoGradient() {
        Linear line = new Linear(Tensor.zeros(DType.F32, Shape.of(1, 3)), null);
        Program update = TrainStep.of(line, (m, batch) -> m.apply(batch.x()).sum())
                .update(List.of(new Type(DType.F32, Shape.of(5, 3))));
        assertTrue(update.nodes().size() > 20);
        try (var predict = Inference.of(line, (m, batch) -> m.apply(batch.x()))) {
            predict.run(HostArray.zeros(DType.F32, Shape.of(5, 3)));
            assertTrue(predict.explain().lines().count() < 10, predict.explain());
        }
    }
}
