package org.softmin.tornado;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Says every few seconds how many of a program's kernels are compiled: a large program's take minutes. */
final class CompilationLog implements Devices.Compilation {
    private static final long INTERVAL_NANOS = 2_000_000_000;

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
        } else if (now - said >= INTERVAL_NANOS) {
            said = now;
            lines.accept(device.id() + ": " + done + " of " + of + " kernels compiled");
        }
    }
}
