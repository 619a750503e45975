package org.softmin.tensor.reference;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.Philox;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** The meaning of each op on row-major arrays of doubles. Results are rounded to the element type by the caller. */
final class Interpreter {
    private Interpreter() {}

    /** Value of {@code node} from the values of its operands. */
    static double[] apply(Tensor node, List<double[]> in) {
        Shape shape = node.shape();
        return switch (node.op()) {
            case Op.Input i -> throw new IllegalStateException("input " + i.name() + " has no value");
            case Op.Constant c ->
                c.values().stream().mapToDouble(Double::doubleValue).toArray();
            case Op.Map m -> map(m.scalar(), node, in);
            case Op.Reduce r -> reduce(r.fold(), node.inputs().getFirst(), r.axis(), in.getFirst());
            case Op.ArgReduce r -> argReduce(r.fold(), node.inputs().getFirst().shape(), r.axis(), in.getFirst());
            case Op.MatMul m -> matmul(node, in);
            case Op.Reshape r -> in.getFirst().clone();
            case Op.Permute p ->
                pick(shape, in.getFirst(), at -> {
                    int[] source = new int[at.length];
                    for (int i = 0; i < at.length; i++) {
                        source[p.order().get(i)] = at[i];
                    }
                    return index(node.inputs().getFirst().shape(), source);
                });
            case Op.Expand e ->
                pick(shape, in.getFirst(), at -> {
                    Shape from = node.inputs().getFirst().shape();
                    int[] source = at.clone();
                    for (int i = 0; i < at.length; i++) {
                        source[i] = from.dim(i) == 1 ? 0 : at[i];
                    }
                    return index(from, source);
                });
            case Op.Slice s ->
                pick(shape, in.getFirst(), at -> {
                    int[] source = new int[at.length];
                    for (int i = 0; i < at.length; i++) {
                        source[i] = s.start().get(i) + at[i] * s.step().get(i);
                    }
                    return index(node.inputs().getFirst().shape(), source);
                });
            case Op.DynamicSlice d -> {
                Shape from = node.inputs().getFirst().shape();
                int[] corner = corner(d, from, shape, in.get(1));
                yield pick(shape, in.getFirst(), at -> index(from, plus(at, corner)));
            }
            case Op.DynamicUpdate d -> {
                Shape block = node.inputs().get(1).shape();
                int[] corner = corner(d, shape, block, in.get(2));
                double[] out = in.getFirst().clone();
                for (int i = 0; i < block.size(); i++) {
                    out[index(shape, plus(coordinates(block, i), corner))] = in.get(1)[i];
                }
                yield out;
            }
            case Op.Pad p -> {
                Shape from = node.inputs().getFirst().shape();
                double[] out = new double[shape.size()];
                Arrays.fill(out, p.value());
                for (int i = 0; i < from.size(); i++) {
                    int[] at = coordinates(from, i);
                    for (int k = 0; k < at.length; k++) {
                        at[k] = p.low().get(k) + at[k] * (1 + p.interior().get(k));
                    }
                    out[index(shape, at)] = in.getFirst()[i];
                }
                yield out;
            }
            case Op.Concat c -> {
                double[] out = new double[shape.size()];
                int shift = 0;
                for (int part = 0; part < in.size(); part++) {
                    Shape from = node.inputs().get(part).shape();
                    for (int i = 0; i < from.size(); i++) {
                        int[] at = coordinates(from, i);
                        at[c.axis()] += shift;
                        out[index(shape, at)] = in.get(part)[i];
                    }
                    shift += from.dim(c.axis());
                }
                yield out;
            }
            case Op.Gather g -> {
                double[] out = new double[shape.size()];
                forEachGathered(
                        g,
                        node.inputs().getFirst().shape(),
                        g.axis(),
                        in.get(1),
                        (i, source) -> out[i] = in.getFirst()[source]);
                yield out;
            }
            case Op.ScatterAdd s -> {
                double[] out = in.getFirst().clone();
                forEachGathered(
                        s,
                        shape,
                        s.axis(),
                        in.get(1),
                        (i, target) -> out[target] = node.dtype().round(sum(node.dtype(), out[target], in.get(2)[i])));
                yield out;
            }
            case Op.Unfold u -> {
                Shape from = node.inputs().getFirst().shape();
                double[] out = new double[shape.size()];
                for (int i = 0; i < out.length; i++) {
                    out[i] = in.getFirst()[
                            index(from, windowed(coordinates(shape, i), u.axis(), u.stride(), u.dilation()))];
                }
                yield out;
            }
            case Op.FoldWindows f -> {
                Shape from = node.inputs().getFirst().shape();
                double[] out = new double[shape.size()];
                for (int i = 0; i < from.size(); i++) {
                    int at = index(shape, windowed(coordinates(from, i), f.axis(), f.stride(), f.dilation()));
                    out[at] = node.dtype().round(sum(node.dtype(), out[at], in.getFirst()[i]));
                }
                yield out;
            }
            case Op.ArgSort s -> argSort(s, shape, in.getFirst());
            case Op.Cast c -> in.getFirst().clone();
            case Op.Iota i -> {
                double[] out = new double[shape.size()];
                for (int k = 0; k < out.length; k++) {
                    out[k] = coordinates(shape, k)[i.axis()];
                }
                yield out;
            }
            case Op.RandomBits r -> {
                int[] words = new int[shape.size()];
                double[] key = in.get(0);
                double[] counter = in.get(1);
                Philox.fill((int) key[0], (int) key[1], (int) counter[0], (int) counter[1], 0, words, 0, words.length);
                yield Arrays.stream(words).asDoubleStream().toArray();
            }
            case Op.Composite c -> throw new IllegalStateException(c.label() + " was not decomposed");
        };
    }

