package org.softmin.studies.figure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumbersTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | 0",
                "-0.0 | 0",
                "0.0164 | 0.0164",
                "0.93425 | 0.9343", // half up, as on paper, whatever the nearest double is
                "0.012345 | 0.01235",
                "99994.4 | 99,994",
                "4.5e-8 | 4.5×10⁻⁸",
                "-1215.4 | −1215",
                "9999.6 | 10,000",
                "50240 | 50,240",
                "99999.6 | 100,000",
                "101200 | 101,200",
                "1234567 | 1,234,567",
                "9999999.6 | 1×10⁷",
                "48500000 | 4.85×10⁷",
                "1e-4 | 0.0001",
                "0.00009999 | 9.999×10⁻⁵",
                "1e300 | 1×10³⁰⁰",
                "4.9e-324 | 4.9×10⁻³²⁴",
                "NaN | –",
                "Infinity | ∞",
                "-Infinity | −∞"
            })
    void isRoundedToFourDigits(double value, String text) {
        assertEquals(text, Numbers.format(value));
    }

    @Test
    void wholeDigitsAreKept() {
        assertEquals("1,234,568", Numbers.format(1234567.6, 2));
        assertEquals("12,345.678", Numbers.format(12345.678, 8));
        assertEquals("0.123457", Numbers.format(0.123456789, 6));
    }
}
