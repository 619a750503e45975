package org.softmin.tensor.reference;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.softmin.tensor.AnomalyException;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.plan.Decompose;

/**
 * The definition of what every backend computes: one node after the other, one element after the other, in double
 * precision, each result rounded to its element type.
 *
 * <p>Nothing here is fast and everything is plain; {@link Interpreter} holds the meaning of each op. Thread-safe; an
 * executable is not.
 */
public final class ReferenceBackend implements Backend {
    private final boolean detectAnomaly;

    /** A reference backend; of the options only anomaly detection matters here. */
    public ReferenceBackend(Options options) {
        this.detectAnomaly = options.detectAnomaly();
    }

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public Executable compile(Program program) {
        Program primitive = Decompose.apply(program, composite -> false);
        return new Executable() {
            private final AtomicBoolean busy = new AtomicBoolean();

            @Override
            public Program program() {
                return program;
            }

            @Override
            public void run(List<HostArray> inputs, List<HostArray> outputs) {
                program.check(inputs, outputs);
                if (!busy.compareAndSet(false, true)) {
                    throw new IllegalStateException(
                            "run: this executable is running on another thread; compile one" + " for each thread");
                }
                try {
                    List<double[]> results = evaluate(primitive, inputs);
                    for (int j = 0; j < results.size(); j++) {
                        double[] values = results.get(j);
                        for (int i = 0; i < values.length; i++) {
                            outputs.get(j).set(i, values[i]);
                        }
                    }
                } finally {
                    busy.set(false);
                }
            }

            @Override
            public String explain() {
                return "reference: one node at a time, in double precision\n" + program;
            }

            @Override
            public void close() {}
        };
    }

    private List<double[]> evaluate(Program program, List<HostArray> inputs) {
        Map<Tensor, double[]> values = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            values.put(program.inputs().get(i), inputs.get(i).toDoubles());
        }
        for (Tensor node : program.nodes()) {
            if (!(node.op() instanceof Op.Input)) {
                values.put(node, evaluate(node, values));
            } else if (node.op() instanceof Op.Input input && input.value() != null) {
                values.putIfAbsent(node, input.value().toDoubles());
            }
            if (detectAnomaly) {
                checkFinite(program, node, values);
            }
        }
        return program.outputs().stream().map(x -> value(x, values)).toList();
    }

    private static double[] evaluate(Tensor node, Map<Tensor, double[]> values) {
        double[] result = Interpreter.apply(node, operands(node, values));
        for (int i = 0; i < result.length; i++) {
            result[i] = node.dtype().round(result[i]);
        }
        return result;
    }

    private static List<double[]> operands(Tensor node, Map<Tensor, double[]> values) {
        return node.inputs().stream().map(x -> value(x, values)).toList();
    }

    private static double[] value(Tensor node, Map<Tensor, double[]> values) {
        return Objects.requireNonNull(values.get(node), () -> node.op().label() + " has no value");
    }

    private static void checkFinite(Program program, Tensor node, Map<Tensor, double[]> values) {
        double[] value = value(node, values);
        int bad = firstNonFinite(value);
        boolean made = operands(node, values).stream().allMatch(x -> firstNonFinite(x) < 0);
        if (bad >= 0 && made && !(node.op() instanceof Op.Constant)) {
            throw new AnomalyException(program, node, bad, value[bad]);
        }
    }

    private static int firstNonFinite(double[] values) {
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                return i;
            }
        }
        return -1;
    }

    /** Makes this backend known by name. */
    public static final class Provider implements Backend.Provider {
        /** Called by the service loader. */
        public Provider() {}

        @Override
        public String name() {
            return "reference";
        }

        @Override
        public String describe() {
            return "scalar double precision, one thread: slow, for checking";
        }

        @Override
        public boolean available() {
            return true;
        }

        @Override
        public Backend open(Options options) {
            return new ReferenceBackend(options);
        }
    }
}
