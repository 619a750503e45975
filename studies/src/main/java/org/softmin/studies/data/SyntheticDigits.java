package org.softmin.studies.data;

import java.util.List;

/**
 * Images of handwritten-looking digits, drawn by arithmetic alone: no file, no font, any number of them.
 *
 * <p>A digit is one of several writings under a random rotation, slant, size, stroke width and elastic deformation, set
 * into 28 × 28 pixels as in MNIST: within 20 × 20, with the centre of mass in the middle. Image {@code i} depends on the
 * seed and {@code i} alone, to the last bit on every machine. Every ten consecutive images hold each digit once, in
 * random order. Immutable and thread-safe.
 */
public final class SyntheticDigits {
    /** Pixels of an image across and down. */
    public static final int SIZE = 28;

    private static final double BOX = 20;
    /** Nodes of the displacement field along each side; few, so that neighbouring points move together. */
    private static final int NODES = 5;
    /** Deviation of the displacement at a node, as a share of the digit's height. */
    private static final double BEND = 0.18;
    /** Pixels over which ink fades to paper at the edge of a stroke. */
    private static final double FADE = 1.4;

    private final long seed;

    /** The digits of a seed. */
    public SyntheticDigits(long seed) {
        this.seed = seed;
    }

    /** Which digit image {@code index} shows, 0 to 9. */
    public int label(int index) {
        if (index < 0) {
            throw new IllegalArgumentException("synthetic digits: index " + index + "; count from 0");
        }
        Draws draws = new Draws(seed, -1 - index / 10);
        int[] order = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
        for (int i = 9; i > 0; i--) {
            int j = draws.below(i + 1);
            int digit = order[i];
            order[i] = order[j];
            order[j] = digit;
        }
        return order[index % 10];
    }

