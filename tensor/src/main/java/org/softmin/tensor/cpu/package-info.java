/**
 * The CPU backend, hidden: reached as {@code Backend.named("cpu")}. Start with {@code CpuBackend}, then {@code
 * CpuExecutable}; {@code FusedInterpreter} runs elementwise steps, {@code Lowering} all others. The numbers are made by
 * {@code Gemm} and {@code Kernels}, each with a vector and a scalar twin that agree to the bit. A matrix product goes
 * from {@code Gemm} by {@code BatchedProduct} and {@code BlockedProduct}, which cut it, to {@code VectorGemm}, whose
 * loops {@code TileCompiler} and {@code TilePacker} generate.
 */
@NullMarked
package org.softmin.tensor.cpu;

import org.jspecify.annotations.NullMarked;
