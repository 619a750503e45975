package org.softmin.tensor.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.ejml.concurrency.EjmlConcurrency;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

class LinearAlgebraTest {
    private static final double INF = Double.POSITIVE_INFINITY;

    // ---- symmetric eigendecomposition ----

    @Test
    void eigenOfAKnownMatrix() {
        LinearAlgebra.Eigen eigen = LinearAlgebra.symmetricEigen(matrix(2, 2, 2, 1, 1, 2));
        double r = Math.sqrt(0.5);
        assertArrayEquals(new double[] {3, 1}, eigen.values().toDoubles(), 1e-14);
        assertArrayEquals(new double[] {r, r, r, -r}, eigen.vectors().toDoubles(), 1e-14);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 40, 200})
    void eigenReconstructs(int n) {
        HostArray a = random(n, n, n);
        HostArray symmetric = multiply(a, transpose(a));
        for (HostArray m : List.of(symmetric, scale(symmetric, -1))) {
            LinearAlgebra.Eigen eigen = LinearAlgebra.symmetricEigen(m);
            HostArray v = eigen.vectors();
            assertOrthonormalColumns(v);
            assertDescending(eigen.values());
            assertClose(m, multiply(scaleColumns(v, eigen.values()), transpose(v)), 1e-13 * n * norm(m));
        }
    }

    @Test
    void eigenOfRepeatedAndZeroValues() {
        LinearAlgebra.Eigen eigen = LinearAlgebra.symmetricEigen(identity(5));
        assertArrayEquals(new double[] {1, 1, 1, 1, 1}, eigen.values().toDoubles(), 1e-15);
        assertOrthonormalColumns(eigen.vectors());
        assertArrayEquals(
                new double[3],
                LinearAlgebra.symmetricEigen(matrix(3, 3, new double[9]))
                        .values()
                        .toDoubles());
    }

    /** Of a matrix that is large enough to be iterated, and whose eigenvectors are known. */
    @Test
    void largestEigenOfAKnownMatrix() {
        int n = 1030;
        int count = 20;
        HostArray a = fallingOff(n);
        LinearAlgebra.Eigen found = LinearAlgebra.largestEigen(a, count);
        assertTrue(SubspaceIteration.largest(a, count, 1e-10).isPresent(), "it is iterated");
        assertEquals(Shape.of(n, count), found.vectors().shape());
        assertOrthonormalColumns(found.vectors());
        for (int j = 0; j < count; j++) {
            assertEquals(eigenvalue(j), found.values().get(j), 1e-13, "value " + j);
            // A vector is as exact as the residual is small beside the distance of the eigenvalues.
            double tolerance = 2e-10 / (eigenvalue(j) - eigenvalue(j + 1));
            for (int i = 0; i < n; i++) {
                // Column j of I − 2uuᵀ, in which the largest component is the one on the diagonal.
                double expected = (i == j ? 1 : 0) - 2.0 / n;
                assertEquals(expected, found.vectors().get(i * count + j), tolerance, i + " of vector " + j);
            }
        }
        LinearAlgebra.Eigen direct = LinearAlgebra.largestEigen(matrix(2, 2, 2, 1, 1, 2), 1);
        assertArrayEquals(new double[] {3}, direct.values().toDoubles(), 1e-14);
        assertArrayEquals(
                new double[] {Math.sqrt(0.5), Math.sqrt(0.5)}, direct.vectors().toDoubles(), 1e-14);
        for (int wrong : new int[] {0, n + 1}) {
            assertMessage(
                    "largest eigen: " + wrong + " of 1030; use 1 to 1030",
                    assertThrows(IllegalArgumentException.class, () -> LinearAlgebra.largestEigen(a, wrong)));
        }
    }

    /** Where iteration is no way to them, nothing is found, and nothing wrong. */
    @Test
    void iterationGivesUp() {
        int n = 60;
        HostArray flat = multiply(random(n, n, 1), transpose(random(n, n, 1)));
        assertTrue(SubspaceIteration.largest(flat, 4, 0).isEmpty(), "nothing is exact");
        HostArray thin = multiply(random(n, 3, 1), transpose(random(n, 3, 1)));
        assertTrue(SubspaceIteration.largest(thin, 4, 1e-10).isEmpty(), "rank 3");
        assertTrue(SubspaceIteration.largest(scale(fallingOff(n), -1), 4, 1e-10).isEmpty(), "negative");
        assertTrue(SubspaceIteration.largest(fallingOff(n), 4, 1e-10).isPresent());
    }

    private static double eigenvalue(int j) {
        return 1 / ((j + 1.0) * (j + 1.0));
    }

    /** H D H with H = I − 2uuᵀ, u of equal components, and the eigenvalues on the diagonal of D. */
    private static HostArray fallingOff(int n) {
        HostArray a = HostArray.zeros(DType.F64, Shape.of(n, n));
        double mean = 0;
        for (int j = 0; j < n; j++) {
            mean += eigenvalue(j) / n;
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double own = i == j ? eigenvalue(j) : 0;
                a.set(i * n + j, own - 2 * (eigenvalue(i) + eigenvalue(j)) / n + 4 * mean / n);
            }
        }
        return a;
    }

    @Test
    void asymmetryBeyondRoundingIsRefused() {
        assertMessage(
                "symmetric eigen: the matrix is not symmetric: [0, 1] is 2.0 and [1, 0] is 2.1",
                assertThrows(
                        IllegalArgumentException.class,
                        () -> LinearAlgebra.symmetricEigen(matrix(2, 2, 1, 2, 2.1, 1))));
        assertThrows(IllegalArgumentException.class, () -> LinearAlgebra.symmetricEigen(matrix(2, 2, 1, 2.1, 2, 1)));
        HostArray rounded = matrix(2, 2, 1, 2, Math.nextUp(2.0), 1);
        assertEquals(3, LinearAlgebra.symmetricEigen(rounded).values().get(0), 1e-14);
    }

    // ---- singular values ----

    @Test
    void svdOfAKnownMatrix() {
        HostArray a = matrix(3, 2, 0, 0, 3, 0, 0, -2);
        LinearAlgebra.Svd svd = LinearAlgebra.svd(a);
        assertArrayEquals(new double[] {3, 2}, svd.s().toDoubles(), 1e-14);
        assertEquals(Shape.of(3, 2), svd.u().shape());
        assertEquals(Shape.of(2, 2), svd.v().shape());
        assertReconstructs(a, svd);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,5", "5,1", "2,3", "3,2", "17,4", "4,17", "30,30", "300,20", "20,300"})
    void svdReconstructs(int m, int n) {
        HostArray a = random(m, n, m * 31 + n);
        LinearAlgebra.Svd svd = LinearAlgebra.svd(a);
        assertReconstructs(a, svd);
        assertArrayEquals(svd.s().toDoubles(), LinearAlgebra.singularValues(a).toDoubles(), 1e-12 * norm(a));
    }

    @Test
    void svdOfARankDeficientMatrix() {
        HostArray a = multiply(random(20, 3, 1), random(3, 8, 2));
        LinearAlgebra.Svd svd = LinearAlgebra.svd(a);
        assertReconstructs(a, svd);
        assertTrue(svd.s().get(2) > 0.1);
        assertEquals(0, svd.s().get(3), 1e-13);
        HostArray zero = matrix(4, 3, new double[12]);
        assertReconstructs(zero, LinearAlgebra.svd(zero));
        assertArrayEquals(new double[3], LinearAlgebra.singularValues(zero).toDoubles());
    }

    @Test
    void singularValuesOfVeryLargeAndSmallNumbers() {
        for (double scale : new double[] {1e-150, 1e150}) {
            double[] s = LinearAlgebra.singularValues(matrix(2, 2, 3 * scale, 0, 4 * scale, 5 * scale))
                    .toDoubles();
            // By hand: the eigenvalues of AᵀA = [[25, 20], [20, 25]] are 45 and 5.
            assertEquals(Math.sqrt(45), s[0] / scale, 1e-13);
            assertEquals(Math.sqrt(5), s[1] / scale, 1e-13);
        }
    }

    // ---- least squares ----

    @Test
    void leastSquaresFitsALine() {
        HostArray a = matrix(4, 2, 1, 0, 1, 1, 1, 2, 1, 3);
        // The line through (0, 1), (1, 3), (2, 4), (3, 4) by the textbook formulas: slope 1, intercept 1.5.
        HostArray b = HostArray.of(Shape.of(4), new double[] {1, 3, 4, 4});
        HostArray x = LinearAlgebra.leastSquares(a, b);
        assertEquals(Shape.of(2), x.shape());
        assertArrayEquals(new double[] {1.5, 1}, x.toDoubles(), 1e-14);
    }

    @Test
    void leastSquaresLeavesAResidualOrthogonalToTheColumns() {
        for (int rank : new int[] {3, 8}) {
            HostArray a = multiply(random(20, rank, 1), random(rank, 8, 2));
            HostArray b = random(20, 5, 3);
            HostArray x = LinearAlgebra.leastSquares(a, b);
            assertEquals(Shape.of(8, 5), x.shape());
            HostArray residual = subtract(multiply(a, x), b);
            assertClose(matrix(8, 5, new double[40]), multiply(transpose(a), residual), 1e-11);
        }
    }

    @Test
    void leastSquaresTakesTheSmallestSolution() {
        HostArray rowOfOnes = matrix(1, 2, 1, 1);
        assertArrayEquals(
                new double[] {1, 1},
                LinearAlgebra.leastSquares(rowOfOnes, HostArray.of(Shape.of(1), new double[] {2}))
                        .toDoubles(),
                1e-14);
        HostArray twice = matrix(3, 2, 1, 0, 1, 0, 1, 0);
        assertArrayEquals(
                new double[] {2, 0},
                LinearAlgebra.leastSquares(twice, HostArray.of(Shape.of(3), new double[] {1, 2, 3}))
                        .toDoubles(),
                1e-14);
        HostArray zero = matrix(2, 2, new double[4]);
        assertArrayEquals(
                new double[4], LinearAlgebra.leastSquares(zero, identity(2)).toDoubles());
    }

    @Test
    void zeroIsJudgedByThePrecisionOfTheInput() {
        HostArray f64 = matrix(2, 2, 1, 0, 0, 1e-8);
        HostArray f32 = HostArray.of(DType.F32, Shape.of(2, 2), 1, 0, 0, 1e-8);
        HostArray b = HostArray.of(Shape.of(2), new double[] {1, 1});
        assertEquals(1e8, LinearAlgebra.leastSquares(f64, b).get(1), 1);
        assertEquals(0, LinearAlgebra.leastSquares(f32, b).get(1));
        assertThrows(ArithmeticException.class, () -> LinearAlgebra.solve(f32, b));
        assertThrows(ArithmeticException.class, () -> LinearAlgebra.solve(matrix(2, 2, 1, 1, 1, 1 + 1e-16), b));
    }

    @Test
    void ridgeSolvesTheRegularisedNormalEquations() {
        HostArray ones = matrix(2, 1, 1, 1);
        HostArray b = HostArray.of(Shape.of(2), new double[] {1, 3});
        assertArrayEquals(new double[] {1}, LinearAlgebra.ridge(ones, b, 2).toDoubles(), 1e-14);

        HostArray a = random(30, 6, 1);
        HostArray right = random(30, 2, 2);
        HostArray gram = multiply(transpose(a), a);
        for (int i = 0; i < 6; i++) {
            gram.set(7 * i, gram.get(7 * i) + 0.7);
        }
        HostArray expected = LinearAlgebra.solvePositiveDefinite(gram, multiply(transpose(a), right));
        assertClose(expected, LinearAlgebra.ridge(a, right, 0.7), 1e-12);
        assertClose(LinearAlgebra.leastSquares(a, right), LinearAlgebra.ridge(a, right, 0), 0);
        for (double lambda : new double[] {-1, Double.NaN, INF}) {
            assertThrows(IllegalArgumentException.class, () -> LinearAlgebra.ridge(a, right, lambda));
        }
    }

    // ---- regular and definite matrices ----

    @Test
    void choleskyOfKnownMatrices() {
        assertArrayEquals(
                new double[] {2, 0, 1, Math.sqrt(2)},
                LinearAlgebra.cholesky(matrix(2, 2, 4, 2, 2, 3)).toDoubles(),
                1e-15);
        assertEquals(1e-20, LinearAlgebra.cholesky(matrix(1, 1, 1e-40)).get(0), 1e-34);
    }

    @Test
    void choleskyReconstructsAndSolves() {
        HostArray a = random(12, 10, 1);
        HostArray definite = multiply(transpose(a), a);
        HostArray l = LinearAlgebra.cholesky(definite);
        assertClose(definite, multiply(l, transpose(l)), 1e-12);
        for (int k : new int[] {1, 4}) {
            HostArray x = random(10, k, 2);
            assertClose(x, LinearAlgebra.solvePositiveDefinite(definite, multiply(definite, x)), 1e-10);
        }
    }

    @Test
    void notPositiveDefiniteIsRefused() {
        HostArray rankOne = multiply(random(6, 1, 1), transpose(random(6, 1, 1)));
        for (HostArray a : List.of(
                matrix(2, 2, 1, 2, 2, 1),
                matrix(1, 1, 0.0),
                matrix(1, 1, -4),
                matrix(2, 2, 1, 1, 1, 1),
                matrix(2, 2, 1, 1, 1, Math.nextUp(1.0)),
                rankOne)) {
            ArithmeticException e = assertThrows(ArithmeticException.class, () -> LinearAlgebra.cholesky(a));
            assertMessage("cholesky: the matrix " + a.shape() + " is not positive definite", e);
        }
        assertThrows(
                ArithmeticException.class,
                () -> LinearAlgebra.solvePositiveDefinite(rankOne, HostArray.zeros(DType.F64, Shape.of(6))));
    }

    @Test
    void solveInvertsTheProduct() {
        for (int n : new int[] {1, 2, 9, 50}) {
            HostArray a = random(n, n, n);
            HostArray x = random(n, 3, 7);
            assertClose(x, LinearAlgebra.solve(a, multiply(a, x)), 1e-10);
        }
        HostArray needsPivoting = matrix(2, 2, 0, 1, 1, 0);
        assertArrayEquals(
                new double[] {5, 4},
                LinearAlgebra.solve(needsPivoting, HostArray.of(Shape.of(2), new double[] {4, 5}))
                        .toDoubles());
    }

    @Test
    void singularMatrixIsNotSolved() {
        HostArray b = HostArray.of(Shape.of(2), new double[] {1, 1});
        for (HostArray a : List.of(matrix(2, 2, 1, 2, 2, 4), matrix(2, 2, 0, 0, 0, 0), matrix(2, 2, 1, 0, 0, 0))) {
            ArithmeticException e = assertThrows(ArithmeticException.class, () -> LinearAlgebra.solve(a, b));
            assertMessage("solve: the matrix [2, 2] is singular to working precision", e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1 2 3 4, -2",
        "0 1 1 0, -1",
        "0 1 0 0 0 1 1 0 0, 1",
        "0 1 0 1 0 0 0 0 1, -1",
        "1 2 2 4, 0",
        "0 0 0 0, 0",
        "-7, -7",
        "1 0.5 0.3333333333333333 0.5 0.3333333333333333 0.25 0.3333333333333333 0.25 0.2, 4.62962962962963e-4"
    })
    void determinantOfKnownMatrices(String elements, double expected) {
        double[] values = Arrays.stream(elements.split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
        int n = (int) Math.sqrt(values.length);
        HostArray a = matrix(n, n, values);
        assertEquals(expected, LinearAlgebra.determinant(a), 1e-15);
        LinearAlgebra.LogDeterminant log = LinearAlgebra.logDeterminant(a);
        assertEquals((int) Math.signum(expected), log.sign());
        assertEquals(Math.log(Math.abs(expected)), log.logAbs(), 1e-12);
    }

    @Test
    void logDeterminantDoesNotUnderflow() {
        HostArray a = scale(identity(200), -1e-3);
        assertEquals(0, LinearAlgebra.determinant(a));
        LinearAlgebra.LogDeterminant log = LinearAlgebra.logDeterminant(a);
        assertEquals(1, log.sign());
        assertEquals(200 * Math.log(1e-3), log.logAbs(), 1e-9);
    }

    // ---- square root ----

    @Test
    void squareRootOfAKnownMatrix() {
        // [[2, 1], [1, 2]]² = [[5, 4], [4, 5]]
        assertArrayEquals(
                new double[] {2, 1, 1, 2},
                LinearAlgebra.squareRoot(matrix(2, 2, 5, 4, 4, 5)).toDoubles(),
                1e-14);
    }

    @Test
    void squareRootOfARankDeficientCovariance() {
        HostArray samples = random(5, 30, 1); // n < d
        HostArray covariance = multiply(transpose(samples), samples);
        HostArray root = LinearAlgebra.squareRoot(covariance);
        assertClose(covariance, multiply(root, root), 1e-12);
        assertClose(root, transpose(root), 1e-14);
        HostArray single = HostArray.of(DType.F32, covariance.shape(), covariance.toDoubles());
        assertClose(root, LinearAlgebra.squareRoot(single), 1e-2);
        assertClose(identity(3), LinearAlgebra.squareRoot(identity(3)), 1e-15);
        HostArray zero = matrix(2, 2, new double[4]);
        assertClose(zero, LinearAlgebra.squareRoot(zero), 0);
    }

    @Test
    void squareRootOfAnIndefiniteMatrixIsRefused() {
        ArithmeticException e =
                assertThrows(ArithmeticException.class, () -> LinearAlgebra.squareRoot(matrix(2, 2, 1, 0, 0, -1e-3)));
        assertMessage("square root: the matrix [2, 2] has the eigenvalue -0.001; it must be positive semi-definite", e);
    }

    // ---- what is refused everywhere ----

    @Test
    void notAMatrixIsRefused() {
        List<Function<HostArray, Object>> all = List.of(
                LinearAlgebra::symmetricEigen,
                LinearAlgebra::svd,
                LinearAlgebra::singularValues,
                LinearAlgebra::cholesky,
                LinearAlgebra::determinant,
                LinearAlgebra::logDeterminant,
                LinearAlgebra::squareRoot);
        for (Function<HostArray, Object> op : all) {
            for (HostArray bad : List.of(
                    HostArray.zeros(DType.F64, Shape.SCALAR),
                    HostArray.zeros(DType.F64, Shape.of(4)),
                    HostArray.zeros(DType.F64, Shape.of(2, 2, 2)),
                    HostArray.zeros(DType.F64, Shape.of(0, 0)),
                    HostArray.zeros(DType.F64, Shape.of(0, 3)),
                    HostArray.zeros(DType.I32, Shape.of(2, 2)))) {
                IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> op.apply(bad));
                assertMessage(": expected a matrix of F32 or F64 with elements, found " + bad, e);
            }
            for (double value : new double[] {Double.NaN, INF, -INF}) {
                IllegalArgumentException e =
                        assertThrows(IllegalArgumentException.class, () -> op.apply(matrix(2, 2, 1, value, value, 1)));
                assertMessage(": element [0, 1] of [2, 2] is " + value + "; elements must be finite", e);
            }
        }
        List<Function<HostArray, Object>> square = List.of(
                LinearAlgebra::symmetricEigen,
                LinearAlgebra::cholesky,
                LinearAlgebra::determinant,
                LinearAlgebra::logDeterminant,
                LinearAlgebra::squareRoot,
                a -> LinearAlgebra.solve(a, a),
                a -> LinearAlgebra.solvePositiveDefinite(a, a));
        for (Function<HostArray, Object> op : square) {
            assertMessage(
                    ": expected a square matrix, found [2, 3]",
                    assertThrows(IllegalArgumentException.class, () -> op.apply(random(2, 3, 1))));
        }
    }

    @Test
    void rightSideThatDoesNotFitIsRefused() {
        List<BiFunction<HostArray, HostArray, Object>> all = List.of(
                LinearAlgebra::solve,
                LinearAlgebra::solvePositiveDefinite,
                LinearAlgebra::leastSquares,
                (a, b) -> LinearAlgebra.ridge(a, b, 1));
        for (BiFunction<HostArray, HostArray, Object> op : all) {
            for (HostArray bad : List.of(
                    HostArray.zeros(DType.F64, Shape.of(3)),
                    HostArray.zeros(DType.F64, Shape.of(3, 2)),
                    HostArray.zeros(DType.F64, Shape.of(2, 0)),
                    HostArray.zeros(DType.F64, Shape.SCALAR),
                    HostArray.zeros(DType.I32, Shape.of(2)))) {
                IllegalArgumentException e =
                        assertThrows(IllegalArgumentException.class, () -> op.apply(identity(2), bad));
                assertMessage("the right side of [2, 2] must be F32 or F64 [2] or [2, k], found " + bad, e);
            }
            HostArray nan = HostArray.of(Shape.of(2), new double[] {1, Double.NaN});
            assertMessage(
                    ": element [1, 0] of [2] is NaN",
                    assertThrows(IllegalArgumentException.class, () -> op.apply(identity(2), nan)));
        }
    }

    // ---- properties of the package ----

    @Test
    void sameBitsOnOneThreadAndOnMany() {
        HostArray a = random(300, 120, 1);
        HostArray gram = multiply(transpose(a), a);
        HostArray b = random(120, 90, 2);
        int threads = EjmlConcurrency.getMaxThreads();
        try {
            EjmlConcurrency.setMaxThreads(1);
            double[][] one = everything(a, gram, b);
            EjmlConcurrency.setMaxThreads(4);
            double[][] four = everything(a, gram, b);
            for (int i = 0; i < one.length; i++) {
                assertArrayEquals(one[i], four[i]);
            }
        } finally {
            EjmlConcurrency.setMaxThreads(threads);
        }
    }

    private static double[][] everything(HostArray a, HostArray gram, HostArray b) {
        return new double[][] {
            LinearAlgebra.symmetricEigen(gram).vectors().toDoubles(),
            LinearAlgebra.svd(a).u().toDoubles(),
            LinearAlgebra.svd(transpose(a)).u().toDoubles(),
            LinearAlgebra.singularValues(a).toDoubles(),
            LinearAlgebra.cholesky(gram).toDoubles(),
            LinearAlgebra.solve(gram, b).toDoubles(),
            LinearAlgebra.leastSquares(gram, b).toDoubles(),
            {LinearAlgebra.logDeterminant(gram).logAbs()}
        };
    }

    @Test
    void argumentsAreLeftAlone() {
        HostArray a = matrix(2, 2, 4, 2, 2, 3);
        HostArray b = matrix(2, 2, 1, 2, 3, 4);
        everything(a, a, b);
        LinearAlgebra.solvePositiveDefinite(a, b);
        LinearAlgebra.squareRoot(a);
        assertArrayEquals(new double[] {4, 2, 2, 3}, a.toDoubles());
        assertArrayEquals(new double[] {1, 2, 3, 4}, b.toDoubles());
    }

    @Test
    void partsOfArraysAndSinglePrecisionAreRead() {
        HostArray part = HostArray.wrap(Shape.of(2, 2), new float[] {9, 9, 4, 2, 2, 3, 9}, 2);
        assertEquals(8, LinearAlgebra.determinant(part), 1e-14);
        assertEquals(DType.F64, LinearAlgebra.cholesky(part).dtype());
    }

    @Test
    void withoutEjmlTheErrorSaysWhatToAdd() throws Exception {
        URL classes = LinearAlgebra.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader bare = new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
            Class<?> shape = bare.loadClass(Shape.class.getName());
            Class<?> array = bare.loadClass(HostArray.class.getName());
            Object two = shape.getMethod("of", int[].class).invoke(null, new int[] {2, 2});
            Object identity = array.getMethod("of", shape, double[].class).invoke(null, two, new double[] {1, 0, 0, 1});
            Class<?> algebra = bare.loadClass(LinearAlgebra.class.getName());
            for (String op : List.of(
                    "symmetricEigen",
                    "svd",
                    "singularValues",
                    "cholesky",
                    "determinant",
                    "logDeterminant",
                    "squareRoot")) {
                InvocationTargetException thrown = assertThrows(
                        InvocationTargetException.class,
                        () -> algebra.getMethod(op, array).invoke(null, identity));
                assertMessage(
                        "add org.ejml:ejml-ddense:0.46.1",
                        assertInstanceOf(IllegalStateException.class, thrown.getCause()));
            }
        }
    }

    // ---- helpers ----

    private static void assertMessage(String part, Throwable e) {
        assertTrue(
                String.valueOf(e.getMessage()).contains(part), () -> "<" + e.getMessage() + "> has no <" + part + ">");
    }

    private static void assertReconstructs(HostArray a, LinearAlgebra.Svd svd) {
        assertDescending(svd.s());
        assertTrue(svd.s().get(svd.s().size() - 1) >= 0);
        assertOrthonormalColumns(svd.u());
        assertOrthonormalColumns(svd.v());
        assertClose(a, multiply(scaleColumns(svd.u(), svd.s()), transpose(svd.v())), 1e-13 * (1 + norm(a)));
    }

    private static void assertOrthonormalColumns(HostArray v) {
        assertClose(
                identity(v.shape().dim(1)),
                multiply(transpose(v), v),
                1e-13 * v.shape().dim(0));
    }

    private static void assertDescending(HostArray values) {
        for (int i = 1; i < values.size(); i++) {
            assertTrue(values.get(i - 1) >= values.get(i));
        }
    }

    private static void assertClose(HostArray expected, HostArray actual, double tolerance) {
        assertEquals(expected.shape(), actual.shape());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i), actual.get(i), tolerance);
        }
    }

    private static HostArray matrix(int rows, int columns, double... values) {
        return HostArray.of(DType.F64, Shape.of(rows, columns), values);
    }

    private static HostArray identity(int n) {
        HostArray result = HostArray.zeros(DType.F64, Shape.of(n, n));
        for (int i = 0; i < n; i++) {
            result.set(i * n + i, 1);
        }
        return result;
    }

    private static HostArray random(int rows, int columns, long seed) {
        Random random = new Random(seed);
        HostArray result = HostArray.zeros(DType.F64, Shape.of(rows, columns));
        for (int i = 0; i < result.size(); i++) {
            result.set(i, random.nextGaussian());
        }
        return result;
    }

    private static HostArray transpose(HostArray a) {
        int m = a.shape().dim(0);
        int n = a.shape().dim(1);
        HostArray result = HostArray.zeros(DType.F64, Shape.of(n, m));
        for (int i = 0; i < m * n; i++) {
            result.set(i % n * m + i / n, a.get(i));
        }
        return result;
    }

    private static HostArray multiply(HostArray a, HostArray b) {
        int m = a.shape().dim(0);
        int k = a.shape().dim(1);
        int n = b.shape().dim(1);
        HostArray result = HostArray.zeros(DType.F64, Shape.of(m, n));
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += a.get(i * k + l) * b.get(l * n + j);
                }
                result.set(i * n + j, sum);
            }
        }
        return result;
    }

    private static HostArray scaleColumns(HostArray a, HostArray factors) {
        HostArray result = a.copy();
        for (int i = 0; i < a.size(); i++) {
            result.set(i, a.get(i) * factors.get(i % factors.size()));
        }
        return result;
    }

    private static HostArray scale(HostArray a, double factor) {
        HostArray result = a.copy();
        for (int i = 0; i < a.size(); i++) {
            result.set(i, a.get(i) * factor);
        }
        return result;
    }

    private static HostArray subtract(HostArray a, HostArray b) {
        HostArray result = a.copy();
        for (int i = 0; i < a.size(); i++) {
            result.set(i, a.get(i) - b.get(i));
        }
        return result;
    }

    private static double norm(HostArray a) {
        double sum = 0;
        for (double x : a.toDoubles()) {
            sum += x * x;
        }
        return Math.sqrt(sum);
    }
}
