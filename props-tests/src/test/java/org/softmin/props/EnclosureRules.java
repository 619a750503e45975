package org.softmin.props;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Tensor;

/** What each op makes of intervals: elementwise ops and movement here, sums in {@link EnclosureSums}. */
final class EnclosureRules {
    private final Enclosure out;

    private EnclosureRules(Enclosure out) {
        this.out = out;
    }

    /** Fills {@code out}, a node's, from the enclosures of its operands. */
    static void apply(Enclosure out, List<Enclosure> in) {
        new EnclosureRules(out).apply(in);
    }

    private void apply(List<Enclosure> in) {
        Enclosure x = in.isEmpty() ? out : in.getFirst();
        switch (out.node.op()) {
            case Op.Input i -> throw new IllegalStateException("inputs are given, not computed");
            case Op.Constant c -> out.fill(Reference.apply(out.node.op(), List.of()));
            case Op.Iota i -> out.fill(Reference.apply(out.node.op(), List.of()));
            case Op.Map m -> map(m.scalar(), in);
            case Op.Cast c -> cast(x);
            case Op.Reduce r -> new EnclosureSums(out).reduce(r, x);
            case Op.MatMul m -> new EnclosureSums(out).matmul(x, in.get(1));
            case Op.Reshape r -> move(r, in, 1);
            case Op.Permute p -> move(p, in, 1);
            case Op.Expand e -> move(e, in, 1);
            case Op.Slice s -> move(s, in, 1);
            case Op.Unfold u -> move(u, in, 1);
            case Op.FoldWindows f -> foldWindows(f, x);
            case Op.Pad p -> move(p, in, 1);
            case Op.Concat c -> move(c, in, in.size());
            case Op.Gather g -> move(g, in, 1);
            case Op.DynamicSlice d -> move(d, in, 1);
            case Op.DynamicUpdate d -> move(d, in, 2);
            case Op.ScatterAdd s -> scatterAdd(s, in);
            case Op.ArgReduce a -> order(x.node.shape().dim(a.axis()), in);
            case Op.ArgSort a -> order(x.node.shape().dim(a.axis()), in);
            case Op.RandomBits r -> order(0, in);
            case Op.Composite c -> throw new IllegalStateException(c.label() + " was not decomposed");
        }
    }

    /** Ops on the order of their operand: certain if the operand is, otherwise any of {@code n} positions. */
    private void order(int n, List<Enclosure> in) {
        if (in.stream().allMatch(Enclosure::isPoint)) {
            out.fill(Reference.apply(
                    out.node.op(), in.stream().map(Enclosure::points).toList()));
        } else {
            Arrays.fill(out.low, n == 0 ? Integer.MIN_VALUE : 0);
            Arrays.fill(out.high, n == 0 ? Integer.MAX_VALUE : n - 1);
        }
    }

    private void map(Scalar scalar, List<Enclosure> in) {
        boolean floating = in.getLast().node.dtype().isFloating();
        for (int i = 0; i < out.low.length; i++) {
            out.start(i);
            boolean certain = true;
            for (Enclosure x : in) {
                certain &= x.isPoint(i);
            }
            if (!certain && (floating ? !monotone(scalar, in, i) : !monotoneInt(scalar, in, i))) {
                continue;
            }
            double[] b = in.get(Math.min(1, in.size() - 1)).candidates(i);
            double[] c = in.getLast().candidates(i);
            for (double p : in.getFirst().candidates(i)) {
                for (double q : in.size() < 2 ? new double[] {p} : b) {
                    for (double r : in.size() < 3 ? new double[] {q} : c) {
                        out.include(
                                i,
                                floating
                                        ? out.node.dtype().round(scalar.apply(p, q, r))
                                        : scalar.applyInt((int) p, (int) q, (int) r));
                    }
                }
            }
            if (floating && Tolerance.of(scalar) == Tolerance.TWO_ULPS) {
                widen(i, scalar, in);
            } else if (floating && out.exact && rounds(scalar)) {
                out.widenByRounding(i);
            }
        }
    }

