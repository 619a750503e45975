package org.softmin.tornado;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.Program;

/** Devices of which the processor does the work. Each program has 3 kernels and takes the memory it is told to, in pieces. */
final class FakeDevices implements Devices {
    static final Device CPU = new Device("opencl", 0, 0, "Old CPU", "a driver", false, 1L << 30, 1L << 30, true);
    static final Device GPU = new Device("opencl", 0, 1, "Fast GPU", "a driver", true, 2L << 30, 2L << 30, false);
    static final Device OTHER = new Device("cuda", 1, 0, "Faster GPU", "a driver", true, 8L << 30, 2L << 30, true);

    private final List<Device> devices;
    private final long memory;
    private final long piece;
    final List<Device> opened = new ArrayList<>();

    FakeDevices(long memory, Device... devices) {
        this(memory, 0, devices);
    }

    FakeDevices(long memory, long piece, Device... devices) {
        this.memory = memory;
        this.piece = piece;
        this.devices = List.of(devices);
    }

    @Override
    public List<Device> list() {
        return devices;
    }

    @Override
    public Limits measure(Device device) {
        return new Limits(1e9, new TreeMap<>(Map.of(1, 1e-5)));
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
                device.require(memory, piece);
                for (int done = 0; done <= 3; done++) {
                    compilation.compiled(done, 3);
                }
                return cpu.compile(program);
            }
        };
    }
}
