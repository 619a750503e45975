package org.softmin.tornado;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Whether TornadoVM can be used in this JVM: its devices, or the one reason why there are none and what to do. */
sealed interface Detection {
    /** The file in TornadoVM's folder with the options that start Java as a TornadoVM. */
    String ARGFILE = "tornado-argfile";

    /** TornadoVM's flags for compilers of OpenCL; unless it is set they assume that all numbers are finite. */
    String COMPILER = "tornado.opencl.compiler.flags";

    /** Flags of compilers that lose infinity and NaN. */
    Pattern FINITE = Pattern.compile("fast-relaxed-math|finite-math-only");

    /** What TornadoVM does unless it is told not to, and must not. */
    enum Switch {
        BAILOUT("tornado.recover.bailout", "run a kernel that fails on the CPU instead and not say so"),
        NATIVE("tornado.enable.nativeFunctions", "compute roots, sines and cosines to a few digits"),
        // Drivers' compilers fuse products and sums themselves, where they may.
        FMA("tornado.enable.fma", "fail to compile the sum of a product with itself"),
        MATH("tornado.enable.mathOptimizations", "compute the inverses of roots to fewer digits");

        private final String property;
        private final String harm;

        Switch(String property, String harm) {
            this.property = property;
            this.harm = harm;
        }

        /** What turns it off. */
        private String off() {
            return "-D" + property + "=False";
        }
    }

    /** One line for people. */
    String describe();

    /**
     * There are devices.
     *
     * @param half what opens them
     * @param devices at least one; graphics processors first, otherwise in TornadoVM's order
     */
    record Present(Devices half, List<Devices.Device> devices) implements Detection {
        @Override
        public String describe() {
            return "TornadoVM with " + devices.stream().map(Devices.Device::id).collect(Collectors.joining(", "));
        }
    }

    /**
     * There are none.
     *
     * @param describe why, and what to do
     */
    record Absent(String describe) implements Detection {}

    /**
     * What decides it.
     *
     * @param home folder of TornadoVM, as the environment says, or null
     * @param runtime TornadoVM's runtime that this JVM was started with, or null
     * @param properties system properties of TornadoVM
     */
    record Jvm(@Nullable String home, @Nullable String runtime, Map<String, String> properties) {
        static Jvm current() {
            Properties all = System.getProperties();
            return new Jvm(
                    System.getenv("TORNADOVM_HOME"),
                    System.getProperty("tornado.load.runtime.implementation"),
                    all.stringPropertyNames().stream()
                            .filter(name -> name.startsWith("tornado."))
                            .collect(Collectors.toMap(name -> name, all::getProperty)));
        }
    }

    /**
     * Looks for devices; the first thing that is missing is the answer.
     *
     * @param found gives the half that touches TornadoVM, if this build has it
     */
    static Detection of(Jvm jvm, Supplier<Optional<Devices>> found) {
        if (jvm.runtime == null && jvm.home == null) {
            return new Absent(
                    "TornadoVM is not installed, or TORNADOVM_HOME does not say where: install it (sdk install"
                            + " tornadovm) and set TORNADOVM_HOME to its folder");
        }
        if (jvm.runtime == null && !Files.isReadable(Path.of(jvm.home, ARGFILE))) {
            return new Absent("TORNADOVM_HOME is " + jvm.home + " and holds no " + ARGFILE
                    + "; set it to the folder of TornadoVM that does");
        }
        try {
            Optional<Devices> half = found.get();
            if (half.isEmpty()) {
                return new Absent("this build of Softmin left out the half that uses TornadoVM: build it again with"
                        + " TORNADOVM_HOME set");
            }
            return flags(jvm).<Detection>map(Absent::new).orElseGet(() -> devices(half.get()));
        } catch (Throwable failure) { // TornadoVM throws errors where it finds no driver
            return new Absent(
                    "TornadoVM finds no driver (" + reason(failure) + "): install the driver of your device, and"
                            + " set TORNADOVM_HOME to the TornadoVM made for its kind (opencl, cuda or ptx)");
        }
    }

    /** What is wrong with the flags that this JVM was started with. */
    private static Optional<String> flags(Jvm jvm) {
        if (jvm.runtime == null) {
            return Optional.of("this JVM was not started as a TornadoVM: start Java with @" + jvm.home + "/" + ARGFILE
                    + " -Dtornado.tvm.maxbytecodesize=65536 -D" + COMPILER + "=-w "
                    + Stream.of(Switch.values()).map(Switch::off).collect(Collectors.joining(" "))
                    + ", as studies/bin/softmin does");
        }
        for (Switch on : Switch.values()) {
            if (!"false".equalsIgnoreCase(jvm.properties.get(on.property))) {
                return Optional.of("TornadoVM would " + on.harm + ": start Java with " + on.off());
            }
        }
        String compiler = jvm.properties.get(COMPILER);
        if (compiler == null || FINITE.matcher(compiler).find()) {
            return Optional.of(
                    "TornadoVM would let OpenCL take all numbers for finite: start Java with -D" + COMPILER + "=-w");
        }
        String memory = jvm.properties.get(Memory.PROPERTY);
        if (Memory.limit(memory).isEmpty()) {
            return Optional.of("TornadoVM cannot read the limit on device memory \"" + memory
                    + "\": set SOFTMIN_DEVICE_MEMORY, or -D" + Memory.PROPERTY
                    + ", to a whole number of KB, MB or GB, such as 16GB");
        }
        return Optional.empty();
    }

    private static Detection devices(Devices half) {
        List<Devices.Device> devices = half.list().stream()
                .sorted(Comparator.comparing(device -> !device.gpu()))
                .toList();
        return devices.isEmpty()
                ? new Absent(
                        "TornadoVM finds no device: see that its driver lists one (clinfo for OpenCL, nvidia-smi for"
                                + " CUDA and PTX)")
                : new Present(half, devices);
    }

    private static String reason(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.toString()
                .replaceAll("\u001b\\[[0-9;]*m|\\p{Cntrl}", " ") // it writes in colours
                .replaceAll(" +", " ")
                .strip();
    }
}
