package org.softmin.studies.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.softmin.nn.Adam;
import org.softmin.nn.AdamW;
import org.softmin.nn.Conv2d;
import org.softmin.nn.Linear;
import org.softmin.nn.Losses;
import org.softmin.nn.Reduction;
import org.softmin.nn.TrainStep;
import org.softmin.nn.TransformerBlock;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Window;

/** A training step: forward, backward and update on one batch. */
public sealed interface Step extends Workload {
    /** Learning rate of every step. */
    double RATE = 1e-3;

    /** Softmin's step, with the parameters that every contender starts from. */
    TrainStep<?> trainStep();

    /** The batch on which it is repeated. */
    HostArray batch();

    /**
     * The products that the mathematics needs and no others, in the layouts in which their operands lie: what the step
     * would cost if everything else were free.
     */
    List<Product> floor();

    @Override
    default double work() {
        return 0;
    }

    /** A decoder-free autoencoder as it is published, with Adam. */
    record DecoderFree(DType dtype, int batchSize, int units) implements Step {
        private static final int INPUTS = 784;

        /** In F32. */
        public DecoderFree(int batchSize, int units) {
            this(DType.F32, batchSize, units);
        }

        @Override
        public String name() {
            return "decoder-free " + batchSize + "/" + units + (dtype == DType.F64 ? " F64" : "");
        }

        @Override
        public TrainStep<?> trainStep() {
            return TrainStep.of(
                            Linear.of(INPUTS, units, dtype, key("encoder")), (model, batch) -> loss(model, batch.x()))
                    .optimizer(new Adam(RATE));
        }

        /** The loss of the study's decoder-free method with its published weights. */
        static Tensor loss(Linear encoder, Tensor x) {
            Tensor a = encoder.apply(x).relu();
            return Losses.logSumExpEnergy(a, Reduction.SUM)
                    .add(Losses.logVariance(a, 1e-6))
                    .add(Losses.decorrelation(a, 1e-8));
        }

        @Override
        public HostArray batch() {
            return uniform(dtype, Shape.of(batchSize, INPUTS));
        }

        /** The layer and its weights' gradient, the correlation ZᵀZ, and its gradient by Z. */
        @Override
        public List<Product> floor() {
            return Stream.of(
                            forward(batchSize, INPUTS, units),
                            weightGradient(batchSize, INPUTS, units),
                            weightGradient(batchSize, units, units),
                            inputGradient(batchSize, units, units))
                    .map(product -> product.as(dtype))
                    .toList();
        }
    }

    /** The usual sparse autoencoder with a decoder, with Adam. */
    record Standard(int batchSize, int units) implements Step {
        private static final int INPUTS = 784;
        /** Weight of the activations in the loss. */
        public static final double SPARSITY = 0.01;

        /** An encoder, which ends in ReLU, and a linear decoder. */
        record Autoencoder(Linear encoder, Linear decoder) {}

        @Override
        public String name() {
            return "standard SAE " + batchSize + "/" + units;
        }

        @Override
        public TrainStep<?> trainStep() {
            Autoencoder start =
                    new Autoencoder(Linear.of(INPUTS, units, key("encoder")), Linear.of(units, INPUTS, key("decoder")));
            return TrainStep.of(start, (model, batch) -> loss(model, batch.x())).optimizer(new Adam(RATE));
        }

        /** The loss of the study's standard method. */
        static Tensor loss(Autoencoder model, Tensor x) {
            Tensor a = model.encoder.apply(x).relu();
            Tensor error = Losses.mse(model.decoder.apply(a), x, Reduction.MEAN);
            return error.add(a.abs().mean().mul(SPARSITY));
        }

        @Override
        public HostArray batch() {
            return uniform(DType.F32, Shape.of(batchSize, INPUTS));
        }

        @Override
        public List<Product> floor() {
            return layers(batchSize, List.of(INPUTS, units, INPUTS));
        }
    }

