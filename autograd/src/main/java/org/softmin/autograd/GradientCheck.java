package org.softmin.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

/**
 * Checks derivatives against central differences, in double precision, along random directions.
 *
 * <p>For y = f(x), a random direction v and a random cotangent u, the three numbers ⟨u, (f(x + εv) − f(x − εv)) / 2ε⟩,
 * ⟨Jᵀu, v⟩ and ⟨u, Jv⟩ must agree; at order 2 the same is asked of the function x → Jᵀu. A wrong rule passes only if
 * its error is orthogonal to a random direction. Keep x away from kinks by much more than ε: there no derivative
 * exists to agree with. Immutable and thread-safe.
 *
 * @param epsilon step of the difference
 * @param absolute error allowed regardless of size
 * @param relative error allowed as a share of the larger number
 * @param order 1 for gradients, 2 for second derivatives as well
 * @param seed of the directions
 */
public record GradientCheck(double epsilon, double absolute, double relative, int order, long seed) {
    /** Step 1e-6, absolute 1e-5, relative 1e-3, order 2. */
    public static final GradientCheck DEFAULT = new GradientCheck(1e-6, 1e-5, 1e-3, 2, 0);

    /** This check with directions from another seed. */
    public GradientCheck withSeed(long other) {
        return new GradientCheck(epsilon, absolute, relative, order, other);
    }

    /** This check up to another order. */
    public GradientCheck withOrder(int other) {
        return new GradientCheck(epsilon, absolute, relative, other, seed);
    }

    /**
     * Checks {@code f} at a point.
     *
     * @param f gives floating-point F64 tensors for F64 tensors of the types of {@code at}
     * @param at F64 arrays
     * @throws AssertionError if derivatives and differences disagree, with the numbers
     */
    public void check(Function<List<Tensor>, List<Tensor>> f, List<HostArray> at) {
        for (HostArray x : at) {
            if (x.dtype() != DType.F64) {
                throw new IllegalArgumentException(
                        "gradient check: a point is " + x + "; differences need F64 arrays to be accurate");
            }
        }
        check(f, at, 1, RandomKey.of(seed));
    }

    /** Checks a function of one tensor at a point. */
    public void check(HostArray at, Function<Tensor, Tensor> f) {
        check(x -> List.of(f.apply(x.getFirst())), List.of(at));
    }

    private void check(Function<List<Tensor>, List<Tensor>> f, List<HostArray> at, int level, RandomKey key) {
        List<Type> types = at.stream().map(x -> new Type(x.dtype(), x.shape())).toList();
        Program function = Program.trace(types, f);
        List<HostArray> direction = random(function.inputs(), key.derive("direction"));
        List<HostArray> cotangent = random(function.outputs(), key.derive("cotangent"));
        List<Tensor> u = cotangent.stream().map(Tensor::of).toList();
        List<Tensor> v = direction.stream().map(Tensor::of).toList();

        List<HostArray> above = run(function, moved(at, direction, epsilon));
        List<HostArray> below = run(function, moved(at, direction, -epsilon));
        double numeric = (dot(cotangent, above) - dot(cotangent, below)) / (2 * epsilon);
        double reverse = dot(run(Program.trace(types, x -> Gradients.vjp(f.apply(x), x, u)), at), direction);
        double forward = dot(run(Program.trace(types, x -> Gradients.jvp(f.apply(x), x, v)), at), cotangent);
        compare(level, "reverse mode", reverse, "central difference", numeric, absolute, relative, function);
        compare(level, "forward mode", forward, "reverse mode", reverse, 1e-9, 1e-9, function);
        if (level < order) {
            check(x -> Gradients.vjp(f.apply(x), x, u), at, level + 1, key.derive("next order"));
        }
    }

    private static void compare(
            int level, String a, double x, String b, double y, double absolute, double relative, Program function) {
        double allowed = absolute + relative * Math.max(Math.abs(x), Math.abs(y));
        if (!(Math.abs(x - y) <= allowed)) {
            throw new AssertionError(String.format(
                    Locale.ROOT,
                    "gradient check: order %d: %s gives %.10g, %s gives %.10g (allowed difference %.3g) for%n%s",
                    level,
                    a,
                    x,
                    b,
                    y,
                    allowed,
                    function));
        }
    }

    private static List<HostArray> run(Program program, List<HostArray> inputs) {
        try (Executable executable = Backend.named("reference").compile(program)) {
            return executable.run(inputs);
        }
    }

    private static List<HostArray> random(List<Tensor> like, RandomKey key) {
        List<HostArray> result = new ArrayList<>();
        for (int i = 0; i < like.size(); i++) {
            Tensor normal = key.derive(Integer.toString(i))
                    .normal(DType.F64, like.get(i).shape());
            result.add(run(Program.of(List.of(), List.of(normal)), List.of()).getFirst());
        }
        return result;
    }

    private static List<HostArray> moved(List<HostArray> at, List<HostArray> direction, double step) {
        List<HostArray> result = new ArrayList<>();
        for (int k = 0; k < at.size(); k++) {
            HostArray x = at.get(k).copy();
            for (int i = 0; i < x.size(); i++) {
                x.set(i, x.get(i) + step * direction.get(k).get(i));
            }
            result.add(x);
        }
        return result;
    }

    private static double dot(List<HostArray> a, List<HostArray> b) {
        double sum = 0;
        for (int k = 0; k < a.size(); k++) {
            for (int i = 0; i < a.get(k).size(); i++) {
                sum += a.get(k).get(i) * b.get(k).get(i);
            }
        }
        return sum;
    }
}
