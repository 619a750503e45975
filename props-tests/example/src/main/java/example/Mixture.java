package example;

import org.softmin.nn.Adam;
import org.softmin.nn.Batches;
import org.softmin.nn.Losses;
import org.softmin.nn.Reduction;
import org.softmin.nn.TrainStep;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * A mixture of spherical Gaussians, learned by following the gradient of −ln Σ_k exp(−E_k), which does what expectation
 * maximisation does without computing who belongs to whom.
 *
 * @param centres [kinds, width]
 */
record Mixture(Tensor centres) {
    /** The energies of points: half the squared distance to each centre, [points, kinds]. */
    Tensor energies(Tensor points) {
        int rows = points.shape().dim(0);
        int width = points.shape().dim(1);
        Tensor difference = points.reshape(rows, 1, width).sub(centres);
        return difference.square().sum(2).mul(0.5);
    }

    /** The centres of {@code kinds} groups of readings that lie one after the other in an array, {@code width} each. */
    static float[][] fit(float[] readings, int width, int kinds) {
        int rows = readings.length / width;
        HostArray points = HostArray.of(Shape.of(rows, width), readings); // not copied
        RandomKey key = RandomKey.of(1);
        Mixture start = new Mixture(
                key.derive("centres").normal(DType.F32, Shape.of(kinds, width)).add(1));
        var step = TrainStep.of(
                start, (model, batch) -> Losses.logSumExpEnergy(model.energies(batch.x()), Reduction.MEAN));
        try (var trainer = step.optimizer(new Adam(0.05)).start()) {
            trainer.fit(Batches.of(100, points).shuffle(key), 20);
            float[] learned = trainer.model().centres().toFloats();
            float[][] centres = new float[kinds][width];
            for (int k = 0; k < kinds; k++) {
                System.arraycopy(learned, k * width, centres[k], 0, width);
            }
            return centres;
        }
    }
}
