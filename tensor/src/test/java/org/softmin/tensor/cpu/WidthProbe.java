package org.softmin.tensor.cpu;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Scalar.Kind;

/** Prints the hash of what every kernel gives, cold and after the JIT has come: a JVM of its own for each width. */
final class WidthProbe {
    private WidthProbe() {}

    public static void main(String[] args) {
        Kernels kernels = Kernels.best();
        String kind = kernels.f32().getClass() == FloatLoops.class ? "scalar" : "vector of " + Lanes.BITS;
        long cold = hash(kernels);
        long warm = cold;
        for (int i = 0; i < 15 && warm == cold; i++) {
            warm = hash(kernels);
        }
        System.out.println(kind + " " + cold + " " + warm);
    }

    static long hash(Kernels kernels) {
        int n = 1021;
        SplittableRandom random = new SplittableRandom(77);
        float[] a = new float[n];
        float[] b = new float[n];
        double[] d = new double[n];
        double[] e = new double[n];
        for (int i = 0; i < n; i++) {
            a[i] = i % 9 == 0 ? Float.intBitsToFloat(random.nextInt()) : (float) random.nextGaussian() * 3;
            d[i] = i % 9 == 0 ? Double.longBitsToDouble(random.nextLong()) : random.nextGaussian() * 3;
            b[i] = (float) random.nextGaussian();
            e[i] = random.nextGaussian();
        }
        return 31 * hash(kernels.f32(), a, b, new float[n], new float[n])
                + hash(kernels.f64(), d, e, new double[n], new double[n]);
    }

    private static <A> long hash(Loops<A> loops, A wild, A tame, A out, A row) {
        int n = 1021;
        int[] truths = new int[n];
        long hash = 0;
        for (Scalar f : Scalar.values()) {
            boolean number = f.kind() == Kind.NUMBER || f.kind() == Kind.FLOATING;
            if (number && f.arity() == 1) {
                loops.unary(f, wild, 0, out, 0, n);
            } else if (number) {
                loops.binary(f, wild, 0, tame, 0, out, 0, n);
            } else if (f.kind() == Kind.COMPARISON) {
                loops.compare(f, wild, 0, tame, 0, truths, 0, n);
            }
            hash = 31 * (31 * hash + hash(out)) + Arrays.hashCode(truths);
        }
        for (Fold f : Fold.values()) {
            for (int rows : List.of(1, 3, 20)) {
                loops.reduce(f, tame, 0, rows, n / rows, 1, out, 0);
                loops.reduce(f, tame, 0, 1, rows, n / rows, row, 0);
                hash = 31 * (31 * hash + hash(out)) + hash(row);
            }
        }
        return hash;
    }

    /** One NaN counts as any other. */
    private static long hash(Object array) {
        return switch (array) {
            case float[] x -> Arrays.hashCode(x);
            case double[] x -> Arrays.hashCode(x);
            default -> throw new IllegalArgumentException(array.toString());
        };
    }
}
