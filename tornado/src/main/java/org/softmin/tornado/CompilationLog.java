package org.softmin.tornado;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Says that a large program's kernels are being compiled, which takes minutes, and every few seconds how many are. */
final class CompilationLog implements Devices.Compilation {
    private static final long INTERVAL_NANOS = 2_000_000_000;

    /** From this many kernels on it is said beforehand: they may all be in one graph, of which nothing is heard until its end. */
    private static final int MANY = 20;

    private final Devices.Device device;
    private final LongSupplier nanoTime;
    private final Consumer<String> lines;
    private long said;

    CompilationLog(Devices.Device device, LongSupplier nanoTime, Consumer<String> lines) {
        this.device = device;
        this.nanoTime = nanoTime;
        this.lines = lines;
        this.said = nanoTime.getAsLong();
    }

    @Override
    public synchronized void compiled(int done, int of) {
        long now = nanoTime.getAsLong();
        if (done == 0) {
            said = now;
            if (of >= MANY) {
                lines.accept(device.id() + ": compiling " + of + " kernels, a tenth of a second or more each");
            }
        } else if (done < of && now - said >= INTERVAL_NANOS) {
            said = now;
            lines.accept(device.id() + ": " + done + " of " + of + " kernels compiled");
        }
    }
}
