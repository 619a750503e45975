package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.softmin.nn.Activation;
import org.softmin.nn.Adam;
import org.softmin.nn.Linear;
import org.softmin.nn.Losses;
import org.softmin.nn.Reduction;
import org.softmin.nn.TrainStep;
import org.softmin.studies.sae.Encoder;
import org.softmin.studies.sae.Method;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.linalg.LinearAlgebra;

/**
 * The theorems on what keeps an autoencoder without a decoder from collapsing (Oursland, arXiv 2601.06478): the
 * variance term VAR = −Σ_j ln(var_j + ε) and the decorrelation term TC = Σ_{i≠j} corr(a_i, a_j)². F64, random data,
 * 10⁻¹² relative to numbers of size 1 or more; sums of squared correlations 10⁻¹¹.
 */
@Domain(Generators.class)
class VolumeControlLaws {
    private static final double ACCURACY = 1e-12;

    /** |Σ|^(−1/2) = |det W| for Σ⁻¹ = WᵀW: the volume term of a Gaussian is the determinant of its whitening. */
    @Law
    void volumeIsTheDeterminantOfTheWhitening(@ForAll Lab lab) {
        int n = lab.size(1, 6);
        Tensor noise = lab.normal(0.2 / n, n, n);
        Tensor w = Tensor.eye(n).cast(DType.F64).mul(lab.uniform(0.5, 2)).add(noise);
        HostArray precision =
                HostArray.of(Shape.of(n, n), lab.values(w.transpose().matmul(w)));
        HostArray identity =
                HostArray.of(Shape.of(n, n), lab.values(Tensor.eye(n).cast(DType.F64)));
        HostArray covariance = LinearAlgebra.solve(precision, identity);
        double expected = Math.abs(LinearAlgebra.determinant(HostArray.of(Shape.of(n, n), lab.values(w))));
        double volume = 1 / Math.sqrt(LinearAlgebra.determinant(covariance));
        assertEquals(expected, volume, ACCURACY * Math.max(1, expected));
    }
    /** VAR(c·a) = VAR(a) − 2K ln c for ε = 0, so it grows without bound as units die, and is +∞ when one is dead. */
    @Law
    void varianceTermIsUnboundedForADyingUnit(@ForAll Lab lab) {
        int units = lab.size(1, 6);
        Tensor a = lab.normal(1, lab.size(3, 20), units);
        double c = Math.pow(10, lab.uniform(-80, -1));
        double before = lab.value(Losses.logVariance(a, 0));
        double after = lab.value(Losses.logVariance(a.mul(c), 0));
        assertEquals(before - 2 * units * Math.log(c), after, 1e-12 * after);
        Tensor dead = lab.filled(i -> 0, 5, 1);
        assertEquals(Double.POSITIVE_INFINITY, lab.value(Losses.logVariance(dead, 0)));
    }

    /** With ε, a unit contributes at most −ln ε to VAR, and exactly that when it is dead. */
    @Law
    void varianceTermIsBoundedByItsEpsilon(@ForAll Lab lab) {
        int units = lab.size(1, 6);
        double epsilon = Math.pow(10, lab.uniform(-9, -3));
        int rows = lab.size(2, 20);
        Tensor a = lab.normal(Math.pow(10, lab.uniform(-12, 0)), rows, units);
        double bound = -units * Math.log(epsilon);
        assertTrue(lab.value(Losses.logVariance(a, epsilon)) <= bound + ACCURACY * bound);
        Tensor dead = lab.filled(i -> 0, rows, units);
        assertEquals(bound, lab.value(Losses.logVariance(dead, epsilon)), ACCURACY * bound);
    }

