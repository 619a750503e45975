package org.softmin.tensor.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.AnomalyException;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.MemoryPlan;
import org.softmin.tensor.plan.Schedule;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.Sweep;
import org.softmin.tensor.plan.View;

/** A scheduled program bound to memory: a run points the outer buffers at the caller's arrays and does the steps. */
final class CpuExecutable implements Executable {
    /** A step made ready to run. */
    interface Work {
        void run();
    }

    private static final Work WITH_THE_STEP_BEFORE = () -> {};

    private final Program program;
    private final Schedule schedule;
    private final MemoryPlan memory;
    private final Slot[] slots;
    private final Work[] work;
    private final Slot[] inputSlots;
    private final Slot[] outputSlots;
    private final @Nullable HostArray[] lastInputs; // what the slots of inputs point to now
    private final @Nullable HostArray[] lastOutputs;
    private final StepTimes times;
    private final boolean detectAnomaly;
    private final AtomicBoolean busy = new AtomicBoolean();
    private volatile boolean closed;

    /** {@code program} as the user wrote it, {@code schedule} as the passes left it. */
    CpuExecutable(Program program, Schedule schedule, Backend.Options options, Kernels kernels, Workers workers) {
        this.program = program;
        this.schedule = schedule;
        this.memory = MemoryPlan.of(schedule, options.reuse() && !options.detectAnomaly());
        this.detectAnomaly = options.detectAnomaly();
        this.slots = slots(schedule, memory);
        this.lastInputs = new HostArray[program.inputs().size()];
        this.lastOutputs = new HostArray[program.outputs().size()];
        this.inputSlots = new Slot[lastInputs.length];
        this.outputSlots = new Slot[lastOutputs.length];
        Arrays.setAll(inputSlots, i -> slots[schedule.inputs().get(i).id()]);
        Arrays.setAll(outputSlots, j -> slots[schedule.outputs().get(j).id()]);
        Lowering lowering = new Lowering(slots, kernels, workers, options.simd());
        this.work = new Work[schedule.steps().size()];
        this.times = new StepTimes(work.length);
        for (int i = 0; i < work.length; i++) {
            work[i] = switch (schedule.steps().get(i)) {
                case Step.Fused fused ->
                    new FusedStep(
                            fused,
                            memory.inPlace(),
                            slots,
                            kernels,
                            workers,
                            schedule.epilogue(i),
                            options.simd(),
                            options.eager());
                case Step.Kernel kernel -> lowering.lower(kernel);
            };
            if (i > 0
                    && schedule.epilogue(i) != null
                    && schedule.steps().get(i - 1) instanceof Step.Kernel product
                    && work[i] instanceof FusedStep epilogue) {
                work[i - 1] = lowering.matmul(product, epilogue);
            }
        }
        for (Sweep sweep : detectAnomaly ? List.<Sweep>of() : schedule.sweeps()) {
            FusedStep[] together = new FusedStep[sweep.to() - sweep.from()];
            for (int i = 0; i < together.length; i++) {
                together[i] = (FusedStep) work[sweep.from() + i];
                work[sweep.from() + i] = WITH_THE_STEP_BEFORE;
            }
            work[sweep.from()] = new RowSweep(sweep, schedule, together, workers);
        }
        for (int i = 0; i < schedule.fixed(); i++) {
            work[i].run();
        }
    }

    private static Slot[] slots(Schedule schedule, MemoryPlan memory) {
        float[] floats = new float[memory.floats()];
        double[] doubles = new double[memory.doubles()];
        int[] ints = new int[memory.ints()];
        Slot[] slots = new Slot[schedule.buffers().size()];
        for (Buffer buffer : schedule.buffers()) {
            Slot slot = new Slot(buffer.dtype());
            slots[buffer.id()] = slot;
            int offset = memory.offsets()[buffer.id()];
            if (offset >= 0) {
                slot.floats = floats;
                slot.doubles = doubles;
                slot.ints = ints;
                slot.offset = offset;
            }
        }
        schedule.constants().forEach((buffer, node) -> fill(slots[buffer.id()], node));
        List<Tensor> captured = schedule.program().captured();
        for (int i = 0; i < captured.size(); i++) {
            if (captured.get(i).op() instanceof Op.Input input && input.value() != null) {
                int position = schedule.program().inputs().size() + i;
                slots[schedule.inputs().get(position).id()].bind(input.value());
            }
        }
        return slots;
    }

