package org.softmin.props;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

/**
 * A program together with data to run it on: one case of a law.
 *
 * @param name what the case is about
 */
record Example(String name, Program program, List<HostArray> inputs) {
    /** Compiles and runs once, on copies of the inputs. */
    List<HostArray> run(Backend backend) {
        try (Executable executable = backend.compile(program)) {
            return run(executable);
        }
    }

    /** Runs once, on copies of the inputs. */
    List<HostArray> run(Executable executable) {
        return executable.run(inputs.stream().map(HostArray::copy).toList());
    }

    /** This example with another program on the same inputs. */
    Example with(Program other) {
        return new Example(name, other, inputs);
    }

    /** The outputs as a function of the F64 inputs, the data of the others being fixed. */
    List<Tensor> apply(List<Tensor> arguments) {
        Map<Tensor, Tensor> replaced = new HashMap<>();
        Iterator<Tensor> next = arguments.iterator();
        for (int i = 0; i < inputs.size(); i++) {
            Tensor input = program.inputs().get(i);
            replaced.put(input, input.dtype() == DType.F64 ? next.next() : Tensor.of(inputs.get(i)));
        }
        for (Tensor node : program.nodes()) {
            replaced.computeIfAbsent(
                    node,
                    n -> Tensor.of(
                            n.op(), n.inputs().stream().map(replaced::get).toList()));
        }
        return program.outputs().stream().map(replaced::get).toList();
    }

    /** This example with infinities, NaN, denormals and signed zeros for data; integers, which may be positions, stay. */
    Example withSpecialValues() {
        SplittableRandom random = new SplittableRandom(1);
        List<HostArray> special = new ArrayList<>();
        for (HostArray input : inputs) {
            Type type = new Type(input.dtype(), input.shape());
            special.add(type.dtype().isFloating() ? Values.SPECIAL.array(type, random) : input);
        }
        return new Example(name + " on special values", program, special);
    }

    /** Where {@code results} lie outside the enclosure of what the program may give; empty if they do not. */
    String outside(List<HostArray> results) {
        return outside(Enclosure.of(program, inputs), results);
    }

    static String outside(List<Enclosure> allowed, List<HostArray> results) {
        for (int j = 0; j < allowed.size(); j++) {
            String wrong = allowed.get(j).outside(results.get(j));
            if (!wrong.isEmpty()) {
                return "output " + j + ": " + wrong;
            }
        }
        return "";
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name).append('\n').append(program);
        for (int i = 0; i < inputs.size(); i++) {
            text.append("  input ").append(i).append(" = ").append(inputs.get(i));
            if (inputs.get(i).size() <= 40) {
                text.append(' ').append(Arrays.toString(inputs.get(i).toDoubles()));
            }
            text.append('\n');
        }
        return text.toString();
    }

    /** Makes an example: collects inputs and their data while an expression is being built. */
    static final class Builder {
        private final SplittableRandom random;
        private final List<Tensor> inputs = new ArrayList<>();
        private final List<HostArray> arrays = new ArrayList<>();

        Builder(SplittableRandom random) {
            this.random = random;
        }

        /** A new operand with the given data. */
        Tensor given(HostArray array) {
            Tensor input = Tensor.input("x" + inputs.size(), array.dtype(), array.shape());
            inputs.add(input);
            arrays.add(array);
            return input;
        }

        /** A new operand with random data, dense. */
        Tensor operand(DType dtype, Shape shape, Values values) {
            return operand(dtype, shape, values, Layout.DENSE);
        }

        /** A new operand with random data, seen through a layout. */
        Tensor operand(DType dtype, Shape shape, Values values, Layout layout) {
            return layout.view(given(values.array(new Type(dtype, layout.source(shape)), random)), shape);
        }

        /** A new operand of positions in [0, extent). */
        Tensor positions(Shape shape, int extent) {
            HostArray array = HostArray.zeros(DType.I32, shape);
            for (int i = 0; i < array.size(); i++) {
                array.set(i, random.nextInt(Math.max(extent, 1)));
            }
            return given(array);
        }

        List<Tensor> inputs() {
            return inputs;
        }

        List<HostArray> arrays() {
            return arrays;
        }

        /** The finished example. */
        Example build(String name, List<Tensor> outputs) {
            return new Example(name, Program.of(inputs, outputs), List.copyOf(arrays));
        }
    }

    /** An example with random data from one expression. */
    static Example of(String name, long seed, Function<Builder, Tensor> expression) {
        Builder builder = new Builder(new SplittableRandom(seed));
        Tensor result = expression.apply(builder);
        return builder.build(name, List.of(result));
    }
}
