package org.softmin.studies.encoders;

/** The cases as they are named in the results: what a network was trained on, and what it is tested on. */
enum Configuration {
    /** Encoder and decoder, original images. */
    CASE1("case1", Input.IMAGE, Input.IMAGE),
    /** Trained on zeros, tested on original images. */
    CASE2_ORIGINALS("case2-originals", Input.ZEROS, Input.IMAGE),
    /** Trained and tested on zeros. */
    CASE2_ZEROS("case2-zeros", Input.ZEROS, Input.ZEROS),
    /** Decoder only, label and noise. */
    CASE3("case3", Input.LABEL_AND_NOISE, Input.LABEL_AND_NOISE),
    /** Case 5: noise alone. */
    CASE3_NO_LABEL("case3-no-label", Input.NOISE, Input.NOISE),
    /** Case 5: the label alone. */
    CASE3_NO_NOISE("case3-no-noise", Input.LABEL, Input.LABEL),
    /** Decoder only, a trained code for each image. */
    CASE4("case4", Input.CODE, Input.CODE);

    private final String text;
    private final Input trained;
    private final Input tested;

    Configuration(String text, Input trained, Input tested) {
        this.text = text;
        this.trained = trained;
        this.tested = tested;
    }

    /** Name in the results. */
    String text() {
        return text;
    }

    /** What its network is trained on. */
    Input trained() {
        return trained;
    }

    /** What its network is tested on. */
    Input tested() {
        return tested;
    }
}
