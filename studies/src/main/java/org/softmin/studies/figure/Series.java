package org.softmin.studies.figure;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/** Named points of a chart, in drawing order; a point with a NaN or an infinity is left out (a gap in a line). */
public final class Series {
    private final String name;
    private final double[] x;
    private final double[] y;

    private Series(String name, double[] x, double[] y) {
        if (x.length != y.length) {
            throw new IllegalArgumentException("series: \"" + name + "\" has " + x.length + " x and " + y.length
                    + " y values; give as many of each");
        }
        this.name = name;
        this.x = x;
        this.y = y;
    }

    /** Points from their coordinates. */
    public static Series of(String name, double[] x, double[] y) {
        return new Series(name, x.clone(), y.clone());
    }

    /** Points from their coordinates. */
    public static Series of(String name, float[] x, float[] y) {
        return new Series(name, widen(x), widen(y));
    }

    /** Values at x = 1, 2, 3, …, such as one per epoch. */
    public static Series of(String name, double[] y) {
        double[] x = new double[y.length];
        Arrays.setAll(x, i -> i + 1);
        return new Series(name, x, y.clone());
    }

    /** Name as it stands in the legend. */
    public String name() {
        return name;
    }

    /** Number of points. */
    public int size() {
        return x.length;
    }

    double x(int i) {
        return x[i];
    }

    double y(int i) {
        return y[i];
    }

    DoubleStream xs() {
        return Arrays.stream(x);
    }

    DoubleStream ys() {
        return Arrays.stream(y);
    }

    private static double[] widen(float[] values) {
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> values[i]);
        return wide;
    }
}
