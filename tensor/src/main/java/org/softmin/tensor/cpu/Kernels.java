package org.softmin.tensor.cpu;

import org.softmin.tensor.DType;

/**
 * The loops for each element type, as vectors or as plain Java: same results, to the bit.
 *
 * <p>Start with {@link #best}. {@link FloatLoops} and {@link DoubleLoops} define the results; their vector twins override
 * what vectors do faster. Immutable and thread-safe.
 */
public record Kernels(Loops<float[]> f32, Loops<double[]> f64, Loops<int[]> i32, Loops<int[]> bool) {
    /** The fastest that this JVM can run. */
    public static Kernels best() {
        return VectorModule.available() ? vector() : scalar();
    }

    /** Vector kernels; {@link VectorModule#available} must hold. */
    public static Kernels vector() {
        return Vector.KERNELS;
    }

    /** Plain Java kernels. */
    public static Kernels scalar() {
        return Plain.KERNELS;
    }

    /** The loops for elements of {@code dtype}. */
    public Loops<?> of(DType dtype) {
        return switch (dtype) {
            case F32 -> f32;
            case F64 -> f64;
            case I32 -> i32;
            case BOOL -> bool;
        };
    }

    /** Loaded on first use: only then are classes of the Vector API touched. */
    private static final class Vector {
        // The JIT of x86 has no masks of two lanes, and without it they would be worth little.
        private static final boolean TWO_LANES = Lanes.F64.length() == 2;

        static final Kernels KERNELS = new Kernels(
                new VectorFloatLoops(),
                TWO_LANES ? new DoubleLoops() : new VectorDoubleLoops(),
                new IntLoops(DType.I32),
                new IntLoops(DType.BOOL));
    }

    private static final class Plain {
        static final Kernels KERNELS =
                new Kernels(new FloatLoops(), new DoubleLoops(), new IntLoops(DType.I32), new IntLoops(DType.BOOL));
    }
}
