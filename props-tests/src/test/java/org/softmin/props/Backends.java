package org.softmin.props;

import java.util.ServiceLoader;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Backend.Options;
import org.softmin.tornado.Devices;

/** The backends and settings that the laws compare. */
final class Backends {
    /** One thread, everything on. */
    static final Options ONE = Options.DEFAULT.withThreads(1);

    private Backends() {}

    /** The CPU backend under the given options. */
    static Backend cpu(Options options) {
        return Backend.named(System.getProperty("props.backend", "cpu"), options);
    }

    /** TornadoVM's first device, in a JVM that was started as a TornadoVM. */
    static Backend device(Options options) {
        Devices devices = ServiceLoader.load(Devices.class).findFirst().orElseThrow();
        return devices.open(devices.list().getFirst(), options, (done, of) -> {});
    }
}
