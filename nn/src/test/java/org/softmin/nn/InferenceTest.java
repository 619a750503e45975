package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

class InferenceTest {
    private static final Linear MODEL =
            new Linear(Tensor.of(DType.F32, Shape.of(1, 2), 2, -1), Tensor.of(DType.F32, Shape.of(1), 0.5));

    @Test
    void dataOfAnySizeGoesThroughInChunks() {
        int rows = 2 * 1024 + 3;
        HostArray x = HostArray.zeros(DType.F32, Shape.of(rows, 2));
        for (int i = 0; i < 2 * rows; i++) {
            x.set(i, i % 97);
        }
        try (var predict = Inference.of(MODEL, (m, batch) -> m.apply(batch.x()), Run.REFERENCE)) {
            HostArray y = predict.run(x);
            assertEquals(Shape.of(rows, 1), y.shape());
            for (int i = 0; i < rows; i++) {
                assertEquals(2 * x.get(2 * i) - x.get(2 * i + 1) + 0.5, y.get(i), "row " + i);
            }
            assertEquals(0.5 - 1, predict.run(x.rows(0, 1)).get(0));
        }
    }

    @Test
    void integerOutputsAndSeveralInputs() {
        HostArray x = HostArray.of(DType.F32, Shape.of(2, 2), 1, 5, 4, 3);
        HostArray sign = HostArray.of(DType.F32, Shape.of(2, 1), 1, -1);
        try (var predict =
                Inference.of(MODEL, (m, batch) -> batch.x().mul(batch.get(1)).argMax(1), Run.REFERENCE)) {
            HostArray y = predict.run(x, sign);
            assertEquals(DType.I32, y.dtype());
            assertEquals(1, y.get(0));
            assertEquals(1, y.get(1));
        }
    }

    @Test
    void wrongDataIsRefused() {
        HostArray x = HostArray.zeros(DType.F32, Shape.of(3, 2));
        try (var predict = Inference.of(MODEL, (m, batch) -> m.apply(batch.x()), Run.REFERENCE);
                var total = Inference.of(MODEL, (m, batch) -> batch.x().sum(0), Run.REFERENCE);
                var random = Inference.of(
                        MODEL, (m, batch) -> Dropout.apply(batch.x(), 0.5, batch.key("dropout")), Run.REFERENCE)) {
            assertThrows(IllegalArgumentException.class, predict::run);
            assertThrows(IllegalArgumentException.class, () -> predict.run(x.rows(0, 0)));
            assertThrows(IllegalArgumentException.class, () -> predict.run(x, x.rows(0, 2)));
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> total.run(x));
            assertEquals(
                    "inference: the output is [2] for 3 rows of data; it must have one row for each", e.getMessage());
            IllegalStateException noKey = assertThrows(IllegalStateException.class, () -> random.run(x));
            assertTrue(noKey.getMessage().startsWith("batch: there is no random key dropout"), noKey.getMessage());
        }
    }
}
