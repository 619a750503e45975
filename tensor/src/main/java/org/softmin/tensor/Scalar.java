package org.softmin.tensor;

/**
 * The scalar functions that {@link Op.Map} applies element by element, with their exact meaning.
 *
 * <p>{@link #apply(double, double, double)} is the definition for floating-point elements: the reference backend calls
 * it and rounds the result to the element type; every kernel is tested against it. {@link #applyInt} is the definition
 * for {@link DType#I32} and {@link DType#BOOL}. Immutable and thread-safe.
 */
public enum Scalar {
    /** −a. */
    NEG(1, Kind.NUMBER),
    /** |a|; gradient 0 at 0. */
    ABS(1, Kind.NUMBER),
    /** −1, ±0 or 1; NaN stays NaN; gradient 0. */
    SIGN(1, Kind.NUMBER),
    /** √a; NaN below 0; gradient 0 at 0 by convention. */
    SQRT(1, Kind.FLOATING),
    /** eᵃ. */
    EXP(1, Kind.FLOATING),
    /** ln a; −∞ at 0, NaN below. */
    LOG(1, Kind.FLOATING),
    /** ln(1 + a), accurate near 0. */
    LOG1P(1, Kind.FLOATING),
    /** sin a, a in radians. */
    SIN(1, Kind.FLOATING),
    /** cos a, a in radians. */
    COS(1, Kind.FLOATING),
    /** Hyperbolic tangent. */
    TANH(1, Kind.FLOATING),
    /** Gauss error function 2/√π ∫₀ᵃ exp(−t²) dt. */
    ERF(1, Kind.FLOATING),
    /** Largest whole number ≤ a; gradient 0. */
    FLOOR(1, Kind.FLOATING),
    /** Smallest whole number ≥ a; gradient 0. */
    CEIL(1, Kind.FLOATING),
    /** Nearest whole number, ties to even; gradient 0. */
    ROUND(1, Kind.FLOATING),
    /** Logical not. */
    NOT(1, Kind.TRUTH),
    /** a + b. */
    ADD(2, Kind.NUMBER),
    /** a − b. */
    SUB(2, Kind.NUMBER),
    /** a · b. */
    MUL(2, Kind.NUMBER),
    /** a / b; for integers truncated towards 0, an error where b = 0. */
    DIV(2, Kind.NUMBER),
    /** a raised to b, as {@link StrictMath#pow}. */
    POW(2, Kind.FLOATING),
    /** Smaller of the two, NaN if either is, −0 below +0; the gradient is halved where they are equal. */
    MIN(2, Kind.NUMBER),
    /** Larger of the two, NaN if either is, −0 below +0; the gradient is halved where they are equal. */
    MAX(2, Kind.NUMBER),
    /** Bitwise and of integers, logical and of truth values. */
    AND(2, Kind.BITS),
    /** Bitwise or of integers, logical or of truth values. */
    OR(2, Kind.BITS),
    /** Bitwise exclusive or of integers, inequality of truth values. */
    XOR(2, Kind.BITS),
    /** a shifted left by b mod 32 bits. */
    SHL(2, Kind.INTEGER),
    /** a shifted right by b mod 32 bits, zeros move in. */
    SHR(2, Kind.INTEGER),
    /** a &lt; b, false if either is NaN. */
    LT(2, Kind.COMPARISON),
    /** a ≤ b, false if either is NaN. */
    LE(2, Kind.COMPARISON),
    /** a = b, false if either is NaN; +0 = −0. */
    EQ(2, Kind.COMPARISON),
    /** a ≠ b, true if either is NaN. */
    NE(2, Kind.COMPARISON),
    /** b where the truth value a holds, otherwise c; the branch not taken leaks nothing, NaN neither. */
    WHERE(3, Kind.SELECTION);

    /** Which element types a function takes and what it gives. */
    public enum Kind {
        /** F32, F64 or I32 in, the same out. */
        NUMBER,
        /** F32 or F64 in, the same out. */
        FLOATING,
        /** I32 in, I32 out. */
        INTEGER,
        /** I32 or BOOL in, the same out. */
        BITS,
        /** BOOL in, BOOL out. */
        TRUTH,
        /** F32, F64, I32 or BOOL in, BOOL out. */
        COMPARISON,
        /** BOOL, then two operands of any one type; that type out. */
        SELECTION
    }

    private final int arity;
    private final Kind kind;

    Scalar(int arity, Kind kind) {
        this.arity = arity;
        this.kind = kind;
    }

    /** Number of operands: 1, 2 or 3. */
    public int arity() {
        return arity;
    }

    /** Which element types this function takes and gives. */
    public Kind kind() {
        return kind;
    }

    /** Whether operands of {@code dtype} are allowed (for {@link #WHERE}: as its second and third operand). */
    public boolean accepts(DType dtype) {
        return switch (kind) {
            case NUMBER -> dtype != DType.BOOL;
            case FLOATING -> dtype.isFloating();
            case INTEGER -> dtype == DType.I32;
            case BITS -> dtype == DType.I32 || dtype == DType.BOOL;
            case TRUTH -> dtype == DType.BOOL;
            case COMPARISON, SELECTION -> true;
        };
    }

    /** The meaning of this function on floating-point elements; operands beyond the arity are ignored. */
    public double apply(double a, double b, double c) {
        return switch (this) {
            case NEG -> -a;
            case ABS -> Math.abs(a);
            case SIGN -> Math.signum(a);
            case SQRT -> Math.sqrt(a);
            case EXP -> StrictMath.exp(a);
            case LOG -> StrictMath.log(a);
            case LOG1P -> StrictMath.log1p(a);
            case SIN -> StrictMath.sin(a);
            case COS -> StrictMath.cos(a);
            case TANH -> StrictMath.tanh(a);
            case ERF -> ErrorFunction.erf(a);
            case FLOOR -> Math.floor(a);
            case CEIL -> Math.ceil(a);
            case ROUND -> Math.rint(a);
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case POW -> StrictMath.pow(a, b);
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case LT -> a < b ? 1 : 0;
            case LE -> a <= b ? 1 : 0;
            case EQ -> a == b ? 1 : 0;
            case NE -> a != b ? 1 : 0;
            case WHERE -> a != 0 ? b : c;
            case NOT, AND, OR, XOR, SHL, SHR ->
                throw new IllegalStateException(this + " has no meaning on floating-point elements");
        };
    }

    /** The meaning of this function on integers and truth values (0 or 1); operands beyond the arity are ignored. */
    public int applyInt(int a, int b, int c) {
        return switch (this) {
            case NEG -> -a;
            case ABS -> Math.abs(a);
            case SIGN -> Integer.signum(a);
            case NOT -> 1 - a;
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> {
                if (b == 0) {
                    throw new ArithmeticException("div: integer division of " + a + " by 0; guard it with where");
                }
                yield a / b;
            }
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case AND -> a & b;
            case OR -> a | b;
            case XOR -> a ^ b;
            case SHL -> a << b;
            case SHR -> a >>> b;
            case LT -> a < b ? 1 : 0;
            case LE -> a <= b ? 1 : 0;
            case EQ -> a == b ? 1 : 0;
            case NE -> a != b ? 1 : 0;
            case WHERE -> a != 0 ? b : c;
            case SQRT, EXP, LOG, LOG1P, SIN, COS, TANH, ERF, FLOOR, CEIL, ROUND, POW ->
                throw new IllegalStateException(this + " has no meaning on integers");
        };
    }
}
