package org.softmin.studies.data;

import java.util.List;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/**
 * Images with labels, in a training and a test part.
 *
 * <p>An image is one row: its channels one after the other (grey, or red, green and blue), each of them from top to bottom
 * and from left to right. So {@code trainImages().reshape(Shape.of(n, channels, rows, columns))} gives the layout of
 * convolutions without a copy.
 *
 * @param name as it stands in {@code results.json}, such as {@code mnist}; a known name only for the unaltered files
 * @param channels 1 for grey, 3 for red, green and blue
 * @param rows pixels of an image from top to bottom
 * @param columns pixels of an image from left to right
 * @param classes labels are from 0 to this − 1
 * @param trainImages F32 [n, channels · rows · columns], from 0 (black; of digits, the paper) to 1 (white; the ink)
 * @param trainLabels I32 [n]
 * @param testImages F32 [m, channels · rows · columns]
 * @param testLabels I32 [m]
 * @param description one line for people: what it is, how much, and why this and no other
 */
public record DataSet(
        String name,
        int channels,
        int rows,
        int columns,
        int classes,
        HostArray trainImages,
        HostArray trainLabels,
        HostArray testImages,
        HostArray testLabels,
        String description) {
    /** Checks that the parts fit together. */
    public DataSet {
        require(trainImages, trainLabels, channels * rows * columns);
        require(testImages, testLabels, channels * rows * columns);
    }

    private static void require(HostArray images, HostArray labels, int pixels) {
        int n = labels.size();
        if (images.dtype() != DType.F32
                || labels.dtype() != DType.I32
                || !images.shape().equals(Shape.of(n, pixels))
                || !labels.shape().equals(Shape.of(n))) {
            throw new IllegalArgumentException("data set: expected images F32[n, " + pixels
                    + "] and labels I32[n], found " + images + " and " + labels);
        }
    }

    /** Rows of a picture that shows the channels of an image as they lie in memory, one below the other. */
    public int pictureRows() {
        return channels * rows;
    }

    /** The training images alone, their last sixth in place of the test images: to choose by without having seen those. */
    public DataSet heldOut() {
        int all = trainLabels.size();
        int kept = all - all / 6;
        return new DataSet(
                name,
                channels,
                rows,
                columns,
                classes,
                trainImages.rows(0, kept),
                trainLabels.rows(0, kept),
                trainImages.rows(kept, all),
                trainLabels.rows(kept, all),
                description + ", held out");
    }

    /** A checksum of all images and labels: data that differ have, but for chance, different ones. */
    public String checksum() {
        long sum = 1;
        for (HostArray images : List.of(trainImages, testImages)) {
            for (int i = 0; i < images.size(); i++) {
                sum = 31 * sum + Float.floatToRawIntBits(images.floats()[images.offset() + i]);
            }
        }
        for (HostArray labels : List.of(trainLabels, testLabels)) {
            for (int i = 0; i < labels.size(); i++) {
                sum = 31 * sum + labels.ints()[labels.offset() + i];
            }
        }
        return Long.toHexString(sum);
    }
}
