package org.softmin.tornado;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.DeviceException;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tornado.Detection.Absent;
import org.softmin.tornado.Detection.Present;

class TornadoBackendTest {
    private final FakeDevices half =
            new FakeDevices(0, FakeDevices.GPU, FakeDevices.OTHER, FakeDevices.CPU); // as Detection sorts them

    private static TornadoBackend.Provider provider(FakeDevices half) {
        return new TornadoBackend.Provider(() -> new Present(half, half.list()));
    }

    private static Program twice(DType dtype) {
        Tensor x = Tensor.input("x", dtype, Shape.of(3));
        return Program.of(List.of(x), List.of(x.add(x)));
    }

    private static String refusal(Backend backend, Program program) {
        return String.valueOf(assertThrows(DeviceException.class, () -> backend.compile(program))
                .getMessage());
    }

    @Test
    void isListedAmongTheBackendsAndRefusedWithTheReason() {
        Backend.Provider provider = Backend.providers().stream()
                .filter(candidate -> candidate.name().equals("tornado"))
                .findFirst()
                .orElseThrow();
        assertFalse(provider.available());
        assertEquals(List.of(), provider.devices());
        for (String name : List.of("tornado", "tornado:ptx", "tornado:cuda:3")) {
            assertEquals(
                    "device " + name + " is not available: " + provider.describe(),
                    assertThrows(DeviceException.class, () -> Backend.named(name))
                            .getMessage());
        }
    }

    @Test
    void listsWhatDevicesCanDo() {
        Backend.Device gpu = provider(half).devices().getFirst();
        EnumSet<DType> dtypes = EnumSet.of(DType.F32, DType.I32, DType.BOOL);
        assertEquals(new Backend.Device("tornado:opencl:1", "Fast GPU (a driver)", true, 2L << 30, dtypes), gpu);
        assertEquals(
                EnumSet.allOf(DType.class), provider(half).devices().getLast().dtypes());
    }

    @ParameterizedTest
    @CsvSource({
        "tornado, tornado:opencl:1",
        "tornado:opencl, tornado:opencl:1",
        "tornado:opencl:0, tornado:opencl:0",
        "tornado:cuda, tornado:cuda:0",
    })
    void aNameIsTheFirstDeviceThatBeginsWithIt(String name, String device) {
        TornadoBackend.Provider provider = provider(half);
        assertEquals(device, provider.device(name).name());
        Backend backend = provider.open(provider.device(name), Backend.Options.DEFAULT);
        assertEquals(device, backend.name());
        assertEquals(device, half.opened.getFirst().id());
    }

