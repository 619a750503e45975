package org.softmin.tensor;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A key to random numbers: the same key gives the same numbers, and independent streams come from derived keys.
 *
 * <p>Start from one seed, {@link #derive} a key by name for each purpose and {@link #fold} in a step number for each
 * repetition; drawing twice from one key gives the same numbers twice, by design. The key is a tensor, so that a
 * compiled program can take it (or the step) as an input. Immutable and thread-safe.
 *
 * @param words the Philox key, I32 [2]
 */
public record RandomKey(Tensor words) {
    private static final int DERIVED = 0x80000000;
    private static final int FOLDED = 1;

    /** The root key of a seed. */
    public static RandomKey of(long seed) {
        return new RandomKey(pair((int) seed, (int) (seed >>> 32)));
    }

    /** The key for the purpose called {@code name}. */
    public RandomKey derive(String name) {
        long hash = 0xcbf29ce484222325L; // FNV-1a, 64 bit
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xFF)) * 0x100000001b3L;
        }
        return next(pair((int) hash, (int) (hash >>> 32) | DERIVED));
    }

    /** The key for repetition {@code step}, an I32 scalar that may be known only at run time. */
    public RandomKey fold(Tensor step) {
        Tensor tag = Tensor.of(DType.I32, Shape.of(1), FOLDED);
        return next(Tensor.concat(0, List.of(step.reshape(1), tag)));
    }

    /** The key for repetition {@code step}. */
    public RandomKey fold(int step) {
        return fold(Tensor.scalar(DType.I32, step));
    }

    private RandomKey next(Tensor counter) {
        return new RandomKey(Tensor.of(new Op.RandomBits(Shape.of(2)), words, counter));
    }

    /** Uniform random 32-bit words (I32). */
    public Tensor bits(Shape shape) {
        return Tensor.of(new Op.RandomBits(shape), words, pair(0, 0));
    }

    /** Uniform numbers in [0, 1): 24 random bits in F32, 53 in F64. */
    public Tensor uniform(DType dtype, Shape shape) {
        return switch (dtype) {
            case F32 -> bits(shape).shiftRight(8).cast(DType.F32).mul(0x1p-24);
            case F64 -> {
                Tensor pairs = bits(shape.insert(shape.rank(), 2));
                Tensor high = word(pairs, 0, shape).shiftRight(6); // 26 bits
                Tensor low = word(pairs, 1, shape).shiftRight(5); // 27 bits
                yield high.cast(DType.F64).mul(0x1p-26).add(low.cast(DType.F64).mul(0x1p-53));
            }
            case I32, BOOL ->
                throw new IllegalArgumentException(
                        "uniform: " + dtype + " has no uniform numbers in [0, 1); use F32 or F64, or bits()");
        };
    }

    private static Tensor word(Tensor pairs, int index, Shape shape) {
        return pairs.slice(-1, index, index + 1).reshape(shape);
    }

    /** Uniform numbers in [low, high). */
    public Tensor uniform(DType dtype, Shape shape, double low, double high) {
        return uniform(dtype, shape).mul(high - low).add(low);
    }

    /** Standard normal numbers, by the method of Box and Muller. */
    public Tensor normal(DType dtype, Shape shape) {
        Tensor radius =
                derive("radius").uniform(dtype, shape).neg().log1p().mul(-2).sqrt();
        Tensor angle = derive("angle").uniform(dtype, shape).mul(2 * Math.PI);
        return radius.mul(angle.cos());
    }

    /** A random order of 0, 1, …, n − 1 (I32): the order that sorts random words. */
    public Tensor permutation(int n) {
        return bits(Shape.of(n)).argSort(0);
    }

    private static Tensor pair(int low, int high) {
        return Tensor.of(DType.I32, Shape.of(2), low, high);
    }
}
