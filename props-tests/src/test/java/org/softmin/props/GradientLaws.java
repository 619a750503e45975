package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.lifecycle.AfterContainer;
import org.softmin.autograd.GradientCheck;
import org.softmin.autograd.Gradients;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;
import org.softmin.tensor.plan.Decompose;
import org.softmin.tensor.plan.Verifier;

/**
 * What derivatives keep to, on random smooth programs in F64.
 *
 * <p>Where two expressions are equal in exact arithmetic, their enclosures must meet: the allowed difference is what
 * rounding explains, and no more.
 */
@Domain(Generators.class)
class GradientLaws {
    private static final AtomicLong COMPARED = new AtomicLong();
    private static final AtomicLong TIGHT = new AtomicLong();

    /** A smooth program, and random directions of its outputs (u, w) and of its inputs (v, z). */
    private static final class Derivatives {
        final Example example;
        final List<Tensor> x;
        final List<Tensor> y;
        final List<Tensor> u;
        final List<Tensor> w;
        final List<Tensor> v;
        final List<Tensor> z;

        Derivatives(Example example, Program program) {
            this.example = example;
            this.x = program.inputs().stream()
                    .filter(input -> input.dtype() == DType.F64)
                    .toList();
            this.y = program.outputs();
            SplittableRandom random = new SplittableRandom(3);
            this.u = directions(y, random);
            this.w = directions(y, random);
            this.v = directions(x, random);
            this.z = directions(x, random);
        }

        Derivatives(Example example) {
            this(example, example.program());
        }

        private static List<Tensor> directions(List<Tensor> like, SplittableRandom random) {
            return like.stream()
                    .map(t -> Tensor.of(Values.MODERATE.array(new Type(t.dtype(), t.shape()), random)))
                    .toList();
        }

        List<Tensor> vjp(List<Tensor> cotangents) {
            return Gradients.vjp(y, x, cotangents);
        }

        List<Enclosure> enclose(List<Tensor> outputs) {
            Program program = Program.of(example.program().inputs(), outputs);
            return Enclosure.withExact(Verifier.check(program), example.inputs());
        }

        void assertEqual(List<Tensor> left, List<Tensor> right) {
            List<Enclosure> a = enclose(left);
            List<Enclosure> b = enclose(right);
            for (int i = 0; i < a.size(); i++) {
                assertEquals("", a.get(i).disjoint(b.get(i)), example::toString);
                COMPARED.addAndGet(a.get(i).size());
                TIGHT.addAndGet(Math.min(a.get(i).tight(1e-6), b.get(i).tight(1e-6)));
            }
        }
    }

    private static Tensor dot(List<Tensor> a, List<Tensor> b) {
        Tensor sum = Tensor.scalar(DType.F64, 0);
        for (int i = 0; i < a.size(); i++) {
            sum = sum.add(a.get(i).mul(b.get(i)).sum());
        }
        return sum;
    }

    /** Gradients agree with central differences along random directions, to order 2. */
    @Law
    void gradientsAgreeWithDifferences(@ForAll @Smooth Example example) {
        List<HostArray> at = example.inputs().stream()
                .filter(array -> array.dtype() == DType.F64)
                .toList();
        try {
            GradientCheck.DEFAULT.check(example::apply, at);
        } catch (AssertionError e) {
            throw new AssertionError(example + "\n" + e.getMessage(), e);
        }
    }

    /** ⟨u, Jv⟩ = ⟨Jᵀu, v⟩: forward and reverse mode are adjoint. */
    @Law
    void reverseModeIsTheAdjointOfForwardMode(@ForAll @Smooth Example example) {
        Derivatives d = new Derivatives(example);
        d.assertEqual(List.of(dot(d.u, Gradients.jvp(d.y, d.x, d.v))), List.of(dot(d.vjp(d.u), d.v)));
    }

    /** Jᵀ(2u − 3w) = 2Jᵀu − 3Jᵀw. */
    @Law
    void reverseModeIsLinear(@ForAll @Smooth Example example) {
        Derivatives d = new Derivatives(example);
        List<Tensor> mixed = IntStream.range(0, d.u.size())
                .mapToObj(i -> d.u.get(i).mul(2).sub(d.w.get(i).mul(3)))
                .toList();
        List<Tensor> ofU = d.vjp(d.u);
        List<Tensor> ofW = d.vjp(d.w);
        List<Tensor> separate = IntStream.range(0, ofU.size())
                .mapToObj(i -> ofU.get(i).mul(2).sub(ofW.get(i).mul(3)))
                .toList();
        d.assertEqual(d.vjp(mixed), separate);
    }

    /** The gradient that a composite gives is the gradient of what it is made of. */
    @Law
    void compositesHaveTheGradientOfTheirParts(@ForAll @Smooth Example example) {
        Derivatives whole = new Derivatives(example);
        Derivatives parts = new Derivatives(example, Decompose.apply(example.program(), composite -> false));
        whole.assertEqual(whole.vjp(whole.u), parts.vjp(parts.u));
    }

    /** ⟨v, Hz⟩ = ⟨z, Hv⟩ for the Hessian H of a scalar. */
    @Law
    void hessianIsSymmetric(@ForAll @Smooth Example example) {
        Derivatives d = new Derivatives(example);
        Tensor loss = dot(d.u, d.y);
        d.assertEqual(
                List.of(dot(d.v, Gradients.hvp(loss, d.x, d.z))), List.of(dot(d.z, Gradients.hvp(loss, d.x, d.v))));
    }

    /** The Jacobian, row by row, is what forward mode gives column by column. */
    @Law
    void jacobianHoldsBothModes(@ForAll @Smooth Example example) {
        Derivatives d = new Derivatives(example);
        Tensor y = d.y.getFirst();
        Tensor x = d.x.getFirst();
        Tensor jacobian =
                Gradients.jacobian(y, x).reshape(y.shape().size(), x.shape().size());
        Tensor product =
                jacobian.matmul(d.v.getFirst().reshape(x.shape().size(), 1)).reshape(y.shape());
        d.assertEqual(Gradients.jvp(List.of(y), List.of(x), List.of(d.v.getFirst())), List.of(product));
    }

    /** Most comparisons above are between numbers known to six digits or better. */
    @AfterContainer
    static void mostComparisonsAreTight() {
        assertTrue(TIGHT.get() * 10 >= COMPARED.get() * 8, TIGHT + " of " + COMPARED + " elements");
    }

    /** The gradient of any program is a well-formed program, and the CPU agrees with the reference on it. */
    @Law
    void gradientsAreProgramsLikeOthers(@ForAll Example example) {
        Program program = example.program();
        List<Tensor> x = program.inputs().stream()
                .filter(input -> input.dtype().isFloating())
                .toList();
        List<Tensor> y = program.outputs().stream()
                .filter(output -> output.dtype().isFloating())
                .distinct()
                .toList();
        List<Tensor> u = y.stream()
                .map(output -> Tensor.full(output.dtype(), output.shape(), 1))
                .toList();
        List<Tensor> outputs = new ArrayList<>(y);
        outputs.addAll(Gradients.vjp(y, x, u));
        Example gradient = example.with(Verifier.check(Program.of(program.inputs(), outputs)));
        List<Enclosure> allowed = Enclosure.of(gradient.program(), gradient.inputs());
        assertEquals("", Example.outside(allowed, gradient.run(Reference.BACKEND)), () -> "reference: " + gradient);
        assertEquals("", Example.outside(allowed, gradient.run(Backends.cpu(Backends.ONE))), gradient::toString);
    }
}
