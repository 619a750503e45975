package org.softmin.tensor.plan;

import org.softmin.tensor.DType;

/** What a fused step reads: elements of a buffer, or one number for all elements. */
public sealed interface Load permits View, Load.Splat {
    /** The same number everywhere. */
    record Splat(DType dtype, double value) implements Load {
        @Override
        public String toString() {
            return Double.toString(value);
        }
    }
}
