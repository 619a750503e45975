package org.softmin.tensor;

/**
 * How windows lie along one axis: of {@code size} elements, one every {@code stride}, with {@code dilation} from element
 * to element, over an axis with {@code low} zeros before it and {@code high} behind.
 */
public record Window(int size, int stride, int dilation, int low, int high) {
    /** Checks that sizes are positive and padding is not negative. */
    public Window {
        if (size < 1 || stride < 1 || dilation < 1 || low < 0 || high < 0) {
            throw new IllegalArgumentException("window: size " + size + ", stride " + stride + ", dilation " + dilation
                    + ", padding " + low + " and " + high + "; the first three must be 1 or more, padding 0 or more");
        }
    }

    /** Every {@code size} neighbours, without padding. */
    public static Window of(int size) {
        return new Window(size, 1, 1, 0, 0);
    }

    /** One every {@code stride} elements. */
    public Window stride(int stride) {
        return new Window(size, stride, dilation, low, high);
    }

    /** With {@code dilation} from element to element. */
    public Window dilation(int dilation) {
        return new Window(size, stride, dilation, low, high);
    }

    /** Over an axis with as many zeros on both sides. */
    public Window padding(int both) {
        return padding(both, both);
    }

    /** Over an axis with zeros before it and behind. */
    public Window padding(int low, int high) {
        return new Window(size, stride, dilation, low, high);
    }

    /** From the first to the last element of a window, both included. */
    public int reach() {
        return (size - 1) * dilation + 1;
    }

    /** How many fit over an axis of {@code extent}, 0 if none does. */
    public int count(int extent) {
        return Math.max(0, Math.floorDiv(extent + low + high - reach(), stride) + 1);
    }
}
