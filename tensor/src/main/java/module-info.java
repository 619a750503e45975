/** Tensors as expression graphs, with a planner and a vectorised CPU backend. */
@SuppressWarnings("module") // org.softmin.tornado is compiled after this module
module org.softmin.tensor {
    requires java.management;
    // Not static: on the module path users always get the vector kernels. On the class path without
    // --add-modules the scalar fallback takes over.
    requires jdk.incubator.vector;
    // Only for org.softmin.tensor.linalg, which says what to add when they are missing.
    requires static ejml.core;
    requires static ejml.ddense;
    requires static org.jspecify;

    exports org.softmin.tensor;
    exports org.softmin.tensor.io;
    exports org.softmin.tensor.linalg;
    exports org.softmin.tensor.plan to
            org.softmin.tornado;
    exports org.softmin.tensor.reference;

    uses org.softmin.tensor.Backend.Provider;

    provides org.softmin.tensor.Backend.Provider with
            org.softmin.tensor.cpu.CpuBackend.Provider,
            org.softmin.tensor.reference.ReferenceBackend.Provider;
}
