package org.softmin.studies.encoders;

/** What a network of unlimited size would make in the end, by what its input says of the image. */
enum Optimum {
    /** The mean image: the input says nothing. */
    MEAN_IMAGE,
    /** The mean image of the class: the input says which class it is. */
    CLASS_MEAN,
    /** The image: the input can say all of it. */
    IMAGE
}
