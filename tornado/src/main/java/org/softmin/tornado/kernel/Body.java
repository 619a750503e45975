package org.softmin.tornado.kernel;

import static org.softmin.tornado.kernel.Functions.integer;
import static org.softmin.tornado.kernel.Functions.less;
import static org.softmin.tornado.kernel.Functions.plus;
import static org.softmin.tornado.kernel.Functions.times;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;
import org.softmin.tornado.kernel.Expression.Element;
import org.softmin.tornado.kernel.Expression.SharedElement;
import org.softmin.tornado.kernel.Expression.Variable;
import org.softmin.tornado.kernel.Kernel.Shared;

/** The statements of a kernel under construction; variables get numbers, so that no two have the same name. */
final class Body {
    /** Work items of a group where each does its own work. */
    private static final int SPREAD = 128;

    /** From this many elements on a work group shares a row. */
    private static final int LONG = 32;

    /** Work items of the largest group that shares a row. */
    private static final int MOST = 256;

    private final List<Shared> shared = new ArrayList<>();
    private final Map<DType, Shared> folded = new EnumMap<>(DType.class);
    private List<Statement> statements = new ArrayList<>();
    private int variables;

    /** A kernel in which {@code work} is done for each number below {@code n}, by a work item of its own. */
    static Kernel each(String name, List<? extends Step> steps, int n, BiConsumer<Body, Variable> work) {
        Body body = new Body();
        Variable index = body.declare(plus(times(Kernel.GROUP, SPREAD), Kernel.ITEM));
        body.when(less(index, integer(n)), () -> work.accept(body, index));
        return body.kernel(name, steps, Math.ceilDiv(n, SPREAD), SPREAD);
    }

    /** How many items go through a row of {@code n} elements together, a power of two; a short row takes one. */
    static int lanes(int n) {
        return n < LONG ? 1 : Math.min(Integer.highestOneBit(n), MOST);
    }

    Kernel kernel(String name, List<? extends Step> steps, int groups, int items) {
        return new Kernel(name, List.copyOf(steps), groups, items, List.copyOf(shared), List.copyOf(statements));
    }

    Variable declare(Expression value) {
        Variable variable = new Variable(value.type(), "v" + variables++);
        statements.add(new Statement.Declare(variable, value));
        return variable;
    }

    /** {@code value} itself if it can be used many times, or a variable that holds it. */
    Expression once(Expression value) {
        return value instanceof Variable || value instanceof Expression.Literal ? value : declare(value);
    }

    void assign(Variable variable, Expression value) {
        statements.add(new Statement.Assign(variable, value));
    }

    void store(Buffer buffer, Expression index, Expression value) {
        statements.add(new Statement.Store(buffer, index, value));
    }

    void share(Shared array, Expression index, Expression value) {
        statements.add(new Statement.Share(array, index, value));
    }

    /** The items of a group wait, and see what was shared. */
    void barrier() {
        statements.add(new Statement.Barrier(false));
    }

    /** The items of a group wait, and see what was stored in buffers. */
    void barrierOfBuffers() {
        statements.add(new Statement.Barrier(true));
    }

    Shared shared(DType type, int size) {
        Shared array = new Shared("s" + shared.size(), type, size);
        shared.add(array);
        return array;
    }

    void when(Expression condition, Runnable then) {
        statements.add(new Statement.If(condition, nested(then)));
    }

    void loop(Expression from, Expression to, int step, Consumer<Variable> body) {
        Variable counter = new Variable(DType.I32, "v" + variables++);
        List<Statement> inside = nested(() -> body.accept(counter));
        statements.add(new Statement.For(counter, from, to, step, inside));
    }

    private List<Statement> nested(Runnable block) {
        List<Statement> outer = statements;
        statements = new ArrayList<>();
        block.run();
        List<Statement> inner = List.copyOf(statements);
        statements = outer;
        return inner;
    }

    /** What the items of a group, a power of two, have in {@code mine}, folded into one value that all of them get. */
    Variable foldGroup(Fold fold, Expression mine, int items) {
        Shared array = folded.computeIfAbsent(mine.type(), type -> shared(type, items));
        share(array, Kernel.ITEM, mine);
        barrier();
        halve(items, half -> {
            Variable a = declare(new SharedElement(array, Kernel.ITEM));
            Variable b = declare(new SharedElement(array, plus(Kernel.ITEM, integer(half))));
            share(array, Kernel.ITEM, Functions.fold(fold, a, b));
        });
        Variable total = declare(new SharedElement(array, integer(0)));
        barrier(); // the array is used again
        return total;
    }

    /** Half of the items do {@code work}, for which they read what the other half shared; then half of those, and so on. */
    void halve(int items, IntConsumer work) {
        for (int half = items / 2; half > 0; half /= 2) {
            int width = half;
            when(less(Kernel.ITEM, integer(half)), () -> work.accept(width));
            barrier();
        }
    }

    /** Index of the first element of a column of {@code n} elements, {@code inner} apart. */
    static Expression first(Expression column, int n, int inner) {
        return plus(times(Functions.over(column, inner), n * inner), Functions.modulo(column, inner));
    }

    /** Element number {@code index}, in row-major order, of a view. */
    static Element read(View view, Expression index) {
        List<int[]> collapsed = view.collapsed();
        return new Element(view.buffer(), at(collapsed.get(0), collapsed.get(1), integer(view.offset()), index));
    }

    /** Where element number {@code index}, in row-major order, of {@code extents} lies. */
    static Expression at(int[] extents, int[] strides, Expression offset, Expression index) {
        Expression place = offset;
        Expression rest = index;
        for (int i = extents.length - 1; i > 0; i--) {
            place = plus(place, times(Functions.modulo(rest, extents[i]), strides[i]));
            rest = Functions.over(rest, extents[i]);
        }
        return extents.length == 0 ? place : plus(place, times(rest, strides[0]));
    }
}
