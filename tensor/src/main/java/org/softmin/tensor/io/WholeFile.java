package org.softmin.tensor.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that appear at once and whole, or not at all: a reader sees the old content or the new, never a part. */
public final class WholeFile {
    private static final int BUFFER = 1 << 16;

    private WholeFile() {}

    /** What is to be written. */
    @FunctionalInterface
    public interface Content {
        /** Writes everything to {@code out}, which is buffered; whoever called flushes and closes it. */
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes {@code content} to {@code file}: first beside it, under its name and {@code .unfinished}, forced to the
     * disk, and then moved into its place. After a failure (a full disk, an exception of {@code content}) the old file is
     * as it was and nothing is left beside it; after a crash the unfinished one may be, and the next write replaces it.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, Content content) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        try {
            try (FileChannel channel = FileChannel.open(
                            unfinished,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE);
                    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER)) {
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
        forceFolder(unfinished.toAbsolutePath().resolveSibling("."));
    }

    /**
     * Writes {@code text} in UTF-8 in the same way, and makes the folder of the file where there is none.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, String text) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** The move itself must survive a power cut, too. Not every system lets a folder be forced: then it may not. */
    private static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // The file is whole either way.
        }
    }
}
