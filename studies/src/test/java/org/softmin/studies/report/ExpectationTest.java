package org.softmin.studies.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpectationTest {
    @ParameterizedTest
    @CsvSource({
        "NUMBER, .0163, .002, .0163, REPRODUCED",
        "NUMBER, .0163, .002, .0183, REPRODUCED", // .0183 − .0163 > .002 in binary
        "NUMBER, .0163, .002, .0143, REPRODUCED",
        "NUMBER, .0163, .002, .01831, NOT_REPRODUCED",
        "NUMBER, .0163, .002, .01429, NOT_REPRODUCED",
        "NUMBER, 1875, 187.5, 2062.5, REPRODUCED",
        "NUMBER, 1875, 187.5, 2062.5000000001, NOT_REPRODUCED",
        "NUMBER, 50240, 0, 50240, REPRODUCED",
        "NUMBER, 50240, 0, 50241, NOT_REPRODUCED",
        "AT_MOST, 1e-7, 0, 1e-7, REPRODUCED",
        "AT_MOST, 1e-7, 0, 1.0000001e-7, CLAIM_REFUTED",
        "AT_MOST, .0264, .003, .0294, REPRODUCED",
        "AT_MOST, .0264, .003, .0295, CLAIM_REFUTED",
        "AT_MOST, .0264, .003, -5, REPRODUCED",
        "AT_LEAST, .9, .01, .89, REPRODUCED",
        "AT_LEAST, .9, .01, .8899, CLAIM_REFUTED",
        "AT_LEAST, .9, .01, 1, REPRODUCED",
        "NUMBER, 1, 1, , NOT_REPRODUCED",
        "AT_MOST, 1, 1, , NOT_REPRODUCED",
        "AT_LEAST, 1, 1, NaN, NOT_REPRODUCED",
        "AT_LEAST, 1, 1, Infinity, NOT_REPRODUCED"
    })
    void isJudgedInDecimals(Expectation.Kind kind, double expected, double tolerance, Double mean, Verdict verdict) {
        assertEquals(verdict, new Expectation("claim", "e", "c", "m", kind, expected, tolerance).judge(mean));
    }

    @Test
    void numbersMustBeFinite() {
        Expectation.Kind kind = Expectation.Kind.NUMBER;
        for (double[] pair :
                new double[][] {{Double.NaN, 0}, {1, -1}, {1, Double.NaN}, {1, Double.POSITIVE_INFINITY}}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new Expectation("claim", "e", "c", "m", kind, pair[0], pair[1]));
        }
    }
}
