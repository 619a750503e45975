package org.softmin.tornado;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DeviceException;

/** How much of a device's memory programs may use. */
final class Memory {
    /** TornadoVM's limit on what it allocates, for all devices the same. */
    static final String PROPERTY = "tornado.device.memory";

    private static final long TORNADO_DEFAULT = 4L << 30;
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KB|MB|GB)", Pattern.CASE_INSENSITIVE);

    private Memory() {}

    /** Refuses a program that needs more than the device has, or than {@code limit} lets TornadoVM use of it. */
    static void check(Devices.Device device, long bytes, @Nullable String limit) {
        String needs = device.id() + ": the program needs " + text(bytes) + " of device memory and ";
        if (bytes > device.memoryBytes()) {
            throw new DeviceException(needs + device.model() + " has " + text(device.memoryBytes())
                    + "; use smaller batches or fewer units, or the device cpu");
        }
        if (bytes > bytes(limit)) {
            throw new DeviceException(needs + "TornadoVM may use " + text(bytes(limit)) + "; start Java with -D"
                    + PROPERTY + "=" + gigabytes(bytes) + "GB, or softmin with SOFTMIN_DEVICE_MEMORY="
                    + gigabytes(bytes) + "GB");
        }
    }

    /** The limit that {@value #PROPERTY} sets, as TornadoVM reads it. */
    private static long bytes(@Nullable String limit) {
        Matcher size = SIZE.matcher(limit == null ? "" : limit);
        if (!size.matches()) {
            return TORNADO_DEFAULT; // TornadoVM itself complains of a limit that it cannot read
        }
        int shift = switch (size.group(2).toUpperCase(Locale.ROOT)) {
            case "KB" -> 10;
            case "MB" -> 20;
            case "GB" -> 30;
            default -> 0;
        };
        return Long.parseLong(size.group(1)) << shift;
    }

    private static long gigabytes(long bytes) {
        return Math.ceilDiv(bytes, 1L << 30);
    }

    /** A size in the largest unit of which it has one. */
    static String text(long bytes) {
        if (bytes >= 1L << 30) {
            return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
        }
        return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1L << 20));
    }
}
