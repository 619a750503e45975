package org.softmin.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.tensor.plan.Matrices;

/** Every product is compared to the bit with a triple loop of fused multiply-adds. */
@Timeout(300)
class GemmTest {
    /** An element of C and everything around it that a product must leave alone. */
    private static final float UNTOUCHED = -77.25f;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Tiles that all tests warm up together. A class of its own, because there is a Java without vectors. */
    private static final class Tiles {
        static final VectorGemm.Tiles<float[]> F32 = tilesAtOnce(float.class, false);
        static final VectorGemm.Tiles<double[]> F64 = tilesAtOnce(double.class, false);
        static final VectorGemm.Tiles<float[]> NARROW_F32 = tilesAtOnce(float.class, true);
        static final VectorGemm.Tiles<double[]> NARROW_F64 = tilesAtOnce(double.class, true);
    }

    /** How a matrix lies in memory. */
    enum Layout {
        ROWS,
        COLUMNS,
        PADDED_ROWS,
        PADDED_COLUMNS,
        EVERY_THIRD,
        BACKWARDS,
        ONE_ROW_REPEATED;

        Matrix of(int rows, int columns) {
            return switch (this) {
                case ROWS -> new Matrix(rows, columns, 0, columns, 1);
                case COLUMNS -> new Matrix(rows, columns, 0, 1, rows);
                case PADDED_ROWS -> new Matrix(rows, columns, 5, columns + 3, 1);
                case PADDED_COLUMNS -> new Matrix(rows, columns, 7, 1, rows + 2);
                case EVERY_THIRD -> new Matrix(rows, columns, 2, 3 * columns + 1, 3);
                case BACKWARDS -> new Matrix(rows, columns, rows * columns, -columns, -1);
                case ONE_ROW_REPEATED -> new Matrix(rows, columns, 1, 0, 1);
            };
        }
    }

    record Matrix(int rows, int columns, int offset, int row, int column) {
        int at(int i, int j) {
            return offset + i * row + j * column;
        }

        int length() {
            return 8 + offset + Math.max(0, rows * row) + Math.max(0, columns * column);
        }
    }

    /** Sizes, layouts and contents of one product. */
    private static final class Product {
        final Matrix a;
        final Matrix b;
        final Matrix c;
        final float[] aValues;
        final float[] bValues;

        Product(int m, int n, int k, Layout layoutA, Layout layoutB, Random random) {
            a = layoutA.of(m, k);
            b = layoutB.of(k, n);
            c = Layout.PADDED_ROWS.of(m, n);
            aValues = gaussian(random, a);
            bValues = gaussian(random, b);
        }

        /** A · Aᵀ, which is computed by halves. */
        private Product(int m, int k, Layout layoutA, Random random) {
            a = layoutA.of(m, k);
            b = new Matrix(k, m, a.offset, /* row= */ a.column, /* column= */ a.row);
            c = Layout.PADDED_ROWS.of(m, m);
            aValues = gaussian(random, a);
            bValues = aValues;
        }

        /** The same with a B in an array of this length. */
        Product(Product other, int length) {
            a = other.a;
            b = other.b;
            c = other.c;
            aValues = other.aValues;
            bValues = Arrays.copyOf(other.bValues, length);
        }

        static Product symmetric(int m, int k, Layout layoutA, Random random) {
            return new Product(m, k, layoutA, random);
        }

