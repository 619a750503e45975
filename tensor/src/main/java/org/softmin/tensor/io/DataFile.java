package org.softmin.tensor.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HexFormat;
import java.util.Locale;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/**
 * The bytes of a data file, decompressed if they are gzip, read once from front to back.
 *
 * <p>Whether a file is gzip is decided by its first two bytes, not by its name. Every failure, those of the operating
 * system among them, is a {@link DataException}. For readers of further formats; used by one thread.
 */
public final class DataFile implements Closeable {
    /** Deflate codes at best 258 bytes in 2 bits. */
    static final int MOST_BYTES_PER_COMPRESSED_BYTE = 1032;

    private final Path file;
    private final InputStream in;
    private final boolean compressed;
    private final long length;
    private long position;

    private DataFile(Path file, InputStream in, boolean compressed, long length) {
        this.file = file;
        this.in = in;
        this.compressed = compressed;
        this.length = length;
    }

    /** Opens {@code file} for reading; fails if it is missing, unreadable or not a regular file. */
    public static DataFile open(Path file) throws DataException {
        long length = length(file);
        try {
            return over(file, Files.newByteChannel(file), length);
        } catch (IOException e) {
            throw dataException(file, e);
        }
    }

    /** Size of {@code file}; fails if it is missing or not a regular file. */
    public static long length(Path file) throws DataException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                throw new DataException(
                        file, "expected a file, found " + (attributes.isDirectory() ? "a folder" : "a special file"));
            }
            return attributes.size();
        } catch (IOException e) {
            throw dataException(file, e);
        }
    }

    private static DataFile over(Path file, SeekableByteChannel channel, long length) throws IOException {
        try {
            boolean compressed = startsWithGzipMagic(channel);
            InputStream raw = Channels.newInputStream(channel.position(0));
            return new DataFile(file, compressed ? new Gunzip(file, raw) : raw, compressed, length);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean startsWithGzipMagic(SeekableByteChannel channel) throws IOException {
        ByteBuffer magic = ByteBuffer.allocate(2);
        while (magic.hasRemaining() && channel.read(magic) >= 0) {
            // A channel may give one byte at a time.
        }
        return magic.getShort(0) == 0x1F8B;
    }

    /** Whether the bytes are decompressed on the way, so that their number is not known before they are read. */
    public boolean compressed() {
        return compressed;
    }

    /** Fails unless the content can be {@code count} bytes long, as far as the size of the file tells. */
    public void requireLength(long count, String expected) throws DataException {
        if (!compressed && count != length) {
            throw fail("expected " + expected + ", found " + length + " bytes");
        }
        if (compressed && count / MOST_BYTES_PER_COMPRESSED_BYTE > length) {
            throw fail(
                    "expected " + expected + ", found " + length + " bytes of gzip data, which cannot hold that many");
        }
    }

    /** Reads {@code count} bytes to the front of {@code into}; fails if the content ends before. */
    public void read(byte[] into, int count, String expected) throws DataException {
        if (readUpTo(into, count) < count) {
            throw fail(position, "the content ends here; expected " + expected);
        }
    }

    /** Reads as many bytes as there are, at most {@code count}, to the front of {@code into}. */
    public int readUpTo(byte[] into, int count) throws DataException {
        try {
            int got = in.readNBytes(into, 0, count);
            position += got;
            return got;
        } catch (IOException e) {
            throw dataException(file, e);
        }
    }

    /** Fails unless the content ends here; for gzip data this also checks the check sum of what was read. */
    public void requireEnd(String expected) throws DataException {
        if (readUpTo(new byte[1], 1) != 0) {
            throw fail(position - 1, "the content goes on here; expected " + expected);
        }
    }

    /** Array of zeros, or an exception that says how much memory would be needed. */
    HostArray allocate(DType dtype, int elements) throws DataException {
        return allocate(file, dtype, elements);
    }

    /** Array of zeros for the content of {@code file}, or an exception that says how much memory would be needed. */
    public static HostArray allocate(Path file, DType dtype, int elements) throws DataException {
        long bytes = (long) elements * dtype.bytes();
        long heap = Runtime.getRuntime().maxMemory();
        // Not even tried if it cannot be: a JVM may be set to dump its heap or to exit at the first failure.
        if (bytes < heap) {
            try {
                return HostArray.zeros(dtype, Shape.of(elements));
            } catch (OutOfMemoryError e) {
                // One large array that did not fit leaves the heap as it was; say so below.
            }
        }
        throw new DataException(
                file,
                String.format(
                        Locale.ROOT,
                        "%d elements need %d MB of memory, and the JVM has at most %d MB in all; give it more with"
                                + " -Xmx",
                        elements,
                        bytes >> 20,
                        heap >> 20));
    }

    /** Exception about this file at {@code offset} of its content. */
    public DataException fail(long offset, String problem) {
        return new DataException(file, offset, problem);
    }

    /** Exception about this file as a whole. */
    public DataException fail(String problem) {
        return new DataException(file, problem);
    }

    /** What a file that begins with {@code head} seems to be, for the message that it is the wrong kind of file. */
    public static String describe(byte[] head) {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        String bytes = HexFormat.ofDelimiter(" ").formatHex(head);
        if (text.startsWith("vers")) {
            return bytes + " (a git-lfs pointer? fetch the file itself)";
        } else if (text.startsWith("<")) {
            return bytes + " (a web page? get the file itself)";
        } else if (text.startsWith("PK")) {
            return bytes + " (a zip archive? unpack it)";
        } else if (text.startsWith("\u0093NUM")) {
            return bytes + " (a NumPy array)";
        } else if (text.startsWith("\u0080")) {
            return bytes + " (a Python pickle?)";
        }
        return head.length == 0 ? "nothing" : bytes;
    }

    /** What reading {@code file} failed with, as an exception that names it. */
    static DataException dataException(Path file, IOException e) {
        return switch (e) {
            case DataException already -> already;
            case NoSuchFileException missing -> new DataException(file, "no such file", missing);
            case AccessDeniedException denied -> new DataException(file, "cannot be read: permission denied", denied);
            default -> new DataException(file, "cannot be read: " + e, e);
        };
    }

    @Override
    public void close() throws DataException {
        try {
            in.close();
        } catch (IOException e) {
            throw dataException(file, e);
        }
    }
}
