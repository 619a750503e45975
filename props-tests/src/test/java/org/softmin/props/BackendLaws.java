package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.softmin.props.Backends.ONE;
import static org.softmin.props.Backends.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.lifecycle.AfterContainer;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;

/** What must not matter: how a program is run changes no bit of its results, and the reference agrees with all. */
@Domain(Generators.class)
class BackendLaws {
    private static final AtomicLong CHECKED = new AtomicLong();
    private static final AtomicLong TIGHT = new AtomicLong();

    /** Results of the CPU lie in the enclosure, as those of the reference do. */
    @Law
    void cpuAgreesWithTheReference(@ForAll Example example) {
        List<Enclosure> allowed = Enclosure.of(example.program(), example.inputs());
        assertEquals("", Example.outside(allowed, example.run(Reference.BACKEND)), () -> "reference: " + example);
        assertEquals("", Example.outside(allowed, example.run(cpu(ONE))), example::toString);
        for (Enclosure output : allowed) {
            CHECKED.addAndGet(output.size());
            TIGHT.addAndGet(output.tight(1e-3));
        }
    }

    /** The law above is worth something: most elements are known to three digits or better. */
    @AfterContainer
    static void mostEnclosuresAreTight() {
        assertTrue(TIGHT.get() * 10 >= CHECKED.get() * 8, TIGHT + " of " + CHECKED + " elements");
    }

    @Law
    void fusionChangesNoBit(@ForAll Example example) {
        assertSameBits(example, cpu(ONE.withFuse(false)));
    }

    @Law
    void reuseOfBuffersChangesNoBit(@ForAll Example example) {
        assertSameBits(example, cpu(ONE.withReuse(false)));
    }

    @Law
    void vectorsChangeNoBit(@ForAll Example example) {
        assertSameBits(example, cpu(ONE.withSimd(false)));
    }

    /** Generated kernels, which random programs are too short-lived to get otherwise. */
    @Law
    void generatedKernelsChangeNoBit(@ForAll Example example) {
        assertSameBits(example, cpu(ONE.withEager(true)));
        assertSameBits(example, cpu(ONE.withEager(true).withFuse(false)));
        assertSameBits(example, cpu(ONE.withEager(true).withThreads(3)));
    }

    @Law
    void threadsChangeNoBit(@ForAll Example example) {
        assertSameBits(example, cpu(ONE.withThreads(2)));
        assertSameBits(example, cpu(ONE.withThreads(8)));
    }

    @Law
    void allOfThemTogetherChangeNoBit(@ForAll Example example) {
        assertSameBits(
                example, cpu(ONE.withThreads(3).withSimd(false).withFuse(false).withReuse(false)));
    }

    private static void assertSameBits(Example example, Backend other) {
        assertEquals("", Bits.difference(example.run(cpu(ONE)), example.run(other)), example::toString);
    }

    /** All of that holds for infinities, NaN, denormals and signed zeros, too. */
    @Law
    void specialValuesChangeNothing(@ForAll Example example) {
        Example special = example.withSpecialValues();
        List<Enclosure> allowed = Enclosure.of(special.program(), special.inputs());
        assertEquals("", Example.outside(allowed, special.run(Reference.BACKEND)), () -> "reference: " + special);
        assertEquals("", Example.outside(allowed, special.run(cpu(ONE))), special::toString);
        assertSameBits(special, cpu(ONE.withEager(true)));
        assertSameBits(
                special, cpu(ONE.withThreads(2).withSimd(false).withFuse(false).withReuse(false)));
    }

    /** A run leaves nothing behind: the same inputs give the same bits after others went through. */
    @Law
    void replaysChangeNoBit(@ForAll Example example) {
        try (Executable executable = cpu(ONE).compile(example.program())) {
            List<HostArray> first = example.run(executable);
            Example other = example.withSpecialValues();
            for (int i = 0; i < 3; i++) {
                other.run(executable);
                assertEquals("", Bits.difference(first, example.run(executable)), example::toString);
            }
        }
    }

    /** A donated input is overwritten in place, and that changes no bit; nor does it if its output lies elsewhere. */
    @Law
    void donationChangesNoBit(@ForAll Example example) {
        Program donating = example.program();
        Program keeping = Program.of(donating.inputs(), donating.outputs());
        List<HostArray> expected = example.with(keeping).run(cpu(ONE));
        assertEquals("", Bits.difference(expected, example.run(cpu(ONE))), example::toString);
        try (Executable executable = cpu(ONE).compile(donating)) {
            List<HostArray> inputs =
                    example.inputs().stream().map(HostArray::copy).toList();
            List<HostArray> outputs = new ArrayList<>();
            for (HostArray array : expected) {
                outputs.add(HostArray.zeros(array.dtype(), array.shape()));
            }
            executable.run(inputs, outputs);
            assertEquals("", Bits.difference(expected, outputs), () -> "apart: " + example);
            for (int i = 0; i < inputs.size(); i++) {
                boolean given = donating.isDonated(i);
                List<HostArray> now = List.of(inputs.get(i));
                assertTrue(
                        given
                                || Bits.difference(List.of(example.inputs().get(i)), now)
                                        .isEmpty(),
                        () -> "an input was overwritten: " + example);
            }
            List<HostArray> again =
                    example.inputs().stream().map(HostArray::copy).toList();
            for (int j = 0; j < outputs.size(); j++) {
                int i = donating.donatedTo(j);
                outputs.set(j, i < 0 ? outputs.get(j) : again.get(i));
            }
            executable.run(again, outputs);
            assertEquals("", Bits.difference(expected, outputs), () -> "in place: " + example);
        }
    }
}
