package org.softmin.tensor.plan;

import org.softmin.tensor.DType;

/**
 * A stretch of memory that one step fills and others read; where it lies is decided later, by {@link MemoryPlan}.
 *
 * @param id position in {@link Schedule#buffers}
 * @param size in elements
 */
public record Buffer(int id, DType dtype, int size) {
    @Override
    public String toString() {
        return "b" + id;
    }
}
