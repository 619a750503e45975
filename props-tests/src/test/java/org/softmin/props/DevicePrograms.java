package org.softmin.props;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** Programs that take the paths which kernels have for devices alone: large tiles, folds in pieces, rows of sweeps. */
final class DevicePrograms {
    private DevicePrograms() {}

    static List<Example> all() {
        return List.of(
                FixedPrograms.example("tiles of all sizes", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(1430, 3), Values.MODERATE);
                    Tensor y = b.operand(DType.F32, Shape.of(3, 1429), Values.MODERATE);
                    Tensor z = b.operand(DType.F64, Shape.of(731, 5), Values.MODERATE);
                    Tensor w = b.operand(DType.F32, Shape.of(371, 19), Values.MODERATE);
                    return List.of(x.matmul(y), z.matmul(z.transpose()), w.matmul(w.transpose()));
                }),
                FixedPrograms.example("products of batches and transposed operands", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(131, 33, 35), Values.MODERATE);
                    Tensor y = b.operand(DType.F32, Shape.of(131, 33, 37), Values.MODERATE);
                    Tensor heads = b.operand(DType.F32, Shape.of(9, 17, 3, 8), Values.MODERATE);
                    Tensor q = heads.permute(0, 2, 1, 3);
                    return List.of(
                            x.permute(0, 2, 1).matmul(y),
                            q.matmul(q.transpose()),
                            x.slice(2, 3, 20).matmul(y.slice(1, 2, 19)));
                }),
                FixedPrograms.example("deep products", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(5003, 17), Values.MODERATE);
                    Tensor y = b.operand(DType.F32, Shape.of(5003, 19), Values.MODERATE);
                    Tensor z = b.operand(DType.F64, Shape.of(3, 2, 2500), Values.MODERATE);
                    return List.of(
                            x.transpose().matmul(y),
                            y.transpose().matmul(x).mul(0.5).relu(),
                            z.matmul(z.transpose()));
                }),
                FixedPrograms.example("products and what follows them", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(45, 29), Values.MODERATE);
                    Tensor w = b.operand(DType.F32, Shape.of(53, 29), Values.MODERATE);
                    Tensor bias = b.operand(DType.F32, Shape.of(53), Values.MODERATE);
                    Tensor product = x.matmul(w.transpose());
                    Tensor wide = b.operand(DType.F32, Shape.of(1430, 2), Values.MODERATE);
                    return List.of(
                            product.add(bias).relu(),
                            w.matmul(x.transpose()).mul(0.5).tanh(),
                            w.matmul(x.transpose()),
                            wide.matmul(wide.transpose()).add(1).relu());
                }),
                FixedPrograms.example("folds in pieces", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(2, 30_011), Values.MODERATE);
                    Tensor y = b.operand(DType.F64, Shape.of(7003, 3), Values.MODERATE);
                    Tensor z = b.operand(DType.I32, Shape.of(3, 1501, 5), Values.WIDE);
                    return List.of(
                            x.square().sum(1),
                            x.exp().mul(y.sum().cast(DType.F32)),
                            x.sum(),
                            x.reduce(Fold.MAX, true, 1),
                            y.sum(0),
                            y.square().sum(0),
                            y.reduce(Fold.MIN, false, 0),
                            z.sum(1),
                            z.reduce(Fold.MAX, false, 1),
                            z.lt(Tensor.scalar(DType.I32, 5)).reduce(Fold.MIN, false, 0, 1));
                }),
                FixedPrograms.example("sweeps over long rows", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(37, 301), Values.MODERATE);
                    Tensor g = b.operand(DType.F32, Shape.of(37, 301), Values.MODERATE);
                    Tensor soft = x.softmax(1);
                    Tensor mean = g.mul(soft).reduce(Fold.SUM, true, 1);
                    return List.of(
                            x.logSumExp(1), soft, soft.mul(g.sub(mean)), x.standardise(1, 1e-5), x.logSoftmax(1));
                }),
                FixedPrograms.example("sweeps over short rows and over rows of rows", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(205, 7), Values.MODERATE);
                    Tensor y = b.operand(DType.F32, Shape.of(35, 4, 9, 6), Values.MODERATE);
                    Tensor max = y.reduce(Fold.MAX, true, 3);
                    Tensor total = y.sub(max).exp().sum(2); // [35, 4, 6]
                    return List.of(x.softmax(1), x.logSumExp(1), total.sum(1), total.log(), y.softmax(2));
                }),
                FixedPrograms.example("sweeps with columns of all rows", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(1100, 40), Values.MODERATE);
                    Tensor soft = x.softmax(1);
                    return List.of(
                            soft,
                            soft.sum(0),
                            x.logSumExp(1).sum(),
                            soft.square().sum(1));
                }),
                FixedPrograms.example(
                        "a product that is added to itself",
                        b -> { // TornadoVM's own fused sum fails at it
                            Tensor x = b.operand(DType.F32, Shape.of(130), Values.MODERATE);
                            Tensor y = b.operand(DType.F32, Shape.of(130), Values.MODERATE);
                            Tensor z = b.operand(DType.F64, Shape.of(130), Values.MODERATE);
                            return List.of(x.mul(y).add(x.mul(y)), z.square().add(z.square()));
                        }),
                FixedPrograms.example("where the largest is", b -> {
                    Tensor x = b.operand(DType.F32, Shape.of(5, 517), Values.SPECIAL);
                    Tensor ties = b.operand(DType.I32, Shape.of(3, 700), Values.TIES);
                    return List.of(x.argMax(1), x.argMin(1), ties.argMax(1), ties.argMin(1), x.argMax(0));
                }),
                FixedPrograms.example("sorts of all sizes", b -> {
                    List<Tensor> orders = new ArrayList<>();
                    sizes().forEach(n -> {
                        orders.add(b.operand(DType.F32, Shape.of(n), Values.SPECIAL)
                                .argSort(0));
                        orders.add(descending(b.operand(DType.I32, Shape.of(2, n), Values.TIES), 1));
                    });
                    return orders;
                }),
                FixedPrograms.example("sorts of long rows", b -> {
                    Tensor special = b.operand(DType.F32, Shape.of(10_000), Values.SPECIAL);
                    Tensor wide = b.operand(DType.F64, Shape.of(10_001), Values.WIDE);
                    Tensor ties = b.operand(DType.F32, Shape.of(3, 700), Values.TIES);
                    Tensor words = b.operand(DType.I32, Shape.of(2, 1500, 3), Values.WIDE);
                    return List.of(
                            special.argSort(0),
                            descending(special, 0),
                            wide.argSort(0),
                            ties.argSort(1),
                            ties.lt(Tensor.of(0)).argSort(1),
                            words.argSort(1),
                            descending(words.permute(1, 2, 0), 0));
                }));
    }

    /** Where something changes: a power of two and its neighbours, and all that are small. */
    private static IntStream sizes() {
        IntStream large = IntStream.of(128, 256, 512, 768, 1024).flatMap(n -> IntStream.rangeClosed(n - 1, n + 1));
        return IntStream.concat(IntStream.rangeClosed(1, 70), large);
    }

    private static Tensor descending(Tensor x, int axis) {
        return Tensor.of(new Op.ArgSort(axis, true), x);
    }
}
