package org.softmin.tornado.device;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.softmin.tornado.Devices;
import org.softmin.tornado.kernel.Kernel;
import org.softmin.tornado.kernel.Plan;
import org.softmin.tornado.kernel.TornadoKernels;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The task graphs of one program, in one execution plan, so that all of them work on the same arrays on the device.
 *
 * <p>The first graph sends every array once, and so allocates them. One graph for each group of inputs sends that group
 * again. The others launch the kernels, those that run once and those of each run, as many in one graph as TornadoVM can
 * take. A graph that only sends has a task that does nothing: there is none without a task.
 */
final class Graphs implements AutoCloseable {
    /** Bytes of TornadoVM's code for a graph; beyond 32 kB another of its buffers, of fixed size, would be full. */
    private static final int CODE_SIZE = Math.min(Integer.getInteger("tornado.tvm.maxbytecodesize", 4096), 1 << 15);

    /** Backends that record a graph when it is first run, and from then on launch it as one. */
    private static final Set<String> RECORDING = Set.of("cuda", "ptx");

    /** While TornadoVM reads a kernel it keeps what it finds of the parameters in one place for all threads. */
    private static final Object READING = new Object();

    /**
     * TornadoVM's profiler is on for all programs or for none, and those that did not ask for it print that they did not:
     * while one is timed no other runs.
     */
    private static final ReadWriteLock PROFILER = new ReentrantReadWriteLock();

    private static final Pattern TIME =
            Pattern.compile("\"run\\d+\\.kernel(\\d+)\": \\{[^}]*\"TASK_KERNEL_TIME\": \"(\\d+)\"");

    /** The graph that sends every array. */
    private static final int START = 0;

    private final List<String> names = new ArrayList<>();
    private final List<TaskGraph> graphs = new ArrayList<>();
    private final List<Integer> launched = new ArrayList<>(); // kernels of each graph
    private final Object[] kept;
    private final IntArray nothing = new IntArray(1);
    private final GridScheduler grids = new GridScheduler();
    private final TornadoExecutionPlan execution;
    private final int quiet; // the graph that does nothing at all
    private final int once; // the first graph of kernels that are launched once
    private final int run; // the first graph of kernels that are launched in every run
    private final boolean recorded;
    private final Devices.Compilation compilation;
    private final int total;
    private int compiled; // graphs up to this one
    private int done; // kernels in them
    private @Nullable TornadoExecutionResult last;

