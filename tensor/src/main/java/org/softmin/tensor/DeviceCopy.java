package org.softmin.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The contents of a {@link HostArray} in the memory of a device: for backends whose memory is not the JVM's.
 *
 * <p>A backend may leave results on its device if {@link HostArray#isPrivate} allows it. Whoever reads the array gets
 * them: the first access copies them, and nobody notices but by the time that it takes. A write through the array ends
 * the copy, so that the next run sends the array again.
 *
 * <p>A copy belongs to one place on the device. Before other contents go there the backend calls {@link #recall}.
 * Thread-safe, as far as {@code download} is.
 */
public final class DeviceCopy {
    private final Consumer<MemorySegment> download;
    private @Nullable WeakReference<HostArray.Storage> of;

    /** A copy of no array yet; {@code download} fills memory, of the array's size, with the contents on the device. */
    public DeviceCopy(Consumer<MemorySegment> download) {
        this.download = download;
    }

    /** Gives the array its contents if they are only here, and ends the copy. */
    public void recall() {
        HostArray.Storage storage = of == null ? null : of.get(); // nobody wants what nobody can reach
        if (storage != null) {
            storage.end(this);
        }
    }

    void attach(HostArray.Storage storage) {
        of = new WeakReference<>(storage);
    }

    void download(MemorySegment to) {
        download.accept(to);
    }
}
