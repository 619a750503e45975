package org.softmin.tensor.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Executable;
import org.softmin.tensor.Program;
import org.softmin.tensor.plan.Decompose;
import org.softmin.tensor.plan.Schedule;
import org.softmin.tensor.plan.Simplify;
import org.softmin.tensor.plan.Verifier;

/**
 * Runs programs on the cores of this machine, with vector instructions where there are any.
 *
 * <p>Results are the same to the bit for any number of threads, any vector width and the scalar fallback. Thread-safe;
 * an executable is not.
 */
public final class CpuBackend implements Backend {
    private static final Map<Integer, Workers> WORKERS = new ConcurrentHashMap<>();

    private final Options options;
    private final Kernels kernels;
    private final Workers workers;

    /** A backend with the given options; the first one logs which instructions are used. */
    public CpuBackend(Options options) {
        boolean simd = options.simd() && VectorModule.available();
        this.options = options.detectAnomaly() ? options.withSimd(simd).withFuse(false) : options.withSimd(simd);
        this.kernels = simd ? Kernels.vector() : Kernels.scalar();
        this.workers = WORKERS.computeIfAbsent(options.threads(), Workers::new);
        VectorModule.announce(options.threads());
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public Executable compile(Program program) {
        Program simplified = Simplify.apply(Verifier.check(program));
        Program primitive = Verifier.check(Simplify.apply(Decompose.apply(simplified, composite -> false)));
        return new CpuExecutable(program, Schedule.of(primitive, options.fuse()), options, kernels, workers);
    }

    /** Makes this backend known by name. */
    public static final class Provider implements Backend.Provider {
        /** Called by the service loader. */
        public Provider() {}

        @Override
        public String name() {
            return "cpu";
        }

        @Override
        public String describe() {
            return VectorModule.describe(Options.DEFAULT.threads());
        }

        @Override
        public boolean available() {
            return true;
        }

        @Override
        public Backend open(Options options) {
            return new CpuBackend(options);
        }
    }
}
