package org.softmin.studies.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * What an axis measures and how it is divided.
 *
 * @param label quantity and unit, such as {@code "epoch"} or {@code "loss (nats)"}
 * @param scale linear or logarithmic; values that are not positive cannot stand on a logarithmic axis and are left out
 */
public record Axis(String label, Scale scale) {
    /** How equal distances on the axis are meant. */
    public enum Scale {
        /** Equal differences. */
        LINEAR,
        /** Equal ratios. */
        LOG
    }

    /** An axis of equal differences. */
    public static Axis linear(String label) {
        return new Axis(label, Scale.LINEAR);
    }

    /** An axis of equal ratios. */
    public static Axis log(String label) {
        return new Axis(label, Scale.LOG);
    }

    /** Whether the value can be drawn on this axis. */
    boolean shows(double value) {
        return Double.isFinite(value) && (scale == Scale.LINEAR || value > 0);
    }

    /** The axis stretched over the values that it can show, from pixel {@code start} to pixel {@code end}. */
    Ruler over(DoubleStream values, double start, double end) {
        double[] shown = values.filter(this::shows).map(this::project).sorted().toArray();
        double low = shown.length == 0 ? 0 : shown[0];
        double high = shown.length == 0 ? 1 : shown[shown.length - 1];
        if (high - low < 1e-12 * Math.max(1, Math.abs(low))) {
            double half = low == 0 || scale == Scale.LOG ? 0.5 : Math.abs(low) / 10;
            low -= half;
            high += half;
        }
        return new Ruler(this, low, high, start, end);
    }

    private double project(double value) {
        return scale == Scale.LOG ? Math.log10(value) : value;
    }

    /** An axis with its range ({@code low} to {@code high}, decades when logarithmic) laid over pixels. */
    record Ruler(Axis axis, double low, double high, double start, double end) {
        /** The same pixels over a range that is wider by this share of its length at either end. */
        Ruler padded(double atLow, double atHigh) {
            double length = high - low;
            return new Ruler(axis, low - atLow * length, high + atHigh * length, start, end);
        }

        double at(double value) {
            return start + (axis.project(value) - low) / (high - low) * (end - start);
        }

        /** Pixel of the value, or of the nearest end of the axis. */
        double clamped(double value) {
            double share = (axis.project(value) - low) / (high - low);
            return start + Math.clamp(share, 0.0, 1.0) * (end - start);
        }

        List<Tick> ticks(int most) {
            return axis.scale == Scale.LOG && high - low >= 1 ? decades(most) : steps(most);
        }

        /** Round values in steps of 1, 2 or 5 times a power of ten; on a short logarithmic axis they stand unevenly. */
        private List<Tick> steps(int most) {
            double from = axis.scale == Scale.LOG ? Math.pow(10, low) : low;
            double to = axis.scale == Scale.LOG ? Math.pow(10, high) : high;
            double rough = (to - from) / most;
            double power = Math.pow(10, Math.floor(Math.log10(rough)));
            double step = power * (rough <= power ? 1 : rough <= 2 * power ? 2 : rough <= 5 * power ? 5 : 10);
            List<Tick> ticks = new ArrayList<>();
            double slack = 1e-9 * step;
            double largest = Math.max(Math.abs(from), Math.abs(to));
            int digits = 1 + Math.max(0, (int) (Math.floor(Math.log10(largest)) - Math.floor(Math.log10(step * 1.01))));
            for (long k = (long) Math.ceil((from - slack) / step); k * step <= to + slack; k++) {
                double value = k * step;
                ticks.add(new Tick(at(value), Numbers.format(value, digits)));
            }
            return ticks;
        }

        private List<Tick> decades(int most) {
            int first = (int) Math.ceil(low - 1e-9);
            int last = (int) Math.floor(high + 1e-9);
            int stride = Math.max(1, Math.ceilDiv(last - first + 1, most));
            int[] digits = stride == 1 && last - first < 2 ? new int[] {1, 2, 5} : new int[] {1};
            List<Tick> ticks = new ArrayList<>();
            for (int exponent = first - 1; exponent <= last; exponent++) {
                for (int digit : digits) {
                    double value = digit * Math.pow(10, exponent);
                    boolean inside = Math.log10(value) >= low - 1e-9 && Math.log10(value) <= high + 1e-9;
                    if (inside && Math.floorMod(exponent, stride) == 0) {
                        boolean plain = exponent >= -3 && exponent <= 4;
                        ticks.add(new Tick(
                                at(value), plain || digit != 1 ? Numbers.format(value) : Numbers.powerOfTen(exponent)));
                    }
                }
            }
            return ticks;
        }
    }

    /** A labelled position, in pixels. */
    record Tick(double at, String label) {}
}
