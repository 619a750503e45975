package org.softmin.studies.bench;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.softmin.nn.Parameters;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Tensor;

/** PyTorch on the CPU through DJL: eager, as a user who wants speed would write it. */
public final class PyTorch implements Contender {
    private static final float EPSILON = 1e-8f;

    /** PyTorch's number of this kind of interpolation. */
    private static final int NEAREST = 0;

    /** Called by the service loader. */
    public PyTorch() {}

    @Override
    public String name() {
        return "PyTorch";
    }

    @Override
    public String describe() {
        return "PyTorch " + engine().getVersion() + " CPU through DJL " + Engine.getDjlVersion() + ", "
                + JniUtils.getNumThreads() + " thread(s)";
    }

    @Override
    public void open(int threads) {
        // All natives are in jars on the class path: nothing is fetched, nothing is reported.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        engine();
    }

    private static Engine engine() {
        return Engine.getEngine("PyTorch");
    }

    @Override
    public Optional<Task> task(Workload workload) {
        NDManager manager = engine().newBaseManager();
        return Optional.of(
                switch (workload) {
                    case Workload.Product p -> product(manager, p);
                    case Workload.Chain chain -> chain(manager, chain);
                    case Workload.Rows rows -> rows(manager, rows);
                    case Workload.Convolution convolution -> convolution(manager, convolution);
                    case Step step -> new Training(manager, step);
                });
    }

    private static Task product(NDManager manager, Workload.Product p) {
        NDArray a = array(manager, p.a(), p.rows(), p.inner());
        NDArray b = array(manager, p.b(), p.inner(), p.columns());
        return forward(manager, a, () -> a.matMul(b));
    }

    private static Task chain(NDManager manager, Workload.Chain chain) {
        NDArray x = array(manager, chain.operand("x"), chain.elements());
        NDArray w = array(manager, chain.operand("w"), chain.elements());
        NDArray b = array(manager, chain.operand("b"), chain.elements());
        return forward(manager, x, () -> {
            if (!chain.sigmoid()) {
                return x.mul(w).addi(b);
            }
            return sigmoid(x).muli(x).muli(w).addi(b);
        });
    }

    private static Task rows(NDManager manager, Workload.Rows rows) {
        NDArray x = array(manager, rows.x(), rows.rows(), rows.columns());
        return forward(manager, x, () -> rows.softmax() ? x.softmax(1) : logSumExp(x));
    }

    /** Channels before extents, the layout that its users have if they do nothing about it. */
    private static Task convolution(NDManager manager, Workload.Convolution c) {
        NDArray x = channelsFirst(manager, c.x());
        NDArray w = channelsFirst(manager, c.weights());
        if (!c.gradients()) {
            return forward(manager, x, () -> convolve(x, w, null, c.stride()));
        }
        NDArray g = channelsFirst(manager, c.gradient());
        return forward(manager, x, () -> {
            NDArray images = leaf(x, x);
            NDArray weights = leaf(w, x);
            try (GradientCollector collector = engine().newGradientCollector()) {
                NDArray y = convolve(images, weights, null, c.stride());
                JniUtils.backward((PtNDArray) y, (PtNDArray) g, false, false);
            }
            return weights.getGradient();
        });
    }

    /** The same numbers with a gradient that nothing was added to, freed with {@code owner}'s results. */
    private static NDArray leaf(NDArray x, NDArray owner) {
        NDArray leaf = x.stopGradient();
        leaf.attach(owner.getManager());
        leaf.setRequiresGradient(true);
        return leaf;
    }

    private static NDArray convolve(NDArray x, NDArray weight, @Nullable NDArray bias, int stride) {
        Shape one = new Shape(1, 1);
        return Conv2d.conv2d(x, weight, bias, new Shape(stride, stride), one, one, 1)
                .singletonOrThrow();
    }

    /** [n, height, width, channels] as [n, channels, height, width]. */
    private static NDArray channelsFirst(NDManager manager, HostArray images) {
        NDArray x = array(manager, images, longs(images.shape()));
        return x.transpose(0, 3, 1, 2).duplicate();
    }

