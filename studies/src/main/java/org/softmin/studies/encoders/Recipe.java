package org.softmin.studies.encoders;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All that decides how a network comes out but what it is given, its images and its seed.
 *
 * @param latent width of codes and of noise
 * @param steps training steps, rounded up to whole epochs
 * @param batch images per step
 * @param rate learning rate of Adam at the beginning; it falls to 0 along half a cosine
 * @param codeRate the same for the codes of case 4
 * @param codeSteps steps in which the codes of test images are found
 */
record Recipe(
        Architecture architecture, int latent, int steps, int batch, double rate, double codeRate, int codeSteps) {
    Recipe withLatent(int other) {
        return new Recipe(architecture, other, steps, batch, rate, codeRate, codeSteps);
    }

    Recipe with(Architecture other) {
        return new Recipe(other, latent, steps, batch, rate, codeRate, codeSteps);
    }

    Recipe withRates(double other, double ofCodes) {
        return new Recipe(architecture, latent, steps, batch, other, ofCodes, codeSteps);
    }

    /** All of it as texts by name. */
    Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("architecture", architecture.toString());
        texts.put("latent", Integer.toString(latent));
        texts.put("steps", Integer.toString(steps));
        texts.put("batch", Integer.toString(batch));
        texts.put("rate", Double.toString(rate));
        texts.put("code-rate", Double.toString(codeRate));
        texts.put("code-steps", Integer.toString(codeSteps));
        return texts;
    }
}
