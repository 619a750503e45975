/**
 * From a program to kernels for a device, without touching a device: read {@link org.softmin.tornado.kernel.Kernel}, then
 * {@link org.softmin.tornado.kernel.Lowering}, then {@link org.softmin.tornado.kernel.KernelCompiler} with its two forms,
 * for TornadoVM and for the JVM.
 *
 * <p>{@code src/emulation} runs the kernels on the JVM. Only tests do that, those of this module and the laws of {@code
 * props-tests}, so it is a source folder of the tests of both: it is in no jar, and the kernels stay package-private.
 */
@NullMarked
package org.softmin.tornado.kernel;

import org.jspecify.annotations.NullMarked;
