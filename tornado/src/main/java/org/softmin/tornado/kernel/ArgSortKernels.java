package org.softmin.tornado.kernel;

import static org.softmin.tornado.kernel.Functions.both;
import static org.softmin.tornado.kernel.Functions.either;
import static org.softmin.tornado.kernel.Functions.integer;
import static org.softmin.tornado.kernel.Functions.isNan;
import static org.softmin.tornado.kernel.Functions.less;
import static org.softmin.tornado.kernel.Functions.minus;
import static org.softmin.tornado.kernel.Functions.modulo;
import static org.softmin.tornado.kernel.Functions.not;
import static org.softmin.tornado.kernel.Functions.number;
import static org.softmin.tornado.kernel.Functions.over;
import static org.softmin.tornado.kernel.Functions.plus;
import static org.softmin.tornado.kernel.Functions.times;
import static org.softmin.tornado.kernel.Functions.where;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;
import org.softmin.tornado.kernel.Expression.Element;
import org.softmin.tornado.kernel.Expression.SharedElement;
import org.softmin.tornado.kernel.Expression.Variable;
import org.softmin.tornado.kernel.Kernel.Shared;

/**
 * Sorting by bottom-up merging, as on the CPU: a work group sorts a block of a row, or several short rows, in the memory
 * that it shares; one kernel after the other merges blocks of longer rows, two by two, through the memory of the device.
 *
 * <p>Two sorted runs are merged by all their elements at once: the place of each is its place in its own run and the number
 * of those in the other run that come before it, which a binary search finds. No two elements are alike, for of equal ones
 * the first comes first: every element finds a place of its own, and the result is that of any other stable sort.
 */
final class ArgSortKernels {
    /** Work items of a group, and elements that it sorts. */
    private static final int BLOCK = 256;

    private final Op.ArgSort op;
    private final Step.Kernel step;
    private final View x;
    private final int n;
    private final int inner;
    private final int rows;

    ArgSortKernels(Op.ArgSort op, Step.Kernel step) {
        this.op = op;
        this.step = step;
        this.x = step.operands().getFirst();
        this.n = x.shape().dim(op.axis());
        this.inner = x.shape().size(op.axis() + 1, x.shape().rank());
        this.rows = n == 0 ? 0 : x.shape().size() / n;
    }

    /** Kernels go to {@code kernels}; merges take turns between the target and a buffer of {@code scratch}. */
    void lower(Scratch scratch, Consumer<Kernel> kernels) {
        int merges = log2(Math.ceilDiv(n, BLOCK));
        Buffer target = step.target();
        Buffer other = merges == 0 ? target : scratch.buffer(DType.I32, target.size());
        Buffer sorted = merges % 2 == 0 ? target : other;
        kernels.accept(sortBlocks(sorted));
        for (int width = BLOCK; width < n; width *= 2) {
            Buffer merged = sorted.equals(target) ? other : target;
            kernels.accept(mergeRuns(width, sorted, merged));
            sorted = merged;
        }
    }

    /** How often 1 is doubled until it reaches {@code n}. */
    private static int log2(int n) {
        return n <= 1 ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(n - 1);
    }

    /** An element and its position, of which the latter decides between equals. */
    private record Key(Variable value, Variable position) {}

