package org.softmin.studies.figure;

import java.util.ArrayList;
import java.util.List;

/** Curves over a common axis, such as the loss of several runs by epoch. Points that an axis cannot show are gaps. */
public record Lines(String title, String description, Axis x, Axis y, List<Series> series) implements Figure {
    private static final double PLOT = 260;
    private static final int MARKERS = 6;

    /** Copies the list. */
    public Lines {
        series = List.copyOf(series);
    }

    void draw(Canvas canvas) {
        double top = canvas.legend(
                        0, Canvas.Key.LINE, series.stream().map(Series::name).toList())
                + 24;
        Axis.Ruler up = y.over(series.stream().flatMapToDouble(Series::ys), top + PLOT, top)
                .padded(0.04, 0.04);
        double left = Canvas.widest(up.ticks(6)) + 12;
        Axis.Ruler across = x.over(series.stream().flatMapToDouble(Series::xs), left, Canvas.WIDTH - 16);
        canvas.axes(across, up, x.label(), y.label());
        for (int i = 0; i < series.size(); i++) {
            draw(canvas, i, across, up);
        }
        canvas.height(top + PLOT + 50);
    }

    private void draw(Canvas canvas, int index, Axis.Ruler across, Axis.Ruler up) {
        List<double[]> points = pixels(series.get(index), across, up);
        StringBuilder path = new StringBuilder();
        boolean gap = true;
        for (double[] point : points) {
            if (Double.isNaN(point[1])) {
                gap = true;
                continue;
            }
            path.append(gap ? 'M' : 'L')
                    .append(Canvas.number(point[0]))
                    .append(' ')
                    .append(Canvas.number(point[1]));
            gap = false;
        }
        if (path.isEmpty()) {
            return;
        }
        canvas.path("line " + Canvas.colour(index), path.toString());
        int stride = Math.max(1, points.size() / MARKERS);
        // Each series at places of its own, so that two that coincide are both seen.
        int first = (int) (stride * (index + 0.5) / series.size());
        for (int i = first; i < points.size(); i += stride) {
            if (!Double.isNaN(points.get(i)[1])) {
                canvas.marker(index, points.get(i)[0], points.get(i)[1]);
            }
        }
    }

    /** The points in pixels, a NaN for a gap; where many share a pixel column, the lowest and the highest of them. */
    private static List<double[]> pixels(Series line, Axis.Ruler across, Axis.Ruler up) {
        List<double[]> all = new ArrayList<>();
        for (int i = 0; i < line.size(); i++) {
            boolean shown = across.axis().shows(line.x(i)) && up.axis().shows(line.y(i));
            double px = across.axis().shows(line.x(i)) ? across.at(line.x(i)) : Double.NaN;
            all.add(new double[] {px, shown ? up.at(line.y(i)) : Double.NaN});
        }
        if (all.size() <= Canvas.WIDTH) {
            return all;
        }
        List<double[]> few = new ArrayList<>();
        int from = 0;
        while (from < all.size()) {
            int to = from + 1;
            while (to < all.size() && Math.rint(all.get(to)[0]) == Math.rint(all.get(from)[0])) {
                to++;
            }
            few.addAll(extremes(all.subList(from, to)));
            from = to;
        }
        return few;
    }

    private static List<double[]> extremes(List<double[]> column) {
        int lowest = 0;
        int highest = 0;
        for (int i = 1; i < column.size(); i++) {
            if (Double.isNaN(column.get(i)[1])) {
                return List.of(column.get(i));
            }
            lowest = column.get(i)[1] > column.get(lowest)[1] ? i : lowest;
            highest = column.get(i)[1] < column.get(highest)[1] ? i : highest;
        }
        double[] first = column.get(Math.min(lowest, highest));
        return lowest == highest ? List.of(first) : List.of(first, column.get(Math.max(lowest, highest)));
    }
}
