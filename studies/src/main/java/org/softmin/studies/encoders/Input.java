package org.softmin.studies.encoders;

import java.util.List;
import java.util.Locale;
import org.softmin.tensor.DType;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** What a network is given to make an image from. */
enum Input {
    /** The image itself, through an encoder. */
    IMAGE,
    /** Zeros in place of the image, through an encoder. */
    ZEROS,
    /** The label, one-hot, and noise. */
    LABEL_AND_NOISE,
    /** Noise alone. */
    NOISE,
    /** The label alone, one-hot. */
    LABEL,
    /** A code that is trained for each image. */
    CODE;

    /** Whether there is an encoder. */
    boolean encoded() {
        return switch (this) {
            case IMAGE, ZEROS -> true;
            case LABEL_AND_NOISE, NOISE, LABEL, CODE -> false;
        };
    }

    /** Whether it is random. */
    boolean noisy() {
        return switch (this) {
            case LABEL_AND_NOISE, NOISE -> true;
            case IMAGE, ZEROS, LABEL, CODE -> false;
        };
    }

    /** Width of what the decoder is given, for codes and noise of width {@code latent}. */
    int width(int latent, int classes) {
        return switch (this) {
            case IMAGE, ZEROS, NOISE, CODE -> latent;
            case LABEL_AND_NOISE -> classes + latent;
            case LABEL -> classes;
        };
    }

    /** What is the best that can be made of it: E[x | input]. */
    Optimum optimum() {
        return switch (this) {
            case IMAGE, CODE -> Optimum.IMAGE;
            case ZEROS, NOISE -> Optimum.MEAN_IMAGE;
            case LABEL_AND_NOISE, LABEL -> Optimum.CLASS_MEAN;
        };
    }

    /**
     * What the decoder is given.
     *
     * @param images [n, pixels]
     * @param labels I32 [n]
     * @param given [n, latent]: noise, or the codes of the images; not used otherwise
     */
    Tensor of(Autoencoder model, Tensor images, Tensor labels, Tensor given, int classes) {
        return switch (this) {
            case IMAGE -> model.encode(images);
            case ZEROS -> model.encode(Tensor.zeros(images.dtype(), images.shape()));
            case LABEL_AND_NOISE -> Tensor.concat(1, List.of(oneHot(labels, classes), given));
            case NOISE, CODE -> given;
            case LABEL -> oneHot(labels, classes);
        };
    }

    private static Tensor oneHot(Tensor labels, int classes) {
        int n = labels.shape().dim(0);
        return labels.reshape(n, 1)
                .eq(Tensor.iota(DType.I32, classes).reshape(1, classes))
                .where(Tensor.full(DType.F32, Shape.SCALAR, 1), Tensor.zeros(DType.F32, Shape.SCALAR));
    }

    /** In lower case with hyphens, for the names of folders. */
    String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
