package org.softmin.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;

/** The promise: the same bits for every vector width and without vectors, cold and warm. */
class KernelsTest {
    @Test
    void everyWidthGivesTheSameBits() throws Exception {
        long expected = WidthProbe.hash(Kernels.scalar());
        assertEquals(expected, WidthProbe.hash(Kernels.vector()), "vectors of " + Lanes.BITS + " bits");
        // At once, because most of their time goes into the JIT.
        Process scalar = probe();
        Map<Integer, Process> narrower = new TreeMap<>();
        for (int bits = 128; bits < Lanes.BITS; bits *= 2) {
            narrower.put(
                    bits,
                    probe("--add-modules", "jdk.incubator.vector", "-D" + VectorModule.BITS_PROPERTY + "=" + bits));
        }
        assertEquals("scalar " + expected + " " + expected, lastLine(scalar));
        for (Map.Entry<Integer, Process> entry : narrower.entrySet()) {
            String line = "vector of " + entry.getKey() + " " + expected + " " + expected;
            assertEquals(line, lastLine(entry.getValue()));
        }
    }

    /** A JVM that waits for its compiler, and compiles early, so that 15 rounds are enough to be warm. */
    private static Process probe(String... options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        Collections.addAll(command, options);
        Collections.addAll(command, "-Xmx256m", "-Xbatch", "-XX:CompileThresholdScaling=0.02");
        Collections.addAll(command, "-cp", System.getProperty("java.class.path"), WidthProbe.class.getName());
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static String lastLine(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output.lines().reduce("", (first, second) -> second);
    }

    @Test
    void loopsAreChosenByType() {
        for (Kernels kernels : List.of(Kernels.vector(), Kernels.scalar())) {
            assertSame(kernels.f32(), kernels.of(DType.F32));
            assertSame(kernels.f64(), kernels.of(DType.F64));
            assertSame(kernels.i32(), kernels.of(DType.I32));
            assertSame(kernels.bool(), kernels.of(DType.BOOL));
        }
    }
}