    /** Labels of images {@code first} to {@code first + count - 1}. */
    public int[] labels(int first, int count) {
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = label(first + i);
        }
        return labels;
    }

    /** Images {@code first} to {@code first + count - 1}, each 784 pixels row by row, 0 for paper to 1 for ink. */
    public float[] images(int first, int count) {
        float[] images = new float[Math.multiplyExact(count, SIZE * SIZE)];
        for (int i = 0; i < count; i++) {
            draw(first + i, images, i * SIZE * SIZE);
        }
        return images;
    }

    private void draw(int index, float[] pixels, int offset) {
        int digit = label(index);
        Draws draws = new Draws(seed, index);
        List<float[][]> writings = Glyphs.of(digit);
        float[][] strokes = writings.get(draws.below(writings.size())).clone();
        double pen = Math.clamp(1.36 + 0.35 * draws.normal(), 0.75, 2.3);
        double swell = 0.25 * draws.normal();
        bend(strokes, draws);
        turn(strokes, digit, draws);
        place(strokes, pen, draws);
        for (float[] stroke : strokes) {
            for (int i = 0; i + 3 < stroke.length; i += 2) {
                double along = (double) i / stroke.length - 0.5;
                segment(stroke, i, pen * (1 + swell * along), pixels, offset);
            }
        }
    }

    /**
     * Elastic deformation: the points move with a random field, a cubic B-spline over a coarse grid and so without
     * kinks. Replaces the strokes by moved copies.
     */
    private static void bend(float[][] strokes, Draws draws) {
        double[] field = new double[2 * NODES * NODES];
        for (int i = 0; i < field.length; i++) {
            field[i] = BEND * draws.normal();
        }
        for (int s = 0; s < strokes.length; s++) {
            float[] moved = strokes[s].clone();
            for (int i = 0; i < moved.length; i += 2) {
                double x = Math.clamp(moved[i], 0f, 1f) * (NODES - 3);
                double y = Math.clamp(moved[i + 1], 0f, 1f) * (NODES - 3);
                int column = Math.min((int) x, NODES - 4);
                int row = Math.min((int) y, NODES - 4);
                double[] across = spline(x - column);
                double[] down = spline(y - row);
                for (int k = 0; k < 16; k++) {
                    double weight = across[k % 4] * down[k / 4];
                    int node = 2 * ((row + k / 4) * NODES + column + k % 4);
                    moved[i] += (float) (weight * field[node]);
                    moved[i + 1] += (float) (weight * field[node + 1]);
                }
            }
            strokes[s] = moved;
        }
    }

    /** Weights of four neighbouring nodes at t between the middle two, by the uniform cubic B-spline. */
    private static double[] spline(double t) {
        double rest = 1 - t;
        return new double[] {
            rest * rest * rest / 6,
            (3 * t * t * t - 6 * t * t + 4) / 6,
            (3 * rest * rest * rest - 6 * rest * rest + 4) / 6,
            t * t * t / 6
        };
    }

    /** Width, slant and rotation. */
    private static void turn(float[][] strokes, int digit, Draws draws) {
        double wide = Math.clamp(0.75 + 0.15 * draws.normal(), 0.42, 1.1) * (digit == 1 ? 0.6 : 1);
        double slant = Math.clamp(0.2 + 0.24 * draws.normal(), -0.35, 0.75);
        double angle = 0.14 * draws.normal();
        // Not Math: its results may differ in the last bit between processors.
        double cosine = StrictMath.cos(angle);
        double sine = StrictMath.sin(angle);
        for (float[] stroke : strokes) {
            for (int i = 0; i < stroke.length; i += 2) {
                double y = stroke[i + 1] - 0.5;
                double x = wide * (stroke[i] - 0.5) - slant * y;
                stroke[i] = (float) (cosine * x - sine * y);
                stroke[i + 1] = (float) (sine * x + cosine * y);
            }
        }
    }

    /** Scales to the box, pen included, and moves the centre of mass to the middle of the image. */
    private static void place(float[][] strokes, double pen, Draws draws) {
        double size = 0;
        double[] centre = new double[2];
        for (int axis = 0; axis < 2; axis++) {
            double low = Double.MAX_VALUE;
            double high = -Double.MAX_VALUE;
            double mass = 0;
            for (float[] stroke : strokes) {
                for (int i = axis; i < stroke.length; i += 2) {
                    low = Math.min(low, stroke[i]);
                    high = Math.max(high, stroke[i]);
                }
                for (int i = 0; i + 3 < stroke.length; i += 2) {
                    double dx = stroke[i + 2] - stroke[i];
                    double dy = stroke[i + 3] - stroke[i + 1];
                    double length = Math.sqrt(dx * dx + dy * dy);
                    centre[axis] += length * (stroke[i + axis] + stroke[i + 2 + axis]) / 2;
                    mass += length;
                }
            }
            centre[axis] /= mass;
            size = Math.max(size, high - low);
        }
        double scale = (BOX - 2 * pen) / size * (1 - 0.08 * draws.uniform());
        double x = (SIZE - 1) / 2.0 + draws.uniform() - 0.5;
        double y = (SIZE - 1) / 2.0 + draws.uniform() - 0.5;
        for (float[] stroke : strokes) {
            for (int i = 0; i < stroke.length; i += 2) {
                stroke[i] = (float) (x + scale * (stroke[i] - centre[0]));
                stroke[i + 1] = (float) (y + scale * (stroke[i + 1] - centre[1]));
            }
        }
    }

    /** Inks the pixels near the segment from point {@code i / 2} to the next: full within the pen, fading at its edge. */
    private static void segment(float[] stroke, int i, double pen, float[] pixels, int offset) {
        double ax = stroke[i];
        double ay = stroke[i + 1];
        double dx = stroke[i + 2] - ax;
        double dy = stroke[i + 3] - ay;
        double square = Math.max(dx * dx + dy * dy, 1e-12);
        double reach = pen + FADE / 2;
        int left = Math.max(0, (int) Math.ceil(Math.min(ax, ax + dx) - reach));
        int right = Math.min(SIZE - 1, (int) Math.floor(Math.max(ax, ax + dx) + reach));
        int top = Math.max(0, (int) Math.ceil(Math.min(ay, ay + dy) - reach));
        int bottom = Math.min(SIZE - 1, (int) Math.floor(Math.max(ay, ay + dy) + reach));
        for (int y = top; y <= bottom; y++) {
            for (int x = left; x <= right; x++) {
                double t = Math.clamp(((x - ax) * dx + (y - ay) * dy) / square, 0.0, 1.0);
                double ex = x - ax - t * dx;
                double ey = y - ay - t * dy;
                double ink = Math.clamp((reach - Math.sqrt(ex * ex + ey * ey)) / FADE, 0.0, 1.0);
                int pixel = offset + y * SIZE + x;
                pixels[pixel] = Math.max(pixels[pixel], (float) ink);
            }
        }
    }

    /** Random numbers that depend on seed and index alone (SplitMix64: Steele, Lea and Flood, OOPSLA 2014). */
    private static final class Draws {
        private long state;

        Draws(long seed, int index) {
            state = seed;
            state = next() ^ index;
            state = next();
        }

        private long next() {
            state += 0x9e3779b97f4a7c15L;
            long z = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
            z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
            return z ^ (z >>> 31);
        }

        /** In [0, 1). */
        double uniform() {
            return (next() >>> 11) * 0x1p-53;
        }

        int below(int bound) {
            return (int) (uniform() * bound);
        }

        /** Near enough to a standard normal for handwriting, and never beyond ±3.5: a sum of four uniforms. */
        double normal() {
            return (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);
        }
    }
}
