package org.softmin.tornado.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** Sums are made in the order that the shape gives, to the bit, whichever groups and items are done first. */
class SummationOrderTest {
    private static final EmulatedBackend BACKEND = new EmulatedBackend(Backend.Options.DEFAULT);

    private static float[] random(int size) {
        SplittableRandom random = new SplittableRandom(size);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }

    private static void assertSums(float[] expected, Program program, HostArray... inputs) {
        for (EmulatedBackend backend : List.of(BACKEND, BACKEND.backwards())) {
            assertArrayEquals(
                    expected,
                    backend.compile(program).run(List.of(inputs)).getFirst().toFloats());
        }
    }

    /** Each piece by {@code lanes} items, and the sums of the pieces in order. */
    private static float sum(float[] row, int lanes, int pieces) {
        int length = Math.ceilDiv(row.length, pieces);
        float total = 0;
        for (int from = 0; from < row.length; from += length) {
            float[] piece = Arrays.copyOfRange(row, from, Math.min(from + length, row.length));
            float[] items = new float[lanes];
            for (int i = 0; i < piece.length; i++) {
                items[i % lanes] += piece[i];
            }
            for (int half = lanes / 2; half > 0; half /= 2) {
                for (int i = 0; i < half; i++) {
                    items[i] += items[i + half];
                }
            }
            total = pieces == 1 ? items[0] : total + items[0];
        }
        return total;
    }

    @ParameterizedTest
    @CsvSource({
        // outer, n, inner, lanes, pieces
        "5, 31, 1, 1, 1",
        "5, 32, 1, 32, 1",
        "40, 300, 1, 256, 1",
        "2, 30011, 1, 256, 7",
        "1, 100000, 1, 256, 24",
        "3, 63, 7, 1, 1",
        "1, 1000, 4, 1, 31",
        "600, 1000, 4, 1, 6",
    })
    void rowsAndColumnsAreSummedInTheOrderOfTheirShape(int outer, int n, int inner, int lanes, int pieces) {
        float[] values = random(outer * n * inner);
        float[] expected = new float[outer * inner];
        for (int column = 0; column < expected.length; column++) {
            float[] row = new float[n];
            for (int i = 0; i < n; i++) {
                row[i] = values[(column / inner * n + i) * inner + column % inner];
            }
            expected[column] = sum(row, lanes, pieces);
        }
        Tensor x = Tensor.input("x", DType.F32, Shape.of(outer, n, inner));
        Program program = Program.of(List.of(x), List.of(x.sum(1)));
        assertSums(expected, program, HostArray.of(Shape.of(outer, n, inner), values));
    }

    @Test
    void productsAreSummedAlongTheDepthAndADeepOneInPieces() {
        for (int depth : new int[] {100, 5003}) {
            int m = 17;
            int n = 19;
            int length = depth == 100 ? 100 : 1264; // a fourth, rounded up to whole slices
            float[] a = random(m * depth);
            float[] b = random(depth * n);
            float[] expected = new float[m * n];
            for (int i = 0; i < expected.length; i++) {
                for (int from = 0; from < depth; from += length) {
                    float piece = 0;
                    for (int k = from; k < Math.min(from + length, depth); k++) {
                        piece += a[i / n * depth + k] * b[k * n + i % n];
                    }
                    expected[i] += piece;
                }
            }
            Tensor x = Tensor.input("x", DType.F32, Shape.of(m, depth));
            Tensor y = Tensor.input("y", DType.F32, Shape.of(depth, n));
            Program program = Program.of(List.of(x, y), List.of(x.matmul(y)));
            assertSums(expected, program, HostArray.of(Shape.of(m, depth), a), HostArray.of(Shape.of(depth, n), b));
        }
    }
}