    @Test
    void withoutADeviceTheFirstIsOpened() {
        assertEquals(
                "tornado:opencl:1", provider(half).open(Backend.Options.DEFAULT).name());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tornado:opncl | names no backend of TornadoVM; use tornado:opencl, tornado:ptx, tornado:cuda",
                "tornado: | names no backend of TornadoVM; use tornado:opencl, tornado:ptx, tornado:cuda",
                "tornado:ptx:x | does not end in the number of a device; use tornado:ptx:0 for the first",
                "tornado:ptx: | does not end in the number of a device; use tornado:ptx:0 for the first",
                "tornado:ptx:-1 | does not end in the number of a device; use tornado:ptx:0 for the first",
                "tornado:ptx:0:0 | does not end in the number of a device; use tornado:ptx:0 for the first",
            })
    void aNameThatNoDeviceCanHaveIsWrongEverywhere(String name, String message) {
        for (TornadoBackend.Provider provider :
                List.of(provider(half), new TornadoBackend.Provider(() -> new Absent("no")))) {
            assertEquals(
                    "device: \"" + name + "\" " + message,
                    assertThrows(IllegalArgumentException.class, () -> provider.device(name))
                            .getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"tornado:ptx", "tornado:opencl:2", "tornado:opencl:10", "tornado:cuda:1"})
    void aDeviceThatIsNotThereIsAnsweredWithThoseThatAre(String name) {
        assertEquals(
                "device " + name + " is not there; there are tornado:opencl:1, tornado:cuda:0, tornado:opencl:0",
                assertThrows(DeviceException.class, () -> provider(half).device(name))
                        .getMessage());
    }

    @Test
    void theNumberIsNotTheBeginningOfAnother() {
        FakeDevices eleventh =
                new FakeDevices(0, new Devices.Device("opencl", 0, 10, "Eleventh", "a driver", true, 1, 1, true));
        assertThrows(DeviceException.class, () -> provider(eleventh).device("tornado:opencl:1"));
    }

    @Test
    void runsOnTheDevice() {
        Backend backend = provider(half).open(Backend.Options.DEFAULT.withThreads(1));
        try (var executable = backend.compile(twice(DType.F32))) {
            HostArray sum = executable.run(Tensor.of(1, 2, 3).array()).getFirst();
            assertArrayEquals(new float[] {2, 4, 6}, sum.toFloats());
        }
    }

    @Test
    void doublesAreRefusedWhereTheDeviceHasNone() {
        TornadoBackend.Provider provider = provider(half);
        assertEquals(
                "tornado:opencl:1: the program computes in F64 and Fast GPU does not; use F32, or the device cpu",
                refusal(provider.open(Backend.Options.DEFAULT), twice(DType.F64)));
        provider.open(provider.device("tornado:cuda"), Backend.Options.DEFAULT)
                .compile(twice(DType.F64))
                .close();
    }

    @Test
    void anOpWithoutAKernelIsRefusedByName() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(3));
        assertEquals(
                "tornado:opencl:1: there is no kernel for lt; use the device cpu",
                refusal(
                        provider(half).open(Backend.Options.DEFAULT),
                        Program.of(List.of(x), List.of(x.lt(Tensor.of(1))))));
    }

    @Test
    void aProgramThatDoesNotFitIsRefused() {
        assertEquals(
                "tornado:opencl:1: the program needs 2049 MiB of device memory and Fast GPU has 2048 MiB; use smaller"
                        + " batches or a smaller model, or the device cpu",
                refusal(
                        provider(new FakeDevices((2L << 30) + 1, FakeDevices.GPU))
                                .open(Backend.Options.DEFAULT),
                        twice(DType.F32)));
        provider(new FakeDevices(2L << 30, FakeDevices.GPU))
                .open(Backend.Options.DEFAULT)
                .compile(twice(DType.F32))
                .close();
    }

    @Test
    void aProgramThatTornadoMayNotFitInIsRefused() {
        assertEquals(
                "tornado:cuda:0: the program needs 4097 MiB of device memory and TornadoVM may use 4096 MiB; start"
                        + " softmin with SOFTMIN_DEVICE_MEMORY=5GB, or Java with -Dtornado.device.memory=5GB",
                refusal(
                        provider(new FakeDevices((4L << 30) + 1, FakeDevices.OTHER))
                                .open(Backend.Options.DEFAULT),
                        twice(DType.F32)));
        Memory.check(FakeDevices.OTHER, (4L << 30) + 1, 0, "5GB");
        assertThrows(DeviceException.class, () -> Memory.check(FakeDevices.OTHER, 1 << 20, 0, "1023KB"));
        Memory.check(FakeDevices.OTHER, 1 << 20, 0, "1024KB");
        Memory.check(FakeDevices.OTHER, 1 << 20, 0, "1MB");
    }

    @Test
    void anArrayThatTheDeviceDoesNotGiveInOnePieceIsRefused() {
        assertEquals(
                "tornado:cuda:0: the program needs 2048 MiB of device memory in one piece and Faster GPU gives less"
                        + " than 2048 MiB; use smaller batches or a smaller model, or the device cpu",
                refusal(
                        provider(new FakeDevices(3L << 30, 2L << 30, FakeDevices.OTHER))
                                .open(Backend.Options.DEFAULT),
                        twice(DType.F32)));
        provider(new FakeDevices(3L << 30, (2L << 30) - 1, FakeDevices.OTHER))
                .open(Backend.Options.DEFAULT)
                .compile(twice(DType.F32))
                .close();
    }

    @Test
    void whatTheDeviceCanDoIsMeasured() {
        TornadoBackend backend = (TornadoBackend) provider(half).open(Backend.Options.DEFAULT);
        assertEquals(new Devices.Limits(1e9, new TreeMap<>(Map.of(1, 1e-5))), backend.limits());
    }

    @Test
    void compilationIsReportedEveryTwoSeconds() {
        List<String> lines = new ArrayList<>();
        AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000_000_000); // overflows on the way
        CompilationLog log = new CompilationLog(FakeDevices.GPU, now::get, lines::add);
        now.addAndGet(60_000_000_000L); // long after the device was opened
        for (int done = 0; done <= 6; done++) { // there is nothing to wait for after the last
            log.compiled(done, 6);
            now.addAndGet(1_000_000_000);
        }
        assertEquals(
                List.of("tornado:opencl:1: 2 of 6 kernels compiled", "tornado:opencl:1: 4 of 6 kernels compiled"),
                lines);
        assertTrue(now.get() < 0);
    }

    @Test
    void compilationOfManyKernelsIsAnnounced() {
        List<String> lines = new ArrayList<>();
        CompilationLog log = new CompilationLog(FakeDevices.GPU, () -> 0, lines::add);
        log.compiled(0, 19);
        assertEquals(List.of(), lines);
        log.compiled(0, 20);
        assertEquals(List.of("tornado:opencl:1: compiling 20 kernels, a tenth of a second or more each"), lines);
    }
}
