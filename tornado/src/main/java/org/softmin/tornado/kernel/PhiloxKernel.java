package org.softmin.tornado.kernel;

import static org.softmin.tornado.kernel.Functions.integer;
import static org.softmin.tornado.kernel.Functions.less;
import static org.softmin.tornado.kernel.Functions.plus;
import static org.softmin.tornado.kernel.Functions.shiftRight;
import static org.softmin.tornado.kernel.Functions.times;

import java.util.List;
import org.softmin.tensor.DType;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.plan.Step;
import org.softmin.tornado.kernel.Expression.Apply;
import org.softmin.tornado.kernel.Expression.Variable;

/** Random bits: a work item for each block of {@link org.softmin.tensor.Philox}, in 32-bit arithmetic. */
final class PhiloxKernel {
    private static final int ROUNDS = 10;
    private static final int MULTIPLIER_0 = 0xD2511F53;
    private static final int MULTIPLIER_1 = 0xCD9E8D57;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;

    private PhiloxKernel() {}

    static Kernel lower(Step.Kernel step) {
        int n = step.target().size();
        return Body.each("philox", List.of(step), Math.ceilDiv(n, 4), (body, block) -> {
            Variable k0 = body.declare(Body.read(step.operands().get(0), integer(0)));
            Variable k1 = body.declare(Body.read(step.operands().get(0), integer(1)));
            Variable c0 = body.declare(block);
            Variable c1 = body.declare(integer(0));
            Variable c2 = body.declare(Body.read(step.operands().get(1), integer(0)));
            Variable c3 = body.declare(Body.read(step.operands().get(1), integer(1)));
            body.loop(integer(0), integer(ROUNDS), 1, round -> {
                Variable high0 = high(body, c0, MULTIPLIER_0);
                Variable high1 = high(body, c2, MULTIPLIER_1);
                Variable low0 = body.declare(times(c0, MULTIPLIER_0));
                Variable low1 = body.declare(times(c2, MULTIPLIER_1));
                body.assign(c0, xor(xor(high1, c1), k0));
                body.assign(c2, xor(xor(high0, c3), k1));
                body.assign(c1, low1);
                body.assign(c3, low0);
                body.assign(k0, plus(k0, integer(WEYL_0)));
                body.assign(k1, plus(k1, integer(WEYL_1)));
            });
            List<Variable> words = List.of(c0, c1, c2, c3);
            for (int w = 0; w < words.size(); w++) {
                Variable word = words.get(w);
                Variable at = body.declare(plus(times(block, 4), integer(w)));
                body.when(less(at, integer(n)), () -> body.store(step.target(), at, word));
            }
        });
    }

    /** The upper half of the 64-bit product of unsigned numbers, from products of their halves. */
    private static Variable high(Body body, Expression a, int factor) {
        Variable low = body.declare(lowHalf(a));
        Variable high = body.declare(shiftRight(a, 16));
        int factorLow = factor & 0xFFFF;
        int factorHigh = factor >>> 16;
        Variable cross1 = body.declare(times(low, factorHigh));
        Variable cross2 = body.declare(times(high, factorLow));
        Expression carry = plus(plus(shiftRight(times(low, factorLow), 16), lowHalf(cross1)), lowHalf(cross2));
        Expression upper = plus(plus(shiftRight(cross1, 16), shiftRight(cross2, 16)), shiftRight(carry, 16));
        return body.declare(plus(times(high, factorHigh), upper));
    }

    private static Expression lowHalf(Expression x) {
        return new Apply(Scalar.AND, DType.I32, List.of(x, integer(0xFFFF)));
    }

    private static Expression xor(Expression a, Expression b) {
        return new Apply(Scalar.XOR, DType.I32, List.of(a, b));
    }
}
