package org.softmin.studies;

import java.util.stream.Collectors;
import org.softmin.studies.Softmin.Session;
import org.softmin.tensor.Backend;
import picocli.CommandLine.Command;

/** {@code softmin devices}: what programs can run on here, and what is missing for the rest. */
@Command(
        name = "devices",
        mixinStandardHelpOptions = true,
        versionProvider = Softmin.Version.class,
        description = {
            "Shows what --device can name here, and what is missing for the rest: each backend,",
            "and below it its devices with their memory and the element types that they compute with."
        })
final class DevicesCommand implements Runnable {
    private final Session session;

    DevicesCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        for (Backend.Provider provider : session.backends()) {
            String state = provider.available() ? "available" : "not available";
            session.out().println(provider.name() + ": " + state + ": " + provider.describe());
            provider.devices().forEach(device -> session.out().println("  " + describe(device)));
        }
    }

    private static String describe(Backend.Device device) {
        String types = device.dtypes().stream().sorted().map(Enum::name).collect(Collectors.joining(" "));
        return device.name() + "  " + (device.gpu() ? "GPU, " : "") + (device.memoryBytes() >> 20) + " MiB, " + types
                + "  " + device.description();
    }
}
