package org.softmin.studies.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One workload, all contenders that do it, timed side by side.
 *
 * <p>Each round times every contender once, beginning with another one each time, so that a slow moment of the machine
 * hits all of them and none always runs after the same neighbour. What counts is the median over the rounds.
 *
 * @param rounds how many rounds
 * @param pause milliseconds between two contenders, in which the threads of the first go to sleep; as long the next one
 *     runs before it is timed, until the system has spread its threads over the cores
 * @param effort 1 for numbers to rely on, less to see that everything works
 */
record Contest(int rounds, long pause, double effort) {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final double SAMPLE = 4e6; // nanoseconds: long enough for the clock, short enough for many rounds
    private static final double BLOCK = 40e6;
    private static final int BLOCKS = 60;
    private static final int QUIET_BLOCKS = 6;
    private static final long MINOR = 2; // milliseconds of compiling that change nothing
    private static final double SETTLED = 0.97;
    /** Relative difference up to which results agree: F32 in another order of summation. */
    static final double AGREEMENT = 1e-4;

    /**
     * What one contender took.
     *
     * @param seconds median wall time of one run
     * @param work of one run
     * @param allocated bytes on the Java heap of one run, median
     * @param share of the wall time in which this thread ran, median: less than 1 where others use the machine, too
     * @param difference relative to Softmin's result; NaN where there is nothing to compare
     */
    record Time(double seconds, double work, double allocated, double share, double difference) {
        /** Work per second. */
        double rate() {
            return work / seconds;
        }
    }

    private static final class Lane {
        final String name;
        final Contender.Task task;
        final double work;
        final double[] seconds;
        final double[] allocated;
        final double[] share;
        OptionalDouble result = OptionalDouble.empty();
        double best = Double.POSITIVE_INFINITY;
        int repeats;

        Lane(String name, Contender.Task task, double work, int rounds) {
            this.name = name;
            this.task = task;
            this.work = work;
            this.seconds = new double[rounds];
            this.allocated = new double[rounds];
            this.share = new double[rounds];
        }

        /** Runs for a while; gives whether it has become faster since. */
        boolean warmUp(double nanoseconds) {
            int runs = 0;
            long start = System.nanoTime();
            long now;
            do {
                task.run();
                runs++;
                now = System.nanoTime();
            } while (now - start < nanoseconds);
            double time = (double) (now - start) / runs;
            boolean faster = time < SETTLED * best;
            best = Math.min(best, time);
            return faster;
        }

        void measure(int round, long pause) throws InterruptedException {
            if (pause > 0) {
                Thread.sleep(pause);
                warmUp(pause * 1e6);
            }
            long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
            long busyBefore = THREADS.getCurrentThreadCpuTime();
            long start = System.nanoTime();
            for (int i = 0; i < repeats; i++) {
                task.run();
            }
            double time = System.nanoTime() - start;
            seconds[round] = time * 1e-9 / repeats;
            share[round] = (THREADS.getCurrentThreadCpuTime() - busyBefore) / time;
            allocated[round] = (double) (THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore) / repeats;
        }
    }

    /** Runs the workload; the result has the contenders in the order in which they are given. */
    Map<String, Time> run(Workload workload, List<Contender> contenders) throws InterruptedException {
        List<Lane> lanes = new ArrayList<>();
        try {
            for (Contender contender : contenders) {
                Optional<Contender.Task> task = contender.task(workload);
                if (task.isPresent()) {
                    lanes.add(new Lane(contender.name(), task.get(), task.get().work(workload), rounds));
                }
            }
            warmUp(lanes);
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < lanes.size(); i++) {
                    lanes.get((round + i) % lanes.size()).measure(round, pause);
                }
            }
        } finally {
            lanes.forEach(lane -> lane.task.close());
        }
        return times(workload, lanes);
    }

    /** Runs all until none has become faster, and the JIT compiler has finished nothing, for some time. */
    private void warmUp(List<Lane> lanes) {
        lanes.forEach(lane -> lane.result = lane.task.check());
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        long compiled = 0;
        for (int block = 0, quiet = 0; block < BLOCKS && quiet < QUIET_BLOCKS; block++) {
            boolean faster = false;
            for (Lane lane : lanes) {
                faster |= lane.warmUp(effort * BLOCK);
            }
            long before = compiled;
            compiled = compiler.getTotalCompilationTime();
            quiet = faster || compiled > before + MINOR ? 0 : quiet + 1;
        }
        lanes.forEach(lane -> lane.repeats = (int) Math.clamp(Math.ceil(effort * SAMPLE / lane.best), 1, 100_000));
    }

    private static Map<String, Time> times(Workload workload, List<Lane> lanes) {
        Map<String, Time> times = new LinkedHashMap<>();
        Lane ours = lanes.getFirst();
        for (Lane lane : lanes) {
            double difference = difference(ours.result, lane.result);
            if (difference > AGREEMENT) {
                throw new ArithmeticException(String.format(
                        Locale.ROOT,
                        "bench: %s: %s gives %.7g and %s %.7g; they must agree to %.0e, so one of them is wrong",
                        workload.name(),
                        ours.name,
                        ours.result.orElse(0),
                        lane.name,
                        lane.result.orElse(0),
                        AGREEMENT));
            }
            times.put(
                    lane.name,
                    new Time(median(lane.seconds), lane.work, median(lane.allocated), median(lane.share), difference));
        }
        return times;
    }

    /** NaN where one of them computes something else; infinite where one of them is not finite. */
    private static double difference(OptionalDouble ours, OptionalDouble theirs) {
        if (ours.isEmpty() || theirs.isEmpty()) {
            return Double.NaN;
        }
        double difference =
                Math.abs(theirs.getAsDouble() - ours.getAsDouble()) / Math.max(1, Math.abs(ours.getAsDouble()));
        return Double.isFinite(difference) ? difference : Double.POSITIVE_INFINITY;
    }

    /** The middle value; the mean of the middle two of an even number. */
    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
