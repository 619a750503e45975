package org.softmin.tensor.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Backend.Options;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** Which values are kept for a second loop that needs them, and which are computed there again. */
final class ComputeAgainTest {
    private static final int COLUMNS = 1024;
    private static final int ROWS = Scheduler.LARGE / COLUMNS;

    /** The program of y − mean(y), by columns, where y = {@code function}(x, bias). */
    private static Program centered(int rows, BinaryOperator<Tensor> function) {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(rows, COLUMNS));
        Tensor bias = Tensor.input("bias", DType.F32, Shape.of(COLUMNS));
        Tensor y = function.apply(x, bias);
        return Program.of(List.of(x, bias), List.of(y.sub(y.mean(0)).square()));
    }

    private static Schedule schedule(Program program) {
        return Schedule.of(Simplify.apply(Decompose.apply(program, op -> false)), true);
    }

    /** Bytes of intermediate results, in matrices. */
    private static int kept(Program program) {
        return MemoryPlan.of(schedule(program), false).floats()
                / program.inputs().getFirst().shape().size();
    }

    @Test
    void aLargeCheapValueIsComputedWhereItIsUsed() {
        BinaryOperator<Tensor> layer = (x, bias) -> x.add(bias).relu();
        assertEquals(0, kept(centered(ROWS, layer)));
        assertEquals(1, kept(centered(ROWS - 1, layer)), "what may stay in a cache");
    }

    @Test
    void whatIsDearIsKept() {
        assertEquals(1, kept(centered(ROWS, (x, bias) -> x.exp())));
        assertEquals(0, kept(centered(ROWS, (x, bias) -> times(x, 8))));
        assertEquals(1, kept(centered(ROWS, (x, bias) -> times(x, 9))));
    }

    private static Tensor times(Tensor x, int instructions) {
        Tensor y = x;
        for (int i = 0; i < instructions; i++) {
            y = i % 2 == 0 ? y.neg() : y.sqrt();
        }
        return y;
    }

    @Test
    void oneMatrixIsNotKeptAsTwo() {
        assertEquals(1, kept(centered(ROWS, (x, bias) -> x.mul(x.transpose()))));
    }

    @Test
    void whatIsNoLoopReadsItFromMemory() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(ROWS, COLUMNS));
        Tensor y = x.neg();
        Program program = Program.of(List.of(x), List.of(y.matmul(x), y.add(x.sum(0))));
        assertEquals(1, kept(program));
        assertEquals(
                1,
                schedule(program).steps().stream()
                        .filter(step -> step instanceof Step.Fused fused
                                && fused.code().stream()
                                        .anyMatch(i -> i.op().equals(x.neg().op())))
                        .count());
    }

    @Test
    void theBitsAreThoseOfOneStepForEachOp() {
        Program program = centered(ROWS, (x, bias) -> x.add(bias).relu());
        float[] expected = run(program, Options.DEFAULT.withFuse(false));
        assertArrayEquals(expected, run(program, Options.DEFAULT.withThreads(2)));
        assertArrayEquals(expected, run(program, Options.DEFAULT.withEager(true)));
    }

    private static float[] run(Program program, Options options) {
        List<HostArray> inputs = program.inputs().stream()
                .map(input -> RandomKey.of(7)
                        .derive(input.toString())
                        .normal(input.dtype(), input.shape())
                        .array())
                .toList();
        HostArray output =
                HostArray.zeros(DType.F32, program.outputs().getFirst().shape());
        try (var executable = Backend.named("cpu", options).compile(program)) {
            executable.run(inputs, List.of(output));
        }
        return output.floats();
    }
}
