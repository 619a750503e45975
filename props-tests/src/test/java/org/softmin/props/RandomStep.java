package org.softmin.props;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.softmin.props.RandomProgram.Kind;
import org.softmin.props.RandomProgram.Term;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** One step of a {@link RandomProgram}: an op drawn at random, its operands made to fit and kept in its domain. */
final class RandomStep {
    private final RandomProgram program;
    private final SplittableRandom random;
    private final boolean smooth;

    private RandomStep(RandomProgram program) {
        this.program = program;
        this.random = program.random;
        this.smooth = program.kind == Kind.SMOOTH;
    }

    /** The result of one more op on the terms of {@code program}. */
    static Term next(RandomProgram program) {
        return new RandomStep(program).next();
    }

    private Term next() {
        return switch (random.nextInt(smooth ? 18 : 28)) {
            case 0, 1 -> unary(program.pickFloating());
            case 2, 3, 4 -> binary(program.pickFloating());
            case 5 -> choice();
            case 6 -> reduction();
            case 7 -> rows();
            case 8 -> activation();
            case 9 -> statistics();
            case 10, 11 -> product();
            case 12, 13, 14 -> movement(smooth ? program.pickFloating() : program.pickAny());
            case 15 -> joined();
            case 16 -> gathered();
            case 17 -> block();
            case 18 -> stepFunction(program.pickFloating());
            case 19 -> integers();
            case 20 -> comparison();
            case 21 -> logic();
            case 22 ->
                new Term(program.pickAny().tensor().cast(pick(DType.F32, DType.F64, DType.I32, DType.BOOL)), 1e10);
            case 23 -> order();
            case 24 -> randomNumbers();
            case 25 -> leafOf(program.shape());
            case 26 -> unary(program.pick(DType.F32));
            default -> binary(program.pick(DType.F32));
        };
    }

    @SafeVarargs
    private <T> T pick(T... from) {
        return from[random.nextInt(from.length)];
    }

    // ---- elementwise

    private Term unary(Term term) {
        Tensor x = term.tensor();
        double m = term.bound();
        return switch (random.nextInt(14)) {
            case 0 -> new Term(x.neg(), m);
            case 1 -> new Term(x.abs(), m);
            case 2 -> new Term(smooth ? x.abs().add(0.5).sqrt() : x.abs().sqrt(), Math.sqrt(m) + 1);
            case 3 -> m <= 8 ? new Term(x.exp(), Math.exp(m)) : new Term(x.tanh(), 1);
            case 4 -> new Term(x.abs().add(0.5).log(), Math.log(m + 1) + 1);
            case 5 -> new Term(x.abs().log1p(), Math.log1p(m));
            case 6 -> new Term(x.sin(), 1);
            case 7 -> new Term(x.cos(), 1);
            case 8 -> new Term(x.tanh(), 1);
            case 9 -> new Term(x.erf(), 1);
            case 10 -> new Term(x.square(), m * m);
            case 11 -> new Term(x.clamp(-1, 1.5), 1.5);
            case 12 -> new Term(x.abs().add(0.5).pow(pick(-1.0, 0.5, 1.5, 2.0)), Math.pow(m + 0.5, 2) + 2);
            default -> new Term(x.mul(pick(-1.0, 0.5, 3.0, 0.1)).add(pick(0.0, 1.0, -0.25)), 3 * m + 1);
        };
    }

    private Term stepFunction(Term term) {
        Tensor x = term.tensor();
        return new Term(
                switch (random.nextInt(4)) {
                    case 0 -> x.sign();
                    case 1 -> x.floor();
                    case 2 -> x.ceil();
                    default -> x.mul(2).round();
                },
                2 * term.bound() + 1);
    }

    private Term binary(Term a) {
        Term b = program.partner(a);
        Tensor x = a.tensor();
        Tensor y = b.tensor();
        double sum = a.bound() + b.bound();
        return switch (random.nextInt(8)) {
            case 0, 1 -> new Term(x.add(y), sum);
            case 2 -> new Term(x.sub(y), sum);
            case 3, 4 -> new Term(x.mul(y), a.bound() * b.bound());
            case 5 -> new Term(x.div(y.abs().add(0.5)), 2 * a.bound());
            case 6 -> new Term(random.nextBoolean() ? x.minimum(y) : x.maximum(y), sum);
            default -> new Term(x.abs().add(0.5).pow(y.tanh()), a.bound() + 2);
        };
    }

