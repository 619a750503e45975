package org.softmin.tornado.device;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Executable;
import org.softmin.tensor.Program;
import org.softmin.tornado.Devices;
import org.softmin.tornado.kernel.Plan;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/** The devices that TornadoVM has, and backends that compile for them. */
public final class TornadoDevices implements Devices {
    /** Called by the service loader. */
    public TornadoDevices() {}

    @Override
    public List<Device> list() {
        TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
        List<Device> devices = new ArrayList<>();
        for (int b = 0; b < runtime.getNumBackends(); b++) {
            TornadoBackend backend = runtime.getBackend(b);
            for (int d = 0; d < backend.getNumDevices(); d++) {
                TornadoDevice device = backend.getDevice(d);
                devices.add(new Device(
                        backend.getBackendType().name().toLowerCase(Locale.ROOT),
                        b,
                        d,
                        device.getPhysicalDevice().getDeviceName().strip(),
                        device.getPlatformName().strip() + ", "
                                + device.getDeviceOpenCLCVersion().strip(),
                        device.getDeviceType() == TornadoDeviceType.GPU,
                        device.getMaxGlobalMemory(),
                        device.getMaxAllocMemory(),
                        device.getDeviceContext().isFP64Supported()));
            }
        }
        return devices;
    }

    @Override
    public Limits measure(Device device) {
        return Ceiling.measure(device);
    }

    @Override
    public Backend open(Device device, Backend.Options options, Compilation compilation) {
        if (options.detectAnomaly()) {
            throw new IllegalArgumentException(device.id()
                    + ": anomalies are not detected on devices; run the same program on the device cpu to find them");
        }
        return new Backend() {
            @Override
            public String name() {
                return device.id();
            }

            @Override
            public Executable compile(Program program) {
                Plan plan = Plan.of(program, options.fuse(), options.reuse());
                device.require(plan.bytes(), plan.largestBytes());
                return new DeviceExecutable(program, plan, device, compilation);
            }
        };
    }
}
