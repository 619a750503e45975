package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.plan.Decompose;
import org.softmin.tornado.kernel.EmulatedBackend;

/** The kernels that a device gets, run on the JVM: they agree with the reference on every op and on random programs. */
@Domain(Generators.class)
class DeviceKernelLaws {
    private static final Backend EMULATED = new EmulatedBackend(Backends.ONE);
    private static final int SHOWN = 5;

    @TestFactory
    Stream<DynamicTest> everyOpAgreesWithTheReference() {
        return OpTable.rows().stream()
                .filter(row -> row.op() != Scalar.ERF)
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

    /** The one function without a kernel is refused by name, before anything runs. */
    @Test
    void erfIsRefused() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(4));
        Program program = Program.of(List.of(x), List.of(x.erf()));
        assertEquals(
                "tornado: erf has no device kernel yet; use the cpu backend",
                assertThrows(IllegalArgumentException.class, () -> EMULATED.compile(program))
                        .getMessage());
    }

    private static boolean runs(Example example) {
        return Decompose.apply(example.program(), composite -> false).nodes().stream()
                .noneMatch(node -> node.op().equals(new Op.Map(Scalar.ERF)));
    }

    @Law
    void randomProgramsAgreeWithTheReference(@ForAll Example example) {
        Assume.that(runs(example));
        List<Enclosure> allowed = Enclosure.of(example.program(), example.inputs());
        assertEquals("", Example.outside(allowed, example.run(EMULATED)), example::toString);
    }

    @TestFactory
    Stream<DynamicTest> everydayProgramsAgreeWithTheReference() {
        return FixedPrograms.everyday().stream()
                .filter(DeviceKernelLaws::runs)
                .map(example -> DynamicTest.dynamicTest(
                        example.name(), () -> assertEquals("", OpLaws.disagreement(example, EMULATED))));
    }

    @Law
    void reuseOfBuffersChangesNoBit(@ForAll Example example) {
        Assume.that(runs(example));
        Backend apart = new EmulatedBackend(Backends.ONE.withReuse(false));
        assertEquals("", Bits.difference(example.run(EMULATED), example.run(apart)), example::toString);
    }
}
