package org.softmin.tornado.kernel;

import static org.softmin.tornado.kernel.Functions.both;
import static org.softmin.tornado.kernel.Functions.integer;
import static org.softmin.tornado.kernel.Functions.less;
import static org.softmin.tornado.kernel.Functions.modulo;
import static org.softmin.tornado.kernel.Functions.number;
import static org.softmin.tornado.kernel.Functions.over;
import static org.softmin.tornado.kernel.Functions.plus;
import static org.softmin.tornado.kernel.Functions.times;
import static org.softmin.tornado.kernel.Functions.where;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Shape;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Matrices;
import org.softmin.tensor.plan.Nest;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;
import org.softmin.tornado.kernel.Expression.Element;
import org.softmin.tornado.kernel.Expression.SharedElement;
import org.softmin.tornado.kernel.Expression.Variable;
import org.softmin.tornado.kernel.Kernel.Shared;

/**
 * A matrix product: a work group for each square tile of the result, which shares a slice of both operands at a time; a
 * work item keeps a small square of the tile in its registers. Operands are read where they lie, windows too, each in the order
 * in which its elements lie.
 *
 * <p>Where a deep product has too few tiles to keep a device busy, its depth is cut into pieces, and a second kernel adds
 * their products: in a fixed order, and into how many depends on shapes alone.
 */
final class MatMulKernel {
    /** Work items along each side of a tile, and depth of the shared slices. */
    private static final int SIDE = 16;

    private static final int ITEMS = SIDE * SIDE;

    /** Work groups that keep a device busy. */
    private static final int BUSY = 128;

    /** The least depth of a piece that is worth a work group. */
    private static final int PIECE = 1024;

    /** Statements of epilogues in one kernel. */
    private static final int ROOM = 512;

    private final Step.Kernel step;
    private final View x;
    private final View y;
    private final Matrices left;
    private final Matrices right;
    private final DType type;
    private final int m;
    private final int n;
    private final int depth;
    private final int batch;
    private final int square;
    private final int tile;
    private final int pitch;
    private final int length; // depth of a piece
    private final int pieces;

    MatMulKernel(Step.Kernel step) {
        this.step = step;
        this.x = step.operands().get(0);
        this.y = step.operands().get(1);
        this.type = step.target().dtype();
        Shape ofX = step.node().inputs().get(0).shape();
        Shape ofY = step.node().inputs().get(1).shape();
        this.left = Objects.requireNonNull(Matrices.of(x, ofX));
        this.right = Objects.requireNonNull(Matrices.of(y, ofY));
        this.m = ofX.dim(-2);
        this.n = ofY.dim(-1);
        this.depth = ofX.dim(-1);
        this.batch = step.node().shape().size(0, step.node().shape().rank() - 2);
        this.square = square();
        this.tile = SIDE * square;
        this.pitch = tile + 1; // odd, so that neighbours along either axis lie in different banks
        int groups = Math.max(batch * Math.ceilDiv(m, tile) * Math.ceilDiv(n, tile), 1);
        int wanted = Math.clamp(BUSY / groups, 1, Math.max(depth / PIECE, 1));
        this.length = Math.max(Math.ceilDiv(Math.ceilDiv(depth, wanted), SIDE), 1) * SIDE;
        this.pieces = Math.max(Math.ceilDiv(depth, length), 1);
    }

    /** How many rows and columns a work item computes: as many as leave work for the whole device. */
    private int square() {
        for (int side = type == DType.F32 ? 8 : 4; side > 1; side /= 2) {
            int large = SIDE * side;
            if (m >= large && n >= large && (long) batch * Math.ceilDiv(m, large) * Math.ceilDiv(n, large) >= BUSY) {
                return side;
            }
        }
        return 1;
    }

    /** Whether items know whole elements, and the code of {@code epilogue}, once for each of theirs, stays in hand. */
    boolean hasRoomFor(Step.Fused epilogue) {
        int size = epilogue.loads().size()
                + epilogue.code().size()
                + epilogue.stores().size();
        return pieces == 1 && square * square * size <= ROOM;
    }

    /** The product: its kernel, or those for the pieces and their sum. */
    void lower(FusedKernels fused, Scratch scratch, Consumer<Kernel> kernels) {
        if (pieces == 1) {
            kernels.accept(lower(List.of(step), (body, at, product) -> body.store(step.target(), at, product)));
            return;
        }
        int size = step.target().size();
        Buffer parts = scratch.buffer(type, pieces * size);
        kernels.accept(lower(List.of(step), (body, at, product) -> body.store(parts, at, product)));
        Shape shape = Shape.of(pieces, size);
        Step.Folded sum = new Step.Folded(0, Fold.SUM, step.target());
        fused.lower(
                new Step.Fused(
                        shape,
                        List.of(new View(parts, 0, shape, shape.strides())),
                        List.of(),
                        List.of(),
                        new Nest.Folding(1, pieces, size),
                        List.of(sum)),
                step);
    }

    /** The product with {@code epilogue} done on each of its elements; they are {@code stored} if others read them. */
    Kernel lower(Step.Fused epilogue, FusedKernels fused, boolean stored) {
        return lower(List.of(step, epilogue), (body, at, product) -> {
            if (stored) {
                body.store(step.target(), at, product);
            }
            fused.registers(
                    body,
                    epilogue,
                    at,
                    view -> view.buffer().equals(step.target()) ? product : body.declare(Body.read(view, at)));
        });
    }

