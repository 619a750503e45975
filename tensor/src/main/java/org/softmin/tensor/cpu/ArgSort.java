package org.softmin.tensor.cpu;

import org.softmin.tensor.Op;
import org.softmin.tensor.Shape;

/** Sorting positions along an axis, by bottom-up merging: stable, NaN above all numbers. */
final class ArgSort implements CpuExecutable.Work {
    private final boolean descending;
    private final int rows;
    private final int inner;
    private final Region from;
    private final Region to;
    private final double[] keys;
    private int[] order;
    private int[] merged;

    ArgSort(Op.ArgSort op, Shape shape, Region from, Region to) {
        int n = shape.dim(op.axis());
        this.descending = op.descending();
        this.rows = n == 0 ? 0 : shape.size() / n;
        this.inner = shape.size(op.axis() + 1, shape.rank());
        this.from = from;
        this.to = to;
        this.keys = new double[n];
        this.order = new int[n];
        this.merged = new int[n];
    }

    @Override
    public void run() {
        int n = keys.length;
        for (int row = 0; row < rows; row++) {
            int base = row / inner * n * inner + row % inner;
            for (int i = 0; i < n; i++) {
                keys[i] = from.slot().get(from.offset() + base + i * inner) + 0.0; // −0 becomes 0
                order[i] = i;
            }
            for (long width = 1; width < n; width *= 2) {
                for (long low = 0; low < n; low += 2 * width) {
                    merge((int) low, (int) Math.min(low + width, n), (int) Math.min(low + 2 * width, n));
                }
                int[] swap = order;
                order = merged;
                merged = swap;
            }
            for (int i = 0; i < n; i++) {
                to.slot().ints[to.start() + base + i * inner] = order[i];
            }
        }
    }

    private void merge(int low, int middle, int high) {
        int i = low;
        int j = middle;
        for (int k = low; k < high; k++) {
            merged[k] = j == high || (i < middle && comesFirst(order[i], order[j])) ? order[i++] : order[j++];
        }
    }

    private boolean comesFirst(int left, int right) {
        int sign = Double.compare(keys[left], keys[right]);
        return descending ? sign >= 0 : sign <= 0;
    }
}
