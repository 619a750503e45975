package org.softmin.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

final class GradientsTest {
    private static Tensor f64(double... values) {
        return Tensor.of(DType.F64, Shape.of(values.length), values);
    }

    @Test
    void gradientsAreFunctionsThatCanBeDifferentiatedAgain() {
        UnaryOperator<Tensor> cube = x -> x.mul(x).mul(x).sum();
        Tensor x = f64(2, -1);
        assertArrayEquals(new double[] {12, 3}, Gradients.grad(cube).apply(x).toDoubles());
        UnaryOperator<Tensor> slope = y -> Gradients.grad(cube).apply(y).sum();
        assertArrayEquals(new double[] {12, -6}, Gradients.grad(slope).apply(x).toDoubles());
    }

    @Test
    void whatDoesNotMatterHasGradientZero() {
        Tensor x = f64(1, 2);
        Tensor y = f64(3, 4);
        assertArrayEquals(new double[] {0, 0}, Gradients.grad(x.sum(), y).toDoubles());
    }

    @Test
    void jacobianProductsAndHessianProductsAgreeWithTheMatrices() {
        Tensor x = f64(0.3, -0.7, 1.1);
        Tensor y = x.sin().mul(x.sum());
        Tensor v = f64(1, 2, -1);
        double[] j = Gradients.jacobian(y, x).toDoubles();
        double[] jv =
                Gradients.jvp(List.of(y), List.of(x), List.of(v)).getFirst().toDoubles();
        double[] vj =
                Gradients.vjp(List.of(y), List.of(x), List.of(v)).getFirst().toDoubles();
        double[] d = v.toDoubles();
        for (int i = 0; i < 3; i++) {
            assertEquals(j[3 * i] * d[0] + j[3 * i + 1] * d[1] + j[3 * i + 2] * d[2], jv[i], 1e-12);
            assertEquals(j[i] * d[0] + j[3 + i] * d[1] + j[6 + i] * d[2], vj[i], 1e-12);
        }
        Tensor loss = y.exp().sum();
        double[] h = Gradients.jacobian(Gradients.grad(loss, x), x).toDoubles();
        double[] hv = Gradients.hvp(loss, List.of(x), List.of(v)).getFirst().toDoubles();
        for (int i = 0; i < 3; i++) {
            assertEquals(h[3 * i] * d[0] + h[3 * i + 1] * d[1] + h[3 * i + 2] * d[2], hv[i], 1e-12);
        }
    }

    @Test
    void valueAndGradAppendsTheGradients() {
        Type type = new Type(DType.F64, Shape.of(2));
        Program program = Program.trace(
                List.of(type, type), x -> List.of(x.get(0).mul(x.get(1)).sum()));
        Program both = Gradients.valueAndGrad(program, 1);
        assertEquals(2, both.outputs().size());
        assertEquals(type, both.outputs().get(1).type());
    }

    /** A composite of a user's own, differentiated through its parts although one operand depends on the other. */
    private record Weighted() implements Op.Composite {
        @Override
        public Tensor decompose(List<Tensor> inputs) {
            return inputs.get(0).mul(inputs.get(1)).exp();
        }
    }

    @Test
    void aCompositeWithoutARuleIsDifferentiatedThroughItsParts() {
        GradientCheck.DEFAULT.check(
                HostArray.of(DType.F64, Shape.of(3), 0.2, -0.4, 0.9), x -> Tensor.of(new Weighted(), x, x.square()));
        GradientCheck.DEFAULT.check(
                HostArray.of(DType.F64, Shape.of(3), 0.2, -0.4, 0.9), x -> Tensor.of(new Weighted(), x, x));
    }

    @Test
    void theCheckerNoticesAWrongRule() {
        record Wrong() implements Op.Composite {
            @Override
            public Tensor decompose(List<Tensor> inputs) {
                return inputs.getFirst().square();
            }

            @Override
            public List<Tensor> vjp(List<Tensor> inputs, Tensor output, Tensor gradient) {
                return List.of(gradient.mul(inputs.getFirst()));
            }
        }
        HostArray at = HostArray.of(DType.F64, Shape.of(2), 0.5, 2);
        var error = assertThrows(
                AssertionError.class, () -> GradientCheck.DEFAULT.check(at, x -> Tensor.of(new Wrong(), x)));
        assertTrue(error.getMessage().startsWith("gradient check: order 1: reverse mode gives"), error.getMessage());
    }

    @Test
    void aLossThatIsNoNumberIsRefused() {
        var error = assertThrows(IllegalArgumentException.class, () -> Gradients.grad(f64(1, 2), f64(1, 2)));
        assertEquals(
                "grad: the loss is F64[2]; it must be one floating-point number, so reduce it with sum() or mean(), or"
                        + " use vjp",
                error.getMessage());
    }

    @Test
    void singularPointsHaveTheirConventions() {
        Tensor zero = f64(0, 4);
        assertArrayEquals(
                new double[] {0, 0.25}, Gradients.grad(zero.sqrt().sum(), zero).toDoubles());
        Tensor origin = Tensor.zeros(DType.F64, Shape.of(1, 3)).eval();
        assertArrayEquals(
                new double[3], Gradients.grad(origin.norm(1).sum(), origin).toDoubles());
        Tensor ties = f64(1, 3, 3);
        assertArrayEquals(
                new double[] {0, 0.5, 0.5}, Gradients.grad(ties.max(), ties).toDoubles());
        assertArrayEquals(
                new double[] {0, 1}, Gradients.grad(zero.relu().sum(), zero).toDoubles());
        double inf = Double.POSITIVE_INFINITY;
        Tensor nothing = f64(-inf, -inf).reshape(1, 2);
        assertArrayEquals(
                new double[2],
                Gradients.grad(nothing.logSumExp(1).sum(), nothing).toDoubles());
        Tensor much = f64(inf, 1, inf, 0).reshape(1, 4);
        assertArrayEquals(
                new double[] {0.5, 0, 0.5, 0},
                Gradients.grad(much.logSumExp(1).sum(), much).toDoubles());
    }
}
