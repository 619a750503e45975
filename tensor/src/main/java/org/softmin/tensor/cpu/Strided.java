package org.softmin.tensor.cpu;

import java.util.Arrays;
import org.softmin.tensor.plan.View;

/** Reads the elements of a view, from any row-major position on, into a dense block. */
final class Strided {
    private final Slot slot;
    private final int offset;
    private final int[] dims;
    private final int[] strides;

    Strided(Slot slot, View view) {
        this.slot = slot;
        this.offset = view.offset();
        this.dims = view.collapsed().get(0);
        this.strides = view.collapsed().get(1);
    }

    /** Scratch for {@link #read}, one for each thread. */
    int[] cursor() {
        return new int[dims.length];
    }

    /** Writes elements {@code start .. start + n} of the view to {@code out}, an array of its type. */
    void read(int start, int n, Object out, int[] cursor) {
        int last = dims.length - 1;
        int position = slot.offset + offset;
        int rest = start;
        for (int i = last; i >= 0; i--) {
            cursor[i] = rest % dims[i];
            rest /= dims[i];
            position += cursor[i] * strides[i];
        }
        int done = 0;
        while (done < n) {
            int run = Math.min(n - done, dims[last] - cursor[last]);
            readRun(position, strides[last], run, out, done);
            done += run;
            position += run * strides[last];
            cursor[last] += run;
            for (int i = last; i > 0 && cursor[i] == dims[i]; i--) {
                position += strides[i - 1] - dims[i] * strides[i];
                cursor[i] = 0;
                cursor[i - 1]++;
            }
        }
    }

    private void readRun(int position, int stride, int n, Object out, int to) {
        if (stride == 1) {
            System.arraycopy(slot.array(), position, out, to, n);
            return;
        }
        switch (slot.dtype) {
            case F32 -> readRun(slot.floats, position, stride, n, (float[]) out, to);
            case F64 -> readRun(slot.doubles, position, stride, n, (double[]) out, to);
            case I32, BOOL -> readRun(slot.ints, position, stride, n, (int[]) out, to);
        }
    }

    private static void readRun(float[] in, int position, int stride, int n, float[] out, int to) {
        if (stride == 0) {
            Arrays.fill(out, to, to + n, in[position]);
            return;
        }
        for (int i = 0; i < n; i++) {
            out[to + i] = in[position + i * stride];
        }
    }

    private static void readRun(double[] in, int position, int stride, int n, double[] out, int to) {
        if (stride == 0) {
            Arrays.fill(out, to, to + n, in[position]);
            return;
        }
        for (int i = 0; i < n; i++) {
            out[to + i] = in[position + i * stride];
        }
    }

    private static void readRun(int[] in, int position, int stride, int n, int[] out, int to) {
        if (stride == 0) {
            Arrays.fill(out, to, to + n, in[position]);
            return;
        }
        for (int i = 0; i < n; i++) {
            out[to + i] = in[position + i * stride];
        }
    }
}
