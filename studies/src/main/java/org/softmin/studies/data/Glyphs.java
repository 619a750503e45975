package org.softmin.studies.data;

import java.util.Arrays;
import java.util.List;

/** How people write the ten digits: several ways for each, as smooth strokes through points of a box of 100 × 100. */
final class Glyphs {
    private static final int STEPS = 6;

    /** Strokes are separated by bars; a stroke is x y pairs from its beginning to its end, y pointing down. */
    private static final String[][] WRITINGS = {
        {
            "54 2 28 13 15 48 25 84 48 98 73 86 85 50 76 15 54 2 40 5",
            "66 10 46 2 25 20 16 56 30 90 54 97 76 78 84 42 72 12 46 4",
            "44 3 22 20 15 52 26 86 52 98 76 82 85 48 74 14 44 3",
            "62 6 36 6 18 34 18 70 38 96 66 92 84 62 82 28 62 6 50 14"
        },
        {"50 2 50 98", "52 2 49 50 50 98", "30 26 53 3 | 53 3 50 98", "30 22 52 3 | 52 3 52 97 | 28 97 76 97"},
        {
            "15 25 30 6 60 3 80 22 68 52 40 78 12 96 | 12 96 50 92 90 95",
            "15 22 35 4 65 6 76 30 58 62 32 90 12 88 20 74 42 84 66 96 94 84",
            "18 18 45 4 74 14 70 45 45 72 15 95 | 15 95 88 94",
            "22 30 34 8 62 4 78 24 62 56 24 92 | 24 92 10 90 16 78 40 86 64 96 90 92"
        },
        {
            "18 12 45 2 75 14 70 38 45 47 | 45 47 78 56 84 80 55 98 15 88",
            "15 6 80 6 | 80 6 45 42 | 45 42 80 52 84 80 52 98 14 86",
            "20 10 55 2 78 22 62 41 40 48 72 52 88 74 62 97 14 90",
            "16 18 44 3 72 16 60 40 34 48 | 34 48 66 48 80 72 58 95 20 96"
        },
        {
            "22 8 14 55 | 14 55 45 58 86 50 | 76 5 70 50 66 98",
            "66 3 10 64 | 10 64 92 64 | 66 3 66 98",
            "28 5 20 40 38 54 74 44 | 82 6 74 48 62 98",
            "24 6 16 36 26 52 52 50 74 36 | 78 4 74 50 72 98"
        },
        {
            "82 5 28 6 | 28 6 22 42 | 22 42 55 36 84 60 74 90 40 98 12 86",
            "85 4 42 8 | 42 8 28 40 60 42 82 68 60 95 15 90",
            "30 10 24 45 | 24 45 60 40 80 66 60 95 18 92 | 30 10 84 6",
            "88 10 50 4 36 14 28 36 52 48 74 66 60 92 14 96"
        },
        {
            "70 4 38 22 16 62 30 94 62 96 82 76 70 56 40 56 20 72",
            "58 2 26 40 18 78 42 98 72 88 76 64 50 54 24 74",
            "48 2 22 44 22 86 50 98 78 82 66 58 38 62 24 80",
            "80 10 48 12 22 48 18 82 46 98 72 84 66 62 42 60 24 76"
        },
        {
            "12 8 86 6 | 86 6 60 45 42 98",
            "12 10 86 8 | 86 8 50 97 | 35 52 76 50",
            "14 24 16 8 | 16 8 85 8 | 85 8 58 50 48 98",
            "14 14 50 10 84 6 76 30 54 60 40 98"
        },
        {
            "78 14 50 3 24 18 36 42 66 58 80 80 50 98 22 82 36 58 66 42 80 20 74 10",
            "50 47 26 28 48 3 76 24 50 47 | 50 47 20 72 50 98 82 74 50 47",
            "70 8 42 4 28 24 50 46 72 70 58 96 32 92 30 70 56 44 74 22 66 6",
            "84 16 56 3 30 20 44 44 64 62 60 92 34 96 22 76 44 54 70 38 82 18"
        },
        {
            "76 22 50 3 22 22 30 48 58 46 78 20 | 78 20 76 60 66 98",
            "78 20 48 4 22 28 38 50 66 44 78 20 80 60 60 94 26 92",
            "74 14 44 4 20 30 40 50 74 16 | 74 16 66 98",
            "72 10 40 8 22 34 42 50 70 34 76 12 | 76 12 64 54 44 98"
        }
    };

    private static final List<List<float[][]>> GLYPHS = Arrays.stream(WRITINGS)
            .map(writings -> Arrays.stream(writings).map(Glyphs::strokes).toList())
            .toList();

    private Glyphs() {}

    /** The ways to write a digit, each an array of strokes; a stroke is x y pairs in [0, 1] close to one another. */
    static List<float[][]> of(int digit) {
        return GLYPHS.get(digit);
    }

    private static float[][] strokes(String writing) {
        return Arrays.stream(writing.split(" \\| ", -1)).map(Glyphs::smooth).toArray(float[][]::new);
    }

    /** Uniform Catmull–Rom spline through the points. */
    private static float[] smooth(String stroke) {
        double[] p = Arrays.stream(stroke.split(" ", -1))
                .mapToDouble(number -> Integer.parseInt(number) / 100.0)
                .toArray();
        int spans = p.length / 2 - 1;
        float[] line = new float[2 * (spans * STEPS + 1)];
        for (int k = 0; k <= spans * STEPS; k++) {
            int span = Math.min(k / STEPS, spans - 1);
            double t = (double) (k - span * STEPS) / STEPS;
            for (int axis = 0; axis < 2; axis++) {
                double b = p[2 * span + axis];
                double c = p[2 * span + 2 + axis];
                double a = span == 0 ? 2 * b - c : p[2 * span - 2 + axis];
                double d = span == spans - 1 ? 2 * c - b : p[2 * span + 4 + axis];
                double cubic = ((3 * (b - c) + d - a) * t + 2 * a - 5 * b + 4 * c - d) * t + c - a;
                line[2 * k + axis] = (float) (b + cubic * t / 2);
            }
        }
        return line;
    }
}
