package org.softmin.nn;

/** Is told how training goes; called on the training thread, between steps. */
public interface Listener {
    /**
     * After each step of {@link Trainer#fit}.
     *
     * @param step steps so far, from 1
     * @param loss loss of the batch, before the update
     * @param rate learning rate of the step
     */
    default void onStep(long step, double loss, double rate) {}

    /**
     * After each epoch of {@link Trainer#fit}.
     *
     * @param epoch epochs so far, from 1
     * @param loss mean over the losses of its batches
     * @param rate learning rate of its last step
     */
    default void onEpoch(int epoch, double loss, double rate) {}
}