    /** An autoencoder of several layers with ReLU between them, mean squared error, with Adam. */
    record Mlp(int batchSize, List<Integer> widths) implements Step {
        /** Layers, first to last. */
        record Layers(List<Linear> layers) {
            Tensor apply(Tensor x) {
                Tensor y = layers.getFirst().apply(x);
                for (Linear layer : layers.subList(1, layers.size())) {
                    y = layer.apply(y.relu());
                }
                return y;
            }
        }

        /** The autoencoder of the table. */
        public static Mlp autoencoder(int batchSize) {
            return new Mlp(batchSize, List.of(784, 256, 64, 256, 784));
        }

        @Override
        public String name() {
            return "MLP autoencoder, batch " + batchSize;
        }

        @Override
        public TrainStep<?> trainStep() {
            List<Linear> layers = new ArrayList<>();
            for (int i = 1; i < widths.size(); i++) {
                layers.add(Linear.of(widths.get(i - 1), widths.get(i), key("layer" + i)));
            }
            return TrainStep.of(
                            new Layers(layers),
                            (net, batch) -> Losses.mse(net.apply(batch.x()), batch.x(), Reduction.MEAN))
                    .optimizer(new Adam(RATE));
        }

        @Override
        public HostArray batch() {
            return uniform(DType.F32, Shape.of(batchSize, widths.getFirst()));
        }

        @Override
        public List<Product> floor() {
            return layers(batchSize, widths);
        }
    }

    /**
     * An autoencoder of images of 28 × 28: two convolutions by steps of two and a layer down to 32 numbers, and back by a
     * layer and two convolutions, before each of which every pixel is made four. ReLU between them, mean squared error,
     * Adam.
     */
    record ConvolutionalAutoencoder(int batchSize) implements Step {
        /** Pixels along each side. */
        public static final int EXTENT = 28;

        private static final int FEW = 32;
        private static final int MANY = 64;
        private static final int LATENT = 32;
        private static final int SMALL = 7;

        /** The layers in their order. */
        record Network(Conv2d first, Conv2d second, Linear down, Linear up, Conv2d third, Conv2d last) {
            Tensor apply(Tensor x) {
                int n = x.shape().dim(0);
                Tensor small = second.apply(first.apply(x).relu()).relu();
                Tensor code = down.apply(small.reshape(n, SMALL * SMALL * MANY));
                Tensor back = up.apply(code).relu().reshape(n, SMALL, SMALL, MANY);
                return last.apply(doubled(third.apply(doubled(back)).relu()));
            }

            private static Tensor doubled(Tensor x) {
                Shape s = x.shape();
                return x.reshape(s.dim(0), s.dim(1), 1, s.dim(2), 1, s.dim(3))
                        .expand(Shape.of(s.dim(0), s.dim(1), 2, s.dim(2), 2, s.dim(3)))
                        .reshape(s.dim(0), 2 * s.dim(1), 2 * s.dim(2), s.dim(3));
            }
        }

        @Override
        public String name() {
            return "convolutional autoencoder, batch " + batchSize;
        }

        @Override
        public TrainStep<?> trainStep() {
            Window same = Window.of(3).padding(1);
            Network start = new Network(
                    Conv2d.of(1, FEW, same.stride(2), key("first")),
                    Conv2d.of(FEW, MANY, same.stride(2), key("second")),
                    Linear.of(SMALL * SMALL * MANY, LATENT, key("down")),
                    Linear.of(LATENT, SMALL * SMALL * MANY, key("up")),
                    Conv2d.of(MANY, FEW, same, key("third")),
                    Conv2d.of(FEW, 1, same, key("last")));
            return TrainStep.of(start, (net, batch) -> Losses.mse(net.apply(batch.x()), batch.x(), Reduction.MEAN))
                    .optimizer(new Adam(RATE));
        }

        @Override
        public HostArray batch() {
            return uniform(DType.F32, Shape.of(batchSize, EXTENT, EXTENT, 1));
        }

