package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.softmin.nn.Trainer;
import org.softmin.studies.bench.Step;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Tensor;

/**
 * Programs on a device of TornadoVM; run only where it is installed, in a JVM of its own.
 *
 * <p>A kernel takes a tenth of a second or more to compile, so that one case in {@value #SAMPLED} is tried;
 * {@code -Dsoftmin.exhaustive=true} tries all.
 */
@Domain(Generators.class)
class DeviceLaws {
    private static final int SAMPLED = 37; // a prime, to meet every type and size
    private static final int TOGETHER = 30; // cases in one program
    private static final int SHOWN = 5;
    private static final boolean EXHAUSTIVE = Boolean.getBoolean("softmin.exhaustive");
    private static final double NORMWISE = 1e-5; // of a step in F32, from the same state

    @TestFactory
    Stream<DynamicTest> everyOpAgreesWithTheReference() {
        return OpTable.rows().stream()
                .map(row -> DynamicTest.dynamicTest(row.name(), () -> {
                    List<Example> cases = new ArrayList<>();
                    int[] number = {0};
                    row.cases().accept(example -> {
                        if (EXHAUSTIVE || number[0]++ % SAMPLED == 0) {
                            cases.add(example);
                        }
                    });
                    List<String> wrong = new ArrayList<>();
                    for (int i = 0; i < cases.size(); i += TOGETHER) {
                        wrong.addAll(disagreements(cases.subList(i, Math.min(i + TOGETHER, cases.size()))));
                    }
                    if (!wrong.isEmpty()) {
                        fail(row.name() + " (tolerance: " + row.tolerance() + "): " + wrong.size() + " of "
                                + cases.size() + " cases differ\n"
                                + String.join("\n", wrong.subList(0, Math.min(SHOWN, wrong.size()))));
                    }
                }));
    }

    /** Runs examples in one program, and compares the results of each. */
    private static List<String> disagreements(List<Example> examples) {
        List<Tensor> inputs = new ArrayList<>();
        List<Tensor> outputs = new ArrayList<>();
        List<HostArray> arrays = new ArrayList<>();
        for (Example example : examples) {
            inputs.addAll(example.program().inputs());
            outputs.addAll(example.program().outputs());
            arrays.addAll(example.inputs());
        }
        List<HostArray> results =
                new Example("together", Program.of(inputs, outputs), arrays).run(Backends.device(Backends.ONE));
        List<String> wrong = new ArrayList<>();
        int done = 0;
        for (Example example : examples) {
            int count = example.program().outputs().size();
            String difference = example.outside(results.subList(done, done + count));
            done += count;
            if (!difference.isEmpty()) {
                wrong.add(difference + "\n" + example);
            }
        }
        return wrong;
    }

    @Law
    void randomProgramsAgreeWithTheReference(@ForAll Example example) {
        assertEquals("", example.outside(example.run(Backends.device(Backends.ONE))), example::toString);
    }

    @TestFactory
    Stream<DynamicTest> fixedProgramsAgreeWithTheReference() {
        return Stream.of(FixedPrograms.everyday(), DevicePrograms.all())
                .flatMap(List::stream)
                .map(example -> DynamicTest.dynamicTest(
                        example.name(),
                        () -> assertEquals("", OpLaws.disagreement(example, Backends.device(Backends.ONE)))));
    }

    private static Stream<Step> steps() {
        return Stream.of(
                new Step.DecoderFree(DType.F32, 128, 64),
                new Step.DecoderFree(DType.F64, 128, 64),
                new Step.Standard(128, 64),
                Step.Mlp.autoencoder(128),
                new Step.Transformer(4, 16, 64, 4, 256));
    }

    /** Each step of training begins with what the CPU has, and changes every array as it does there. */
    @TestFactory
    Stream<DynamicTest> aStepOfTrainingIsThatOfTheCpu() {
        return steps().map(step -> DynamicTest.dynamicTest(step.name(), () -> {
            try (Trainer<?> cpu = step.trainStep().start(Backends.cpu(Backends.ONE));
                    Trainer<?> device = step.trainStep().start(Backends.device(Backends.ONE))) {
                for (int i = 0; i < 5; i++) {
                    copy(cpu, device);
                    double expected = cpu.step(step.batch());
                    assertEquals(expected, device.step(step.batch()), NORMWISE * Math.abs(expected));
                    assertNear(cpu, device);
                }
            }
        }));
    }

    private static void copy(Trainer<?> from, Trainer<?> to) {
        from.parameters().forEach((name, array) -> to.parameters().get(name).copyFrom(array));
        for (int i = 0; i < from.state().size(); i++) {
            to.state().get(i).copyFrom(from.state().get(i));
        }
    }

    private static void assertNear(Trainer<?> expected, Trainer<?> actual) {
        SequencedMap<String, HostArray> parameters = actual.parameters();
        expected.parameters().forEach((name, array) -> assertNear(name, array, parameters.get(name)));
    }

    private static void assertNear(String name, HostArray expected, HostArray actual) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.size(); i++) {
            if (!hasNoGradient(name, i, expected.size())) {
                difference += Math.pow(actual.get(i) - expected.get(i), 2);
                norm += Math.pow(expected.get(i), 2);
            }
        }
        double relative = Math.sqrt(difference / norm);
        assertTrue(relative <= NORMWISE, () -> name + " differs by " + relative);
    }

    /** The bias of the keys adds the same to all scores of a row: what the CPU has for its gradient is rounding. */
    private static boolean hasNoGradient(String name, int index, int size) {
        return name.equals("attention.input.bias") && index >= size / 3 && index < 2 * size / 3;
    }
}
