package org.softmin.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class PhiloxTest {
    /** The known-answer vectors of Random123 for philox4x32, 10 rounds. */
    @Test
    void givesThePublishedVectors() {
        check(new int[] {0, 0, 0, 0}, new int[] {0, 0}, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        check(new int[] {-1, -1, -1, -1}, new int[] {-1, -1}, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        check(
                new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                new int[] {0xa4093822, 0x299f31d0},
                0xd16cfe09,
                0x94fdcceb,
                0x5001e420,
                0x24126ea1);
    }

    private static void check(int[] counter, int[] key, int... expected) {
        int[] out = new int[4];
        Philox.block(counter[0], counter[1], counter[2], counter[3], key[0], key[1], out, 0);
        assertArrayEquals(expected, out);
    }

    @Test
    void aPartOfTheStreamIsTheSameAsInTheWhole() {
        int[] whole = new int[23];
        Philox.fill(1, 2, 3, 4, 0, whole, 0, whole.length);
        int[] part = new int[11];
        Philox.fill(1, 2, 3, 4, 12, part, 0, part.length);
        assertArrayEquals(Arrays.copyOfRange(whole, 12, 23), part);
    }

    @Test
    void keysByNameAndByStepAreDifferentStreams() {
        RandomKey root = RandomKey.of(7);
        float[] a = root.derive("a").uniform(DType.F32, Shape.of(8)).toFloats();
        assertArrayEquals(
                a, RandomKey.of(7).derive("a").uniform(DType.F32, Shape.of(8)).toFloats());
        assertNotEquals(
                Arrays.toString(a),
                Arrays.toString(root.derive("b").uniform(DType.F32, Shape.of(8)).toFloats()));
        assertNotEquals(
                Arrays.toString(root.fold(1).bits(Shape.of(4)).toInts()),
                Arrays.toString(root.fold(2).bits(Shape.of(4)).toInts()));
    }

    @Test
    void uniformAndNormalHaveTheirMoments() {
        int n = 100_000;
        RandomKey key = RandomKey.of(3);
        for (DType dtype : new DType[] {DType.F32, DType.F64}) {
            double[] u = key.uniform(dtype, Shape.of(n)).toDoubles();
            assertEquals(0.5, Arrays.stream(u).average().orElseThrow(), 5 * Math.sqrt(1.0 / 12 / n));
            assertEquals(0, Arrays.stream(u).filter(x -> x < 0 || x >= 1).count());
            double[] z = key.normal(dtype, Shape.of(n)).toDoubles();
            assertEquals(0, Arrays.stream(z).average().orElseThrow(), 5 / Math.sqrt(n));
            assertEquals(1, Arrays.stream(z).map(x -> x * x).average().orElseThrow(), 5 * Math.sqrt(2.0 / n));
            assertEquals(3, Arrays.stream(z).map(x -> x * x * x * x).average().orElseThrow(), 5 * Math.sqrt(96.0 / n));
        }
    }

    @Test
    void aPermutationHoldsEachNumberOnce() {
        int[] order = RandomKey.of(5).permutation(1000).toInts();
        int[] sorted = order.clone();
        Arrays.sort(sorted);
        for (int i = 0; i < sorted.length; i++) {
            assertEquals(i, sorted[i]);
        }
        assertNotEquals(Arrays.toString(sorted), Arrays.toString(order));
    }
}