    /** d VAR(c·a) / d ln c = −2K for ε = 0: every unit pushes its scale up alike, however large it is. */
    @Law
    void varianceTermPushesEveryScaleAlike(@ForAll Lab lab) {
        int units = lab.size(1, 6);
        Tensor a = lab.normal(Math.pow(10, lab.uniform(-3, 3)), lab.size(3, 20), units);
        Tensor logScale = lab.filled(i -> 0, units);
        double[] gradient = lab.gradient(Losses.logVariance(a.mul(logScale.exp()), 0), logScale);
        double[] expected = new double[units];
        Arrays.fill(expected, -2);
        assertArrayEquals(expected, gradient, 2 * ACCURACY);
    }

    /** TC = 2ρ² for two units with correlation ρ, hence 0 exactly when they are uncorrelated and positive otherwise. */
    @Law
    void decorrelationIsTwiceTheSquaredCorrelation(@ForAll Lab lab) {
        double rho = lab.uniform(-1, 1);
        int quarter = lab.size(1, 8);
        int rows = 4 * quarter;
        // u and v of a 2×2 design: centred, orthogonal, of equal length
        Tensor u = lab.filled(i -> i % 4 < 2 ? 1 : -1, rows, 1);
        Tensor v = lab.filled(i -> i % 2 == 0 ? 1 : -1, rows, 1);
        Tensor mixed = u.mul(rho).add(v.mul(Math.sqrt(1 - rho * rho)));
        assertEquals(0, lab.value(Losses.decorrelation(Tensor.concat(1, List.of(u, v)), 0)), ACCURACY * ACCURACY);
        double term = lab.value(Losses.decorrelation(Tensor.concat(1, List.of(u, mixed)), 0));
        assertEquals(2 * rho * rho, term, ACCURACY);
    }

    /** TC = 0 for any number of uncorrelated units, and is Σ_{i≠j} corr² in general, from 0 to K(K − 1). */
    @Law
    void decorrelationSumsSquaredCorrelations(@ForAll Lab lab) {
        int units = lab.size(2, 6);
        int rows = lab.size(3, 20);
        Tensor a = lab.normal(1, rows, units);
        double[][] x = lab.rows(a);
        double expected = 0;
        for (int i = 0; i < units; i++) {
            for (int j = 0; j < units; j++) {
                expected += i == j ? 0 : Math.pow(correlation(x, i, j), 2);
            }
        }
        double term = lab.value(Losses.decorrelation(a, 0));
        assertEquals(expected, term, 1e-11);
        assertTrue(term > 0 && term <= units * (units - 1) + 1e-11);
        Tensor hadamard = lab.filled(i -> Integer.bitCount((i / 7) & (i % 7 + 1)) % 2 == 0 ? 1 : -1, 8, 7);
        assertEquals(0, lab.value(Losses.decorrelation(hadamard, 0)), ACCURACY * ACCURACY);
    }

    /** TC does not change when each unit is scaled: to the bit for powers of two and ε = 0. */
    @Law
    void decorrelationIgnoresScale(@ForAll Lab lab) {
        int units = lab.size(2, 6);
        Tensor a = lab.normal(1, lab.size(3, 20), units);
        double before = lab.value(Losses.decorrelation(a, 0));
        Tensor powers = lab.filled(i -> Math.scalb(i % 2 == 0 ? 1.0 : -1.0, lab.size(-20, 20)), units);
        assertEquals(before, lab.value(Losses.decorrelation(a.mul(powers), 0)));
        Tensor scales = lab.filled(i -> lab.uniform(0.01, 100), units);
        assertEquals(before, lab.value(Losses.decorrelation(a.mul(scales), 0)), 1e-11);
    }

