package org.softmin.tornado.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.DeviceCopy;
import org.softmin.tensor.HostArray;
import org.softmin.tornado.kernel.Plan;
import uk.ac.manchester.tornado.api.types.arrays.DoubleArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * An array on the device and its twin in the memory of this machine, between which TornadoVM copies, and whose contents
 * it holds: which of the caller's arrays need not be sent, because they are there already.
 */
final class DeviceArray {
    private final TornadoNativeArray twin;
    private final Consumer<DeviceArray> receive;
    private boolean same = true; // twin and device have the same contents
    private @Nullable DeviceCopy copy;

    /** {@code receive} copies from the device to the twin. */
    DeviceArray(Plan.Storage storage, Consumer<DeviceArray> receive) {
        this.twin = switch (storage.type()) {
            case F32 -> new FloatArray(storage.size());
            case F64 -> new DoubleArray(storage.size());
            case I32, BOOL -> new IntArray(storage.size());
        };
        this.receive = receive;
    }

    /** What TornadoVM knows it by. */
    TornadoNativeArray twin() {
        return twin;
    }

    private MemorySegment memory() {
        return twin.getSegment();
    }

    long bytes() {
        return memory().byteSize();
    }

    /** Writes {@code values} to the twin, from element {@code offset} on. */
    void fill(HostArray values, int offset) {
        long width = values.dtype() == DType.F64 ? Double.BYTES : Float.BYTES;
        values.copyTo(memory().asSlice(offset * width, values.size() * width));
    }

    /** The twin's elements, which are integers. */
    int[] toInts() {
        return memory().toArray(ValueLayout.JAVA_INT_UNALIGNED);
    }

    /** Writes {@code values} to the twin, which is sent with the run. */
    void feed(HostArray values) {
        values.copyTo(memory());
    }

    /** Whether the device has other contents than {@code values}. */
    boolean differsFrom(HostArray values) {
        if (values.isOn(copy)) {
            return false;
        }
        if (!same || !values.isSame(memory())) {
            return true;
        }
        hold(values);
        return false;
    }

    /** Writes {@code values} to the twin, which is about to be sent; what only the device had is saved before. */
    void take(HostArray values) {
        hold(values);
        values.copyTo(memory());
    }

    private void hold(HostArray values) {
        if (copy != null) {
            copy.recall();
        }
        copy = new DeviceCopy(this::download);
        if (values.isPrivate()) {
            values.sentTo(copy);
        }
    }

    /** Makes the twin as new as the device. */
    void receive() {
        if (!same) {
            receive.accept(this);
            same = true;
        }
    }

    /** The twin was sent. */
    void sent() {
        same = true;
    }

    /** Kernels have written to the device. */
    void written() {
        same = false;
    }

    /** Before kernels write {@code result}: saves what only the device has of another array. */
    void release(HostArray result) {
        if (copy != null && !result.isOn(copy)) {
            copy.recall();
            copy = null;
        }
    }

    /** Gives {@code result} what kernels have written: it stays on the device if nobody can notice. */
    void give(HostArray result) {
        written();
        if (!result.isPrivate()) {
            receive();
            result.copyFrom(memory());
            return;
        }
        if (copy == null || !result.isOn(copy)) {
            copy = new DeviceCopy(this::download);
        }
        result.leaveOn(copy);
    }

    private void download(MemorySegment to) {
        receive();
        to.copyFrom(memory());
    }

    /** Saves what only the device has. */
    void close() {
        if (copy != null) {
            copy.recall();
        }
    }
}
