package org.softmin.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * A function of a model compiled for use: no gradient, no optimiser, data of any number of rows in chunks.
 *
 * <p>Each row of the output must depend on the same row of the data alone. Use it from one thread at a time;
 * {@link #close} it at the end.
 */
public final class Inference<M extends Record> implements AutoCloseable {
    private static final int CHUNK = 1024;

    private final M model;
    private final BiFunction<M, Batch, Tensor> output;
    private final Backend backend;
    private final List<HostArray> parameters;
    private final List<Executable> compiled = new ArrayList<>();

    Inference(M model, BiFunction<M, Batch, Tensor> output, Backend backend, List<HostArray> parameters) {
        this.model = model;
        this.output = output;
        this.backend = backend;
        this.parameters = parameters;
    }

    /** {@code output} of the model with its parameters as they are now, on the CPU. */
    public static <M extends Record> Inference<M> of(M model, BiFunction<M, Batch, Tensor> output) {
        return of(model, output, Backend.named("cpu"));
    }

    /** {@code output} of the model with its parameters as they are now. */
    public static <M extends Record> Inference<M> of(M model, BiFunction<M, Batch, Tensor> output, Backend backend) {
        Program values = Program.of(List.of(), Parameters.flatten(model).tensors());
        try (Executable initial = backend.compile(values)) {
            return new Inference<>(model, output, backend, initial.run());
        }
    }

    /**
     * The output for all rows of the data.
     *
     * @param data arrays with equal first dimensions
     */
    public HostArray run(HostArray... data) {
        int rows = rows(data);
        List<HostArray> results = new ArrayList<>();
        for (int from = 0; from < rows; from += CHUNK) {
            int to = Math.min(rows, from + CHUNK);
            List<HostArray> inputs = new ArrayList<>(parameters);
            for (HostArray array : data) {
                inputs.add(array.rows(from, to));
            }
            Executable chunk = compile(inputs);
            Tensor result = chunk.program().outputs().getFirst();
            if (results.isEmpty()) {
                results.add(HostArray.zeros(result.dtype(), result.shape().with(0, rows)));
            }
            chunk.run(inputs, List.of(results.getFirst().rows(from, to)));
        }
        return results.getFirst();
    }

    private static int rows(HostArray[] data) {
        if (data.length == 0 || data[0].shape().rank() == 0 || data[0].shape().dim(0) == 0) {
            throw new IllegalArgumentException("inference: there are no rows; pass arrays with 1 row or more");
        }
        int rows = data[0].shape().dim(0);
        for (HostArray array : data) {
            if (array.shape().rank() == 0 || array.shape().dim(0) != rows) {
                throw new IllegalArgumentException("inference: " + data[0] + " and " + array
                        + " have different numbers of rows; pass arrays with equal first dimensions");
            }
        }
        return rows;
    }

    private Executable compile(List<HostArray> arrays) {
        for (Executable known : compiled) {
            if (fits(known.program().inputs(), arrays)) {
                return known;
            }
        }
        List<Tensor> inputs = arrays.stream()
                .map(array -> Tensor.input("x", array.dtype(), array.shape()))
                .toList();
        int count = parameters.size();
        List<Tensor> data = inputs.subList(count, inputs.size());
        Tensor result = output.apply(Parameters.unflatten(model, inputs.subList(0, count)), new Batch(data, null));
        Shape shape = result.shape();
        int rows = data.getFirst().shape().dim(0);
        if (shape.rank() == 0 || shape.dim(0) != rows) {
            throw new IllegalArgumentException("inference: the output is " + shape + " for " + rows
                    + " rows of data; it must have one row for each");
        }
        Executable fresh = backend.compile(Program.of(inputs, List.of(result)));
        compiled.add(fresh);
        return fresh;
    }

    private static boolean fits(List<Tensor> inputs, List<HostArray> arrays) {
        for (int i = 0; i < inputs.size(); i++) {
            Tensor input = inputs.get(i);
            if (inputs.size() != arrays.size()
                    || input.dtype() != arrays.get(i).dtype()
                    || !input.shape().equals(arrays.get(i).shape())) {
                return false;
            }
        }
        return true;
    }

    /** How the function is carried out, for people: the plan of each compiled number of rows. */
    public String explain() {
        return compiled.stream().map(Executable::explain).collect(Collectors.joining("\n"));
    }

    @Override
    public void close() {
        compiled.forEach(Executable::close);
    }
}
