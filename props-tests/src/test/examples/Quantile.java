import org.softmin.nn.*;
import org.softmin.tensor.*;

record Line(Tensor slope, Tensor start) {}

void main(String[] args) throws IOException {
    float[][] rows = Files.readAllLines(Path.of(args[0])).stream()
            .map(line -> new float[] {Float.parseFloat(line.split(",")[0]), Float.parseFloat(line.split(",")[1])})
            .toArray(float[][]::new);
    HostArray data = Tensor.of(rows).array(); // [n, 2]: x and y
    Line line = new Line(Tensor.of(0), Tensor.of(0));
    var step = TrainStep.of(line, (model, batch) -> {
        Tensor x = batch.x().slice(1, 0, 1);
        Tensor error = batch.x().slice(1, 1, 2).sub(x.mul(model.slope()).add(model.start()));
        return error.mul(0.9).maximum(error.mul(-0.1)).mean(); // smallest when 9 of 10 points lie below
    });
    try (var trainer = step.optimizer(new Adam(0.01)).start()) {
        trainer.fit(Batches.of(100, data).shuffle(RandomKey.of(1)), 200);
        Line fit = trainer.model();
        IO.println("y = " + fit.slope().item() + " x + " + fit.start().item());
    }
}
