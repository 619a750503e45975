package org.softmin.tensor.cpu;

import java.lang.System.Logger.Level;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Whether the Vector API may be used, found out without loading any class of it.
 *
 * <p>Ask {@link #available} before the first touch of {@link Lanes} or of any class that mentions a vector.
 */
public final class VectorModule {
    /** System property that overrides the vector width in bits: 128, 256 or 512. For tests and experiments. */
    public static final String BITS_PROPERTY = "softmin.vector.bits";

    private static final String NAME = "jdk.incubator.vector";
    private static final Optional<String> REFUSAL =
            isAffected(Runtime.version()) ? refusal(Runtime.version(), collectors()) : Optional.empty();
    private static final boolean AVAILABLE = readable() && REFUSAL.isEmpty();

    private static final AtomicBoolean ANNOUNCED = new AtomicBoolean();

    private VectorModule() {}

    /** True if the vector kernels can be used; false means the scalar fallback, with the same bits. */
    public static boolean available() {
        return AVAILABLE;
    }

    /** One line for the log: which kernels are in use, how wide, how many threads, and how to make it faster. */
    public static String describe(int threads) {
        String crew = threads == 1 ? "1 thread" : threads + " threads";
        if (AVAILABLE) {
            return "CPU backend: " + instructionSet(System.getProperty("os.arch", ""), Lanes.BITS) + ", " + crew;
        }
        return "CPU backend: scalar fallback, " + crew + ": "
                + REFUSAL.orElse("start Java with --add-modules " + NAME + " for SIMD speed");
    }

    /**
     * Logs {@link #describe}, the first time only. The slow path is a warning, written before anything is computed;
     * what is as it should be is level INFO and written by a thread of its own, as loggers are slow to start.
     */
    public static void announce(int threads) {
        if (!ANNOUNCED.compareAndSet(false, true)) {
            return;
        }
        String line = describe(threads);
        if (AVAILABLE) {
            Thread.ofPlatform().daemon().name("softmin-log").start(() -> log(Level.INFO, line));
        } else {
            log(Level.WARNING, line);
        }
    }

    private static void log(Level level, String line) {
        System.getLogger(VectorModule.class.getPackageName()).log(level, line);
    }

    /**
     * What is wrong with this Java for vector kernels, if anything: JDK 25.0.0 to 25.0.2 can corrupt arrays that G1 has
     * pinned (JDK-8377811).
     */
    static Optional<String> refusal(Runtime.Version version, List<String> collectors) {
        boolean g1 = collectors.stream().anyMatch(name -> name.startsWith("G1"));
        return isAffected(version) && g1
                ? Optional.of(
                        "Java " + version + " with G1 can corrupt arrays (JDK-8377811), so vector kernels are off;"
                                + " use JDK 25.0.3 or later, or start Java with -XX:+UseParallelGC")
                : Optional.empty();
    }

    private static boolean isAffected(Runtime.Version version) {
        return version.feature() == 25 && version.interim() == 0 && version.update() <= 2;
    }

    /** Asked for only where it matters: the management beans take a while to load. */
    private static List<String> collectors() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .map(GarbageCollectorMXBean::getName)
                .toList();
    }

    /**
     * The vector width to use, in bits, where a machine prefers {@code preferred} and the override is {@code wanted}.
     *
     * @throws IllegalArgumentException if the override is not a width that exists
     */
    static int bits(int preferred, String wanted) {
        return switch (wanted) {
            case "" -> Math.clamp(preferred, 128, 512);
            case "128", "256", "512" -> Integer.parseInt(wanted);
            default ->
                throw new IllegalArgumentException(
                        BITS_PROPERTY + ": " + wanted + " is not a vector width; use 128, 256 or 512");
        };
    }

    static String instructionSet(String architecture, int bits) {
        boolean arm = architecture.equals("aarch64");
        String name = bits == 128 ? (arm ? "NEON" : "SSE") : arm ? "SVE" : bits == 256 ? "AVX2" : "AVX-512";
        return name + " (" + bits + " bit)";
    }

    private static boolean readable() {
        return ModuleLayer.boot()
                .findModule(NAME)
                .filter(VectorModule.class.getModule()::canRead)
                .isPresent();
    }
}
