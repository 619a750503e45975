package org.softmin.nn;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.ArrayFile;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.Safetensors;
import org.softmin.tensor.io.StoredArray;
import org.softmin.tensor.io.WholeFile;

/**
 * The state of a {@link Trainer} in a file: a training that goes on from it computes the same bits as one that never
 * stopped.
 *
 * <p>Two files lie side by side. {@code NAME.safetensors} holds parameters ({@code model.…}), what the optimiser
 * remembers ({@code optimizer.…}), what the caller keeps ({@code kept.…}) and the mean loss of each epoch ({@code losses});
 * its metadata hold the position in the data, the optimiser, and what the caller adds, such as configuration, seed and
 * version. {@code NAME.json} repeats those
 * texts for people and tools, with the SHA-256 of the other file. It is written last, so a checkpoint is there from the
 * moment that its JSON file is, and it is whole. {@link Checkpoints} keeps several of them in a folder. Immutable.
 *
 * <p>With Adam it takes three times the bytes of the parameters: 0.6 MB for a decoder-free encoder of 784 inputs and 64
 * units, 5.2 MB for an autoencoder of 784-256-64-256-784. Saving waits for the disk: these took at least 4 and 13 ms, and
 * 15 to 70 ms in the median on a busy machine of two cores.
 */
public final class Checkpoint {
    static final String ARRAYS = ".safetensors";
    static final String DESCRIPTION = ".json";
    /** Names that begin like this are ours. */
    private static final List<String> OWN = List.of("position.", "optimizer", "score", "sha256");

    private static final String LOSSES = "losses";
    private static final Pattern DIGEST = Pattern.compile("\"sha256\": \"([0-9a-f]{64})\"");

    private static final Pattern RECORD = Pattern.compile("\\w+(?=\\[)");

    private final Path file;
    private final Map<String, String> texts;
    private final Position position;

    private Checkpoint(Path file, Map<String, String> texts, Position position) {
        this.file = file;
        this.texts = texts;
        this.position = position;
    }

    /**
     * Writes both files, whole or not at all; call it between two steps, as from a {@link Listener}.
     *
     * @param file with or without {@code .safetensors}
     * @param about further texts by name
     * @param score how good the model is, the lower the better; NaN where that is not known
     * @throws IllegalArgumentException if a name of {@code about} is one that this class uses itself
     * @throws IOException if a file cannot be written; the old ones then are as they were
     */
    public static Checkpoint save(Trainer<?> trainer, Path file, Map<String, String> about, double score)
            throws IOException {
        for (String name : about.keySet()) {
            if (OWN.stream().anyMatch(name::startsWith)) {
                throw new IllegalArgumentException("checkpoint: the name " + name
                        + " is taken; begin names with none of " + String.join(", ", OWN));
            }
        }
        Map<String, String> texts = new TreeMap<>(about);
        texts.putAll(trainer.position().texts());
        texts.put("optimizer", trainer.optimizer().toString());
        texts.put("score", Double.toString(score));
        SequencedMap<String, HostArray> arrays = new LinkedHashMap<>(trainer.arrays());
        double[] losses =
                trainer.losses().stream().mapToDouble(Double::doubleValue).toArray();
        arrays.put(LOSSES, HostArray.of(Shape.of(losses.length), losses));
        Path whole = sibling(file, ARRAYS);
        Safetensors.write(whole, arrays, texts);
        Map<String, String> described = new LinkedHashMap<>();
        described.put("sha256", digest(whole));
        described.putAll(texts);
        WholeFile.write(
                sibling(file, DESCRIPTION), out -> out.write(json(described).getBytes(StandardCharsets.UTF_8)));
        return new Checkpoint(whole, Map.copyOf(texts), trainer.position());
    }

    /**
     * Finds a checkpoint and checks that it is whole.
     *
     * @param file with or without {@code .safetensors}
     * @throws DataException if one of the two files is missing, damaged or not a checkpoint
     */
    public static Checkpoint open(Path file) throws DataException {
        Path description = sibling(file, DESCRIPTION);
        String expected;
        try {
            // Of the description we read the digest only: the texts are those in the file that it vouches for.
            Matcher digest = DIGEST.matcher(Files.readString(description));
            if (!digest.find()) {
                throw new DataException(description, "expected the SHA-256 of a checkpoint, found none");
            }
            expected = digest.group(1);
        } catch (NoSuchFileException e) {
            throw new DataException(description, "no such file; a checkpoint is whole with it only", e);
        } catch (DataException e) {
            throw e;
        } catch (IOException e) {
            throw new DataException(description, "cannot be read: " + e.getMessage(), e);
        }
        Checkpoint checkpoint = describe(file);
        String found;
        try {
            found = digest(checkpoint.file);
        } catch (IOException e) {
            throw new DataException(checkpoint.file, "cannot be read: " + e.getMessage(), e);
        }
        if (!found.equals(expected)) {
            throw new DataException(
                    checkpoint.file,
                    "damaged: expected SHA-256 " + expected + ", found " + found + "; use an older checkpoint");
        }
        return checkpoint;
    }