    private static void fill(Slot slot, Tensor node) {
        if (node.op() instanceof Op.Constant c) {
            for (int i = 0; i < c.values().size(); i++) {
                slot.fill(i, 1, c.values().get(i));
            }
        } else if (node.op() instanceof Op.Iota iota) {
            int n = node.shape().dim(iota.axis());
            int inner = node.shape().size(iota.axis() + 1, node.shape().rank());
            for (int i = 0; inner > 0 && i < node.shape().size() / inner; i++) {
                slot.fill(i * inner, inner, i % n);
            }
        }
    }

    @Override
    public Program program() {
        return program;
    }

    @Override
    public void run(List<HostArray> inputs, List<HostArray> outputs) {
        if (!isSame(inputs, lastInputs) || !isSame(outputs, lastOutputs)) {
            program.check(inputs, outputs);
        }
        if (!busy.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "run: this executable is running on another thread; compile one for each thread");
        }
        try {
            if (closed) {
                throw new IllegalStateException("run: this executable is closed; compile the program again");
            }
            bind(inputs, lastInputs, inputSlots);
            bind(outputs, lastOutputs, outputSlots);
            if (detectAnomaly) {
                runChecked();
                return;
            }
            if (times.begins()) {
                times.run(work, schedule.fixed());
                return;
            }
            for (int i = schedule.fixed(); i < work.length; i++) {
                work[i].run();
            }
        } finally {
            busy.set(false);
        }
    }

    /** Whether these arrays were checked in the last run: arrays never change their type, shape or storage. */
    private static boolean isSame(List<HostArray> arrays, @Nullable HostArray[] last) {
        if (arrays.size() != last.length) {
            return false;
        }
        for (int i = 0; i < last.length; i++) {
            if (arrays.get(i) != last[i] || arrays.get(i).isDonated()) {
                return false;
            }
        }
        return true;
    }

    private static void bind(List<HostArray> arrays, @Nullable HostArray[] last, Slot[] slots) {
        for (int i = 0; i < slots.length; i++) {
            HostArray array = arrays.get(i);
            if (array != last[i]) {
                slots[i].bind(array);
                last[i] = array;
            }
        }
    }

    private void runChecked() {
        for (Buffer input : schedule.inputs()) {
            checkFinite(input);
        }
        for (int i = 0; i < work.length; i++) {
            Step step = schedule.steps().get(i);
            boolean finite = true;
            for (View view : step.reads()) {
                finite &= firstNonFinite(view.buffer()) < 0;
            }
            work[i].run();
            if (finite) {
                step.writes().forEach(this::checkFinite);
            }
        }
    }

    private void checkFinite(Buffer buffer) {
        int bad = firstNonFinite(buffer);
        Tensor node = schedule.origins().get(buffer);
        if (bad >= 0 && node != null) {
            throw new AnomalyException(schedule.program(), node, bad, slots[buffer.id()].get(bad));
        }
    }

    private int firstNonFinite(Buffer buffer) {
        for (int i = 0; buffer.dtype().isFloating() && i < buffer.size(); i++) {
            if (!Double.isFinite(slots[buffer.id()].get(i))) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String explain() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "cpu: %d steps, %d of them done once; memory %.1f kB in %d buffers",
                work.length,
                schedule.fixed(),
                (4.0 * memory.floats() + 8.0 * memory.doubles() + 4.0 * memory.ints()) / 1e3,
                schedule.buffers().stream()
                        .filter(buffer -> memory.offsets()[buffer.id()] >= 0)
                        .count()));
        lines.add(String.format(Locale.ROOT, "%9s %9s %9s %9s  %s", "us", "kflop", "kB", "GFLOP/s", "step"));
        boolean timed = times.samples() > 0;
        double all = 0;
        for (int i = 0; i < work.length; i++) {
            Step step = schedule.steps().get(i);
            double micros = timed && i >= schedule.fixed() ? times.micros(i) : 0;
            all += micros;
            lines.add(String.format(
                    Locale.ROOT,
                    "%9s %9.1f %9.1f %9s  %s%s",
                    i < schedule.fixed() ? "once" : timed ? String.format(Locale.ROOT, "%.1f", micros) : "-",
                    step.flops() / 1e3,
                    step.bytes() / 1e3,
                    micros > 0 ? String.format(Locale.ROOT, "%.1f", step.flops() / micros / 1e3) : "-",
                    step,
                    state(work[i])));
        }
        lines.add(
                timed
                        ? String.format(
                                Locale.ROOT, "%9.1f us a run (medians of the last %d timed runs)", all, times.samples())
                        : "        - times are known after 16 runs");
        return String.join("\n", lines) + "\n";
    }

    private static String state(Work work) {
        return switch (work) {
            case FusedStep fused -> fused.state();
            case RowSweep sweep -> sweep.state();
            default -> work == WITH_THE_STEP_BEFORE ? " (with the step above)" : "";
        };
    }

    @Override
    public void close() {
        closed = true;
    }
}
