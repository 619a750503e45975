package org.softmin.studies.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class SyntheticDigitsTest {
    private static final int PIXELS = SyntheticDigits.SIZE * SyntheticDigits.SIZE;

    private final SyntheticDigits digits = new SyntheticDigits(1);

    @Test
    void anImageDependsOnSeedAndIndexAlone() {
        float[] many = digits.images(0, 200);
        for (int i : new int[] {0, 1, 57, 199}) {
            float[] one = new SyntheticDigits(1).images(i, 1);
            assertArrayEquals(one, Arrays.copyOfRange(many, i * PIXELS, (i + 1) * PIXELS), "image " + i);
        }
        assertArrayEquals(Arrays.copyOfRange(digits.labels(0, 100), 40, 60), digits.labels(40, 20));
        assertNotEquals(checksum(digits.images(0, 10)), checksum(new SyntheticDigits(2).images(0, 10)));
        assertNotEquals(checksum(digits.images(0, 10)), checksum(digits.images(10, 10)));
    }

    /** The checksum of the first run: another machine, or a change of the drawing, must not alter it unseen. */
    @Test
    void theBitsAreTheSameEverywhere() {
        assertEquals(2286075567L, checksum(digits.images(0, 100)));
        assertEquals(
                "[2, 9, 4, 5, 1, 6, 8, 7, 0, 3, 1, 6, 7, 5, 4, 3, 2, 0, 9, 8]", Arrays.toString(digits.labels(0, 20)));
    }

    @Test
    void labelsAreBalancedAndShuffled() {
        int[] labels = digits.labels(0, 1000);
        int[] order = new int[10];
        for (int block = 0; block < 100; block++) {
            int[] ten = Arrays.copyOfRange(labels, 10 * block, 10 * block + 10);
            order[ten[0]]++;
            Arrays.sort(ten);
            assertArrayEquals(IntStream.range(0, 10).toArray(), ten);
        }
        for (int digit = 0; digit < 10; digit++) {
            assertTrue(order[digit] > 0 && order[digit] < 30, digit + " comes first " + order[digit] + " times of 100");
        }
    }

    /** The bounds are MNIST's own statistics (mean .1307, deviation .3081, 19 % of the pixels inked), 10 % either way. */
    @Test
    void pixelsAreDistributedAsInMnist() {
        int count = 2000;
        float[] images = digits.images(0, count);
        double sum = 0;
        double squares = 0;
        int inked = 0;
        double border = 0;
        for (int i = 0; i < images.length; i++) {
            float value = images[i];
            assertTrue(value >= 0 && value <= 1);
            sum += value;
            squares += value * value;
            inked += value > 0 ? 1 : 0;
            int x = i % 28;
            int y = i / 28 % 28;
            border += x < 2 || y < 2 || x > 25 || y > 25 ? value : 0;
        }
        double mean = sum / images.length;
        assertEquals(0.1307, mean, 0.0131);
        assertEquals(0.3081, Math.sqrt(squares / images.length - mean * mean), 0.0308);
        assertEquals(0.191, (double) inked / images.length, 0.0191);
        assertTrue(border / sum < 0.001, "ink in the outermost two pixels: " + border / sum);
    }

    @Test
    void everyImageIsCentredInk() {
        float[] images = digits.images(0, 500);
        for (int i = 0; i < 500; i++) {
            double mass = 0;
            double x = 0;
            double y = 0;
            for (int row = 0; row < 28; row++) {
                for (int column = 0; column < 28; column++) {
                    float ink = images[i * PIXELS + row * 28 + column];
                    mass += ink;
                    x += ink * column;
                    y += ink * row;
                }
            }
            assertTrue(mass > 15, "image " + i + " has ink " + mass);
            assertEquals(13.5, x / mass, 2, "image " + i);
            assertEquals(13.5, y / mass, 2, "image " + i);
        }
    }

    /** Neither trivial nor impossible. */
    @Test
    void theNearestClassMeanIsRightMostOfTheTime() {
        float[] train = digits.images(0, 5000);
        int[] labels = digits.labels(0, 5000);
        double[][] means = new double[10][PIXELS];
        for (int i = 0; i < 5000; i++) {
            for (int p = 0; p < PIXELS; p++) {
                means[labels[i]][p] += train[i * PIXELS + p] / 500;
            }
        }
        float[] test = digits.images(5000, 1000);
        int right = 0;
        for (int i = 0; i < 1000; i++) {
            int nearest = 0;
            double least = Double.MAX_VALUE;
            for (int digit = 0; digit < 10; digit++) {
                double distance = 0;
                for (int p = 0; p < PIXELS; p++) {
                    double d = test[i * PIXELS + p] - means[digit][p];
                    distance += d * d;
                }
                if (distance < least) {
                    least = distance;
                    nearest = digit;
                }
            }
            right += nearest == digits.label(5000 + i) ? 1 : 0;
        }
        assertTrue(right > 700 && right < 880, right + " of 1000");
    }

    @Test
    void indicesCountFromZero() {
        assertThrows(IllegalArgumentException.class, () -> digits.label(-1));
        assertThrows(IllegalArgumentException.class, () -> digits.images(-3, 1));
        assertEquals(PIXELS, digits.images(Integer.MAX_VALUE, 1).length);
        assertEquals(0, digits.images(0, 0).length);
    }

    private static long checksum(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
        bytes.asFloatBuffer().put(values);
        CRC32 checksum = new CRC32();
        checksum.update(bytes);
        return checksum.getValue();
    }
}
