package org.softmin.tornado.device;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.DeviceException;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tornado.Devices;
import org.softmin.tornado.kernel.Kernel;
import org.softmin.tornado.kernel.Plan;

/**
 * A planned program bound to memory on a device: a run sends the inputs that have changed, launches the kernels and leaves
 * the results there.
 *
 * <p>What goes up: an input that is not what the device has. Parameters and optimiser state, updated in place, are there
 * from the run before; so is an input of a megabyte or more that was sent and not written since. Smaller inputs, like a
 * batch, the learning rate or the step, are sent with every run: that costs less than to find out.
 *
 * <p>What comes down: what somebody reads, when he reads it ({@link org.softmin.tensor.DeviceCopy}). A result whose Java
 * array others have ({@link HostArray#isPrivate} is false) comes down at the end of each run, for they could not be
 * noticed reading it. Two executables that take turns with the same state copy it down and up once for each turn.
 */
final class DeviceExecutable implements Executable {
    /** From this size on an input gets a launch of its own to be sent, when it has changed. */
    private static final long LARGE = 1 << 20;

    /** This run is timed, and each that doubles their number: ever more rarely, because no other program runs meanwhile. */
    static final int TIMED = 16;

    private final Program program;
    private final Plan plan;
    private final Devices.Device device;
    private final Map<Integer, DeviceArray> arrays = new HashMap<>(); // by storage; without those that no kernel uses
    private final List<@Nullable DeviceArray> inputs;
    private final List<@Nullable DeviceArray> outputs;
    private final @Nullable DeviceArray faults;
    private final List<DeviceArray> fed = new ArrayList<>();
    private final List<List<DeviceArray>> groups = new ArrayList<>();
    private final Graphs graphs;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final ReentrantLock lock =
            new ReentrantLock(); // a reader of a result may be another thread than the runner
    private List<HostArray> checkedInputs = List.of();
    private List<HostArray> checkedOutputs = List.of();
    private long runs;
    private long bytesUp;
    private long bytesDown;
    private long @Nullable [] nanos;
    private boolean started;
    private boolean failed; // in TornadoVM: what the device has is undefined
    private boolean closed;

