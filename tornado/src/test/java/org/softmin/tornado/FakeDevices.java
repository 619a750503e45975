package org.softmin.tornado;

import java.util.ArrayList;
import java.util.List;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.Program;

/** Devices of which the processor does the work. Each program has 3 kernels and takes the memory it is told to. */
final class FakeDevices implements Devices {
    static final Device CPU = new Device("opencl", 0, 0, "Old CPU", false, 1L << 30, true);
    static final Device GPU = new Device("opencl", 0, 1, "Fast GPU", true, 2L << 30, false);
    static final Device OTHER = new Device("cuda", 1, 0, "Faster GPU", true, 8L << 30, true);

    private final List<Device> devices;
    private final long memory;
    final List<Device> opened = new ArrayList<>();

    FakeDevices(long memory, Device... devices) {
        this.memory = memory;
        this.devices = List.of(devices);
    }

    @Override
    public List<Device> list() {
        return devices;
    }

    @Override
    public Backend open(Device device, Backend.Options options, Compilation compilation) {
        opened.add(device);
        Backend cpu = Backend.named("cpu", options);
        return new Backend() {
            @Override
            public String name() {
                return "fake";
            }

            @Override
            public Executable compile(Program program) {
                if (program.nodes().stream().anyMatch(node -> node.dtype() == DType.BOOL)) {
                    throw new UnsupportedOperationException("lt");
                }
                device.require(memory);
                for (int done = 0; done <= 3; done++) {
                    compilation.compiled(done, 3);
                }
                return cpu.compile(program);
            }
        };
    }
}
