package org.softmin.studies.bench;

import java.util.Optional;

/** What the memory gives at the size of an elementwise workload: a plain loop that copies, or one that adds a product. */
final class Memory implements Contender {
    static final String COPY = "copy";
    static final String TRIAD = "triad";

    private final String name;

    private Memory(String name) {
        this.name = name;
    }

    /** One array into another. */
    static Memory copy() {
        return new Memory(COPY);
    }

    /** Three arrays into a fourth. */
    static Memory triad() {
        return new Memory(TRIAD);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String describe() {
        return name.equals(COPY) ? "copy: c = a, a plain Java loop" : "triad: d = a + b*c, a plain Java loop";
    }

    /** One thread always: the loop of a user who asks what the memory gives. */
    @Override
    public void open(int threads) {}

    @Override
    public Optional<Task> task(Workload workload) {
        if (!(workload instanceof Workload.Chain chain)) {
            return Optional.empty();
        }
        float[] a = chain.operand("x").floats();
        float[] to = new float[a.length];
        if (name.equals(COPY)) {
            return Optional.of(new Task() {
                @Override
                public void run() {
                    copy(a, to);
                }

                @Override
                public double work(Workload same) {
                    return 2.0 * Float.BYTES * a.length;
                }
            });
        }
        float[] b = chain.operand("w").floats();
        float[] c = chain.operand("b").floats();
        return Optional.of(() -> triad(a, b, c, to));
    }

    private static void copy(float[] from, float[] to) {
        for (int i = 0; i < from.length; i++) {
            to[i] = from[i];
        }
    }

    private static void triad(float[] a, float[] b, float[] c, float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] = a[i] + b[i] * c[i];
        }
    }
}