    /** The gradient through the deviation of a constant unit is 0, not NaN: dead units occur from the first step on. */
    @Law
    void constantUnitsHaveNoGradient(@ForAll Lab lab) {
        int units = lab.size(2, 6);
        int dead = lab.size(0, units - 1);
        int rows = lab.size(2, 20);
        double level = lab.uniform(-3, 3);
        Tensor live = lab.normal(1, rows, units);
        Tensor a = Tensor.iota(DType.I32, units)
                .eq(dead)
                .where(Tensor.full(DType.F64, Shape.of(rows, units), level), live);
        Tensor z = lab.filled(i -> 0, rows, units);
        Tensor shifted = a.add(z);
        Tensor[] losses = {
            Losses.decorrelation(shifted, 0),
            Losses.decorrelation(shifted, 1e-8),
            Losses.logVariance(shifted, 1e-6),
            shifted.variance(0, 1).sqrt().sum(),
            shifted.standardise(0, 0).sin().sum()
        };
        for (Tensor loss : losses) {
            double[] gradient = lab.gradient(loss, z);
            for (int i = 0; i < gradient.length; i++) {
                assertTrue(Double.isFinite(gradient[i]));
                if (i % units == dead) {
                    assertEquals(0, gradient[i]);
                }
            }
        }
    }
    /**
     * The whole loss is unbounded below for ReLU energies: with a unit at rest in every row (min_j a_j = 0), d L(c·a) / d
     * ln c → −2K as c grows, because the LSE term settles while VAR goes on.
     */
    @Law
    void lossIsUnboundedBelowInTheScale(@ForAll Lab lab) {
        int rows = lab.size(3, 20);
        int units = lab.size(2, 6);
        Tensor a = lab.filled(i -> i % units == i / units % units ? 0 : lab.uniform(0.5, 2), rows, units);
        Tensor logScale = lab.filled(i -> lab.uniform(5, 8));
        Tensor scaled = a.mul(logScale.exp());
        Tensor loss = lse(scaled).add(Losses.logVariance(scaled, 0)).add(Losses.decorrelation(scaled, 0));
        assertEquals(-2 * units, lab.gradient(loss, logScale)[0], 1e-11);
    }

    /**
     * With energies that are never zero, such as softplus, the loss rises with the scale instead: d L(c·a) / d ln c →
     * c Σ_n min_j a_nj − 2K.
     */
    @Law
    void lossRisesWithTheScaleOfPositiveEnergies(@ForAll Lab lab) {
        int rows = lab.size(3, 20);
        int units = lab.size(2, 6);
        Tensor a = lab.filled(i -> i % units == i / units % units ? 0.5 : lab.uniform(1, 2), rows, units);
        double c = Math.exp(lab.uniform(5, 8));
        Tensor logScale = lab.filled(i -> Math.log(c));
        Tensor scaled = a.mul(logScale.exp());
        Tensor loss = lse(scaled).add(Losses.logVariance(scaled, 0)).add(Losses.decorrelation(scaled, 0));
        double expected = c * 0.5 * rows - 2 * units;
        assertEquals(expected, lab.gradient(loss, logScale)[0], 1e-11 * c * rows);
    }

    /**
     * With a reconstruction term the scale of W and b has a best value: the loss falls as they grow from little, and rises
     * as they grow from much.
     */
    @Law
    void reconstructionFixesTheScale(@ForAll Lab lab) {
        int units = lab.size(2, 5);
        Tensor x = lab.normal(1, lab.size(8, 20), 4);
        Linear layer = new Linear(lab.normal(1, units, 4), lab.filled(i -> lab.uniform(1, 2), units));
        Method.DecoderFree bounded = Method.DecoderFree.PUBLISHED.withReconstruction(lab.uniform(10, 100));
        assertTrue(slope(lab, bounded, layer, x, -5) < 0);
        assertTrue(slope(lab, bounded, layer, x, 6) > 0);
        assertTrue(slope(lab, Method.DecoderFree.PUBLISHED, layer, x, -5) < 0);
    }

    /** d L / d ln c for the encoder with weights and biases c·W and c·b, at ln c. */
    private static double slope(Lab lab, Method.DecoderFree method, Linear layer, Tensor x, double at) {
        Tensor logScale = lab.filled(i -> at);
        Tensor c = logScale.exp();
        Tensor bias = Objects.requireNonNull(layer.bias());
        Linear scaled = new Linear(layer.weight().mul(c), bias.mul(c));
        return lab.gradient(method.loss(new Encoder(List.of(), scaled, Activation.RELU), x), logScale)[0];
    }

