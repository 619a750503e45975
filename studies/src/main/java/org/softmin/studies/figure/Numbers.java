package org.softmin.studies.figure;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers as a reader wants to see them, in figures and in tables. */
public final class Numbers {
    private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    private Numbers() {}

    /**
     * The value rounded to so many significant digits: {@code 0.0164}, {@code −1215}, {@code 4.85×10⁷}; an en dash for
     * NaN.
     *
     * <p>Whole digits are never rounded away below 100,000: {@code format(50240, 3)} is {@code 50,240}.
     */
    public static String format(double value, int digits) {
        if (Double.isNaN(value)) {
            return "–";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "∞" : "−∞";
        }
        if (value == 0) {
            return "0";
        }
        String sign = value < 0 ? "−" : "";
        BigDecimal magnitude = BigDecimal.valueOf(Math.abs(value));
        BigDecimal rounded = magnitude.round(new MathContext(digits, RoundingMode.HALF_UP));
        int exponent = rounded.precision() - rounded.scale() - 1;
        if (exponent < -4 || exponent >= 5) {
            BigDecimal mantissa = rounded.scaleByPowerOfTen(-exponent).stripTrailingZeros();
            return sign + mantissa.toPlainString() + "×" + powerOfTen(exponent);
        }
        if (exponent >= digits) {
            rounded = magnitude.setScale(0, RoundingMode.HALF_UP);
        }
        String text = rounded.stripTrailingZeros().toPlainString();
        return sign + (exponent == 4 ? text.substring(0, 2) + "," + text.substring(2) : text);
    }

    /** The value with four significant digits. */
    public static String format(double value) {
        return format(value, 4);
    }

    /** The power of ten as {@code 10⁻⁸}. */
    static String powerOfTen(int exponent) {
        StringBuilder text = new StringBuilder("10");
        if (exponent < 0) {
            text.append('⁻');
        }
        for (char digit : Integer.toString(Math.abs(exponent)).toCharArray()) {
            text.append(SUPERSCRIPTS.charAt(digit - '0'));
        }
        return text.toString();
    }
}
