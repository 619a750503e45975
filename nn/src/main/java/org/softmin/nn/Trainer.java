package org.softmin.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

/**
 * A model in training: the arrays of its parameters and optimiser state, and the compiled {@link TrainStep}.
 *
 * <p>Each shape of batch (the full one and the last partial one) is compiled when it first occurs; all of them update the
 * same arrays in place, and a step allocates nothing. Use it from one thread at a time; {@link #close} it at the end.
 */
public final class Trainer<M extends Record> implements AutoCloseable {
    private final TrainStep<M> step;
    private final Backend backend;
    private final Parameters shape;
    private final List<HostArray> parameters;
    private final List<HostArray> state;
    private final List<HostArray> sums = new ArrayList<>();
    private final SequencedMap<String, HostArray> kept = new LinkedHashMap<>();
    private final HostArray rate = HostArray.zeros(DType.F64, Shape.SCALAR);
    private final HostArray number = HostArray.zeros(DType.I32, Shape.SCALAR);
    private final HostArray divisor = HostArray.zeros(DType.F64, Shape.SCALAR);
    private final List<Compiled> compiled = new ArrayList<>();
    private final @Nullable Compiled apply;
    private @Nullable Compiled last;
    private final List<Double> losses = new ArrayList<>();
    private long batches;
    private long updates;
    private int epochs;
    private int batchesOfEpoch;
    private double lossOfEpoch;
    private int pending;
    private long pendingRows;

    Trainer(TrainStep<M> step, Backend backend) {
        this.step = step;
        this.backend = backend;
        this.shape = Parameters.flatten(step.model());
        int count = shape.tensors().size();
        try (Executable initial = backend.compile(step.initial())) {
            List<HostArray> arrays = initial.run();
            this.parameters = List.copyOf(arrays.subList(0, count));
            this.state = List.copyOf(arrays.subList(count, arrays.size()));
        }
        if (accumulates()) {
            shape.trained(parameters).forEach(p -> sums.add(HostArray.zeros(p.dtype(), p.shape())));
            this.apply = new Compiled(
                    backend.compile(step.applyAccumulated()),
                    List.of(parameters, state, sums, List.of(rate, divisor)),
                    List.of(),
                    List.of(parameters, state, sums));
        } else {
            this.apply = null;
        }
    }

    /** An executable with its arrays in place; those of the batch come last among the inputs and are set each time. */
    private static final class Compiled {
        final Executable executable;
        final List<HostArray> inputs;
        final List<HostArray> outputs;
        final int firstOfBatch;
        final int firstScalar;

        Compiled(
                Executable executable,
                List<List<HostArray>> inputs,
                List<HostArray> batch,
                List<List<HostArray>> outputs) {
            this.executable = executable;
            this.inputs = new ArrayList<>();
            this.outputs = new ArrayList<>();
            inputs.forEach(this.inputs::addAll);
            outputs.forEach(this.outputs::addAll);
            this.firstOfBatch = this.inputs.size();
            this.firstScalar = this.outputs.size();
            this.inputs.addAll(batch);
            List<Tensor> results = executable.program().outputs();
            for (Tensor scalar : results.subList(firstScalar, results.size())) {
                this.outputs.add(HostArray.zeros(scalar.dtype(), scalar.shape()));
            }
        }

        boolean fits(List<HostArray> batch) {
            List<Tensor> wanted = executable.program().inputs();
            if (wanted.size() - firstOfBatch != batch.size()) {
                return false;
            }
            for (int i = 0; i < batch.size(); i++) {
                Tensor input = wanted.get(firstOfBatch + i);
                HostArray array = batch.get(i);
                if (input.dtype() != array.dtype() || !input.shape().equals(array.shape())) {
                    return false;
                }
            }
            return true;
        }

        void run(List<HostArray> batch) {
            for (int i = 0; i < batch.size(); i++) {
                inputs.set(firstOfBatch + i, batch.get(i));
            }
            executable.run(inputs, outputs);
        }
    }

    /** One step on a batch, one array for each tensor that the loss takes; gives the loss before the update. */
    public double step(HostArray... batch) {
        return step(Arrays.asList(batch));
    }