    /** With unit rows the loss does not depend on the lengths of the rows of W (but for the ε that is added to them). */
    @Law
    void unitRowsHaveNoScale(@ForAll Lab lab) {
        int units = lab.size(2, 5);
        Tensor x = lab.normal(1, lab.size(8, 20), 4);
        Tensor w = lab.normal(1, units, 4);
        Tensor bias = lab.filled(i -> lab.uniform(1, 2), units);
        Tensor scales = lab.filled(i -> Math.pow(10, lab.uniform(-1, 2)), units, 1);
        Method.DecoderFree method = Method.DecoderFree.PUBLISHED
                .withReconstruction(lab.uniform(0, 100))
                .withUnitRows();
        var plain = new Encoder(List.of(), new Linear(w, bias), Activation.RELU);
        var scaled = new Encoder(List.of(), new Linear(w.mul(scales), bias), Activation.RELU);
        double expected = lab.value(method.loss(plain, x));
        assertEquals(expected, lab.value(method.loss(scaled, x)), 1e-5 * Math.max(1, Math.abs(expected)));
    }

    // ---- the same collapse, the same cure

    /**
     * Without its log-determinant a mixture always gains by growing wider: d L / d ln σ = −2 Σ r E ≤ 0, and L → −N ln K.
     * Without InfoMax an encoder always gains by shrinking: d L / d ln c = Σ r a ≥ 0, and L → −N ln K.
     */
    @Law
    void mixtureAndEncoderCollapseAlike(@ForAll Lab lab) {
        int rows = lab.size(3, 20);
        int units = lab.size(2, 6);
        Tensor distances = lab.filled(i -> lab.uniform(0, 9), rows, units);
        Tensor logWidth = lab.filled(i -> lab.uniform(-1, 3));
        Tensor energies = distances.mul(logWidth.mul(-2).exp()).mul(0.5);
        assertEquals(-2 * claimed(lab, energies), lab.gradient(lse(energies), logWidth)[0], 1e-11 * rows * 100);
        assertTrue(lab.gradient(lse(energies), logWidth)[0] <= 0);
        assertEquals(-rows * Math.log(units), lab.value(lse(energies.mul(1e-12))), 1e-9 * rows);

        Tensor logScale = lab.filled(i -> lab.uniform(-3, 1));
        Tensor a = lab.normal(1, rows, units).relu().mul(logScale.exp());
        assertEquals(claimed(lab, a), lab.gradient(lse(a), logScale)[0], 1e-11 * rows * 100);
        assertTrue(lab.gradient(lse(a), logScale)[0] >= 0);
        assertEquals(-rows * Math.log(units), lab.value(lse(a.mul(1e-12))), 1e-9 * rows);
    }

    /**
     * The log-determinant adds N·d to d L / d ln σ, so that a mixture stops growing; the variance term takes 2K from d L /
     * d ln c, so that an encoder stops shrinking.
     */
    @Law
    void mixtureAndEncoderAreCuredAlike(@ForAll Lab lab) {
        int rows = lab.size(3, 20);
        int units = lab.size(2, 6);
        int d = lab.size(1, 4);
        Tensor distances = lab.filled(i -> lab.uniform(0, 9), rows, units);
        Tensor logWidth = lab.filled(i -> lab.uniform(6, 9));
        Tensor quadratic = distances.mul(logWidth.mul(-2).exp()).mul(0.5);
        double wide = lab.gradient(lse(quadratic.add(logWidth.mul(d))), logWidth)[0];
        assertEquals(rows * d - 2 * claimed(lab, quadratic), wide, 1e-11 * rows * d);
        assertTrue(wide > 0);

        Tensor logScale = lab.filled(i -> lab.uniform(-12, -9));
        Tensor a = lab.normal(1, rows, units).mul(logScale.exp());
        double small = lab.gradient(lse(a).add(Losses.logVariance(a, 0)), logScale)[0];
        assertEquals(claimed(lab, a) - 2 * units, small, 1e-11 * units);
        assertTrue(small < 0);
    }

