package org.softmin.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.softmin.tensor.Backend.Options;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** Blocks of rows through several steps: the bits of step by step, for every new input. */
class RowSweepTest {
    private static final CpuBackend STEPWISE = new CpuBackend(Options.DEFAULT.withThreads(1)); // interpreted at first

    private static List<HostArray> run(Executable executable, HostArray x) {
        List<HostArray> results = executable.program().outputs().stream()
                .map(output -> HostArray.zeros(output.dtype(), output.shape()))
                .toList();
        executable.run(List.of(x), results);
        return results;
    }

    private static HostArray random(Shape shape, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() + seed;
        }
        return HostArray.of(shape, values);
    }

    private static void check(Shape shape, Function<Tensor, List<Tensor>> results) {
        Tensor x = Tensor.input("x", DType.F32, shape);
        Program program = Program.of(List.of(x), results.apply(x));
        for (int threads = 1; threads <= 3; threads++) {
            try (var sweeping =
                    new CpuBackend(Options.DEFAULT.withThreads(threads).withEager(true)).compile(program)) {
                assertTrue(sweeping.explain().contains("row by row"), sweeping::explain);
                for (int seed = 1; seed <= 2; seed++) {
                    HostArray input = random(shape, seed);
                    List<HostArray> got = run(sweeping, input);
                    try (var stepwise = STEPWISE.compile(program)) {
                        List<HostArray> want = run(stepwise, input);
                        for (int j = 0; j < want.size(); j++) {
                            assertArrayEquals(want.get(j).floats(), got.get(j).floats());
                        }
                    }
                }
            }
        }
    }

    /** Columns of each matrix are added up in chunks of rows, and what is left of these before the next step reads it. */
    @ParameterizedTest
    @CsvSource({"40, 300, 24", "40, 129, 100", "33, 260, 17", "32, 130, 2049"})
    void columnsOfEachMatrix(int matrices, int rows, int columns) {
        check(Shape.of(matrices, rows, columns), x -> {
            Tensor centred = x.sub(x.mean(1).reshape(matrices, 1, columns));
            return List.of(centred, centred.square().mean(1));
        });
    }

    /** Rows so long that they are added up in chunks, beside the columns of all rows. */
    @ParameterizedTest
    @CsvSource({"1024, 2100", "1100, 700", "1030, 8200"})
    void rowsAndColumns(int rows, int columns) {
        check(Shape.of(rows, columns), x -> List.of(x.max(0), x.min(0), x.sum(0), x.logSumExp(1), x.sum(1)));
    }

    /** What every row leaves is one number, and these numbers are worked on as well. */
    @Test
    void numbersOfRows() {
        check(Shape.of(100, 77), x -> {
            Tensor scale = x.square().sum(1).sqrt().add(1);
            return List.of(x.div(scale.reshape(100, 1)), scale);
        });
    }
}
