package org.softmin.tornado.device;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import org.softmin.tornado.Devices;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What a device can do at best: a kernel that multiplies and adds in registers, and kernels that do nothing. */
final class Ceiling {
    private static final int ITEMS = 1 << 20;
    private static final int GROUP = 256;
    private static final int FLOP = 16; // of a round of one item: 8 products, 8 sums
    private static final long LONG_ENOUGH = 100_000_000; // nanoseconds, to lose sight of the launch
    private static final int MOST_ROUNDS = 1 << 24;
    private static final int TIMES = 5;
    private static final int[] KERNELS = {1, 10, 20}; // as many as a graph of TornadoVM's default size takes
    private static final long WARM_UP = 2_000_000_000; // nanoseconds, until TornadoVM's own code is compiled
    private static final int LAUNCHES = 101;

    private Ceiling() {}

    static Devices.Limits measure(Devices.Device device) {
        SortedMap<Integer, Double> launches = new TreeMap<>();
        for (int kernels : KERNELS) {
            launches.put(kernels, launch(device, kernels));
        }
        return new Devices.Limits(flops(device), launches);
    }

    private static double flops(Devices.Device device) {
        IntArray rounds = IntArray.fromElements(1);
        FloatArray start = FloatArray.fromElements(0.25f);
        FloatArray sums = new FloatArray(ITEMS);
        TaskGraph graph = new TaskGraph("ceiling")
                .transferToDevice(DataTransferMode.FIRST_EXECUTION, start, sums)
                .transferToDevice(DataTransferMode.EVERY_EXECUTION, rounds)
                .task("multiplyAdd", Ceiling::multiplyAdd, new KernelContext(), rounds, start, sums)
                .persistOnDevice(start, sums);
        GridScheduler grids = new GridScheduler("ceiling.multiplyAdd", grid(ITEMS));
        try (TornadoExecutionPlan plan = plan(grids, device, graph.snapshot())) {
            plan.execute(); // compiles it
            double time = time(plan, 0);
            while (time < LONG_ENOUGH && rounds.get(0) < MOST_ROUNDS) {
                rounds.set(0, 2 * rounds.get(0));
                time = time(plan, 0);
            }
            double best = time;
            for (int i = 1; i < TIMES; i++) {
                best = Math.min(best, time(plan, 0));
            }
            return (double) ITEMS * FLOP * rounds.get(0) / best * 1e9;
        } catch (TornadoExecutionPlanException e) {
            throw new IllegalStateException("device: its memory could not be given back", e);
        }
    }

    /** The array that the kernels have is on the device before, as those of programs are. */
    private static double launch(Devices.Device device, int kernels) {
        IntArray nothing = new IntArray(1);
        GridScheduler grids = new GridScheduler();
        TaskGraph start = idle("start", 1, nothing, grids)
                .transferToDevice(DataTransferMode.EVERY_EXECUTION, nothing)
                .persistOnDevice(nothing);
        TaskGraph run = idle("run", kernels, nothing, grids)
                .consumeFromDevice("start", nothing)
                .persistOnDevice(nothing);
        try (TornadoExecutionPlan plan = plan(grids, device, start.snapshot(), run.snapshot())) {
            plan.withGraph(0).execute();
            for (long begin = System.nanoTime(); System.nanoTime() - begin < WARM_UP; ) {
                plan.withGraph(1).execute();
            }
            double[] times = new double[LAUNCHES];
            Arrays.setAll(times, i -> time(plan, 1));
            Arrays.sort(times);
            return times[LAUNCHES / 2] * 1e-9;
        } catch (TornadoExecutionPlanException e) {
            throw new IllegalStateException("device: its memory could not be given back", e);
        }
    }

    private static TaskGraph idle(String name, int kernels, IntArray nothing, GridScheduler grids) {
        TaskGraph graph = new TaskGraph(name);
        for (int k = 0; k < kernels; k++) {
            graph.task("kernel" + k, Ceiling::idle, new KernelContext(), nothing);
            grids.addWorkerGrid(name + ".kernel" + k, grid(1));
        }
        return graph;
    }

    private static TornadoExecutionPlan plan(GridScheduler grids, Devices.Device device, ImmutableTaskGraph... graphs) {
        return new TornadoExecutionPlan(graphs)
                .withGridScheduler(grids)
                .withDevice(TornadoExecutionPlan.getDevice(device.backendIndex(), device.index()));
    }

    private static WorkerGrid1D grid(int items) {
        WorkerGrid1D grid = new WorkerGrid1D(items);
        grid.setLocalWork(Math.min(items, GROUP), 1, 1);
        return grid;
    }

    private static double time(TornadoExecutionPlan plan, int graph) {
        long start = System.nanoTime();
        plan.withGraph(graph).execute();
        return System.nanoTime() - start;
    }

    /** Eight chains, so that none waits for the one before, of a number that the compiler does not know; all come to 1. */
    private static void multiplyAdd(KernelContext context, IntArray rounds, FloatArray start, FloatArray sums) {
        float x = start.get(0);
        float factor = 1 - x;
        float a = x + context.globalIdx;
        float b = a + 1;
        float c = a + 2;
        float d = a + 3;
        float e = a + 4;
        float f = a + 5;
        float g = a + 6;
        float h = a + 7;
        int n = rounds.get(0);
        for (int i = 0; i < n; i++) {
            a = a * factor + x;
            b = b * factor + x;
            c = c * factor + x;
            d = d * factor + x;
            e = e * factor + x;
            f = f * factor + x;
            g = g * factor + x;
            h = h * factor + x;
        }
        sums.set(context.globalIdx, a + b + c + d + e + f + g + h);
    }

    private static void idle(KernelContext context, IntArray nothing) {
        if (context.globalIdx < 0) {
            nothing.set(0, 0);
        }
    }
}