    /** A function of x whose result and intermediate arrays are freed after each run. */
    private static Task forward(NDManager manager, NDArray x, Supplier<NDArray> function) {
        return new Task() {
            @Override
            public void run() {
                try (NDManager scope = manager.newSubManager()) {
                    scope.tempAttachAll(x);
                    function.get();
                }
            }

            @Override
            public OptionalDouble check() {
                try (NDManager scope = manager.newSubManager()) {
                    scope.tempAttachAll(x);
                    NDArray result =
                            function.get().toType(DataType.FLOAT64, false).flatten();
                    return OptionalDouble.of(result.getDouble(result.size() - 1));
                }
            }

            @Override
            public void close() {
                manager.close();
            }
        };
    }

    private static NDArray array(NDManager manager, HostArray values, long... shape) {
        return switch (values.dtype()) {
            case F32 -> manager.create(values.toFloats(), new Shape(shape));
            case F64 -> manager.create(values.toDoubles(), new Shape(shape));
            case I32, BOOL -> throw new IllegalArgumentException("array: " + values + " has no peer");
        };
    }

    private static long[] longs(org.softmin.tensor.Shape shape) {
        return Arrays.stream(shape.toArray()).asLongStream().toArray();
    }

    private static NDArray sigmoid(NDArray x) {
        return JniUtils.sigmoid((PtNDArray) x);
    }

    /** DJL has no log-sum-exp; the fused log-softmax gives it from any one column. */
    private static NDArray logSumExp(NDArray x) {
        return x.get(":,0").sub(x.logSoftmax(1).get(":,0"));
    }

    /** One step of training, over and over. */
    private static final class Training implements Task {
        private final NDManager manager;
        private final Step step;
        private final List<NDArray> parameters = new ArrayList<>();
        private final List<NDArray> means = new ArrayList<>();
        private final List<NDArray> squares = new ArrayList<>();
        private final NDArray batch;
        private final NDArray offDiagonal; // for the decoder-free loss
        private long updates;

        Training(NDManager manager, Step step) {
            this.manager = manager;
            this.step = step;
            for (Tensor start : Parameters.flatten(step.trainStep().model()).tensors()) {
                NDArray parameter = parameter(start);
                parameter.setRequiresGradient(true);
                parameters.add(parameter);
                means.add(parameter.zerosLike());
                squares.add(parameter.zerosLike());
            }
            HostArray x = step.batch();
            batch = array(manager, x, longs(x.shape()));
            int units = step instanceof Step.DecoderFree free ? free.units() : 1;
            offDiagonal = manager.eye(units).neg().add(1).toType(batch.getDataType(), true);
        }

        /** In the order in which PyTorch reads it: weights of windows, and of a layer beside images, channels first. */
        private NDArray parameter(Tensor start) {
            long[] shape = longs(start.shape());
            if (shape.length == 4) {
                return channelsFirst(manager, start.array());
            }
            NDArray parameter = array(manager, start.array(), shape);
            if (!(step instanceof Step.ConvolutionalAutoencoder)) {
                return parameter;
            }
            long images = 64 * 7 * 7; // where the small images are flattened
            if (shape[0] == images) {
                NDArray rows = parameter.reshape(7 * 7, 64, -1).transpose(1, 0, 2);
                return rows.reshape(new Shape(shape)).duplicate();
            }
            if (shape[shape.length - 1] == images) {
                NDArray columns = parameter.reshape(-1, 7 * 7, 64).transpose(0, 2, 1);
                return columns.reshape(new Shape(shape)).duplicate();
            }
            return parameter;
        }

        @Override
        public void run() {
            check();
        }

        /** The loss before the update. */
        @Override
        public OptionalDouble check() {
            try (NDManager scope = manager.newSubManager()) {
                scope.tempAttachAll(batch); // what is computed from it goes with the scope
                double value;
                try (GradientCollector collector = engine().newGradientCollector()) {
                    NDArray loss = loss();
                    collector.backward(loss);
                    value = batch.getDataType() == DataType.FLOAT64 ? loss.getDouble() : loss.getFloat();
                }
                update();
                return OptionalDouble.of(value);
            }
        }

        private NDArray loss() {
            return switch (step) {
                case Step.DecoderFree free -> decoderFree(free);
                case Step.Standard sae -> standard();
                case Step.Mlp mlp -> mlp();
                case Step.ConvolutionalAutoencoder net -> convolutional();
                case Step.Transformer block -> transformer(block);
            };
        }

