package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** Each optimiser against a plain loop over PyTorch's published update, 1,000 steps on a badly scaled bowl. */
class OptimizerTest {
    private static final int STEPS = 1000;
    private static final double[] START = {1, -2, 0.5};
    private static final double[] SCALE = {1, 30, 0.01};

    /** Gradient of Σ scale·(p − 0.3)²/2, of varying strength as with batches. */
    private static double gradient(double p, int i, int step) {
        return SCALE[i] * (p - 0.3) * (1 + 0.5 * Math.sin(step));
    }

    private static double rate(int step) {
        return 0.01 / (1 + 0.01 * step);
    }

    /** Runs the update as a program, on one parameter of three elements and an unrelated one of one. */
    private static double[] run(Optimizer optimizer, DType dtype) {
        Tensor p = Tensor.input("p", dtype, Shape.of(3));
        Tensor q = Tensor.input("q", DType.F64, Shape.SCALAR);
        Tensor g = Tensor.input("g", dtype, Shape.of(3));
        Tensor h = Tensor.input("h", DType.F64, Shape.SCALAR);
        Tensor rate = Tensor.input("rate", DType.F64, Shape.SCALAR);
        List<Tensor> first = optimizer.init(List.of(p, q));
        List<Tensor> state =
                first.stream().map(s -> Tensor.input("s", s.dtype(), s.shape())).toList();
        Optimizer.Update update = optimizer.update(List.of(p, q), List.of(g, h), state, rate);
        List<Tensor> inputs = new ArrayList<>(List.of(p, q, g, h, rate));
        inputs.addAll(state);
        List<Tensor> outputs = new ArrayList<>(update.parameters());
        outputs.addAll(update.state());
        List<HostArray> arrays = new ArrayList<>(
                List.of(HostArray.of(dtype, Shape.of(3), START), HostArray.of(DType.F64, Shape.SCALAR, 4)));
        for (Tensor s : first) {
            arrays.add(HostArray.of(s.dtype(), s.shape(), Run.values(s)));
        }
        try (Executable executable = Run.REFERENCE.compile(Program.of(inputs, outputs))) {
            for (int step = 0; step < STEPS; step++) {
                double[] gradient = new double[3];
                for (int i = 0; i < 3; i++) {
                    gradient[i] = gradient(arrays.get(0).get(i), i, step);
                }
                List<HostArray> in = new ArrayList<>(arrays);
                in.addAll(
                        2,
                        List.of(
                                HostArray.of(dtype, Shape.of(3), gradient),
                                HostArray.of(DType.F64, Shape.SCALAR, 0),
                                HostArray.of(DType.F64, Shape.SCALAR, rate(step))));
                arrays = executable.run(in);
            }
        }
        return arrays.getFirst().toDoubles();
    }

    private static double[] sgd(double momentum, boolean nesterov, double decay) {
        double[] p = START.clone();
        double[] buffer = new double[3];
        for (int step = 0; step < STEPS; step++) {
            for (int i = 0; i < 3; i++) {
                double g = gradient(p[i], i, step) + decay * p[i];
                buffer[i] = step == 0 ? g : momentum * buffer[i] + g;
                p[i] -= rate(step) * (nesterov ? g + momentum * buffer[i] : buffer[i]);
            }
        }
        return p;
    }

    private static double[] adam(double decay, boolean decoupled) {
        double[] p = START.clone();
        double[] m = new double[3];
        double[] v = new double[3];
        for (int step = 0; step < STEPS; step++) {
            double correction1 = 1 - Math.pow(0.9, step + 1);
            double correction2 = 1 - Math.pow(0.999, step + 1);
            for (int i = 0; i < 3; i++) {
                double g = gradient(p[i], i, step);
                if (decoupled) {
                    p[i] *= 1 - rate(step) * decay;
                } else {
                    g += decay * p[i];
                }
                m[i] = 0.9 * m[i] + (1 - 0.9) * g;
                v[i] = 0.999 * v[i] + (1 - 0.999) * g * g;
                double denominator = Math.sqrt(v[i]) / Math.sqrt(correction2) + 1e-8;
                p[i] -= rate(step) / correction1 * m[i] / denominator;
            }
        }
        return p;
    }

