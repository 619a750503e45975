package org.softmin.tensor.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Function;
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

/** What may be written over an operand and what may not, each with the bits that it has without any reuse. */
final class InPlaceTest {
    /** How many results of the program over two matrices [n, n] lie in place, by n; its bits are checked first. */
    private static int inPlace(int n, Function<List<Tensor>, List<Tensor>> function) {
        Type square = new Type(DType.F32, Shape.of(n, n));
        Program program = Program.trace(List.of(square, square), function);
        List<HostArray> expected = run(program, Options.DEFAULT.withReuse(false).withThreads(1));
        for (int threads = 1; threads <= 3; threads++) {
            for (boolean eager : new boolean[] {false, true}) {
                List<HostArray> actual =
                        run(program, Options.DEFAULT.withThreads(threads).withEager(eager));
                for (int i = 0; i < expected.size(); i++) {
                    for (int e = 0; e < expected.get(i).shape().size(); e++) {
                        assertEquals(expected.get(i).get(e), actual.get(i).get(e), i + " at " + e + " of\n" + program);
                    }
                }
            }
        }
        Schedule schedule = Schedule.of(Simplify.apply(Decompose.apply(program, op -> false)), true);
        return MemoryPlan.of(schedule, true).inPlace().size();
    }

    private static List<HostArray> run(Program program, Options options) {
        List<HostArray> inputs = program.inputs().stream()
                .map(input -> RandomKey.of(5)
                        .derive(input.toString())
                        .normal(input.dtype(), input.shape())
                        .array())
                .toList();
        List<HostArray> outputs = program.outputs().stream()
                .map(output -> HostArray.zeros(output.dtype(), output.shape()))
                .toList();
        try (var executable = Backend.named("cpu", options).compile(program)) {
            executable.run(inputs, outputs);
        }
        return outputs;
    }

    private static int inPlace(Function<List<Tensor>, List<Tensor>> function) {
        int count = inPlace(192, function);
        for (int n : new int[] {33, 130}) {
            assertEquals(count, inPlace(n, function), "n = " + n);
        }
        return count;
    }

    private static Tensor product(List<Tensor> inputs) {
        return inputs.get(0).matmul(inputs.get(1));
    }

    @Test
    void anElementwiseStepIsWrittenOverWhatItReadsLast() {
        assertEquals(1, inPlace(in -> List.of(product(in).exp().matmul(in.get(0))))); // with the blocks of the product
        // row by row: the exponentials, the quotients, and for each row what it is divided by
        assertEquals(3, inPlace(in -> List.of(product(in).softmax(1).matmul(in.get(0)))));
    }

    @Test
    void oneOverTheOther() {
        Type square = new Type(DType.F32, Shape.of(64, 64));
        Program program = Program.trace(List.of(square, square), in -> {
            Tensor y = product(in);
            return List.of(y.softmax(1).softmax(1).matmul(in.get(0)));
        });
        Schedule schedule = Schedule.of(Simplify.apply(Decompose.apply(program, op -> false)), true);
        MemoryPlan plan = MemoryPlan.of(schedule, true);
        assertTrue(plan.floats() < 2 * 64 * 64, schedule.toString());
    }

    @Test
    void oneOperandIsReplacedOnce() {
        assertEquals(1, inPlace(in -> {
            Tensor y = product(in);
            // the second is still computed from y where the first is written over it
            return List.of(y.neg().matmul(in.get(0)), y.exp().add(y).matmul(in.get(1)));
        }));
    }

    @Test
    void whatIsReadLaterStays() {
        assertEquals(0, inPlace(in -> {
            Tensor y = product(in);
            return List.of(y.exp().matmul(in.get(0)).matmul(y));
        }));
    }

    @Test
    void whatIsReadInAnotherOrderStays() {
        assertEquals(0, inPlace(in -> {
            Tensor y = product(in);
            return List.of(y.add(y.transpose()).matmul(in.get(0)));
        }));
    }

    @Test
    void whatTheProductBeforeStillReadsStays() {
        Function<List<Tensor>, List<Tensor>> function = in -> {
            Tensor y = product(in);
            return List.of(y.matmul(in.get(0)).add(y).matmul(in.get(1)));
        };
        assertEquals(1, inPlace(function));
        Type square = new Type(DType.F32, Shape.of(8, 8));
        Schedule schedule = Schedule.of(Simplify.apply(Program.trace(List.of(square, square), function)), true);
        List<Buffer> products = schedule.steps().stream()
                .filter(step -> step instanceof Step.Kernel)
                .flatMap(step -> step.writes().stream())
                .toList();
        // the sum lies over the second product, and not over the first, which is read until the second is done
        assertEquals(
                List.of(products.get(1)),
                List.copyOf(MemoryPlan.of(schedule, true).inPlace().values()));
    }

    @Test
    void whatAnotherStepOfTheSweepReadsInAnotherOrderStays() {
        assertEquals(0, inPlace(in -> {
            Tensor y = product(in);
            Tensor sums = y.transpose().exp().sum(1);
            int n = y.shape().dim(0);
            return List.of(y.mul(sums.reshape(n, 1)).matmul(in.get(0)));
        }));
    }

    @Test
    void outputsAndInputsAreTheCallers() {
        assertEquals(0, inPlace(in -> List.of(product(in).exp())));
        assertEquals(0, inPlace(in -> List.of(in.get(0).exp().matmul(in.get(1)))));
    }
}
