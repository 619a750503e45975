package org.softmin.tornado;

import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.DeviceException;
import org.softmin.tensor.Executable;
import org.softmin.tensor.Program;
import org.softmin.tornado.Detection.Absent;
import org.softmin.tornado.Detection.Jvm;
import org.softmin.tornado.Detection.Present;

/**
 * Runs programs on a device of TornadoVM: {@code Backend.named("tornado:opencl:0")}.
 *
 * <p>Nothing here touches TornadoVM's own classes, so it works, and says what is missing, on a machine without it; what
 * does is behind {@link Devices}. A program that the device cannot run is a {@link DeviceException} before anything is
 * computed: nothing falls back to the CPU. Thread-safe; an executable is not.
 */
public final class TornadoBackend implements Backend {
    static final String NAME = "tornado";

    private static final List<String> BACKENDS = List.of("opencl", "ptx", "cuda");

    private final Devices half;
    private final Devices.Device device;
    private final Backend backend;

    TornadoBackend(Devices half, Devices.Device device, Options options, Devices.Compilation compilation) {
        this.half = half;
        this.device = device;
        this.backend = half.open(device, options, compilation);
    }

    @Override
    public String name() {
        return device.id();
    }

    /** Measures what the device can do at best, without programs: a mark to compare them with. Takes a few seconds. */
    public Devices.Limits limits() {
        return half.measure(device);
    }

    @Override
    public Executable compile(Program program) {
        if (!device.doubles() && program.nodes().stream().anyMatch(node -> node.dtype() == DType.F64)) {
            throw new DeviceException(name() + ": the program computes in F64 and " + device.model()
                    + " does not; use F32, or the device cpu");
        }
        try {
            return backend.compile(program);
        } catch (UnsupportedOperationException op) {
            throw new DeviceException(
                    name() + ": there is no kernel for " + op.getMessage() + "; use the device cpu", op);
        }
    }

    /** Lists TornadoVM's devices among those of all backends, or says why there are none. */
    public static final class Provider implements Backend.Provider {
        private final Supplier<Detection> detection;

        /** Called by the service loader. */
        public Provider() {
            this(() -> Found.DETECTION);
        }

        Provider(Supplier<Detection> detection) {
            this.detection = detection;
        }

        /** Drivers take a second to start: once in a JVM, and only if somebody asks. */
        private static final class Found {
            static final Detection DETECTION = Detection.of(
                    Jvm.current(),
                    () -> ServiceLoader.load(Devices.class, Devices.class.getClassLoader())
                            .findFirst());
        }

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String describe() {
            return detection.get().describe();
        }

        @Override
        public boolean available() {
            return detection.get() instanceof Present;
        }

        @Override
        public List<Device> devices() {
            return switch (detection.get()) {
                case Present present ->
                    present.devices().stream().map(Devices.Device::listed).toList();
                case Absent absent -> List.of();
            };
        }

        @Override
        public Device device(String name) {
            return find(name).listed();
        }

        @Override
        public Backend open(Options options) {
            return open(device(NAME), options);
        }

        @Override
        public Backend open(Device device, Options options) {
            Devices.Device found = find(device.name());
            System.Logger log = System.getLogger(TornadoBackend.class.getName());
            Devices.Compilation compilation =
                    new CompilationLog(found, System::nanoTime, line -> log.log(System.Logger.Level.INFO, line));
            return new TornadoBackend(present(NAME).half(), found, options, compilation);
        }

        private Present present(String name) {
            return switch (detection.get()) {
                case Present present -> present;
                case Absent absent ->
                    throw new DeviceException("device " + name + " is not available: " + absent.describe());
            };
        }

        /** The first device that {@code name} may mean: {@code tornado}, {@code tornado:ptx} or {@code tornado:ptx:1}. */
        private Devices.Device find(String name) {
            String[] parts = name.split(":", -1);
            if (parts.length > 1 && !BACKENDS.contains(parts[1])) {
                throw new IllegalArgumentException("device: \"" + name + "\" names no backend of TornadoVM; use "
                        + BACKENDS.stream().map(backend -> NAME + ":" + backend).collect(Collectors.joining(", ")));
            }
            if (parts.length > 3 || (parts.length == 3 && !parts[2].matches("\\d{1,9}"))) {
                throw new IllegalArgumentException(
                        "device: \"" + name + "\" does not end in the number of a device; use " + NAME + ":" + parts[1]
                                + ":0 for the first");
            }
            List<Devices.Device> devices = present(name).devices();
            return devices.stream()
                    .filter(device -> (device.id() + ":").startsWith(name + ":"))
                    .findFirst()
                    .orElseThrow(() -> new DeviceException("device " + name + " is not there; there are "
                            + devices.stream().map(Devices.Device::id).collect(Collectors.joining(", "))));
        }
    }
}
