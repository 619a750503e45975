package org.softmin.studies.figure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.softmin.tensor.HostArray;

/**
 * Small images side by side: learned prototypes as tiles, or originals above their reconstructions.
 *
 * @param width pixels of each image across
 * @param height pixels of each image down
 * @param columns images in one line
 */
public record ImageGrid(String title, String description, int width, int height, int columns, List<Group> groups)
        implements Figure {
    /** Pixels between neighbours. */
    private static final int GAP = 1;

    /**
     * Images under one label, in as many lines as they need.
     *
     * @param label written above the images, or empty
     * @param images pixels row by row, of a {@link Tone#COLOUR} group all of red, then green, then blue; of a {@link
     *     Tone#DIVERGING} group each image is scaled by its own largest
     *     magnitude
     */
    public record Group(String label, Tone tone, List<float[]> images) {
        /** Copies the list. */
        public Group {
            images = List.copyOf(images);
        }
    }

    /** Checks the sizes and copies the list. */
    public ImageGrid {
        groups = List.copyOf(groups);
        if (width < 1 || height < 1 || columns < 1) {
            throw new IllegalArgumentException("image grid: images of " + width + " × " + height + " in " + columns
                    + " columns in \"" + title + "\"; give 1 or more of each");
        }
        for (Group group : groups) {
            for (float[] image : group.images) {
                int numbers = group.tone.channels() * width * height;
                if (image.length != numbers) {
                    throw new IllegalArgumentException("image grid: an image of " + image.length + " numbers in \""
                            + title + "\"; " + width + " × " + height + " of " + group.tone + " make " + numbers);
                }
            }
        }
    }

    /** The rows of a matrix [n, pixels], as images of a group. */
    public static List<float[]> images(HostArray rows) {
        List<float[]> images = new ArrayList<>();
        int pixels = rows.shape().dim(1);
        for (int i = 0; i < rows.shape().dim(0); i++) {
            float[] image = new float[pixels];
            for (int j = 0; j < pixels; j++) {
                image[j] = (float) rows.get(i * pixels + j);
            }
            images.add(image);
        }
        return images;
    }

    void draw(Canvas canvas) {
        // No more than a quarter of the figure for one image: few of them need not be huge.
        double pixel = Canvas.WIDTH / (Math.max(4, columns) * (width + GAP) - GAP);
        double top = 0;
        for (Group group : groups) {
            if (!group.label.isEmpty()) {
                canvas.text(0, top + 15, "start", "soft", group.label);
                top += 22;
            }
            if (!group.images.isEmpty()) {
                int across = Math.min(columns, group.images.size()) * (width + GAP) - GAP;
                int down = Math.ceilDiv(group.images.size(), columns) * (height + GAP) - GAP;
                canvas.image(0, top, across * pixel, down * pixel, png(group, across, down));
                top += down * pixel + 8;
            }
        }
        canvas.height(top);
    }

    private byte[] png(Group group, int across, int down) {
        return switch (group.tone) {
            case GREY, DIVERGING -> Png.indexed(across, down, entries(group, 0, across, down), group.tone.palette());
            case COLOUR -> Png.colour(across, down, colours(group, across, down));
        };
    }

    private int[] colours(Group group, int across, int down) {
        int[] palette = group.tone.palette();
        int[] colours = new int[across * down];
        for (int channel = 0; channel < 3; channel++) {
            byte[] entries = entries(group, channel, across, down);
            int mask = 0xff000000 | 0xff0000 >> 8 * channel;
            for (int i = 0; i < colours.length; i++) {
                colours[i] |= palette[entries[i] & 0xff] & mask;
            }
        }
        return colours;
    }

    /** Palette entries for one channel of all images. */
    private byte[] entries(Group group, int channel, int across, int down) {
        byte[] pixels = new byte[across * down];
        Arrays.fill(pixels, Tone.OUTSIDE);
        for (int i = 0; i < group.images.size(); i++) {
            float[] image = group.images.get(i);
            double unit = switch (group.tone) {
                case GREY, COLOUR -> 1;
                case DIVERGING -> largest(image);
            };
            int first = channel * width * height;
            int start = (i / columns * across) * (height + GAP) + i % columns * (width + GAP);
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    pixels[start + y * across + x] = group.tone.index(image[first + y * width + x] / unit);
                }
            }
        }
        return pixels;
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
