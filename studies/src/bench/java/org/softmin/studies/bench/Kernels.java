package org.softmin.studies.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Softmin's kernels by themselves, for profilers and for comparing two versions: see CONTRIBUTING.md. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class Kernels {
    /** What is run; JMH's -p kernel=... chooses. */
    public enum Kernel {
        SGEMM_96(Workload.Product.of(96, 96, 96)),
        SGEMM_512(Workload.Product.of(512, 512, 512)),
        SGEMM_128_784_64(Workload.Product.of(128, 784, 64)),
        CHAIN_1E5(new Workload.Chain(true, 100_000)),
        CHAIN_16E6(new Workload.Chain(true, 16_000_000)),
        SOFTMAX(new Workload.Rows(true, 1000, 300)),
        LOG_SUM_EXP(new Workload.Rows(false, 1000, 300)),
        STEP_128_64(new Step.DecoderFree(128, 64)),
        STEP_MLP(Step.Mlp.autoencoder(128));

        private final Workload workload;

        Kernel(Workload workload) {
            this.workload = workload;
        }
    }

    @Param
    private Kernel kernel;

    private Contender.Task task;

    /** Compiles the program and draws its data. */
    @Setup
    public void open() {
        Contender softmin = new SoftminContender();
        softmin.open(1);
        task = softmin.task(kernel.workload).orElseThrow();
    }

    /** One run. */
    @Benchmark
    public void run() {
        task.run();
    }

    /** Gives the memory back. */
    @TearDown
    public void close() {
        task.close();
    }
}
