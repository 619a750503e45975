package org.softmin.studies.activations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

final class WeightSearchTest {
    private final List<Double> tried = new ArrayList<>();

    private WeightSearch.Found<Double> search(DoubleUnaryOperator score) throws Exception {
        return WeightSearch.search(
                weight -> {
                    tried.add(weight);
                    return score.applyAsDouble(weight);
                },
                value -> value);
    }

    /** Largest, and 1, at a weight. */
    private static DoubleUnaryOperator peakAt(double best) {
        return weight -> 1 - Math.abs(Math.log(weight / best));
    }

    @Test
    void whereTheBestIsAmongTheFirstFiveNoMoreAreTried() throws Exception {
        WeightSearch.Found<Double> found = search(peakAt(3));
        assertEquals(3, found.weight());
        assertEquals(1, found.best());
        assertTrue(found.inside());
        assertEquals(List.of(1.0, 0.3, 0.1, 3.0, 10.0), tried);
    }

    @Test
    void itGoesOnUntilThereIsAWorseOneOnEitherSide() throws Exception {
        WeightSearch.Found<Double> found = search(peakAt(0.003));
        assertEquals(0.003, found.weight());
        assertTrue(found.inside());
        assertEquals(List.of(1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 3.0, 10.0), tried);
        tried.clear();
        assertEquals(10, search(peakAt(10)).weight());
        assertEquals(List.of(1.0, 0.3, 0.1, 3.0, 10.0, 30.0), tried);
    }

    @Test
    void atAnEndOfTheSeriesItSaysSo() throws Exception {
        WeightSearch.Found<Double> low = search(peakAt(1e-9));
        assertEquals(WeightSearch.LOWEST, low.weight());
        assertFalse(low.inside());
        WeightSearch.Found<Double> high = search(peakAt(1e9));
        assertEquals(WeightSearch.HIGHEST, high.weight());
        assertFalse(high.inside());
    }

    /** Data that do not vary. */
    @Test
    void ofEqualOnesTheFirstIsTaken() throws Exception {
        WeightSearch.Found<Double> found = search(weight -> Double.NEGATIVE_INFINITY);
        assertEquals(1, found.weight());
        assertTrue(found.inside());
        assertEquals(5, tried.size());
    }
}
