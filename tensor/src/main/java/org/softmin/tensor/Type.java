package org.softmin.tensor;

/** What is known of a tensor before it has values: element type and extents. Immutable and thread-safe. */
public record Type(DType dtype, Shape shape) {
    @Override
    public String toString() {
        return dtype + shape.toString();
    }
}
