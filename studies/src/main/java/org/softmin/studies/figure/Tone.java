package org.softmin.studies.figure;

/** How numbers become colours. */
public enum Tone {
    /** 0 black to 1 white, as the images of digits are meant; values outside are clamped. */
    GREY,
    /** Red, green and blue one after the other, each from 0 to 1; values outside are clamped. */
    COLOUR,
    /**
     * −1 blue, 0 the colour of the paper, +1 orange. Strength is opacity, so that zero disappears on light and on dark
     * ground alike.
     */
    DIVERGING;

    /** Palette entry for what has no value. */
    static final byte UNDEFINED = (byte) 254;
    /** Palette entry for the gaps between pictures: a thin line where the pictures have no ground of their own. */
    static final byte OUTSIDE = (byte) 255;

    private static final int LAST = 252;

    /** Numbers that make one pixel. */
    int channels() {
        return switch (this) {
            case GREY, DIVERGING -> 1;
            case COLOUR -> 3;
        };
    }

    /** The palette entry for a value. */
    byte index(double value) {
        if (Double.isNaN(value)) {
            return UNDEFINED;
        }
        double share = switch (this) {
            case GREY, COLOUR -> value;
            case DIVERGING -> (value + 1) / 2;
        };
        return (byte) Math.round(Math.clamp(share, 0.0, 1.0) * LAST);
    }

    int[] palette() {
        int[] colours = new int[256];
        for (int i = 0; i <= LAST; i++) {
            colours[i] = switch (this) {
                case GREY, COLOUR -> {
                    int level = Math.round(i * 255f / LAST);
                    yield 0xff000000 | level << 16 | level << 8 | level;
                }
                case DIVERGING -> {
                    double value = 2.0 * i / LAST - 1;
                    int alpha = (int) Math.round(255 * Math.pow(Math.abs(value), 0.8));
                    yield alpha << 24 | (value < 0 ? 0x1f6fd0 : 0xe0650b);
                }
            };
        }
        colours[UNDEFINED & 0xff] = 0xff888888;
        colours[OUTSIDE & 0xff] = this == DIVERGING ? 0x40808080 : 0;
        return colours;
    }

    /** A strip from the lowest to the highest value. */
    byte[] scale() {
        byte[] strip = new byte[LAST + 1];
        for (int i = 0; i <= LAST; i++) {
            strip[i] = (byte) i;
        }
        return Png.indexed(strip.length, 1, strip, palette());
    }
}