    /** One step on a batch, one array for each tensor that the loss takes; gives the loss before the update. */
    public double step(List<HostArray> batch) {
        Compiled run = compile(batch);
        rate.set(0, nextRate());
        number.set(0, (int) batches);
        run.run(batch);
        last = run;
        batches++;
        if (accumulates()) {
            pending++;
            pendingRows += batch.getFirst().shape().dim(0);
            if (pending == step.accumulation().batches()) {
                flush();
            }
        } else {
            updates++;
        }
        return run.outputs.get(run.firstScalar).get(0);
    }

    /** Updates with the gradients that are accumulated so far, if there are any. */
    public void flush() {
        if (apply != null && pending > 0) {
            rate.set(0, nextRate());
            divisor.set(0, step.accumulation().divisor(pendingRows));
            apply.run(List.of());
            updates++;
            pending = 0;
            pendingRows = 0;
        }
    }

    private Compiled compile(List<HostArray> batch) {
        for (int i = 0; i < compiled.size(); i++) { // an iterator would be an object for each step
            if (compiled.get(i).fits(batch)) {
                return compiled.get(i);
            }
        }
        List<Type> types = batch.stream()
                .map(array -> new Type(array.dtype(), array.shape()))
                .toList();
        Compiled fresh = accumulates()
                ? new Compiled(
                        backend.compile(step.accumulate(types)),
                        List.of(parameters, sums, List.of(number)),
                        batch,
                        List.of(sums, shape.statistics(parameters)))
                : new Compiled(
                        backend.compile(step.update(types)),
                        List.of(parameters, state, List.of(rate, number)),
                        batch,
                        List.of(parameters, state));
        compiled.add(fresh);
        return fresh;
    }

    private boolean accumulates() {
        return step.accumulation().batches() > 1;
    }

    private double nextRate() {
        return step.optimizer().learningRate() * step.schedule().factor(updates);
    }

    /**
     * Trains for so many epochs, all batches of the data in each. An epoch that was left in the middle, because a listener
     * threw an exception or a {@link Checkpoint} of that moment was restored, is completed and counts as the first.
     *
     * @throws IllegalArgumentException before the first step, if a batch that will occur does not suit the loss
     * @throws ArithmeticException if the loss becomes infinite or NaN
     */
    public void fit(Batches data, int epochs, Listener... listeners) {
        compile(data.full());
        try {
            compile(data.last());
        } catch (IllegalArgumentException e) {
            throw data.refuseLast(e);
        }
        if (batchesOfEpoch > data.count()) {
            throw new IllegalArgumentException(
                    "trainer: " + batchesOfEpoch + " batches of this epoch are done, but the data" + " has "
                            + data.count() + "; go on with the data and the batch size that training began with");
        }
        for (int end = this.epochs + epochs; this.epochs < end; ) {
            for (List<HostArray> batch : data.epoch(this.epochs, batchesOfEpoch)) {
                double loss = step(batch);
                if (!Double.isFinite(loss)) {
                    throw new ArithmeticException("trainer: the loss is " + loss + " in step " + batches
                            + "; lower the learning rate, clip the gradients, or switch on anomaly detection to find"
                            + " the op");
                }
                lossOfEpoch += loss;
                batchesOfEpoch++;
                for (Listener listener : listeners) {
                    listener.onStep(batches, loss, rate.get(0));
                }
            }
            flush();
            double mean = lossOfEpoch / data.count();
            losses.add(mean);
            this.epochs++;
            batchesOfEpoch = 0;
            lossOfEpoch = 0;
            for (Listener listener : listeners) {
                listener.onEpoch(this.epochs, mean, rate.get(0));
            }
        }
    }

    /** The value of a metric in the last step. */
    public double metric(String name) {
        int index = new ArrayList<>(step.metrics().keySet()).indexOf(name);
        if (index < 0) {
            throw new IllegalArgumentException("trainer: there is no metric " + name + "; there are "
                    + step.metrics().keySet());
        }
        if (last == null) {
            throw new IllegalStateException("trainer: metric " + name + " is known after the first step");
        }
        return last.outputs.get(last.firstScalar + 1 + index).get(0);
    }

