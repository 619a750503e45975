package org.softmin.props;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.softmin.autograd.Gradients;
import org.softmin.nn.Adam;
import org.softmin.nn.Linear;
import org.softmin.nn.Losses;
import org.softmin.nn.Reduction;
import org.softmin.nn.Sgd;
import org.softmin.nn.TrainStep;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

/** Programs that people run: training steps, attention, statistics; and large ones that keep several threads busy. */
final class FixedPrograms {
    /** Two layers. */
    record Classifier(Linear hidden, Linear output) {
        Tensor logits(Tensor x) {
            return output.apply(hidden.apply(x).relu());
        }
    }

    /** One layer. */
    record Encoder(Linear linear) {
        Tensor energies(Tensor x) {
            return linear.apply(x).relu();
        }
    }

    private FixedPrograms() {}

    /** Programs of everyday size. */
    static List<Example> everyday() {
        return List.of(
                classifierStep(),
                energyStep(),
                example("attention", b -> {
                    Tensor q = b.operand(DType.F32, Shape.of(2, 17, 8), Values.MODERATE);
                    Tensor k = b.operand(DType.F32, Shape.of(2, 19, 8), Values.MODERATE);
                    Tensor v = b.operand(DType.F32, Shape.of(2, 19, 5), Values.MODERATE);
                    Tensor o = q.matmul(k.transpose()).mul(0.35).softmax(2).matmul(v);
                    return List.of(o, Gradients.grad(o.square().sum(), k));
                }),
                example("statistics", b -> {
                    Tensor x = b.operand(DType.F64, Shape.of(33, 9), Values.MODERATE);
                    return List.of(x.correlation(1e-8), x.standardise(0, 0), x.variance(1, 1), x.max(), x.mean());
                }),
                example("activations", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(5, 131), Values.MODERATE);
                    return List.of(x.gelu(), x.silu(), x.softplus(), x.tanh().mul(x.sin()), x.logSoftmax(1));
                }),
                example("order", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(37), Values.TIES);
                    Tensor order = x.argSort(0);
                    Tensor sums = Tensor.zeros(DType.F32, Shape.of(5)).scatterAdd(0, b.positions(Shape.of(37), 5), x);
                    return List.of(order, x.gather(0, order), x.argMax(0), sums);
                }),
                example("movement", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(6, 7, 5), Values.MODERATE);
                    Tensor y = x.permute(2, 0, 1).slice(1, 1, 5).pad(2, 1, 2, 0.5);
                    return List.of(y.reshape(5, 40), Tensor.concat(0, List.of(x, x.neg())), y.sum(1));
                }),
                example("random numbers", b -> {
                    RandomKey key = new RandomKey(b.operand(DType.I32, Shape.of(2), Values.WIDE));
                    return List.of(
                            key.normal(DType.F32, Shape.of(101)),
                            key.uniform(DType.F64, Shape.of(35)),
                            key.permutation(31));
                }));
    }

    /** Programs large enough to be split between threads. */
    static List<Example> large() {
        return List.of(
                example("large map", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(150_001), Values.MODERATE);
                    return List.of(
                            x.exp().add(x.sin()).mul(x.tanh()),
                            x.sum(),
                            x.max(),
                            x.square().mean());
                }),
                example("large rows", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(701, 129), Values.MODERATE);
                    return List.of(x.softmax(1), x.logSumExp(1), x.sum(0), x.sum(1), x.softmax(0), x.variance(0, 1));
                }),
                example("large columns", b -> {
                    Tensor x = b.operand(DType.F64, Shape.of(3, 4001, 7), Values.MODERATE);
                    return List.of(x.sum(1), x.reduce(Fold.MIN, true, 1), x.argMax(1), x.permute(2, 1, 0));
                }),
                example("large product", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(257, 389), Values.MODERATE);
                    Tensor w = b.operand(DType.F32, Shape.of(131, 389), Values.MODERATE);
                    return List.of(x.matmul(w.transpose()).relu(), x.transpose().matmul(x));
                }),
                example("large products in F64", b -> {
                    Tensor x = b.operand(DType.F64, Shape.of(5, 83, 67), Values.MODERATE);
                    Tensor y = b.operand(DType.F64, Shape.of(5, 67, 90), Values.MODERATE);
                    return List.of(x.matmul(y), x.reshape(415, 67).transpose().matmul(x.reshape(415, 67)));
                }),
                example("large movement", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(311, 203), Values.MODERATE);
                    Tensor rows = b.positions(Shape.of(500), 311);
                    return List.of(
                            x.transpose().reshape(311, 203),
                            x.gather(0, rows),
                            x.scatterAdd(0, rows, x.gather(0, rows)),
                            x.argSort(1),
                            x.pad(1, 3, 4, 1).slice(0, 5, 300));
                }),
                example("large random numbers", b -> {
                    RandomKey key = new RandomKey(b.operand(DType.I32, Shape.of(2), Values.WIDE));
                    return List.of(key.normal(DType.F32, Shape.of(70_001)), key.permutation(20_011));
                }));
    }

    static Example example(String name, Function<Example.Builder, List<Tensor>> outputs) {
        Example.Builder builder = new Example.Builder(new SplittableRandom(name.hashCode()));
        return builder.build(name, outputs.apply(builder));
    }

    /** A step of a classifier with cross-entropy and momentum, on labels. */
    private static Example classifierStep() {
        RandomKey key = RandomKey.of(1);
        Classifier model =
                new Classifier(Linear.of(37, 24, key.derive("hidden")), Linear.of(24, 10, key.derive("output")));
        TrainStep<Classifier> step = TrainStep.of(
                        model, (m, batch) -> Losses.crossEntropy(m.logits(batch.x()), batch.y(), Reduction.MEAN))
                .optimizer(new Sgd(0.1, 0.9, false, 0));
        HostArray labels = HostArray.zeros(DType.I32, Shape.of(19));
        for (int i = 0; i < 19; i++) {
            labels.set(i, i * 7 % 10);
        }
        return step("classifier step", step, images(19, 37), labels);
    }

    /** A step of a decoder-free autoencoder: energy loss, volume control and Adam. */
    private static Example energyStep() {
        Encoder model = new Encoder(Linear.of(49, 33, RandomKey.of(2)));
        TrainStep<Encoder> step = TrainStep.of(model, (m, batch) -> {
                    Tensor a = m.energies(batch.x());
                    return Losses.logSumExpEnergy(a, Reduction.SUM)
                            .add(Losses.logVariance(a, 1e-6))
                            .add(Losses.decorrelation(a, 1e-8));
                })
                .optimizer(new Adam(1e-3));
        return step("decoder-free step", step, images(29, 49));
    }

    private static HostArray images(int rows, int pixels) {
        return Values.POSITIVE.array(new Type(DType.F32, Shape.of(rows, pixels)), new SplittableRandom(rows));
    }

    private static Example step(String name, TrainStep<?> step, HostArray... batch) {
        Program update = step.update(Stream.of(batch)
                .map(array -> new Type(array.dtype(), array.shape()))
                .toList());
        List<HostArray> inputs =
                new ArrayList<>(Reference.BACKEND.compile(step.initial()).run());
        inputs.add(HostArray.of(Shape.SCALAR, new double[] {1e-3}));
        inputs.add(HostArray.of(Shape.SCALAR, new int[] {3}));
        inputs.addAll(List.of(batch));
        return new Example(name, update, inputs);
    }
}
