/**
 * From a program to kernels for a device, without touching a device: the twin of the CPU backend, which plans programs by
 * the same passes. Read {@link org.softmin.tornado.kernel.Kernel}, what one launch does; {@link
 * org.softmin.tornado.kernel.Lowering}, which chooses kernels for the steps of a schedule; then {@link
 * org.softmin.tornado.kernel.KernelCompiler}, which makes byte code of a kernel, with its two forms, for TornadoVM and for
 * the JVM. {@link org.softmin.tornado.kernel.Plan} is what comes out: kernels, and the memory that they work in.
 *
 * <p>Kernels are described by {@link org.softmin.tornado.kernel.FusedKernels} (elementwise chains, folds and sweeps), {@link
 * org.softmin.tornado.kernel.MatMulKernel}, {@link org.softmin.tornado.kernel.ArgReduceKernel}, {@link
 * org.softmin.tornado.kernel.ArgSortKernels}, {@link org.softmin.tornado.kernel.Movement} and {@link
 * org.softmin.tornado.kernel.PhiloxKernel}: each writes statements into a {@link org.softmin.tornado.kernel.Body}.
 *
 * <p>{@code src/emulation} runs the kernels on the JVM. Only tests do that, those of this module and the laws of {@code
 * props-tests}, so it is a source folder of the tests of both: it is in no jar, and the kernels stay package-private.
 */
@NullMarked
package org.softmin.tornado.kernel;

import org.jspecify.annotations.NullMarked;
