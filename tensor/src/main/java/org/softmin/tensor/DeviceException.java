package org.softmin.tensor;

import java.io.Serial;

/**
 * A device is not there, or cannot do what a program needs of it; the message is one line that says what to do.
 *
 * <p>Nothing was computed: the arrays passed in are as they were.
 */
public final class DeviceException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** Exception that says what is missing. */
    public DeviceException(String message) {
        super(message);
    }

    /** Exception that says what is missing, after another failure. */
    public DeviceException(String message, Throwable cause) {
        super(message, cause);
    }
}
