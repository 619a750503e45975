package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Decompose;
import org.softmin.tensor.plan.MemoryPlan;
import org.softmin.tensor.plan.Schedule;
import org.softmin.tensor.plan.Simplify;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.Verifier;
import org.softmin.tensor.plan.View;

/** What each pass between a program and a backend keeps. */
@Domain(Generators.class)
class PlanLaws {
    /** Simplifying changes no bit, and never leaves more to compute. */
    @Law
    void simplifiedProgramsGiveTheSameBits(@ForAll Example example) {
        Program simplified = Verifier.check(Simplify.apply(example.program()));
        assertEquals(
                "",
                Bits.difference(
                        example.run(Reference.BACKEND), example.with(simplified).run(Reference.BACKEND)),
                example::toString);
        assertTrue(computing(simplified) <= computing(example.program()), example::toString);
    }

    private static long computing(Program program) {
        return program.nodes().stream()
                .filter(node -> node.op() instanceof Op.Map
                        || node.op() instanceof Op.Reduce
                        || node.op() instanceof Op.MatMul
                        || node.op() instanceof Op.Composite)
                .count();
    }

    /** Simplifying works on special values, too: no rewrite is valid for numbers only. */
    @Law
    void simplificationRespectsSpecialValues(@ForAll Example example) {
        Example special = example.withSpecialValues();
        Program simplified = Simplify.apply(example.program());
        assertEquals(
                "",
                Bits.difference(
                        special.run(Reference.BACKEND), special.with(simplified).run(Reference.BACKEND)),
                special::toString);
    }

    /** Without composites a program means the same, and has none left. */
    @Law
    void decomposedProgramsMeanTheSame(@ForAll Example example) {
        Program primitive = Verifier.check(Decompose.apply(example.program(), composite -> false));
        assertTrue(primitive.nodes().stream().noneMatch(node -> node.op() instanceof Op.Composite));
        assertEquals("", example.outside(example.with(primitive).run(Backends.cpu(Backends.ONE))), example::toString);
    }

    /** Passes keep the interface: inputs, types of outputs, donations. */
    @Law
    void passesKeepTheInterface(@ForAll Example example) {
        Program program = example.program();
        for (Program other : List.of(Simplify.apply(program), Decompose.apply(program, composite -> false))) {
            assertEquals(program.inputs(), other.inputs());
            assertEquals(
                    program.outputs().stream().map(Tensor::type).toList(),
                    other.outputs().stream().map(Tensor::type).toList());
            assertEquals(program.donations(), other.donations());
        }
    }

    /** Each step reads only what is there already and inside its buffer, and each buffer is filled by one step. */
    @Law
    void stepsReadWhatEarlierStepsFilled(@ForAll Example example) {
        for (boolean fuse : new boolean[] {true, false}) {
            Schedule schedule = schedule(example, fuse);
            Set<Buffer> filled = new HashSet<>(schedule.inputs());
            filled.addAll(schedule.constants().keySet());
            for (Step step : schedule.steps()) {
                for (View view : step.reads()) {
                    assertTrue(filled.contains(view.buffer()), () -> step + " reads too early: " + example);
                    assertTrue(isInside(view), () -> step + " reads outside: " + example);
                }
                for (Buffer buffer : step.writes()) {
                    assertTrue(filled.add(buffer), () -> step + " fills a buffer again: " + example);
                }
            }
            assertTrue(filled.containsAll(schedule.outputs()), example::toString);
            assertEquals(schedule.outputs().size(), new HashSet<>(schedule.outputs()).size());
        }
    }

    private static boolean isInside(View view) {
        int last = view.offset();
        for (int i = 0; i < view.shape().rank(); i++) {
            last += (view.shape().dim(i) - 1) * view.strides()[i];
        }
        return view.shape().size() == 0
                || (view.offset() >= 0 && last < view.buffer().size());
    }

    /** Nothing reads an input after the output that takes its place has been written. */
    @Law
    void donatedInputsAreReadBeforeTheyAreOverwritten(@ForAll Example example) {
        Schedule schedule = schedule(example, true);
        List<Program.Donation> donations = schedule.program().donations();
        for (Program.Donation donation : donations) {
            Buffer input = schedule.inputs().get(donation.input());
            Buffer output = schedule.outputs().get(donation.output());
            boolean written = false;
            for (Step step : schedule.steps()) {
                boolean tooLate = written
                        && step.reads().stream().anyMatch(v -> v.buffer().equals(input));
                assertTrue(!tooLate, () -> step + " reads a donated input too late: " + example);
                written |= step.writes().contains(output);
            }
        }
    }

