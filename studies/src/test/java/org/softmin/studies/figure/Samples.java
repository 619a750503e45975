package org.softmin.studies.figure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** One figure of each kind, with values that are hard to draw among them. */
final class Samples {
    static final String HOSTILE = "</title><script>alert('1')</script> & \"quoted\" \u0000 ∂L/∂E";

    private Samples() {}

    static List<Figure> all() {
        return List.of(
                new Scatter(HOSTILE, HOSTILE, Axis.log(HOSTILE), Axis.log("y"), List.of(points(), points())),
                new Scatter("nothing", "no points", Axis.linear("x"), Axis.linear("y"), List.of()),
                new Lines(
                        HOSTILE, HOSTILE, Axis.linear("epoch"), Axis.linear(HOSTILE), List.of(curve(100), curve(5000))),
                new Lines("one value", "flat", Axis.log("x"), Axis.log("y"), List.of(Series.of("c", new double[] {7}))),
                bars(Axis.linear(HOSTILE)),
                bars(Axis.log("redundancy")),
                new Usage(HOSTILE, HOSTILE, HOSTILE, List.of(Series.of(HOSTILE, new double[] {0, 3, Double.NaN, 1}))),
                new HeatMap(HOSTILE, HOSTILE, HOSTILE, 1, List.of(matrix(), matrix(), matrix())),
                new ImageGrid(
                        HOSTILE,
                        HOSTILE,
                        2,
                        3,
                        4,
                        List.of(
                                new ImageGrid.Group(HOSTILE, Tone.GREY, List.of(new float[6], new float[6])),
                                new ImageGrid.Group("", Tone.DIVERGING, List.of()))));
    }

    static Bars bars(Axis axis) {
        return new Bars(
                HOSTILE,
                HOSTILE,
                axis,
                List.of("MNIST", HOSTILE, "third", "fourth", "fifth"),
                List.of(new Bars.Group(
                        HOSTILE,
                        List.of(
                                Bars.Value.of(12.5).interval(11, 14).expected(12),
                                Bars.Value.of(-3).expected(-4),
                                Bars.Value.of(0),
                                Bars.Value.of(Double.NaN),
                                Bars.Value.of(1e-9)))));
    }

    private static Series points() {
        double[] x = new Random(1).doubles(5000).map(u -> 1e-4 + u).toArray();
        double[] y = new Random(2).doubles(5000).toArray();
        y[0] = Double.NaN;
        y[1] = Double.POSITIVE_INFINITY;
        y[2] = -1;
        return Series.of(HOSTILE, x, y);
    }

    private static Series curve(int length) {
        double[] y = new Random(length).doubles(length).toArray();
        y[length / 2] = Double.NaN;
        return Series.of(HOSTILE, y);
    }

    private static HeatMap.Panel matrix() {
        float[] values = new float[64 * 64];
        Arrays.fill(values, 0.25f);
        values[3] = Float.NaN;
        return HeatMap.Panel.of(HOSTILE, values, 64);
    }

    /** All text between two marks, in order. */
    static List<String> between(String text, String before, String after) {
        List<String> found = new ArrayList<>();
        for (int i = text.indexOf(before); i >= 0; i = text.indexOf(before, i + 1)) {
            int from = i + before.length();
            found.add(text.substring(from, text.indexOf(after, from)));
        }
        return found;
    }
}
