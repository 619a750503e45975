package example;

import java.util.List;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** Says to which share readings belong to each kind: compiled once, then run on parts of the caller's arrays. */
final class Classifier implements AutoCloseable {
    private final Executable program;
    private final int rows;
    private final int width;
    private final int kinds;

    /** For {@code rows} readings at a time. */
    Classifier(float[][] centres, int rows) {
        this.rows = rows;
        this.width = centres[0].length;
        this.kinds = centres.length;
        Tensor points = Tensor.input("points", DType.F32, Shape.of(rows, width));
        Tensor energies = new Mixture(Tensor.of(centres)).energies(points);
        this.program = Backend.named("cpu")
                .compile(Program.of(List.of(points), List.of(energies.neg().softmax(1))));
    }

    /** Reads rows from {@code first} on and writes the same rows of {@code shares}; neither array is copied. */
    void classify(float[] readings, int first, float[] shares) {
        program.run(
                List.of(HostArray.wrap(Shape.of(rows, width), readings, first * width)),
                List.of(HostArray.wrap(Shape.of(rows, kinds), shares, first * kinds)));
    }

    @Override
    public void close() {
        program.close();
    }
}