        private static float[] gaussian(Random random, Matrix matrix) {
            float[] values = new float[matrix.length()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return values;
        }

        float[] expectedF32() {
            float[] values = new float[c.length()];
            Arrays.fill(values, UNTOUCHED);
            for (int i = 0; i < c.rows; i++) {
                for (int j = 0; j < c.columns; j++) {
                    float sum = 0;
                    for (int p = 0; p < a.columns; p++) {
                        sum = Math.fma(aValues[a.at(i, p)], bValues[b.at(p, j)], sum);
                    }
                    values[c.at(i, j)] = sum;
                }
            }
            return values;
        }

        double[] expectedF64() {
            double[] values = new double[c.length()];
            Arrays.fill(values, UNTOUCHED);
            for (int i = 0; i < c.rows; i++) {
                for (int j = 0; j < c.columns; j++) {
                    double sum = 0;
                    for (int p = 0; p < a.columns; p++) {
                        sum = Math.fma(third(aValues[a.at(i, p)]), third(bValues[b.at(p, j)]), sum);
                    }
                    values[c.at(i, j)] = sum;
                }
            }
            return values;
        }

        float[] computeF32(Gemm gemm) {
            float[] values = new float[c.length()];
            Arrays.fill(values, UNTOUCHED);
            gemm.multiply(
                    c.rows, c.columns, a.columns, aValues, a.offset, a.row, a.column, bValues, b.offset, b.row,
                    b.column, values, c.offset, c.row);
            return values;
        }

        double[] computeF64(Gemm gemm) {
            double[] values = new double[c.length()];
            Arrays.fill(values, UNTOUCHED);
            double[] thirdsA = thirds(aValues);
            double[] thirdsB = aValues == bValues ? thirdsA : thirds(bValues);
            gemm.multiply(
                    c.rows, c.columns, a.columns, thirdsA, a.offset, a.row, a.column, thirdsB, b.offset, b.row,
                    b.column, values, c.offset, c.row);
            return values;
        }

        /** Doubles each element as soon as it is final: each once, and nothing else. */
        void checkEpilogue(Gemm gemm) {
            float[] expected = expectedF32();
            for (int i = 0; i < c.rows; i++) {
                for (int j = 0; j < c.columns; j++) {
                    expected[c.at(i, j)] *= 2;
                }
            }
            float[] values = new float[c.length()];
            Arrays.fill(values, UNTOUCHED);
            gemm.multiply(
                    c.rows,
                    c.columns,
                    a.columns,
                    aValues,
                    a.offset,
                    a.row,
                    a.column,
                    bValues,
                    b.offset,
                    b.row,
                    b.column,
                    values,
                    c.offset,
                    c.row,
                    (fromRow, toRow, fromColumn, toColumn) -> {
                        for (int i = fromRow; i < toRow; i++) {
                            for (int j = fromColumn; j < toColumn; j++) {
                                values[c.at(i, j)] *= 2;
                            }
                        }
                    });
            assertSameBits(expected, values);
        }

        void check(Gemm gemm) {
            assertSameBits(expectedF32(), computeF32(gemm));
            assertSameBits(expectedF64(), computeF64(gemm));
        }

        private void assertSameBits(float[] expected, float[] actual) {
            for (int i = 0; i < expected.length; i++) {
                if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual[i])) {
                    assertEquals(expected[i], actual[i], "F32 at " + i + " of " + this);
                }
            }
        }

        private void assertSameBits(double[] expected, double[] actual) {
            for (int i = 0; i < expected.length; i++) {
                if (Double.doubleToLongBits(expected[i]) != Double.doubleToLongBits(actual[i])) {
                    assertEquals(expected[i], actual[i], "F64 at " + i + " of " + this);
                }
            }
        }

