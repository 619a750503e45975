package org.softmin.studies;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.stream.Stream;
import org.softmin.studies.report.Report;

/**
 * The output folder of a run, which belongs to it alone while it runs.
 *
 * <p>A locked file in the folder keeps other processes out; the operating system frees it however the process ends.
 * Folders that were made and stayed empty are removed again. Thread-safe, because a signal closes it from another
 * thread.
 */
final class RunFolder implements AutoCloseable {
    private static final String LOCK = ".lock";
    /** Beyond what is written, so that others can read who holds it where locks are mandatory. */
    private static final long LOCKED_BYTE = 1 << 20;

    private final Path path;
    private final Deque<Path> made;
    private final FileChannel channel;
    private boolean closed;

    private RunFolder(Path path, Deque<Path> made, FileChannel channel) {
        this.path = path;
        this.made = made;
        this.channel = channel;
    }

    /**
     * Makes the folder where there is none, and locks it.
     *
     * @param used whether it may already hold something
     * @throws UsageException if it holds something and may not
     * @throws IOException if it cannot be made or another process has locked it
     */
    static RunFolder open(Path path, boolean used) throws IOException {
        Deque<Path> made = make(path);
        try {
            RunFolder folder = new RunFolder(path, made, lock(path));
            if (!used && folder.holdsFiles()) {
                folder.close();
                throw new UsageException(path
                        + " is not empty; add --resume to go on with a run in it, or --force to overwrite it, or choose"
                        + " another folder with --out");
            }
            return folder;
        } catch (IOException e) {
            remove(made);
            throw e;
        }
    }

    /**
     * Writes the report, unless a signal has closed the folder.
     *
     * @param labels as {@link Report#write} takes them
     * @throws EnvironmentException if the folder cannot be written, for instance because the disk is full
     * @throws InterruptedException if it has
     */
    synchronized void write(Report report, Map<String, String> labels)
            throws EnvironmentException, InterruptedException {
        if (closed) {
            throw new InterruptedException("stopped before the report was written");
        }
        try {
            report.write(path, labels);
        } catch (IOException e) {
            throw new EnvironmentException(path + ": the report could not be written: " + ExitCode.describe(e), e);
        }
    }

    /** Waits for a report that is being written, then gives the folder free. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            // While it is still locked, so that the file of the next process is not the one to vanish.
            Files.deleteIfExists(path.resolve(LOCK));
            channel.close();
        } catch (IOException stays) {
            // An unlocked lock file keeps nobody out.
        }
        remove(made);
    }

    private boolean holdsFiles() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.anyMatch(file -> !file.endsWith(LOCK));
        }
    }

    /** The folders that had to be made, the innermost first. */
    private static Deque<Path> make(Path path) throws IOException {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new UsageException(path + " is a file; choose a folder with --out");
        }
        Deque<Path> missing = new ArrayDeque<>();
        for (Path at = path.toAbsolutePath(); at != null && Files.notExists(at); at = at.getParent()) {
            missing.addLast(at);
        }
        Files.createDirectories(path);
        return missing;
    }

    private static void remove(Deque<Path> folders) {
        try {
            for (Path folder : folders) {
                Files.deleteIfExists(folder);
            }
        } catch (IOException notEmpty) {
            // It holds a report, and so do those around it.
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        Path file = path.resolve(LOCK);
        String owner = "process " + ProcessHandle.current().pid();
        while (true) {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!holds(channel)) {
                channel.close();
                String other = Files.exists(file) ? Files.readString(file).strip() : "";
                throw new EnvironmentException(path + " is in use by " + (other.isEmpty() ? "another run" : other)
                        + "; wait for it, or choose another folder with --out");
            }
            channel.truncate(0).write(ByteBuffer.wrap(owner.getBytes(StandardCharsets.UTF_8)));
            // Its last owner may have removed the file between our opening and locking it. Looked at without opening it
            // again: closing any descriptor of a file ends the locks that the process has on it.
            if (Files.exists(file)) {
                return channel;
            }
            channel.close();
        }
    }

    private static boolean holds(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
            return lock != null;
        } catch (OverlappingFileLockException held) {
            return false;
        }
    }
}
