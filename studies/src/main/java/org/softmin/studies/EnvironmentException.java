package org.softmin.studies;

import java.io.IOException;
import java.io.Serial;

/** Something that a run needs of this machine is not there; the message is one line that says what to do. */
final class EnvironmentException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    EnvironmentException(String message) {
        super(message);
    }

    EnvironmentException(String message, Throwable cause) {
        super(message, cause);
    }
}