    @Test
    void sgd() {
        assertArrayEquals(sgd(0, false, 0), run(new Sgd(0.01), DType.F64), 1e-13);
        assertArrayEquals(sgd(0, false, 0.1), run(new Sgd(0.01, 0, false, 0.1), DType.F64), 1e-13);
    }

    @Test
    void momentum() {
        assertArrayEquals(sgd(0.9, false, 0), run(new Sgd(0.01, 0.9), DType.F64), 1e-12);
        assertArrayEquals(sgd(0.9, false, 0.1), run(new Sgd(0.01, 0.9, false, 0.1), DType.F64), 1e-12);
        assertArrayEquals(sgd(0.9, true, 0.1), run(new Sgd(0.01, 0.9, true, 0.1), DType.F64), 1e-12);
    }

    @Test
    void adam() {
        assertArrayEquals(adam(0, false), run(new Adam(0.01), DType.F64), 1e-11);
        assertArrayEquals(adam(0.1, false), run(new Adam(0.01, 0.9, 0.999, 1e-8, 0.1), DType.F64), 1e-11);
    }

    @Test
    void adamW() {
        assertArrayEquals(adam(0.1, true), run(new AdamW(0.01, 0.9, 0.999, 1e-8, 0.1), DType.F64), 1e-11);
        assertArrayEquals(adam(0.01, true), run(new AdamW(0.01), DType.F64), 1e-11);
    }

    @Test
    void adamInSinglePrecisionIsTheSameArithmeticRounded() {
        float[] p = {1, -2, 0.5f};
        float[] m = new float[3];
        float[] v = new float[3];
        for (int step = 0; step < STEPS; step++) {
            double correction1 = 1 - Math.pow(0.9, step + 1);
            double correction2 = 1 - Math.pow(0.999, step + 1);
            for (int i = 0; i < 3; i++) {
                float g = (float) gradient(p[i], i, step);
                m[i] = m[i] + (g - m[i]) * (float) (1 - 0.9);
                v[i] = v[i] * 0.999f + g * g * (float) (1 - 0.999);
                float denominator = (float) Math.sqrt(v[i]) / (float) Math.sqrt(correction2) + 1e-8f;
                p[i] = p[i] - m[i] / denominator * (float) (rate(step) / correction1);
            }
        }
        double[] result = run(new Adam(0.01), DType.F32);
        for (int i = 0; i < 3; i++) {
            // 1,000 steps of a contraction: what a rounding difference of the step size leaves is one ulp or so.
            assertEquals(p[i], result[i], 2 * Math.ulp(p[i]), "element " + i);
        }
    }

    @Test
    void theFirstStepOfAdamIsTheRateAgainstTheSign() {
        Tensor p = Tensor.of(DType.F64, Shape.of(2), 5, 5);
        Tensor g = Tensor.of(DType.F64, Shape.of(2), 1e-3, -1e3);
        Adam adam = new Adam(0.1);
        Optimizer.Update update =
                adam.update(List.of(p), List.of(g), adam.init(List.of(p)), Tensor.scalar(DType.F64, 0.1));
        assertArrayEquals(
                new double[] {4.9, 5.1}, Run.values(update.parameters().getFirst()), 1.1e-6); // ε/|g| of the rate
    }

    @Test
    void settingsWithoutSenseAreRefused() {
        for (double rate : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> new Adam(rate));
            assertEquals("adam: learning rate is " + rate + "; use a finite number above 0", e.getMessage());
            assertThrows(IllegalArgumentException.class, () -> new Sgd(rate));
            assertThrows(IllegalArgumentException.class, () -> new AdamW(rate));
        }
        assertThrows(IllegalArgumentException.class, () -> new Sgd(1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Sgd(1, 0, true, 0));
        assertThrows(IllegalArgumentException.class, () -> new Adam(1, 0.9, 1, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new AdamW(1, 0.9, 0.9, 0, -1));
    }
}