    /**
     * Whether the extremes of {@code scalar} over the operands' intervals are at their ends. If not, or if it has a
     * domain, element i gets what else it may be, and the answer tells whether the ends are still wanted.
     */
    private boolean monotone(Scalar scalar, List<Enclosure> in, int i) {
        Enclosure a = in.getFirst();
        Enclosure b = in.get(Math.min(1, in.size() - 1));
        boolean negative = a.low[i] < 0;
        boolean zeroIn = a.low[i] <= 0 && a.high[i] >= 0;
        switch (scalar) {
            case ABS -> {
                if (zeroIn) {
                    out.include(i, 0);
                }
            }
            case SQRT, LOG -> {
                if (negative && a.high[i] >= 0) {
                    out.include(i, out.node.dtype().round(scalar.apply(0, 0, 0)));
                }
            }
            case LOG1P -> {
                if (a.low[i] < -1 && a.high[i] >= -1) {
                    out.include(i, Double.NEGATIVE_INFINITY);
                }
            }
            case SIN, COS -> { // slope at most 1
                double middle = a.low[i] / 2 + a.high[i] / 2;
                double radius = Math.nextUp(a.high[i] / 2 - a.low[i] / 2);
                if (!(radius < 1)) {
                    out.include(i, -1);
                    out.include(i, 1);
                } else {
                    double y = scalar.apply(middle, 0, 0);
                    out.include(i, out.node.dtype().round(Math.max(y - radius, -1)));
                    out.include(i, out.node.dtype().round(Math.min(y + radius, 1)));
                }
            }
            case DIV -> {
                if (b.low[i] <= 0 && b.high[i] >= 0 && !b.isPoint(i)) {
                    out.anything(i);
                    return false;
                }
            }
            case POW -> {
                if (a.low[i] <= 0 || Double.isInfinite(a.high[i])) {
                    out.anything(i);
                    return false;
                }
            }
            case EQ, NE -> {
                boolean numbers = a.low[i] == a.high[i] && b.low[i] == b.high[i]; // whatever the sign of zero
                if (!numbers && Math.max(a.low[i], b.low[i]) <= Math.min(a.high[i], b.high[i])) {
                    out.anything(i);
                    return false;
                }
            }
            default -> {
                // monotone in each operand, so the ends are enough
            }
        }
        return true;
    }

    private boolean monotoneInt(Scalar scalar, List<Enclosure> in, int i) {
        boolean bool = in.getLast().node.dtype() == DType.BOOL;
        boolean enough = bool
                || switch (scalar) {
                    case MIN, MAX, LT, LE, SIGN, WHERE -> true;
                    default -> false;
                };
        if (!enough) { // may wrap around
            out.anything(i);
        }
        return enough;
    }

    private static boolean rounds(Scalar scalar) {
        return switch (scalar) {
            case ADD, SUB, MUL, DIV, SQRT -> true;
            default -> false;
        };
    }

    private void widen(int i, Scalar scalar, List<Enclosure> in) {
        if (out.low[i] > out.high[i]) {
            return;
        }
        boolean infiniteOperand = false;
        for (Enclosure x : in) {
            infiniteOperand |= Double.isInfinite(x.low[i]) || Double.isInfinite(x.high[i]);
        }
        DType dtype = out.node.dtype();
        if (!(infiniteOperand && Double.isInfinite(out.low[i]))) {
            out.low[i] = Tolerance.down(dtype, Tolerance.down(dtype, out.low[i]));
        }
        if (!(infiniteOperand && Double.isInfinite(out.high[i]))) {
            out.high[i] = Tolerance.up(dtype, Tolerance.up(dtype, out.high[i]));
        }
        switch (scalar) { // the range is kept, rounding or not
            case EXP -> out.low[i] = Math.max(out.low[i], 0);
            case SIN, COS, TANH, ERF -> {
                out.low[i] = Math.max(out.low[i], -1);
                out.high[i] = Math.min(out.high[i], 1);
            }
            default -> {
                // the range is the whole line
            }
        }
    }