    private Term choice() {
        Term a = program.pickFloating();
        Term b = program.partner(a);
        Term c = program.partner(b);
        boolean fits = c.shape().equals(b.shape()) || c.shape().rank() == 0;
        Tensor other = fits ? c.tensor() : b.tensor();
        return new Term(a.tensor().lt(b.tensor()).where(b.tensor(), other.neg()), b.bound() + c.bound());
    }

    private Term comparison() {
        Term a = random.nextInt(3) == 0 ? program.pick(DType.I32) : program.pickFloating();
        Tensor x = a.tensor();
        Tensor y = program.partner(a).tensor();
        return new Term(
                switch (random.nextInt(5)) {
                    case 0 -> x.lt(y);
                    case 1 -> x.le(y);
                    case 2 -> x.eq(y);
                    case 3 -> x.ne(y);
                    default -> x.gt(0);
                },
                0);
    }

    private Term logic() {
        Term a = program.pick(DType.BOOL);
        Tensor x = a.tensor();
        Tensor y = program.partner(a).tensor();
        return new Term(
                switch (random.nextInt(4)) {
                    case 0 -> x.and(y);
                    case 1 -> x.or(y);
                    case 2 -> x.xor(y);
                    default -> x.not();
                },
                0);
    }

    private Term integers() {
        Term a = program.pick(DType.I32);
        Tensor x = a.tensor();
        Tensor y = program.partner(a).tensor();
        return new Term(
                switch (random.nextInt(14)) {
                    case 0 -> x.add(y);
                    case 1 -> x.sub(y);
                    case 2 -> x.mul(y);
                    case 3 -> x.div(y.or(Tensor.scalar(DType.I32, 1))); // odd, so never 0
                    case 4 -> x.minimum(y);
                    case 5 -> x.maximum(y);
                    case 6 -> x.and(y);
                    case 7 -> x.or(y);
                    case 8 -> x.xor(y);
                    case 9 -> x.shiftLeft(3);
                    case 10 -> x.shiftRight(2);
                    case 11 -> x.neg();
                    case 12 -> x.abs();
                    default -> x.sign();
                },
                0);
    }

    // ---- folds

    private int axis(Term x) {
        return random.nextInt(x.shape().rank());
    }

    private Term ranked(Term x) {
        return x.shape().rank() > 0 ? x : new Term(x.tensor().reshape(1), x.bound());
    }

    private Term reduction() {
        Term x = ranked(smooth || random.nextInt(3) > 0 ? program.pickFloating() : program.pick(DType.I32));
        int axis = axis(x);
        int n = x.shape().dim(axis);
        boolean all = random.nextInt(4) == 0;
        if (n == 0 || x.shape().size() == 0 || random.nextInt(3) > 0) {
            Tensor sum = all ? x.tensor().sum() : x.tensor().sum(axis);
            return new Term(sum, x.bound() * (all ? x.shape().size() : n));
        }
        Fold fold = pick(Fold.MAX, Fold.MIN);
        return new Term(x.tensor().reduce(fold, random.nextBoolean(), all ? new int[0] : new int[] {axis}), x.bound());
    }

    private Term rows() {
        Term x = ranked(program.pickFloating());
        int axis = axis(x);
        double width = Math.log(x.shape().dim(axis) + 1);
        return switch (random.nextInt(3)) {
            case 0 -> x.shape().dim(axis) == 0 ? x : new Term(x.tensor().logSumExp(axis), x.bound() + width);
            case 1 -> new Term(x.tensor().softmax(axis), 1);
            default -> new Term(x.tensor().logSoftmax(axis), 2 * x.bound() + width);
        };
    }

