package org.softmin.studies.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntervalTest {
    /** Two-sided 95 % points; Abramowitz and Stegun, table 26.10, and NIST/SEMATECH e-Handbook 1.3.6.7.2. */
    @ParameterizedTest
    @CsvSource({
        "1,12.706",
        "2,4.303",
        "3,3.182",
        "4,2.776",
        "5,2.571",
        "6,2.447",
        "7,2.365",
        "8,2.306",
        "9,2.262",
        "10,2.228",
        "15,2.131",
        "20,2.086",
        "25,2.060",
        "29,2.045",
        "30,2.042",
        "40,2.021",
        "60,2.000",
        "100,1.984",
        "1000,1.962"
    })
    void quantilesAreThePublishedOnes(int degrees, double t) {
        assertEquals(t, Interval.student(degrees), 0.00051);
    }

    @Test
    void quantilesWithAClosedFormAreExact() {
        assertEquals(Math.tan(Math.PI * 0.475), Interval.student(1), 1e-10);
        assertEquals(0.95 * Math.sqrt(2 / (1 - 0.95 * 0.95)), Interval.student(2), 1e-12);
    }

    @Test
    void anIntervalIsWhatTheTextbookSays() {
        Interval interval = Interval.of(List.of(1.0, 2.0, 3.0, 4.0, 5.0));
        assertEquals(3, interval.mean(), 1e-15);
        // s = √2.5, t(4) = 2.776445105
        assertEquals(3 - 2.776445105 * Math.sqrt(2.5 / 5), interval.low(), 1e-8);
        assertEquals(3 + 2.776445105 * Math.sqrt(2.5 / 5), interval.high(), 1e-8);
    }

    @Test
    void equalValuesHaveNoWidth() {
        assertEquals(new Interval(0.1, 0.1, 0.1), Interval.of(List.of(0.1, 0.1, 0.1)));
    }

    @Test
    void aSingleValueHasNoInterval() {
        Interval interval = Interval.of(List.of(7.0));
        assertEquals(7, interval.mean());
        assertTrue(Double.isNaN(interval.low()) && Double.isNaN(interval.high()));
    }
}
