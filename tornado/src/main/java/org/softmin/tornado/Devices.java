package org.softmin.tornado;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;

/**
 * TornadoVM's devices: the seam to the half of this module that touches TornadoVM's own classes.
 *
 * <p>That half is compiled only where TornadoVM is installed. {@link TornadoBackend} finds it through {@link
 * java.util.ServiceLoader} on the class path: a public class with a public constructor without arguments, named in {@code
 * META-INF/services/org.softmin.tornado.Devices}. Its constructor must touch none of TornadoVM's classes; {@link #list}
 * may, and is called only in a JVM that was started as a TornadoVM and does not run failed kernels again on the CPU.
 * Implementations are thread-safe.
 */
public interface Devices {
    /**
     * All devices of all of TornadoVM's backends, in its order. Called once.
     *
     * @throws RuntimeException or an Error, whatever TornadoVM throws where it finds no driver: taken as the reason why
     *     there is none
     */
    List<Device> list();

    /**
     * A backend that compiles for {@code device}, one of the list.
     *
     * <p>It need not look at element types: programs with one that the device lacks are refused before they get here. It
     * calls {@link Device#require} with the memory that a program takes before it allocates any. For an op without a
     * kernel it throws an {@link UnsupportedOperationException} with the op's name, and what TornadoVM throws while it
     * compiles and runs it wraps into a {@link org.softmin.tensor.DeviceException}.
     *
     * @param compilation told of each kernel that is compiled
     */
    Backend open(Device device, Backend.Options options, Compilation compilation);

    /** Measures what {@code device} can do at best; takes a few seconds. */
    Limits measure(Device device);

    /**
     * What a device can do at best, as measured.
     *
     * @param flops floating-point operations a second, of multiply-adds in F32 that touch no memory
     * @param launches seconds that it takes to launch so many kernels that do nothing, together, by their number
     */
    record Limits(double flops, SortedMap<Integer, Double> launches) {
        /** Copies the map. */
        public Limits {
            launches = Collections.unmodifiableSortedMap(new TreeMap<>(launches));
        }
    }

    /**
     * Hears how far the compilation of a program's kernels is; each takes a tenth of a second or more. Thread-safe.
     *
     * <p>Not after each kernel: TornadoVM compiles those of a task graph, a hundred and more, as it first runs the graph, and
     * tells nobody how far it is. This is called after each graph.
     */
    @FunctionalInterface
    interface Compilation {
        /** {@code done} of the program's {@code of} kernels are compiled; the first call says 0. */
        void compiled(int done, int of);
    }

    /**
     * A device and what it can do.
     *
     * @param backend TornadoVM's backend: {@code opencl}, {@code ptx} or {@code cuda}
     * @param backendIndex that backend's index, for {@code TornadoExecutionPlan.getDevice(backendIndex, index)}
     * @param index the device's index in that backend
     * @param model what it is, such as {@code NVIDIA H100 80GB HBM3}
     * @param driver what TornadoVM reaches it through
     * @param gpu whether it is a graphics processor and not, say, the CPU under OpenCL
     * @param memoryBytes its memory, in bytes
     * @param arrayBytes memory that one array may take, in bytes: OpenCL often allows a quarter of all
     * @param doubles whether it computes in F64
     */
    record Device(
            String backend,
            int backendIndex,
            int index,
            String model,
            String driver,
            boolean gpu,
            long memoryBytes,
            long arrayBytes,
            boolean doubles) {
        /** Name by which it is chosen, such as {@code tornado:opencl:0}. */
        public String id() {
            return TornadoBackend.NAME + ":" + backend + ":" + index;
        }

        /** What the list of all backends' devices says of it. */
        Backend.Device listed() {
            Set<DType> dtypes = EnumSet.allOf(DType.class);
            if (!doubles) {
                dtypes.remove(DType.F64);
            }
            return new Backend.Device(id(), model + " (" + driver + ")", gpu, memoryBytes, dtypes);
        }

        /**
         * Checks that a program fits into the device's memory, and into the share of it that TornadoVM may use.
         *
         * <p>What other programs have on the device is not known here: one that fits by itself may still find it full.
         *
         * @param bytes what all arrays of the program take together
         * @param largest what the largest of them takes
         * @throws org.softmin.tensor.DeviceException if it does not
         */
        public void require(long bytes, long largest) {
            Memory.check(this, bytes, largest, System.getProperty(Memory.PROPERTY));
        }
    }
}
