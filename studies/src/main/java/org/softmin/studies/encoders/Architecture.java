package org.softmin.studies.encoders;

import org.softmin.nn.Layer;
import org.softmin.tensor.RandomKey;

/** What encoders and decoders are made of. Immutable and thread-safe. */
public sealed interface Architecture permits Mlp, Convolutional {
    /**
     * Size of the images; a row of a batch is an image, its channels one after the other.
     *
     * @param channels 1 for grey, 3 for red, green and blue
     */
    record ImageSize(int channels, int rows, int columns) {
        /** Numbers in an image. */
        int pixels() {
            return channels * rows * columns;
        }
    }

    /** A layer from images [n, pixels] to codes [n, codes], before training. */
    Layer encoder(ImageSize image, int codes, RandomKey key);

    /** A layer from inputs [n, inputs] to images [n, pixels], before training. */
    Layer decoder(int inputs, ImageSize image, RandomKey key);

    /** In a word, for the names of folders. */
    String text();
}
