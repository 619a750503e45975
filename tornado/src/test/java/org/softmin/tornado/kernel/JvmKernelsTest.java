package org.softmin.tornado.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.softmin.tornado.kernel.Functions.integer;
import static org.softmin.tornado.kernel.Functions.modulo;
import static org.softmin.tornado.kernel.Functions.plus;
import static org.softmin.tornado.kernel.Functions.times;

import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tornado.kernel.Expression.SharedElement;
import org.softmin.tornado.kernel.Expression.Variable;
import org.softmin.tornado.kernel.Kernel.Shared;

/** Items of a group that wait for each other in nested loops, or should. */
class JvmKernelsTest {
    private static final int ITEMS = 4;
    private static final int OUTER = 3;
    private static final int INNER = 2;

    private static final Plan PLAN = plan();

    private static Plan plan() {
        Tensor x = Tensor.input("x", DType.I32, Shape.of(ITEMS));
        return Plan.of(Program.of(List.of(x), List.of(x.neg())), true, true);
    }

    /** Each item adds its neighbour's value in the inner loop, and that of the item opposite in the outer one. */
    private static Kernel kernel(boolean waitsInside, boolean waitsOutside) {
        Body body = new Body();
        Variable value = body.declare(plus(times(Kernel.ITEM, Kernel.ITEM), integer(1)));
        Shared shared = body.shared(DType.I32, ITEMS);
        body.loop(integer(0), integer(OUTER), 1, i -> {
            body.loop(integer(0), integer(INNER), 1, j -> {
                body.share(shared, Kernel.ITEM, plus(value, j));
                body.barrier();
                body.assign(value, plus(value, new SharedElement(shared, neighbour(1))));
                if (waitsInside) {
                    body.barrier();
                }
            });
            body.share(shared, Kernel.ITEM, plus(value, i));
            body.barrier();
            body.assign(value, plus(value, new SharedElement(shared, neighbour(ITEMS / 2))));
            if (waitsOutside) {
                body.barrier();
            }
        });
        Buffer output = PLAN.schedule().outputs().getFirst();
        body.store(output, Kernel.ITEM, value);
        return body.kernel("neighbours", List.of(), 1, ITEMS);
    }

    private static Expression neighbour(int distance) {
        return modulo(plus(Kernel.ITEM, integer(distance)), ITEMS);
    }

    /** What all items compute in step. */
    private static int[] expected() {
        int[] values = {1, 2, 5, 10};
        for (int i = 0; i < OUTER; i++) {
            for (int j = 0; j < INNER; j++) {
                add(values, j, 1);
            }
            add(values, i, ITEMS / 2);
        }
        return values;
    }

    private static void add(int[] values, int more, int distance) {
        int[] before = values.clone();
        for (int item = 0; item < ITEMS; item++) {
            values[item] += before[(item + distance) % ITEMS] + more;
        }
    }

    private static int[] run(Kernel kernel, boolean backwards) throws Throwable {
        MethodHandle method = JvmKernels.compile(kernel, PLAN, backwards);
        int[] result = new int[ITEMS];
        Object[] storages = new Object[PLAN.storages().size()];
        storages[PLAN.place(PLAN.schedule().outputs().getFirst()).storage()] = result;
        method.invokeExact(storages, 0);
        return result;
    }

    @Test
    void itemsWaitAtEachBarrierOfNestedLoops() throws Throwable {
        assertArrayEquals(expected(), run(kernel(true, true), false));
        assertArrayEquals(expected(), run(kernel(true, true), true));
    }

    @Test
    void aBarrierMissingAtTheEndOfALoopIsNoticed() throws Throwable {
        for (boolean backwards : new boolean[] {false, true}) {
            assertFalse(Arrays.equals(expected(), run(kernel(false, true), backwards)));
            assertFalse(Arrays.equals(expected(), run(kernel(true, false), backwards)));
        }
    }

    @Test
    void aBarrierThatSomeItemsDoNotReachIsRefused() {
        Body body = new Body();
        body.when(Functions.less(Kernel.ITEM, integer(1)), body::barrier);
        Kernel kernel = body.kernel("divided", List.of(), 1, ITEMS);
        assertThrows(IllegalStateException.class, () -> JvmKernels.compile(kernel, PLAN, false));
    }
}
