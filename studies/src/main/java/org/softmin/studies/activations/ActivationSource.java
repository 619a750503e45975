package org.softmin.studies.activations;

import java.io.Closeable;
import java.io.IOException;

/** Rows of activations that are read a few at a time. Used by one thread at a time; close it at the end. */
interface ActivationSource extends Closeable {
    /** What it is, in a line for the report. */
    String description();

    /** Number of rows. */
    long rows();

    /** Number of elements of a row. */
    int width();

    /**
     * Reads {@code count} rows from row {@code from} on to the front of {@code into}, all of them finite.
     *
     * @throws IOException if they cannot be read, or one holds NaN or an infinity
     */
    void read(long from, int count, float[] into) throws IOException;

    @Override
    void close() throws IOException;

    /** Rows {@code from} to {@code to} of a source. */
    record Range(ActivationSource source, long from, long to) {
        /** Checks the bounds. */
        public Range {
            if (from < 0 || to > source.rows() || from >= to) {
                throw new IllegalArgumentException("activations: rows " + from + " to " + to + " of " + source.rows()
                        + " are none; use at least one");
            }
        }

        long rows() {
            return to - from;
        }

        /** All rows in order, at most {@code size} at a time. */
        void forEach(int size, Rows action) throws IOException {
            int largest = (int) Math.min(size, rows());
            float[] buffer = new float[largest * source.width()];
            for (long at = from; at < to; at += largest) {
                int count = (int) Math.min(largest, to - at);
                source.read(at, count, buffer);
                action.accept(buffer, count);
            }
        }
    }

    /** What is done with some rows; the buffer is used again. */
    @FunctionalInterface
    interface Rows {
        /** Takes the first {@code count} rows of {@code buffer}, which may be overwritten. */
        void accept(float[] buffer, int count) throws IOException;
    }
}
