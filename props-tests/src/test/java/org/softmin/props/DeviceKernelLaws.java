package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.softmin.nn.Parameters;
import org.softmin.nn.TrainStep;
import org.softmin.studies.bench.Step;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Type;
import org.softmin.tornado.kernel.EmulatedBackend;

/** The kernels that a device gets, run on the JVM: they agree with the reference on every op and on random programs. */
@Domain(Generators.class)
class DeviceKernelLaws {
    private static final EmulatedBackend EMULATED = new EmulatedBackend(Backends.ONE);
    private static final int SHOWN = 5;

    @TestFactory
    Stream<DynamicTest> everyOpAgreesWithTheReference() {
        return OpTable.rows().stream()
                .map(row -> DynamicTest.dynamicTest(row.name(), () -> {
                    List<String> wrong = new ArrayList<>();
                    row.cases().accept(example -> {
                        String difference = OpLaws.disagreement(example, EMULATED);
                        if (!difference.isEmpty() && wrong.size() < SHOWN) {
                            wrong.add(difference + "\n" + example);
                        }
                    });
                    if (!wrong.isEmpty()) {
                        fail(row.name() + " (tolerance: " + row.tolerance() + ")\n" + String.join("\n", wrong));
                    }
                }));
    }

    @Law
    void randomProgramsAgreeWithTheReference(@ForAll Example example) {
        assertEquals("", example.outside(example.run(EMULATED)), example::toString);
    }

    @Law
    void specialValuesChangeNothing(@ForAll Example example) {
        Example special = example.withSpecialValues();
        assertEquals("", special.outside(special.run(EMULATED)), special::toString);
    }

    @TestFactory
    Stream<DynamicTest> fixedProgramsAgreeWithTheReference() {
        return fixed().map(example -> DynamicTest.dynamicTest(
                example.name(), () -> assertEquals("", OpLaws.disagreement(example, EMULATED))));
    }

    @Law
    void reuseOfBuffersChangesNoBit(@ForAll Example example) {
        assertSameBits(example, new EmulatedBackend(Backends.ONE.withReuse(false)));
    }

    /** On a device groups and items run in any order. */
    @Law
    void theOrderOfItemsChangesNoBit(@ForAll Example example) {
        assertSameBits(example, EMULATED.backwards());
    }

    @TestFactory
    Stream<DynamicTest> theOrderOfItemsChangesNoBitOfFixedPrograms() {
        return fixed().map(example ->
                DynamicTest.dynamicTest(example.name(), () -> assertSameBits(example, EMULATED.backwards())));
    }

    /** A step of training from where the CPU has got to differs from the CPU's by rounding alone. */
    @TestFactory
    Stream<DynamicTest> trainingStepsFollowTheCpu() {
        return Stream.of(
                        new Step.DecoderFree(DType.F64, 40, 24),
                        new Step.Standard(40, 24),
                        new Step.Mlp(40, List.of(50, 37, 13, 37, 50)),
                        new Step.Transformer(5, 18, 32, 4, 72))
                .map(step -> DynamicTest.dynamicTest(step.name(), () -> followsTheCpu(step)));
    }

    private static void followsTheCpu(Step step) {
        TrainStep<?> training = step.trainStep();
        HostArray batch = step.batch();
        Program update = training.update(List.of(new Type(batch.dtype(), batch.shape())));
        List<String> names = Parameters.flatten(training.model()).names();
        Backend cpu = Backends.cpu(Backends.ONE);
        List<HostArray> state = new Example(step.name(), training.initial(), List.of()).run(cpu);
        for (int i = 1; i <= 5; i++) {
            List<HostArray> inputs = new ArrayList<>(state);
            inputs.add(HostArray.of(Shape.SCALAR, new double[] {Step.RATE}));
            inputs.add(HostArray.of(Shape.SCALAR, new int[] {i}));
            inputs.add(batch);
            Example example = new Example(step.name(), update, inputs);
            List<HostArray> expected = example.run(cpu);
            List<HostArray> actual = example.run(EMULATED);
            for (int j = 0; j < expected.size(); j++) {
                // parameters, two numbers, first and second moments, loss
                int of = j < names.size() ? j : j - names.size() - 2;
                String name = of >= 0 && of < 2 * names.size() ? names.get(of % names.size()) : "number";
                double distance = distance(name, expected.get(j), actual.get(j));
                assertTrue(distance <= 1e-5, name + ", output " + j + " of step " + i + ": " + distance);
            }
            state = expected.subList(0, state.size());
        }
    }

    /** Of one array from another in the Euclidean norm, relative; no matter the bias of keys, whose gradient is 0. */
    private static double distance(String name, HostArray expected, HostArray actual) {
        double error = 0;
        double size = 0;
        for (int i = 0; i < expected.size(); i++) {
            boolean ofKeys = name.equals("attention.input.bias") && i * 3 / expected.size() == 1;
            if (!ofKeys) {
                error += Math.pow(actual.get(i) - expected.get(i), 2);
                size += Math.pow(expected.get(i), 2);
            }
        }
        return error == 0 ? 0 : Math.sqrt(error / size);
    }

    private static Stream<Example> fixed() {
        return Stream.of(FixedPrograms.everyday(), FixedPrograms.large(), DevicePrograms.all())
                .flatMap(List::stream);
    }

    private static void assertSameBits(Example example, Backend other) {
        assertEquals("", Bits.difference(example.run(EMULATED), example.run(other)), example::toString);
    }
}