    private Term activation() {
        Term term = program.pickFloating();
        Tensor x = term.tensor();
        return new Term(
                switch (random.nextInt(6)) {
                    case 0 -> x.relu();
                    case 1 -> x.sigmoid();
                    case 2 -> x.softplus();
                    case 3 -> x.gelu();
                    case 4 -> x.silu();
                    default -> x.leakyRelu(0.1);
                },
                term.bound() + 1);
    }

    private Term statistics() {
        Term x = ranked(program.pickFloating());
        int axis = axis(x);
        int n = x.shape().dim(axis);
        double m = x.bound();
        if (n < 2 || x.shape().size() == 0) {
            return new Term(x.tensor().square(), m * m);
        }
        return switch (random.nextInt(5)) {
            case 0 -> new Term(x.tensor().mean(axis), m);
            case 1 -> new Term(x.tensor().variance(axis, random.nextInt(2)), 4 * m * m);
            case 2 -> new Term(x.tensor().standardise(axis, 0.5), 4 * m);
            case 3 ->
                x.shape().rank() == 2 && axis == 0
                        ? new Term(x.tensor().correlation(0.5), 1)
                        : new Term(x.tensor().mean(), m);
            default -> new Term((smooth ? x.tensor().abs().add(0.5) : x.tensor()).norm(axis), Math.sqrt(n) * (m + 1));
        };
    }

    private Term order() {
        Term x = ranked(program.pickAny());
        int axis = axis(x);
        if (x.shape().dim(axis) == 0) {
            return new Term(x.tensor().argSort(axis), 0);
        }
        return new Term(
                switch (random.nextInt(4)) {
                    case 0 -> x.tensor().argMax(axis);
                    case 1 -> x.tensor().argMin(axis);
                    case 2 -> x.tensor().argSort(axis);
                    default -> Tensor.of(new Op.ArgSort(axis, true), x.tensor());
                },
                0);
    }

    private Term product() {
        Term term = program.pickFloating();
        Tensor a = term.tensor();
        double m = term.bound();
        if (a.shape().rank() < 2) {
            a = a.reshape(
                    random.nextBoolean()
                            ? Shape.of(1, a.shape().size())
                            : Shape.of(a.shape().size(), 1));
        }
        int k = a.shape().dim(-1);
        switch (random.nextInt(3)) {
            case 0 -> {
                return new Term(a.matmul(a.transpose()), k * m * m);
            }
            case 1 -> {
                return new Term(a.transpose().matmul(a), a.shape().dim(-2) * m * m);
            }
            default -> {
                Shape shape = Shape.of(
                        k,
                        program.extent(
                                program.kind.mostElements / Math.max(a.shape().size() / Math.max(k, 1), 1)));
                Term right = program.leaf(a.dtype(), random.nextBoolean() ? shape : Shape.of(shape.dim(1), k));
                Tensor b = right.shape().equals(shape)
                        ? right.tensor()
                        : right.tensor().transpose();
                return new Term(a.matmul(b), k * m * right.bound());
            }
        }
    }

    // ---- movement

    private Term movement(Term term) {
        Tensor x = term.tensor();
        Shape shape = x.shape();
        int rank = shape.rank();
        if (rank == 0) {
            return new Term(x.expand(program.shape()), term.bound());
        }
        int axis = axis(term);
        int n = shape.dim(axis);
        Tensor moved = switch (random.nextInt(6)) {
            case 0 -> x.permute(shuffled(rank));
            case 1 -> x.reshape(random.nextBoolean() ? Shape.of(shape.size()) : shape.insert(axis, 1));
            case 2 -> { // merge an axis with the next
                int[] dims = shape.toArray();
                if (axis + 1 == rank) {
                    yield x.reshape(shape.insert(rank, 1));
                }
                yield x.reshape(shape.with(axis, dims[axis] * dims[axis + 1]).without(axis + 1));
            }
            case 3 -> x.reshape(shape.insert(axis, 1)).expand(shape.insert(axis, pick(2, 3)));
            case 4 -> slice(x, axis);
            default ->
                random.nextBoolean() || n == 0
                        ? x.pad(axis, random.nextInt(3), random.nextInt(3), pick(0.0, 1.0))
                        : spread(x, axis);
        };
        return new Term(moved, Math.max(term.bound(), 1));
    }