    /** Buffers that are needed at the same time lie apart, or one over the other; without reuse, all lie apart. */
    @Law
    void buffersThatLiveTogetherLieApart(@ForAll Example example) {
        Schedule schedule = schedule(example, true);
        for (boolean reuse : new boolean[] {true, false}) {
            MemoryPlan plan = MemoryPlan.of(schedule, reuse);
            List<Buffer> buffers = schedule.buffers().stream()
                    .filter(buffer -> plan.offsets()[buffer.id()] >= 0 && buffer.size() > 0)
                    .toList();
            for (Buffer a : buffers) {
                int end = plan.offsets()[a.id()] + a.size();
                assertTrue(end <= size(plan, a.dtype()), () -> a + " lies outside its arena: " + example);
                for (Buffer b : buffers) {
                    boolean apart = end <= plan.offsets()[b.id()]
                            || plan.offsets()[b.id()] + b.size() <= plan.offsets()[a.id()];
                    if (a.id() < b.id() && stored(a) == stored(b) && (!reuse || meet(schedule, a, b))) {
                        boolean inPlace = reuse
                                && plan.offsets()[a.id()] == plan.offsets()[b.id()]
                                && (replaces(schedule, a, b) || replaces(schedule, b, a));
                        assertTrue(apart || inPlace, () -> a + " and " + b + " overlap: " + example);
                    }
                }
            }
        }
    }

    /** Whether the last step that reads {@code before} fills {@code after}, having read the same element alone. */
    private static boolean replaces(Schedule schedule, Buffer before, Buffer after) {
        int last = life(schedule, before)[1];
        return before.dtype() == after.dtype()
                && before.size() == after.size()
                && last == life(schedule, after)[0]
                && schedule.steps().get(last) instanceof Step.Fused step
                && step.stores().stream().anyMatch(store -> store.target().equals(after))
                && step.reads().stream().allMatch(view -> !view.buffer().equals(before) || view.isWhole());
    }

    private static DType stored(Buffer buffer) {
        return buffer.dtype() == DType.BOOL ? DType.I32 : buffer.dtype();
    }

    private static int size(MemoryPlan plan, DType dtype) {
        return switch (dtype) {
            case F32 -> plan.floats();
            case F64 -> plan.doubles();
            case I32, BOOL -> plan.ints();
        };
    }

    private static boolean meet(Schedule schedule, Buffer a, Buffer b) {
        int[] p = life(schedule, a);
        int[] q = life(schedule, b);
        return p[0] <= q[1] && q[0] <= p[1];
    }

    /** First step that fills a buffer and last that reads it; what is filled once and read in each run is kept for all. */
    private static int[] life(Schedule schedule, Buffer buffer) {
        int[] life = {Integer.MAX_VALUE, -1};
        for (int s = 0; s < schedule.steps().size(); s++) {
            Step step = schedule.steps().get(s);
            boolean reads = step.reads().stream().anyMatch(view -> view.buffer().equals(buffer));
            if (reads || step.writes().contains(buffer)) {
                life[0] = Math.min(life[0], s);
                life[1] = s;
            }
        }
        boolean constant = schedule.constants().containsKey(buffer);
        if ((constant || life[0] < schedule.fixed()) && life[1] >= schedule.fixed()) {
            return new int[] {0, Integer.MAX_VALUE};
        }
        return constant ? new int[] {0, life[1]} : life;
    }

    private static Schedule schedule(Example example, boolean fuse) {
        return Schedule.of(Simplify.apply(Decompose.apply(example.program(), composite -> false)), fuse);
    }

    // ---- broken passes

    /** A composite that has another type each time it is asked, as after a pass that changed what is below it. */
    private record Fickle(int[] asked) implements Op.Composite {
        @Override
        public Tensor decompose(List<Tensor> inputs) {
            return asked[0]++ == 0 ? inputs.getFirst() : inputs.getFirst().reshape(1, 3);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Fickle f && Arrays.equals(asked, f.asked);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(asked);
        }
    }

    /** A composite that takes its operands at first and then refuses them. */
    private record Grudging(int[] asked) implements Op.Composite {
        @Override
        public Tensor decompose(List<Tensor> inputs) {
            return asked[0]++ == 0 ? inputs.getFirst() : inputs.getFirst().matmul(inputs.getFirst());
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Grudging g && Arrays.equals(asked, g.asked);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(asked);
        }
    }

    @Property(tries = 1)
    void verifierNamesTheNodeThatIsWrong() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(3));
        Program fickle = Program.of(
                List.of(x), List.of(Tensor.of(new Fickle(new int[1]), x).neg()));
        assertMessage("verify: %1 should be F32[1, 3] in\n", () -> Verifier.check(fickle));
        Program grudging = Program.of(
                List.of(x), List.of(Tensor.of(new Grudging(new int[1]), x).neg()));
        assertMessage(
                "verify: %1 has operands that do not fit: matmul: operands are [3] and [3]; both need the same rank of"
                        + " 2 or more, so reshape a vector to one row or column in\n",
                () -> Verifier.check(grudging));
    }

    @Property(tries = 1)
    void rewritingRefusesAnotherType() {
        Program program = Program.trace(new Type(DType.F32, Shape.of(3)), Tensor::exp);
        assertMessage(
                "rewrite: exp F32[3] was replaced by cast F64[3]",
                () -> program.rewrite((node, operands) -> operands.getFirst().cast(DType.F64)));
    }

    private static void assertMessage(String beginning, Runnable mistake) {
        String message = assertThrows(IllegalStateException.class, mistake::run).getMessage();
        assertTrue(message.startsWith(beginning), message);
    }
}
