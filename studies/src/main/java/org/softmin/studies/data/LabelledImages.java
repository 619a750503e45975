package org.softmin.studies.data;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.DataFile;

/**
 * Images as they come from files, before they are a {@link DataSet}.
 *
 * @param pixels F32 [n, pixels of an image]
 * @param labels I32 [n]
 */
record LabelledImages(HostArray pixels, HostArray labels) {
    /** One image of so many is kept for testing where files do not say which. */
    private static final int TESTED = 5;

    /** Always the same: which images are tested on must not depend on the seed of a run. */
    private static final RandomKey KEY = RandomKey.of(1).derive("images of a folder");

    record Parts(LabelledImages train, LabelledImages test) {}

    /** All of {@code parts}, one after the other. */
    static LabelledImages join(Path file, List<LabelledImages> parts) throws DataException {
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        int width = parts.getFirst().pixels.shape().dim(1);
        int n = parts.stream().mapToInt(LabelledImages::size).sum();
        LabelledImages all = allocate(file, n, width);
        int start = 0;
        for (LabelledImages part : parts) {
            all.pixels.rows(start, start + part.size()).copyFrom(part.pixels);
            all.labels.rows(start, start + part.size()).copyFrom(part.labels);
            start += part.size();
        }
        return all;
    }

    /** Storage for {@code n} images of {@code width} numbers, or an exception that names {@code file}. */
    static LabelledImages allocate(Path file, int n, int width) throws DataException {
        long elements = (long) n * width;
        if (elements > Integer.MAX_VALUE) {
            throw new DataException(
                    file, n + " images of " + width + " numbers; expected at most 2147483647 numbers in all");
        }
        return new LabelledImages(
                DataFile.allocate(file, DType.F32, (int) elements).reshape(Shape.of(n, width)),
                HostArray.zeros(DType.I32, Shape.of(n)));
    }

    int size() {
        return labels.size();
    }

    /** The same images in an order drawn by a fixed key, so that the first so many are of all classes. */
    LabelledImages shuffled(Path file) throws DataException {
        return select(file, order());
    }

    /**
     * A fifth of each class for testing, at least one where there are two, and the others for training, both in an order
     * drawn by a fixed key.
     *
     * @throws DataException if no class has two images
     */
    Parts split(Path file, int classes) throws DataException {
        int[] left = new int[classes];
        for (int label : labels.toInts()) {
            left[label]++;
        }
        for (int k = 0; k < classes; k++) {
            left[k] = left[k] < 2 ? 0 : Math.max(1, left[k] / TESTED);
        }
        int[] order = order();
        int[] test = Arrays.stream(order)
                .filter(i -> left[labels.ints()[labels.offset() + i]]-- > 0)
                .toArray();
        if (test.length == 0) {
            throw new DataException(
                    file, "found " + size() + " images; expected two or more of a class, one of them to test with");
        }
        boolean[] tested = new boolean[size()];
        for (int i : test) {
            tested[i] = true;
        }
        int[] train = Arrays.stream(order).filter(i -> !tested[i]).toArray();
        return new Parts(select(file, train), select(file, test));
    }

    private int[] order() {
        return KEY.permutation(size()).array().toInts();
    }

    private LabelledImages select(Path file, int[] indices) throws DataException {
        LabelledImages chosen = allocate(file, indices.length, pixels.shape().dim(1));
        for (int i = 0; i < indices.length; i++) {
            chosen.pixels.rows(i, i + 1).copyFrom(pixels.rows(indices[i], indices[i] + 1));
            chosen.labels.rows(i, i + 1).copyFrom(labels.rows(indices[i], indices[i] + 1));
        }
        return chosen;
    }
}