    private int[] shuffled(int rank) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            order.add(random.nextInt(order.size() + 1), i);
        }
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    private Tensor slice(Tensor x, int axis) {
        int n = x.shape().dim(axis);
        int from = random.nextInt(n + 1) / 2;
        int to = from + random.nextInt(n - from + 1);
        List<Integer> start = new ArrayList<>(Collections.nCopies(x.shape().rank(), 0));
        List<Integer> limit =
                new ArrayList<>(Arrays.stream(x.shape().toArray()).boxed().toList());
        List<Integer> step = new ArrayList<>(Collections.nCopies(x.shape().rank(), 1));
        start.set(axis, from);
        limit.set(axis, to);
        step.set(axis, pick(1, 1, 2, 3));
        return Tensor.of(new Op.Slice(start, limit, step), x);
    }

    private Tensor spread(Tensor x, int axis) {
        List<Integer> none = Collections.nCopies(x.shape().rank(), 0);
        List<Integer> interior = new ArrayList<>(none);
        interior.set(axis, 1);
        return Tensor.of(new Op.Pad(0, none, none, interior), x);
    }

    private Term joined() {
        Term a = ranked(program.pickFloating());
        int axis = axis(a);
        Tensor x = a.tensor();
        Tensor part = slice(x, axis);
        Term b = program.partner(a);
        List<Tensor> parts = b.shape().equals(a.shape()) ? List.of(x, b.tensor(), part) : List.of(part, x);
        return new Term(Tensor.concat(axis, parts), Math.max(a.bound(), b.bound()));
    }

    private Term gathered() {
        Term x = ranked(program.pickFloating());
        int axis = axis(x);
        int n = x.shape().dim(axis);
        if (n == 0) {
            return x;
        }
        Tensor positions = positions(n);
        Tensor picked = x.tensor().gather(axis, positions);
        return random.nextBoolean()
                ? new Term(picked, x.bound())
                : new Term(
                        x.tensor().scatterAdd(axis, positions, picked.mul(0.5)),
                        2 * positions.shape().size() * x.bound());
    }

    private Tensor positions(int extent) {
        Term known = program.pickOrNull(i -> i.dtype() == DType.I32 && i.shape().size() <= 12);
        if (known != null && random.nextBoolean()) {
            return known.tensor().clamp(0, extent - 1);
        }
        return program.builder.positions(pick(Shape.SCALAR, Shape.of(3), Shape.of(2, 2)), extent);
    }

    private Term block() {
        Term x = ranked(program.pickFloating());
        int[] dims = x.shape().toArray();
        int room = Integer.MAX_VALUE;
        for (int i = 0; i < dims.length; i++) {
            int block = (dims[i] + 1) / 2;
            room = Math.min(room, dims[i] - block);
            dims[i] = block;
        }
        Tensor corner = program.builder.positions(Shape.of(dims.length), room + 1);
        Tensor block = x.tensor().dynamicSlice(Shape.of(dims), corner);
        return random.nextBoolean()
                ? new Term(block, x.bound())
                : new Term(x.tensor().dynamicUpdate(block.neg(), corner), x.bound());
    }

    // ---- leaves

    private Term randomNumbers() {
        RandomKey key =
                new RandomKey(program.given(HostArray.of(DType.I32, Shape.of(2), random.nextInt(), random.nextInt())));
        return random.nextBoolean()
                ? new Term(key.uniform(program.floating(), program.shape()), 1)
                : new Term(key.normal(program.floating(), program.shape()), 6);
    }

    private Term leafOf(Shape shape) {
        return switch (random.nextInt(4)) {
            case 0 -> program.leaf(DType.I32, shape);
            case 1 -> program.leaf(DType.BOOL, shape);
            case 2 ->
                shape.rank() == 0
                        ? new Term(Tensor.scalar(program.floating(), 0.75), 1)
                        : new Term(Tensor.iota(program.floating(), shape.dim(0)).mul(0.25), shape.dim(0));
            default -> program.leaf(program.floating(), shape);
        };
    }
}
