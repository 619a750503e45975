package org.softmin.tornado;

import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Backend;

/**
 * TornadoVM as a device: whether it is running in this JVM, and its place in the list of backends.
 *
 * <p>It does not compile programs yet. Nothing here touches TornadoVM's own classes, so it works, and says what is
 * missing, on a machine without it. Thread-safe.
 */
public final class TornadoBackend {
    // Set by the argument file with which TornadoVM is started; without it its classes cannot be initialised.
    private static final String RUNTIME = "tornado.load.runtime.implementation";
    private static final String HOME = "TORNADOVM_HOME";

    private TornadoBackend() {}

    /** What was found out about TornadoVM in this JVM. */
    public sealed interface Detection {
        /** One sentence for people. */
        String describe();
    }

    /**
     * This JVM was started as a TornadoVM.
     *
     * @param runtime the implementation it was started with
     */
    public record Present(String runtime) implements Detection {
        @Override
        public String describe() {
            return "TornadoVM is running (" + runtime
                    + "), but this version of Softmin does not compile programs for it; use cpu";
        }
    }

    /**
     * This JVM is an ordinary one.
     *
     * @param remedy what to do to start it with TornadoVM
     */
    public record Absent(String remedy) implements Detection {
        @Override
        public String describe() {
            return "TornadoVM is not running in this JVM: " + remedy;
        }
    }

    /** Looks for TornadoVM in this JVM. */
    public static Detection detect() {
        return detect(System.getProperty(RUNTIME), System.getenv(HOME));
    }

    static Detection detect(@Nullable String runtime, @Nullable String home) {
        if (runtime != null) {
            return new Present(runtime);
        }
        return new Absent(
                home != null
                        ? "start Java with @" + home + "/tornado-argfile"
                        : "install it (sdk install tornadovm), then start Java with @$" + HOME + "/tornado-argfile");
    }

    /** Lists TornadoVM among the backends, as one that cannot be opened yet. */
    public static final class Provider implements Backend.Provider {
        /** Called by the service loader. */
        public Provider() {}

        @Override
        public String name() {
            return "tornado";
        }

        @Override
        public String describe() {
            return detect().describe();
        }

        @Override
        public boolean available() {
            return false;
        }

        @Override
        public Backend open(Backend.Options options) {
            throw new IllegalStateException("backend: tornado is not available: " + describe());
        }
    }
}