    /** What the header of the file says, without a look at the rest. */
    static Checkpoint describe(Path file) throws DataException {
        Path whole = sibling(file, ARRAYS);
        try (ArrayFile arrays = Safetensors.open(whole)) {
            Map<String, String> texts = arrays.metadata();
            return new Checkpoint(whole, texts, Position.of(texts));
        } catch (IllegalArgumentException e) {
            throw new DataException(whole, "not a checkpoint: " + e.getMessage(), e);
        }
    }

    /**
     * Puts the trainer into the saved state. It must train the same model by the same optimiser, which may have other
     * settings; learning rate, loss and data are the caller's.
     *
     * @throws DataException if the arrays are not those of this trainer, or its optimiser is another, as AdamW is another
     *     than Adam though their state looks the same; the trainer then is as it was
     */
    public void restore(Trainer<?> trainer) throws DataException {
        String saved = texts.get("optimizer");
        String here = trainer.optimizer().toString();
        if (saved != null && !kinds(saved).equals(kinds(here))) {
            throw new DataException(
                    file, "not the optimizer of this trainer; saved by " + saved + ", to be restored into " + here);
        }
        SequencedMap<String, HostArray> into = new LinkedHashMap<>(trainer.arrays());
        HostArray losses = HostArray.zeros(DType.F64, Shape.of(position.epochs()));
        into.put(LOSSES, losses);
        Map<String, Shape> shapes = new LinkedHashMap<>();
        into.forEach((name, array) -> shapes.put(name, array.shape()));
        List<HostArray> read = new ArrayList<>();
        try (ArrayFile arrays = Safetensors.open(file)) {
            arrays.requireExactly(shapes);
            for (Map.Entry<String, HostArray> target : into.entrySet()) {
                StoredArray stored = arrays.array(target.getKey());
                if (stored.type().dtype() != target.getValue().dtype()) {
                    throw new DataException(
                            file,
                            stored.name() + ": expected " + target.getValue().dtype() + ", found " + stored.type());
                }
                read.add(stored.read());
            }
        }
        // Not before all of it has been read, so that a trainer is never left with half of a state.
        Iterator<HostArray> next = read.iterator();
        into.values().forEach(array -> array.copyFrom(next.next()));
        trainer.moveTo(position, Arrays.stream(losses.toDoubles()).boxed().toList());
    }

    /** Names of the records that a text shows, without their settings; none of what is no record. */
    private static List<String> kinds(String text) {
        return RECORD.matcher(text).results().map(MatchResult::group).toList();
    }

    /** The file with the arrays. */
    public Path file() {
        return file;
    }

    /** All texts by name: position, optimiser, and what the caller added. */
    public Map<String, String> texts() {
        return texts;
    }

    /** Number of steps before it was saved. */
    public long steps() {
        return position.steps();
    }

    /** Number of epochs that were complete when it was saved. */
    public int epochs() {
        return position.epochs();
    }

    /** How good the model is, the lower the better, as it was given; or NaN. */
    public double score() {
        try {
            return Double.parseDouble(texts.getOrDefault("score", "NaN"));
        } catch (NumberFormatException unknown) {
            return Double.NaN;
        }
    }

    static Path sibling(Path file, String ending) {
        String name = file.getFileName().toString();
        String base = name.endsWith(ARRAYS) ? name.substring(0, name.length() - ARRAYS.length()) : name;
        return file.resolveSibling(base + ending);
    }

    private static String digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream through = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            through.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(through.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    private static String json(Map<String, String> texts) {
        StringBuilder json = new StringBuilder("{");
        texts.forEach((name, value) -> json.append(json.length() == 1 ? "\n  " : ",\n  ")
                .append(quoted(name))
                .append(": ")
                .append(quoted(value)));
        return json.append("\n}\n").toString();
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> quoted.append('\\').append(c);
                default -> quoted.append(c < 0x20 ? String.format(Locale.ROOT, "\\u%04x", (int) c) : String.valueOf(c));
            }
        }
        return quoted.append('"').toString();
    }
}
