package org.softmin.tensor.cpu;

import java.util.Arrays;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Scalar;

/** Loops over {@code int}, which holds I32 and BOOL elements, in plain Java. */
final class IntLoops implements Loops<int[]> {
    private final DType dtype;

    IntLoops(DType dtype) {
        this.dtype = dtype;
    }

    @Override
    public void unary(Scalar f, int[] a, int ao, int[] out, int oo, int n) {
        switch (f) {
            case NEG -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = -a[ao + i];
                }
            }
            case ABS -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.abs(a[ao + i]);
                }
            }
            case SIGN -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Integer.signum(a[ao + i]);
                }
            }
            case NOT -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = 1 - a[ao + i];
                }
            }
            case SQRT,
                    EXP,
                    LOG,
                    LOG1P,
                    SIN,
                    COS,
                    TANH,
                    ERF,
                    FLOOR,
                    CEIL,
                    ROUND,
                    ADD,
                    SUB,
                    MUL,
                    DIV,
                    POW,
                    MIN,
                    MAX,
                    AND,
                    OR,
                    XOR,
                    SHL,
                    SHR,
                    LT,
                    LE,
                    EQ,
                    NE,
                    WHERE -> throw new IllegalArgumentException(f + ": not a function of one " + dtype);
        }
    }

    @Override
    public void binary(Scalar f, int[] a, int ao, int[] b, int bo, int[] out, int oo, int n) {
        switch (f) {
            case ADD -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] + b[bo + i];
                }
            }
            case SUB -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] - b[bo + i];
                }
            }
            case MUL -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] * b[bo + i];
                }
            }
            case DIV -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Scalar.DIV.applyInt(a[ao + i], b[bo + i], 0);
                }
            }
            case MIN -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.min(a[ao + i], b[bo + i]);
                }
            }
            case MAX -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.max(a[ao + i], b[bo + i]);
                }
            }
            case AND -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] & b[bo + i];
                }
            }
            case OR -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] | b[bo + i];
                }
            }
            case XOR -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] ^ b[bo + i];
                }
            }
            case SHL -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] << b[bo + i];
                }
            }
            case SHR -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] >>> b[bo + i];
                }
            }
            case NEG,
                    ABS,
                    SIGN,
                    SQRT,
                    EXP,
                    LOG,
                    LOG1P,
                    SIN,
                    COS,
                    TANH,
                    ERF,
                    FLOOR,
                    CEIL,
                    ROUND,
                    NOT,
                    POW,
                    LT,
                    LE,
                    EQ,
                    NE,
                    WHERE ->
                throw new IllegalArgumentException(f + ": not a function of two " + dtype + " that gives a third");
        }
    }

    @Override
    public void compare(Scalar f, int[] a, int ao, int[] b, int bo, int[] out, int oo, int n) {
        switch (f) {
            case LT -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] < b[bo + i] ? 1 : 0;
                }
            }
            case LE -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] <= b[bo + i] ? 1 : 0;
                }
            }
            case EQ -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] == b[bo + i] ? 1 : 0;
                }
            }
            case NE -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] != b[bo + i] ? 1 : 0;
                }
            }
            case NEG,
                    ABS,
                    SIGN,
                    SQRT,
                    EXP,
                    LOG,
                    LOG1P,
                    SIN,
                    COS,
                    TANH,
                    ERF,
                    FLOOR,
                    CEIL,
                    ROUND,
                    NOT,
                    ADD,
                    SUB,
                    MUL,
                    DIV,
                    POW,
                    MIN,
                    MAX,
                    AND,
                    OR,
                    XOR,
                    SHL,
                    SHR,
                    WHERE -> throw new IllegalArgumentException(f + ": not a comparison");
        }
    }

    @Override
    public void select(int[] condition, int co, int[] a, int ao, int[] b, int bo, int[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = condition[co + i] != 0 ? a[ao + i] : b[bo + i];
        }
    }

    @Override
    public void reduce(Fold f, int[] a, int ao, int outer, int n, int inner, int[] out, int oo) {
        for (int o = 0; o < outer; o++) {
            if (inner == 1) {
                out[oo + o] = row(f, a, ao + o * n, n);
            } else {
                columns(f, a, ao + o * n * inner, n, inner, out, oo + o * inner);
            }
        }
    }

    @Override
    public int chunks(int n, int inner) {
        return Math.ceilDiv(n, inner == 1 ? FloatLoops.CHUNK : FloatLoops.CHUNK_ROWS);
    }

    @Override
    public void reduceChunks(Fold f, int[] a, int ao, int n, int inner, int from, int to, int[] partials, int po) {
        int chunk = inner == 1 ? FloatLoops.CHUNK : FloatLoops.CHUNK_ROWS;
        for (int c = from; c < to; c++) {
            reduce(f, a, ao + c * chunk * inner, 1, Math.min(chunk, n - c * chunk), inner, partials, po + c * inner);
        }
    }

    @Override
    public void reducePartials(Fold f, int[] partials, int po, int chunks, int inner, int[] out, int oo) {
        reduce(f, partials, po, 1, chunks, inner, out, oo);
    }

    private int row(Fold f, int[] a, int ao, int n) {
        int result = (int) f.identity(dtype);
        switch (f) {
            case SUM -> {
                for (int i = 0; i < n; i++) {
                    result += a[ao + i];
                }
            }
            case MAX -> {
                for (int i = 0; i < n; i++) {
                    result = Math.max(result, a[ao + i]);
                }
            }
            case MIN -> {
                for (int i = 0; i < n; i++) {
                    result = Math.min(result, a[ao + i]);
                }
            }
        }
        return result;
    }

    private void columns(Fold f, int[] a, int ao, int n, int inner, int[] out, int oo) {
        Arrays.fill(out, oo, oo + inner, (int) f.identity(dtype));
        Scalar step = switch (f) {
            case SUM -> Scalar.ADD;
            case MAX -> Scalar.MAX;
            case MIN -> Scalar.MIN;
        };
        for (int k = 0; k < n; k++) {
            binary(step, out, oo, a, ao + k * inner, out, oo, inner);
        }
    }

    @Override
    public void argReduce(Fold f, int[] a, int ao, int outer, int n, int inner, int[] out, int oo) {
        for (int o = 0; o < outer; o++) {
            for (int j = 0; j < inner; j++) {
                int at = ao + o * n * inner + j;
                int best = 0;
                for (int k = 1; k < n; k++) {
                    int x = a[at + k * inner];
                    int y = a[at + best * inner];
                    best = f == Fold.MAX ? (x > y ? k : best) : (x < y ? k : best);
                }
                out[oo + o * inner + j] = best;
            }
        }
    }
}
