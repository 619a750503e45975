package org.softmin.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ProgramTest {
    private static final Type VECTOR = new Type(DType.F32, Shape.of(3));

    @Test
    void equalExpressionsAreOneNode() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(3));
        assertSame(x.add(1).exp(), x.add(1).exp());
        assertNotEquals(x, Tensor.input("x", DType.F32, Shape.of(3)));
    }

    @Test
    void programsCompareByStructure() {
        Program a = Program.trace(VECTOR, x -> x.mul(2).exp());
        Program b = Program.trace(VECTOR, x -> x.mul(2).exp());
        assertEquals(a, b);
        assertEquals(a.hashCode(), b.hashCode());
        assertNotEquals(a, Program.trace(VECTOR, x -> x.mul(3).exp()));
        assertNotEquals(a, a.donate(0, 0));
    }

    @Test
    void printsAListing() {
        Program program = Program.trace(
                List.of(new Type(DType.F32, Shape.of(2, 3)), new Type(DType.F32, Shape.of(3, 4))),
                x -> List.of(x.get(0).matmul(x.get(1))));
        assertEquals("""
            program
              %0 = input x0 : F32[2, 3]
              %1 = input x1 : F32[3, 4]
              %2 = matmul %0 %1 : F32[2, 4]
              return %2
            """, program.toString());
    }

    @Test
    void aDeepGraphNeedsNoDeepStack() {
        Tensor x = Tensor.input("x", DType.F64, Shape.SCALAR);
        Tensor y = x;
        for (int i = 0; i < 50_000; i++) {
            y = y.add(x);
        }
        assertEquals(50_001, Program.of(List.of(x), List.of(y)).nodes().size());
    }

    @Test
    void aForgottenInputIsNamed() {
        Tensor x = Tensor.input("weights", DType.F32, Shape.of(3));
        var error = assertThrows(IllegalArgumentException.class, () -> Program.of(List.of(), List.of(x.exp())));
        assertEquals(
                "program: input weights F32[3] is used by an output but not listed; add it to the inputs",
                error.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference"})
    void aDonatedInputIsUpdatedInPlaceAndRefusesLaterUse(String backend) {
        Program program = Program.trace(VECTOR, x -> x.add(1)).donate(0, 0);
        try (Executable executable = Backend.named(backend).compile(program)) {
            HostArray x = HostArray.of(Shape.of(3), new float[] {1, 2, 3});
            float[] storage = x.floats();
            HostArray y = executable.run(x).getFirst();
            assertSame(storage, y.floats());
            assertArrayEquals(new float[] {2, 3, 4}, y.toFloats());
            var error = assertThrows(IllegalStateException.class, () -> executable.run(x));
            assertTrue(error.getMessage().contains("was donated"), error.getMessage());
            executable.run(List.of(y), List.of(y));
            assertArrayEquals(new float[] {3, 4, 5}, y.toFloats());
        }
    }

    /** The second output still needs the old value of the first: writing in place too early would be seen. */
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference"})
    void donatedInputsCanChangePlaces(String backend) {
        Program program = Program.trace(List.of(VECTOR, VECTOR), x -> List.of(x.get(1), x.get(0)))
                .donate(0, 0)
                .donate(1, 1);
        try (Executable executable = Backend.named(backend).compile(program)) {
            HostArray a = HostArray.of(Shape.of(3), new float[] {1, 2, 3});
            HostArray b = HostArray.of(Shape.of(3), new float[] {4, 5, 6});
            executable.run(List.of(a, b), List.of(a, b));
            assertArrayEquals(new float[] {4, 5, 6}, a.toFloats());
            assertArrayEquals(new float[] {1, 2, 3}, b.toFloats());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference"})
    void aReversalOverADonatedInputReadsTheOldValues(String backend) {
        Tensor back = Tensor.of(DType.I32, Shape.of(3), 2, 1, 0);
        Program program =
                Program.trace(VECTOR, x -> x.gather(0, back).add(x.mul(10))).donate(0, 0);
        try (Executable executable = Backend.named(backend).compile(program)) {
            HostArray x = HostArray.of(Shape.of(3), new float[] {1, 2, 3});
            executable.run(List.of(x), List.of(x));
            assertArrayEquals(new float[] {13, 22, 31}, x.toFloats());
        }
    }

    @Test
    void oneArrayInTwoPlacesIsRefusedWhereItIsGivenAway() {
        Program program = Program.trace(
                        List.of(VECTOR, VECTOR), x -> List.of(x.get(0).add(x.get(1))))
                .donate(0, 0);
        HostArray x = HostArray.zeros(DType.F32, Shape.of(3));
        try (Executable executable = Backend.named("cpu").compile(program)) {
            var error = assertThrows(IllegalArgumentException.class, () -> executable.run(x, x));
            assertEquals(
                    "run: inputs 0 and 1 share one array, and input 0 is donated; pass a copy()", error.getMessage());
        }
    }

    @Test
    void arraysOfOtherTypesAreRefused() {
        try (Executable executable = Backend.named("cpu").compile(Program.trace(VECTOR, x -> x.exp()))) {
            var error = assertThrows(
                    IllegalArgumentException.class, () -> executable.run(HostArray.zeros(DType.F32, Shape.of(4))));
            assertEquals(
                    "run: input 0 is F32[4], but the program was traced for F32[3]; trace it again for other types",
                    error.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference"})
    void anomalyDetectionNamesTheFirstCulprit(String backend) {
        Program program = Program.trace(VECTOR, x -> x.sub(1).log().add(5).exp());
        Backend checked = Backend.named(backend, Backend.Options.DEFAULT.withDetectAnomaly(true));
        try (Executable executable = checked.compile(program)) {
            var error = assertThrows(
                    AnomalyException.class, () -> executable.run(HostArray.of(Shape.of(3), new float[] {2, 0, 3})));
            assertTrue(error.getMessage().startsWith("log: made NaN at [1] in `%"), error.getMessage());
            var input = assertThrows(
                    AnomalyException.class,
                    () -> executable.run(HostArray.of(Shape.of(3), new float[] {2, 2, Float.POSITIVE_INFINITY})));
            assertTrue(input.getMessage().startsWith("input x0 holds Infinity at [2]"), input.getMessage());
        }
    }

    @Test
    void aClosedExecutableSaysSo() {
        Executable executable = Backend.named("cpu").compile(Program.trace(VECTOR, x -> x.exp()));
        executable.close();
        var error = assertThrows(
                IllegalStateException.class, () -> executable.run(HostArray.zeros(DType.F32, Shape.of(3))));
        assertEquals("run: this executable is closed; compile the program again", error.getMessage());
    }

    @Test
    void anUnknownBackendIsAnsweredWithTheKnownOnes() {
        var error = assertThrows(IllegalArgumentException.class, () -> Backend.named("gpu"));
        assertTrue(error.getMessage().startsWith("backend: no backend is called gpu; there are cpu, reference"));
        error = assertThrows(IllegalArgumentException.class, () -> Backend.named("cpu:1"));
        assertEquals("device: \"cpu:1\" names one of several, and cpu is one; use cpu", error.getMessage());
    }
}
