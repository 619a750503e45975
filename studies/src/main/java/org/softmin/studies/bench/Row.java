package org.softmin.studies.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One line of the table.
 *
 * @param values what each contender reached, Softmin first
 * @param reference the contender to show beside Softmin, or empty
 * @param checks ratios, each with what is asked of it
 * @param difference largest relative difference of a contender's result from Softmin's; NaN where none is compared
 */
record Row(
        String name, Unit unit, Map<String, Double> values, String reference, List<Check> checks, double difference) {
    /** What a number counts. */
    enum Unit {
        GFLOPS("GFLOP/s"),
        GIGABYTES("GB/s"),
        MILLISECONDS("ms"),
        SECONDS("s"),
        MEBIBYTES("MiB"),
        BYTES("B"),
        TIMES("times");

        private final String symbol;

        Unit(String symbol) {
            this.symbol = symbol;
        }

        String symbol() {
            return symbol;
        }

        /** Whether more is better. */
        boolean isRate() {
            return this == GFLOPS || this == GIGABYTES;
        }

        /** What a measured time comes to in this unit. */
        double of(Contest.Time time) {
            return switch (this) {
                case GFLOPS, GIGABYTES -> time.rate() * 1e-9;
                case MILLISECONDS -> time.seconds() * 1e3;
                case SECONDS -> time.seconds();
                case MEBIBYTES, BYTES, TIMES -> throw new IllegalStateException("a time has no " + symbol);
            };
        }
    }

    /**
     * What a ratio should be.
     *
     * @param atLeast whether more is better
     * @param must what is promised
     * @param aim what is hoped for
     */
    record Goal(boolean atLeast, double must, double aim) {
        static Goal atLeast(double must, double aim) {
            return new Goal(true, must, aim);
        }

        static Goal atMost(double must, double aim) {
            return new Goal(false, must, aim);
        }

        private boolean reaches(double value, double bound) {
            return atLeast ? value >= bound : value <= bound;
        }
    }

    /**
     * A ratio, or a number of Softmin's alone, and what it should be.
     *
     * @param against the contender that Softmin is compared with, or empty
     * @param goal null where nothing is promised
     * @param excused why the promise counts as kept even so, or empty
     */
    record Check(String against, double value, @Nullable Goal goal, String excused) {
        /**
         * {@code aim} where the hope is fulfilled, {@code met} where the promise is kept (with a star where it is by
         * the excuse), {@code missed}; empty where nothing is promised.
         */
        String verdict() {
            if (goal == null) {
                return "";
            }
            if (goal.reaches(value, goal.aim())) {
                return "aim";
            }
            if (goal.reaches(value, goal.must())) {
                return "met";
            }
            return excused.isEmpty() ? "missed" : "met*";
        }
    }

    /** Copies map and list. */
    Row {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        checks = List.copyOf(checks);
    }

    /** The same under another name. */
    Row named(String other) {
        return new Row(other, unit, values, reference, checks, difference);
    }

    /** What Softmin reached. */
    double softmin() {
        return values.getOrDefault(SoftminContender.NAME, Double.NaN);
    }
}
