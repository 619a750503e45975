package org.softmin.studies.figure;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Horizontal bars in groups, with intervals, expected values and the numbers written out.
 *
 * @param series names of the bars within each group
 * @param groups each with one value per series
 */
public record Bars(String title, String description, Axis x, List<String> series, List<Group> groups)
        implements Figure {
    private static final double BAR = 17;
    private static final double GAP = 14;

    /**
     * A measured value: its interval and the expected value where there are some, NaN where not.
     *
     * @param mean length of the bar; NaN draws none and writes "undefined"
     */
    public record Value(double mean, double low, double high, double expected) {
        /** A value alone. */
        public static Value of(double mean) {
            return new Value(mean, Double.NaN, Double.NaN, Double.NaN);
        }

        /** The same with an error bar. */
        public Value interval(double low, double high) {
            return new Value(mean, low, high, expected);
        }

        /** The same with a mark where the value was expected. */
        public Value expected(double expected) {
            return new Value(mean, low, high, expected);
        }

        private DoubleStream all() {
            return DoubleStream.of(mean, low, high, expected);
        }
    }

    /** Bars that stand together, one per series. */
    public record Group(String name, List<Value> values) {
        /** Copies the list. */
        public Group {
            values = List.copyOf(values);
        }
    }

    /** Checks that each group has one value per series and copies the lists. */
    public Bars {
        series = List.copyOf(series);
        groups = List.copyOf(groups);
        for (Group group : groups) {
            if (group.values.size() != series.size()) {
                throw new IllegalArgumentException("bars: group \"" + group.name + "\" has " + group.values.size()
                        + " values for " + series.size() + " series; give one each");
            }
        }
    }

    void draw(Canvas canvas) {
        canvas.hatches(series.size());
        double top = legend(canvas) + 4;
        double left = 12
                + groups.stream().mapToDouble(g -> Canvas.width(g.name)).max().orElse(0);
        double plot = groups.size() * (series.size() * BAR + GAP) + GAP;
        Axis.Ruler across = range(left);
        for (Axis.Tick tick : across.ticks(5)) {
            canvas.line("grid", tick.at(), top, tick.at(), top + plot);
            canvas.text(tick.at(), top + plot + 19, "middle", "soft", tick.label());
        }
        double origin = across.clamped(0);
        double y = top + GAP;
        for (Group group : groups) {
            canvas.text(left - 10, y + series.size() * BAR / 2 + 5, "end", "", group.name);
            for (int i = 0; i < series.size(); i++) {
                draw(canvas, group.values.get(i), i, across, origin, y);
                y += BAR;
            }
            y += GAP;
        }
        canvas.line("axis", origin, top, origin, top + plot);
        canvas.text((left + Canvas.WIDTH) / 2, top + plot + 40, "middle", "soft", x.label());
        canvas.height(top + plot + 50);
    }

    private double legend(Canvas canvas) {
        double top = series.size() < 2 ? 0 : canvas.legend(0, Canvas.Key.BAR, series);
        boolean expected = values().anyMatch(v -> !Double.isNaN(v.expected));
        boolean intervals = values().anyMatch(v -> !Double.isNaN(v.low));
        if (expected) {
            expectation(canvas, 23, top + 10);
            canvas.text(40, top + 15, "start", "", "expected");
        }
        if (intervals) {
            double start = expected ? 132 : 12;
            interval(canvas, start, start + 22, top + 10);
            canvas.text(start + 28, top + 15, "start", "", "95 % interval");
        }
        return expected || intervals ? top + Canvas.LINE + 6 : top;
    }

    private Stream<Value> values() {
        return groups.stream().flatMap(group -> group.values.stream());
    }

    /** From zero (from the decade below the smallest value on a logarithmic axis), with room for the numbers. */
    private Axis.Ruler range(double left) {
        double[] all = values().flatMapToDouble(Value::all).filter(x::shows).toArray();
        double smallest = Arrays.stream(all).min().orElse(1);
        double origin = x.scale() == Axis.Scale.LOG ? Math.pow(10, Math.floor(Math.log10(smallest / 1.2))) : 0;
        Axis.Ruler tight =
                x.over(DoubleStream.concat(Arrays.stream(all), DoubleStream.of(origin)), left, Canvas.WIDTH - 4);
        boolean negative = values().anyMatch(v -> v.mean < 0);
        boolean positive = values().anyMatch(v -> v.mean > 0);
        double room = 62 / (Canvas.WIDTH - left - 4 - 62);
        return tight.padded(negative ? room : 0, positive || !negative ? room : 0);
    }

    private void draw(Canvas canvas, Value value, int index, Axis.Ruler across, double origin, double y) {
        double middle = y + BAR / 2;
        if (x.shows(value.mean)) {
            double end = across.at(value.mean);
            canvas.bar(index, Math.min(origin, end), y + 1, Math.abs(end - origin), BAR - 2);
            if (x.shows(value.low) && x.shows(value.high)) {
                interval(canvas, across.at(value.low), across.at(value.high), middle);
            }
            boolean left = value.mean < 0;
            double number = beyond(value, across) + (left ? -6 : 6);
            canvas.text(number, middle + 5, left ? "end" : "start", "small", Numbers.format(value.mean));
        } else {
            String word = Double.isFinite(value.mean) ? Numbers.format(value.mean) : "undefined";
            canvas.text(origin + 6, middle + 5, "start", "small soft", word);
        }
        if (x.shows(value.expected)) {
            expectation(canvas, across.at(value.expected), middle);
        }
    }

    /** Where the number can be written: behind the bar, its interval, and an expected value that is close. */
    private double beyond(Value value, Axis.Ruler across) {
        double direction = value.mean < 0 ? -1 : 1;
        double end = across.at(value.mean);
        double outer = value.mean < 0 ? value.low : value.high;
        if (x.shows(outer)) {
            end = across.at(outer);
        }
        double further = x.shows(value.expected) ? direction * (across.at(value.expected) - end) + 5 : 0;
        return further > 0 && further < 60 ? end + direction * further : end;
    }

    private static void interval(Canvas canvas, double low, double high, double y) {
        canvas.line("ink", low, y, high, y);
        canvas.line("ink", low, y - 4, low, y + 4);
        canvas.line("ink", high, y - 4, high, y + 4);
    }

    private static void expectation(Canvas canvas, double x, double y) {
        canvas.path("open", Canvas.sign(3, x, y, 4));
    }
}
