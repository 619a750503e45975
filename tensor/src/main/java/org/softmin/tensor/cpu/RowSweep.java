package org.softmin.tensor.cpu;

import java.util.HashSet;
import java.util.Set;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Schedule;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.Sweep;
import org.softmin.tensor.plan.View;

/**
 * Runs the steps of a {@link Sweep}: each thread takes a share of the rows and does all steps on one block of them after
 * the other. Until all kernels are fast, and where one of them cannot be cut so, step by step.
 */
final class RowSweep implements CpuExecutable.Work {
    /** Bytes of a block, which is to stay in a core's own caches. */
    private static final int BLOCK = 1 << 17;

    private final FusedStep[] steps;
    private final Workers workers;
    private final int rows;
    private final int unit; // rows that are not split between threads
    private final int block; // rows done in one go
    private final int parts;
    private final GeneratedStep[] kernels;
    private final Workers.Task task = this::runPart;
    private boolean ready;

    RowSweep(Sweep sweep, Schedule schedule, FusedStep[] steps, Workers workers) {
        this.steps = steps;
        this.workers = workers;
        this.rows = sweep.rows();
        Set<Buffer> buffers = new HashSet<>();
        for (Step step : schedule.steps().subList(sweep.from(), sweep.to())) {
            buffers.addAll(step.writes());
            step.reads().stream().map(View::buffer).forEach(buffers::add);
        }
        long bytes = 0;
        for (Buffer buffer : buffers) {
            bytes += (long) buffer.size() * buffer.dtype().bytes();
        }
        this.kernels = kernels(steps, rows);
        long work = 0;
        int cut = 1;
        int group = 1;
        for (GeneratedStep kernel : kernels) {
            work += kernel.work();
            cut = Math.max(cut, kernel.rowUnit());
            group = Math.max(group, kernel.rowGroup());
        }
        this.unit = cut;
        this.block = (int) Math.max(1, BLOCK / Math.max(1, bytes / rows) / group) * group;
        this.parts = kernels.length == 0 ? 1 : Math.min(GeneratedStep.parts(work, workers), Math.ceilDiv(rows, unit));
        this.ready = isReady();
    }

    /** The kernels of all steps, or none if one of them cannot be done so. */
    private static GeneratedStep[] kernels(FusedStep[] steps, int rows) {
        GeneratedStep[] kernels = new GeneratedStep[steps.length];
        for (int i = 0; i < steps.length; i++) {
            GeneratedStep kernel = steps[i].generated();
            if (kernel == null || !kernel.takesRows(rows)) {
                return new GeneratedStep[0];
            }
            kernels[i] = kernel;
        }
        return kernels;
    }

    private boolean isReady() {
        boolean all = kernels.length > 0;
        for (GeneratedStep kernel : kernels) {
            all &= !kernel.isInterpreted();
        }
        return all;
    }

    @Override
    public void run() {
        if (!ready) {
            for (FusedStep step : steps) {
                step.run();
            }
            ready = isReady();
            return;
        }
        for (GeneratedStep kernel : kernels) {
            kernel.bind();
        }
        if (parts == 1) {
            runPart(0);
        } else {
            workers.run(parts, task);
        }
        for (GeneratedStep kernel : kernels) {
            kernel.finish();
        }
    }

    /** How the steps are run now, for people. */
    String state() {
        return " (" + steps.length + " steps " + (ready ? "row by row)" : "one after the other)");
    }

    private void runPart(int part) {
        int units = Math.ceilDiv(rows, unit);
        int from = (int) ((long) units * part / parts) * unit;
        int to = Math.min(rows, (int) ((long) units * (part + 1) / parts) * unit);
        for (int row = from; row < to; row += block) {
            int end = Math.min(to, row + block);
            for (GeneratedStep kernel : kernels) {
                kernel.runRows(part, row, end, rows);
            }
        }
    }
}