    /** The model with a copy of its current parameters, which further steps do not change. */
    public M model() {
        return Parameters.unflatten(
                step.model(),
                parameters.stream().map(array -> Tensor.of(array.copy())).toList());
    }

    /** The parameters by name: the arrays themselves, which each step updates and which may be overwritten between. */
    public SequencedMap<String, HostArray> parameters() {
        SequencedMap<String, HostArray> named = new LinkedHashMap<>();
        for (int i = 0; i < parameters.size(); i++) {
            named.put(shape.names().get(i), parameters.get(i));
        }
        return Collections.unmodifiableSequencedMap(named);
    }

    /** What the optimiser remembers: the arrays themselves, in the order of {@link Optimizer#init}. */
    public List<HostArray> state() {
        return state;
    }

    /**
     * Adds an array of the caller's to the state: each {@link Checkpoint} saves it and puts it back. For what is changed
     * between steps, such as a table of which each step trains a few rows.
     *
     * @param array the array itself, held, not copied
     * @throws IllegalArgumentException if there is one of that name
     */
    public void keep(String name, HostArray array) {
        if (kept.putIfAbsent(name, array) != null) {
            throw new IllegalArgumentException(
                    "trainer: an array called " + name + " is kept already; give it another name");
        }
    }

    /** Learning rate of the last update; 0 before the first. */
    public double learningRate() {
        return rate.get(0);
    }

    /** Number of updates so far. */
    public long updates() {
        return updates;
    }

    /** Number of steps so far: batches, of which several may make one update. */
    public long steps() {
        return batches;
    }

    /** Number of epochs that {@link #fit} has completed. */
    public int epochs() {
        return epochs;
    }

    /** The mean loss of each epoch that {@link #fit} has completed. */
    public List<Double> losses() {
        return List.copyOf(losses);
    }

    /** What optimises, for the description of a checkpoint. */
    Optimizer optimizer() {
        return step.optimizer();
    }

    /** Every array that steps change, by a name that says what it is: the arrays themselves. */
    SequencedMap<String, HostArray> arrays() {
        SequencedMap<String, HostArray> all = new LinkedHashMap<>();
        parameters().forEach((name, array) -> all.put("model." + name, array));
        for (int i = 0; i < state.size(); i++) {
            all.put("optimizer." + i, state.get(i));
        }
        for (int i = 0; i < sums.size(); i++) {
            all.put("accumulated." + i, sums.get(i));
        }
        kept.forEach((name, array) -> all.put("kept." + name, array));
        return all;
    }

    /** How far training is: with {@link #arrays} and {@link #losses} all that the next step depends on. */
    Position position() {
        return new Position(epochs, batchesOfEpoch, lossOfEpoch, batches, updates, pending, pendingRows, rate.get(0));
    }

    /** Goes on from another position; the arrays are already those that belong to it. */
    void moveTo(Position position, List<Double> epochLosses) {
        epochs = position.epochs();
        batchesOfEpoch = position.batchesOfEpoch();
        lossOfEpoch = position.lossOfEpoch();
        batches = position.steps();
        updates = position.updates();
        pending = position.pending();
        pendingRows = position.pendingRows();
        rate.set(0, position.rate());
        losses.clear();
        losses.addAll(epochLosses);
        last = null;
    }

    /**
     * A function of the model that always sees the current parameters, for evaluation during training. It shares the
     * arrays, so it runs between steps, on the same thread; close it, too.
     */
    public Inference<M> inference(BiFunction<M, Batch, Tensor> output) {
        return new Inference<>(step.model(), output, backend, parameters);
    }

    /** How the step is carried out, for people: the plan of each compiled shape of batch. */
    public String explain() {
        return compiled.stream().map(c -> c.executable.explain()).collect(Collectors.joining("\n"));
    }

    @Override
    public void close() {
        compiled.forEach(c -> c.executable.close());
        if (apply != null) {
            apply.executable.close();
        }
    }
}
