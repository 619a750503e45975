package org.softmin.studies.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.softmin.studies.bench.Row.Unit;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.DeviceException;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tornado.Devices;
import org.softmin.tornado.TornadoBackend;

/**
 * One run of the benchmark on a device: each workload there and on the processor, whose results must agree, beside the
 * best that the device could do.
 *
 * @param open gives the device
 * @param threads of the processor
 * @param rounds of each workload
 * @param only part of the names of the lines to measure, lower case; empty for all
 * @param quick whether to see only that everything works: few rounds, small workloads
 * @param tell gets the lines as they come
 */
public record DeviceBench(
        Function<Backend.Options, Backend> open,
        int threads,
        int rounds,
        String only,
        boolean quick,
        Consumer<String> tell) {
    private static final List<Integer> LAUNCHES = List.of(1, 10, 20);
    private static final int LAUNCHED = 101; // times, of which the median counts
    private static final long WARM_UP = 500_000_000; // nanoseconds

    /**
     * Measures; what does not fit into memory, or fails on the device, is left out, and the report says why.
     *
     * @throws IllegalArgumentException if the pattern selects nothing
     * @throws ArithmeticException if a result on the device differs from the processor's
     */
    public DeviceReport run() throws InterruptedException {
        List<Workload> workloads =
                workloads().stream().filter(w -> wanted(w.name())).toList();
        List<Integer> launches =
                LAUNCHES.stream().filter(kernels -> wanted(launch(kernels))).toList();
        if (workloads.isEmpty() && launches.isEmpty()) {
            throw new IllegalArgumentException("--only: nothing on a device is called \"" + only
                    + "\"; use a part of a name such as sgemm, decoder-free, transformer or launch");
        }
        Backend device = open.apply(Backend.Options.DEFAULT);
        Optional<Devices.Limits> limits =
                device instanceof TornadoBackend tornado ? Optional.of(tornado.limits()) : Optional.empty();
        double ceiling = limits.map(Devices.Limits::flops).orElse(Double.NaN);
        List<DeviceReport.Line> lines = new ArrayList<>();
        Map<String, String> leftOut = new LinkedHashMap<>();
        Contest contest = new Contest(quick ? 3 : rounds, 0, quick ? 0.05 : 1);
        SoftminContender processor =
                new SoftminContender(Backend.named("cpu", Backend.Options.DEFAULT.withThreads(threads)));
        List<Contender> both = List.of(new SoftminContender(device), processor);
        tell.accept(DeviceReport.head());
        for (Workload workload : workloads) {
            measure(workload.name(), lines, leftOut, () -> {
                List<Contest.Time> times =
                        List.copyOf(contest.run(workload, both).values());
                return line(workload, times.getFirst(), times.getLast(), ceiling);
            });
        }
        for (int kernels : launches) {
            double bare = limits.map(l -> l.launches().get(kernels)).orElse(Double.NaN);
            measure(
                    launch(kernels),
                    lines,
                    leftOut,
                    () -> new DeviceReport.Line(
                            launch(kernels),
                            Unit.MILLISECONDS,
                            seconds(kernels) * 1e3,
                            Double.NaN,
                            bare * 1e3,
                            Double.NaN));
        }
        return new DeviceReport(threads, contest.rounds(), ceiling, lines, leftOut);
    }

    private List<Workload> workloads() {
        List<Workload> all = new ArrayList<>();
        for (int n : quick ? new int[] {64, 256} : new int[] {1024, 2048, 4096, 8192}) {
            all.add(Workload.Product.of(n, n, n));
        }
        if (quick) {
            all.add(new Step.DecoderFree(64, 32));
            all.add(new Step.Transformer(2, 8, 16, 2, 32));
        } else {
            all.add(new Step.DecoderFree(512, 1024));
            all.add(new Step.DecoderFree(4096, 16_384));
            all.add(new Step.Transformer(16, 64, 128, 4, 512));
        }
        return all;
    }

    private static String launch(int kernels) {
        return "launch of " + kernels + (kernels == 1 ? " kernel" : " kernels");
    }

    private boolean wanted(String name) {
        return name.toLowerCase(Locale.ROOT).contains(only);
    }

    private interface Measurement {
        DeviceReport.Line line() throws InterruptedException;
    }

    private void measure(
            String name, List<DeviceReport.Line> lines, Map<String, String> leftOut, Measurement measurement)
            throws InterruptedException {
        try {
            lines.add(measurement.line());
            tell.accept(lines.getLast().text());
        } catch (DeviceException failure) {
            leftOut.put(name, String.valueOf(failure.getMessage()));
            tell.accept(name + ": left out");
        } catch (OutOfMemoryError tooLarge) {
            leftOut.put(name, "Java's memory is too small for it; allow more with JAVA_TOOL_OPTIONS=-Xmx16g");
            tell.accept(name + ": left out");
        }
    }

    /** The limit of a product is the multiply-adds that the device does in registers; that of a step its products alone. */
    private static DeviceReport.Line line(
            Workload workload, Contest.Time device, Contest.Time processor, double ceiling) {
        double difference = processor.difference();
        if (workload instanceof Step step) {
            double work = step.floor().stream().mapToDouble(Workload::work).sum();
            Unit unit = Unit.MILLISECONDS;
            return new DeviceReport.Line(
                    step.name(), unit, unit.of(device), unit.of(processor), work / ceiling * 1e3, difference);
        }
        Unit unit = Unit.GFLOPS;
        return new DeviceReport.Line(
                workload.name(), unit, unit.of(device), unit.of(processor), ceiling * 1e-9, difference);
    }

    /** What a run of so many kernels takes that have next to nothing to do. */
    private double seconds(int kernels) {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(1));
        Tensor y = x;
        for (int k = 0; k < kernels; k++) {
            y = y.add(x);
        }
        Backend unfused = open.apply(Backend.Options.DEFAULT.withFuse(false));
        List<HostArray> one = List.of(Tensor.of(new float[] {1}).array());
        List<HostArray> result = List.of(HostArray.zeros(DType.F32, Shape.of(1)));
        try (Executable executable = unfused.compile(Program.of(List.of(x), List.of(y)))) {
            for (long start = System.nanoTime(); System.nanoTime() - start < WARM_UP; ) {
                executable.run(one, result);
            }
            double[] times = new double[LAUNCHED];
            for (int i = 0; i < times.length; i++) {
                long start = System.nanoTime();
                executable.run(one, result);
                times[i] = (System.nanoTime() - start) * 1e-9;
            }
            if (result.getFirst().get(0) != kernels + 1) {
                throw new ArithmeticException("bench: " + launch(kernels) + ": 1 added to 1 " + kernels
                        + " times gives " + result.getFirst().get(0) + " on " + unfused.name());
            }
            return Contest.median(times);
        }
    }
}
