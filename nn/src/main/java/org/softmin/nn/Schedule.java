package org.softmin.nn;

/**
 * How the learning rate changes over the steps: the factor by which the optimiser's rate is multiplied.
 *
 * <p>The rate is an input of the compiled step, so changing it costs nothing. Implementations are immutable and
 * thread-safe.
 */
@FunctionalInterface
public interface Schedule {
    /** The factor for step {@code step}, counted from 0. */
    double factor(long step);

    /** Always 1. */
    static Schedule constant() {
        return step -> 1;
    }

    /** Multiplied by {@code gamma} after every {@code every} steps. */
    static Schedule step(long every, double gamma) {
        checkSteps("step", every);
        return step -> Math.pow(gamma, (double) Math.floorDiv(step, every));
    }

    /** Multiplied by {@code gamma} after each step. */
    static Schedule exponential(double gamma) {
        return step -> Math.pow(gamma, (double) step);
    }

    /** From 1 in a straight line to {@code end} after {@code steps} steps, then constant. */
    static Schedule linear(long steps, double end) {
        checkSteps("linear", steps);
        return step -> 1 + (end - 1) * Math.min(step, steps) / steps;
    }

    /** From 1 along half a cosine to {@code end} after {@code steps} steps, then constant; Loshchilov, Hutter, 2017. */
    static Schedule cosine(long steps, double end) {
        checkSteps("cosine", steps);
        return step -> end + (1 - end) * (1 + Math.cos(Math.PI * Math.min(step, steps) / steps)) / 2;
    }

    /** This schedule after a warm-up in which the factor rises in a straight line: 1/n, 2/n, …, 1 for n steps. */
    default Schedule warmUp(long steps) {
        return step -> step < steps ? (step + 1.0) / steps : factor(step - steps);
    }

    private static void checkSteps(String name, long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("schedule: " + name + " over " + steps + " steps; use 1 or more");
        }
    }
}
