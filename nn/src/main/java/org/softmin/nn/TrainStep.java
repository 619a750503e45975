package org.softmin.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.softmin.autograd.Gradients;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Program;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

/**
 * How a model is trained: loss, gradient and update as one {@link Program} whose parameters and optimiser state are
 * updated in place.
 *
 * {@snippet :
 * record Net(Linear hidden, Linear output) {
 *     Tensor apply(Tensor x) {
 *         return output.apply(hidden.apply(x).relu());
 *     }
 * }
 *
 * HostArray images = HostArray.of(Shape.of(300, 784), new float[300 * 784]); // your data, not copied
 * HostArray labels = HostArray.of(Shape.of(300), new int[300]);
 * RandomKey key = RandomKey.of(1);
 * Net net = new Net(Linear.of(784, 64, key.derive("hidden")), Linear.of(64, 10, key.derive("output")));
 * var step = TrainStep.of(net, (model, batch) ->
 *         Losses.crossEntropy(model.apply(batch.x()), batch.y(), Reduction.MEAN));
 * try (var trainer = step.optimizer(new Adam(1e-3)).start()) {
 *     trainer.fit(Batches.of(128, images, labels).shuffle(key), 10);
 *     net = trainer.model();
 * }
 * }
 *
 * <p>This is the description; {@link #start} gives the {@link Trainer} that holds arrays and runs. The model is called
 * once per shape of batch, with tensors in place of its parameters. Immutable and thread-safe.
 *
 * @param model the model with its first parameters
 * @param loss gives the number to make small from the model and a batch
 * @param statistics gives the model after a batch, of which each {@link Statistic} is kept; null where there is none
 * @param metrics further numbers to watch, computed in the same run as the loss
 * @param optimizer the rule of the update
 * @param schedule how the learning rate changes from step to step
 * @param clipping what is done to the gradients before the update
 * @param accumulation how many batches make one update, and how
 * @param key source of random numbers in the loss
 */
