package org.softmin.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.softmin.autograd.Gradients;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Tensor;

/**
 * Minimises a smooth function of few thousand numbers to high accuracy, all data in each evaluation: the limited-memory
 * BFGS method.
 *
 * <p>Source: Nocedal and Wright, "Numerical optimization", 2006, algorithms 7.4 and 7.5. The line search brackets the
 * weak Wolfe conditions by doubling and bisection (Lewis and Overton, 2013); where rounding hides the decrease of the
 * loss, the slope decides (Hager and Zhang, 2005). Vectors are F64 on the host, whatever the type of the loss. Immutable
 * and thread-safe.
 *
 * @param memory how many past steps describe the curvature, 1 or more
 * @param maxIterations iterations after which it gives up
 * @param tolerance it has converged when no element of the gradient is larger than this
 */
public record Lbfgs(int memory, int maxIterations, double tolerance) {
    private static final double DECREASE = 1e-4;
    private static final double CURVATURE = 0.9;
    private static final double RESOLUTION = 1e-6;
    private static final int MAX_TRIALS = 30;

    /** Checks the settings. */
    public Lbfgs {
        if (memory < 1 || maxIterations < 0) {
            throw new IllegalArgumentException("lbfgs: memory " + memory + " and at most " + maxIterations
                    + " iterations; use a memory of 1 or more and 0 iterations or more");
        }
        Settings.notNegative("lbfgs", "tolerance", tolerance);
    }

    /** With a memory of 10 steps, at most 2,000 iterations and a tolerance of 1e-6. */
    public Lbfgs() {
        this(10, 2000, 1e-6);
    }

    /** A function to minimise. */
    @FunctionalInterface
    public interface Function {
        /** The value at {@code x}; writes the gradient there to {@code gradient}. */
        double evaluate(double[] x, double[] gradient);
    }

    /** How a minimisation ended. Immutable and thread-safe. */
    public enum Status {
        /** The gradient is within the tolerance. */
        CONVERGED,
        /** No lower point was found along the last direction: usually the limit of the loss's precision. */
        STALLED,
        /** The iterations are used up. */
        ITERATION_LIMIT
    }

    /**
     * Where and how a minimisation ended. Immutable and thread-safe.
     *
     * @param status why it ended
     * @param loss the smallest value
     * @param gradientNorm largest absolute element of the gradient there
     * @param iterations steps taken
     * @param evaluations calls of the function
     */
    public record Result(Status status, double loss, double gradientNorm, int iterations, int evaluations) {}

    /** A fitted model and how its fit ended. Immutable and thread-safe. */
    public record Fit<M extends Record>(M model, Result result) {}

    /**
     * Minimises {@code function} from {@code x}, which is overwritten with the minimum.
     *
     * @throws ArithmeticException if the function is infinite or NaN at the start
     */
    public Result minimize(Function function, double[] x) {
        Search search = new Search(function, x);
        History history = new History(memory, x.length);
        double[] direction = new double[x.length];
        for (int iteration = 0; ; iteration++) {
            double norm = Arrays.stream(search.gradient).map(Math::abs).max().orElse(0);
            if (norm <= tolerance || iteration == maxIterations) {
                Status status = norm <= tolerance ? Status.CONVERGED : Status.ITERATION_LIMIT;
                return new Result(status, search.loss, norm, iteration, search.evaluations);
            }
            history.direction(search.gradient, direction);
            double step = history.count == 0 ? 1 / Math.sqrt(dot(direction, direction)) : 1;
            if (!search.advance(direction, step)) {
                if (history.count > 0) { // stale curvature may have misled it: once more along the gradient
                    history.count = 0;
                    continue;
                }
                return new Result(Status.STALLED, search.loss, norm, iteration, search.evaluations);
            }
            history.add(search);
        }
    }

    /** The current point, and the last step to it. */
    private static final class Search {
        final Function function;
        final double[] x;
        final double[] gradient;
        final double[] oldX;
        final double[] oldGradient;
        double loss;
        int evaluations = 1;

        Search(Function function, double[] x) {
            this.function = function;
            this.x = x;
            this.gradient = new double[x.length];
            this.oldX = new double[x.length];
            this.oldGradient = new double[x.length];
            this.loss = function.evaluate(x, gradient);
            if (!Double.isFinite(loss)) {
                throw new ArithmeticException("lbfgs: the loss is " + loss + " at the start; start somewhere else");
            }
        }

