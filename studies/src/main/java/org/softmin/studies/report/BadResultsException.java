package org.softmin.studies.report;

import java.io.IOException;

/** A results file is not what {@link Results#write} writes; the message names the file, the place and the remedy. */
public final class BadResultsException extends IOException {
    private static final long serialVersionUID = 1;

    BadResultsException(String message) {
        super(message);
    }
}
