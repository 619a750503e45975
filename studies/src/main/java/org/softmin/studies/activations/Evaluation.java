package org.softmin.studies.activations;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

/** Runs a dictionary over rows that are read in batches. */
final class Evaluation {
    private static final int BATCH = 512;

    private Evaluation() {}

    /** The metrics of a dictionary for normalised data on rows that are normalised as they are read. */
    static SparseMetrics.Values metrics(
            Dictionary dictionary, ActivationSource.Range rows, Normalization normalization, Backend backend)
            throws IOException {
        double[] norms = dictionary.wDec().norm(1).toDoubles();
        SparseMetrics metrics = new SparseMetrics(dictionary.width(), norms);
        forEach(dictionary, rows, normalization, backend, metrics::add);
        return metrics.values();
    }

    /** The γ for which γ(x̂ − b_dec) is nearest to x − b_dec: Σ⟨x − b, x̂ − b⟩ / Σ‖x̂ − b‖²; NaN if x̂ is always b. */
    static double gain(Dictionary dictionary, ActivationSource.Range rows, Normalization normalization, Backend backend)
            throws IOException {
        double[] bias = dictionary.bDec().toDoubles();
        double[] products = new double[2];
        forEach(dictionary, rows, normalization, backend, (x, code, reconstruction) -> {
            for (int i = 0; i < x.size(); i++) {
                double out = reconstruction.get(i) - bias[i % bias.length];
                products[0] += out * (x.get(i) - bias[i % bias.length]);
                products[1] += out * out;
            }
        });
        return products[0] / products[1];
    }

    private interface Batch {
        void accept(HostArray x, HostArray code, HostArray reconstruction);
    }

    private static void forEach(
            Dictionary dictionary,
            ActivationSource.Range rows,
            Normalization normalization,
            Backend backend,
            Batch action)
            throws IOException {
        List<Executable> compiled = new ArrayList<>();
        try {
            rows.forEach(BATCH, (buffer, count) -> {
                normalization.apply(buffer, count);
                HostArray x = HostArray.wrap(Shape.of(count, dictionary.width()), buffer, 0);
                // One for full batches and one for the last.
                if (compiled.isEmpty()
                        || compiled.getLast()
                                        .program()
                                        .inputs()
                                        .getFirst()
                                        .shape()
                                        .dim(0)
                                != count) {
                    compiled.add(backend.compile(program(dictionary, count)));
                }
                List<HostArray> out = compiled.getLast().run(x);
                action.accept(x, out.getFirst(), out.getLast());
            });
        } finally {
            compiled.forEach(Executable::close);
        }
    }

    private static Program program(Dictionary dictionary, int rows) {
        return Program.trace(List.of(new Type(DType.F32, Shape.of(rows, dictionary.width()))), in -> {
            Tensor code = dictionary.encode(in.getFirst());
            return List.of(code, dictionary.decode(code));
        });
    }
}
