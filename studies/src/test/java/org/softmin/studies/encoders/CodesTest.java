package org.softmin.studies.encoders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.softmin.nn.Adam;
import org.softmin.nn.Batches;
import org.softmin.nn.Linear;
import org.softmin.nn.Losses;
import org.softmin.nn.Reduction;
import org.softmin.nn.TrainStep;
import org.softmin.nn.Trainer;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

/** A code for each image, of which a step sees those of its batch. */
final class CodesTest {
    private static final int PIXELS = 6;
    private static final int LATENT = 2;
    private static final RandomKey ORDER = RandomKey.of(5);

    private record Model(Linear decoder, Tensor codes) {}

    private static HostArray images(int n) {
        return RandomKey.of(1).uniform(DType.F32, Shape.of(n, PIXELS)).eval().array();
    }

    private static TrainStep<Model> step(int batch) {
        Linear decoder = Linear.of(LATENT, PIXELS, RandomKey.of(2));
        return TrainStep.of(
                        new Model(decoder, Tensor.zeros(DType.F32, Shape.of(batch, LATENT))),
                        (model, b) -> Losses.mse(model.decoder.apply(model.codes), b.x(), Reduction.MEAN))
                .optimizer(new Adam(0.05));
    }

    /** Code and moments of an image, as texts. */
    private static List<String> row(Codes codes, int image) {
        return codes.tables().stream()
                .map(table -> Arrays.toString(table.rows(image, image + 1).toFloats()))
                .toList();
    }

    @Test
    void aStepChangesTheCodesOfItsBatchAndTheirMomentsAlone() {
        int n = 9;
        Batches batches = Batches.of(
                        3,
                        images(n),
                        HostArray.of(Shape.of(n), IntStream.range(0, n).toArray()))
                .shuffle(ORDER)
                .dropLast();
        try (Trainer<Model> trainer = step(3).start()) {
            Codes codes = new Codes(trainer, n, ORDER);
            for (int step = 1; step <= 8; step++) {
                List<HostArray> batch = batches.batch(step - 1);
                Set<Integer> seen = Arrays.stream(batch.get(1).toInts()).boxed().collect(Collectors.toSet());
                List<List<String>> before =
                        IntStream.range(0, n).mapToObj(i -> row(codes, i)).toList();
                trainer.step(batch.getFirst());
                codes.onStep(step, 0, 0);
                for (int i = 0; i < n; i++) {
                    List<String> after = row(codes, i);
                    for (int table = 0; table < after.size(); table++) {
                        boolean same = before.get(i).get(table).equals(after.get(table));
                        assertEquals(!seen.contains(i), same, "step " + step + " image " + i + " table " + table);
                    }
                }
            }
        }
    }

    /** Where a batch is all images, nothing is lazy: codes and decoder are those of Adam on one dense table. */
    @Test
    void withAllImagesInABatchItIsAdam() {
        int n = 5;
        HostArray images = images(n);
        Batches batches = Batches.of(n, images).shuffle(ORDER).dropLast();
        try (Trainer<Model> lazy = step(n).start();
                Trainer<Model> dense = step(n).start()) {
            Codes codes = new Codes(lazy, n, ORDER);
            lazy.fit(batches, 7, codes);
            for (int step = 0; step < 7; step++) {
                dense.step(images);
            }
            HostArray expected = dense.model().codes.array();
            // The rows of a batch are in another order in each step, and with them the sums of the decoder's gradient.
            for (int i = 0; i < n * LATENT; i++) {
                assertEquals(expected.get(i), codes.table().get(i), 1e-5);
            }
        }
    }

    /** The program of a step has no tensor with a row for each image, however many there are. */
    @Test
    void aStepCostsNoMoreForMoreImages() {
        int n = 1009;
        TrainStep<Model> step = step(4);
        List<Type> batch = List.of(new Type(DType.F32, Shape.of(4, PIXELS)));
        try (Trainer<Model> trainer = step.start()) {
            HostArray table = new Codes(trainer, n, ORDER).table();
            assertEquals(n, table.shape().dim(0));
            String program = step.update(batch).toString();
            assertTrue(program.contains("[4, 2]"), program); // the codes of a batch
            assertTrue(!program.contains(Integer.toString(n)), program);
        }
    }
}
