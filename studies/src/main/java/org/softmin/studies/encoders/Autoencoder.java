package org.softmin.studies.encoders;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.softmin.nn.Layer;
import org.softmin.tensor.Tensor;

/**
 * A decoder, and the encoder that makes its input where there is one. Immutable and thread-safe.
 *
 * @param encoder from images to codes; null where the decoder is given something else
 * @param decoder to images
 */
record Autoencoder(@Nullable Layer encoder, Layer decoder) {
    /** Codes [n, codes] of images [n, pixels]. */
    Tensor encode(Tensor images) {
        return Objects.requireNonNull(encoder, "autoencoder: it has a decoder only")
                .apply(images);
    }
}
