package org.softmin.studies.activations;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.io.ArrayFile;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.Safetensors;
import org.softmin.tensor.io.WholeFile;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * A folder as SAELens writes and loads it: {@value #WEIGHTS} with {@code W_enc, b_enc, W_dec, b_dec} in F32, and
 * {@value #CONFIGURATION}.
 *
 * <p>The architecture is {@code standard} where all codes are kept and {@code topk} otherwise; b_dec is taken from the
 * input ({@code apply_b_dec_to_input}), and data are not normalised. Source: SAELens 6, {@code SAE.save_model}.
 */
final class SaeLens {
    static final String WEIGHTS = "sae_weights.safetensors";
    static final String CONFIGURATION = "cfg.json";
    private static final int LONGEST_CONFIGURATION = 1 << 20;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private SaeLens() {}

    /**
     * Writes both files into a folder, which is made if it is missing; each appears whole or not at all.
     *
     * @param dictionary for data as they are: {@link Dictionary#denormalized}
     */
    static void write(Path folder, Dictionary dictionary) throws IOException {
        Files.createDirectories(folder);
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        dictionary.arrays().forEach((name, array) -> arrays.put(name, f32(array)));
        Safetensors.write(folder.resolve(WEIGHTS), arrays, Map.of());
        WholeFile.write(folder.resolve(CONFIGURATION), out -> out.write(configuration(dictionary)));
    }

    private static HostArray f32(HostArray array) {
        return Tensor.of(array).cast(DType.F32).array();
    }

    private static byte[] configuration(Dictionary dictionary) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        boolean topK = dictionary.k() < dictionary.units();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), (OutputStream) text)) {
            json.writeStartObject();
            json.writeStringProperty("architecture", topK ? "topk" : "standard");
            json.writeNumberProperty("d_in", dictionary.width());
            json.writeNumberProperty("d_sae", dictionary.units());
            if (topK) {
                json.writeNumberProperty("k", dictionary.k());
            }
            json.writeStringProperty("dtype", "float32");
            json.writeStringProperty("device", "cpu");
            json.writeBooleanProperty("apply_b_dec_to_input", true);
            json.writeStringProperty("normalize_activations", "none");
            json.writeStringProperty("reshape_activations", "none");
            json.writeName("metadata");
            json.writeStartObject();
            json.writeEndObject();
            json.writeEndObject();
        }
        return text.toByteArray();
    }

    /**
     * Reads what {@link #write} writes.
     *
     * @throws DataException if a file is missing or malformed, the shapes do not go together, or the configuration asks
     *     for what a {@link Dictionary} does not do
     */
    static Dictionary read(Path folder) throws IOException {
        Path file = folder.resolve(CONFIGURATION);
        Map<String, String> configuration = parse(file);
        int width = count(file, configuration, "d_in");
        int units = count(file, configuration, "d_sae");
        int k = switch (configuration.getOrDefault("architecture", "")) {
            case "standard" -> units;
            case "topk" -> count(file, configuration, "k");
            default -> throw wrong(file, configuration, "architecture", "standard or topk");
        };
        if (k > units) {
            throw wrong(file, configuration, "k", "at most d_sae, " + units);
        }
        if (!configuration.getOrDefault("apply_b_dec_to_input", "").equals("true")) {
            throw wrong(file, configuration, "apply_b_dec_to_input", "true");
        }
        if (!configuration.getOrDefault("normalize_activations", "none").equals("none")) {
            throw wrong(file, configuration, "normalize_activations", "none");
        }
        try (ArrayFile weights = Safetensors.open(folder.resolve(WEIGHTS))) {
            Map<String, Shape> shapes = new LinkedHashMap<>();
            shapes.put("W_enc", Shape.of(width, units));
            shapes.put("b_enc", Shape.of(units));
            shapes.put("W_dec", Shape.of(units, width));
            shapes.put("b_dec", Shape.of(width));
            weights.requireExactly(shapes);
            return new Dictionary(
                    read(weights, "W_enc"), read(weights, "b_enc"), read(weights, "W_dec"), read(weights, "b_dec"), k);
        }
    }

    private static Tensor read(ArrayFile weights, String name) throws DataException {
        return Tensor.of(weights.array(name).read(DType.F32));
    }

    private static int count(Path file, Map<String, String> configuration, String key) throws DataException {
        String text = configuration.getOrDefault(key, "");
        if (!text.matches("[1-9][0-9]{0,8}")) {
            throw wrong(file, configuration, key, "a whole number above 0");
        }
        return Integer.parseInt(text);
    }

    private static DataException wrong(Path file, Map<String, String> configuration, String key, String expected) {
        String found = configuration.get(key);
        return new DataException(
                file, "expected " + key + " to be " + expected + ", found " + (found == null ? "none" : found));
    }

    /** The plain values of the object in the file, as text. */
    private static Map<String, String> parse(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new DataException(file, "no such file; expected a folder that holds it and " + WEIGHTS);
        }
        if (Files.size(file) > LONGEST_CONFIGURATION) {
            throw new DataException(
                    file,
                    "expected a configuration of at most " + LONGEST_CONFIGURATION + " bytes, found "
                            + Files.size(file));
        }
        Map<String, String> values = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), Files.readAllBytes(file))) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new DataException(file, "expected a JSON object, found something else");
            }
            for (JsonToken token = json.nextToken(); token != JsonToken.END_OBJECT; token = json.nextToken()) {
                if (token == null) {
                    throw new DataException(file, "expected a JSON object, found only the beginning of one");
                }
                String key = json.currentName();
                JsonToken value = json.nextToken();
                if (value == JsonToken.START_OBJECT || value == JsonToken.START_ARRAY) {
                    json.skipChildren();
                } else {
                    values.put(key, json.getString());
                }
            }
        } catch (JacksonException malformed) {
            throw new DataException(file, "expected JSON: " + malformed.getOriginalMessage(), malformed);
        }
        return values;
    }
}
