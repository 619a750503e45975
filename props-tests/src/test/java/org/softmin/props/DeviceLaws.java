package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.softmin.nn.Batches;
import org.softmin.nn.Trainer;
import org.softmin.studies.bench.Step;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.data.DataSource;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.io.DataException;

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
    private static final int BATCH = 128; // of the studies, as are the units
    private static final int UNITS = 64;
    private static final int STEPS = 200;
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

    /** Each step of training begins with what the CPU has, and changes every parameter as it does there. */
    @TestFactory
    Stream<DynamicTest> aStepOfTrainingIsThatOfTheCpu() {
        return Stream.of(
                        new Step.DecoderFree(DType.F32, BATCH, UNITS),
                        new Step.DecoderFree(DType.F64, BATCH, UNITS),
                        new Step.Standard(BATCH, UNITS),
                        Step.Mlp.autoencoder(BATCH),
                        new Step.Transformer(4, 16, 64, 4, 256))
                .map(step -> DynamicTest.dynamicTest(
                        step.name(),
                        () -> train(step, (cpu, device) -> {
                            for (int i = 0; i < 5; i++) {
                                copy(cpu, device);
                                double expected = cpu.step(step.batch());
                                assertEquals(expected, device.step(step.batch()), NORMWISE * Math.abs(expected));
                                assertNear(cpu, device, NORMWISE);
                            }
                        })));
    }

    /**
     * From one start and with the same batches, parameters stay together for 200 steps. Moments are not compared: where
     * training has flattened out they are small differences of large numbers.
     *
     * <p>A change of the first weights by an ulp shows on the CPU how near they can stay. The standard encoder: 2e-7. The MLP:
     * 3e-6 until, in step 193, the input of one unit is 0 but for rounding, which decides whether ReLU lets its gradient
     * through, then 5e-5; with other batches that comes earlier, and they end up to 6e-2 apart. The decoder-free encoder
     * is chaotic: in F64, too, a change grows tenfold in about 20 steps, to 8e-8 after 200 on MNIST, on the built-in
     * digits to 2e-9 after 100 and 2e-5 after 200. So it is followed for 200 steps where there is MNIST, else for 100; and
     * in F32 not at all.
     */
    @TestFactory
    Stream<DynamicTest> trainingFollowsTheCpu() throws DataException {
        DataSet digits = DataSource.choose(null, System.getenv("SOFTMIN_DATA"), Path.of(".."))
                .load(STEPS * BATCH, 1);
        Batches images = Batches.of(BATCH, digits.trainImages()).shuffle(RandomKey.of(1));
        Step free = new Step.DecoderFree(DType.F64, BATCH, UNITS);
        Step standard = new Step.Standard(BATCH, UNITS);
        Step mlp = Step.Mlp.autoencoder(BATCH);
        return Stream.of(
                follows(
                        free,
                        i -> Tensor.of(images.batch(i).getFirst())
                                .cast(DType.F64)
                                .array(),
                        digits.name().equals("mnist") ? STEPS : STEPS / 2,
                        1e-6),
                follows(standard, i -> standard.batch(), STEPS, 1e-4),
                follows(mlp, i -> mlp.batch(), STEPS, 1e-4));
    }

    private static DynamicTest follows(Step step, IntFunction<HostArray> batches, int steps, double normwise) {
        return DynamicTest.dynamicTest(
                step.name() + ", " + steps + " steps",
                () -> train(step, (cpu, device) -> {
                    for (int i = 0; i < steps; i++) {
                        HostArray batch = batches.apply(i);
                        cpu.step(batch);
                        device.step(batch);
                    }
                    assertNear(cpu, device, normwise);
                }));
    }

    private static void train(Step step, BiConsumer<Trainer<?>, Trainer<?>> both) {
        try (Trainer<?> cpu = step.trainStep().start(Backends.cpu(Backends.ONE));
                Trainer<?> device = step.trainStep().start(Backends.device(Backends.ONE))) {
            both.accept(cpu, device);
        }
    }

    private static void copy(Trainer<?> from, Trainer<?> to) {
        from.parameters().forEach((name, array) -> to.parameters().get(name).copyFrom(array));
        for (int i = 0; i < from.state().size(); i++) {
            to.state().get(i).copyFrom(from.state().get(i));
        }
    }

    private static void assertNear(Trainer<?> expected, Trainer<?> actual, double normwise) {
        SequencedMap<String, HostArray> parameters = actual.parameters();
        expected.parameters().forEach((name, array) -> {
            double difference = difference(name, array, parameters.get(name));
            assertTrue(difference <= normwise, () -> name + " differs by " + difference);
        });
    }

    private static double difference(String name, HostArray expected, HostArray actual) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.size(); i++) {
            if (!hasNoGradient(name, i, expected.size())) {
                difference += Math.pow(actual.get(i) - expected.get(i), 2);
                norm += Math.pow(expected.get(i), 2);
            }
        }
        return difference == 0 ? 0 : Math.sqrt(difference / norm);
    }

    /** The bias of the keys adds the same to all scores of a row: what the CPU has for its gradient is rounding. */
    private static boolean hasNoGradient(String name, int index, int size) {
        return name.equals("attention.input.bias") && index >= size / 3 && index < 2 * size / 3;
    }
}
