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
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;

class BatchesTest {
    private static final int ROWS = 10;
    private static final HostArray LABELS =
            HostArray.of(Shape.of(ROWS), IntStream.range(0, ROWS).toArray());
    private static final HostArray IMAGES = images();

    /** Row i is 10·i, 10·i + 1, in the middle of larger storage. */
    private static HostArray images() {
        float[] storage = new float[2 * ROWS + 5];
        for (int i = 0; i < 2 * ROWS; i++) {
            storage[3 + i] = 10 * (i / 2) + i % 2;
        }
        return HostArray.wrap(Shape.of(ROWS, 2, 1), storage, 3);
    }

    private static List<Integer> labels(Batches batches, int epoch) {
        List<Integer> labels = new ArrayList<>();
        for (List<HostArray> batch : batches.epoch(epoch)) {
            float[] images = batch.get(0).toFloats();
            int[] y = batch.get(1).toInts();
            assertEquals(2 * y.length, images.length);
            for (int i = 0; i < y.length; i++) {
                assertEquals(10 * y[i], images[2 * i], "image and label stay together");
                assertEquals(10 * y[i] + 1, images[2 * i + 1]);
                labels.add(y[i]);
            }
        }
        return labels;
    }

    /** The batches of all epochs by one number, in whatever order they are asked for. */
    @Test
    void theBatchOfAStepIsThatOfItsEpoch() {
        for (Batches batches : List.of(
                Batches.of(4, IMAGES, LABELS),
                Batches.of(4, IMAGES, LABELS).shuffle(RandomKey.of(3)),
                Batches.of(4, IMAGES, LABELS).shuffle(RandomKey.of(3)).dropLast())) {
            List<List<Integer>> expected = new ArrayList<>();
            for (int epoch = 0; epoch < 3; epoch++) {
                for (List<HostArray> batch : batches.epoch(epoch)) {
                    expected.add(Arrays.stream(batch.get(1).toInts()).boxed().toList());
                }
            }
            for (int i = 0; i < expected.size(); i++) {
                int step = i * 5 % expected.size(); // 9 or 6 of them: each once, and back to earlier epochs
                int[] labels = batches.batch(step).get(1).toInts();
                assertEquals(expected.get(step), Arrays.stream(labels).boxed().toList(), "step " + step);
            }
        }
    }

    @Test
    void rowsComeInOrderAndTheLastBatchIsSmaller() {
        Batches batches = Batches.of(4, IMAGES, LABELS);
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), labels(batches, 0));
        List<Shape> shapes = new ArrayList<>();
        batches.epoch(0).forEach(batch -> shapes.add(batch.get(0).shape()));
        assertEquals(List.of(Shape.of(4, 2, 1), Shape.of(4, 2, 1), Shape.of(2, 2, 1)), shapes);
        assertEquals(3, batches.count());
        assertEquals(2, batches.lastSize());
    }

    @Test
    void dropLastLeavesItOut() {
        Batches batches = Batches.of(4, IMAGES, LABELS).dropLast();
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7), labels(batches, 0));
        assertEquals(2, batches.count());
        assertEquals(4, batches.lastSize());
        assertEquals(2, Batches.of(5, IMAGES, LABELS).count());
    }

    @Test
    void shufflingPermutesAnewInEachEpochAndRepeatsWithTheKey() {
        Batches batches = Batches.of(4, IMAGES, LABELS).shuffle(RandomKey.of(1));
        List<Integer> first = labels(batches, 0);
        assertEquals(ROWS, first.stream().distinct().count());
        assertFalse(first.equals(labels(batches, 1)));
        assertEquals(first, labels(Batches.of(3, IMAGES, LABELS).shuffle(RandomKey.of(1)), 0));
        assertFalse(first.equals(labels(batches.shuffle(RandomKey.of(2)), 0)));
    }

    @Test
    void theOrderIsThePermutationOfTheKey() {
        RandomKey key = RandomKey.of(1);
        HostArray many = HostArray.of(Shape.of(1001), IntStream.range(0, 1001).toArray());
        int[] order = new int[1001];
        int at = 0;
        for (List<HostArray> batch : Batches.of(100, many).shuffle(key).epoch(7)) {
            int[] part = batch.getFirst().toInts();
            System.arraycopy(part, 0, order, at, part.length);
            at += part.length;
        }
        double[] expected = Run.values(key.derive("epoch").fold(7).permutation(1001));
        assertArrayEquals(expected, Arrays.stream(order).asDoubleStream().toArray());
    }

    @Test
    void batchesShareTheirBuffers() {
        List<List<HostArray>> seen = new ArrayList<>();
        Batches.of(4, IMAGES, LABELS).epoch(0).forEach(seen::add);
        assertSame(seen.get(0), seen.get(1));
        assertTrue(seen.get(2).getFirst().sharesStorage(seen.get(0).getFirst()));
        var iterator = Batches.of(ROWS, LABELS).epoch(0).iterator();
        iterator.next();
        assertThrows(NoSuchElementException.class, iterator::next);
    }

    @Test
    void tooSmallALastBatchIsRefusedWithSizesThatWork() {
        Batches batches = Batches.of(3, IMAGES, LABELS);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> batches.requireAtLeast(2));
        assertEquals(
                "batches: 10 rows in batches of 3 leave a last batch of 1, but 2 are needed;"
                        + " use another batch size, such as 2, 4, 5, or dropLast()",
                e.getMessage());
        for (int size : new int[] {2, 4, 5}) {
            assertEquals(
                    size, Batches.of(size, IMAGES, LABELS).requireAtLeast(2).size());
        }
        assertEquals(3, batches.dropLast().requireAtLeast(2).size());
    }

    @Test
    void wrongDataIsRefused() {
        HostArray nine = HostArray.zeros(DType.F32, Shape.of(9));
        HostArray none = HostArray.zeros(DType.F32, Shape.of(0, 3));
        HostArray scalar = HostArray.zeros(DType.F32, Shape.SCALAR);
        assertThrows(IllegalArgumentException.class, () -> Batches.of(2, LABELS, nine));
        assertThrows(IllegalArgumentException.class, () -> Batches.of(1, none));
        assertThrows(IllegalArgumentException.class, () -> Batches.of(1, scalar));
        assertThrows(IllegalArgumentException.class, () -> Batches.of(1));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Batches.of(11, LABELS));
        assertEquals("batches: batches of 11 from 10 rows; use 1 to 10", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Batches.of(0, LABELS));
    }
}
