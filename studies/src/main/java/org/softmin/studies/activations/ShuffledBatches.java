package org.softmin.studies.activations;

import java.io.IOException;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;

/**
 * Normalised training batches without end from rows that need not fit into memory.
 *
 * <p>Rows are read in strips of one batch each, sixteen strips from random places, and the rows of these are mixed:
 * neighbours in a file, such as tokens of one text, come into different batches, and reading stays sequential enough. An
 * epoch reads every whole strip once; the order depends on the key alone.
 */
final class ShuffledBatches {
    private static final int STRIPS = 16;

    private final ActivationSource.Range rows;
    private final Normalization normalization;
    private final RandomKey key;
    private final int size;
    private final float[] strip;
    private final float[] pool;
    private final HostArray batch;
    private final int strips;
    private int[] places = {};
    private int placesOf = -1;
    private int[] order = {};
    private int held = -1;

    /** Batches of {@code size} rows. */
    ShuffledBatches(ActivationSource.Range rows, Normalization normalization, int size, RandomKey key) {
        if (size > rows.rows()) {
            throw new IllegalArgumentException("activations: a batch of " + size + " rows from " + rows.rows()
                    + " training rows; use a smaller batch or more rows");
        }
        int width = rows.source().width();
        this.rows = rows;
        this.normalization = normalization;
        this.key = key;
        this.size = size;
        this.strips = (int) Math.min(Integer.MAX_VALUE, rows.rows() / size);
        this.strip = new float[size * width];
        this.pool = new float[STRIPS * size * width];
        this.batch = HostArray.zeros(DType.F32, Shape.of(size, width));
    }

    /** The batch [size, width] of a step, from 0; the array is used again. Steps in order read every strip once. */
    HostArray batch(long step) throws IOException {
        int epoch = Math.toIntExact(step / strips);
        int strip = (int) (step % strips);
        int number = Math.toIntExact((long) epoch * Math.ceilDiv(strips, STRIPS) + strip / STRIPS);
        if (number != held) {
            fill(epoch, strip / STRIPS * STRIPS, number);
            held = number;
        }
        int width = rows.source().width();
        int first = strip % STRIPS * size; // a strip is as long as a batch
        for (int i = 0; i < size; i++) {
            System.arraycopy(pool, order[first + i] * width, batch.floats(), batch.offset() + i * width, width);
        }
        return batch;
    }

    private void fill(int epoch, int first, int number) throws IOException {
        if (epoch != placesOf) {
            places = shuffled(strips, key.derive("strips"), epoch);
            placesOf = epoch;
        }
        int count = Math.min(STRIPS, strips - first);
        for (int i = 0; i < count; i++) {
            rows.source().read(rows.from() + (long) places[first + i] * size, size, strip);
            normalization.apply(strip, size);
            System.arraycopy(strip, 0, pool, i * strip.length, strip.length);
        }
        order = shuffled(count * size, key.derive("rows"), number);
    }

    /** Fisher and Yates, from a stream of its own for each step. */
    private static int[] shuffled(int n, RandomKey key, int step) {
        int[] words = key.fold(step).words().toInts();
        java.util.SplittableRandom random =
                new java.util.SplittableRandom((long) words[0] << 32 | Integer.toUnsignedLong(words[1]));
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
