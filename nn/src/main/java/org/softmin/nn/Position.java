package org.softmin.nn;

import java.util.Map;
import java.util.TreeMap;

/**
 * How far a training is, beside its arrays.
 *
 * @param epochs completed ones
 * @param batchesOfEpoch batches of the current epoch that are done
 * @param lossOfEpoch sum of their losses
 * @param steps batches in all
 * @param updates of the parameters
 * @param pending batches whose gradients wait to be applied
 * @param pendingRows their rows
 * @param rate learning rate of the last step
 */
record Position(
        int epochs,
        int batchesOfEpoch,
        double lossOfEpoch,
        long steps,
        long updates,
        int pending,
        long pendingRows,
        double rate) {
    private static final String PREFIX = "position.";

    /** As texts that give the same position again, bit for bit. */
    Map<String, String> texts() {
        Map<String, String> texts = new TreeMap<>();
        texts.put(PREFIX + "epochs", Integer.toString(epochs));
        texts.put(PREFIX + "batches_of_epoch", Integer.toString(batchesOfEpoch));
        texts.put(PREFIX + "loss_of_epoch", Double.toString(lossOfEpoch));
        texts.put(PREFIX + "steps", Long.toString(steps));
        texts.put(PREFIX + "updates", Long.toString(updates));
        texts.put(PREFIX + "pending_batches", Integer.toString(pending));
        texts.put(PREFIX + "pending_rows", Long.toString(pendingRows));
        texts.put(PREFIX + "rate", Double.toString(rate));
        return texts;
    }

    /**
     * The position that {@link #texts} described.
     *
     * @throws IllegalArgumentException if a text is missing, not a number, or negative where it counts something
     */
    static Position of(Map<String, String> texts) {
        return new Position(
                (int) count(texts, "epochs", Integer.MAX_VALUE),
                (int) count(texts, "batches_of_epoch", Integer.MAX_VALUE),
                Double.parseDouble(text(texts, "loss_of_epoch")),
                count(texts, "steps", Long.MAX_VALUE),
                count(texts, "updates", Long.MAX_VALUE),
                (int) count(texts, "pending_batches", Integer.MAX_VALUE),
                count(texts, "pending_rows", Long.MAX_VALUE),
                Double.parseDouble(text(texts, "rate")));
    }

    private static long count(Map<String, String> texts, String name, long most) {
        long count = Long.parseLong(text(texts, name));
        if (count < 0 || count > most) {
            throw new IllegalArgumentException(PREFIX + name + " is " + count);
        }
        return count;
    }

    private static String text(Map<String, String> texts, String name) {
        String text = texts.get(PREFIX + name);
        if (text == null) {
            throw new IllegalArgumentException("there is no " + PREFIX + name);
        }
        return text;
    }
}
