package org.softmin.props;

import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;

/**
 * How far two correct backends may differ in the result of one op, each with its reason.
 *
 * <p>The unit roundoff u is 2⁻²⁴ in F32 and 2⁻⁵³ in F64.
 */
enum Tolerance {
    /**
     * Not a bit: values are only moved, compared or combined as integers, or IEEE 754 rounds the result correctly (+, −,
     * ×, ÷, √). The reference computes in double and rounds to float, which for these gives the float result, because
     * 53 ≥ 2·24 + 2.
     */
    EXACT("exact"),
    /** Each of our polynomials keeps to 2 ulp of {@link StrictMath}. */
    TWO_ULPS("2 ulp"),
    /** n terms in any order: each of n − 1 additions errs by u times a partial sum, which Σ|x| bounds. */
    SUM("(n-1) u sum|x|"),
    /** k products and k − 1 additions, fused or not, in any order: k roundings reach each product at most. */
    DOT("k u sum|a||b|"),
    /** That of the ops that it is made of. */
    PARTS("as its parts");

    private final String text;

    Tolerance(String text) {
        this.text = text;
    }

    /** The tolerance of one op. */
    static Tolerance of(Op op) {
        return switch (op) {
            case Op.Map m -> of(m.scalar());
            case Op.Reduce r -> r.fold() == Fold.SUM ? SUM : EXACT;
            case Op.MatMul m -> DOT;
            case Op.Composite c -> PARTS;
            case Op.Input i -> EXACT;
            case Op.Constant c -> EXACT;
            case Op.ArgReduce a -> EXACT;
            case Op.Reshape r -> EXACT;
            case Op.Permute p -> EXACT;
            case Op.Expand e -> EXACT;
            case Op.Slice s -> EXACT;
            case Op.DynamicSlice d -> EXACT;
            case Op.DynamicUpdate d -> EXACT;
            case Op.Pad p -> EXACT;
            case Op.Concat c -> EXACT;
            case Op.Gather g -> EXACT;
            case Op.ScatterAdd s -> EXACT; // the order of additions is part of its meaning
            case Op.Unfold u -> EXACT;
            case Op.FoldWindows f -> EXACT; // as here
            case Op.ArgSort a -> EXACT;
            case Op.Cast c -> EXACT;
            case Op.Iota i -> EXACT;
            case Op.RandomBits r -> EXACT;
        };
    }

    /** The tolerance of one scalar function. */
    static Tolerance of(Scalar scalar) {
        return switch (scalar) {
            case EXP, LOG, LOG1P, SIN, COS, TANH, ERF, POW -> TWO_ULPS;
            case NEG, ABS, SIGN, SQRT, FLOOR, CEIL, ROUND, NOT, ADD, SUB, MUL, DIV, MIN, MAX -> EXACT;
            case AND, OR, XOR, SHL, SHR, LT, LE, EQ, NE, WHERE -> EXACT;
        };
    }

    /**
     * Distance between two computed sums of numbers whose magnitudes add up to {@code magnitude}: γ of Higham (2002,
     * §4.2) for each of the two, and half the smallest number for each product that underflows.
     */
    static double sum(DType dtype, int roundings, int products, double magnitude) {
        double u = dtype == DType.F32 ? 0x1p-24 : 0x1p-53;
        double gamma = roundings * u / (1 - roundings * u);
        double smallest = dtype == DType.F32 ? Float.MIN_VALUE : Double.MIN_VALUE;
        return 2 * gamma * magnitude + (magnitude == 0 ? 0 : products * smallest);
    }

    static double largest(DType dtype) {
        return dtype == DType.F32 ? Float.MAX_VALUE : Double.MAX_VALUE;
    }

    /** The next smaller number of a type. */
    static double down(DType dtype, double x) {
        return dtype == DType.F32 ? Math.nextDown((float) x) : Math.nextDown(x);
    }

    /** The next larger number of a type. */
    static double up(DType dtype, double x) {
        return dtype == DType.F32 ? Math.nextUp((float) x) : Math.nextUp(x);
    }

    @Override
    public String toString() {
        return text;
    }
}
