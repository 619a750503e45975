package org.softmin.studies.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A Java virtual machine of its own that trains the autoencoder of the table: how soon it runs, how soon at full speed,
 * and how much memory it takes.
 */
public final class MlpProcess {
    private static final int WINDOW = 10;
    private static final double STEADY = 1.3;

    private MlpProcess() {}

    /**
     * What one process reported.
     *
     * @param first seconds from the start of the process to the end of the first step
     * @param steady seconds until ten steps in a row take at most 1.3 times as long as the last ones
     * @param peak largest resident memory in bytes; NaN where the system does not tell
     */
    record Report(double first, double steady, double peak) {}

    /** Starts it with this machine's options and class path, and waits for it. */
    static Report launch(String contender, int threads, int steps) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MlpProcess.class.getName(), contender));
        command.addAll(List.of(Integer.toString(threads), Integer.toString(steps)));
        long start = System.currentTimeMillis();
        command.add(Long.toString(start));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        int status = process.waitFor();
        String[] words = output.strip().split(" ");
        if (status != 0 || words.length != 3) {
            throw new IOException("bench: the process that trains with " + contender + " ended with " + status
                    + "; run the benchmark again without it: --only with another pattern");
        }
        double[] numbers = Arrays.stream(words).mapToDouble(Double::parseDouble).toArray();
        return new Report(numbers[0], numbers[1], numbers[2]);
    }

    /** Arguments: contender, threads, steps, and the time of the start in milliseconds since 1970. */
    public static void main(String[] arguments) {
        String name = arguments[0];
        int steps = Integer.parseInt(arguments[2]);
        long start = Long.parseLong(arguments[3]);
        Contender contender = name.equals(SoftminContender.NAME)
                ? new SoftminContender()
                : Contender.peers().stream()
                        .filter(peer -> peer.name().equals(name))
                        .findFirst()
                        .orElseThrow();
        contender.open(Integer.parseInt(arguments[1]));
        double[] ends = new double[steps]; // milliseconds since the start
        try (Contender.Task task = contender.task(Step.Mlp.autoencoder(128)).orElseThrow()) {
            task.run();
            ends[0] = System.currentTimeMillis() - start;
            long first = System.nanoTime();
            for (int i = 1; i < steps; i++) {
                task.run();
                ends[i] = ends[0] + (System.nanoTime() - first) * 1e-6;
            }
        }
        System.out.printf(Locale.ROOT, "%.3f %.3f %.0f%n", ends[0] * 1e-3, steady(ends) * 1e-3, peak());
    }

    /** When the first window of steps ends whose median is near that of the last fifth. */
    static double steady(double[] ends) {
        double[] times = new double[ends.length - 1];
        Arrays.setAll(times, i -> ends[i + 1] - ends[i]);
        double last = Contest.median(Arrays.copyOfRange(times, times.length * 4 / 5, times.length));
        for (int from = 0; from + WINDOW <= times.length; from++) {
            if (Contest.median(Arrays.copyOfRange(times, from, from + WINDOW)) <= STEADY * last) {
                return ends[from + WINDOW];
            }
        }
        return ends[ends.length - 1];
    }

    private static double peak() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToDouble(line -> 1024 * Double.parseDouble(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException | UncheckedIOException notLinux) {
            return Double.NaN;
        }
    }
}