    /** Where an element of a window lies: the window and the element, at {@code axis} and the next, become one. */
    private static int[] windowed(int[] at, int axis, int stride, int dilation) {
        int[] result = new int[at.length - 1];
        for (int i = 0; i < result.length; i++) {
            result[i] = i < axis ? at[i] : i > axis ? at[i + 1] : at[i] * stride + at[i + 1] * dilation;
        }
        return result;
    }

    private static double[] map(Scalar scalar, Tensor node, List<double[]> in) {
        boolean floating = node.inputs().getLast().dtype().isFloating();
        double[] a = in.getFirst();
        double[] b = in.get(Math.min(1, in.size() - 1));
        double[] c = in.getLast();
        double[] out = new double[node.shape().size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = floating ? scalar.apply(a[i], b[i], c[i]) : scalar.applyInt((int) a[i], (int) b[i], (int) c[i]);
        }
        return out;
    }

    private static double[] reduce(Fold fold, Tensor x, int axis, double[] in) {
        int n = x.shape().dim(axis);
        int inner = x.shape().size(axis + 1, x.shape().rank());
        double[] out = new double[x.shape().without(axis).size()];
        for (int i = 0; i < out.length; i++) {
            double folded = fold.identity(x.dtype());
            for (int k = 0; k < n; k++) {
                double element = in[(i / inner * n + k) * inner + i % inner];
                folded = fold == Fold.SUM ? sum(x.dtype(), folded, element) : fold.apply(folded, element);
            }
            out[i] = folded;
        }
        return out;
    }

    /** Floating-point sums stay in double precision until they are done; integer sums wrap around. */
    private static double sum(DType dtype, double a, double b) {
        return switch (dtype) {
            case F32, F64 -> a + b;
            case I32 -> (int) a + (int) b;
            case BOOL -> (int) a | (int) b;
        };
    }

    private static double[] argReduce(Fold fold, Shape shape, int axis, double[] in) {
        int n = shape.dim(axis);
        int inner = shape.size(axis + 1, shape.rank());
        double[] out = new double[shape.without(axis).size()];
        for (int i = 0; i < out.length; i++) {
            double best = in[i / inner * n * inner + i % inner];
            for (int k = 1; k < n && !Double.isNaN(best); k++) {
                double x = in[(i / inner * n + k) * inner + i % inner];
                if (Double.isNaN(x) || (fold == Fold.MAX ? x > best : x < best)) {
                    best = x;
                    out[i] = k;
                }
            }
        }
        // a NaN in first place needs no search: position 0 is already there
        return out;
    }

    private static double[] matmul(Tensor node, List<double[]> in) {
        int m = node.shape().dim(-2);
        int n = node.shape().dim(-1);
        int k = node.inputs().getFirst().shape().dim(-1);
        double[] out = new double[node.shape().size()];
        for (int i = 0; i < out.length; i++) {
            int row = i / n;
            int batch = row / m;
            for (int p = 0; p < k; p++) {
                out[i] += in.get(0)[row * k + p] * in.get(1)[(batch * k + p) * n + i % n];
            }
        }
        return out;
    }

    private static double[] argSort(Op.ArgSort op, Shape shape, double[] in) {
        int n = shape.dim(op.axis());
        int inner = shape.size(op.axis() + 1, shape.rank());
        double[] out = new double[shape.size()];
        for (int row = 0; n > 0 && row < out.length / n; row++) {
            int base = row / inner * n * inner + row % inner;
            Integer[] order = new Integer[n];
            Arrays.setAll(order, i -> i);
            Arrays.sort(order, (p, q) -> {
                double x = in[base + p * inner] + 0.0; // −0 becomes 0
                double y = in[base + q * inner] + 0.0;
                return op.descending() ? Double.compare(y, x) : Double.compare(x, y);
            });
            for (int i = 0; i < n; i++) {
                out[base + i * inner] = order[i];
            }
        }
        return out;
    }

    private interface Visit {
        void visit(int gathered, int source);
    }

    private static void forEachGathered(Op op, Shape shape, int axis, double[] positions, Visit visit) {
        int n = shape.dim(axis);
        int inner = shape.size(axis + 1, shape.rank());
        int outer = shape.size(0, axis);
        for (int o = 0; o < outer; o++) {
            for (int p = 0; p < positions.length; p++) {
                int position = (int) positions[p];
                if (position < 0 || position >= n) {
                    throw op.outOfRange(position, axis, shape);
                }
                for (int i = 0; i < inner; i++) {
                    visit.visit((o * positions.length + p) * inner + i, (o * n + position) * inner + i);
                }
            }
        }
    }

    private static int[] corner(Op op, Shape shape, Shape block, double[] values) {
        int[] corner = new int[values.length];
        for (int i = 0; i < corner.length; i++) {
            corner[i] = (int) values[i];
            if (corner[i] < 0 || corner[i] > shape.dim(i) - block.dim(i)) {
                throw op.outOfRange(corner[i], i, shape);
            }
        }
        return corner;
    }

    private interface Source {
        int index(int[] at);
    }

    private static double[] pick(Shape shape, double[] in, Source source) {
        double[] out = new double[shape.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = in[source.index(coordinates(shape, i))];
        }
        return out;
    }

    private static int[] plus(int[] a, int[] b) {
        int[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    private static int[] coordinates(Shape shape, int index) {
        int[] at = new int[shape.rank()];
        int rest = index;
        for (int i = at.length - 1; i >= 0; i--) {
            at[i] = rest % shape.dim(i);
            rest /= shape.dim(i);
        }
        return at;
    }

    private static int index(Shape shape, int[] at) {
        int index = 0;
        for (int i = 0; i < at.length; i++) {
            index = index * shape.dim(i) + Objects.checkIndex(at[i], shape.dim(i));
        }
        return index;
    }
}
