package org.softmin.studies.data;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Real data sets for tests, if this machine has them: in SOFTMIN_DATA, or in a folder beside the checkout. */
public final class LocalMnist {
    private LocalMnist() {}

    /** Folder of a data set such as {@code mnist}; aborts the test where there is none. */
    public static Path folder(String name) {
        return Stream.concat(
                        Optional.ofNullable(System.getenv("SOFTMIN_DATA")).stream(),
                        List.of("../shared/data", "../../shared/data").stream())
                .map(data -> Path.of(data).resolve(name))
                .filter(Files::isDirectory)
                .findFirst()
                .orElseGet(() -> abort("no " + name + " beside the checkout"));
    }
}
