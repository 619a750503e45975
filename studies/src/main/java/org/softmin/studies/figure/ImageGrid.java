package org.softmin.studies.figure;

import java.util.ArrayList;
import java.util.List;

/**
 * Small images side by side: learned prototypes as tiles, or originals over their reconstructions.
 *
 * @param width pixels of each image across
 * @param height pixels of each image down
 */
public record ImageGrid(String title, String description, int width, int height, List<Row> rows) implements Figure {
    /**
     * Images in one line.
     *
     * @param label written above the images, or empty
     * @param images pixels row by row; of a {@link Tone#DIVERGING} row each image is scaled by its own largest
     *     magnitude
     */
    public record Row(String label, Tone tone, List<float[]> images) {
        /** Copies the list. */
        public Row {
            images = List.copyOf(images);
        }
    }

    /** Checks the images' sizes and copies the list. */
    public ImageGrid {
        rows = List.copyOf(rows);
        for (Row row : rows) {
            for (float[] image : row.images) {
                if (image.length != width * height) {
                    throw new IllegalArgumentException("image grid: an image of " + image.length + " pixels in \""
                            + title + "\"; " + width + " × " + height + " make " + width * height);
                }
            }
        }
    }

    /** Images as one block, so many to a line. */
    public static ImageGrid tiles(
            String title, String description, int width, int height, int columns, Tone tone, List<float[]> images) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < images.size(); i += columns) {
            rows.add(new Row("", tone, images.subList(i, Math.min(images.size(), i + columns))));
        }
        return new ImageGrid(title, description, width, height, rows);
    }

    void draw(Canvas canvas) {
        int columns = rows.stream().mapToInt(row -> row.images.size()).max().orElse(1);
        double pixel = Canvas.WIDTH / Math.max(4 * (width + 2), columns * (width + 2) - 2);
        double top = 0;
        for (Row row : rows) {
            if (!row.label.isEmpty()) {
                canvas.text(0, top + 15, "start", "soft", row.label);
                top += 22;
            }
            if (!row.images.isEmpty()) {
                int across = row.images.size() * (width + 2) - 2;
                canvas.image(0, top, across * pixel, height * pixel, png(row, across));
            }
            top += (height + 2) * pixel + (row.label.isEmpty() ? 0 : 4);
        }
        canvas.height(top);
    }

    private byte[] png(Row row, int across) {
        byte[] pixels = new byte[across * height];
        java.util.Arrays.fill(pixels, Tone.OUTSIDE);
        for (int i = 0; i < row.images.size(); i++) {
            float[] image = row.images.get(i);
            double unit = row.tone == Tone.GREY ? 1 : largest(image);
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    pixels[y * across + i * (width + 2) + x] = row.tone.index(image[y * width + x] / unit);
                }
            }
        }
        return Png.indexed(across, height, pixels, row.tone.palette());
    }

    /** Largest finite magnitude, or 1 where all are zero. */
    private static double largest(float[] image) {
        double largest = 0;
        for (float value : image) {
            largest = Float.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest;
        }
        return largest == 0 ? 1 : largest;
    }
}
