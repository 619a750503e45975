import org.softmin.nn.*;
import org.softmin.tensor.*;

record Net(Linear hidden, Linear output) {
    Tensor apply(Tensor x) {
        return output.apply(hidden.apply(x).relu());
    }
}

void main() {
    RandomKey key = RandomKey.of(1);
    Tensor points = key.derive("points").normal(DType.F32, Shape.of(2000, 2)).eval();
    Tensor labels = points.square().sum(1).gt(1.4).cast(DType.I32); // outside a circle?
    Net net = new Net(Linear.of(2, 32, key.derive("hidden")), Linear.of(32, 2, key.derive("output")));
    var step = TrainStep.of(net, (model, batch) ->
            Losses.crossEntropy(model.apply(batch.x()), batch.y(), Reduction.MEAN));
    try (var trainer = step.optimizer(new Adam(0.01)).start()) {
        trainer.fit(Batches.of(50, points.array(), labels.array()).shuffle(key), 20);
        IO.println("accuracy " + Losses.accuracy(trainer.model().apply(points), labels).item());
    }
}
