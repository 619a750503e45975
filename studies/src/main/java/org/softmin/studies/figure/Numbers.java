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
     * <p>Whole digits are never rounded away below ten million: {@code format(50240, 3)} is {@code 50,240}.
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
        if (exponent < -4 || exponent >= 7) {
            BigDecimal mantissa = rounded.scaleByPowerOfTen(-exponent).stripTrailingZeros();
            return sign + mantissa.toPlainString() + "×" + powerOfTen(exponent);
        }
        if (exponent >= digits) {
            rounded = magnitude.setScale(0, RoundingMode.HALF_UP);
        }
        StringBuilder text = new StringBuilder(rounded.stripTrailingZeros().toPlainString());
        int point = text.indexOf(".");
        if (exponent >= 4) {
            for (int i = (point < 0 ? text.length() : point) - 3; i > 0; i -= 3) {
                text.insert(i, ',');
            }
        }
        return sign + text;
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