    /** What is done with a finished element of the product. */
    private interface Finish {
        void accept(Body body, Variable at, Variable product);
    }

    private Kernel lower(List<Step> steps, Finish finish) {
        int across = Math.max(Math.ceilDiv(n, tile), 1);
        int tiles = across * Math.ceilDiv(m, tile);
        Body body = new Body();
        Variable matrix = body.declare(over(Kernel.GROUP, Math.max(tiles, 1))); // of the batch, for each piece
        Variable within = body.declare(modulo(Kernel.GROUP, Math.max(tiles, 1)));
        Variable top = body.declare(times(over(within, across), tile));
        Variable leftmost = body.declare(times(modulo(within, across), tile));
        Variable row = body.declare(over(Kernel.ITEM, SIDE));
        Variable column = body.declare(modulo(Kernel.ITEM, SIDE));
        Expression piece = pieces == 1 ? integer(0) : body.declare(over(matrix, batch));
        Expression number = pieces == 1 ? matrix : body.declare(modulo(matrix, batch));
        Expression from = body.once(times(piece, length));
        Expression to = body.once(plus(from, integer(length))); // beyond the depth are zeros
        Variable x0 = body.declare(at(left.batch(), integer(x.offset()), number));
        Variable y0 = body.declare(at(right.batch(), integer(y.offset()), number));
        Slice ofX = new Slice(x, x0, top, m, left.rows(), left.columns());
        Slice ofY = new Slice(y, y0, leftmost, n, right.columns(), right.rows());
        List<Variable> sums = new ArrayList<>();
        for (int i = 0; i < square * square; i++) {
            sums.add(body.declare(number(type, 0)));
        }
        Shared xs = body.shared(type, SIDE * pitch);
        Shared ys = body.shared(type, SIDE * pitch);
        body.loop(from, to, SIDE, p -> {
            share(body, xs, ofX, p);
            share(body, ys, ofY, p);
            body.barrier();
            body.loop(integer(0), integer(SIDE), 1, k -> multiply(body, sums, xs, ys, row, column, k));
            body.barrier();
        });
        for (int i = 0; i < sums.size(); i++) {
            Variable sum = sums.get(i);
            Variable r = body.declare(plus(plus(top, row), integer(i / square * SIDE)));
            Variable c = body.declare(plus(plus(leftmost, column), integer(i % square * SIDE)));
            body.when(both(less(r, integer(m)), less(c, integer(n))), () -> {
                Variable at = body.declare(plus(times(plus(times(matrix, m), r), n), c));
                finish.accept(body, at, sum);
            });
        }
        return body.kernel("matmul", steps, tiles * batch * pieces, ITEMS);
    }

    private static Expression at(Matrices.Line line, Expression start, Expression index) {
        return Body.at(line.extents(), line.strides(), start, index);
    }

    /**
     * The part of an operand that a tile needs.
     *
     * @param first of its rows (of its columns, for the right operand), of which the matrix has {@code n}
     * @param across where they lie
     * @param deeper where the elements along the depth lie
     */
    private record Slice(
            View view, Variable start, Variable first, int n, Matrices.Line across, Matrices.Line deeper) {}

    /** Shares the next SIDE elements along the depth, from {@code p} on, of each row of a slice; beyond the matrix zeros. */
    private void share(Body body, Shared to, Slice slice, Variable p) {
        for (int s = 0; s < square; s++) {
            Variable at = body.declare(plus(Kernel.ITEM, integer(s * ITEMS)));
            boolean alongDepth = slice.across().stride() != 1; // neighbouring items read neighbours in memory
            Variable across = body.declare(alongDepth ? over(at, SIDE) : modulo(at, tile));
            Variable along = body.declare(alongDepth ? modulo(at, SIDE) : over(at, tile));
            Variable i = body.declare(plus(slice.first(), across));
            Variable k = body.declare(plus(p, along));
            Expression from = at(slice.deeper(), at(slice.across(), slice.start(), i), k);
            Expression inside = both(less(i, integer(slice.n())), less(k, integer(depth)));
            Expression element = where(inside, new Element(slice.view().buffer(), from), number(type, 0));
            body.share(to, plus(times(along, pitch), across), element);
        }
    }

    /** One step along the depth: a column of the item's rows times a row of its columns. */
    private void multiply(
            Body body, List<Variable> sums, Shared xs, Shared ys, Variable row, Variable column, Variable k) {
        List<Variable> left = new ArrayList<>();
        List<Variable> right = new ArrayList<>();
        for (int i = 0; i < square; i++) {
            Expression at = plus(times(k, pitch), integer(i * SIDE));
            left.add(body.declare(new SharedElement(xs, plus(at, row))));
            right.add(body.declare(new SharedElement(ys, plus(at, column))));
        }
        for (int i = 0; i < sums.size(); i++) {
            Variable sum = sums.get(i);
            body.assign(sum, plus(sum, times(left.get(i / square), right.get(i % square))));
        }
    }
}
