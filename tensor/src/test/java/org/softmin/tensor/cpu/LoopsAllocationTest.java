package org.softmin.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Scalar.Kind;

/** Once compiled, no kernel allocates, even if all are hot in one program and rows are short. */
class LoopsAllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private record Kernel(String name, Runnable run) {}

    private static <A> void add(List<Kernel> kernels, String type, Loops<A> loops, A a, A b, A out, int n) {
        int[] ints = new int[n];
        for (Scalar f : Scalar.values()) {
            String name = type + " " + f;
            if ((f.kind() == Kind.NUMBER || f.kind() == Kind.FLOATING) && f.arity() == 1) {
                kernels.add(new Kernel(name, () -> loops.unary(f, a, 1, out, 0, n)));
            } else if ((f.kind() == Kind.NUMBER || f.kind() == Kind.FLOATING) && f != Scalar.POW) {
                kernels.add(new Kernel(name, () -> loops.binary(f, a, 1, b, 2, out, 0, n)));
            } else if (f.kind() == Kind.COMPARISON) {
                kernels.add(new Kernel(name, () -> loops.compare(f, a, 1, b, 2, ints, 0, n)));
            }
        }
        kernels.add(new Kernel(type + " select", () -> loops.select(ints, 0, a, 1, b, 2, out, 0, n)));
        for (Fold f : Fold.values()) {
            kernels.add(new Kernel(type + " row " + f, () -> loops.reduce(f, a, 1, 1, n, 1, out, 0)));
            kernels.add(new Kernel(type + " columns " + f, () -> loops.reduce(f, a, 1, 1, 4, n / 4, out, 0)));
            if (f != Fold.SUM) {
                kernels.add(new Kernel(type + " arg " + f, () -> loops.argReduce(f, a, 1, 1, n, 1, ints, 0)));
            }
        }
    }

    @Test
    void nothingIsAllocatedOnceCompiled() {
        int n = 45; // vectors and a tail for both types
        float[] a = new float[n + 3];
        double[] d = new double[n + 3];
        for (int i = 0; i < a.length; i++) {
            d[i] = (i * 37 % 101) / 16.0;
            a[i] = (float) d[i];
        }
        // Plain loops first: the JIT then compiles the callers of both with vectors as the rarer case.
        List<Kernel> plain = new ArrayList<>();
        List<Kernel> kernels = new ArrayList<>();
        add(plain, "F32", Kernels.scalar().f32(), a, a.clone(), a.clone(), n);
        add(plain, "F64", Kernels.scalar().f64(), d, d.clone(), d.clone(), n);
        add(kernels, "F32", Kernels.vector().f32(), a, a.clone(), a.clone(), n);
        add(kernels, "F64", Kernels.vector().f64(), d, d.clone(), d.clone(), n);
        for (int i = 0; i < 40_000; i++) {
            for (Kernel kernel : i % 10 == 0 ? kernels : plain) {
                kernel.run.run();
            }
        }
        List<String> allocating = List.of("all");
        // The JIT takes seconds, on a busy machine minutes; what it never compiles well fails in the end.
        long deadline = System.nanoTime() + 300_000_000_000L;
        while (!allocating.isEmpty() && System.nanoTime() < deadline) {
            for (int i = 0; i < 2000; i++) {
                for (Kernel kernel : kernels) {
                    kernel.run.run();
                }
            }
            allocating = kernels.stream()
                    .filter(kernel -> allocated(kernel) > 0)
                    .map(kernel -> kernel.name + ": " + allocated(kernel) + " bytes")
                    .toList();
        }
        assertTrue(allocating.isEmpty(), "allocated in 100 runs: " + allocating);
    }

    private static long allocated(Kernel kernel) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100; i++) {
            kernel.run.run();
        }
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
