package org.softmin.props;

import java.util.SplittableRandom;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Type;

/** Kinds of random elements, each drawn so that a certain sort of mistake shows. */
enum Values {
    /** Between −2 and 2, so that sums, products and exponentials stay finite. Integers from −9 to 9. */
    MODERATE,
    /** Between ½ and 2: no zero, no sign, inside the domain of every function. Integers from 1 to 9. */
    POSITIVE,
    /** Of all magnitudes up to 2⁶⁰, and as small. Any integer. */
    WIDE,
    /** Signed zeros, denormals, infinities, NaN, the limits of the type, and a few plain numbers between them. */
    SPECIAL,
    /** Few different numbers, so that equal ones meet. */
    TIES;

    private static final double[] SPECIAL_F32 = {
        0.0,
        -0.0,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        1e-40f,
        -1e-39f,
        Float.MIN_NORMAL,
        -Float.MIN_NORMAL,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN,
        1,
        -1,
        0.5,
        1.5,
        2.5,
        -2.5,
        88.5f,
        -104,
        1e30f,
        -1e30f,
        16777217,
        Math.nextDown(1f),
        Math.nextUp(1f)
    };
    private static final double[] SPECIAL_F64 = {
        0.0,
        -0.0,
        Double.MIN_VALUE,
        -Double.MIN_VALUE,
        1e-310,
        -1e-320,
        Double.MIN_NORMAL,
        -Double.MIN_NORMAL,
        Double.MAX_VALUE,
        -Double.MAX_VALUE,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN,
        1,
        -1,
        0.5,
        1.5,
        2.5,
        -2.5,
        709.5,
        -745,
        1e30,
        -1e200,
        9007199254740994.0,
        Math.nextDown(1.0),
        Math.nextUp(1.0)
    };
    private static final double[] SPECIAL_I32 = {Integer.MIN_VALUE, Integer.MAX_VALUE, 0, 1, -1, 16777217, 31, 32, -7};

    /** An array of this kind. */
    HostArray array(Type type, SplittableRandom random) {
        HostArray result = HostArray.zeros(type.dtype(), type.shape());
        for (int i = 0; i < result.size(); i++) {
            result.set(i, draw(type.dtype(), random));
        }
        return result;
    }

    private double draw(DType dtype, SplittableRandom random) {
        return switch (dtype) {
            case F32, F64 ->
                switch (this) {
                    case MODERATE -> random.nextDouble(-2, 2);
                    case POSITIVE -> random.nextDouble(0.5, 2);
                    case WIDE -> Math.scalb(random.nextDouble(-2, 2), random.nextInt(-60, 60));
                    case SPECIAL -> pick(dtype == DType.F32 ? SPECIAL_F32 : SPECIAL_F64, random);
                    case TIES -> random.nextInt(-2, 3) * 0.5;
                };
            case I32 ->
                switch (this) {
                    case MODERATE -> random.nextInt(-9, 10);
                    case POSITIVE -> random.nextInt(1, 10);
                    case WIDE -> random.nextInt();
                    case SPECIAL -> pick(SPECIAL_I32, random);
                    case TIES -> random.nextInt(-2, 3);
                };
            case BOOL -> random.nextInt(2);
        };
    }

    private static double pick(double[] from, SplittableRandom random) {
        return from[random.nextInt(from.length)];
    }
}