    /** The order of each block of each row; a row shorter than a block takes as many items as the next power of two. */
    private Kernel sortBlocks(Buffer sorted) {
        int merges = Math.min(log2(n), log2(BLOCK));
        int width = 1 << merges; // items of a row or, if it is long, of each of its blocks
        int blocks = Math.ceilDiv(n, width); // of a row
        int groups = Math.ceilDiv(rows * blocks, BLOCK / width);
        Body body = new Body();
        Variable slot = body.declare(modulo(Kernel.ITEM, width));
        Variable start = body.declare(minus(Kernel.ITEM, slot)); // the item with the block's first element
        Variable block = body.declare(plus(times(Kernel.GROUP, BLOCK / width), over(Kernel.ITEM, width)));
        Variable row = body.declare(over(block, blocks));
        Variable from = body.declare(times(modulo(block, blocks), width)); // along the axis
        Variable k = body.declare(plus(from, slot));
        Variable mine = body.declare(both(less(row, integer(rows)), less(k, integer(n))));
        Variable end = body.declare(plus(start, minus(integer(n), from))); // it may lie beyond the block
        Variable first = body.declare(Body.first(row, n, inner));
        Shared values = body.shared(x.buffer().dtype(), BLOCK);
        Shared order = body.shared(DType.I32, BLOCK); // items, sorted by their values
        Expression element = Body.read(x, plus(first, times(k, inner)));
        body.share(values, Kernel.ITEM, where(mine, element, number(element.type(), 0)));
        body.share(order, Kernel.ITEM, Kernel.ITEM);
        body.barrier();
        Variable run = body.declare(integer(1)); // elements of a sorted run
        body.loop(integer(0), integer(merges), 1, merge -> {
            Function<Expression, Key> read =
                    at -> key(body, new SharedElement(order, at), item -> new SharedElement(values, item));
            Key key = read.apply(Kernel.ITEM);
            Variable place = place(body, key, Kernel.ITEM, run, plus(merge, integer(1)), end, read);
            body.barrier();
            body.when(mine, () -> body.share(order, place, key.position()));
            body.barrier();
            body.assign(run, plus(run, run));
        });
        body.when(mine, () -> {
            Expression position = plus(from, minus(new SharedElement(order, Kernel.ITEM), start));
            body.store(sorted, plus(first, times(k, inner)), position);
        });
        return body.kernel("sortBlocks", List.of(step), groups, BLOCK);
    }

    /** Merges each two neighbouring runs of {@code width} positions {@code from} one buffer {@code to} another. */
    private Kernel mergeRuns(int width, Buffer from, Buffer to) {
        return Body.each("mergeRuns", List.of(step), rows * n, (body, index) -> {
            Variable row = body.declare(over(index, n));
            Variable k = body.declare(modulo(index, n));
            Variable first = body.declare(Body.first(row, n, inner));
            Function<Expression, Expression> value = position -> Body.read(x, plus(first, times(position, inner)));
            Function<Expression, Key> read = at -> {
                Expression within = body.declare(where(less(at, integer(n)), at, integer(0)));
                return key(body, new Element(from, plus(first, times(within, inner))), value);
            };
            Key key = read.apply(k);
            Variable place = place(body, key, k, integer(width), integer(log2(width) + 1), integer(n), read);
            body.store(to, plus(first, times(place, inner)), key.position());
        });
    }

    private static Key key(Body body, Expression position, Function<Expression, Expression> value) {
        Variable at = body.declare(position);
        return new Key(body.declare(value.apply(at)), at);
    }

    /**
     * Where an element comes to lie when its run and the one beside it are merged.
     *
     * @param at where it lies
     * @param width elements of a run
     * @param steps one more than the logarithm of {@code width}
     * @param end where the elements end; the last run may be shorter than the others, or missing
     * @param read the element that lies somewhere, or any element if that is not before the end
     */
    private Variable place(
            Body body,
            Key key,
            Expression at,
            Expression width,
            Expression steps,
            Expression end,
            Function<Expression, Key> read) {
        Variable run = body.declare(over(at, width));
        Variable pair = body.declare(over(run, 2));
        Expression beside = plus(times(pair, 4), minus(integer(1), run)); // 1 for 0, 0 for 1, 3 for 2, …
        Variable other = body.declare(times(beside, width));
        Variable before = body.declare(integer(0)); // so many of the other run come before it
        Variable jump = body.declare(width);
        body.loop(
                integer(0),
                steps,
                1,
                s -> { // width / 2, …, 2, 1, 1
                    body.assign(jump, over(plus(jump, integer(1)), 2));
                    Variable candidate = body.declare(plus(plus(other, before), minus(jump, integer(1))));
                    Key there = read.apply(candidate);
                    Variable passes = body.declare(both(less(candidate, end), comesBefore(there, key)));
                    body.when(passes, () -> body.assign(before, plus(before, jump)));
                });
        Expression start = times(times(pair, 2), width);
        return body.declare(plus(plus(start, minus(at, times(run, width))), before));
    }

    private Expression comesBefore(Key a, Key b) {
        Expression wins = op.descending() ? isBelow(b.value(), a.value()) : isBelow(a.value(), b.value());
        Expression loses = op.descending() ? isBelow(a.value(), b.value()) : isBelow(b.value(), a.value());
        return either(wins, both(not(loses), less(a.position(), b.position())));
    }

    /** NaN lies above all numbers. */
    private static Expression isBelow(Expression a, Expression b) {
        return a.type().isFloating() ? either(less(a, b), both(isNan(b), not(isNan(a)))) : less(a, b);
    }
}
