package org.softmin.tensor;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Something that can run programs: it compiles a {@link Program} once into an {@link Executable}.
 *
 * <p>Get one by name: {@code Backend.named("cpu")}. Built in are {@code cpu} (SIMD, all cores) and {@code reference}
 * (scalar double precision, the definition of what every other backend must compute). A backend with several devices opens
 * one by a longer name: {@code Backend.named("tornado:opencl:0")}. Thread-safe.
 */
public interface Backend {
    /** Name by which this backend is chosen. */
    String name();

    /** Compiles {@code program}: done once, then run as often as wanted. */
    Executable compile(Program program);

    /**
     * How programs are compiled and run. Results do not depend on any of it, to the bit.
     *
     * @param threads worker threads, at least 1
     * @param simd whether to use vector instructions where the machine and the JVM have them
     * @param fuse whether neighbouring elementwise ops become one loop
     * @param reuse whether buffers whose contents are dead are used again
     * @param detectAnomaly whether to stop at the first op that makes a NaN or an infinity, naming it; slow
     * @param eager whether generated kernels are used from the first run on, and not only once they are fast: for tests
     */
    record Options(int threads, boolean simd, boolean fuse, boolean reuse, boolean detectAnomaly, boolean eager) {
        /** All cores, everything on, no anomaly detection. */
        public static final Options DEFAULT =
                new Options(Runtime.getRuntime().availableProcessors(), true, true, true, false, false);

        /** Checks the number of threads. */
        public Options {
            if (threads < 1) {
                throw new IllegalArgumentException("backend: " + threads + " threads; use 1 or more");
            }
        }

        /** These options with another number of threads. */
        public Options withThreads(int count) {
            return new Options(count, simd, fuse, reuse, detectAnomaly, eager);
        }

        /** These options with or without vector instructions. */
        public Options withSimd(boolean on) {
            return new Options(threads, on, fuse, reuse, detectAnomaly, eager);
        }

        /** These options with or without fusion. */
        public Options withFuse(boolean on) {
            return new Options(threads, simd, on, reuse, detectAnomaly, eager);
        }

        /** These options with or without reuse of buffers. */
        public Options withReuse(boolean on) {
            return new Options(threads, simd, fuse, on, detectAnomaly, eager);
        }

        /** These options with or without anomaly detection. */
        public Options withDetectAnomaly(boolean on) {
            return new Options(threads, simd, fuse, reuse, on, eager);
        }

        /** These options with or without the use of generated kernels before they are fast. */
        public Options withEager(boolean on) {
            return new Options(threads, simd, fuse, reuse, detectAnomaly, on);
        }
    }

    /**
     * Something that a backend computes on.
     *
     * @param name by which it is chosen: the backend's own, or one that begins with it, such as {@code tornado:opencl:0}
     * @param description what it is, for people
     * @param gpu whether it is a graphics processor
     * @param memoryBytes how much memory programs find there, in bytes
     * @param dtypes element types that it computes with
     */
    record Device(String name, String description, boolean gpu, long memoryBytes, Set<DType> dtypes) {
        /** Copies the set. */
        public Device {
            dtypes = Set.copyOf(dtypes);
        }
    }

    /** How a backend makes itself known, through {@link ServiceLoader}. */
    interface Provider {
        /** Name by which the backend is chosen. */
        String name();

        /** One line for people: which device it is, or why it is not available and what to do. */
        String describe();

        /** Whether {@link #open(Options)} will succeed. */
        boolean available();

        /** The backend with the given options, on the first of its devices. */
        Backend open(Options options);

        /** What it can compute on here, the preferred device first: the processor, unless it says otherwise. */
        default List<Device> devices() {
            long memory = Runtime.getRuntime().maxMemory();
            return available()
                    ? List.of(new Device(name(), describe(), false, memory, EnumSet.allOf(DType.class)))
                    : List.of();
        }

        /**
         * The device of that name; the backend's own name is the first one.
         *
         * @throws IllegalArgumentException if no device of this backend can have that name
         * @throws DeviceException if it could exist and is not there
         */
        default Device device(String name) {
            if (!name.equals(name())) {
                throw new IllegalArgumentException(
                        "device: \"" + name + "\" names one of several, and " + name() + " is one; use " + name());
            }
            return devices().stream()
                    .findFirst()
                    .orElseThrow(() -> new DeviceException("device " + name + " is not available: " + describe()));
        }

        /** The backend with the given options, on one of its devices. */
        default Backend open(Device device, Options options) {
            return open(options);
        }
    }

    /** All backends that are known here, available or not. */
    static List<Provider> providers() {
        List<Provider> result = new ArrayList<>();
        ServiceLoader.load(Provider.class, Backend.class.getClassLoader()).forEach(result::add);
        return result;
    }

    /** The backend of that name, with default options. */
    static Backend named(String name) {
        return named(name, Options.DEFAULT);
    }

    /**
     * The backend of that name, or on the device of that name.
     *
     * @throws IllegalArgumentException if there is no such backend, or none of its devices can have that name
     * @throws DeviceException if it is not available here
     */
    static Backend named(String name, Options options) {
        List<Provider> known = providers();
        String backend = name.split(":", 2)[0];
        for (Provider provider : known) {
            if (provider.name().equals(backend)) {
                return provider.open(provider.device(name), options);
            }
        }
        throw new IllegalArgumentException("backend: no backend is called " + backend + "; there are "
                + known.stream().map(Provider::name).collect(Collectors.joining(", ")));
    }
}
