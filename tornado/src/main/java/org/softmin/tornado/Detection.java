package org.softmin.tornado;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Whether TornadoVM can be used in this JVM: its devices, or the one reason why there are none and what to do. */
sealed interface Detection {
    /** The file in TornadoVM's folder with the options that start Java as a TornadoVM. */
    String ARGFILE = "tornado-argfile";

    /** TornadoVM's switch for running kernels that fail again on the CPU; on unless it is set. */
    String BAILOUT = "tornado.recover.bailout";

    /** TornadoVM's flags for compilers of OpenCL; unless it is set they assume that all numbers are finite. */
    String COMPILER = "tornado.opencl.compiler.flags";

    /** TornadoVM's switch for roots, sines and cosines of few digits, of doubles as well; on unless it is set. */
    String NATIVE = "tornado.enable.nativeFunctions";

    /** Flags of compilers that lose infinity and NaN. */
    Pattern FINITE = Pattern.compile("fast-relaxed-math|finite-math-only");

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
     * @param bailout value of {@value #BAILOUT}, or null
     * @param compiler value of {@value #COMPILER}, or null
     * @param inexact value of {@value #NATIVE}, or null
     * @param memory value of {@value Memory#PROPERTY}, or null
     */
    record Jvm(
            @Nullable String home,
            @Nullable String runtime,
            @Nullable String bailout,
            @Nullable String compiler,
            @Nullable String inexact,
            @Nullable String memory) {
        static Jvm current() {
            return new Jvm(
                    System.getenv("TORNADOVM_HOME"),
                    System.getProperty("tornado.load.runtime.implementation"),
                    System.getProperty(BAILOUT),
                    System.getProperty(COMPILER),
                    System.getProperty(NATIVE),
                    System.getProperty(Memory.PROPERTY));
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
                    + " -D" + BAILOUT + "=False -Dtornado.tvm.maxbytecodesize=65536 -D" + COMPILER + "=-w -D" + NATIVE
                    + "=False, as studies/bin/softmin does");
        }
        if (!"false".equalsIgnoreCase(jvm.bailout)) {
            return Optional.of(
                    "TornadoVM would run a kernel that fails on the CPU instead and not say so: start Java with -D"
                            + BAILOUT + "=False");
        }
        if (jvm.compiler == null || FINITE.matcher(jvm.compiler).find()) {
            return Optional.of(
                    "TornadoVM would let OpenCL take all numbers for finite: start Java with -D" + COMPILER + "=-w");
        }
        if (!"false".equalsIgnoreCase(jvm.inexact)) {
            return Optional.of("TornadoVM would compute roots, sines and cosines to a few digits: start Java with -D"
                    + NATIVE + "=False");
        }
        if (Memory.limit(jvm.memory).isEmpty()) {
            return Optional.of("TornadoVM cannot read the limit on device memory \"" + jvm.memory
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
