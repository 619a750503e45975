package org.softmin.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrays of the caller's go in and come out without a copy. */
class HostArrayTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int COLUMNS = 1024;
    private static final Shape MATRIX = Shape.of(4096, COLUMNS);
    private static final long COPY = (long) MATRIX.size() * Float.BYTES;

    @Test
    void wrapsTheCallersArrayAndWritesThroughToIt() {
        float[] values = {0, 1, 2, 3, 4, 5, 6};
        HostArray array = HostArray.wrap(Shape.of(2, 3), values, 1);
        assertSame(values, array.floats());
        assertSame(values, array.rows(1, 2).floats());
        assertSame(values, array.reshape(Shape.of(6)).floats());
        assertEquals(4, array.rows(1, 2).offset());
        array.rows(1, 2).set(0, 40);
        values[1] = 10;
        assertArrayEquals(new double[] {10, 2, 3, 40, 5, 6}, array.toDoubles());
        assertSame(values, HostArray.of(Shape.of(7), values).floats());
    }

    @Test
    void copiesAreOnesOwn() {
        float[] values = {1, 2, 3};
        HostArray array = HostArray.wrap(Shape.of(2), values, 1);
        float[] floats = array.toFloats();
        HostArray copy = array.copy();
        values[1] = 20;
        assertArrayEquals(new float[] {2, 3}, floats);
        assertArrayEquals(new float[] {2, 3}, copy.toFloats());
    }

    /** A device that holds 7 and 8, and counts how often it is asked for them. */
    private static final class Device {
        int asked;

        DeviceCopy copy() {
            return new DeviceCopy(to -> {
                asked++;
                to.copyFrom(MemorySegment.ofArray(new float[] {7, 8}));
            });
        }
    }

    @Test
    void whatIsLeftOnADeviceComesWhenItIsRead() {
        Device device = new Device();
        DeviceCopy copy = device.copy();
        HostArray array = HostArray.zeros(DType.F32, Shape.of(2));
        array.leaveOn(copy);
        assertEquals(0, device.asked);
        assertEquals(8, array.get(1));
        assertArrayEquals(new float[] {7, 8}, array.copy().toFloats());
        assertEquals(7, array.reshape(Shape.of(1, 2)).rows(0, 1).get(0));
        assertEquals(1, device.asked);
        assertTrue(array.isOn(copy), "a device still has what was only read");
        array.leaveOn(copy);
        assertArrayEquals(new float[] {7, 8}, array.toFloats());
        assertEquals(2, device.asked);
    }

    @Test
    void aWriteEndsTheCopyOnADevice() {
        DeviceCopy copy = new Device().copy();
        HostArray array = HostArray.zeros(DType.F32, Shape.of(2));
        array.leaveOn(copy);
        array.set(0, 1);
        assertFalse(array.isOn(copy));
        assertArrayEquals(new float[] {1, 8}, array.toFloats());
        array.sentTo(copy);
        assertTrue(array.isOn(copy));
        array.copyFrom(HostArray.of(Shape.of(2), new float[] {2, 3}));
        assertFalse(array.isOn(copy));
        array.sentTo(copy);
        array.copyFrom(MemorySegment.ofArray(new float[] {4, 5}));
        assertFalse(array.isOn(copy));
        array.sentTo(copy);
        array.rows(1, 2).set(0, 6);
        assertFalse(array.isOn(copy));
        assertArrayEquals(new float[] {4, 6}, array.toFloats());
    }

    @Test
    void aRecallSavesWhatOnlyTheDeviceHas() {
        Device device = new Device();
        DeviceCopy copy = device.copy();
        HostArray array = HostArray.zeros(DType.F32, Shape.of(2));
        array.leaveOn(copy);
        HostArray given = array.donate();
        copy.recall();
        copy.recall();
        assertEquals(1, device.asked);
        assertFalse(given.isOn(copy));
        assertArrayEquals(new float[] {7, 8}, given.toFloats());
        given.leaveOn(device.copy());
        copy.recall();
        assertEquals(1, device.asked, "the old copy has nothing to do with the new one");
    }

    @Test
    void onlyAnArrayThatNobodyElseHasMayStayOnADevice() {
        HostArray array = HostArray.zeros(DType.F32, Shape.of(2, 2));
        assertTrue(array.isPrivate());
        assertTrue(array.reshape(Shape.of(4)).isPrivate());
        assertFalse(array.rows(0, 1).isPrivate());
        assertFalse(array.rows(1, 2).isPrivate());
        assertTrue(array.copy().isPrivate());
        array.toFloats();
        assertTrue(array.isPrivate());
        HostArray row = array.rows(0, 1);
        row.floats();
        assertFalse(array.isPrivate());
        assertFalse(HostArray.of(Shape.of(1), new float[1]).isPrivate());
        assertFalse(HostArray.of(Shape.of(1), new double[1]).isPrivate());
        assertFalse(HostArray.of(Shape.of(1), new int[1]).isPrivate());
        assertTrue(HostArray.of(Shape.of(1), new boolean[1]).isPrivate());
    }

    @Test
    void copiesToAndFromMemory() {
        HostArray array = HostArray.wrap(Shape.of(2), new float[] {1, 2, 3, 4}, 1);
        MemorySegment memory = MemorySegment.ofArray(new float[2]);
        assertFalse(array.isSame(memory));
        array.copyTo(memory);
        assertArrayEquals(new float[] {2, 3}, memory.toArray(ValueLayout.JAVA_FLOAT));
        assertTrue(array.isSame(memory));
        memory.setAtIndex(ValueLayout.JAVA_FLOAT, 1, 30);
        array.copyFrom(memory);
        assertArrayEquals(new float[] {1, 2, 30, 4}, array.floats());
        HostArray truths = HostArray.of(Shape.of(2), new boolean[] {false, true});
        truths.copyTo(memory);
        assertArrayEquals(new int[] {0, 1}, memory.toArray(ValueLayout.JAVA_INT));
    }

    @Test
    void refusesStorageThatIsTooShort() {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> HostArray.wrap(Shape.of(2, 3), new float[7], 2));
        assertEquals(
                "array: shape [2, 3] needs 6 elements from offset 2, but the storage holds 7", refused.getMessage());
    }

    /** A product packs its operands into blocks that fit the cache, and a row is folded as it is read: no copy of the matrix. */
    @ParameterizedTest
    @ValueSource(strings = {"elementwise", "product", "rows"})
    void aRunReadsAndWritesTheCallersArrays(String kind) {
        Tensor x = Tensor.input("x", DType.F32, MATRIX);
        Tensor w = Tensor.input("w", DType.F32, Shape.of(COLUMNS, 8));
        Tensor y = switch (kind) {
            case "elementwise" -> x.mul(2).add(w.slice(0, 0, 1).sum());
            case "product" -> x.matmul(w);
            case "rows" -> x.logSumExp(1);
            default -> throw new AssertionError(kind);
        };
        Program program = Program.of(List.of(x, w), List.of(y)); // y reads x and writes its result: no array between
        float[] source = new float[3 + MATRIX.size()];
        float[] target = new float[5 + y.shape().size() + 1];
        Arrays.fill(target, -7);
        List<HostArray> inputs = List.of(HostArray.wrap(MATRIX, source, 3), HostArray.zeros(DType.F32, w.shape()));
        List<HostArray> outputs = List.of(HostArray.wrap(y.shape(), target, 5));
        AtomicReference<Executable> compiled = new AtomicReference<>();
        long compiling = allocatedBy(() -> compiled.set(
                Backend.named("cpu", Backend.Options.DEFAULT.withThreads(1)).compile(program)));
        try (Executable executable = compiled.get();
                Executable reference = Backend.named("reference").compile(program)) {
            // Vectors are objects until the JIT has compiled the loops, so the first runs allocate.
            long running = Long.MAX_VALUE;
            long deadline = System.nanoTime() + 300_000_000_000L;
            while (running > COPY / 4 && System.nanoTime() < deadline) {
                running = Math.min(running, allocatedBy(() -> executable.run(inputs, outputs)));
            }
            assertTrue(compiling + running < COPY / 2, compiling + " + " + running + " bytes; a copy is " + COPY);
            // What the arrays hold now counts, and nothing from before.
            for (int i = 0; i < source.length; i++) {
                source[i] = i % 7 - 3;
            }
            inputs.get(1).set(0, 0.5);
            float[] before = source.clone();
            executable.run(inputs, outputs);
            assertArrayEquals(
                    reference.run(inputs).getFirst().toFloats(),
                    outputs.getFirst().toFloats(),
                    1e-5f);
            assertArrayEquals(before, source);
            assertEquals(-7, target[4]);
            assertEquals(-7, target[target.length - 1]);
        }
    }

    @Test
    void newOutputsOfARunAreTheCallersOwn() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(100));
        try (Executable executable = Backend.named("cpu").compile(Program.of(List.of(x), List.of(x.mul(2))))) {
            float[] values = new float[100];
            HostArray first =
                    executable.run(HostArray.of(Shape.of(100), values)).getFirst();
            Arrays.fill(values, 1);
            HostArray second =
                    executable.run(HostArray.of(Shape.of(100), values)).getFirst();
            assertEquals(0, first.get(99));
            assertEquals(2, second.get(99));
            assertFalse(first.sharesStorage(second));
        }
    }

    @Test
    void aTensorOverALargeArrayHoldsIt() {
        float[] values = new float[100];
        Tensor held = Tensor.of(HostArray.of(Shape.of(100), values));
        values[99] = 3;
        assertEquals(3, held.sum().item());
    }

    private static long allocatedBy(Runnable work) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        work.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