    /**
     * Builds the graphs.
     *
     * @param arrays the arrays that kernels need, by storage
     * @param fed those that every run sends
     * @param groups those that are sent together, when one of them has changed
     * @param compilation told of each graph whose kernels are compiled
     */
    Graphs(
            Plan plan,
            Map<Integer, DeviceArray> arrays,
            List<DeviceArray> fed,
            List<List<DeviceArray>> groups,
            Devices.Device device,
            Devices.Compilation compilation) {
        this.total = plan.kernels().size();
        this.compilation = compilation;
        List<Object> staying = new ArrayList<>(List.of(nothing));
        for (DeviceArray array : arrays.values()) {
            if (!fed.contains(array)) {
                staying.add(array.twin());
            }
        }
        this.kept = staying.toArray();
        idle("start").transferToDevice(DataTransferMode.EVERY_EXECUTION, kept);
        for (List<DeviceArray> group : groups) {
            idle("send" + graphs.size()).transferToDevice(DataTransferMode.EVERY_EXECUTION, twins(group));
        }
        this.quiet = graphs.size();
        idle("quiet");
        this.once = graphs.size();
        launch("once", plan, arrays, 0, plan.fixed());
        this.run = graphs.size();
        launch("run", plan, arrays, plan.fixed(), plan.kernels().size());
        ImmutableTaskGraph[] all = new ImmutableTaskGraph[graphs.size()];
        for (int g = 0; g < all.length; g++) {
            TaskGraph graph = graphs.get(g);
            if (g > 0) {
                names.forEach(name -> graph.consumeFromDevice(name, kept));
            }
            if (g == run) {
                graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, twins(fed));
            } else if (g > run) {
                graph.consumeFromDevice(names.get(g - 1), twins(fed));
            }
            if (g >= run) {
                graph.persistOnDevice(twins(fed));
            }
            all[g] = graph.persistOnDevice(kept).snapshot();
        }
        this.execution = new TornadoExecutionPlan(all);
        execution.withGridScheduler(grids);
        synchronized (READING) {
            execution.withDevice(TornadoExecutionPlan.getDevice(device.backendIndex(), device.index()));
        }
        this.recorded = RECORDING.contains(device.backend());
        for (int g = run; recorded && g < all.length; g++) {
            execution.withGraph(g).withCUDAGraph();
        }
    }

    private static Object[] twins(List<DeviceArray> arrays) {
        return arrays.stream().map(DeviceArray::twin).toArray();
    }

    private TaskGraph graph(String name) {
        TaskGraph graph = new TaskGraph(name);
        names.add(name);
        graphs.add(graph);
        launched.add(0);
        return graph;
    }

    private TaskGraph idle(String name) {
        grids.addWorkerGrid(name + ".idle", grid(1, 1));
        synchronized (READING) {
            return graph(name).task("idle", Graphs::idle, new KernelContext(), nothing);
        }
    }

    private static void idle(KernelContext context, IntArray nothing) {
        if (context.globalIdx < 0) {
            nothing.set(0, 0);
        }
    }

    private static WorkerGrid grid(int groups, int items) {
        WorkerGrid1D grid = new WorkerGrid1D(groups * items);
        grid.setLocalWork(items, 1, 1);
        return grid;
    }

    /** Adds graphs that launch kernels {@code from} to {@code to}, the latter excluded. */
    private void launch(String prefix, Plan plan, Map<Integer, DeviceArray> arrays, int from, int to) {
        int free = 0;
        for (int k = from; k < to; k++) {
            Kernel kernel = plan.kernels().get(k);
            TornadoKernels.Code code = TornadoKernels.compile(kernel, plan);
            int size = 128 + 24 * code.storages().size();
            if (size > free) {
                graph(prefix + graphs.size());
                free = CODE_SIZE - 128 - 64 * kept.length;
            }
            free -= size;
            Object[] parameters = new Object[1 + code.storages().size()];
            parameters[0] = new KernelContext();
            for (int p = 1; p < parameters.length; p++) {
                parameters[p] = Objects.requireNonNull(
                                arrays.get(code.storages().get(p - 1)))
                        .twin();
            }
            String name = "kernel" + k;
            synchronized (READING) {
                graphs.getLast().task(name, task(code.bytes(), parameters));
            }
            launched.set(launched.size() - 1, launched.getLast() + 1);
            grids.addWorkerGrid(names.getLast() + "." + name, grid(kernel.groups(), kernel.items()));
        }
    }

    /** A loader of its own for each class: all have the same name. */
    private static final class Loader extends ClassLoader {
        Loader() {
            super(Graphs.class.getClassLoader());
        }

        Class<?> define(byte[] bytes) {
            return defineClass(null, bytes, 0, bytes.length);
        }
    }

    private static TornadoFunctions.Task task(byte[] bytes, Object[] parameters) {
        try {
            return (TornadoFunctions.Task) MethodHandles.publicLookup()
                    .findConstructor(new Loader().define(bytes), MethodType.methodType(void.class, Object[].class))
                    .invoke(parameters);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("kernel: the generated code is broken", e);
        }
    }

    /** Sends all arrays and launches what is launched once. */
    void start() {
        compilation.compiled(0, total);
        execute(START);
        launch(once, run);
    }

    /** Launches the kernels of some graphs; the first time TornadoVM compiles them. */
    private void launch(int from, int to) {
        for (int g = from; g < to; g++) {
            execute(g);
            if (g >= compiled) {
                compiled = g + 1;
                done += launched.get(g);
                compilation.compiled(done, total);
            }
        }
    }

    /** Sends the arrays of a group. */
    void send(int group) {
        execute(1 + group);
    }

    /** Launches the kernels of a run. */
    void run() {
        launch(run, graphs.size());
    }

    /** Whether TornadoVM can measure single kernels: not where it launches a graph as one. */
    boolean canTime() {
        return !recorded;
    }

    /** Launches the kernels of a run and gives the time of each, by its number, in nanoseconds. */
    long[] runTimed(int kernels) {
        long[] times = new long[kernels];
        Lock alone = PROFILER.writeLock();
        alone.lock();
        try {
            for (int g = run; g < graphs.size(); g++) {
                String log = execution
                        .withGraph(g)
                        .withProfiler(ProfilerMode.SILENT)
                        .execute()
                        .getProfilerResult()
                        .getProfileLog();
                for (MatchResult time : TIME.matcher(log).results().toList()) {
                    times[Integer.parseInt(time.group(1))] = Long.parseLong(time.group(2));
                }
            }
        } finally {
            execution.withoutProfiler();
            execute(quiet); // only what is executed next switches it off
            alone.unlock();
        }
        return times;
    }

    private void execute(int graph) {
        beside(() -> last = execution.withGraph(graph).execute());
    }

    /** Copies an array from the device to its twin. */
    void receive(DeviceArray array) {
        TornadoExecutionResult from = last;
        if (from != null) {
            beside(() -> from.transferToHost(array.twin()));
        }
    }

    /** Does something while none is timed. */
    private static void beside(Runnable work) {
        Lock shared = PROFILER.readLock();
        shared.lock();
        try {
            work.run();
        } finally {
            shared.unlock();
        }
    }

    /** Memory that TornadoVM says it has on the device for the last graph. */
    long deviceBytes() {
        return execution.getCurrentDeviceMemoryUsage();
    }

    /** TornadoVM gives back the memory of what the selected graph works on; graphs of a run work on everything. */
    @Override
    public void close() {
        try {
            execution.withGraph(compiled > run ? compiled - 1 : START).close();
        } catch (TornadoExecutionPlanException e) {
            throw new IllegalStateException("device: its memory could not be given back", e);
        }
    }
}
