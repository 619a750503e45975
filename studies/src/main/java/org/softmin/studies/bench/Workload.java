package org.softmin.studies.bench;

import java.util.Arrays;
import java.util.Locale;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Window;

/** Something to do, with data that depends on its seed alone. */
public sealed interface Workload permits Workload.Product, Workload.Chain, Workload.Rows, Workload.Convolution, Step {
    /** Name within the table. */
    String name();

    /** Work of one run: flop of a product or a convolution, bytes that elementwise loops and rows must move, 0 for a training step. */
    double work();

    /**
     * C = A · B for each of {@code count} pairs, row-major; an operand may be stored transposed.
     *
     * @param rows rows of C
     * @param inner length of each scalar product
     * @param columns columns of C
     */
    record Product(DType dtype, int rows, int inner, int columns, boolean transposedA, boolean transposedB, int count)
            implements Workload {
        /** One F32 product of operands that are stored as they are. */
        public static Product of(int rows, int inner, int columns) {
            return new Product(DType.F32, rows, inner, columns, false, false, 1);
        }

        /** The same in another element type. */
        public Product as(DType type) {
            return new Product(type, rows, inner, columns, transposedA, transposedB, count);
        }

        @Override
        public String name() {
            String kind = dtype == DType.F64 ? "dgemm " : "sgemm ";
            return rows == inner && inner == columns
                    ? kind + rows
                    : kind + "(" + rows + "," + inner + "," + columns + ")";
        }

        @Override
        public double work() {
            return 2.0 * count * rows * inner * columns;
        }

        /** Numbers of the first operand. */
        public HostArray a() {
            return normal("a", dtype, count * rows * inner);
        }

        /** Numbers of the second operand. */
        public HostArray b() {
            return normal("b", dtype, count * inner * columns);
        }
    }

    /** Elementwise arithmetic of three arrays into a fourth: x · sigmoid(x) · w + b, or x · w + b alone. */
    record Chain(boolean sigmoid, int elements) implements Workload {
        /** Beyond this the numbers repeat: drawing 10⁸ of them would take longer than all that is measured. */
        private static final int DISTINCT = 1 << 20;

        @Override
        public String name() {
            String count = String.format(Locale.ROOT, "%.1e", (double) elements)
                    .replace(".0e", "e")
                    .replace("e+0", "e");
            return (sigmoid ? "x*sigmoid(x)*w+b " : "x*w+b ") + count;
        }

        @Override
        public double work() {
            return 4.0 * Float.BYTES * elements;
        }

        /** One of the three operands. */
        public HostArray operand(String name) {
            HostArray drawn = normal(name, DType.F32, Math.min(elements, DISTINCT));
            float[] all = Arrays.copyOf(drawn.floats(), elements);
            for (int from = drawn.size(); from < elements; from += drawn.size()) {
                System.arraycopy(all, 0, all, from, Math.min(drawn.size(), elements - from));
            }
            return HostArray.of(Shape.of(elements), all);
        }
    }

    /** Softmax, or logarithm of the sum of exponentials, of each row. */
    record Rows(boolean softmax, int rows, int columns) implements Workload {
        @Override
        public String name() {
            return (softmax ? "softmax " : "logsumexp ") + rows + "x" + columns;
        }

        @Override
        public double work() {
            return (double) Float.BYTES * rows * (softmax ? 2 * columns : columns + 1);
        }

        /** The matrix. */
        public HostArray x() {
            return normal("x", DType.F32, rows * columns).reshape(Shape.of(rows, columns));
        }
    }

    /**
     * Images, channels last, convolved by windows of 3 × 3 with a border of one zero.
     *
     * @param gradients whether the gradients for images and weights are computed too
     */
    record Convolution(int batch, int in, int out, int extent, int stride, boolean gradients) implements Workload {
        /** How windows lie along height and width. */
        public Window window() {
            return Window.of(3).padding(1).stride(stride);
        }

        /** [batch, extent, extent, in]. */
        public HostArray x() {
            return normal("x", DType.F32, batch * extent * extent * in).reshape(Shape.of(batch, extent, extent, in));
        }

        /** [out, 3, 3, in]. */
        public HostArray weights() {
            return normal("w", DType.F32, out * 9 * in).reshape(Shape.of(out, 3, 3, in));
        }

        /** Gradient for the result, [batch, windows, windows, out]. */
        public HostArray gradient() {
            int n = window().count(extent);
            return normal("g", DType.F32, batch * n * n * out).reshape(Shape.of(batch, n, n, out));
        }

        @Override
        public String name() {
            return "conv 3x3, " + in + " to " + out + ", " + extent + "x" + extent + (stride > 1 ? " by " + stride : "")
                    + (gradients ? ", with gradients" : "");
        }

        @Override
        public double work() {
            int n = window().count(extent);
            return (gradients ? 3 : 1) * 2.0 * batch * n * n * 9 * in * out;
        }
    }

    private static HostArray normal(String name, DType dtype, int size) {
        return RandomKey.of(1)
                .derive("bench")
                .derive(name)
                .normal(dtype, Shape.of(size))
                .array();
    }
}
