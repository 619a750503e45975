package org.softmin.tensor.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.cpu.Gemm.Epilogue;
import org.softmin.tensor.plan.Matrices;

/**
 * The products of a batch: all threads on one after the other, or, if they are small or many, each on its own.
 *
 * @param <A> the array type, {@code float[]} or {@code double[]}
 */
final class BatchedProduct<A> {
    /** Multiply-adds, some tenths of a millisecond, below which a product is better left to one thread. */
    private static final int SMALL = 1 << 23;

    /** Products for each thread of which none needs to be shared for balance. */
    private static final int MANY = 4;

    private final Workers workers;
    private final Lane shared;
    private final List<Lane> lanes = new ArrayList<>();
    private final AtomicInteger nextProduct = new AtomicInteger();
    private final Workers.Task computing = this::compute;

    // The batch in progress.
    private int m;
    private int n;
    private int k;
    private A a;
    private int[] aOffsets = {};
    private int aStart;
    private int aRow;
    private int aColumn;
    private A b;
    private int[] bOffsets = {};
    private int bStart;
    private int bRow;
    private int bColumn;
    private @Nullable Matrices aWindows;
    private @Nullable Matrices bWindows;
    private A c;
    private int cOffset;
    private int cRow;
    private Epilogue epilogue = Epilogue.NOTHING;

    BatchedProduct(GemmKernels<A> kernels, Workers workers) {
        this.workers = workers;
        this.a = kernels.array(0);
        this.b = a;
        this.c = a;
        this.shared = new Lane(new BlockedProduct<>(kernels, workers));
        for (int i = 0; i < workers.threads(); i++) {
            // One thread each: these workers have no crew that would have to be closed.
            lanes.add(workers.threads() == 1 ? shared : new Lane(new BlockedProduct<>(kernels, new Workers(1))));
        }
    }

    /** Whoever computes one product of the batch at a time; its epilogue is told the rows of the whole. */
    private final class Lane implements Epilogue {
        private final BlockedProduct<A> product;
        private int firstRow;

        Lane(BlockedProduct<A> product) {
            this.product = product;
        }

        void compute(int i) {
            firstRow = i * m;
            product.multiply(
                    m,
                    n,
                    k,
                    a,
                    aStart + aOffsets[i],
                    aRow,
                    aColumn,
                    aWindows,
                    b,
                    bStart + bOffsets[i],
                    bRow,
                    bColumn,
                    bWindows,
                    c,
                    cOffset + firstRow * cRow,
                    cRow,
                    epilogue == Epilogue.NOTHING ? epilogue : this);
        }

        @Override
        public void block(int fromRow, int toRow, int fromColumn, int toColumn) {
            epilogue.block(firstRow + fromRow, firstRow + toRow, fromColumn, toColumn);
        }
    }

    /** Products of matrices that may be windows. */
    void multiply(
            int m,
            int n,
            int k,
            A a,
            int[] aOffsets,
            int aStart,
            Matrices as,
            A b,
            int[] bOffsets,
            int bStart,
            Matrices bs,
            A c,
            int cOffset,
            int cRow,
            Epilogue epilogue) {
        aWindows = as.areEven() ? null : as;
        bWindows = bs.areEven() ? null : bs;
        multiply(
                m,
                n,
                k,
                a,
                aOffsets,
                aStart,
                as.rows().stride(),
                as.columns().stride(),
                b,
                bOffsets,
                bStart,
                bs.rows().stride(),
                bs.columns().stride(),
                c,
                cOffset,
                cRow,
                epilogue);
        aWindows = null;
        bWindows = null;
    }

    void multiply(
            int m,
            int n,
            int k,
            A a,
            int[] aOffsets,
            int aStart,
            int aRow,
            int aColumn,
            A b,
            int[] bOffsets,
            int bStart,
            int bRow,
            int bColumn,
            A c,
            int cOffset,
            int cRow,
            Epilogue epilogue) {
        int batch = aOffsets.length;
        this.m = aWindows == null && isOneProduct(m, aOffsets, aRow, bOffsets) ? batch * m : m;
        this.n = n;
        this.k = k;
        this.a = a;
        this.aOffsets = aOffsets;
        this.aStart = aStart;
        this.aRow = aRow;
        this.aColumn = aColumn;
        this.b = b;
        this.bOffsets = bOffsets;
        this.bStart = bStart;
        this.bRow = bRow;
        this.bColumn = bColumn;
        this.c = c;
        this.cOffset = cOffset;
        this.cRow = cRow;
        this.epilogue = epilogue;
        int products = batch == 0 ? 0 : this.m == m ? batch : 1;
        long work = (long) m * n * k;
        int threads = workers.threads();
        boolean apart = products > 1
                && threads > 1
                && (work < SMALL || products >= MANY * threads)
                && work * products >= BlockedProduct.PARALLEL;
        if (apart) {
            nextProduct.set(0);
            workers.run(Math.min(threads, products), computing);
        } else {
            for (int i = 0; i < products; i++) {
                shared.compute(i);
            }
        }
    }

    /** Whether all have the same B and the rows of A follow each other, as those of C do: that is faster. */
    private static boolean isOneProduct(int m, int[] aOffsets, int aRow, int[] bOffsets) {
        for (int i = 1; i < aOffsets.length; i++) {
            if (bOffsets[i] != bOffsets[0] || aOffsets[i] != aOffsets[0] + i * m * aRow) {
                return false;
            }
        }
        return true;
    }

    private void compute(int lane) {
        for (int i = nextProduct.getAndIncrement(); i < aOffsets.length; i = nextProduct.getAndIncrement()) {
            lanes.get(lane).compute(i);
        }
    }
}