        /** Each layer and its gradients, a convolution as the product with its windows. */
        @Override
        public List<Product> floor() {
            int pixels = batchSize * EXTENT * EXTENT;
            int[][] layers = {
                {pixels / 4, 9, FEW},
                {pixels / 16, 9 * FEW, MANY},
                {batchSize, SMALL * SMALL * MANY, LATENT},
                {batchSize, LATENT, SMALL * SMALL * MANY},
                {pixels / 4, 9 * MANY, FEW},
                {pixels, 9 * FEW, 1},
            };
            List<Product> all = new ArrayList<>();
            for (int[] layer : layers) {
                all.add(forward(layer[0], layer[1], layer[2]));
                all.add(weightGradient(layer[0], layer[1], layer[2]));
                if (layer != layers[0]) {
                    all.add(inputGradient(layer[0], layer[1], layer[2]));
                }
            }
            return all;
        }
    }

    /** A pre-norm transformer block that makes the mean square of its output small, with AdamW. */
    record Transformer(int batchSize, int tokens, int width, int heads, int hidden) implements Step {
        @Override
        public String name() {
            return "transformer block " + batchSize + "x" + tokens + "x" + width;
        }

        @Override
        public TrainStep<?> trainStep() {
            return TrainStep.of(
                            TransformerBlock.of(width, heads, hidden, key("block")),
                            (block, batch) -> block.apply(batch.x()).square().mean())
                    .optimizer(new AdamW(RATE));
        }

        @Override
        public HostArray batch() {
            return key("batch")
                    .normal(DType.F32, Shape.of(batchSize, tokens, width))
                    .array();
        }

        /** Four layers with all their gradients, and scores and averages of each head with theirs. */
        @Override
        public List<Product> floor() {
            int rows = batchSize * tokens;
            int head = width / heads;
            int count = batchSize * heads;
            List<Product> all = new ArrayList<>();
            for (int[] layer : new int[][] {{width, 3 * width}, {width, width}, {width, hidden}, {hidden, width}}) {
                all.add(forward(rows, layer[0], layer[1]));
                all.add(weightGradient(rows, layer[0], layer[1]));
                all.add(inputGradient(rows, layer[0], layer[1]));
            }
            all.add(new Product(DType.F32, tokens, head, tokens, false, true, count)); // scores
            all.add(new Product(DType.F32, tokens, tokens, head, false, false, count)); // averages
            all.add(new Product(DType.F32, tokens, tokens, head, true, false, count)); // gradient of the values
            all.add(new Product(DType.F32, tokens, head, tokens, false, true, count)); // of the weights
            all.add(new Product(DType.F32, tokens, tokens, head, false, false, count)); // of the queries
            all.add(new Product(DType.F32, tokens, tokens, head, true, false, count)); // of the keys
            return all;
        }
    }

    private static List<Product> layers(int batch, List<Integer> widths) {
        List<Product> all = new ArrayList<>();
        for (int i = 1; i < widths.size(); i++) {
            all.add(forward(batch, widths.get(i - 1), widths.get(i)));
            all.add(weightGradient(batch, widths.get(i - 1), widths.get(i)));
            if (i > 1) { // nobody wants the gradient of the data
                all.add(inputGradient(batch, widths.get(i - 1), widths.get(i)));
            }
        }
        return all;
    }

    /** x [batch, in] by W [out, in] transposed. */
    private static Product forward(int batch, int in, int out) {
        return new Product(DType.F32, batch, in, out, false, true, 1);
    }

    /** The gradient of the output [batch, out] transposed, by x [batch, in]. */
    private static Product weightGradient(int batch, int in, int out) {
        return new Product(DType.F32, out, batch, in, true, false, 1);
    }

    /** The gradient of the output [batch, out] by W [out, in]. */
    private static Product inputGradient(int batch, int in, int out) {
        return new Product(DType.F32, batch, out, in, false, false, 1);
    }

    private static RandomKey key(String purpose) {
        return RandomKey.of(1).derive("bench").derive(purpose);
    }

    private static HostArray uniform(DType dtype, Shape shape) {
        return key("batch").uniform(dtype, shape).array();
    }
}
