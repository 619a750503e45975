package org.softmin.studies.sae;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class DynamicsTest {
    private static OptionalInt converged(double... losses) {
        return Dynamics.convergedEpoch(
                IntStream.range(0, losses.length).mapToObj(i -> losses[i]).toList());
    }

    @Test
    void convergedIsTheFirstOfFiveSettledEpochs() {
        assertEquals(OptionalInt.of(3), converged(10, 5, 4.5, 4, 3.5, 3, 2.5, 2));
        assertEquals(OptionalInt.of(2), converged(10, 10.9, 10, 10.9, 10, 10.9));
    }

    @Test
    void aStepOfOneStartsTheCountAnew() {
        assertEquals(OptionalInt.of(7), converged(9, 8.5, 8, 7.5, 7, 6, 5.5, 5, 4.5, 4, 3.5));
        assertEquals(OptionalInt.empty(), converged(9, 8.5, 8, 7.5, 7));
        assertEquals(OptionalInt.empty(), Dynamics.convergedEpoch(List.of()));
    }

    /** A loss whose change is K/t settles at the first t > K. */
    @Test
    void aLogarithmSettlesWhereItsSlopeIsOne() {
        double[] losses =
                IntStream.range(1, 101).mapToDouble(t -> -64 * Math.log(t)).toArray();
        assertEquals(OptionalInt.of(65), converged(losses));
    }
}
