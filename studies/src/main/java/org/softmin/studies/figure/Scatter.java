package org.softmin.studies.figure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.DoubleStream;

/**
 * Points against the diagonal y = x; on it, two ways to compute one quantity agree.
 *
 * <p>Both axes cover the same range. Points that would fall on one another are drawn once, so that the file stays small
 * for any number of them.
 */
public record Scatter(String title, String description, Axis x, Axis y, List<Series> series) implements Figure {
    private static final int MOST_MARKS = 3000;
    // A stroke of hardly any length is a dot or a square by its caps: a quarter of the text of an outline. Then + and
    // ×.
    private static final String[] STROKES = {"h.1", "h.1", "m-2 0h4m-2-2v4", "m-2-2l4 4m0-4l-4 4"};

    /** Checks that both axes have one scale and copies the list. */
    public Scatter {
        if (x.scale() != y.scale()) {
            throw new IllegalArgumentException("scatter: the axes are " + x.scale() + " and " + y.scale()
                    + ", so that y = x is not a diagonal; use one scale for both");
        }
        series = List.copyOf(series);
    }

    void draw(Canvas canvas) {
        double top = canvas.legend(0, Canvas.Key.SIGN, names()) + 24;
        DoubleStream all = series.stream().flatMapToDouble(points -> DoubleStream.concat(points.xs(), points.ys()));
        Axis.Ruler measured = x.over(all, 0, 1).padded(0.03, 0.03);
        double left = Canvas.widest(measured.ticks(6)) + 12;
        double size = Canvas.WIDTH - left - 16;
        Axis.Ruler across = new Axis.Ruler(x, measured.low(), measured.high(), left, left + size);
        Axis.Ruler up = new Axis.Ruler(y, measured.low(), measured.high(), top + size, top);
        canvas.axes(across, up, x.label(), y.label());
        canvas.line("rule", across.start(), up.start(), across.end(), up.end());
        canvas.text(across.end() - 24, up.end() + 16, "end", "soft", "y = x");
        for (int i = 0; i < series.size(); i++) {
            draw(canvas, i, across, up);
        }
        canvas.height(top + size + 50);
    }

    private List<String> names() {
        return series.size() < 2 ? List.of() : series.stream().map(Series::name).toList();
    }

    /** One mark for each occupied cell of a grid that is as fine as the number of marks allows. */
    private void draw(Canvas canvas, int index, Axis.Ruler across, Axis.Ruler up) {
        Series points = series.get(index);
        double cell = 0.5;
        List<double[]> kept = thin(points, across, up, cell);
        while (kept.size() > MOST_MARKS / series.size()) {
            cell *= 1.5;
            kept = thin(points, across, up, cell);
        }
        StringBuilder path = new StringBuilder();
        for (double[] point : kept) {
            path.append('M').append(Canvas.number(point[0])).append(' ').append(Canvas.number(point[1]));
            path.append(STROKES[index % STROKES.length]);
        }
        canvas.path("dots " + Canvas.colour(index), path.toString());
    }

    private List<double[]> thin(Series points, Axis.Ruler across, Axis.Ruler up, double cell) {
        record Cell(long column, long row) {}
        Set<Cell> taken = new HashSet<>();
        List<double[]> kept = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            if (x.shows(points.x(i)) && y.shows(points.y(i))) {
                double px = across.at(points.x(i));
                double py = up.at(points.y(i));
                if (taken.add(new Cell(Math.round(px / cell), Math.round(py / cell)))) {
                    kept.add(new double[] {px, py});
                }
            }
        }
        kept.sort(Comparator.<double[]>comparingDouble(point -> point[0]).thenComparingDouble(point -> point[1]));
        return kept;
    }
}