        /** Goes along {@code direction} to a lower point; stays and gives false if there is none. */
        boolean advance(double[] direction, double firstStep) {
            System.arraycopy(x, 0, oldX, 0, x.length);
            System.arraycopy(gradient, 0, oldGradient, 0, x.length);
            double slope = dot(gradient, direction);
            double oldLoss = loss;
            double low = 0;
            double high = Double.POSITIVE_INFINITY;
            double step = firstStep;
            for (int trial = 0; trial < MAX_TRIALS && slope < 0; trial++) {
                for (int i = 0; i < x.length; i++) {
                    x[i] = oldX[i] + step * direction[i];
                }
                loss = function.evaluate(x, gradient);
                evaluations++;
                double newSlope = dot(gradient, direction);
                boolean hidden = Math.abs(loss - oldLoss) <= RESOLUTION * Math.abs(oldLoss);
                boolean lower =
                        loss <= oldLoss + DECREASE * step * slope || (hidden && newSlope <= (2 * DECREASE - 1) * slope);
                if (!lower) { // also if it is NaN
                    high = step;
                } else if (newSlope < CURVATURE * slope) {
                    low = step;
                } else {
                    return true;
                }
                step = high < Double.POSITIVE_INFINITY ? (low + high) / 2 : 2 * step;
            }
            System.arraycopy(oldX, 0, x, 0, x.length);
            System.arraycopy(oldGradient, 0, gradient, 0, x.length);
            loss = oldLoss;
            return false;
        }
    }

    /** The last steps and what they did to the gradient, in a ring. */
    private static final class History {
        final double[][] steps;
        final double[][] changes;
        final double[] products;
        final double[] alpha;
        int count;
        int next;

        History(int memory, int n) {
            steps = new double[memory][n];
            changes = new double[memory][n];
            products = new double[memory];
            alpha = new double[memory];
        }

        void add(Search search) {
            double[] s = steps[next];
            double[] y = changes[next];
            for (int i = 0; i < s.length; i++) {
                s[i] = search.x[i] - search.oldX[i];
                y[i] = search.gradient[i] - search.oldGradient[i];
            }
            double product = dot(s, y);
            if (product > Math.ulp(1.0) * dot(y, y)) { // curvature that rounding has not eaten
                products[next] = product;
                next = (next + 1) % steps.length;
                count = Math.min(count + 1, steps.length);
            }
        }

        /** −H·gradient, with the inverse Hessian H that the steps imply: the two-loop recursion. */
        void direction(double[] gradient, double[] d) {
            for (int i = 0; i < d.length; i++) {
                d[i] = -gradient[i];
            }
            for (int back = 1; back <= count; back++) {
                int k = Math.floorMod(next - back, steps.length);
                alpha[k] = dot(steps[k], d) / products[k];
                add(d, -alpha[k], changes[k]);
            }
            if (count > 0) {
                int latest = Math.floorMod(next - 1, steps.length);
                double scale = products[latest] / dot(changes[latest], changes[latest]);
                for (int i = 0; i < d.length; i++) {
                    d[i] *= scale;
                }
            }
            for (int back = count; back >= 1; back--) {
                int k = Math.floorMod(next - back, steps.length);
                add(d, alpha[k] - dot(changes[k], d) / products[k], steps[k]);
            }
        }

        private static void add(double[] to, double factor, double[] x) {
            for (int i = 0; i < to.length; i++) {
                to[i] += factor * x[i];
            }
        }
    }

    private static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    /**
     * Minimises a loss over the parameters of {@code model}, starting at their values, on all of {@code data} at once.
     * Each {@link Statistic} stays as it is.
     *
     * @param loss gives one number from the model and the data
     */
    public <M extends Record> Fit<M> minimize(
            M model, BiFunction<M, Batch, Tensor> loss, Backend backend, HostArray... data) {
        Parameters named = Parameters.flatten(model);
        List<HostArray> parameters = new ArrayList<>();
        try (Executable initial = backend.compile(Program.of(List.of(), named.tensors()))) {
            parameters.addAll(initial.run());
        }
        int count = parameters.size();
        List<HostArray> arrays = new ArrayList<>(parameters);
        arrays.addAll(Arrays.asList(data));
        List<Tensor> inputs = arrays.stream()
                .map(array -> Tensor.input("x", array.dtype(), array.shape()))
                .toList();
        M traced = Parameters.unflatten(model, inputs.subList(0, count));
        Tensor value = loss.apply(traced, new Batch(inputs.subList(count, inputs.size()), null));
        Program program = Gradients.valueAndGrad(Program.of(inputs, List.of(value)), named.trained());
        List<HostArray> moved = named.trained(parameters);
        List<HostArray> outputs = program.outputs().stream()
                .map(output -> HostArray.zeros(output.dtype(), output.shape()))
                .toList();
        double[] x = new double[moved.stream().mapToInt(HostArray::size).sum()];
        gather(moved, x);
        try (Executable executable = backend.compile(program)) {
            Result result = minimize(
                    (point, gradient) -> {
                        scatter(point, moved);
                        executable.run(arrays, outputs);
                        gather(outputs.subList(1, outputs.size()), gradient);
                        return outputs.getFirst().get(0);
                    },
                    x);
            scatter(x, moved);
            return new Fit<>(
                    Parameters.unflatten(
                            model, parameters.stream().map(Tensor::of).toList()),
                    result);
        }
    }

    private static void gather(List<HostArray> arrays, double[] x) {
        int at = 0;
        for (HostArray array : arrays) {
            for (int i = 0; i < array.size(); i++) {
                x[at++] = array.get(i);
            }
        }
    }

    private static void scatter(double[] x, List<HostArray> arrays) {
        int at = 0;
        for (HostArray array : arrays) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, x[at++]);
            }
        }
    }
}
