/**
 * The CPU backend, hidden: reached as {@code Backend.named("cpu")}. Start with {@code CpuBackend}, then {@code
 * CpuExecutable}, whose {@code explain()} shows where the time of a run goes.
 *
 * <p>A fused step is run by {@code FusedStep}: by the loop that {@code FusedCompiler} generates for its form as soon as
 * {@code KernelCache} has seen it become fast, until then by {@code FusedInterpreter}; {@code RowSweep} does several of
 * them block of rows by block of rows. {@code Lowering} chooses the kernel of every other step. The plain loops, {@code FloatLoops} and its kin, define each bit; what is generated, and their
 * vector twins, give the same.
 *
 * <p>A matrix product goes from {@code Gemm} by {@code BatchedProduct} and {@code BlockedProduct}, which cut it, to {@code
 * VectorGemm}, whose loops {@code TileCompiler} and {@code TilePacker} generate; there it says what was tried for products
 * and lost.
 *
 * <p>Tried for fused loops, and lost: a copy of the loop's body for each accumulator of a sum (seconds of compilation, and
 * objects for vectors; now the accumulators take turns in one copy). Vectors of constants kept in locals over the loop, and
 * masks by {@code indexInRange} (objects; now constants are broadcast where they are used, and masks are comparisons).
 * Folding the columns of a wide matrix column by column (5 times slower at [1024, 512] than along rows with the sums in
 * memory) or 8 rows at a time (2.7 times). Calls of our own functions in the loop (HotSpot stops inlining them; now {@code
 * Inline} writes them into it). A last vector that overlaps the one before it in place of a mask (no difference at 1,000
 * elements: what is lost there beside a loop by hand is the call).
 *
 * <p>Softmax and log-sum-exp had kernels of their own, a row at a time. The loops of their parts are as fast, since a block
 * of rows stays in the cache between them, and share what both need: 180 µs in place of 335 for both of [1000, 300].
 *
 * <p>A step on two threads is held up by memory that the other core has: by rows, columns folded in chunks of rows, a
 * transformer block went from 1.6 to 1.7 to 1.9 times the speed of one thread. What a batch of 256 loses still is the reuse of
 * memory by buffers of other widths, whose rows lie on the other core; without reuse it loses as much to a larger arena.
 *
 * <p>Threads that share rows and meet in the middle of each write to the same line of memory at the same time, which makes
 * a loop up to ten times slower where the cores are far apart: each goes through its columns in halves.
 */
@NullMarked
package org.softmin.tensor.cpu;

import org.jspecify.annotations.NullMarked;
