package org.softmin.studies;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.softmin.studies.report.BadResultsException;
import org.softmin.tensor.DeviceException;
import org.softmin.tensor.io.DataException;
import picocli.CommandLine.ParameterException;

/** How the command line ends, and what it says then. */
enum ExitCode {
    OK(0, "success"),
    INTERNAL(1, "internal error"),
    USAGE(2, "wrong use of the command line"),
    DATA(3, "bad data or configuration file"),
    NUMERIC(4, "numeric failure: NaN, infinity or divergence"),
    ENVIRONMENT(5, "the environment: folder, lock, device or memory"),
    EXPECTATION(6, "with --strict: an expected number was not reproduced"),
    INTERRUPTED(130, "stopped by Ctrl-C (130) or a termination signal (143)");

    private final int status;
    private final String meaning;

    ExitCode(int status, String meaning) {
        this.status = status;
        this.meaning = meaning;
    }

    int status() {
        return status;
    }

    /** Each code and its meaning, as the help lists them. */
    static Map<String, String> table() {
        Map<String, String> table = new LinkedHashMap<>();
        for (ExitCode code : values()) {
            table.put(Integer.toString(code.status), code.meaning);
        }
        return table;
    }

    /** The code that a failure ends with. */
    static ExitCode of(Throwable failure) {
        return switch (failure) {
            case UsageException e -> USAGE;
            case ParameterException e -> USAGE;
            case DataException e -> DATA;
            case BadResultsException e -> DATA;
            case ArithmeticException e -> NUMERIC;
            case InterruptedException e -> INTERRUPTED;
            case IOException e -> ENVIRONMENT;
            case DeviceException e -> ENVIRONMENT;
            case OutOfMemoryError e -> ENVIRONMENT;
            default -> INTERNAL;
        };
    }

    /** One line about a failure: what is wrong and, where it is known, what to do. */
    static String describe(Throwable failure) {
        String line = switch (failure) {
            case AccessDeniedException e -> e.getFile() + ": permission denied";
            case NoSuchFileException e -> e.getFile() + ": no such file or folder";
            case FileAlreadyExistsException e -> e.getFile() + ": exists and is not a folder";
            case FileSystemException e -> e.getFile() + ": " + reason(e);
            case OutOfMemoryError e -> outOfMemory();
            default ->
                of(failure) == INTERNAL
                        ? "internal error: " + failure + "; run again with --debug to see where it happened"
                        : Objects.requireNonNullElse(failure.getMessage(), failure.toString());
        };
        // Names that users and files give may hold line ends and terminal codes.
        return line.replaceAll("\\p{Cntrl}+", " ").strip();
    }

    private static String reason(FileSystemException e) {
        return Objects.requireNonNullElse(e.getReason(), e.getClass().getSimpleName());
    }

    private static String outOfMemory() {
        long most = Runtime.getRuntime().maxMemory() >> 20;
        return "out of memory: Java may use " + most
                + " MiB; use fewer --jobs, or allow more with JAVA_TOOL_OPTIONS=-Xmx8g";
    }
}
