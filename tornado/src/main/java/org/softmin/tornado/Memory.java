package org.softmin.tornado;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DeviceException;

/** How much of a device's memory programs may use. */
final class Memory {
    /** TornadoVM's limit on what it allocates, for all devices the same. */
    static final String PROPERTY = "tornado.device.memory";

    private static final String TORNADO_DEFAULT = "4GB";
    private static final Pattern SIZE = Pattern.compile("([1-9]\\d{0,8})([KMG])B");

    private Memory() {}

    /** The limit in bytes that the value of {@value #PROPERTY} sets; empty if TornadoVM could not read it. */
    static OptionalLong limit(@Nullable String value) {
        Matcher size = SIZE.matcher(value == null ? TORNADO_DEFAULT : value);
        return size.matches()
                ? OptionalLong.of(Long.parseLong(size.group(1)) << 10 * (1 + "KMG".indexOf(size.group(2))))
                : OptionalLong.empty();
    }

    /** Refuses a program that needs more than the device has, or gives to one array, or than TornadoVM may use of it. */
    static void check(Devices.Device device, long bytes, long largest, @Nullable String limit) {
        String needs = device.id() + ": the program needs " + mebibytes(bytes) + " of device memory and ";
        if (bytes > device.memoryBytes()) {
            throw new DeviceException(needs + device.model() + " has " + mebibytes(device.memoryBytes())
                    + "; use smaller batches or a smaller model, or the device cpu");
        }
        if (largest >= device.arrayBytes()) { // as TornadoVM compares them
            throw new DeviceException(
                    device.id() + ": the program needs " + mebibytes(largest) + " of device memory in one piece and "
                            + device.model() + " gives less than " + mebibytes(device.arrayBytes())
                            + "; use smaller batches or a smaller model, or the device cpu");
        }
        long allowed = limit(limit).orElse(0);
        if (bytes > allowed) {
            String more = Math.ceilDiv(bytes, 1L << 30) + "GB";
            throw new DeviceException(needs + "TornadoVM may use " + mebibytes(allowed) + "; start softmin with"
                    + " SOFTMIN_DEVICE_MEMORY=" + more + ", or Java with -D" + PROPERTY + "=" + more);
        }
    }

    private static String mebibytes(long bytes) {
        return Math.ceilDiv(bytes, 1L << 20) + " MiB";
    }
}
