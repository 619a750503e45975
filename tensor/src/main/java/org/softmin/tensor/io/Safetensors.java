package org.softmin.tensor.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.softmin.tensor.HostArray;

/**
 * The safetensors format: the length of a header, the header in JSON, then the elements, little-endian and row-major.
 *
 * <p>The reader is strict: it takes a file only if every byte is accounted for, and it checks all of the header before
 * it reads an element. Format: Hugging Face, "safetensors", format description of version 0.4.
 */
public final class Safetensors {
    /** The limit of the format. */
    private static final long MAX_HEADER = 100_000_000;

    private static final int CHUNK = 1 << 16;
    static final int PREFIX = 8;

    private Safetensors() {}

    /**
     * Opens a file: its header is read and checked, its elements are not read.
     *
     * @throws DataException if the file is missing, unreadable or not a well-formed safetensors file
     */
    public static ArrayFile open(Path file) throws DataException {
        FileSource source = FileSource.open(file);
        try {
            long length = headerLength(source);
            byte[] first = source.head(1 + PREFIX);
            if (first[PREFIX] != '{') {
                throw source.fail(PREFIX, "expected a JSON object as header, found " + DataFile.describe(first));
            }
            return new SafetensorsHeader(source, readHeader(source, (int) length)).parse();
        } catch (DataException e) {
            source.close();
            throw e;
        }
    }

    private static byte[] readHeader(FileSource source, int length) throws DataException {
        byte[] header = new byte[length];
        // In pieces, because a channel copies as much as it is asked for into memory outside the heap.
        byte[] piece = new byte[Math.min(CHUNK, header.length)];
        for (int done = 0; done < header.length; done += piece.length) {
            int count = Math.min(piece.length, header.length - done);
            source.read(PREFIX + done, piece, count);
            System.arraycopy(piece, 0, header, done, count);
        }
        return header;
    }

    private static long headerLength(FileSource source) throws DataException {
        byte[] head = source.head(PREFIX);
        if (head.length < PREFIX) {
            throw source.fail(
                    0, "expected the length of a safetensors header (8 bytes), found " + DataFile.describe(head));
        }
        long length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 2 || length > source.length() - PREFIX) {
            throw source.fail(
                    0,
                    "expected a safetensors header of 2 to " + Math.max(2, source.length() - PREFIX)
                            + " bytes, as many as the file has, found the length " + Long.toUnsignedString(length)
                            + ", bytes " + DataFile.describe(head));
        }
        if (length > MAX_HEADER) {
            throw source.fail(0, "expected a safetensors header of at most " + MAX_HEADER + " bytes, found " + length);
        }
        long heap = Runtime.getRuntime().maxMemory();
        // A text in the header takes up to eight times its size while it is decoded.
        if (length > heap / 10) {
            throw source.fail(String.format(
                    Locale.ROOT,
                    "a header of %d MB needs more memory than the JVM has (%d MB in all); give it more with -Xmx",
                    length >> 20,
                    heap >> 20));
        }
        return length;
    }

    /**
     * Writes arrays and texts: F32, F64 and I32 as they are, BOOL as bytes; the file appears whole or not at all, as
     * {@link WholeFile} says. The same content gives the same bytes whatever the order of the maps: arrays lie in the
     * file the widest type first, by name among equals, so that each is aligned.
     *
     * @throws IllegalArgumentException if a name is {@code __metadata__} or holds control characters or lone surrogates
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, Map<String, HostArray> arrays, Map<String, String> metadata)
            throws IOException {
        List<Map.Entry<String, HostArray>> sorted = arrays.entrySet().stream()
                .sorted(Comparator.<Map.Entry<String, HostArray>>comparingInt(
                                entry -> -type(entry.getValue()).bytes())
                        .thenComparing(Map.Entry::getKey))
                .toList();
        byte[] header = header(sorted, new TreeMap<>(metadata)).getBytes(StandardCharsets.UTF_8);
        if (header.length > MAX_HEADER || sorted.size() > SafetensorsHeader.MAX_TENSORS) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "safetensors: %d arrays need a header of %d bytes; at most %d and %d can be written",
                    sorted.size(),
                    header.length,
                    SafetensorsHeader.MAX_TENSORS,
                    MAX_HEADER));
        }
        WholeFile.write(file, out -> {
            out.write(ByteBuffer.allocate(PREFIX)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length)
                    .array());
            out.write(header);
            for (Map.Entry<String, HostArray> entry : sorted) {
                ElementType.write(out, entry.getValue());
            }
        });
    }

    private static ElementType type(HostArray array) {
        return ElementType.of(array.dtype());
    }

    private static String header(List<Map.Entry<String, HostArray>> arrays, Map<String, String> metadata) {
        StringBuilder json = new StringBuilder("{");
        if (!metadata.isEmpty()) {
            appendText(json, SafetensorsHeader.METADATA).append(":{");
            metadata.forEach((name, value) -> {
                appendText(json, name).append(':');
                appendText(json, value).append(',');
            });
            json.setCharAt(json.length() - 1, '}');
            json.append(',');
        }
        long offset = 0;
        for (Map.Entry<String, HostArray> entry : arrays) {
            HostArray array = entry.getValue();
            long end = offset + (long) array.size() * type(array).bytes();
            if (entry.getKey().equals(SafetensorsHeader.METADATA)
                    || entry.getKey().chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("safetensors: an array cannot be called \""
                        + entry.getKey().replaceAll("\\p{Cntrl}", "?") + "\"; rename it");
            }
            appendText(json, entry.getKey())
                    .append(":{\"dtype\":\"")
                    .append(type(array))
                    .append("\",\"shape\":")
                    .append(array.shape().toString().replace(" ", ""))
                    .append(",\"data_offsets\":[")
                    .append(offset)
                    .append(',')
                    .append(end)
                    .append("]},");
            offset = end;
        }
        if (json.length() > 1) {
            json.setLength(json.length() - 1);
        }
        json.append('}');
        // Elements begin at a multiple of 8, for readers that map the file into memory.
        int bytes = json.toString().getBytes(StandardCharsets.UTF_8).length;
        return json.append(" ".repeat((8 - bytes % 8) % 8)).toString();
    }

    private static StringBuilder appendText(StringBuilder json, String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException(
                    "safetensors: \"" + text + "\" holds half of a surrogate pair; use text that UTF-8 can hold");
        }
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20) {
                json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"');
    }
}
