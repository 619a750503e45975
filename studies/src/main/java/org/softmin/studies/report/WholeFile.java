package org.softmin.studies.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes texts so that a reader, or a full disk, never meets half of one. */
public final class WholeFile {
    private WholeFile() {}

    /** Replaces the file, and makes its folder where there is none. */
    public static void write(Path file, String text) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        org.softmin.tensor.io.WholeFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }
}
