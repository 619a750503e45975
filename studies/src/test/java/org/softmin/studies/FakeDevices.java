package org.softmin.studies;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DeviceException;
import org.softmin.tensor.Executable;
import org.softmin.tensor.Program;
import org.softmin.tornado.Devices;

/** Three devices of which the processor does the work. They show what the options of Java allow them. */
public final class FakeDevices implements Devices {
    @Override
    public List<Device> list() {
        String memory = System.getProperty("tornado.device.memory", "default");
        String bytecode = System.getProperty("tornado.tvm.maxbytecodesize", "default");
        return List.of(
                new Device(
                        "opencl",
                        0,
                        0,
                        "memory " + memory + ", bytecode " + bytecode,
                        "a driver",
                        true,
                        1L << 30,
                        1L << 30,
                        true),
                new Device("opencl", 0, 1, "Second", "a driver", true, 2L << 30, 2L << 30, true),
                new Device("opencl", 0, 2, "Third", "a driver", false, 3L << 30, 3L << 30, false));
    }

    @Override
    public Limits measure(Device device) {
        return new Limits(1e12, new TreeMap<>(Map.of(1, 1e-5, 10, 5e-5)));
    }

    @Override
    public Backend open(Device device, Backend.Options options, Compilation compilation) {
        Backend cpu = Backend.named("cpu", options);
        return new Backend() {
            @Override
            public String name() {
                return "fake";
            }

            @Override
            public Executable compile(Program program) {
                if (System.getenv("FAKE_FAILURE") != null) {
                    throw new DeviceException(device.id() + ": it broke");
                }
                if (System.getenv("FAKE_BYTES") != null) {
                    device.require(Long.parseLong(System.getenv("FAKE_BYTES")), 0);
                }
                return cpu.compile(program);
            }
        };
    }
}
