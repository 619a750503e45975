package org.softmin.tensor.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Backend.Options;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

final class SweepTest {
    private static final Type SQUARE = new Type(DType.F32, Shape.of(64, 64));
    private static final Type TALL = new Type(DType.F32, Shape.of(1300, 40));

    private static Schedule schedule(Program program) {
        return Schedule.of(Simplify.apply(Decompose.apply(program, op -> false)), true);
    }

    /** The sweeps of {@code program}, once its results were compared with the reference, by several threads and one. */
    private static List<Sweep> sweeps(Program program) {
        List<HostArray> expected = run(program, Backend.named("reference"));
        for (int threads = 1; threads <= 3; threads++) {
            Backend cpu =
                    Backend.named("cpu", Options.DEFAULT.withThreads(threads).withEager(true));
            List<HostArray> results = run(program, cpu);
            for (int i = 0; i < results.size(); i++) {
                for (int e = 0; e < expected.get(i).shape().size(); e++) {
                    double value = expected.get(i).get(e);
                    assertEquals(value, results.get(i).get(e), 1e-5 * Math.max(1, Math.abs(value)), program.toString());
                }
            }
        }
        return schedule(program).sweeps();
    }

    private static List<HostArray> run(Program program, Backend backend) {
        List<HostArray> inputs = program.inputs().stream()
                .map(input -> RandomKey.of(3)
                        .derive(input.toString())
                        .normal(input.dtype(), input.shape())
                        .eval()
                        .array())
                .toList();
        List<HostArray> outputs = program.outputs().stream()
                .map(output -> HostArray.zeros(output.dtype(), output.shape()))
                .toList();
        try (var executable = backend.compile(program)) {
            executable.run(inputs, outputs);
        }
        return outputs;
    }

    private static List<Sweep> sweeps(Type type, UnaryOperator<Tensor> function) {
        return sweeps(Program.trace(type, function));
    }

    @Test
    void whatStaysWithinRowsIsOneSweep() {
        Function<Type, Schedule> normalized = type -> schedule(Program.trace(type, SweepTest::normalize));
        assertEquals(List.of(new Sweep(0, 4, 64)), sweeps(SQUARE, x -> x.softmax(1)));
        assertEquals(
                List.of(new Sweep(0, normalized.apply(SQUARE).steps().size(), 64)),
                sweeps(SQUARE, SweepTest::normalize));
        // rows of a row of matrices, seen as rows of one
        Type heads = new Type(DType.F32, Shape.of(4, 16, 16));
        assertEquals(List.of(new Sweep(0, 4, 64)), sweeps(heads, x -> x.softmax(2)));
    }

    private static Tensor normalize(Tensor x) {
        Tensor centered = x.sub(x.mean(1).reshape(x.shape().dim(0), 1));
        return centered.div(
                centered.square().mean(1).add(1e-3).sqrt().reshape(x.shape().dim(0), 1));
    }

    @Test
    void whatAnotherRowNeedsComesAfter() {
        // the sums of columns are needed in each row
        assertEquals(List.of(), sweeps(SQUARE, x -> x.exp().div(x.exp().sum(0))));
        // another row of what was just filled
        assertEquals(List.of(), sweeps(SQUARE, x -> x.exp().add(x.exp().transpose())));
        // the largest element of all
        assertEquals(List.of(), sweeps(SQUARE, x -> x.sub(x.max())));
    }

    @Test
    void fewRowsAreNoSweep() {
        assertEquals(List.of(), sweeps(new Type(DType.F32, Shape.of(31, 64)), x -> x.softmax(1)));
        assertEquals(
                1,
                sweeps(new Type(DType.F32, Shape.of(32, 64)), x -> x.softmax(1)).size());
    }

    @Test
    void columnsOfManyRowsAreFoldedOnTheWay() {
        // the sums of columns are taken in the last of the four loops
        assertEquals(List.of(new Sweep(0, 4, 1300)), sweeps(softmaxAndSumsOfColumns(TALL)));
        assertEquals(List.of(new Sweep(0, 3, 64)), sweeps(softmaxAndSumsOfColumns(SQUARE)));
        assertEquals(4, schedule(softmaxAndSumsOfColumns(SQUARE)).steps().size());
    }

    private static Program softmaxAndSumsOfColumns(Type type) {
        return Program.trace(List.of(type), inputs -> {
            Tensor p = inputs.getFirst().softmax(1);
            return List.of(p, p.mul(inputs.getFirst()).sum(0));
        });
    }

    @Test
    void aDonatedInputIsNotOverwrittenBeforeAnotherRowHasReadIt() {
        Program byColumns = Program.trace(List.of(SQUARE), inputs -> {
                    Tensor x = inputs.getFirst();
                    return List.of(x.mul(x.transpose().exp().sum(1).reshape(64, 1)));
                })
                .donate(0, 0);
        assertEquals(List.of(), sweeps(byColumns));
        Program byRows = Program.trace(List.of(SQUARE), inputs -> {
                    Tensor x = inputs.getFirst();
                    return List.of(x.mul(x.exp().sum(1).reshape(64, 1)));
                })
                .donate(0, 0);
        assertEquals(List.of(new Sweep(0, 2, 64)), sweeps(byRows));
    }

    @Test
    void totalsOfColumnsAreReadAfterAllRows() {
        Type square = new Type(DType.F32, Shape.of(1024, 1024)); // as many columns as rows
        assertEquals(List.of(), sweeps(square, x -> {
            Tensor e = x.exp();
            return e.sub(e.mean(0));
        }));
    }

    @Test
    void buffersOfOneSweepLieApartOrInPlace() {
        Schedule schedule =
                schedule(Program.trace(SQUARE, x -> normalize(normalize(x)).softmax(1)));
        Sweep sweep = schedule.sweeps().getFirst();
        MemoryPlan memory = MemoryPlan.of(schedule, true);
        List<Buffer> filled = schedule.steps().subList(sweep.from(), sweep.to()).stream()
                .flatMap(step -> step.writes().stream())
                .filter(buffer -> memory.offsets()[buffer.id()] >= 0)
                .toList();
        assertTrue(filled.size() > 6, schedule.toString());
        for (Buffer one : filled) {
            for (Buffer other : filled) {
                int from = memory.offsets()[one.id()];
                int start = memory.offsets()[other.id()];
                boolean apart = from + one.size() <= start || start + other.size() <= from;
                assertTrue(apart || from == start, one + " and " + other);
            }
        }
    }
}
