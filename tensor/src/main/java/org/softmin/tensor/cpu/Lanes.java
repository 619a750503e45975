package org.softmin.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The one place that decides how wide a vector is: every kernel takes its species from here.
 *
 * <p>The width is what the machine prefers, or the system property {@value VectorModule#BITS_PROPERTY}. The fields are
 * constants to the compiler, which is what makes vector code compile to vector instructions. No result depends on
 * them. Loading this class needs the module {@code jdk.incubator.vector}: ask {@link VectorModule#available} first.
 */
public final class Lanes {
    /** Width of a vector in bits. */
    public static final int BITS = VectorModule.bits(
            FloatVector.SPECIES_PREFERRED.vectorBitSize(), System.getProperty(VectorModule.BITS_PROPERTY, ""));

    private static final VectorShape SHAPE = VectorShape.forBitSize(BITS);

    /** Lanes of float. */
    public static final VectorSpecies<Float> F32 = VectorSpecies.of(float.class, SHAPE);

    /** As many lanes of int as {@link #F32} has: its bits, its masks, its indices. */
    public static final VectorSpecies<Integer> I32 = VectorSpecies.of(int.class, SHAPE);

    /** Lanes of double. */
    public static final VectorSpecies<Double> F64 = VectorSpecies.of(double.class, SHAPE);

    /** As many lanes of long as {@link #F64} has: its bits and its masks. */
    public static final VectorSpecies<Long> I64 = VectorSpecies.of(long.class, SHAPE);

    /** As many lanes of int as {@link #F64} has, in half a vector: I32 and BOOL data that goes with F64 data. */
    public static final VectorSpecies<Integer> I32_HALF = VectorSpecies.of(int.class, VectorShape.forBitSize(BITS / 2));

    private static final VectorShape NARROW = VectorShape.forBitSize(Math.min(BITS, 256));

    /** Lanes of float for matrices with few columns: of narrower vectors, machines add more at a time. */
    public static final VectorSpecies<Float> F32_NARROW = VectorSpecies.of(float.class, NARROW);

    /** Lanes of double for matrices with few columns. */
    public static final VectorSpecies<Double> F64_NARROW = VectorSpecies.of(double.class, NARROW);

    /**
     * Vector registers of the machine: the limit of a register tile. AVX-512 and AArch64 have 32; x86 with a smaller
     * width is taken to have 16, which is true of AVX2.
     */
    static final int REGISTERS =
            BITS == 512 || System.getProperty("os.arch", "").equals("aarch64") ? 32 : 16;

    private Lanes() {}
}
