package org.softmin.studies;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DeviceException;

/**
 * What {@code --device} asks for, and the devices that are used for it.
 *
 * @param asked the text of the option
 * @param used full names of available devices, at least one
 * @param note why it is not what one may have hoped for, or empty
 */
record DeviceChoice(String asked, List<String> used, Optional<String> note) {
    /** The name that stands for the first graphics processor and, where there is none, for {@value #CPU}. */
    static final String AUTO = "auto";

    private static final String CPU = "cpu";

    /**
     * Finds the devices of a list of names with commas between.
     *
     * @throws UsageException if a name is wrong
     * @throws DeviceException if a device is not there
     */
    static DeviceChoice of(String asked, List<Backend.Provider> providers) {
        if (asked.equals(AUTO)) {
            return auto(providers);
        }
        List<String> used = new ArrayList<>();
        for (String name : asked.split(",", -1)) {
            String device = find(name.strip(), providers);
            if (used.contains(device)) {
                throw new UsageException("--device: " + device + " is given twice; give it once");
            }
            used.add(device);
        }
        return new DeviceChoice(asked, List.copyOf(used), Optional.empty());
    }

    private static String find(String name, List<Backend.Provider> providers) {
        String backend = name.split(":", 2)[0];
        Optional<Backend.Provider> provider =
                providers.stream().filter(p -> p.name().equals(backend)).findFirst();
        if (provider.isEmpty()) {
            throw new UsageException(
                    name.equals(AUTO)
                            ? "--device: " + AUTO + " chooses a single device; give it alone, or name each"
                            : Names.unknown(
                                    "device",
                                    backend,
                                    Stream.concat(providers.stream().map(Backend.Provider::name), Stream.of(AUTO))
                                            .toList()));
        }
        try {
            return provider.get().device(name).name();
        } catch (IllegalArgumentException wrong) {
            throw new UsageException(String.valueOf(wrong.getMessage()));
        }
    }

    private static DeviceChoice auto(List<Backend.Provider> providers) {
        List<Backend.Device> devices =
                providers.stream().flatMap(p -> p.devices().stream()).toList();
        Optional<String> gpu = devices.stream()
                .filter(Backend.Device::gpu)
                .map(Backend.Device::name)
                .findFirst();
        if (gpu.isPresent()) {
            return new DeviceChoice(AUTO, List.of(gpu.get()), Optional.empty());
        }
        String missing = providers.stream()
                .filter(p -> !p.available())
                .map(p -> "; " + p.name() + ": " + p.describe())
                .collect(Collectors.joining());
        return new DeviceChoice(
                AUTO,
                List.of(CPU),
                Optional.of("device auto: there is no graphics processor, so cpu computes" + missing));
    }

    /** What is added to the rows of results that were not simply asked of, and computed on, {@value #CPU}. */
    Map<String, String> labels() {
        return asked.equals(CPU) ? Map.of() : Map.of("device", String.join(",", used), "device_asked", asked);
    }
}
