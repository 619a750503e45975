package org.softmin.nn;

import java.util.List;
import org.softmin.tensor.DType;
import org.softmin.tensor.Tensor;

/** Gradients kept from growing too large, as part of the compiled step. Implementations are immutable and thread-safe. */
@FunctionalInterface
public interface Clipping {
    /** The gradients to use instead, of the same types. */
    List<Tensor> apply(List<Tensor> gradients);

    /** Gradients as they are. */
    static Clipping none() {
        return gradients -> gradients;
    }

    /** All gradients scaled together so that their common Euclidean norm is at most {@code limit}. */
    static Clipping globalNorm(double limit) {
        checkLimit(limit);
        return gradients -> {
            Tensor square = Tensor.scalar(DType.F64, 0);
            for (Tensor g : gradients) { // in F64, where squares do not overflow
                square = square.add(g.cast(DType.F64).square().sum());
            }
            Tensor one = Tensor.scalar(DType.F64, 1);
            Tensor factor = Tensor.scalar(DType.F64, limit).div(square.sqrt()).minimum(one);
            return gradients.stream().map(g -> g.mul(factor.cast(g.dtype()))).toList();
        };
    }

    /** Each element limited to [−limit, limit]. */
    static Clipping value(double limit) {
        checkLimit(limit);
        return gradients -> gradients.stream().map(g -> g.clamp(-limit, limit)).toList();
    }

    private static void checkLimit(double limit) {
        if (!(limit > 0)) {
            throw new IllegalArgumentException("clipping: limit " + limit + " stops all training; use more than 0");
        }
    }
}
