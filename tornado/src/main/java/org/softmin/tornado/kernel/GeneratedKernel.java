package org.softmin.tornado.kernel;

/**
 * Lends its name to the classes that {@link TornadoKernels} generates.
 *
 * <p>TornadoVM reads the bytes of a kernel's class from the class path, where it looks for annotations on its variables.
 * Under this name it finds a class without any, as it should: there are none in generated kernels.
 */
final class GeneratedKernel {
    private GeneratedKernel() {}
}
