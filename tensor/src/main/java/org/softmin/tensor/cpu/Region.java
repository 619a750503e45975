package org.softmin.tensor.cpu;

/** A dense or strided stretch of a slot, from a fixed offset on. */
record Region(Slot slot, int offset) {
    /** Index of the first element in the array that the slot points to now. */
    int start() {
        return slot.offset + offset;
    }

    Object array() {
        return slot.array();
    }

    int get(int index) {
        return slot.ints[start() + index];
    }

    void fill(int n, double value) {
        slot.fill(offset, n, value);
    }
}