    DeviceExecutable(Program program, Plan plan, Devices.Device device, Devices.Compilation compilation) {
        this.program = program;
        this.plan = plan;
        this.device = device;
        for (Kernel kernel : plan.kernels()) {
            for (int s : plan.storagesOf(kernel)) {
                arrays.computeIfAbsent(s, x -> new DeviceArray(plan.storages().get(s), this::receive));
            }
        }
        plan.contents().forEach((buffer, values) -> {
            DeviceArray array = at(buffer);
            if (array != null) {
                array.fill(values, plan.place(buffer).offset());
            }
        });
        this.inputs = at(plan.schedule().inputs().subList(0, program.inputs().size()));
        this.outputs = at(plan.schedule().outputs());
        this.faults = arrays.get(plan.storages().size() - 1);
        List<DeviceArray> state = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            DeviceArray array = inputs.get(i);
            if (array == null) {
                continue;
            }
            if (program.isDonated(i)) {
                state.add(array);
            } else if (array.bytes() < LARGE) {
                fed.add(array);
            } else {
                groups.add(List.of(array));
            }
        }
        groups.add(state);
        groups.add(faults == null ? List.of() : List.of(faults));
        groups.removeIf(List::isEmpty);
        try {
            this.graphs = new Graphs(plan, arrays, fed, groups, device, compilation);
        } catch (RuntimeException | Error e) {
            throw failure(e);
        }
    }

    private @Nullable DeviceArray at(Buffer buffer) {
        return arrays.get(plan.place(buffer).storage());
    }

    private List<@Nullable DeviceArray> at(List<Buffer> buffers) {
        List<@Nullable DeviceArray> result = new ArrayList<>();
        buffers.forEach(buffer -> result.add(at(buffer)));
        return result;
    }

    /** TornadoVM's failures have no words for users. */
    private DeviceException failure(Throwable cause) {
        String reason = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
        return new DeviceException(
                device.id() + ": TornadoVM failed (" + reason
                        + "); start Java with -Xlog:exceptions=info to see where, or use the device cpu",
                cause);
    }

    private void attempt(Runnable work) {
        if (failed) {
            throw new DeviceException(
                    device.id() + ": TornadoVM failed in an earlier run of this program, and what only"
                            + " the device had is lost; compile the program again and go on from the last checkpoint");
        }
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            failed = true;
            throw failure(e);
        }
    }

    private void receive(DeviceArray array) {
        lock.lock();
        try {
            bytesDown += array.bytes();
            attempt(() -> graphs.receive(array));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Program program() {
        return program;
    }

    @Override
    public void run(List<HostArray> in, List<HostArray> out) {
        if (!isSame(in, checkedInputs) || !isSame(out, checkedOutputs)) {
            program.check(in, out);
            checkedInputs = List.copyOf(in);
            checkedOutputs = List.copyOf(out);
        }
        if (!busy.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "run: this executable is running on another thread; compile one for each thread");
        }
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("run: this executable is closed; compile the program again");
            }
            send(in);
            each(outputs, out, DeviceArray::release);
            attempt(this::launch);
            each(outputs, out, DeviceArray::give);
            check();
        } finally {
            lock.unlock();
            busy.set(false);
        }
    }

    /** Whether these arrays were checked in the last run: arrays never change their type, shape or storage. */
    private static boolean isSame(List<HostArray> arrays, List<HostArray> last) {
        if (arrays.size() != last.size()) {
            return false;
        }
        for (int i = 0; i < arrays.size(); i++) {
            if (arrays.get(i) != last.get(i) || arrays.get(i).isDonated()) {
                return false;
            }
        }
        return true;
    }

    private static void each(
            List<@Nullable DeviceArray> here, List<HostArray> there, BiConsumer<DeviceArray, HostArray> work) {
        for (int i = 0; i < here.size(); i++) {
            DeviceArray array = here.get(i);
            if (array != null) {
                work.accept(array, there.get(i));
            }
        }
    }

    private void send(List<HostArray> in) {
        Set<DeviceArray> changed = new HashSet<>();
        each(inputs, in, (array, values) -> {
            if (fed.contains(array)) {
                array.feed(values);
                bytesUp += array.bytes();
            } else if (array.differsFrom(values)) {
                array.take(values);
                changed.add(array);
            }
        });
        if (!started) {
            attempt(graphs::start);
            for (DeviceArray array : arrays.values()) {
                bytesUp += fed.contains(array) ? 0 : array.bytes();
            }
            started = true;
            return;
        }
        for (int g = 0; g < groups.size(); g++) {
            if (groups.get(g).stream().anyMatch(changed::contains)) {
                send(g, changed);
            }
        }
    }

    /** Sends a whole group; what has not changed in it, and only the device has, is received before. */
    private void send(int group, Set<DeviceArray> changed) {
        for (DeviceArray array : groups.get(group)) {
            if (!changed.contains(array)) {
                array.receive();
            }
        }
        attempt(() -> graphs.send(group));
        for (DeviceArray array : groups.get(group)) {
            array.sent();
            bytesUp += array.bytes();
        }
    }

    private void launch() {
        if (++runs >= TIMED && Long.bitCount(runs) == 1 && graphs.canTime()) {
            nanos = graphs.runTimed(plan.kernels().size());
        } else {
            graphs.run();
        }
    }

    /** Throws what the kernels found out of range. */
    private void check() {
        if (faults == null) {
            return;
        }
        faults.written();
        faults.receive();
        int[] found = faults.toInts();
        for (int c = 0; c < plan.checks().size(); c++) {
            if (found[2 * c] != 0) {
                faults.fill(HostArray.zeros(DType.I32, Shape.of(found.length)), 0);
                send(groups.indexOf(List.of(faults)), Set.of(faults));
                throw plan.checks().get(c).error(found[2 * c + 1]);
            }
        }
    }

    /** Bytes that were sent to the device so far. */
    long bytesUp() {
        return bytesUp;
    }

    /** Bytes that came from the device so far. */
    long bytesDown() {
        return bytesDown;
    }

    /** Bytes that this program has on the device. */
    long deviceBytes() {
        return graphs.deviceBytes();
    }

    /** The time that kernel {@code k} took on the device when it was last measured, or 0. */
    long nanos(int k) {
        return nanos == null ? 0 : nanos[k];
    }

    @Override
    public String explain() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s: %d kernels, %d of them launched once; memory %.1f kB; %d runs, %.1f kB up and %.1f kB down%n",
                device.id(),
                plan.kernels().size(),
                plan.fixed(),
                plan.bytes() / 1e3,
                runs,
                bytesUp / 1e3,
                bytesDown / 1e3));
        text.append(String.format(Locale.ROOT, "%9s  %s%n", "us", "kernel"));
        for (int k = 0; k < plan.kernels().size(); k++) {
            Kernel kernel = plan.kernels().get(k);
            String time = nanos == null ? "-" : String.format(Locale.ROOT, "%.1f", nanos(k) / 1e3);
            text.append(String.format(Locale.ROOT, "%9s  %s%n", k < plan.fixed() ? "once" : time, kernel));
        }
        if (nanos == null) {
            text.append("        - times are ")
                    .append(graphs.canTime() ? "known after " + TIMED + " runs" : "not measured in recorded graphs")
                    .append('\n');
        }
        return text.toString();
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                if (failed) {
                    graphs.close();
                    return;
                }
                arrays.values().forEach(DeviceArray::close);
                attempt(graphs::close);
            }
        } finally {
            lock.unlock();
        }
    }
}
