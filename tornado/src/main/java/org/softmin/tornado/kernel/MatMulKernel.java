package org.softmin.tornado.kernel;

import static org.softmin.tornado.kernel.Functions.integer;
import static org.softmin.tornado.kernel.Functions.less;
import static org.softmin.tornado.kernel.Functions.modulo;
import static org.softmin.tornado.kernel.Functions.number;
import static org.softmin.tornado.kernel.Functions.over;
import static org.softmin.tornado.kernel.Functions.plus;
import static org.softmin.tornado.kernel.Functions.times;
import static org.softmin.tornado.kernel.Functions.where;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.softmin.tensor.DType;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;
import org.softmin.tornado.kernel.Expression.Apply;
import org.softmin.tornado.kernel.Expression.Element;
import org.softmin.tornado.kernel.Expression.SharedElement;
import org.softmin.tornado.kernel.Expression.Variable;
import org.softmin.tornado.kernel.Kernel.Shared;

/**
 * Matrix products: a work group for each square tile of the result, which shares a slice of both operands at a time; a
 * work item keeps a small square of the tile in its registers.
 */
final class MatMulKernel {
    /** Work items along each side of a tile, and depth of the shared slices. */
    private static final int SIDE = 16;

    private static final int ITEMS = SIDE * SIDE;

    /** From this many rows and columns on a work item computes a square of 4 by 4. */
    private static final int LARGE = 64;

    private MatMulKernel() {}

    static Kernel lower(Step.Kernel step) {
        View x = step.operands().get(0);
        View y = step.operands().get(1);
        DType type = step.target().dtype();
        int m = x.shape().dim(-2);
        int n = y.shape().dim(-1);
        int depth = x.shape().dim(-1);
        int square = m >= LARGE && n >= LARGE ? 4 : 1;
        int tile = SIDE * square;
        int across = Math.ceilDiv(n, tile);
        int tiles = across * Math.ceilDiv(m, tile);
        int batch = step.node().shape().size(0, step.node().shape().rank() - 2);

        Body body = new Body();
        Variable number = body.declare(over(Kernel.GROUP, Math.max(tiles, 1)));
        Variable within = body.declare(modulo(Kernel.GROUP, Math.max(tiles, 1)));
        Variable top = body.declare(times(over(within, Math.max(across, 1)), tile));
        Variable left = body.declare(times(modulo(within, Math.max(across, 1)), tile));
        Variable row = body.declare(over(Kernel.ITEM, SIDE));
        Variable column = body.declare(modulo(Kernel.ITEM, SIDE));
        Variable xStart = body.declare(start(x, number));
        Variable yStart = body.declare(start(y, number));
        List<Variable> sums = new ArrayList<>();
        for (int i = 0; i < square * square; i++) {
            sums.add(body.declare(number(type, 0)));
        }
        Shared xs = body.shared(type, tile * SIDE);
        Shared ys = body.shared(type, SIDE * tile);
        body.loop(integer(0), integer(depth), SIDE, p -> {
            for (int s = 0; s < square; s++) {
                Variable at = body.declare(plus(Kernel.ITEM, integer(s * ITEMS)));
                Expression i = body.declare(plus(top, over(at, SIDE)));
                Expression k = body.declare(plus(p, modulo(at, SIDE)));
                body.share(xs, at, guarded(x, xStart, i, m, k, depth));
                Expression l = body.declare(plus(p, over(at, tile)));
                Expression j = body.declare(plus(left, modulo(at, tile)));
                body.share(ys, at, guarded(y, yStart, l, depth, j, n));
            }
            body.barrier();
            body.loop(integer(0), integer(SIDE), 1, k -> multiply(body, sums, square, xs, ys, row, column, k));
            body.barrier();
        });
        for (int i = 0; i < square; i++) {
            for (int j = 0; j < square; j++) {
                Variable sum = sums.get(i * square + j);
                Variable r = body.declare(plus(plus(top, row), integer(i * SIDE)));
                Variable c = body.declare(plus(plus(left, column), integer(j * SIDE)));
                Expression at = plus(times(plus(times(number, m), r), n), c);
                body.when(
                        where(less(r, integer(m)), less(c, integer(n)), number(DType.BOOL, 0)),
                        () -> body.store(step.target(), at, sum));
            }
        }
        return body.kernel("matmul", step, batch * tiles, ITEMS);
    }

    /** One step along the depth: a column of the item's rows times a row of its columns. */
    private static void multiply(
            Body body,
            List<Variable> sums,
            int square,
            Shared xs,
            Shared ys,
            Variable row,
            Variable column,
            Variable k) {
        List<Variable> left = new ArrayList<>();
        List<Variable> right = new ArrayList<>();
        for (int i = 0; i < square; i++) {
            left.add(body.declare(new SharedElement(xs, plus(times(plus(row, integer(i * SIDE)), SIDE), k))));
            right.add(body.declare(new SharedElement(
                    ys, plus(times(k, SIDE * square), plus(column, integer(i * SIDE))))));
        }
        for (int i = 0; i < sums.size(); i++) {
            Variable sum = sums.get(i);
            Expression product =
                    new Apply(Scalar.MUL, sum.type(), List.of(left.get(i / square), right.get(i % square)));
            body.assign(sum, plus(sum, product));
        }
    }

    /** First element of matrix {@code number} of a batch. */
    private static Expression start(View view, Expression number) {
        Shape shape = view.shape();
        int rank = shape.rank() - 2;
        return Body.at(
                Arrays.copyOf(shape.toArray(), rank),
                Arrays.copyOf(view.strides(), rank),
                integer(view.offset()),
                number);
    }

    /** Element (i, j) of a matrix of m rows and n columns, or 0 outside of it. */
    private static Expression guarded(View view, Expression start, Expression i, int m, Expression j, int n) {
        int rank = view.shape().rank();
        Expression at = plus(plus(start, times(i, view.strides()[rank - 2])), times(j, view.strides()[rank - 1]));
        Expression inside = where(less(i, integer(m)), less(j, integer(n)), number(DType.BOOL, 0));
        return where(
                inside, new Element(view.buffer(), at), number(view.buffer().dtype(), 0));
    }
}
