package org.softmin.tensor;

/** Moments along an axis, each with the convention that a constant row deviates by exactly 0. */
final class Statistics {
    private Statistics() {}

    static Tensor mean(Tensor x, boolean keep, int... axes) {
        if (!x.dtype().isFloating()) {
            throw new IllegalArgumentException("mean: " + x.type() + " has no mean of its type; cast it to F32 or F64");
        }
        Tensor sum = x.reduce(Fold.SUM, keep, axes);
        double count = (double) x.shape().size() / Math.max(sum.shape().size(), 1);
        return sum.div(Tensor.scalar(x.dtype(), count));
    }

    /**
     * x − mean. The rounded mean of equal numbers may differ from them, and a deviation of 1e-9 where there is none
     * would be blown up by a later division: constant rows are recognised and give 0.
     */
    private static Tensor centred(Tensor x, int axis) {
        Tensor constant = x.reduce(Fold.MAX, true, axis).eq(x.reduce(Fold.MIN, true, axis));
        return constant.where(Tensor.scalar(x.dtype(), 0), x.sub(mean(x, true, axis)));
    }

    private static Tensor deviation(String op, Tensor centred, int axis) {
        return centred.square()
                .reduce(Fold.SUM, true, axis)
                .div(divisor(op, centred.shape(), axis, 1))
                .sqrt();
    }

    private static double divisor(String op, Shape shape, int axis, int correction) {
        int n = shape.dim(axis);
        if (n - correction <= 0) {
            throw new IllegalArgumentException(op + ": axis " + axis + " of " + shape + " has " + n
                    + " element(s), so the divisor n - " + correction + " is not positive; use " + (correction + 1)
                    + " or more");
        }
        return n - correction;
    }

    static Tensor variance(Tensor x, int axis, int correction) {
        int a = x.shape().axis("variance", axis);
        double divisor = divisor("variance", x.shape(), a, correction);
        return centred(x, a).square().sum(a).div(divisor);
    }

    static Tensor standardise(Tensor x, int axis, double epsilon) {
        int a = x.shape().axis("standardise", axis);
        Tensor centred = centred(x, a);
        Tensor scale = deviation("standardise", centred, a).add(epsilon);
        return centred.div(scale.eq(0).where(Tensor.scalar(x.dtype(), 1), scale));
    }

    static Tensor correlation(Tensor x, double epsilon) {
        if (x.shape().rank() != 2) {
            throw new IllegalArgumentException(
                    "correlation: " + x.shape() + " is not a matrix [samples, units]; reshape it to one");
        }
        double divisor = divisor("correlation", x.shape(), 0, 1);
        Tensor z = standardise(x, 0, epsilon);
        Tensor product = z.transpose().matmul(z).div(divisor);
        return Tensor.eye(x.shape().dim(1)).where(Tensor.scalar(x.dtype(), 1), product);
    }
}
