package org.softmin.tornado.kernel;

import static org.softmin.tornado.kernel.Functions.less;
import static org.softmin.tornado.kernel.Functions.minus;
import static org.softmin.tornado.kernel.Functions.negative;
import static org.softmin.tornado.kernel.Functions.number;
import static org.softmin.tornado.kernel.Functions.over;
import static org.softmin.tornado.kernel.Functions.plus;
import static org.softmin.tornado.kernel.Functions.times;
import static org.softmin.tornado.kernel.Functions.where;

import java.util.List;
import org.softmin.tensor.DType;
import org.softmin.tensor.Scalar;
import org.softmin.tornado.kernel.Expression.Variable;

/**
 * The error function, in the steps and with the numbers of the CPU's kernel: up to 1 a polynomial in x², from there on 1
 * less a polynomial, which in F64 has e^(−x²) as a factor.
 */
final class ErrorFunction {
    /** erf(x) / x − 1 for 0 ≤ x ≤ 1 by powers of x². */
    private static final float[] SMALL_F32 = {
        0.12837917f, -0.37612626f, 0.11283581f, -0.026853547f, 0.0051877405f, -0.0008004633f, 7.8346995e-05f
    };

    /** 1 − erf(x) for 1 ≤ x ≤ 4 by powers of x − 2.5. */
    private static final float[] LARGE_F32 = {
        0.0004069527f,
        -0.0021781889f,
        0.0054456764f,
        -0.008351716f,
        0.008622685f,
        -0.006109301f,
        0.0027973503f,
        -0.00056006695f,
        -0.00025848273f,
        0.0002704002f,
        -8.125524e-05f,
        -1.7682529e-05f,
        1.576755e-05f,
        -5.0921193e-07f,
        -8.9608056e-07f
    };

    private static final double[] SMALL_F64 = {
        0.1283791670955126,
        -0.3761263890318408,
        0.11283791670969838,
        -0.02686617064775507,
        0.005223977649811635,
        -0.0008548328364611195,
        0.00012055379869519627,
        -1.4926729548964337e-05,
        1.6478644610855172e-06,
        -1.6531940989558186e-07,
        1.5847345137687826e-08,
        -1.5839502427893164e-09,
        1.3315696055635758e-10
    };

    /** (1 − erf(x)) e^(x²) for 1 ≤ x ≤ 6 by powers of (x − 3) / (x + 3). */
    private static final double[] LARGE_F64 = {
        0.1790011511813538,
        -0.32623356004589565,
        0.24560380166456658,
        -0.1501159363386105,
        0.07166585018562907,
        -0.02439232750517223,
        0.004270355443719583,
        0.0007131801306227553,
        -0.0005810827399344152,
        7.6405784308868e-05,
        0.00010296027776293969,
        1.5205958731410537e-05
    };

    private ErrorFunction() {}

    /** erf(x), with the powers that it needs declared in {@code body}. */
    static Expression of(Body body, Expression x) {
        boolean single = x.type() == DType.F32;
        Variable a = body.declare(new Expression.Apply(Scalar.ABS, x.type(), List.of(x)));
        Variable z = body.declare(times(a, a));
        Expression small = plus(times(polynomial(z, single ? doubles(SMALL_F32) : SMALL_F64), x), x);
        Expression large =
                body.declare(minus(number(x.type(), 1), single ? complementF32(body, a) : complementF64(body, a)));
        Expression signed = where(less(x, number(x.type(), 0)), negative(large), large);
        return where(less(number(x.type(), 1), a), signed, small);
    }

    private static Expression complementF32(Body body, Expression a) {
        return polynomial(body.declare(minus(atMost(4, a), number(a.type(), 2.5))), doubles(LARGE_F32));
    }

    private static Expression complementF64(Body body, Expression a) {
        Expression three = number(a.type(), 3);
        Variable b = body.declare(atMost(6, a));
        Variable t = body.declare(over(minus(b, three), plus(b, three)));
        return times(Functions.exp(negative(times(b, b))), polynomial(t, LARGE_F64));
    }

    private static Expression atMost(double most, Expression a) {
        return where(less(number(a.type(), most), a), number(a.type(), most), a);
    }

    /** Horner's scheme, the coefficient of the lowest power first. */
    private static Expression polynomial(Variable x, double[] coefficients) {
        Expression sum = number(x.type(), coefficients[coefficients.length - 1]);
        for (int i = coefficients.length - 2; i >= 0; i--) {
            sum = plus(times(sum, x), number(x.type(), coefficients[i]));
        }
        return sum;
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }
}
