package org.softmin.tornado.kernel;

import static org.softmin.tornado.kernel.Functions.integer;
import static org.softmin.tornado.kernel.Functions.less;
import static org.softmin.tornado.kernel.Functions.not;
import static org.softmin.tornado.kernel.Functions.times;
import static org.softmin.tornado.kernel.Functions.where;

import java.util.ArrayList;
import java.util.List;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.Shape;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.View;
import org.softmin.tornado.kernel.Expression.Variable;

/** What only the run shows to be wrong: a kernel cannot throw, so it leaves a mark and goes on with something harmless. */
final class Faults {
    private static final int ROOM = 1 << 20; // for more checks than any program has

    private final Buffer buffer;
    private final List<Plan.Check> checks = new ArrayList<>();

    /** Marks are left in the buffer number {@code id}. */
    Faults(int id) {
        this.buffer = new Buffer(id, DType.I32, ROOM);
    }

    List<Plan.Check> checks() {
        return List.copyOf(checks);
    }

    /** Leaves a mark, and {@code found}, where something is {@code wrong}. */
    void report(Body body, Expression wrong, Expression found, Plan.Check check) {
        int number = checks.indexOf(check) >= 0 ? checks.indexOf(check) : checks.size();
        if (number == checks.size()) {
            checks.add(check);
        }
        body.when(wrong, () -> {
            body.store(buffer, integer(2 * number), integer(1));
            body.store(buffer, integer(2 * number + 1), found);
        });
    }

    /** {@code position} if it is at least 0 and below {@code n}; otherwise it is reported, and 0 taken. */
    Variable inside(Body body, Variable position, int n, Plan.Check check) {
        Expression outside = body.declare(
                where(less(position, integer(0)), Functions.number(DType.BOOL, 1), not(less(position, integer(n)))));
        report(body, outside, position, check);
        return body.declare(where(outside, integer(0), position));
    }

    /** Offset of a run-time corner, checked so that a block of {@code size} fits into {@code shape}. */
    Expression corner(Body body, Op op, Shape shape, Shape size, View corner, int[] strides) {
        Expression offset = integer(0);
        for (int i = 0; i < shape.rank(); i++) {
            Variable read = body.declare(Body.read(corner, integer(i)));
            Variable at = inside(body, read, shape.dim(i) - size.dim(i) + 1, new Plan.Check.Position(op, i, shape));
            offset = Functions.plus(offset, times(at, strides[i]));
        }
        return body.once(offset);
    }
}
