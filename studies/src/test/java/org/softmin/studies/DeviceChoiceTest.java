package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.DeviceException;

class DeviceChoiceTest {
    /** A backend with devices of two kinds, or none. */
    private record Provider(String name, List<Backend.Device> devices) implements Backend.Provider {
        @Override
        public String describe() {
            return devices.isEmpty() ? "none; get one" : "some";
        }

        @Override
        public boolean available() {
            return !devices.isEmpty();
        }

        @Override
        public Backend open(Backend.Options options) {
            throw new AssertionError("nothing is opened");
        }

        @Override
        public Backend.Device device(String name) {
            if (name.endsWith(":x")) {
                throw new IllegalArgumentException("device: x is no number");
            }
            return devices.stream()
                    .filter(device -> device.name().startsWith(name))
                    .findFirst()
                    .orElseThrow(() -> new DeviceException("device " + name + " is not there"));
        }
    }

    private static Backend.Device device(String name, boolean gpu) {
        return new Backend.Device(name, "a device", gpu, 1, Set.of(DType.F32));
    }

    private static List<Backend.Provider> providers(Backend.Device... devices) {
        return List.of(
                new Provider("cpu", List.of(device("cpu", false))),
                new Provider("reference", List.of(device("reference", false))),
                new Provider("tornado", List.of(devices)));
    }

    private static final List<Backend.Provider> THREE = providers(
            device("tornado:opencl:1", true), device("tornado:opencl:0", false), device("tornado:cuda:0", true));

    @ParameterizedTest
    @CsvSource({
        "cpu, cpu",
        "reference, reference",
        "tornado, tornado:opencl:1",
        "tornado:cuda, tornado:cuda:0",
        "auto, tornado:opencl:1",
    })
    void findsTheFullName(String asked, String used) {
        assertEquals(new DeviceChoice(asked, List.of(used), Optional.empty()), DeviceChoice.of(asked, THREE));
    }

    @Test
    void severalKeepTheirOrder() {
        assertEquals(
                List.of("tornado:cuda:0", "cpu", "tornado:opencl:0"),
                DeviceChoice.of("tornado:cuda, cpu,tornado:opencl:0", THREE).used());
    }

    @Test
    void autoTakesTheCpuWhereThereIsNoGraphicsProcessorAndSaysSo() {
        assertEquals(
                new DeviceChoice(
                        "auto",
                        List.of("cpu"),
                        Optional.of("device auto: there is no graphics processor, so cpu computes; tornado: none; get"
                                + " one")),
                DeviceChoice.of("auto", providers()));
        assertEquals(
                Optional.of("device auto: there is no graphics processor, so cpu computes"),
                DeviceChoice.of("auto", providers(device("tornado:opencl:0", false)))
                        .note(),
                "the processor under another name is slower");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cpuu | unknown device \"cpuu\"; did you mean cpu?",
                "gpu | unknown device \"gpu\"; did you mean cpu?",
                "tornadoo:opencl:0 | unknown device \"tornadoo\"; did you mean tornado?",
                "cpu, | unknown device \"\"; use cpu, reference, tornado, auto",
                "auto,cpu | --device: auto chooses a single device; give it alone, or name each",
                "tornado,tornado:opencl:1 | --device: tornado:opencl:1 is given twice; give it once",
                "tornado:x | device: x is no number",
            })
    void aWrongNameIsWrongUse(String asked, String message) {
        assertEquals(
                message,
                assertThrows(UsageException.class, () -> DeviceChoice.of(asked, THREE))
                        .getMessage());
    }

    @Test
    void aDeviceThatIsNotThereIsTheEnvironment() {
        DeviceException missing = assertThrows(DeviceException.class, () -> DeviceChoice.of("cpu,tornado:ptx", THREE));
        assertEquals("device tornado:ptx is not there", missing.getMessage());
        assertEquals(ExitCode.ENVIRONMENT, ExitCode.of(missing));
        assertEquals("device tornado:ptx is not there", ExitCode.describe(missing));
    }

    @Test
    void resultsSayWhatWasAskedAndUsedUnlessItIsTheCpu() {
        assertEquals(Map.of(), DeviceChoice.of("cpu", THREE).labels());
        assertEquals(
                Map.of("device_asked", "auto", "device", "cpu"),
                DeviceChoice.of("auto", providers()).labels());
        assertEquals(
                Map.of("device_asked", "tornado,cpu", "device", "tornado:opencl:1,cpu"),
                DeviceChoice.of("tornado,cpu", THREE).labels());
    }
}