        private NDArray decoderFree(Step.DecoderFree step) {
            int n = step.batchSize();
            NDArray a = linear(batch, 0).getNDArrayInternal().relu();
            NDArray lse = logSumExp(a.neg()).sum().neg();
            NDArray centred = a.sub(a.mean(new int[] {0}, true));
            NDArray variance = centred.square().sum(new int[] {0}, true).div(n - 1);
            NDArray spread = variance.add(1e-6).log().sum();
            NDArray z = centred.div(variance.sqrt().add(EPSILON));
            NDArray correlation = z.transpose().matMul(z).div(n - 1);
            NDArray others = correlation.mul(offDiagonal);
            return lse.sub(spread).add(others.square().sum());
        }

        private NDArray standard() {
            NDArray a = linear(batch, 0).getNDArrayInternal().relu();
            NDArray error = linear(a, 2).sub(batch).square().mean();
            return error.add(a.abs().mean().mul((float) Step.Standard.SPARSITY));
        }

        private NDArray mlp() {
            NDArray y = linear(batch, 0);
            for (int i = 2; i < parameters.size(); i += 2) {
                y = linear(y.getNDArrayInternal().relu(), i);
            }
            return y.sub(batch).square().mean();
        }

        private NDArray convolutional() {
            int n = (int) batch.getShape().get(0);
            long side = Step.ConvolutionalAutoencoder.EXTENT;
            NDArray x = batch.reshape(n, 1, side, side);
            NDArray small = convolve(relu(convolve(x, 0, 2)), 2, 2);
            NDArray code = linear(relu(small).reshape(n, -1), 4);
            NDArray back = relu(linear(code, 6)).reshape(small.getShape());
            NDArray large = relu(convolve(doubled(back), 8, 1));
            return convolve(doubled(large), 10, 1).sub(x).square().mean();
        }

        private NDArray convolve(NDArray x, int first, int stride) {
            return PyTorch.convolve(x, parameters.get(first), parameters.get(first + 1), stride);
        }

        private static NDArray relu(NDArray x) {
            return x.getNDArrayInternal().relu();
        }

        private static NDArray doubled(NDArray x) {
            Shape shape = x.getShape();
            return JniUtils.interpolate((PtNDArray) x, new long[] {2 * shape.get(2), 2 * shape.get(3)}, NEAREST, false);
        }

        /** Parameters in the order of the record: gain, offset; input, output; gain, offset; up, down. */
        private NDArray transformer(Step.Transformer b) {
            Shape shape = batch.getShape();
            long head = b.width() / b.heads();
            NDArray qkv = linear(norm(batch, 0), 2)
                    .reshape(b.batchSize(), b.tokens(), 3, b.heads(), head)
                    .transpose(2, 0, 3, 1, 4);
            NDArray q = qkv.get(0);
            NDArray k = qkv.get(1);
            NDArray v = qkv.get(2);
            NDArray weights = q.matMul(k.transpose(0, 1, 3, 2))
                    .mul(1 / Math.sqrt((double) head))
                    .softmax(-1);
            NDArray mixed = weights.matMul(v).transpose(0, 2, 1, 3).reshape(shape);
            NDArray y = batch.add(linear(mixed, 4));
            NDArray out =
                    y.add(linear(linear(norm(y, 6), 8).getNDArrayInternal().gelu(), 10));
            return out.square().mean();
        }

        private NDArray norm(NDArray x, int first) {
            Shape width = new Shape(x.getShape().get(x.getShape().dimension() - 1));
            return LayerNorm.layerNorm(x, width, parameters.get(first), parameters.get(first + 1), 1e-5f)
                    .singletonOrThrow();
        }

        private NDArray linear(NDArray x, int first) {
            return Linear.linear(x, parameters.get(first), parameters.get(first + 1))
                    .singletonOrThrow();
        }

        private void update() {
            updates++;
            boolean decoupled = step instanceof Step.Transformer;
            double correction = Math.sqrt(1 - Math.pow(0.999, updates)) / (1 - Math.pow(0.9, updates));
            for (int i = 0; i < parameters.size(); i++) {
                NDArray parameter = parameters.get(i);
                NDArray gradient = parameter.getGradient();
                parameter
                        .getNDArrayInternal()
                        .adamUpdate(
                                new NDList(parameter, gradient, means.get(i), squares.get(i)),
                                new NDList(parameter),
                                (float) Step.RATE,
                                (float) (Step.RATE * correction),
                                decoupled ? 0.01f : 0,
                                1,
                                -1,
                                0.9f,
                                0.999f,
                                EPSILON,
                                false,
                                decoupled);
                gradient.close();
            }
        }

        @Override
        public void close() {
            manager.close();
        }
    }
}
