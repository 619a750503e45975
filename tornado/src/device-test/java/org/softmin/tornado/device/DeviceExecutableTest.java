package org.softmin.tornado.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.DeviceException;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tornado.Devices;

/** Programs on the first device that TornadoVM has: what goes up, what comes down, and when. */
class DeviceExecutableTest {
    private static final int N = 1000;
    private static final long BYTES = 4 * N;
    private static final TornadoDevices DEVICES = new TornadoDevices();
    private static final Devices.Device DEVICE = DEVICES.list().getFirst();

    private static DeviceExecutable compile(Program program, Backend.Options options) {
        return (DeviceExecutable)
                DEVICES.open(DEVICE, options, (done, of) -> {}).compile(program);
    }

    private static DeviceExecutable compile(Program program) {
        return compile(program, Backend.Options.DEFAULT);
    }

    private static HostArray filled(double value) {
        HostArray array = HostArray.zeros(DType.F32, Shape.of(N));
        for (int i = 0; i < N; i++) {
            array.set(i, value);
        }
        return array;
    }

    /** An array whose Java array others have. */
    private static HostArray wrapped(double value) {
        float[] values = filled(value).toFloats();
        return HostArray.of(Shape.of(N), values);
    }

    private static void assertFilled(double value, HostArray array) {
        assertArrayEquals(filled(value).toFloats(), array.toFloats());
    }

    /** A state that grows by what it is given: the state is donated. */
    private static Program growing() {
        Tensor state = Tensor.input("state", DType.F32, Shape.of(N));
        Tensor more = Tensor.input("more", DType.F32, Shape.of(N));
        return Program.of(List.of(state, more), List.of(state.add(more))).donate(0, 0);
    }

