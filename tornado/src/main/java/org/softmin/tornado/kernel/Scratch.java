package org.softmin.tornado.kernel;

import java.util.ArrayList;
import java.util.List;
import org.softmin.tensor.DType;
import org.softmin.tensor.plan.Buffer;

/** Small buffers for what one kernel leaves to the next within a step. */
final class Scratch {
    private final int first;
    private final List<Buffer> buffers = new ArrayList<>();

    /** The buffers get ids from {@code first} on. */
    Scratch(int first) {
        this.first = first;
    }

    Buffer buffer(DType type, int size) {
        Buffer buffer = new Buffer(first + buffers.size(), type, size);
        buffers.add(buffer);
        return buffer;
    }

    List<Buffer> buffers() {
        return List.copyOf(buffers);
    }
}
