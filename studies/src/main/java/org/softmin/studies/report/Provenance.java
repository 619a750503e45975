package org.softmin.studies.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.softmin.studies.figure.Numbers;

/**
 * Where numbers come from: what was run, on what, from which sources.
 *
 * @param command the command line that repeats the run
 * @param dataset name of the data and how much of it was used
 * @param backend what computed, and with which vector width or device
 * @param threads how many threads computed
 * @param commit version of the sources, or empty where it is not known
 */
public record Provenance(
        String command,
        String dataset,
        List<Integer> seeds,
        String backend,
        int threads,
        String jdk,
        String cpu,
        String commit,
        Duration duration) {
    /** Copies the list. */
    public Provenance {
        seeds = List.copyOf(seeds);
    }

    /** The virtual machine that runs this, such as {@code OpenJDK 64-Bit Server VM 25.0.3+9-LTS}. */
    public static String thisJdk() {
        return System.getProperty("java.vm.name") + " " + Runtime.version();
    }

    /** The processor's model; its architecture where the system does not tell the model. */
    public static String thisCpu() {
        String architecture = System.getProperty("os.arch", "unknown");
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(architecture);
        } catch (IOException | UncheckedIOException notLinux) {
            return architecture;
        }
    }

    /** What the kernel module of NVIDIA's driver says of its version; empty where there is none. */
    public static String nvidiaDriver() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/driver/nvidia/version"))) {
            return lines.findFirst().orElse("").strip();
        } catch (IOException | UncheckedIOException none) {
            return "";
        }
    }

    /** The version of the sources, which studies/bin/softmin finds out; empty where it is not known. */
    public static String thisCommit() {
        return System.getProperty("softmin.commit", "");
    }

    /** Names and values in the order in which a report shows them. */
    Map<String, String> lines() {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("Command", command);
        lines.put("Data", dataset);
        lines.put("Seeds", seeds.stream().map(String::valueOf).collect(Collectors.joining(", ")));
        lines.put("Backend", backend);
        lines.put("Threads", Integer.toString(threads));
        lines.put("JDK", jdk);
        lines.put("CPU", cpu);
        lines.put("Commit", commit);
        lines.put("Duration", text(duration));
        lines.values().removeIf(String::isEmpty);
        return lines;
    }

    private static String text(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 60) {
            return Numbers.format(duration.toMillis() / 1000.0, 2) + " s";
        }
        String minutes = (seconds / 60 % 60) + " min " + seconds % 60 + " s";
        return seconds < 3600 ? minutes : seconds / 3600 + " h " + minutes;
    }
}
