package org.softmin.tornado.kernel;

import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.plan.Buffer;

/**
 * Runs the kernels that a device would get on the JVM, one work item after the other: slow, and for tests.
 *
 * <p>On a device groups and items run in any order between barriers, so results may not depend on it. Thread-safe; an
 * executable is not.
 */
public final class EmulatedBackend implements Backend {
    private final Options options;
    private final boolean backwards;

    /** A backend with the given options, of which fusion and reuse of buffers matter here. */
    public EmulatedBackend(Options options) {
        this(options, false);
    }

    private EmulatedBackend(Options options, boolean backwards) {
        this.options = options;
        this.backwards = backwards;
    }

    /** The same with groups and items in the opposite order, the last ones first. */
    public EmulatedBackend backwards() {
        return new EmulatedBackend(options, !backwards);
    }

    @Override
    public String name() {
        return "emulated";
    }

    @Override
    public Executable compile(Program program) {
        return new Emulation(program, Plan.of(program, options.fuse(), options.reuse()), backwards);
    }

    private static final class Emulation implements Executable {
        private final Program program;
        private final Plan plan;
        private final boolean backwards;
        private final Object[] storages;
        private final List<MethodHandle> kernels = new ArrayList<>();
        private final AtomicBoolean busy = new AtomicBoolean();

        Emulation(Program program, Plan plan, boolean backwards) {
            this.program = program;
            this.plan = plan;
            this.backwards = backwards;
            this.storages = new Object[plan.storages().size()];
            Arrays.setAll(storages, i -> {
                int size = plan.storages().get(i).size();
                return switch (plan.storages().get(i).type()) {
                    case F32 -> new float[size];
                    case F64 -> new double[size];
                    case I32, BOOL -> new int[size];
                };
            });
            plan.contents().forEach((buffer, values) -> upload(values, buffer));
            plan.kernels().forEach(kernel -> kernels.add(JvmKernels.compile(kernel, plan, backwards)));
            launch(0, plan.fixed());
        }

        private static Object array(HostArray array) {
            return switch (array.dtype()) {
                case F32 -> array.floats();
                case F64 -> array.doubles();
                case I32, BOOL -> array.ints();
            };
        }

        private void upload(HostArray from, Buffer to) {
            Plan.Place place = plan.place(to);
            System.arraycopy(array(from), from.offset(), storages[place.storage()], place.offset(), to.size());
        }

        private void launch(int from, int to) {
            for (int k = from; k < to; k++) {
                MethodHandle kernel = kernels.get(k);
                int groups = plan.kernels().get(k).groups();
                for (int turn = 0; turn < groups; turn++) {
                    try {
                        kernel.invokeExact(storages, backwards ? groups - 1 - turn : turn);
                    } catch (RuntimeException | Error e) {
                        throw e;
                    } catch (Throwable e) {
                        throw new IllegalStateException(
                                "kernel: " + plan.kernels().get(k) + " failed", e);
                    }
                }
            }
            check();
        }

        /** Throws what the kernels found out of range. */
        private void check() {
            int[] faults = (int[]) storages[storages.length - 1];
            for (int c = 0; c < plan.checks().size(); c++) {
                if (faults[2 * c] != 0) {
                    int found = faults[2 * c + 1];
                    Arrays.fill(faults, 0);
                    throw plan.checks().get(c).error(found);
                }
            }
        }

        @Override
        public Program program() {
            return program;
        }

        @Override
        public void run(List<HostArray> inputs, List<HostArray> outputs) {
            program.check(inputs, outputs);
            if (!busy.compareAndSet(false, true)) {
                throw new IllegalStateException(
                        "run: this executable is running on another thread; compile one for each thread");
            }
            try {
                for (int i = 0; i < inputs.size(); i++) {
                    upload(inputs.get(i), plan.schedule().inputs().get(i));
                }
                launch(plan.fixed(), kernels.size());
                for (int j = 0; j < outputs.size(); j++) {
                    HostArray to = outputs.get(j);
                    Plan.Place place = plan.place(plan.schedule().outputs().get(j));
                    System.arraycopy(storages[place.storage()], place.offset(), array(to), to.offset(), to.size());
                }
            } finally {
                busy.set(false);
            }
        }

        @Override
        public String explain() {
            return "emulated: " + plan.explain();
        }

        @Override
        public void close() {}
    }
}
