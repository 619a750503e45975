package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.softmin.props.Backends.ONE;
import static org.softmin.props.Backends.cpu;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;

/** What replaying a program keeps to: the same bits on any number of threads, cold and warm, and no garbage. */
class ReplayLaws {
    private static final int WARM = 3000;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60); // for a compiler on a busy machine
    private static final int RANDOM_PROGRAMS = 60;

    /** Large programs are split between threads, and that changes no bit. */
    @TestFactory
    Stream<DynamicTest> threadsChangeNoBit() {
        return FixedPrograms.large().stream()
                .map(example -> DynamicTest.dynamicTest(example.name(), () -> {
                    List<HostArray> one = example.run(cpu(ONE));
                    for (int threads : new int[] {2, 3, 8}) {
                        List<HostArray> many = example.run(cpu(ONE.withThreads(threads)));
                        assertEquals("", Bits.difference(one, many), () -> threads + " threads: " + example);
                    }
                    List<HostArray> eager = example.run(cpu(ONE.withThreads(2).withEager(true)));
                    assertEquals("", Bits.difference(one, eager), () -> "generated kernels: " + example);
                    List<HostArray> scalar = example.run(cpu(ONE.withThreads(2).withSimd(false)));
                    assertEquals("", Bits.difference(one, scalar), () -> "without vectors: " + example);
                }));
    }

    /** Large programs agree with the reference. */
    @TestFactory
    Stream<DynamicTest> largeProgramsAgreeWithTheReference() {
        return FixedPrograms.large().stream()
                .map(example -> DynamicTest.dynamicTest(
                        example.name(),
                        () -> assertEquals(
                                "", example.outside(example.run(cpu(ONE.withThreads(2)))), example::toString)));
    }

    /** The first run and one after thousands, when the compiler has been at it, give the same bits. */
    @TestFactory
    Stream<DynamicTest> warmingUpChangesNoBit() {
        return FixedPrograms.everyday().stream()
                .map(example -> DynamicTest.dynamicTest(example.name(), () -> {
                    Replay replay = new Replay(example);
                    List<HostArray> cold = replay.results();
                    replay.run(WARM);
                    assertEquals("", Bits.difference(cold, replay.results()), example::toString);
                }));
    }

    /** After warm-up a replay on one thread allocates nothing at all. */
    @TestFactory
    Stream<DynamicTest> replayAllocatesNothing() {
        return FixedPrograms.everyday().stream()
                .map(example -> DynamicTest.dynamicTest(example.name(), () -> {
                    Replay replay = new Replay(example);
                    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
                    // vectors are objects until the compiler has seen a loop often; a loop that boxes stays above 0
                    long least = Long.MAX_VALUE;
                    long patience = System.nanoTime() + PATIENCE_NANOS;
                    while (least > 0 && System.nanoTime() < patience) {
                        replay.run(1000);
                        long before = threads.getCurrentThreadAllocatedBytes();
                        replay.run(200);
                        least = threads.getCurrentThreadAllocatedBytes() - before;
                    }
                    assertEquals(0, least, "bytes in 200 replays");
                }));
    }

    /** A program compiled once, with its arrays; what is donated is updated in place. */
    private static final class Replay {
        private final Example example;
        private final Executable executable;
        private final List<HostArray> inputs;
        private final List<HostArray> outputs = new ArrayList<>();

        Replay(Example example) {
            this.example = example;
            this.executable = cpu(ONE).compile(example.program());
            this.inputs = example.inputs().stream().map(HostArray::copy).toList();
            for (int j = 0; j < example.program().outputs().size(); j++) {
                int i = example.program().donatedTo(j);
                var type = example.program().outputs().get(j).type();
                outputs.add(i < 0 ? HostArray.zeros(type.dtype(), type.shape()) : inputs.get(i));
            }
        }

        void run(int times) {
            for (int i = 0; i < times; i++) {
                executable.run(inputs, outputs);
            }
        }

        /** The results for the first inputs. */
        List<HostArray> results() {
            return example.run(executable);
        }
    }

    /**
     * Another JVM gives the same bits: one that only interprets (cold for ever), one without the optimising compiler,
     * narrower vectors, and none.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "-Xint",
                "-XX:TieredStopAtLevel=1",
                "-Dsoftmin.vector.bits=128",
                "-Dsoftmin.vector.bits=256",
                "-Dsoftmin.vector.bits=512",
                "-Dprops.eager=true",
                "-Dprops.eager=true -Dsoftmin.vector.bits=256",
                "-Dprops.eager=true -Dsoftmin.vector.bits=128",
                "-Dprops.eager=true -XX:MaxVectorSize=32",
                "-Dprops.eager=true -XX:UseAVX=2",
                "--limit-modules=java.base,java.management,java.logging,jdk.management"
            })
    void otherJvmsGiveTheSameBits(String option) throws IOException, InterruptedException {
        List<Example> programs = Fingerprint.programs(RANDOM_PROGRAMS);
        Fingerprint.lines(programs); // warm this one up
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g"));
        command.addAll(List.of(option.split(" ")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        if (!option.startsWith("--limit")) {
            command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        }
        command.addAll(List.of(Fingerprint.class.getName(), Integer.toString(RANDOM_PROGRAMS)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertEquals(0, process.waitFor());
        assertEquals(Fingerprint.lines(programs), lines);
    }
}