    private static Program doubled(int n) {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(n));
        return Program.of(List.of(x), List.of(x.add(x)));
    }

    @Test
    void theDeviceDoesTheWork() {
        try (DeviceExecutable doubled = compile(doubled(N))) {
            for (int i = 0; i < DeviceExecutable.TIMED; i++) {
                assertFilled(6, doubled.run(filled(3)).getFirst());
            }
            assertTrue(doubled.nanos(0) > 0, "the device has measured no time of the kernel");
            assertTrue(doubled.explain().startsWith(DEVICE.id() + ": 1 kernels"), doubled.explain());
        }
    }

    /** TornadoVM's profiler is one for all programs, and prints where it is on for some and not for others. */
    @Test
    void timingOneProgramLeavesOthersAlone() throws Exception {
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (ExecutorService threads = Executors.newFixedThreadPool(2);
                DeviceExecutable timed = compile(growing());
                DeviceExecutable other = compile(growing())) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            List<Future<HostArray>> states = new ArrayList<>();
            for (DeviceExecutable growing : List.of(timed, other)) {
                states.add(threads.submit(() -> {
                    HostArray state = filled(0);
                    for (int i = 0; i < 5 * DeviceExecutable.TIMED; i++) {
                        growing.run(List.of(state, filled(1)), List.of(state));
                        assertEquals(i + 1, state.get(0));
                    }
                    return state;
                }));
            }
            for (Future<HostArray> state : states) {
                assertFilled(5 * DeviceExecutable.TIMED, state.get());
            }
        } finally {
            System.setOut(out);
        }
        assertEquals("", printed.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aDonatedStateStaysOnTheDevice() {
        HostArray state = filled(1);
        HostArray more = filled(2);
        try (DeviceExecutable growing = compile(growing())) {
            growing.run(List.of(state, more), List.of(state));
            long first = growing.bytesUp();
            for (int i = 0; i < 99; i++) {
                growing.run(List.of(state, more), List.of(state));
            }
            assertEquals(0, growing.bytesDown());
            assertEquals(first + 99 * BYTES, growing.bytesUp(), "only what is added goes up");
            assertFilled(201, state);
            assertFilled(201, state);
            assertEquals(BYTES, growing.bytesDown());
        }
    }

    @Test
    void aDonatedStateIsGivenOn() {
        try (DeviceExecutable growing = compile(growing())) {
            HostArray state = filled(1);
            for (int i = 0; i < 10; i++) {
                state = growing.run(state, filled(2)).getFirst();
            }
            assertEquals(0, growing.bytesDown());
            assertFilled(21, state);
        }
    }

    @Test
    void aThousandReplaysGrowNothing() {
        HostArray state = filled(0);
        HostArray more = filled(1);
        try (DeviceExecutable growing = compile(growing())) {
            replay(growing, state, more, 200);
            long heap = heap();
            long device = growing.deviceBytes();
            replay(growing, state, more, 1000);
            assertEquals(device, growing.deviceBytes());
            long grown = heap() - heap;
            assertTrue(grown < 1 << 20, () -> grown + " bytes");
            assertFilled(1200, state);
        }
    }

    private static void replay(DeviceExecutable growing, HostArray state, HostArray more, int times) {
        for (int i = 0; i < times; i++) {
            growing.run(List.of(state, more), List.of(state));
        }
    }

    private static long heap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void whatTheHostWritesGoesUp() {
        HostArray state = filled(1);
        HostArray more = filled(2);
        try (DeviceExecutable growing = compile(growing())) {
            growing.run(List.of(state, more), List.of(state));
            state.set(7, 70);
            more.set(8, 80);
            growing.run(List.of(state, more), List.of(state));
            assertEquals(5, state.get(0));
            assertEquals(72, state.get(7));
            assertEquals(83, state.get(8));
        }
    }

    /** States are sent together: what only the device has of the others is not written over. */
    @Test
    void oneOfTwoStatesThatTheHostWritesGoesUp() {
        Tensor a = Tensor.input("a", DType.F32, Shape.of(N));
        Tensor b = Tensor.input("b", DType.F32, Shape.of(N));
        Program both = Program.of(List.of(a, b), List.of(a.add(b), b.add(1)))
                .donate(0, 0)
                .donate(1, 1);
        List<HostArray> states = List.of(filled(1), filled(2));
        try (DeviceExecutable growing = compile(both)) {
            growing.run(states, states); // 3 and 3
            states.get(0).set(7, 70);
            growing.run(states, states);
            assertEquals(6, states.get(0).get(0));
            assertEquals(73, states.get(0).get(7));
            assertFilled(4, states.get(1));
        }
    }

    /** Whoever has the Java array can write and read it unseen: it is compared before each run and comes down after. */
    @Test
    void anArrayThatOthersHaveIsAlwaysUpToDate() {
        HostArray state = wrapped(1);
        float[] values = state.floats();
        HostArray more = filled(2);
        try (DeviceExecutable growing = compile(growing())) {
            growing.run(List.of(state, more), List.of(state));
            assertEquals(3, values[5]);
            long up = growing.bytesUp();
            growing.run(List.of(state, more), List.of(state));
            assertEquals(5, values[5]);
            assertEquals(up + BYTES, growing.bytesUp(), "the state was there");
            values[5] = 50;
            growing.run(List.of(state, more), List.of(state));
            assertEquals(52, values[5]);
            assertEquals(7, values[6]);
        }
    }

    /** Two programs with one state, as for the full and the last batch: a copy for each turn. */
    @Test
    void executablesTakeTurns() {
        HostArray state = filled(1);
        HostArray more = filled(2);
        try (DeviceExecutable a = compile(growing());
                DeviceExecutable b = compile(growing())) {
            for (int i = 0; i < 3; i++) {
                a.run(List.of(state, more), List.of(state));
                a.run(List.of(state, more), List.of(state));
                b.run(List.of(state, more), List.of(state));
            }
            assertFilled(19, state);
            assertEquals(3 * BYTES, a.bytesDown());
            assertEquals(3 * BYTES, b.bytesDown());
        }
    }

    @Test
    void anotherStateInThePlaceOfTheFirstLosesNeither() {
        HostArray more = filled(2);
        try (DeviceExecutable growing = compile(growing())) {
            HostArray a = filled(1);
            HostArray b = filled(10);
            growing.run(List.of(a, more), List.of(a));
            growing.run(List.of(b, more), List.of(b));
            growing.run(List.of(a, more), List.of(a));
            HostArray c = HostArray.zeros(DType.F32, Shape.of(N));
            growing.run(List.of(b, more), List.of(c)); // donated, but the output lies elsewhere
            assertFilled(5, a);
            assertFilled(14, c);
        }
    }

    /** What the twin of the state has in memory is equal to the second state, and not what the device has. */
    @Test
    void aStateLikeThatBeforeTheRunGoesUp() {
        HostArray more = filled(2);
        try (DeviceExecutable growing = compile(growing())) {
            HostArray a = filled(1);
            HostArray b = filled(1);
            growing.run(List.of(a, more), List.of(a));
            growing.run(List.of(b, more), List.of(b));
            assertFilled(3, a);
            assertFilled(3, b);
        }
    }

    @Test
    void aResultOutlivesTheNextRun() {
        try (DeviceExecutable doubled = compile(doubled(N))) {
            HostArray six = doubled.run(filled(3)).getFirst();
            HostArray eight = doubled.run(filled(4)).getFirst();
            assertFilled(6, six);
            assertFilled(8, eight);
        }
    }

    @Test
    void closingSavesWhatOnlyTheDeviceHas() {
        HostArray state = filled(1);
        DeviceExecutable growing = compile(growing());
        growing.run(List.of(state, filled(2)), List.of(state));
        growing.close();
        growing.close();
        assertFilled(3, state);
        assertEquals(
                "run: this executable is closed; compile the program again",
                assertThrows(IllegalStateException.class, () -> growing.run(state, filled(2)))
                        .getMessage());
    }

    /** Twice what the limit on device memory allows at once: programs that are closed give theirs back. */
    @Test
    void closingGivesDeviceMemoryBack() {
        assertEquals("1GB", System.getProperty("tornado.device.memory"), "the limit that the build sets for this test");
        int cycles = 200;
        int n = (1 << 30) / cycles / Float.BYTES; // and the result is as large as the input
        HostArray x = HostArray.zeros(DType.F32, Shape.of(n));
        x.set(n - 1, 21);
        for (int i = 0; i < cycles; i++) {
            try (DeviceExecutable doubled = compile(doubled(n))) {
                assertEquals(42, doubled.run(x).getFirst().get(n - 1));
            }
        }
    }

    @Test
    void aLargeInputGoesUpOnce() {
        int n = 1 << 18;
        HostArray x = HostArray.zeros(DType.F32, Shape.of(n));
        try (DeviceExecutable doubled = compile(doubled(n))) {
            doubled.run(x);
            long first = doubled.bytesUp();
            doubled.run(x);
            assertEquals(first, doubled.bytesUp());
            x.set(n - 1, 21);
            assertEquals(42, doubled.run(x).getFirst().get(n - 1));
            assertEquals(first + 4L * n, doubled.bytesUp());
        }
    }

    /** One kernel for each op, and more of them than TornadoVM's default graph takes. */
    @Test
    void longProgramsAreSplit() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(N));
        Tensor y = x;
        for (int i = 0; i < 70; i++) {
            y = y.add(x);
        }
        Program program = Program.of(List.of(x), List.of(y));
        List<Integer> compiled = new ArrayList<>(); // kernels, after each graph
        Backend backend =
                DEVICES.open(DEVICE, Backend.Options.DEFAULT.withFuse(false), (done, of) -> compiled.add(done));
        try (Executable sum = backend.compile(program)) {
            assertFilled(142, sum.run(filled(2)).getFirst());
            assertFilled(213, sum.run(filled(3)).getFirst());
        }
        assertTrue(compiled.stream().distinct().count() > 3, compiled + ": several graphs, and a start");
    }

    @Test
    void aPositionOutOfRangeIsTheSameErrorAsOnTheCpu() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(4));
        Tensor at = Tensor.input("at", DType.I32, Shape.of(2));
        Program program = Program.of(List.of(x, at), List.of(x.gather(0, at)));
        HostArray values = HostArray.of(Shape.of(4), new float[] {1, 2, 3, 4});
        HostArray wrong = HostArray.of(Shape.of(2), new int[] {0, 4});
        try (DeviceExecutable device = compile(program);
                var cpu = Backend.named("cpu").compile(program)) {
            String expected = assertThrows(RuntimeException.class, () -> cpu.run(values, wrong))
                    .getMessage();
            for (int i = 0; i < 2; i++) {
                assertEquals(
                        expected,
                        assertThrows(IndexOutOfBoundsException.class, () -> device.run(values, wrong))
                                .getMessage());
                HostArray right = HostArray.of(Shape.of(2), new int[] {3, 0});
                assertArrayEquals(
                        new float[] {4, 1}, device.run(values, right).getFirst().toFloats());
            }
        }
    }

    @Test
    void divisionOfIntegersByZeroIsTheSameErrorAsOnTheCpu() {
        Tensor a = Tensor.input("a", DType.I32, Shape.of(2));
        Program program = Program.of(
                List.of(a), List.of(Tensor.of(DType.I32, Shape.of(2), 12, 12).div(a)));
        HostArray wrong = HostArray.of(Shape.of(2), new int[] {3, 0});
        try (DeviceExecutable device = compile(program);
                var cpu = Backend.named("cpu").compile(program)) {
            String expected = assertThrows(ArithmeticException.class, () -> cpu.run(wrong))
                    .getMessage();
            assertEquals(
                    expected,
                    assertThrows(ArithmeticException.class, () -> device.run(wrong))
                            .getMessage());
            HostArray right = HostArray.of(Shape.of(2), new int[] {3, 4});
            assertArrayEquals(new int[] {4, 3}, device.run(right).getFirst().toInts());
        }
    }

    /** A failure inside TornadoVM, after the kernels have written over the state. */
    @Test
    void afterAFailureItRefusesToRun() {
        HostArray state = filled(1);
        Devices.Compilation failing = (done, of) -> {
            if (done == of) {
                throw new IllegalStateException("out of everything");
            }
        };
        Executable growing =
                DEVICES.open(DEVICE, Backend.Options.DEFAULT, failing).compile(growing());
        assertEquals(
                DEVICE.id() + ": TornadoVM failed (out of everything); start Java with -Xlog:exceptions=info to see"
                        + " where, or use the device cpu",
                refusal(growing, state));
        String later =
                DEVICE.id() + ": TornadoVM failed in an earlier run of this program, and what only the device had"
                        + " is lost; compile the program again and go on from the last checkpoint";
        assertEquals(later, refusal(growing, state));
        assertEquals(later, refusal(growing, filled(5)));
        growing.close();
        assertFilled(1, state);
    }

    private static String refusal(Executable growing, HostArray state) {
        return assertThrows(DeviceException.class, () -> growing.run(List.of(state, filled(2)), List.of(state)))
                .getMessage();
    }

    @Test
    void aProgramTooLargeForTheDeviceIsRefused() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(1));
        Tensor large = x.expand(Shape.of(1 << 28)); // a device may give one array a quarter of its memory at most
        Program program = Program.of(
                List.of(x), IntStream.rangeClosed(1, 9).mapToObj(large::mul).toList());
        String refusal =
                assertThrows(DeviceException.class, () -> compile(program)).getMessage();
        assertTrue(refusal.startsWith(DEVICE.id() + ": the program needs 9217 MiB of device memory and "), refusal);
    }

    @Test
    void anomaliesAreNotDetected() {
        assertEquals(
                DEVICE.id()
                        + ": anomalies are not detected on devices; run the same program on the device cpu to find"
                        + " them",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> compile(doubled(N), Backend.Options.DEFAULT.withDetectAnomaly(true)))
                        .getMessage());
    }
}
