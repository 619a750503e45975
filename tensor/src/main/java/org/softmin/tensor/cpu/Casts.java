package org.softmin.tensor.cpu;

import org.softmin.tensor.DType;

/** Conversions between element types, by the rules of Java: NaN becomes 0, what is too large the largest integer. */
public final class Casts {
    private Casts() {}

    /**
     * Converts {@code n} elements of {@code from}, in an array of its storage type, to elements of {@code to}; a truth
     * value is 1 where the source is not 0 (NaN is not 0).
     */
    public static void cast(DType from, Object a, int ao, DType to, Object out, int oo, int n) {
        switch (from) {
            case F32 -> cast((float[]) a, ao, to, out, oo, n);
            case F64 -> cast((double[]) a, ao, to, out, oo, n);
            case I32, BOOL -> cast((int[]) a, ao, to, out, oo, n);
        }
    }

    private static void cast(float[] a, int ao, DType to, Object out, int oo, int n) {
        switch (to) {
            case F32 -> System.arraycopy(a, ao, out, oo, n);
            case F64 -> convert(a, ao, (double[]) out, oo, n);
            case I32 -> convert(a, ao, (int[]) out, oo, n);
            case BOOL -> truth(a, ao, (int[]) out, oo, n);
        }
    }

    private static void cast(double[] a, int ao, DType to, Object out, int oo, int n) {
        switch (to) {
            case F32 -> convert(a, ao, (float[]) out, oo, n);
            case F64 -> System.arraycopy(a, ao, out, oo, n);
            case I32 -> convert(a, ao, (int[]) out, oo, n);
            case BOOL -> truth(a, ao, (int[]) out, oo, n);
        }
    }

    private static void cast(int[] a, int ao, DType to, Object out, int oo, int n) {
        switch (to) {
            case F32 -> convert(a, ao, (float[]) out, oo, n);
            case F64 -> convert(a, ao, (double[]) out, oo, n);
            case I32 -> System.arraycopy(a, ao, out, oo, n);
            case BOOL -> truth(a, ao, (int[]) out, oo, n);
        }
    }

    private static void convert(float[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = a[ao + i];
        }
    }

    private static void convert(float[] a, int ao, int[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = (int) a[ao + i];
        }
    }

    private static void truth(float[] a, int ao, int[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = a[ao + i] != 0 ? 1 : 0;
        }
    }

    private static void convert(double[] a, int ao, float[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = (float) a[ao + i];
        }
    }

    private static void convert(double[] a, int ao, int[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = (int) a[ao + i];
        }
    }

    private static void truth(double[] a, int ao, int[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = a[ao + i] != 0 ? 1 : 0;
        }
    }

    private static void convert(int[] a, int ao, float[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = a[ao + i];
        }
    }

    private static void convert(int[] a, int ao, double[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = a[ao + i];
        }
    }

    private static void truth(int[] a, int ao, int[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = a[ao + i] != 0 ? 1 : 0;
        }
    }
}
