package org.softmin.tensor.io;

import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/**
 * An open file of arrays: what is in it is known, and the elements are read when they are asked for.
 *
 * <p>{@link #open} tells the format from the content. Close it after use; its {@link StoredArray}s go with it. Used by one thread at
 * a time; several may be open on the same file.
 */
public final class ArrayFile implements Closeable {
    /** How many names a message lists. */
    private static final int LISTED = 8;

    private final Source source;
    private final SequencedMap<String, StoredArray> arrays;
    private final Map<String, String> metadata;

    /** File of {@code arrays} that lie in {@code source}, which is closed with it. */
    ArrayFile(Source source, List<StoredArray> arrays, Map<String, String> metadata) {
        this.source = source;
        this.arrays = new LinkedHashMap<>();
        arrays.forEach(array -> this.arrays.put(array.name(), array));
        this.metadata = new TreeMap<>(metadata);
    }

    /**
     * Opens a file of any format of this package, told by its first bytes, not by its name.
     *
     * @throws DataException if the file is missing, unreadable, or not well-formed in the format it begins like
     */
    public static ArrayFile open(Path file) throws DataException {
        byte[] head;
        try (FileSource source = FileSource.open(file)) {
            head = source.head(9);
        }
        String all = new String(head, StandardCharsets.ISO_8859_1);
        String start = all.substring(0, Math.min(4, all.length()));
        if (start.equals("\u0093NUM")) {
            return Npy.open(file);
        } else if (start.equals("PK\u0003\u0004") || start.equals("PK\u0005\u0006")) {
            return Npz.open(file);
        }
        // A header of safetensors would have to be over 17 MB long, of one of 48 lengths, to be taken for IDX.
        if (start.startsWith("\u001f\u008b") || Idx.isHeader(Arrays.copyOf(head, start.length()))) {
            return Idx.open(file);
        } else if (all.endsWith("{") && all.length() == 9) { // the length of the header, and the header
            return Safetensors.open(file);
        }
        throw new DataException(
                file, "expected an npy, npz, safetensors or IDX file, found " + DataFile.describe(head));
    }

    /** Where it lies. */
    public Path file() {
        return source.file();
    }

    /** The arrays, in the order in which they lie in the file. */
    public List<StoredArray> arrays() {
        return List.copyOf(arrays.values());
    }

    /** Texts that were saved with the arrays, by name; none where the format has no place for them. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    /**
     * The array called {@code name}.
     *
     * @throws DataException if there is none; the message lists what there is
     */
    public StoredArray array(String name) throws DataException {
        StoredArray array = arrays.get(name);
        if (array == null) {
            throw new DataException(
                    file(), "expected an array called " + name + ", found " + listed(new ArrayList<>(arrays.keySet())));
        }
        return array;
    }

    /** Reads all arrays, by name, as {@link StoredArray#read()} does. */
    public SequencedMap<String, HostArray> readAll() throws DataException {
        SequencedMap<String, HostArray> result = new LinkedHashMap<>();
        for (StoredArray array : arrays.values()) {
            result.put(array.name(), array.read());
        }
        return result;
    }

    /**
     * Fails unless the file holds exactly the arrays that a model needs.
     *
     * @param shapes by name
     * @throws DataException that lists what is missing, what is not expected and what has another shape
     */
    public void requireExactly(Map<String, Shape> shapes) throws DataException {
        List<String> missing = new ArrayList<>();
        List<String> different = new ArrayList<>();
        new TreeMap<>(shapes).forEach((name, shape) -> {
            StoredArray array = arrays.get(name);
            if (array == null) {
                missing.add(name + " " + shape);
            } else if (!array.dims().toString().equals(shape.toString())) {
                different.add(array + " instead of " + shape);
            }
        });
        List<String> unexpected = arrays.values().stream()
                .filter(array -> !shapes.containsKey(array.name()))
                .map(StoredArray::toString)
                .toList();
        List<String> problems = new ArrayList<>();
        add(problems, "missing: ", missing);
        add(problems, "unexpected: ", unexpected);
        add(problems, "of another shape: ", different);
        if (!problems.isEmpty()) {
            throw new DataException(file(), "not the arrays of this model; " + String.join("; ", problems));
        }
    }

    private static void add(List<String> problems, String what, List<String> names) {
        if (!names.isEmpty()) {
            problems.add(what + listed(names));
        }
    }

    private static String listed(List<String> names) {
        if (names.isEmpty()) {
            return "no arrays";
        }
        String first = String.join(", ", names.subList(0, Math.min(LISTED, names.size())));
        return names.size() > LISTED ? first + " and " + (names.size() - LISTED) + " more" : first;
    }

    @Override
    public void close() throws DataException {
        for (StoredArray array : arrays.values()) {
            array.close();
        }
        source.close();
    }
}
