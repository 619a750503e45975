package org.softmin.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.softmin.tensor.Backend;
import org.softmin.tornado.Detection.Absent;
import org.softmin.tornado.Detection.Jvm;
import org.softmin.tornado.Detection.Present;

class DetectionTest {
    private static final String RUNTIME = "a.Runtime";
    private static final Devices HALF = new FakeDevices(0, FakeDevices.CPU, FakeDevices.GPU, FakeDevices.OTHER);

    @TempDir
    private Path home;

    @BeforeEach
    void install() throws IOException {
        Files.createFile(home.resolve("tornado-argfile"));
    }

    private static String absent(Jvm jvm, @Nullable Devices half) {
        return assertInstanceOf(Absent.class, Detection.of(jvm, () -> Optional.ofNullable(half)))
                .describe();
    }

    private static String failing(Throwable failure) {
        return absent(running(), new Devices() {
            @Override
            public List<Device> list() {
                throw sneaky(failure);
            }

            @Override
            public Limits measure(Device device) {
                throw new AssertionError(device);
            }

            @Override
            public Backend open(Device device, Backend.Options options, Compilation compilation) {
                throw new AssertionError(device);
            }
        });
    }

    private static RuntimeException sneaky(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return (RuntimeException) failure;
    }

    /** As studies/bin/softmin starts it. */
    private static Jvm running() {
        return new Jvm(
                null,
                RUNTIME,
                Map.of(
                        "tornado.recover.bailout", "False",
                        "tornado.opencl.compiler.flags", "-w",
                        "tornado.enable.nativeFunctions", "False",
                        "tornado.enable.fma", "False",
                        "tornado.enable.mathOptimizations", "False"));
    }

    /** The same but for one property, which is left out if it is null. */
    private static Jvm running(String property, @Nullable String value) {
        Map<String, String> properties = new HashMap<>(running().properties());
        if (value == null) {
            properties.remove(property);
        } else {
            properties.put(property, value);
        }
        return new Jvm(null, RUNTIME, properties);
    }

    private Jvm installed() {
        return new Jvm(home.toString(), null, Map.of());
    }

    @Test
    void anOrdinaryJvmHasNoTornado() {
        assertEquals(
                "TornadoVM is not installed, or TORNADOVM_HOME does not say where: install it (sdk install tornadovm)"
                        + " and set TORNADOVM_HOME to its folder",
                absent(new Jvm(null, null, Map.of()), HALF));
    }

    @Test
    void aWrongFolderIsNamed() throws IOException {
        Files.delete(home.resolve("tornado-argfile"));
        assertEquals(
                "TORNADOVM_HOME is " + home
                        + " and holds no tornado-argfile; set it to the folder of TornadoVM that does",
                absent(installed(), HALF));
    }

    @Test
    void aBuildWithoutTheHalfSaysHowToBuildIt() {
        String lacks =
                "this build of Softmin left out the half that uses TornadoVM: build it again with TORNADOVM_HOME set";
        assertEquals(lacks, absent(installed(), null));
        assertEquals(lacks, absent(running(), null));
    }

    @Test
    void aJvmStartedWithoutItSaysHowToStartIt() {
        assertEquals(
                "this JVM was not started as a TornadoVM: start Java with @" + home + "/tornado-argfile"
                        + " -Dtornado.tvm.maxbytecodesize=65536 -Dtornado.opencl.compiler.flags=-w"
                        + " -Dtornado.recover.bailout=False -Dtornado.enable.nativeFunctions=False"
                        + " -Dtornado.enable.fma=False -Dtornado.enable.mathOptimizations=False, as studies/bin/softmin"
                        + " does",
                absent(installed(), HALF));
    }

    @ParameterizedTest
    @CsvSource({
        "tornado.recover.bailout, run a kernel that fails on the CPU instead and not say so",
        "tornado.enable.nativeFunctions, 'compute roots, sines and cosines to a few digits'",
        "tornado.enable.fma, fail to compile the sum of a product with itself",
        "tornado.enable.mathOptimizations, compute the inverses of roots to fewer digits",
    })
    void whatTornadoMustNotDoIsRefused(String property, String harm) {
        String refusal = "TornadoVM would " + harm + ": start Java with -D" + property + "=False";
        assertEquals(refusal, absent(running(property, null), HALF));
        assertEquals(refusal, absent(running(property, "True"), HALF));
        assertInstanceOf(Present.class, Detection.of(running(property, "false"), () -> Optional.of(HALF)));
    }

    @Test
    void compilingWithoutInfinityIsRefused() {
        String property = "tornado.opencl.compiler.flags";
        for (String flags : Arrays.asList(null, "-cl-mad-enable -cl-fast-relaxed-math -w", "-cl-finite-math-only")) {
            assertEquals(
                    "TornadoVM would let OpenCL take all numbers for finite: start Java with -D" + property + "=-w",
                    absent(running(property, flags), HALF));
        }
        assertInstanceOf(Present.class, Detection.of(running(property, ""), () -> Optional.of(HALF)));
    }

    @Test
    void aLimitThatTornadoCannotReadIsRefused() {
        for (String limit : List.of("", "8g", "8 GB", "0GB", "8B", "-1GB", "lots", "99999999999GB")) {
            assertEquals(
                    "TornadoVM cannot read the limit on device memory \"" + limit + "\": set SOFTMIN_DEVICE_MEMORY, or"
                            + " -Dtornado.device.memory, to a whole number of KB, MB or GB, such as 16GB",
                    absent(running("tornado.device.memory", limit), HALF));
        }
        assertInstanceOf(
                Present.class, Detection.of(running("tornado.device.memory", "16GB"), () -> Optional.of(HALF)));
    }

    @Test
    void whateverTornadoThrowsWithoutADriverIsTheReason() {
        String start = "TornadoVM finds no driver (";
        String end = "): install the driver of your device, and set TORNADOVM_HOME to the TornadoVM made for its kind"
                + " (opencl, cuda or ptx)";
        assertEquals(
                start + "java.lang.UnsatisfiedLinkError: no libcuda.so.1" + end,
                failing(new ExceptionInInitializerError(
                        new UnsatisfiedLinkError("\u001b[31mno\nlibcuda.so.1\u001b[0m "))));
        assertEquals(start + "java.lang.NoClassDefFoundError: a/B" + end, failing(new NoClassDefFoundError("a/B")));
        assertEquals(start + "java.lang.IllegalStateException: x" + end, failing(new IllegalStateException("x")));
        assertEquals(
                new Absent(start + "java.util.ServiceConfigurationError: broken" + end), Detection.of(running(), () -> {
                    throw new ServiceConfigurationError("broken");
                }));
    }

    @Test
    void withoutADeviceItSaysWhereToLook() {
        assertEquals(
                "TornadoVM finds no device: see that its driver lists one (clinfo for OpenCL, nvidia-smi for CUDA and"
                        + " PTX)",
                absent(running(), new FakeDevices(0)));
    }

    @Test
    void graphicsProcessorsComeFirst() {
        Present present = assertInstanceOf(Present.class, Detection.of(running(), () -> Optional.of(HALF)));
        assertEquals(List.of(FakeDevices.GPU, FakeDevices.OTHER, FakeDevices.CPU), present.devices());
        assertEquals("TornadoVM with tornado:opencl:1, tornado:cuda:0, tornado:opencl:0", present.describe());
    }
}
