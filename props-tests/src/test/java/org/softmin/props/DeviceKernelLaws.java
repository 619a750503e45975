package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.softmin.tensor.Backend;
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

    private static Stream<Example> fixed() {
        return Stream.of(FixedPrograms.everyday(), FixedPrograms.large(), DevicePrograms.all())
                .flatMap(List::stream);
    }

    private static void assertSameBits(Example example, Backend other) {
        assertEquals("", Bits.difference(example.run(EMULATED), example.run(other)), example::toString);
    }
}