        @Override
        public String toString() {
            return "A " + a + ", B " + b + ", C " + c;
        }
    }

    /** Doubles that fill their mantissa. */
    private static double third(float value) {
        return value / 3.0;
    }

    private static double[] thirds(float[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = third(values[i]);
        }
        return result;
    }

    /** Sizes around everything that the product is cut into, for both element types. */
    private static int[] columnCounts() {
        TreeSet<Integer> sizes = new TreeSet<>(List.of(0, 1, 2, 3, 37));
        for (int lanes : new int[] {Lanes.F64.length(), Lanes.F32.length()}) {
            sizes.addAll(List.of(lanes - 1, lanes, lanes + 1, 2 * lanes + 3, 4 * lanes - 1, 4 * lanes, 4 * lanes + 1));
        }
        sizes.add(8 * Lanes.F32.length() + 5);
        return sizes.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Vectors from the first call on, which {@link Gemm} itself avoids because they are slow at first. */
    private static Gemm vectorGemm(Workers workers) {
        return new Gemm(
                workers,
                new VectorGemm<>(new ScalarGemmF32(), Tiles.F32, Tiles.NARROW_F32),
                new VectorGemm<>(new ScalarGemmF64(), Tiles.F64, Tiles.NARROW_F64));
    }

    private static <A> VectorGemm.Tiles<A> tilesAtOnce(Class<?> element, boolean narrow) {
        TileCompiler<A> compiler = new TileCompiler<>(element, narrow);
        Map<Integer, TileCompiler.Tile<A>> tiles = new ConcurrentHashMap<>();
        TilePacker<A> packer = new TilePacker<>(element, narrow);
        TilePacker.Packing<A> transposition = packer.transposition();
        TilePacker.Packing<A> copy = packer.rows(VectorGemm.vectors(narrow));
        return new VectorGemm.Tiles<>() {
            @Override
            public int lanes() {
                return compiler.lanes();
            }

            @Override
            public TileCompiler.Tile<A> tile(int rows, int vectors, boolean packed, boolean first, long work) {
                int bRow = packed ? VectorGemm.vectors(narrow) * compiler.lanes() : 0;
                // Found without an allocation: small numbers are boxed once for all.
                Integer index = 16 * rows + 4 * vectors - 4 + (packed ? 1 : 0) + (first ? 2 : 0);
                TileCompiler.Tile<A> tile = tiles.get(index);
                return tile != null
                        ? tile
                        : tiles.computeIfAbsent(index, i -> compiler.compile(rows, vectors, bRow, first));
            }

            @Override
            public TilePacker.Packing<A> transposition(long work) {
                return transposition;
            }

            @Override
            public TilePacker.Packing<A> rows(long work) {
                return copy;
            }
        };
    }

    private static Gemm scalarGemm(Workers workers) {
        return new Gemm(workers, new ScalarGemmF32(), new ScalarGemmF64());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void allSizes(boolean vectors) {
        Random random = new Random(1);
        try (Workers workers = new Workers(1)) {
            Gemm gemm = vectors ? vectorGemm(workers) : scalarGemm(workers);
            for (int m : new int[] {0, 1, 2, 3, 5, 6, 7, 13, 31}) {
                for (int n : columnCounts()) {
                    for (int k : new int[] {0, 1, 2, 3, 17}) {
                        new Product(m, n, k, Layout.ROWS, Layout.ROWS, random).check(gemm);
                        new Product(m, n, k, Layout.COLUMNS, Layout.COLUMNS, random).check(gemm);
                    }
                }
            }
        }
    }

    /** Few columns, where the vectors of B reach beyond its columns but not beyond its array. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void narrow(boolean vectors) {
        Random random = new Random(14);
        try (Workers workers = new Workers(1)) {
            Gemm gemm = vectors ? vectorGemm(workers) : scalarGemm(workers);
            for (int m = 1; m <= 17; m++) {
                for (int n = 1; n <= 17; n++) {
                    for (int k : new int[] {1, 2, 7, 100}) {
                        for (int spare : new int[] {0, 1, 9}) {
                            Product product = new Product(m, n, k, Layout.ROWS, Layout.ROWS, random);
                            new Product(product, k * n + spare).check(gemm);
                        }
                        new Product(m, n, k, Layout.ROWS, Layout.PADDED_ROWS, random).check(gemm);
                        new Product(m, n, k, Layout.COLUMNS, Layout.COLUMNS, random).check(gemm);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void allLayouts(Layout layoutA) {
        Random random = new Random(2);
        int lanes = Lanes.F32.length();
        try (Workers workers = new Workers(1)) {
            for (boolean vectors : new boolean[] {true, false}) {
                Gemm gemm = vectors ? vectorGemm(workers) : scalarGemm(workers);
                for (Layout layoutB : Layout.values()) {
                    for (int m : new int[] {1, 13, 53}) {
                        for (int n : new int[] {1, 10, 6 * lanes + 3}) {
                            for (int k : new int[] {7, 131}) {
                                new Product(m, n, k, layoutA, layoutB, random).check(gemm);
                            }
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, BlockedProduct.MAX_DEPTH, 2 * BlockedProduct.MAX_DEPTH - 1})
    void sumsThatAreCutIntoBlocks(int beyond) {
        Random random = new Random(3);
        int k = BlockedProduct.MAX_DEPTH + beyond;
        try (Workers workers = new Workers(1)) {
            for (boolean vectors : new boolean[] {true, false}) {
                Gemm gemm = vectors ? vectorGemm(workers) : scalarGemm(workers);
                for (Layout layoutA : List.of(Layout.ROWS, Layout.PADDED_COLUMNS, Layout.EVERY_THIRD)) {
                    for (Layout layoutB : List.of(Layout.PADDED_ROWS, Layout.COLUMNS, Layout.EVERY_THIRD)) {
                        for (int m : new int[] {1, 29}) {
                            for (int n : new int[] {2, 11, 5 * Lanes.F32.length()}) {
                                new Product(m, n, k, layoutA, layoutB, random).check(gemm);
                            }
                        }
                    }
                }
            }
        }
    }

    /** More columns than one packed block of B holds, more rows than one unit of work. */
    @ParameterizedTest
    @CsvSource({"ROWS, ROWS", "ROWS, COLUMNS", "COLUMNS, ROWS", "COLUMNS, COLUMNS", "EVERY_THIRD, BACKWARDS"})
    void largeMatrices(Layout layoutA, Layout layoutB) {
        Random random = new Random(4);
        try (Workers workers = new Workers(1)) {
            Gemm gemm = vectorGemm(workers);
            new Product(101, 350, 401, layoutA, layoutB, random).check(gemm);
            new Product(211, 70, 99, layoutA, layoutB, random).check(gemm);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8})
    void threadsDoNotChangeABit(int threads) {
        Random random = new Random(5);
        int[][] sizes = {{70, 66, 64}, {64, 200, 128}, {1, 1024, 300}, {3, 2000, 61}, {4000, 1, 80}, {700, 3, 401}};
        try (Workers workers = new Workers(threads)) {
            for (boolean vectors : new boolean[] {true, false}) {
                Gemm gemm = vectors ? vectorGemm(workers) : scalarGemm(workers);
                for (int[] size : sizes) {
                    assertTrue((long) size[0] * size[1] * size[2] >= BlockedProduct.PARALLEL, Arrays.toString(size));
                    for (Layout layoutA : List.of(Layout.ROWS, Layout.EVERY_THIRD)) {
                        for (Layout layoutB : List.of(Layout.ROWS, Layout.COLUMNS)) {
                            new Product(size[0], size[1], size[2], layoutA, layoutB, random).check(gemm);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void symmetricProducts(int threads) {
        Random random = new Random(11);
        int lanes = Lanes.F32.length();
        try (Workers workers = new Workers(threads)) {
            for (boolean vectors : new boolean[] {true, false}) {
                Gemm gemm = vectors ? vectorGemm(workers) : scalarGemm(workers);
                for (Layout layout : List.of(Layout.ROWS, Layout.COLUMNS, Layout.PADDED_COLUMNS, Layout.EVERY_THIRD)) {
                    for (int m : new int[] {
                        1,
                        2,
                        5,
                        lanes - 1,
                        lanes,
                        lanes + 1,
                        2 * lanes + 3,
                        4 * lanes,
                        4 * lanes + 1,
                        5 * lanes + 1,
                        6 * lanes - 1,
                        9 * lanes + 2,
                        200
                    }) {
                        for (int k : new int[] {1, 33, BlockedProduct.MAX_DEPTH + 3}) {
                            Product product = Product.symmetric(m, k, layout, random);
                            product.check(gemm);
                            product.checkEpilogue(gemm);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void epilogueSeesEachElementOnceWhenItIsFinal(int threads) {
        Random random = new Random(12);
        try (Workers workers = new Workers(threads)) {
            for (boolean vectors : new boolean[] {true, false}) {
                Gemm gemm = vectors ? vectorGemm(workers) : scalarGemm(workers);
                for (int m : new int[] {0, 1, 7, 100, 230}) {
                    for (int n : new int[] {0, 1, 3, 9, 65, 300}) {
                        for (int k : new int[] {0, 1, 40, 2 * BlockedProduct.MAX_DEPTH + 1}) {
                            new Product(m, n, k, Layout.ROWS, Layout.ROWS, random).checkEpilogue(gemm);
                            new Product(m, n, k, Layout.COLUMNS, Layout.COLUMNS, random).checkEpilogue(gemm);
                        }
                    }
                }
            }
        }
    }

    /** Of small and of larger products, with a B for each, one for all, and with As that follow each other or do not. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void batches(int threads) {
        Random random = new Random(13);
        try (Workers workers = new Workers(threads)) {
            for (Gemm gemm : List.of(vectorGemm(workers), scalarGemm(workers))) {
                for (int[] size : new int[][] {{5, 7, 3}, {64, 33, 40}, {1, 20, 9}, {70, 66, 120}, {3, 4, 0}}) {
                    for (int batch : new int[] {0, 1, 2, 19}) {
                        for (int gapA : new int[] {0, 5}) {
                            for (int gapB : new int[] {-1, 0, 5}) {
                                checkBatch(gemm, batch, size[0], size[1], size[2], gapA, gapB, random);
                            }
                        }
                    }
                }
            }
        }
    }

    private static void checkBatch(Gemm gemm, int batch, int m, int n, int k, int gapA, int gapB, Random random) {
        int[] aOffsets = new int[batch];
        int[] bOffsets = new int[batch];
        for (int i = 0; i < batch; i++) {
            aOffsets[i] = i * (m * k + gapA);
            bOffsets[i] = gapB < 0 ? 0 : i * (k * n + gapB);
        }
        float[] a = Product.gaussian(random, new Matrix(batch + 1, m * k + gapA, 3, m * k + gapA, 1));
        float[] b = Product.gaussian(random, new Matrix(batch + 1, k * n + 5, 2, k * n + 5, 1));
        float[] expected = new float[batch * m * n + 2];
        for (int i = 0; i < batch; i++) {
            for (int row = 0; row < m; row++) {
                for (int column = 0; column < n; column++) {
                    float sum = 0;
                    for (int p = 0; p < k; p++) {
                        sum = Math.fma(a[3 + aOffsets[i] + row * k + p], b[2 + bOffsets[i] + p * n + column], sum);
                    }
                    expected[1 + (i * m + row) * n + column] = sum * 2;
                }
            }
        }
        float[] c = new float[expected.length];
        Gemm.Epilogue twice = (fromRow, toRow, fromColumn, toColumn) -> {
            for (int row = fromRow; row < toRow; row++) {
                for (int column = fromColumn; column < toColumn; column++) {
                    c[1 + row * n + column] *= 2;
                }
            }
        };
        gemm.multiplyAll(m, n, k, a, aOffsets, 3, dense(m, k), b, bOffsets, 2, dense(k, n), c, 1, n, twice);
        assertArrayEquals(expected, c, batch + " times " + m + " x " + k + " x " + n);
    }

    private static Matrices dense(int rows, int columns) {
        Matrices.Line one = new Matrices.Line(new int[] {1}, new int[] {0});
        Matrices.Line down = new Matrices.Line(new int[] {rows}, new int[] {columns});
        return new Matrices(one, down, new Matrices.Line(new int[] {columns}, new int[] {1}));
    }

    /** A {@link Gemm} begins in plain Java and goes over to vectors as they get fast: unseen. */
    @Test
    void warmIsAsCold() {
        Random random = new Random(10);
        try (Workers workers = new Workers(1)) {
            Gemm gemm = new Gemm(workers);
            Product product = new Product(36, 128, 300, Layout.ROWS, Layout.ROWS, random);
            float[] expected = product.expectedF32();
            long deadline = System.nanoTime() + 120_000_000_000L;
            boolean fast = false;
            for (int afterwards = 0; afterwards < 10; afterwards += fast ? 1 : 0) {
                product.assertSameBits(expected, product.computeF32(gemm));
                fast = VectorGemm.TILES_F32.tile(Math.min(6, VectorGemm.ROWS), VectorGemm.VECTORS, false, true, 0)
                        != null;
                assertTrue(fast || System.nanoTime() < deadline, "vectors did not get fast");
            }
        }
    }

    @Test
    void specialNumbersGoWhereTheyBelong() {
        Random random = new Random(6);
        float[] special = {
            Float.NaN,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            0f,
            -0f,
            Float.MIN_VALUE,
            -Float.MIN_VALUE,
            Float.MAX_VALUE,
            -Float.MAX_VALUE
        };
        try (Workers workers = new Workers(1)) {
            for (boolean vectors : new boolean[] {true, false}) {
                Gemm gemm = vectors ? vectorGemm(workers) : scalarGemm(workers);
                for (int n : columnCounts()) {
                    for (int round = 0; round < 4; round++) {
                        Product product = new Product(9, n, 5, Layout.PADDED_ROWS, Layout.PADDED_ROWS, random);
                        for (float value : special) {
                            product.aValues[random.nextInt(product.aValues.length)] = value;
                            product.bValues[random.nextInt(product.bValues.length)] = value;
                        }
                        product.check(gemm);
                    }
                }
            }
        }
    }

    /** What a larger product left in the buffers must not be seen by a smaller one. */
    @Test
    void buffersKeepNothing() {
        Random random = new Random(7);
        try (Workers workers = new Workers(1)) {
            Gemm gemm = vectorGemm(workers);
            Product poison = new Product(70, 130, 90, Layout.EVERY_THIRD, Layout.COLUMNS, random);
            Arrays.fill(poison.aValues, Float.NaN);
            poison.computeF32(gemm);
            poison.computeF64(gemm);
            new Product(50, 67, 41, Layout.EVERY_THIRD, Layout.COLUMNS, random).check(gemm);
            new Product(3, 5, 2, Layout.COLUMNS, Layout.ROWS, random).check(gemm);
        }
    }

    @Test
    void emptySumIsZeroAndEmptyResultIsUntouched() {
        try (Workers workers = new Workers(1)) {
            Gemm gemm = vectorGemm(workers);
            float[] c = {1, 2, 3, 4, 5, 6};
            gemm.multiply(2, 2, 0, new float[0], 0, 0, 1, new float[0], 0, 2, 1, c, 0, 3);
            assertArrayEquals(new float[] {0, 0, 3, 0, 0, 6}, c);
            gemm.multiply(0, 2, 3, new float[0], 0, 3, 1, new float[6], 0, 2, 1, c, 0, 3);
            gemm.multiply(2, 0, 3, new float[6], 0, 3, 1, new float[0], 0, 0, 1, c, 0, 3);
            assertArrayEquals(new float[] {0, 0, 3, 0, 0, 6}, c);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void allocatesNothingOnceWarm(boolean vectors) {
        Random random = new Random(8);
        List<Product> products = List.of(
                new Product(13, 70, 40, Layout.ROWS, Layout.COLUMNS, random),
                new Product(32, 33, 34, Layout.COLUMNS, Layout.ROWS, random),
                new Product(32, 33, 34, Layout.EVERY_THIRD, Layout.EVERY_THIRD, random),
                new Product(1, 100, 20, Layout.ROWS, Layout.ROWS, random),
                new Product(100, 1, 20, Layout.ROWS, Layout.ROWS, random),
                new Product(70, 64, 64, Layout.ROWS, Layout.ROWS, random));
        float[] c = new float[100 * 140];
        double[] cF64 = new double[100 * 140];
        List<double[]> thirdsA = new ArrayList<>();
        List<double[]> thirdsB = new ArrayList<>();
        products.forEach(product -> thirdsA.add(thirds(product.aValues)));
        products.forEach(product -> thirdsB.add(thirds(product.bValues)));
        try (Workers workers = new Workers(2)) {
            Gemm gemm = vectors ? vectorGemm(workers) : scalarGemm(workers);
            long deadline = System.nanoTime() + 120_000_000_000L;
            long allocated;
            do {
                long before = THREADS.getCurrentThreadAllocatedBytes();
                for (int round = 0; round < 200; round++) {
                    for (int i = 0; i < products.size(); i++) {
                        Matrix a = products.get(i).a;
                        Matrix b = products.get(i).b;
                        float[] aF32 = products.get(i).aValues;
                        float[] bF32 = products.get(i).bValues;
                        double[] aF64 = thirdsA.get(i);
                        double[] bF64 = thirdsB.get(i);
                        gemm.multiply(
                                a.rows, b.columns, b.rows, aF32, a.offset, a.row, a.column, bF32, b.offset, b.row,
                                b.column, c, 0, 140);
                        gemm.multiply(
                                a.rows, b.columns, b.rows, aF64, a.offset, a.row, a.column, bF64, b.offset, b.row,
                                b.column, cF64, 0, 140);
                    }
                }
                allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
                // Until the vector code is compiled, its vectors are objects.
            } while (allocated > 0 && System.nanoTime() < deadline);
            assertEquals(0, allocated, "bytes in 200 rounds of all products");
        }
    }

    /** Other vector widths, and Java without vectors, each in a Java of its own. */
    @ParameterizedTest
    @CsvSource({
        "-Dsoftmin.vector.bits=512, (512 bit)",
        "-Dsoftmin.vector.bits=256, (256 bit)",
        "-Dsoftmin.vector.bits=128, (128 bit)",
        "'',                        scalar fallback"
    })
    void widthDoesNotChangeABit(String option, String description) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx256m");
        if (!option.isEmpty()) {
            command.addAll(List.of("--add-modules", "jdk.incubator.vector", option));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), GemmTest.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        assertTrue(output.contains(description), output);
        assertTrue(output.contains("bits " + digest(Product::expectedF32, Product::expectedF64)), output);
    }

    /** Prints a digest of the bits of some products; run by {@link #widthDoesNotChangeABit}. */
    public static void main(String[] arguments) {
        System.out.println(VectorModule.describe(2));
        try (Workers workers = new Workers(2)) {
            Gemm gemm = VectorModule.available() ? vectorGemm(workers) : new Gemm(workers);
            System.out.println(
                    "bits " + digest(product -> product.computeF32(gemm), product -> product.computeF64(gemm)));
        }
    }

    private interface ToArray<A> {
        A of(Product product);
    }

    private static long digest(ToArray<float[]> f32, ToArray<double[]> f64) {
        Random random = new Random(9);
        int[][] sizes = {{13, 70, 40}, {7, 33, 401}, {1, 67, 90}, {90, 1, 67}, {70, 70, 70}, {5, 9, 3}};
        long digest = 1;
        for (int[] size : sizes) {
            for (Layout layoutA : List.of(Layout.PADDED_ROWS, Layout.COLUMNS)) {
                for (Layout layoutB : List.of(Layout.ROWS, Layout.COLUMNS)) {
                    Product product = new Product(size[0], size[1], size[2], layoutA, layoutB, random);
                    for (float value : f32.of(product)) {
                        digest = 31 * digest + Float.floatToIntBits(value);
                    }
                    for (double value : f64.of(product)) {
                        digest = 31 * digest + Double.doubleToLongBits(value);
                    }
                }
            }
        }
        return digest;
    }
}
