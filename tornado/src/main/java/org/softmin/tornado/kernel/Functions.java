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

    static Expression over(Expression a, Expression b) {
        return binary(Scalar.DIV, a, b);
    }

    static Expression negative(Expression a) {
        return unary(Scalar.NEG, a);
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

    static Expression equal(Expression a, Expression b) {
        return compare(Scalar.EQ, a, b);
    }

    static Expression no() {
        return number(DType.BOOL, 0);
    }

    static Expression not(Expression truth) {
        return minus(number(DType.BOOL, 1), truth);
    }

    /** Both are computed: TornadoVM makes wrong code of some conditions within conditions. */
    static Expression both(Expression truth, Expression other) {
        return binary(Scalar.AND, truth, other);
    }

    /** Both are computed. */
    static Expression either(Expression truth, Expression other) {
        return binary(Scalar.OR, truth, other);
    }

    static Expression isNan(Expression x) {
        return x.type().isFloating() ? compare(Scalar.NE, x, x) : no();
    }

    /** {@code a} and {@code b} folded into one. */
    static Expression fold(Fold fold, Expression a, Expression b) {
        return switch (fold) {
            case SUM -> binary(a.type() == DType.BOOL ? Scalar.OR : Scalar.ADD, a, b);
            case MAX -> max(a, b);
            case MIN -> min(a, b);
        };
    }

    /** {@code function} of variables or numbers, as a value of {@code type}; parts used more than once go to {@code body}. */
    static Expression apply(Body body, Scalar function, DType type, List<Expression> in) {
        Expression a = in.getFirst();
        Expression b = in.get(in.size() > 1 ? 1 : 0);
        DType of = a.type();
        return switch (function) {
            case NEG, SQRT, EXP, LOG, SIN, COS, TANH, FLOOR, SUB, MUL, DIV, POW -> new Apply(function, type, in);
            case ADD -> // TornadoVM fails where it makes one multiply-add of a product that is added to itself
                of.isFloating() && a.equals(b) ? binary(Scalar.MUL, a, number(of, 2)) : new Apply(function, type, in);
            case AND, OR, XOR, SHL, LT, EQ, NE, WHERE -> new Apply(function, type, in);
            case LE -> // of NaN TornadoVM makes the opposite of >
                of.isFloating() ? either(less(a, b), equal(a, b)) : new Apply(function, type, in);
            case NOT -> not(a);
            case ABS -> of == DType.I32 ? where(less(a, integer(0)), negative(a), a) : unary(Scalar.ABS, a);
            case SIGN ->
                where(
                        less(number(of, 0), a),
                        number(of, 1),
                        where(less(a, number(of, 0)), number(of, -1), a)); // zeros and NaN stay
            case CEIL -> negative(unary(Scalar.FLOOR, negative(a)));
            case ROUND -> round(a);
            case LOG1P -> log1p(a);
            case MIN -> min(a, b);
            case MAX -> max(a, b);
            case SHR -> shiftRight(a, b);
            case ERF -> ErrorFunction.of(body, a);
        };
    }

    private static Expression max(Expression a, Expression b) {
        if (a.type() == DType.BOOL) {
            return binary(Scalar.OR, a, b);
        }
        return where(less(b, a), a, where(less(a, b), b, tie(a, b, binary(Scalar.ADD, a, b))));
    }

    private static Expression min(Expression a, Expression b) {
        if (a.type() == DType.BOOL) {
            return binary(Scalar.AND, a, b);
        }
        return where(less(a, b), a, where(less(b, a), b, tie(a, b, negative(minus(negative(a), b)))));
    }

    /** Of numbers none of which is less: either if they are equal, but of zeros, and where one is NaN, their {@code sum}. */
    private static Expression tie(Expression a, Expression b, Expression sum) {
        if (!a.type().isFloating()) {
            return a;
        }
        return where(both(equal(a, b), not(equal(a, number(a.type(), 0)))), a, sum);
    }

    /** To the nearest, ties to even: the device has no such function that TornadoVM knows. */
    private static Expression round(Expression x) {
        DType type = x.type();
        Expression low = unary(Scalar.FLOOR, x);
        Expression rest = minus(x, low);
        Expression half = number(type, 0.5);
        Expression odd = compare(Scalar.NE, low, times(number(type, 2), unary(Scalar.FLOOR, times(low, half))));
        Expression up = negative(minus(negative(low), number(type, 1))); // −0 from below 0
        Expression tie = where(odd, up, low);
        return where(less(rest, half), low, where(less(half, rest), up, where(equal(rest, half), tie, x)));
    }

    /** ln(1 + x) by way of the rounded u = 1 + x: ln(u) · x / (u − 1). Source: HP-15C Advanced Functions Handbook, 1982. */
    private static Expression log1p(Expression x) {
        Expression one = number(x.type(), 1);
        Expression u = binary(Scalar.ADD, x, one);
        Expression scaled = binary(Scalar.MUL, log(u), binary(Scalar.DIV, x, minus(u, one)));
        Expression infinite = equal(x, number(x.type(), Double.POSITIVE_INFINITY));
        return where(equal(u, one), x, where(infinite, x, scaled));
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
        return where(equal(by, integer(0)), x, shifted);
    }

    static Expression cast(DType to, Expression x) {
        if (to == x.type()) {
            return x;
        }
        return to == DType.BOOL ? compare(Scalar.NE, x, number(x.type(), 0)) : new Convert(to, x);
    }
}
