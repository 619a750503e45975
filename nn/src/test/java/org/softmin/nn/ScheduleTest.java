package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static void assertFactors(Schedule schedule, double... expected) {
        for (int step = 0; step < expected.length; step++) {
            assertEquals(expected[step], schedule.factor(step), 1e-15, "step " + step);
        }
    }

    @Test
    void factors() {
        assertFactors(Schedule.constant(), 1, 1, 1);
        assertFactors(Schedule.step(2, 0.1), 1, 1, 0.1, 0.1, 0.01);
        assertFactors(Schedule.exponential(0.5), 1, 0.5, 0.25);
        assertFactors(Schedule.linear(4, 0.2), 1, 0.8, 0.6, 0.4, 0.2, 0.2);
        assertFactors(Schedule.cosine(4, 0), 1, (1 + Math.sqrt(0.5)) / 2, 0.5, (1 - Math.sqrt(0.5)) / 2, 0, 0);
        assertFactors(Schedule.cosine(2, 0.5), 1, 0.75, 0.5);
    }

    @Test
    void warmUpComesBefore() {
        assertFactors(Schedule.linear(2, 0).warmUp(4), 0.25, 0.5, 0.75, 1, 1, 0.5, 0);
    }

    @Test
    void noStepsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(0, 0));
        assertThrows(IllegalArgumentException.class, () -> Schedule.step(0, 0.1));
        assertThrows(IllegalArgumentException.class, () -> Schedule.linear(-1, 0));
    }
}
