package org.softmin.tensor.cpu;

import org.softmin.tensor.Op;
import org.softmin.tensor.Shape;
import org.softmin.tensor.plan.View;

/**
 * Puts an operand between what pads it: everything is written once, and in the longest pieces that lie together.
 *
 * <p>Large operands that nothing is put before or after along their first axis are shared out along it among the threads.
 */
final class Padding implements CpuExecutable.Work {
    private final Op.Pad op;
    private final View x;
    private final Shape shape;
    private final Region from;
    private final Region out;
    private final Workers workers;
    private final int firstWhole;
    private final boolean spread;
    private final boolean shared;
    private final Workers.Task part = this::pad;

    Padding(Op.Pad op, View x, Shape shape, Region from, Region out, Workers workers) {
        this.op = op;
        this.x = x;
        this.shape = shape;
        this.from = from;
        this.out = out;
        this.workers = workers;
        this.firstWhole = firstWhole();
        this.spread =
                op.interior().stream().anyMatch(gap -> gap > 0) || x.shape().size() == 0;
        this.shared = !spread
                && firstWhole > 0
                && op.low().getFirst() + op.high().getFirst() == 0
                && shape.size() >= Lowering.PARALLEL;
    }

    /** The first of the last axes along which nothing is put and the operand lies without gaps. */
    private int firstWhole() {
        int axis = x.shape().rank();
        int dense = 1;
        while (axis > 0
                && op.low().get(axis - 1) + op.high().get(axis - 1) == 0
                && (x.strides()[axis - 1] == dense || x.shape().dim(axis - 1) == 1)) {
            dense *= x.shape().dim(--axis);
        }
        return axis;
    }

    @Override
    public void run() {
        if (spread) {
            spread();
        } else if (shared) {
            workers.run(x.shape().dim(0), part);
        } else {
            pad(0, 0, 0);
        }
    }

    private void pad(int first) {
        pad(1, first * x.strides()[0], first * shape.size(1, shape.rank()));
    }

    private void pad(int axis, int source, int target) {
        int n = axis == shape.rank() ? 1 : x.shape().dim(axis);
        int block = axis == shape.rank() ? 1 : shape.size(axis + 1, shape.rank());
        if (axis >= firstWhole) {
            copy(source, target, x.shape().size(axis, shape.rank()));
            return;
        }
        int low = op.low().get(axis) * block;
        out.slot().fill(out.offset() + target, low, op.value());
        int inside = target + low;
        if (axis + 1 == firstWhole && wholeRows(axis, block)) {
            copy(source, inside, n * block);
        } else {
            for (int i = 0; i < n; i++) {
                pad(axis + 1, source + i * x.strides()[axis], inside + i * block);
            }
        }
        out.slot().fill(out.offset() + inside + n * block, op.high().get(axis) * block, op.value());
    }

    /** Whether the blocks along an axis lie one after the other in the operand as they do in the result. */
    private boolean wholeRows(int axis, int block) {
        return x.strides()[axis] == block && x.shape().size(axis + 1, shape.rank()) == block;
    }

    private void copy(int source, int target, int n) {
        System.arraycopy(from.array(), from.start() + source, out.array(), out.start() + target, n);
    }

    /** With gaps between the elements: fills all, then puts them in their places. */
    private void spread() {
        int[] strides = shape.strides();
        int corner = 0;
        for (int i = 0; i < strides.length; i++) {
            corner += op.low().get(i) * strides[i];
            strides[i] *= 1 + op.interior().get(i);
        }
        out.fill(shape.size(), op.value());
        Region inside = new Region(out.slot(), x.shape().size() == 0 ? 0 : corner);
        Movement.copy(x.shape(), from, x.strides(), inside, strides);
    }
}
