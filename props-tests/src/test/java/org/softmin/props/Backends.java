package org.softmin.props;

import org.softmin.tensor.Backend;
import org.softmin.tensor.Backend.Options;

/** The backends and settings that the laws compare. */
final class Backends {
    /** One thread, everything on. */
    static final Options ONE = Options.DEFAULT.withThreads(1);

    private Backends() {}

    /** The CPU backend under the given options. */
    static Backend cpu(Options options) {
        return Backend.named(System.getProperty("props.backend", "cpu"), options);
    }
}