    /** Σ r E over rows and units, in plain Java. */
    private static double claimed(Lab lab, Tensor energies) {
        double sum = 0;
        for (double[] row : lab.rows(energies)) {
            double total = Arrays.stream(row).map(e -> Math.exp(-e)).sum();
            sum += Arrays.stream(row).map(e -> e * Math.exp(-e) / total).sum();
        }
        return sum;
    }

    // ---- collapse

    /** One layer with ReLU energies. */
    private record Layer(Linear linear) {
        Tensor energies(Tensor x) {
            return linear.apply(x).relu();
        }
    }

    /**
     * Without volume control the LSE loss is least when every unit is dead on every row, and training gets there: L =
     * −N ln K, r = 1/K. With the variance term no unit dies, and with decorrelation redundancy does not grow: if f is
     * least at s and f + TC at t, then f(t) + TC(t) ≤ f(s) + TC(s) ≤ f(t) + TC(s).
     */
    @Property(tries = 2, seed = "2026")
    void onlyVolumeControlPreventsCollapse(@ForAll Lab lab) {
        int rows = 64;
        int units = 5;
        HostArray x = lab.array(lab.normal(1, rows, 6)); // centred, so every unit is alive on some rows at first
        Layer start = new Layer(Linear.of(6, units, DType.F64, RandomKey.of(lab.size(0, 1000))));
        Layer alone = trained(start, x, VolumeControlLaws::lse);
        Layer spread = trained(start, x, a -> lse(a).add(Losses.logVariance(a, 1e-6)));
        Layer full =
                trained(start, x, a -> lse(a).add(Losses.logVariance(a, 1e-6)).add(Losses.decorrelation(a, 1e-8)));

        Tensor data = Tensor.of(x);
        assertEquals(units, dead(lab, alone.energies(data)));
        assertEquals(-rows * Math.log(units), lab.value(lse(alone.energies(data))), 1e-3 * rows);
        assertEquals(0, dead(lab, spread.energies(data)));
        assertEquals(0, dead(lab, full.energies(data)));
        double redundancy = lab.value(Losses.decorrelation(full.energies(data), 0));
        assertTrue(redundancy <= lab.value(Losses.decorrelation(spread.energies(data), 0)));
    }

    private static Tensor lse(Tensor a) {
        return Losses.logSumExpEnergy(a, Reduction.SUM);
    }

    private static Layer trained(Layer start, HostArray x, UnaryOperator<Tensor> loss) {
        try (var trainer = TrainStep.of(start, (m, batch) -> loss.apply(m.energies(batch.x())))
                .optimizer(new Adam(2e-2))
                .start(Backends.cpu(Backends.ONE))) {
            for (int step = 0; step < 500; step++) {
                trainer.step(x);
            }
            return trainer.model();
        }
    }

    /** Units whose variance is below 0.01. */
    private static int dead(Lab lab, Tensor activations) {
        return (int) lab.value(activations
                .variance(0, 1)
                .lt(Tensor.scalar(DType.F64, 0.01))
                .cast(DType.F64)
                .sum());
    }

    private static double correlation(double[][] x, int i, int j) {
        double meanI = Arrays.stream(x).mapToDouble(row -> row[i]).average().orElseThrow();
        double meanJ = Arrays.stream(x).mapToDouble(row -> row[j]).average().orElseThrow();
        double ii = 0;
        double ij = 0;
        double jj = 0;
        for (double[] row : x) {
            ii += (row[i] - meanI) * (row[i] - meanI);
            ij += (row[i] - meanI) * (row[j] - meanJ);
            jj += (row[j] - meanJ) * (row[j] - meanJ);
        }
        return ij / Math.sqrt(ii * jj);
    }
}
