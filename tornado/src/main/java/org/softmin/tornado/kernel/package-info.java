/**
 * From a program to kernels for a device, without touching a device: read {@link org.softmin.tornado.kernel.Kernel}, then
 * {@link org.softmin.tornado.kernel.Lowering}, then {@link org.softmin.tornado.kernel.KernelCompiler}.
 */
@NullMarked
package org.softmin.tornado.kernel;

import org.jspecify.annotations.NullMarked;
