package org.softmin.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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

    private static Jvm running() {
        return new Jvm(null, RUNTIME, "False", "-w", "False", null);
    }

    @Test
    void anOrdinaryJvmHasNoTornado() {
        assertEquals(
                "TornadoVM is not installed, or TORNADOVM_HOME does not say where: install it (sdk install tornadovm)"
                        + " and set TORNADOVM_HOME to its folder",
                absent(new Jvm(null, null, null, null, null, null), HALF));
    }

    @Test
    void aWrongFolderIsNamed() throws IOException {
        Files.delete(home.resolve("tornado-argfile"));
        assertEquals(
                "TORNADOVM_HOME is " + home
                        + " and holds no tornado-argfile; set it to the folder of TornadoVM that does",
                absent(new Jvm(home.toString(), null, null, null, null, null), HALF));
    }

    @Test
    void aBuildWithoutTheHalfSaysHowToBuildIt() {
        String lacks =
                "this build of Softmin left out the half that uses TornadoVM: build it again with TORNADOVM_HOME set";
        assertEquals(lacks, absent(new Jvm(home.toString(), null, null, null, null, null), null));
        assertEquals(lacks, absent(running(), null));
    }

    @Test
    void aJvmStartedWithoutItSaysHowToStartIt() {
        assertEquals(
                "this JVM was not started as a TornadoVM: start Java with @" + home + "/tornado-argfile"
                        + " -Dtornado.recover.bailout=False -Dtornado.tvm.maxbytecodesize=65536"
                        + " -Dtornado.opencl.compiler.flags=-w -Dtornado.enable.nativeFunctions=False, as"
                        + " studies/bin/softmin does",
                absent(new Jvm(home.toString(), null, null, null, null, null), HALF));
    }

    @Test
    void runningFailedKernelsOnTheCpuIsRefused() {
        String refusal = "TornadoVM would run a kernel that fails on the CPU instead and not say so: start Java with"
                + " -Dtornado.recover.bailout=False";
        assertEquals(refusal, absent(new Jvm(null, RUNTIME, null, "-w", "False", null), HALF));
        assertEquals(refusal, absent(new Jvm(null, RUNTIME, "True", "-w", "False", null), HALF));
        assertInstanceOf(
                Present.class,
                Detection.of(new Jvm(null, RUNTIME, "false", "-w", "False", null), () -> Optional.of(HALF)));
    }

    @Test
    void compilingWithoutInfinityIsRefused() {
        for (String flags : Arrays.asList(null, "-cl-mad-enable -cl-fast-relaxed-math -w", "-cl-finite-math-only")) {
            assertEquals(
                    "TornadoVM would let OpenCL take all numbers for finite: start Java with"
                            + " -Dtornado.opencl.compiler.flags=-w",
                    absent(new Jvm(null, RUNTIME, "False", flags, "False", null), HALF));
        }
        assertInstanceOf(
                Present.class,
                Detection.of(new Jvm(null, RUNTIME, "False", "", "False", null), () -> Optional.of(HALF)));
    }

    @Test
    void inexactFunctionsAreRefused() {
        for (String inexact : Arrays.asList(null, "True")) {
            assertEquals(
                    "TornadoVM would compute roots, sines and cosines to a few digits: start Java with"
                            + " -Dtornado.enable.nativeFunctions=False",
                    absent(new Jvm(null, RUNTIME, "False", "-w", inexact, null), HALF));
        }
    }

    @Test
    void aLimitThatTornadoCannotReadIsRefused() {
        for (String limit : List.of("", "8g", "8 GB", "0GB", "8B", "-1GB", "lots", "99999999999GB")) {
            assertEquals(
                    "TornadoVM cannot read the limit on device memory \"" + limit + "\": set SOFTMIN_DEVICE_MEMORY, or"
                            + " -Dtornado.device.memory, to a whole number of KB, MB or GB, such as 16GB",
                    absent(new Jvm(null, RUNTIME, "False", "-w", "False", limit), HALF));
        }
        assertInstanceOf(
                Present.class,
                Detection.of(new Jvm(null, RUNTIME, "False", "-w", "False", "16GB"), () -> Optional.of(HALF)));
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
