package org.softmin.tensor.cpu;

import java.util.Arrays;

/** How long the steps of an executable take: every so many runs each step is timed, and the last times are kept. */
final class StepTimes {
    /** One run in so many is timed: then the clock costs next to nothing. */
    private static final int INTERVAL = 16;

    private static final int KEPT = 15;

    private final long[][] nanos;
    private long runs;
    private int samples;

    StepTimes(int steps) {
        this.nanos = new long[steps][KEPT];
    }

    /** Whether the run that begins now is to be timed. */
    boolean begins() {
        return ++runs % INTERVAL == 0;
    }

    /** Runs these steps and keeps how long each took. */
    void run(CpuExecutable.Work[] work, int from) {
        int sample = samples % KEPT;
        long start = System.nanoTime();
        for (int i = from; i < work.length; i++) {
            work[i].run();
            long end = System.nanoTime();
            nanos[i][sample] = end - start;
            start = end;
        }
        samples++;
    }

    /** How often all steps were timed. */
    int samples() {
        return Math.min(samples, KEPT);
    }

    /** Median of the last times of a step in microseconds. */
    double micros(int step) {
        long[] times = Arrays.copyOf(nanos[step], samples());
        Arrays.sort(times);
        return times[times.length / 2] / 1e3;
    }
}
