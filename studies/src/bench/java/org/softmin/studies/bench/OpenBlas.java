package org.softmin.studies.bench;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.softmin.tensor.DType;

/** OpenBLAS: matrix products, and the products of a training step one after the other. */
public final class OpenBlas implements Contender {
    private String core = "";

    /** Called by the service loader. */
    public OpenBlas() {}

    @Override
    public String name() {
        return "OpenBLAS";
    }

    @Override
    public String describe() {
        return "OpenBLAS 0.3.30, " + openblas_nolapack.blas_get_num_threads() + " thread(s), kernels for " + core;
    }

    @Override
    public void open(int threads) {
        openblas_nolapack.blas_set_num_threads(threads);
        core = coreName();
    }

    @Override
    public Optional<Task> task(Workload workload) {
        return switch (workload) {
            case Workload.Product product -> Optional.of(new Product(product));
            case Step step ->
                Optional.of(new Floor(step.floor().stream().map(Product::new).toList()));
            case Workload.Chain chain -> Optional.empty();
            case Workload.Rows rows -> Optional.empty();
            case Workload.Convolution convolution -> Optional.empty();
        };
    }

    private record Floor(List<Product> products) implements Task {
        @Override
        public void run() {
            products.forEach(Product::run);
        }

        @Override
        public void close() {
            products.forEach(Product::close);
        }
    }

    private static final class Product implements Task {
        private final Workload.Product p;
        private final Pointer a;
        private final Pointer b;
        private final Pointer c;

        Product(Workload.Product p) {
            this.p = p;
            long size = (long) p.count() * p.rows() * p.columns();
            if (p.dtype() == DType.F64) {
                a = new DoublePointer(p.a().doubles());
                b = new DoublePointer(p.b().doubles());
                c = new DoublePointer(size);
            } else {
                a = new FloatPointer(p.a().floats());
                b = new FloatPointer(p.b().floats());
                c = new FloatPointer(size);
            }
        }

        @Override
        public void run() {
            int m = p.rows();
            int k = p.inner();
            int n = p.columns();
            int order = openblas.CblasRowMajor;
            int turnA = p.transposedA() ? openblas.CblasTrans : openblas.CblasNoTrans;
            int turnB = p.transposedB() ? openblas.CblasTrans : openblas.CblasNoTrans;
            int lda = p.transposedA() ? m : k;
            int ldb = p.transposedB() ? k : n;
            for (long i = 0; i < p.count(); i++) {
                if (p.dtype() == DType.F64) {
                    openblas.cblas_dgemm(
                            order,
                            turnA,
                            turnB,
                            m,
                            n,
                            k,
                            1,
                            (DoublePointer) a,
                            lda,
                            (DoublePointer) b,
                            ldb,
                            0,
                            (DoublePointer) c,
                            n);
                } else if (p.count() == 1) {
                    openblas.cblas_sgemm(
                            order,
                            turnA,
                            turnB,
                            m,
                            n,
                            k,
                            1,
                            (FloatPointer) a,
                            lda,
                            (FloatPointer) b,
                            ldb,
                            0,
                            (FloatPointer) c,
                            n);
                } else {
                    openblas.cblas_sgemm(
                            order,
                            turnA,
                            turnB,
                            m,
                            n,
                            k,
                            1,
                            ((FloatPointer) a).getPointer(i * m * k),
                            lda,
                            ((FloatPointer) b).getPointer(i * k * n),
                            ldb,
                            0,
                            ((FloatPointer) c).getPointer(i * m * n),
                            n);
                }
            }
        }

        @Override
        public OptionalDouble check() {
            run();
            long last = (long) p.count() * p.rows() * p.columns() - 1;
            return OptionalDouble.of(
                    p.dtype() == DType.F64 ? ((DoublePointer) c).get(last) : ((FloatPointer) c).get(last));
        }

        @Override
        public void close() {
            a.close();
            b.close();
            c.close();
        }
    }

    private static String coreName() {
        var name = Linker.nativeLinker()
                .downcallHandle(
                        SymbolLookup.loaderLookup()
                                .find("openblas_get_corename")
                                .orElseThrow(),
                        FunctionDescriptor.of(ValueLayout.ADDRESS));
        try {
            return ((MemorySegment) name.invokeExact())
                    .reinterpret(Long.MAX_VALUE)
                    .getString(0);
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }
}
