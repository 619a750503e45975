package org.softmin.studies;

import java.io.Serial;

/** What the user asked for cannot be done; the message is one line that says what is wrong and what would do. */
public final class UsageException extends IllegalArgumentException {
    @Serial
    private static final long serialVersionUID = 1;

    /** With a message such as {@code batch: 0 is out of range; use 1 or more}. */
    public UsageException(String message) {
        super(message);
    }
}
