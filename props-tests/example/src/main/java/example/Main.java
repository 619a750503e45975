package example;

import java.util.Random;

/** An application that has sensor readings in arrays of its own and wants to know which kinds there are. */
final class Main {
    private static final float[][] KINDS = {{0, 0, 0}, {4, 0, 1}, {0, 4, -1}, {4, 4, 0}};

    private Main() {}

    public static void main(String[] args) {
        int width = 3;
        float[] readings = readings(4_000, width);
        float[][] centres = Mixture.fit(readings, width, KINDS.length);
        for (int k = 0; k < centres.length; k++) {
            System.out.printf("kind %d: %5.2f %5.2f %5.2f%n", k, centres[k][0], centres[k][1], centres[k][2]);
        }

        float[] fresh = readings(1_000, width);
        float[] shares = new float[1_000 * centres.length];
        try (Classifier classifier = new Classifier(centres, 100)) {
            for (int first = 0; first < 1_000; first += 100) {
                classifier.classify(fresh, first, shares);
            }
        }
        int sure = 0;
        for (float share : shares) {
            sure += share > 0.9f ? 1 : 0;
        }
        System.out.println(sure + " of 1000 readings belong to one kind with more than 90 %");
    }

    /** Readings around one of the kinds each, one after the other in one array. */
    private static float[] readings(int count, int width) {
        Random random = new Random(count);
        float[] values = new float[count * width];
        for (int i = 0; i < values.length; i++) {
            float[] kind = KINDS[i / width % KINDS.length];
            values[i] = kind[i % width] + (float) random.nextGaussian();
        }
        return values;
    }
}
