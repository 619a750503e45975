package org.softmin.studies.bench;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.softmin.autograd.Gradients;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;
import org.softmin.tensor.Window;

/** Softmin itself, as a user would call it: a compiled program that is run with arrays of the caller's. */
final class SoftminContender implements Contender {
    static final String NAME = "Softmin";

    private final String name;
    private @Nullable Backend opened;

    /** On the processor, with as many threads as it is opened for. */
    SoftminContender() {
        this.name = NAME;
    }

    /** On {@code backend}, after which it is called, and which is open. */
    SoftminContender(Backend backend) {
        this.name = backend.name();
        this.opened = backend;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String describe() {
        return name + " " + System.getProperty("softmin.commit", "") + ", Java " + Runtime.version();
    }

    @Override
    public void open(int threads) {
        if (opened == null) {
            opened = Backend.named("cpu", Backend.Options.DEFAULT.withThreads(threads));
        }
    }

    private Backend backend() {
        return Objects.requireNonNull(opened, "bench: open comes before the first task");
    }

    @Override
    public Optional<Task> task(Workload workload) {
        return Optional.of(
                switch (workload) {
                    case Workload.Product product -> product(product);
                    case Workload.Chain chain -> chain(chain);
                    case Workload.Rows rows -> rows(rows);
                    case Workload.Convolution convolution -> convolution(convolution);
                    case Step step -> step(step);
                });
    }

    private Task product(Workload.Product p) {
        HostArray a = p.a().reshape(stored(p.count(), p.rows(), p.inner(), p.transposedA()));
        HostArray b = p.b().reshape(stored(p.count(), p.inner(), p.columns(), p.transposedB()));
        Program program = Program.trace(
                List.of(type(a), type(b)),
                x -> List.of(turned(x.get(0), p.transposedA()).matmul(turned(x.get(1), p.transposedB()))));
        return new Replay(backend().compile(program), List.of(a, b));
    }

    private static Shape stored(int count, int rows, int columns, boolean transposed) {
        Shape matrix = transposed ? Shape.of(columns, rows) : Shape.of(rows, columns);
        return count == 1 ? matrix : matrix.insert(0, count);
    }

    private static Tensor turned(Tensor x, boolean transposed) {
        if (!transposed) {
            return x;
        }
        return x.shape().rank() == 2 ? x.transpose() : x.permute(0, 2, 1);
    }

    private Task chain(Workload.Chain chain) {
        List<HostArray> operands = List.of(chain.operand("x"), chain.operand("w"), chain.operand("b"));
        Program program =
                Program.trace(operands.stream().map(SoftminContender::type).toList(), x -> {
                    Tensor left = chain.sigmoid()
                            ? x.get(0).mul(x.get(0).sigmoid()).mul(x.get(1))
                            : x.get(0).mul(x.get(1));
                    return List.of(left.add(x.get(2)));
                });
        return new Replay(backend().compile(program), operands);
    }

    private Task rows(Workload.Rows rows) {
        HostArray x = rows.x();
        Program program = Program.trace(type(x), t -> rows.softmax() ? t.softmax(1) : t.logSumExp(1));
        return new Replay(backend().compile(program), List.of(x));
    }

    private Task convolution(Workload.Convolution c) {
        List<Window> windows = List.of(c.window(), c.window());
        List<HostArray> operands =
                c.gradients() ? List.of(c.x(), c.weights(), c.gradient()) : List.of(c.x(), c.weights());
        Program program =
                Program.trace(operands.stream().map(SoftminContender::type).toList(), in -> {
                    Tensor y = in.get(0).convolve(in.get(1), windows, 1);
                    if (!c.gradients()) {
                        return List.of(y);
                    }
                    List<Tensor> gradients =
                            Gradients.vjp(List.of(y), List.of(in.get(1), in.get(0)), List.of(in.get(2)));
                    return List.of(gradients.get(0), gradients.get(1), y);
                });
        return new Replay(backend().compile(program), operands);
    }

    private Task step(Step step) {
        var trainer = step.trainStep().start(backend());
        List<HostArray> batch = List.of(step.batch());
        return new Task() {
            @Override
            public void run() {
                trainer.step(batch);
            }

            @Override
            public OptionalDouble check() {
                return OptionalDouble.of(trainer.step(batch));
            }

            @Override
            public void close() {
                trainer.close();
            }
        };
    }

    private static Type type(HostArray array) {
        return new Type(array.dtype(), array.shape());
    }

    /** A program with its arrays in place. */
    private record Replay(Executable executable, List<HostArray> inputs, List<HostArray> outputs) implements Task {
        Replay(Executable executable, List<HostArray> inputs) {
            this(
                    executable,
                    inputs,
                    executable.program().outputs().stream()
                            .map(result -> HostArray.zeros(result.dtype(), result.shape()))
                            .toList());
        }

        @Override
        public void run() {
            executable.run(inputs, outputs);
        }

        @Override
        public OptionalDouble check() {
            run();
            HostArray result = outputs.getFirst();
            return OptionalDouble.of(result.get(result.size() - 1));
        }

        @Override
        public void close() {
            executable.close();
        }
    }
}
