package org.softmin.tensor.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

final class ScheduleTest {
    private static final Type MATRIX = new Type(DType.F32, Shape.of(8, 6));

    private static Schedule schedule(Program program) {
        return Schedule.of(Simplify.apply(program), true);
    }

    @Test
    void anElementwiseChainIsOneStep() {
        Schedule schedule =
                schedule(Program.trace(MATRIX, x -> x.mul(2).exp().add(x).sqrt()));
        assertEquals(1, schedule.steps().size());
        assertEquals(
                4,
                assertInstanceOf(Step.Fused.class, schedule.steps().getFirst())
                        .code()
                        .size());
    }

    @Test
    void loopsOverOneShapeMerge() {
        // two outputs that share their input, as the parts of an optimiser's update do
        Schedule schedule = schedule(Program.trace(
                List.of(MATRIX), x -> List.of(x.getFirst().exp(), x.getFirst().log())));
        assertEquals(1, schedule.steps().size());
        assertEquals(2, schedule.steps().getFirst().writes().size());
    }

    @Test
    void movementsCostNothingWhereTheReaderTakesStrides() {
        Schedule schedule = schedule(Program.trace(
                MATRIX, x -> x.transpose().slice(0, 1, 4).matmul(x).exp()));
        assertEquals(2, schedule.steps().size());
    }

    @Test
    void aLoopThatReadsOtherElementsOfAnotherComesAfterIt() {
        Type square = new Type(DType.F32, Shape.of(6, 6));
        Schedule schedule = schedule(Program.trace(square, x -> {
            Tensor e = x.exp();
            return e.add(e.transpose());
        }));
        assertEquals(2, schedule.steps().size());
    }

    @Test
    void anUpdateInPlaceTakesNoCopy() {
        Schedule schedule = schedule(Program.trace(
                        List.of(MATRIX), x -> List.of(x.getFirst().mul(0.9).add(1)))
                .donate(0, 0));
        assertEquals(1, schedule.steps().size());
    }

    @Test
    void aDonatedInputThatIsReadLaterIsKeptUntilThen() {
        Program program = Program.trace(List.of(MATRIX), x -> {
                    Tensor next = x.getFirst().add(1);
                    return List.of(
                            next, next.sum(0).add(x.getFirst().transpose().sum(1)));
                })
                .donate(0, 0);
        Schedule schedule = schedule(program);
        Buffer output = schedule.outputs().getFirst();
        assertEquals(List.of(output), schedule.steps().getLast().writes());
    }

    @Test
    void aTransposedProductIsComputedTransposed() {
        Type other = new Type(DType.F32, Shape.of(6, 5));
        Program program = Program.trace(
                List.of(MATRIX, other), x -> List.of(x.get(0).matmul(x.get(1)).transpose()));
        assertEquals("matmul", Simplify.apply(program).outputs().getFirst().op().label());
    }

    @Test
    void theGradientOfASymmetricProductIsOneProduct() {
        // of ½‖XᵀX ∘ (1 − I)‖²: 2 X·G, where G and its transpose are one
        Program program = Program.trace(MATRIX, x -> {
            Tensor product = x.transpose().matmul(x);
            Tensor g = Tensor.eye(6).where(Tensor.scalar(DType.F32, 0), product);
            return x.matmul(g.transpose()).add(x.matmul(g));
        });
        long products = Simplify.apply(program).nodes().stream()
                .filter(node -> node.op().label().equals("matmul"))
                .count();
        assertEquals(2, products);
    }

    @Test
    void stepsOnConstantsAreDoneOnce() {
        Schedule schedule = schedule(Program.trace(
                MATRIX, x -> x.mul(Tensor.iota(DType.F32, 6).exp().add(1))));
        assertEquals(1, schedule.fixed());
        assertEquals(2, schedule.steps().size());
    }

    @Test
    void reductionsJoinTheLoopOfWhatTheyReduce() {
        Schedule schedule = schedule(Program.trace(List.of(MATRIX), x -> {
            Tensor y = x.getFirst().exp();
            return List.of(y.sum(0), y.max(0), y);
        }));
        assertEquals(1, schedule.steps().size());
        assertEquals(3, schedule.steps().getFirst().writes().size());
    }

    @Test
    void liveBuffersLieApartOrInPlace() {
        Schedule schedule = schedule(Program.trace(MATRIX, x -> {
            Tensor y = x;
            Tensor sum = x.transpose().matmul(x);
            for (int i = 0; i < 10; i++) {
                y = y.matmul(sum).exp();
                sum = sum.add(y.transpose().matmul(x));
            }
            return y;
        }));
        MemoryPlan plan = MemoryPlan.of(schedule, true);
        List<MemoryPlan.Lifetime> lifetimes = MemoryPlan.lifetimes(schedule, true);
        for (var a : lifetimes) {
            for (var b : lifetimes) {
                if (!a.equals(b) && a.meets(b)) {
                    int from = plan.offsets()[a.buffer().id()];
                    int other = plan.offsets()[b.buffer().id()];
                    boolean apart = from + a.buffer().size() <= other
                            || other + b.buffer().size() <= from;
                    boolean inPlace = b.buffer().equals(plan.inPlace().get(a.buffer()))
                            || a.buffer().equals(plan.inPlace().get(b.buffer()));
                    assertTrue(apart || (inPlace && from == other), a + " and " + b);
                }
            }
        }
        assertTrue(plan.floats() < MemoryPlan.of(schedule, false).floats() / 2);
    }

    @Test
    void viewsReshapeWithoutCopyWhereTheyCan() {
        View whole = View.of(new Buffer(0, DType.F32, 24), Shape.of(2, 3, 4));
        View expanded = View.of(new Buffer(0, DType.F32, 2), Shape.of(2, 1, 1)).expand(Shape.of(2, 3, 4));
        assertNotNull(expanded.reshape(Shape.of(2, 12)));
        assertNull(expanded.reshape(Shape.of(24)));
        View columns = new View(whole.buffer(), 0, Shape.of(4, 2, 3), new int[] {1, 12, 4});
        View merged = columns.reshape(Shape.of(4, 6));
        assertNotNull(merged);
        assertEquals(List.of(1, 4), List.of(merged.strides()[0], merged.strides()[1]));
        assertNull(columns.reshape(Shape.of(8, 3)));
        View split = merged.reshape(Shape.of(2, 2, 1, 6));
        assertNotNull(split);
        assertEquals(List.of(2, 1), List.of(split.strides()[0], split.strides()[1]));
    }

    @Test
    void theVerifierNamesABrokenNode() {
        Program program = Program.trace(MATRIX, x -> Tensor.of(new Lying(), x));
        var error = assertThrows(IllegalStateException.class, () -> Verifier.check(program));
        assertTrue(error.getMessage().startsWith("verify: %1 should be F32[2]"), error.getMessage());
    }

    /** A composite that gives another type each time it is asked. */
    private record Lying() implements org.softmin.tensor.Op.Composite {
        private static int asked;

        @Override
        public Tensor decompose(List<Tensor> inputs) {
            return Tensor.zeros(DType.F32, Shape.of(++asked));
        }
    }
}