public record TrainStep<M extends Record>(
        M model,
        BiFunction<M, Batch, Tensor> loss,
        @Nullable BiFunction<M, Batch, M> statistics,
        SequencedMap<String, BiFunction<M, Batch, Tensor>> metrics,
        Optimizer optimizer,
        Schedule schedule,
        Clipping clipping,
        Accumulation accumulation,
        RandomKey key) {
    /**
     * Several batches for one update, as if they were one large batch: for losses that treat rows one by one.
     *
     * @param batches batches for one update, 1 or more
     * @param reduction whether the loss is a sum or a mean over the rows; a mean is weighted by the rows of each batch
     */
    public record Accumulation(int batches, Reduction reduction) {
        /** Checks the number of batches. */
        public Accumulation {
            if (batches < 1) {
                throw new IllegalArgumentException("accumulation: " + batches + " batches; use 1 or more");
            }
        }

        /** How much the gradient of a batch of so many rows counts. */
        double weight(int rows) {
            return switch (reduction) {
                case SUM -> 1;
                case MEAN -> rows;
            };
        }

        /** What a sum of weighted gradients over so many rows is divided by. */
        double divisor(long rows) {
            return switch (reduction) {
                case SUM -> 1;
                case MEAN -> rows;
            };
        }
    }

    /** Checks that there is something to train, and copies the metrics. */
    public TrainStep {
        metrics = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(metrics));
        if (Parameters.flatten(model).trained().length == 0) {
            throw new IllegalArgumentException("train: " + model.getClass().getSimpleName()
                    + " has no parameters; give it floating-point tensors as components");
        }
    }

    /** Adam at rate 1e-3, constant, one batch per update, random numbers from seed 0. */
    public static <M extends Record> TrainStep<M> of(M model, BiFunction<M, Batch, Tensor> loss) {
        return new TrainStep<>(
                model,
                loss,
                null,
                new LinkedHashMap<>(),
                new Adam(1e-3),
                Schedule.constant(),
                Clipping.none(),
                new Accumulation(1, Reduction.SUM),
                RandomKey.of(0));
    }

    /** With this optimiser. */
    public TrainStep<M> optimizer(Optimizer rule) {
        return new TrainStep<>(model, loss, statistics, metrics, rule, schedule, clipping, accumulation, key);
    }

    /** With this schedule of the learning rate. */
    public TrainStep<M> schedule(Schedule factors) {
        return new TrainStep<>(model, loss, statistics, metrics, optimizer, factors, clipping, accumulation, key);
    }

    /** With this limit on the gradients. */
    public TrainStep<M> clip(Clipping limit) {
        return new TrainStep<>(model, loss, statistics, metrics, optimizer, schedule, limit, accumulation, key);
    }

    /** With one update for so many batches; {@code reduction} says how the loss treats the rows of a batch. */
    public TrainStep<M> accumulate(int batches, Reduction reduction) {
        Accumulation several = new Accumulation(batches, reduction);
        return new TrainStep<>(model, loss, statistics, metrics, optimizer, schedule, clipping, several, key);
    }

    /** With random numbers from this key. */
    public TrainStep<M> random(RandomKey source) {
        return new TrainStep<>(model, loss, statistics, metrics, optimizer, schedule, clipping, accumulation, source);
    }

    /**
     * With statistics of the data that each step moves, as those of {@link BatchNorm}: {@code next} gives the model after
     * a batch, of which each {@link Statistic} is kept. What it shares with the loss is computed once. The model itself
     * leaves them as they are.
     */
    public TrainStep<M> statistics(BiFunction<M, Batch, M> next) {
        return new TrainStep<>(model, loss, next, metrics, optimizer, schedule, clipping, accumulation, key);
    }

    /** With one more number to watch; what it shares with the loss is computed once. */
    public TrainStep<M> metric(String name, BiFunction<M, Batch, Tensor> metric) {
        SequencedMap<String, BiFunction<M, Batch, Tensor>> more = new LinkedHashMap<>(metrics);
        more.put(name, metric);
        return new TrainStep<>(model, loss, statistics, more, optimizer, schedule, clipping, accumulation, key);
    }

    /** A trainer on the CPU that begins with the parameters of {@link #model}. */
    public Trainer<M> start() {
        return start(Backend.named("cpu"));
    }

    /** A trainer on {@code backend} that begins with the parameters of {@link #model}. */
    public Trainer<M> start(Backend backend) {
        return new Trainer<>(this, backend);
    }

    /**
     * The program without inputs that gives the first parameters, then the first state of the optimiser.
     *
     * @throws IllegalArgumentException if the model has a {@link Statistic} and it was not said how a step moves it
     */
    public Program initial() {
        Parameters named = Parameters.flatten(model);
        if (statistics == null && !named.statistics().isEmpty()) {
            throw new IllegalArgumentException("train: nothing moves the statistics " + named.statistics(named.names())
                    + "; say what does with statistics(..), where the model itself leaves them as they are");
        }
        return Program.of(List.of(), join(named.tensors(), initialState()));
    }

    private List<Tensor> initialState() {
        Parameters named = Parameters.flatten(model);
        return optimizer.init(named.trained(named.tensors()));
    }

    /**
     * The program of one step on batches of the given types.
     *
     * <p>Inputs: parameters, optimiser state, learning rate (F64 scalar), step number (I32 scalar), batch. Outputs:
     * parameters and state, donated to; loss; metrics. Statistics are among the parameters.
     */
    public Program update(List<Type> batch) {
        Inputs inputs = new Inputs(initialState());
        Tensor rate = Tensor.input("rate", DType.F64, Shape.SCALAR);
        Tensor step = Tensor.input("step", DType.I32, Shape.SCALAR);
        List<Tensor> data = data(batch);
        List<Tensor> scalars = scalars(inputs.parameters, data, step);
        Optimizer.Update update = update(inputs, Gradients.grad(scalars.getFirst(), inputs.trained()), rate);
        List<Tensor> parameters = inputs.named.merge(update.parameters(), nextStatistics(inputs, data, step));
        return donated(
                join(inputs.parameters, inputs.others, List.of(rate, step), data),
                join(parameters, update.state(), scalars),
                0,
                inputs.count());
    }

    /**
     * The program that adds the weighted gradient of one batch to a running sum.
     *
     * <p>Inputs: parameters, sums, step number (I32 scalar), batch. Outputs: sums and statistics, donated to; loss;
     * metrics.
     */
    public Program accumulate(List<Type> batch) {
        Parameters named = Parameters.flatten(model);
        Inputs inputs = new Inputs(named.trained(named.tensors()));
        Tensor step = Tensor.input("step", DType.I32, Shape.SCALAR);
        List<Tensor> data = data(batch);
        List<Tensor> scalars = scalars(inputs.parameters, data, step);
        List<Tensor> gradients = Gradients.grad(scalars.getFirst(), inputs.trained());
        double weight = accumulation.weight(batch.getFirst().shape().dim(0));
        List<Tensor> sums = IntStream.range(0, gradients.size())
                .mapToObj(i -> inputs.others.get(i).add(gradients.get(i).mul(weight)))
                .toList();
        List<Tensor> moved = nextStatistics(inputs, data, step);
        Program program = donated(
                join(inputs.parameters, inputs.others, List.of(step), data),
                join(sums, moved, scalars),
                inputs.parameters.size(),
                sums.size());
        for (int i = 0; i < moved.size(); i++) {
            program =
                    program.donate(inputs.parameters.indexOf(inputs.statistics().get(i)), sums.size() + i);
        }
        return program;
    }

    /**
     * The program that updates with accumulated gradients and sets the sums back to 0.
     *
     * <p>Inputs: parameters, optimiser state, sums, learning rate and divisor of the sums (F64 scalars). Outputs:
     * parameters, state and sums, donated to.
     */
    public Program applyAccumulated() {
        Inputs inputs = new Inputs(initialState());
        List<Tensor> sums = fresh("sum", inputs.trained());
        Tensor rate = Tensor.input("rate", DType.F64, Shape.SCALAR);
        Tensor divisor = Tensor.input("divisor", DType.F64, Shape.SCALAR);
        List<Tensor> gradients =
                sums.stream().map(sum -> sum.div(divisor.cast(sum.dtype()))).toList();
        Optimizer.Update update = update(inputs, gradients, rate);
        List<Tensor> zeros =
                sums.stream().map(sum -> Tensor.zeros(sum.dtype(), sum.shape())).toList();
        return donated(
                join(inputs.parameters, inputs.others, sums, List.of(rate, divisor)),
                join(inputs.named.merge(update.parameters(), inputs.statistics()), update.state(), zeros),
                0,
                inputs.count() + sums.size());
    }

    private Optimizer.Update update(Inputs inputs, List<Tensor> gradients, Tensor rate) {
        return optimizer.update(inputs.trained(), clipping.apply(gradients), inputs.others, rate);
    }

    /** The statistics after the batch. */
    private List<Tensor> nextStatistics(Inputs inputs, List<Tensor> data, Tensor step) {
        if (statistics == null) {
            return List.of();
        }
        M traced = Parameters.unflatten(model, inputs.parameters);
        Parameters next = Parameters.flatten(statistics.apply(traced, new Batch(data, key.fold(step))));
        if (!next.names().equals(inputs.named.names())) {
            throw new IllegalArgumentException("train: statistics(..) gives a model with parameters " + next.names()
                    + " in place of " + inputs.named.names() + "; give the same model with other statistics");
        }
        Parameters.unflatten(model, next.tensors()); // checks the types
        return next.statistics(next.tensors());
    }

    /** The loss, then the metrics. */
    private List<Tensor> scalars(List<Tensor> parameters, List<Tensor> data, Tensor step) {
        M traced = Parameters.unflatten(model, parameters);
        Batch batch = new Batch(data, key.fold(step));
        List<Tensor> scalars = new ArrayList<>();
        scalars.add(scalar("loss", loss.apply(traced, batch)));
        for (Map.Entry<String, BiFunction<M, Batch, Tensor>> metric : metrics.entrySet()) {
            scalars.add(scalar(metric.getKey(), metric.getValue().apply(traced, batch)));
        }
        return scalars;
    }

    private static Tensor scalar(String name, Tensor x) {
        if (x.shape().size() != 1) {
            throw new IllegalArgumentException(
                    "train: " + name + " is " + x.type() + "; reduce it to one number with sum() or mean()");
        }
        return x.reshape(Shape.SCALAR);
    }

    private static List<Tensor> data(List<Type> batch) {
        return IntStream.range(0, batch.size())
                .mapToObj(i -> Tensor.input(
                        "batch" + i, batch.get(i).dtype(), batch.get(i).shape()))
                .toList();
    }

    private static List<Tensor> fresh(String name, List<Tensor> like) {
        return like.stream().map(x -> Tensor.input(name, x.dtype(), x.shape())).toList();
    }

    @SafeVarargs
    private static List<Tensor> join(List<Tensor>... lists) {
        List<Tensor> joined = new ArrayList<>();
        for (List<Tensor> list : lists) {
            joined.addAll(list);
        }
        return joined;
    }

    private static Program donated(List<Tensor> inputs, List<Tensor> outputs, int first, int count) {
        Program program = Program.of(inputs, outputs);
        for (int i = 0; i < count; i++) {
            program = program.donate(first + i, i);
        }
        return program;
    }

    /** Fresh inputs for the parameters of the model, under their names, and for others like the given tensors. */
    private final class Inputs {
        final Parameters named = Parameters.flatten(model);
        final List<Tensor> parameters;
        final List<Tensor> others;

        Inputs(List<Tensor> like) {
            parameters = IntStream.range(0, named.tensors().size())
                    .mapToObj(i -> Tensor.input(
                            named.names().get(i),
                            named.tensors().get(i).dtype(),
                            named.tensors().get(i).shape()))
                    .toList();
            others = fresh("state", like);
        }

        List<Tensor> trained() {
            return named.trained(parameters);
        }

        List<Tensor> statistics() {
            return named.statistics(parameters);
        }

        int count() {
            return parameters.size() + others.size();
        }
    }
}
