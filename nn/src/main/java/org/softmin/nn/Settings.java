package org.softmin.nn;

/** Checks of the numbers that configure an optimiser; NaN passes none of them. */
final class Settings {
    private Settings() {}

    static void positive(String owner, String setting, double value) {
        require(value > 0 && value < Double.POSITIVE_INFINITY, owner, setting, value, "a finite number above 0");
    }

    static void notNegative(String owner, String setting, double value) {
        require(value >= 0 && value < Double.POSITIVE_INFINITY, owner, setting, value, "a finite number, 0 or more");
    }

    static void belowOne(String owner, String setting, double value) {
        require(value >= 0 && value < 1, owner, setting, value, "0 or more and less than 1");
    }

    private static void require(boolean fits, String owner, String setting, double value, String use) {
        if (!fits) {
            throw new IllegalArgumentException(owner + ": " + setting + " is " + value + "; use " + use);
        }
    }
}