    private void cast(Enclosure x) {
        for (int i = 0; i < out.low.length; i++) {
            out.start(i);
            for (double value : x.candidates(i)) {
                out.include(i, out.node.dtype().round(value));
            }
            if (out.node.dtype() == DType.BOOL && x.low[i] < 0 && x.high[i] > 0) {
                out.include(i, 0);
            }
        }
    }

    /** Moves intervals as {@code op} moves values; its operands from {@code moved} on are positions. */
    private void move(Op op, List<Enclosure> in, int moved) {
        List<Enclosure> sources = in.subList(0, moved);
        List<Enclosure> positions = in.subList(moved, in.size());
        if (!positions.stream().allMatch(Enclosure::isPoint)) {
            for (int i = 0; i < out.low.length; i++) {
                out.start(i);
                for (Enclosure source : sources) {
                    for (int j = 0; j < source.low.length; j++) {
                        out.include(i, source, j);
                    }
                }
            }
            return;
        }
        Op quiet = op instanceof Op.Pad p ? new Op.Pad(0, p.low(), p.high(), p.interior()) : op;
        copy(out.low, op, sources, positions, x -> x.low);
        copy(out.high, op, sources, positions, x -> x.high);
        double[] flags = new double[out.nan.length];
        copy(flags, quiet, sources, positions, Enclosure::flags);
        for (int i = 0; i < flags.length; i++) {
            out.nan[i] = flags[i] != 0;
        }
    }

    private interface Part {
        double[] of(Enclosure x);
    }

    private void copy(double[] to, Op op, List<Enclosure> sources, List<Enclosure> positions, Part part) {
        List<HostArray> operands = new ArrayList<>();
        for (Enclosure source : sources) {
            operands.add(HostArray.of(source.node.shape(), part.of(source)));
        }
        for (Enclosure position : positions) {
            operands.add(position.points());
        }
        double[] result = Reference.apply(op, operands);
        for (int i = 0; i < to.length; i++) {
            to[i] = out.node.dtype().round(result[i]);
        }
    }

    private void scatterAdd(Op.ScatterAdd op, List<Enclosure> in) {
        Enclosure base = in.get(0);
        Enclosure updates = in.get(2);
        if (!in.get(1).isPoint()) {
            for (int i = 0; i < out.low.length; i++) {
                out.anything(i);
            }
            return;
        }
        double[] numbers = new double[out.low.length];
        Arrays.setAll(numbers, i -> i);
        double[] targets = Reference.apply( // where each update goes: gather the positions of the base
                new Op.Gather(op.axis()),
                List.of(HostArray.of(out.node.shape(), numbers), in.get(1).points()));
        for (int i = 0; i < out.low.length; i++) {
            out.start(i);
            out.include(i, base, i);
        }
        for (int u = 0; u < targets.length; u++) {
            add(updates, u, (int) targets[u]);
        }
    }

    private void foldWindows(Op.FoldWindows op, Enclosure windows) {
        double[] numbers = new double[out.low.length];
        Arrays.setAll(numbers, i -> i);
        int size = windows.node.shape().dim(op.axis() + 1);
        int count = windows.node.shape().dim(op.axis());
        for (int i = 0; i < out.low.length; i++) {
            out.start(i);
            out.include(i, 0);
        }
        if (windows.low.length == 0) {
            return;
        }
        Tensor targets = Tensor.of( // where each element goes: the windows of the positions
                        new Op.Unfold(op.axis(), size, op.stride(), op.dilation()),
                        Tensor.of(HostArray.of(out.node.shape(), numbers)))
                .slice(op.axis(), 0, count);
        double[] to = targets.eval().toDoubles();
        for (int i = 0; i < to.length; i++) {
            add(windows, i, (int) to[i]);
        }
    }

    /** Adds element {@code from} of {@code more} to element {@code t}. */
    private void add(Enclosure more, int from, int t) {
        double[] old = out.candidates(t);
        out.start(t);
        for (double p : old) {
            for (double q : more.candidates(from)) {
                out.include(
                        t,
                        out.node.dtype().isFloating() ? out.node.dtype().round(p + q) : (int) (long) (p + q)); // wraps
            }
        }
        if (out.exact) {
            out.widenByRounding(t);
        }
    }
}
