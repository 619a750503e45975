package org.softmin.props;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * A program drawn at random: well typed, over all ops, with views, broadcasts, nodes used several times, several
 * outputs and donated inputs, whose values stay finite most of the time.
 *
 * <p>It grows step by step, each step applying an op to what is there already ({@link RandomStep}). What step k draws
 * depends on the seed and the steps before, so the program of a smaller size is the beginning of a larger one:
 * shrinking the size finds the step that does the harm.
 */
final class RandomProgram {
    /** What may go into a program. */
    enum Kind {
        /** Every op and element type. */
        ANY(600, 1e3),
        /** F64 only, and only ops that have derivatives at almost every point; small and tame for differences. */
        SMOOTH(30, 4);

        final int mostElements;
        final double largest;

        Kind(int mostElements, double largest) {
            this.mostElements = mostElements;
            this.largest = largest;
        }
    }

    /** A tensor and a bound of its magnitude (of floating-point elements; 0 says nothing). */
    record Term(Tensor tensor, double bound) {
        Shape shape() {
            return tensor.shape();
        }

        DType dtype() {
            return tensor.dtype();
        }
    }

    private static final int[] EXTENTS = {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33};

    final Kind kind;
    final Example.Builder builder;
    /** Source of the present step. */
    SplittableRandom random;

    private final List<Term> terms = new ArrayList<>();

    private RandomProgram(long seed, Kind kind) {
        this.kind = kind;
        this.random = new SplittableRandom(seed);
        this.builder = new Example.Builder(random.split());
    }

    /** The program of {@code size} steps that {@code seed} stands for, with data. */
    static Example of(long seed, int size, Kind kind) {
        RandomProgram growing = new RandomProgram(seed, kind);
        SplittableRandom steps = growing.random;
        growing.random = steps.split();
        growing.leaf(growing.floating(), growing.shape());
        for (int step = 0; step < size; step++) {
            growing.random = steps.split();
            Term term = RandomStep.next(growing);
            if (term.tensor().shape().size() <= kind.mostElements) {
                growing.terms.add(growing.tamed(term));
            }
        }
        growing.random = steps.split();
        return growing.finish("random program " + kind + ", seed " + seed + ", size " + size);
    }

    /** Scaled down if it may have become large. */
    private Term tamed(Term term) {
        if (term.bound() <= kind.largest || !term.dtype().isFloating()) {
            return term;
        }
        double scale = Math.scalb(1.0, -Math.getExponent(term.bound()));
        return new Term(term.tensor().mul(scale), 2);
    }

    private Example finish(String name) {
        Set<Tensor> used = new HashSet<>();
        List<Tensor> all = terms.stream().map(Term::tensor).toList();
        Program.of(builder.inputs(), all).nodes().forEach(node -> used.addAll(node.inputs()));
        List<Tensor> outputs = new ArrayList<>();
        for (Term term : terms) {
            boolean wanted = kind == Kind.ANY || term.dtype() == DType.F64;
            if (wanted && (!used.contains(term.tensor()) || random.nextInt(8) == 0)) {
                outputs.add(term.tensor());
            }
        }
        if (kind == Kind.ANY && random.nextInt(4) == 0) { // twice the same, or an input that comes out as it went in
            outputs.add(outputs.get(random.nextInt(outputs.size())));
            outputs.add(terms.getFirst().tensor());
        }
        Example plain = builder.build(name, outputs);
        return kind == Kind.ANY ? plain.with(donating(plain.program())) : plain;
    }

    private Program donating(Program plain) {
        Program result = plain;
        Set<Integer> taken = new HashSet<>();
        for (int i = 0; i < plain.inputs().size(); i++) {
            int j = random.nextInt(plain.outputs().size());
            boolean fits =
                    plain.outputs().get(j).type().equals(plain.inputs().get(i).type());
            if (fits && random.nextBoolean() && taken.add(j)) {
                result = result.donate(i, j);
            }
        }
        return result;
    }

    // ---- drawing

    /** F32 or F64. */
    DType floating() {
        return kind == Kind.SMOOTH || random.nextInt(3) == 0 ? DType.F64 : DType.F32;
    }

    /** A shape of rank 0 to 4 with odd extents, sometimes 1 and rarely 0. */
    Shape shape() {
        int[] dims = new int[1 + random.nextInt(3) + random.nextInt(2) - (random.nextInt(6) == 0 ? 1 : 0)];
        int room = kind.mostElements;
        for (int i = 0; i < dims.length; i++) {
            dims[i] = kind == Kind.ANY && random.nextInt(60) == 0 ? 0 : extent(room);
            room /= Math.max(dims[i], 1);
        }
        return Shape.of(dims);
    }

    /** An extent of 1 to {@code most}. */
    int extent(int most) {
        int extent = EXTENTS[random.nextInt(EXTENTS.length)];
        return extent <= most ? extent : 1 + random.nextInt(Math.max(Math.min(most, 5), 1));
    }

    /** A new input, which later steps may use too. */
    Term leaf(DType dtype, Shape shape) {
        Values values =
                dtype.isFloating() && random.nextInt(6) == 0 && kind == Kind.ANY ? Values.TIES : Values.MODERATE;
        Term term = new Term(builder.operand(dtype, shape, values), 2);
        terms.add(term);
        return term;
    }

    /** Data of its own for a step, not for others to use. */
    Tensor given(HostArray array) {
        return builder.given(array);
    }

    /** A term for which {@code fits} holds, rather one of the latest, or null if there is none. */
    Term pickOrNull(Predicate<Term> fits) {
        List<Term> possible = terms.stream().filter(fits).toList();
        if (possible.isEmpty()) {
            return null;
        }
        int n = possible.size();
        return possible.get(n - 1 - Math.min(random.nextInt(n), random.nextInt(n)));
    }

    /** A term of {@code dtype}, new if need be. */
    Term pick(DType dtype) {
        Term found = pickOrNull(x -> x.dtype() == dtype);
        return found == null ? leaf(dtype, shape()) : found;
    }

    /** A floating-point term. */
    Term pickFloating() {
        Term found = pickOrNull(x -> x.dtype().isFloating());
        return found == null ? leaf(floating(), shape()) : found;
    }

    /** A term of any type. */
    Term pickAny() {
        Term found = pickOrNull(x -> true);
        return found == null ? leaf(floating(), shape()) : found;
    }

    /** A term that broadcasts with {@code other} to a result that is not too large; {@code other} at least. */
    Term partner(Term other) {
        Term found = pickOrNull(x -> x.dtype() == other.dtype() && broadcasts(x.shape(), other.shape()));
        return found == null ? other : found;
    }

    private boolean broadcasts(Shape a, Shape b) {
        long size = 1;
        for (int i = 1; i <= Math.max(a.rank(), b.rank()); i++) {
            int p = i <= a.rank() ? a.dim(-i) : 1;
            int q = i <= b.rank() ? b.dim(-i) : 1;
            if (p != q && p != 1 && q != 1) {
                return false;
            }
            size *= p == 1 ? q : p;
        }
        return size <= kind.mostElements;
    }
}
