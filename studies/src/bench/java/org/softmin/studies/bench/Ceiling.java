package org.softmin.studies.bench;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.softmin.tensor.DType;

/** Multiply-adds in registers alone: what so many threads can do at best. */
public final class Ceiling implements Contender {
    private static final int STEPS = 2_000_000;
    private static final int CHAINS = 12;

    private static volatile double sink;

    private int threads = 1;

    /** Called by the service loader. */
    public Ceiling() {}

    @Override
    public String name() {
        return "ceiling";
    }

    @Override
    public String describe() {
        return "ceiling: multiply-adds in registers, " + FloatVector.SPECIES_PREFERRED.vectorBitSize() + " bits, "
                + threads + " thread(s)";
    }

    @Override
    public void open(int count) {
        threads = count;
    }

    @Override
    public Optional<Task> task(Workload workload) {
        if (!(workload instanceof Workload.Product product)) {
            return Optional.empty();
        }
        Runnable loop = product.dtype() == DType.F64 ? () -> sink = doubles() : () -> sink = floats();
        int lanes = product.dtype() == DType.F64
                ? DoubleVector.SPECIES_PREFERRED.length()
                : FloatVector.SPECIES_PREFERRED.length();
        return Optional.of(new Task() {
            @Override
            public void run() {
                CompletableFuture<?>[] others = IntStream.range(1, threads)
                        .mapToObj(i -> CompletableFuture.runAsync(loop))
                        .toArray(CompletableFuture<?>[]::new);
                loop.run();
                CompletableFuture.allOf(others).join();
            }

            @Override
            public double work(Workload same) {
                return 2.0 * threads * CHAINS * lanes * STEPS;
            }
        });
    }

    private static double floats() {
        FloatVector x = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, 0.5f);
        FloatVector y = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, 0.7f);
        FloatVector s0 = x.mul(1);
        FloatVector s1 = x.mul(2);
        FloatVector s2 = x.mul(3);
        FloatVector s3 = x.mul(4);
        FloatVector s4 = x.mul(5);
        FloatVector s5 = x.mul(6);
        FloatVector s6 = x.mul(7);
        FloatVector s7 = x.mul(8);
        FloatVector s8 = x.mul(9);
        FloatVector s9 = x.mul(10);
        FloatVector s10 = x.mul(11);
        FloatVector s11 = x.mul(12);
        for (int i = 0; i < STEPS; i++) {
            s0 = x.fma(y, s0);
            s1 = x.fma(y, s1);
            s2 = x.fma(y, s2);
            s3 = x.fma(y, s3);
            s4 = x.fma(y, s4);
            s5 = x.fma(y, s5);
            s6 = x.fma(y, s6);
            s7 = x.fma(y, s7);
            s8 = x.fma(y, s8);
            s9 = x.fma(y, s9);
            s10 = x.fma(y, s10);
            s11 = x.fma(y, s11);
        }
        return s0.add(s1)
                .add(s2)
                .add(s3)
                .add(s4)
                .add(s5)
                .add(s6)
                .add(s7)
                .add(s8)
                .add(s9)
                .add(s10)
                .add(s11)
                .reduceLanes(VectorOperators.ADD);
    }

    private static double doubles() {
        DoubleVector x = DoubleVector.broadcast(DoubleVector.SPECIES_PREFERRED, 0.5);
        DoubleVector y = DoubleVector.broadcast(DoubleVector.SPECIES_PREFERRED, 0.7);
        DoubleVector s0 = x.mul(1);
        DoubleVector s1 = x.mul(2);
        DoubleVector s2 = x.mul(3);
        DoubleVector s3 = x.mul(4);
        DoubleVector s4 = x.mul(5);
        DoubleVector s5 = x.mul(6);
        DoubleVector s6 = x.mul(7);
        DoubleVector s7 = x.mul(8);
        DoubleVector s8 = x.mul(9);
        DoubleVector s9 = x.mul(10);
        DoubleVector s10 = x.mul(11);
        DoubleVector s11 = x.mul(12);
        for (int i = 0; i < STEPS; i++) {
            s0 = x.fma(y, s0);
            s1 = x.fma(y, s1);
            s2 = x.fma(y, s2);
            s3 = x.fma(y, s3);
            s4 = x.fma(y, s4);
            s5 = x.fma(y, s5);
            s6 = x.fma(y, s6);
            s7 = x.fma(y, s7);
            s8 = x.fma(y, s8);
            s9 = x.fma(y, s9);
            s10 = x.fma(y, s10);
            s11 = x.fma(y, s11);
        }
        return s0.add(s1)
                .add(s2)
                .add(s3)
                .add(s4)
                .add(s5)
                .add(s6)
                .add(s7)
                .add(s8)
                .add(s9)
                .add(s10)
                .add(s11)
                .reduceLanes(VectorOperators.ADD);
    }
}
