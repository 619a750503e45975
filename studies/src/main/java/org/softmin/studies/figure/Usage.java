package org.softmin.studies.figure;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * How much each unit is used: one panel per configuration, its units from the most to the least used.
 *
 * <p>All panels share one scale, so that a collapsed configuration looks collapsed. A cross marks a unit at zero.
 *
 * @param quantity what a bar's height measures, such as {@code "mean responsibility"}
 * @param panels values per unit, none negative; their x is not used
 */
public record Usage(String title, String description, String quantity, List<Series> panels) implements Figure {
    private static final double PANEL = 84;

    /** Copies the list. */
    public Usage {
        panels = List.copyOf(panels);
    }

    void draw(Canvas canvas) {
        double highest = panels.stream()
                .flatMapToDouble(Series::ys)
                .filter(Double::isFinite)
                .max()
                .orElse(1);
        double top = 0;
        canvas.text(4, 14, "start", "soft", quantity);
        top += 24;
        for (Series panel : panels) {
            Axis.Ruler up = Axis.linear(quantity).over(DoubleStream.of(0, highest), top + 24 + PANEL, top + 24);
            draw(canvas, panel, up);
            top = up.start() + 14;
        }
        canvas.text(Canvas.WIDTH / 2, top + 8, "middle", "soft", "units, most used first");
        canvas.height(top + 18);
    }

    private void draw(Canvas canvas, Series panel, Axis.Ruler up) {
        double[] sorted =
                panel.ys().map(v -> Double.isFinite(v) ? v : 0).sorted().toArray();
        double left = Canvas.widest(up.ticks(2)) + 12;
        double pitch = (Canvas.WIDTH - left - 4) / Math.max(1, sorted.length);
        long unused = Arrays.stream(sorted).filter(v -> v == 0).count();
        canvas.text(left, up.end() - 7, "start", "head", panel.name());
        canvas.text(Canvas.WIDTH - 4, up.end() - 7, "end", "soft", unused + " of " + sorted.length + " unused");
        for (Axis.Tick tick : up.ticks(2)) {
            canvas.line("grid", left, tick.at(), Canvas.WIDTH - 4, tick.at());
            canvas.text(left - 7, tick.at() + 5, "end", "soft", tick.label());
        }
        StringBuilder bars = new StringBuilder();
        StringBuilder crosses = new StringBuilder();
        for (int i = 0; i < sorted.length; i++) {
            double value = sorted[sorted.length - 1 - i];
            double x = left + i * pitch;
            if (value == 0) {
                crosses.append('M').append(Canvas.number(x + pitch / 2 - 2)).append(' ');
                crosses.append(Canvas.number(up.start() - 7)).append("l4 4m0-4l-4 4");
            } else {
                bars.append('M')
                        .append(Canvas.number(x + pitch * 0.1))
                        .append(' ')
                        .append(Canvas.number(up.start()));
                bars.append('V').append(Canvas.number(up.at(value)));
                bars.append('h').append(Canvas.number(pitch * 0.8)).append('V').append(Canvas.number(up.start()));
                bars.append('z');
            }
        }
        canvas.path("fill s0", bars.toString()).path("thin s1", crosses.toString());
        canvas.line("axis", left, up.start(), Canvas.WIDTH - 4, up.start());
    }
}
