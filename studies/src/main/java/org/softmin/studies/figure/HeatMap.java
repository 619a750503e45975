package org.softmin.studies.figure;

import java.util.List;

/**
 * Matrices as pictures on one diverging colour scale, such as the correlation matrices of several configurations.
 *
 * @param quantity what the colours measure
 * @param range the colours go from −range to +range; values beyond are shown as the nearest of the two
 */
public record HeatMap(String title, String description, String quantity, double range, List<Panel> panels)
        implements Figure {
    /** A named matrix; NaN is drawn grey. */
    public static final class Panel {
        private final String name;
        private final float[] values;
        private final int columns;

        private Panel(String name, float[] values, int columns) {
            this.name = name;
            this.values = values;
            this.columns = columns;
        }

        /** A matrix from its elements, row by row. */
        public static Panel of(String name, float[] values, int columns) {
            if (columns < 1 || values.length == 0 || values.length % columns != 0) {
                throw new IllegalArgumentException("heat map: \"" + name + "\" has " + values.length
                        + " elements, which is not a whole number of rows of " + columns + "; give rows × columns");
            }
            return new Panel(name, values.clone(), columns);
        }

        private int rows() {
            return values.length / columns;
        }

        private byte[] png(double range) {
            byte[] pixels = new byte[values.length];
            for (int i = 0; i < values.length; i++) {
                pixels[i] = Tone.DIVERGING.index(values[i] / range);
            }
            return Png.indexed(columns, rows(), pixels, Tone.DIVERGING.palette());
        }
    }

    /** Checks the range and copies the list. */
    public HeatMap {
        if (!(range > 0)) {
            throw new IllegalArgumentException("heat map: range " + range + "; give a positive one");
        }
        panels = List.copyOf(panels);
    }

    void draw(Canvas canvas) {
        int across = panels.size() == 1 ? 1 : panels.size() <= 4 ? 2 : 3;
        double gap = 16;
        double width = across == 1 ? 320 : (Canvas.WIDTH - 2 - gap * (across - 1)) / across;
        double top = 0;
        for (int i = 0; i < panels.size(); i += across) {
            List<Panel> row = panels.subList(i, Math.min(panels.size(), i + across));
            double tallest = 0;
            for (int j = 0; j < row.size(); j++) {
                Panel panel = row.get(j);
                double x = across == 1 ? (Canvas.WIDTH - width) / 2 : 1 + j * (width + gap);
                double height = width * panel.rows() / panel.columns;
                canvas.text(x, top + 15, "start", "head", panel.name);
                canvas.image(x, top + 22, width, height, panel.png(range));
                canvas.rect("frame", x, top + 22, width, height);
                tallest = Math.max(tallest, height);
            }
            top += 22 + tallest + 14;
        }
        canvas.height(scale(canvas, top));
    }

    private double scale(Canvas canvas, double top) {
        double width = 240;
        double left = (Canvas.WIDTH - width) / 2;
        canvas.image(left, top, width, 12, Tone.DIVERGING.scale());
        canvas.rect("frame", left, top, width, 12);
        for (double share : new double[] {-1, 0, 1}) {
            double x = left + (share + 1) / 2 * width;
            canvas.line("axis", x, top + 12, x, top + 16);
            canvas.text(x, top + 30, "middle", "soft", Numbers.format(share * range));
        }
        boolean holes = panels.stream().anyMatch(p -> hasNaN(p.values));
        canvas.text(Canvas.WIDTH / 2, top + 50, "middle", "soft", holes ? quantity + " (grey: undefined)" : quantity);
        return top + 58;
    }

    private static boolean hasNaN(float[] values) {
        for (float value : values) {
            if (Float.isNaN(value)) {
                return true;
            }
        }
        return false;
    }
}
