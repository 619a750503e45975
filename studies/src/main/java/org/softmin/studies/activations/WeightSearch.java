package org.softmin.studies.activations;

import java.io.IOException;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.softmin.studies.figure.Numbers;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section;

/**
 * Finds the best weight of a sparsity in the series …, 0.1, 0.3, 1, 3, 10, …: of the weights from 0.1 to 10, and of as many
 * more as it takes until the best lies between two that are worse.
 *
 * <p>The series ends at {@value #LOWEST} and {@value #HIGHEST}: what is best at one of them may be better beyond.
 */
final class WeightSearch {
    static final double LOWEST = 1e-4;
    static final double HIGHEST = 1e4;

    /** The metric that is 1 where the chosen weight is one of these two, and else 0. */
    static final String AT_EDGE = "weight_at_edge";

    /** Places in the series, 1 at place 0, which are always tried and which are never passed, on either side. */
    private static final int FIRST = 2;

    private static final int LAST = 8;

    private WeightSearch() {}

    /** What becomes of a weight. */
    @FunctionalInterface
    interface Trial<T> {
        /** Trains with that weight. */
        T with(double weight) throws IOException, InterruptedException;
    }

    /**
     * The best of all that were tried, of equal ones the first; the trials go from 1 downwards, then upwards.
     *
     * @param inside whether a smaller and a larger weight were tried
     */
    record Found<T>(T best, double weight, boolean inside) {}

    /** Searches for the largest score, which is not NaN. */
    static <T> Found<T> search(Trial<T> trial, ToDoubleFunction<T> score) throws IOException, InterruptedException {
        int low = 0;
        int high = 0;
        int chosen = 0;
        T best = trial.with(weight(0));
        while (true) {
            int next;
            if (low > -FIRST || chosen == low && low > -LAST) {
                next = --low;
            } else if (high < FIRST || chosen == high && high < LAST) {
                next = ++high;
            } else {
                return new Found<>(best, weight(chosen), low < chosen && chosen < high);
            }
            T other = trial.with(weight(next));
            if (score.applyAsDouble(other) > score.applyAsDouble(best)) {
                best = other;
                chosen = next;
            }
        }
    }

    /** How the weights of the sparsity were chosen, and where a better one may lie beyond those that were tried. */
    static Section.Text explained(List<Measurement> measurements) {
        List<String> atEdge = measurements.stream()
                .filter(m -> m.metric().equals(AT_EDGE) && m.value() != null && m.value() > 0)
                .map(m -> m.configuration() + " seed " + m.seed())
                .toList();
        return new Section.Text("Every kind keeps the k largest codes of a row, so l0 is k, or less where fewer units"
            + " fire. The weight of the sparsity (TopK has none) is that with which they explain most of the variance"
            + " of rows that are neither for training nor for the test, of the series 0.1, 0.3, 1, 3, 10 and its"
            + " continuation on either side, from " + Numbers.format(LOWEST) + " to " + Numbers.format(HIGHEST)
                + ". "
                + (atEdge.isEmpty()
                        ? "All that were chosen have worse neighbours on both sides."
                        : "At an end of the series, so that a better one may lie beyond: " + String.join(", ", atEdge)
                                + "."));
    }

    private static double weight(int place) {
        int digit = Math.floorMod(place, 2) == 0 ? 1 : 3;
        return Double.parseDouble(digit + "e" + Math.floorDiv(place, 2)); // unlike a power, 0.1 and not 0.09999…
    }
}
