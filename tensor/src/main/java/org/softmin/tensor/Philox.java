package org.softmin.tensor;

/**
 * The counter-based generator Philox4x32-10: block number in, four random words out, nothing remembered.
 *
 * <p>Any block can be had at any time by any thread, which is what makes random numbers reproducible whatever the
 * number of threads. Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 * Stateless and thread-safe.
 */
public final class Philox {
    private static final int ROUNDS = 10;
    private static final int MULTIPLIER_0 = 0xD2511F53;
    private static final int MULTIPLIER_1 = 0xCD9E8D57;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;

    /** For a block of which only a part is wanted; kept, because drawing must not allocate. */
    private static final ThreadLocal<int[]> LAST_BLOCK = ThreadLocal.withInitial(() -> new int[4]);

    private Philox() {}

    /** Writes the four words of the block with counter (c0, c1, c2, c3) under key (k0, k1) to {@code out}. */
    public static void block(int c0, int c1, int c2, int c3, int k0, int k1, int[] out, int offset) {
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = (MULTIPLIER_0 & 0xFFFFFFFFL) * (c0 & 0xFFFFFFFFL);
            long p1 = (MULTIPLIER_1 & 0xFFFFFFFFL) * (c2 & 0xFFFFFFFFL);
            c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c1 = (int) p1;
            c3 = (int) p0;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        out[offset] = c0;
        out[offset + 1] = c1;
        out[offset + 2] = c2;
        out[offset + 3] = c3;
    }

    /**
     * Fills {@code out[offset .. offset + n)} with the words from element {@code first} (a multiple of 4) of the stream
     * with the given key and upper counter half.
     */
    public static void fill(int k0, int k1, int c2, int c3, int first, int[] out, int offset, int n) {
        int whole = n & ~3;
        for (int i = 0; i < whole; i += 4) {
            block((first + i) >>> 2, 0, c2, c3, k0, k1, out, offset + i);
        }
        if (whole < n) {
            int[] last = LAST_BLOCK.get();
            block((first + whole) >>> 2, 0, c2, c3, k0, k1, last, 0);
            System.arraycopy(last, 0, out, offset + whole, n - whole);
        }
    }
}
