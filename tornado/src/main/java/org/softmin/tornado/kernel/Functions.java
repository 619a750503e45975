package org.softmin.tornado.kernel;

import java.util.List;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Scalar;
import org.softmin.tornado.kernel.Expression.Apply;
import org.softmin.tornado.kernel.Expression.Convert;
import org.softmin.tornado.kernel.Expression.Literal;
import org.softmin.tornado.kernel.Expression.ShiftRight;

/**
 * Expressions for all scalar functions, made of those that every device has.
 *
 * <p>Operands are used more than once: they are variables or numbers.
 */
final class Functions {
    private Functions() {}

    static Expression number(DType type, double value) {
        return new Literal(type, value);
    }

    static Expression integer(int value) {
        return new Literal(DType.I32, value);
    }

    static Expression plus(Expression a, Expression b) {
        return isNumber(a, 0) ? b : isNumber(b, 0) ? a : binary(Scalar.ADD, a, b);
    }

    static Expression minus(Expression a, Expression b) {
        return binary(Scalar.SUB, a, b);
    }

    static Expression times(Expression a, Expression b) {
        if (isNumber(a, 0) || isNumber(b, 1)) {
            return a;
        }
        return isNumber(b, 0) || isNumber(a, 1) ? b : binary(Scalar.MUL, a, b);
    }

    static Expression times(Expression a, int b) {
        return times(a, integer(b));
    }

    static Expression over(Expression a, int b) {
        return b == 1 ? a : binary(Scalar.DIV, a, integer(b));
    }

    static Expression modulo(Expression a, int b) {
        return b == 1 ? integer(0) : minus(a, times(over(a, b), integer(b)));
    }

    static Expression less(Expression a, Expression b) {
        return compare(Scalar.LT, a, b);
    }

    static Expression where(Expression condition, Expression a, Expression b) {
        return new Apply(Scalar.WHERE, a.type(), List.of(condition, a, b));
    }

    private static boolean isNumber(Expression x, int value) {
        return x.type() == DType.I32 && x instanceof Literal number && number.value() == value;
    }

    private static Expression binary(Scalar function, Expression a, Expression b) {
        return new Apply(function, a.type(), List.of(a, b));
    }

    private static Expression compare(Scalar function, Expression a, Expression b) {
        return new Apply(function, DType.BOOL, List.of(a, b));
    }

    private static Expression unary(Scalar function, Expression a) {
        return new Apply(function, a.type(), List.of(a));
    }

    static Expression exp(Expression x) {
        return unary(Scalar.EXP, x);
    }

    static Expression log(Expression x) {
        return unary(Scalar.LOG, x);
    }

    /** {@code a} and {@code b} folded into one. */
    static Expression fold(Fold fold, Expression a, Expression b) {
        return switch (fold) {
            case SUM -> binary(a.type() == DType.BOOL ? Scalar.OR : Scalar.ADD, a, b);
            case MAX -> apply(Scalar.MAX, a.type(), List.of(a, b));
            case MIN -> apply(Scalar.MIN, a.type(), List.of(a, b));
        };
    }

    /** {@code function} of variables or numbers, as a value of {@code type}. */
    static Expression apply(Scalar function, DType type, List<Expression> in) {
        Expression a = in.getFirst();
        Expression b = in.get(in.size() > 1 ? 1 : 0);
        DType of = a.type();
        return switch (function) {
            case NEG, SQRT, EXP, LOG, SIN, COS, TANH, FLOOR, ADD, SUB, MUL, DIV, POW -> new Apply(function, type, in);
            case AND, OR, XOR, SHL, LT, LE, EQ, NE, WHERE -> new Apply(function, type, in);
            case NOT -> minus(number(DType.BOOL, 1), a);
            case ABS -> of == DType.I32 ? where(less(a, integer(0)), unary(Scalar.NEG, a), a) : unary(Scalar.ABS, a);
            case SIGN ->
                where(
                        less(number(of, 0), a),
                        number(of, 1),
                        where(less(a, number(of, 0)), number(of, -1), a)); // zeros and NaN stay
            case CEIL -> unary(Scalar.NEG, unary(Scalar.FLOOR, unary(Scalar.NEG, a)));
            case ROUND -> round(a);
            case LOG1P -> log1p(a);
            case MIN -> extremum(less(a, b), a, b, Scalar.OR);
            case MAX -> extremum(less(b, a), a, b, Scalar.AND);
            case SHR -> shiftRight(a, b);
            case ERF ->
                throw new IllegalArgumentException("tornado: erf has no device kernel yet; use the cpu backend");
        };
    }

    /** {@code a} where it wins or is NaN, {@code b} where it wins or is NaN. */
    private static Expression extremum(Expression wins, Expression a, Expression b, Scalar ofBits) {
        if (!a.type().isFloating()) {
            return a.type() == DType.BOOL
                    ? binary(ofBits == Scalar.OR ? Scalar.AND : Scalar.OR, a, b)
                    : where(wins, a, b);
        }
        return where(compare(Scalar.NE, a, a), a, where(wins, a, b));
    }

    /** To the nearest, ties to even: the device has no such function that TornadoVM knows. */
    private static Expression round(Expression x) {
        DType type = x.type();
        Expression low = unary(Scalar.FLOOR, x);
        Expression rest = minus(x, low);
        Expression half = number(type, 0.5);
        Expression odd = compare(
                Scalar.NE,
                low,
                binary(Scalar.MUL, number(type, 2), unary(Scalar.FLOOR, binary(Scalar.MUL, low, half))));
        Expression up = unary(Scalar.NEG, minus(unary(Scalar.NEG, low), number(type, 1))); // −0 from below 0
        Expression tie = where(odd, up, low);
        return where(less(rest, half), low, where(less(half, rest), up, where(compare(Scalar.EQ, rest, half), tie, x)));
    }

    /** ln(1 + x) by way of the rounded u = 1 + x: ln(u) · x / (u − 1). Source: HP-15C Advanced Functions Handbook, 1982. */
    private static Expression log1p(Expression x) {
        Expression one = number(x.type(), 1);
        Expression u = binary(Scalar.ADD, x, one);
        Expression scaled = binary(Scalar.MUL, log(u), binary(Scalar.DIV, x, minus(u, one)));
        Expression infinite = compare(Scalar.EQ, x, number(x.type(), Double.POSITIVE_INFINITY));
        return where(compare(Scalar.EQ, u, one), x, where(infinite, x, scaled));
    }

    /** Shift to the right by a number of bits that is known, where zeros move in. */
    static Expression shiftRight(Expression x, int bits) {
        return binary(Scalar.AND, new ShiftRight(x, integer(bits)), integer((1 << (32 - bits)) - 1));
    }

    /** The same by any number of bits, of which the last five count. */
    private static Expression shiftRight(Expression x, Expression bits) {
        Expression by = binary(Scalar.AND, bits, integer(31));
        Expression mask = minus(binary(Scalar.SHL, integer(1), minus(integer(32), by)), integer(1));
        Expression shifted = binary(Scalar.AND, new ShiftRight(x, by), mask);
        return where(compare(Scalar.EQ, by, integer(0)), x, shifted);
    }

    static Expression cast(DType to, Expression x) {
        if (to == x.type()) {
            return x;
        }
        return to == DType.BOOL ? compare(Scalar.NE, x, number(x.type(), 0)) : new Convert(to, x);
    }
}
