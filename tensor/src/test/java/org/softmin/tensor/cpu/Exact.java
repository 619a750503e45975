package org.softmin.tensor.cpu;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.softmin.tensor.Scalar;

/** The transcendental functions to at least 40 digits, from their series: what is left of an error is the other's. */
final class Exact {
    private static final MathContext DIGITS = new MathContext(90);
    private static final BigDecimal ONE = BigDecimal.ONE;
    private static final BigDecimal TWO = BigDecimal.TWO;
    private static final BigDecimal PI = pi();

    private Exact() {}

    /** {@code f} of a finite number inside its domain. */
    static BigDecimal apply(Scalar f, double x) {
        BigDecimal a = new BigDecimal(x);
        boolean tiny = Math.abs(x) < 1e-20;
        return switch (f) {
            case EXP -> exp(a);
            case LOG -> log(a, StrictMath.log(x));
            // x - x^2/2: the next term is 40 digits further on
            case LOG1P ->
                tiny ? a.subtract(a.multiply(a).divide(TWO, DIGITS), DIGITS) : log(a.add(ONE), StrictMath.log1p(x));
            case SIN -> sin(a);
            case COS -> sin(PI.divide(TWO, DIGITS).subtract(a));
            case TANH -> tiny ? a : tanh(a);
            case ERF -> erf(a);
            default -> throw new IllegalArgumentException(f.toString());
        };
    }

    /** Distance of {@code actual} from {@code f(x)} in units of the last place of the double nearest to f(x). */
    static double ulps(Scalar f, double x, double actual) {
        BigDecimal exact = apply(f, x);
        double ulp = Math.ulp(exact.doubleValue());
        return new BigDecimal(actual)
                .subtract(exact)
                .divide(new BigDecimal(ulp), MathContext.DECIMAL64)
                .abs()
                .doubleValue();
    }

    private static BigDecimal exp(BigDecimal x) {
        int halvings = 20;
        BigDecimal r = x.divide(TWO.pow(halvings), DIGITS);
        BigDecimal term = ONE;
        BigDecimal sum = ONE;
        for (int n = 1; n < 40; n++) {
            term = term.multiply(r, DIGITS).divide(BigDecimal.valueOf(n), DIGITS);
            sum = sum.add(term, DIGITS);
        }
        for (int i = 0; i < halvings; i++) {
            sum = sum.multiply(sum, DIGITS);
        }
        return sum;
    }

    /** One step of Halley's method triples the digits of the start. */
    private static BigDecimal log(BigDecimal x, double start) {
        BigDecimal y = new BigDecimal(start);
        BigDecimal e = exp(y);
        return y.add(TWO.multiply(x.subtract(e)).divide(x.add(e), DIGITS), DIGITS);
    }

    private static BigDecimal sin(BigDecimal x) {
        BigDecimal turn = TWO.multiply(PI);
        BigDecimal r = x.subtract(turn.multiply(x.divide(turn, 0, RoundingMode.HALF_EVEN)), DIGITS);
        BigDecimal term = r;
        BigDecimal sum = r;
        for (int n = 1; n < 50; n++) {
            term = term.multiply(r, DIGITS)
                    .multiply(r, DIGITS)
                    .divide(BigDecimal.valueOf(-2L * n * (2 * n + 1)), DIGITS);
            sum = sum.add(term, DIGITS);
        }
        return sum;
    }

    private static BigDecimal tanh(BigDecimal x) {
        BigDecimal e = exp(TWO.multiply(x));
        return e.subtract(ONE).divide(e.add(ONE), DIGITS);
    }

    /** 2/sqrt(pi) times the sum of (-1)^n x^(2n+1) / (n! (2n+1)), for |x| up to 7. */
    private static BigDecimal erf(BigDecimal x) {
        BigDecimal minusSquare = x.multiply(x, DIGITS).negate();
        BigDecimal power = x;
        BigDecimal sum = x;
        for (int n = 1; power.abs().compareTo(x.abs().movePointLeft(50)) > 0; n++) {
            power = power.multiply(minusSquare, DIGITS).divide(BigDecimal.valueOf(n), DIGITS);
            sum = sum.add(power.divide(BigDecimal.valueOf(2 * n + 1), DIGITS), DIGITS);
        }
        return TWO.divide(PI.sqrt(DIGITS), DIGITS).multiply(sum, DIGITS);
    }

    /** Machin: pi = 16 arctan 1/5 - 4 arctan 1/239. */
    private static BigDecimal pi() {
        return BigDecimal.valueOf(16)
                .multiply(arctanOfInverse(5))
                .subtract(BigDecimal.valueOf(4).multiply(arctanOfInverse(239)));
    }

    private static BigDecimal arctanOfInverse(int x) {
        MathContext digits = new MathContext(110);
        BigDecimal power = ONE.divide(BigDecimal.valueOf(x), digits);
        BigDecimal sum = power;
        for (int n = 1; n < 80; n++) {
            power = power.divide(BigDecimal.valueOf(-(long) x * x), digits);
            sum = sum.add(power.divide(BigDecimal.valueOf(2 * n + 1), digits), digits);
        }
        return sum;
    }
}
