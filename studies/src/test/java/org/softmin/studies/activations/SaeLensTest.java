package org.softmin.studies.activations;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.ArrayFile;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.Safetensors;

final class SaeLensTest {
    private static final RandomKey KEY = RandomKey.of(1);

    @Test
    void whatIsWrittenIsRead(@TempDir Path folder) throws Exception {
        for (Recipe recipe : Recipe.ALL) {
            Dictionary dictionary = recipe.start(1, 5, 7, 3, new Decorrelation.Exact(), KEY)
                    .dictionary()
                    .withGain(2)
                    .denormalized(new Normalization(new float[] {1, 2, 3, 4, 5}, 0.5));
            Path own = folder.resolve(recipe.name());
            SaeLens.write(own, dictionary);
            Dictionary read = SaeLens.read(own);
            assertArrayEquals(dictionary.wEnc().toFloats(), read.wEnc().toFloats());
            assertArrayEquals(dictionary.bEnc().toFloats(), read.bEnc().toFloats());
            assertArrayEquals(dictionary.wDec().toFloats(), read.wDec().toFloats());
            assertArrayEquals(dictionary.bDec().toFloats(), read.bDec().toFloats());
            assertEquals(dictionary.k(), read.k());
        }
    }

    /** Names, shapes and keys as SAELens loads them; W_dec of the decoder-free encoder is W_encᵀ to the bit. */
    @Test
    void theLayoutIsThatOfSaeLens(@TempDir Path folder) throws Exception {
        Dictionary free = Recipe.ALL
                .getLast()
                .start(1, 5, 7, 3, new Decorrelation.Exact(), KEY)
                .dictionary()
                .keeping(3)
                .withGain(2)
                .denormalized(new Normalization(new float[] {1, 2, 3, 4, 5}, 0.5));
        SaeLens.write(folder, free);
        try (ArrayFile file = Safetensors.open(folder.resolve("sae_weights.safetensors"))) {
            assertEquals(List.of(5L, 7L), file.array("W_enc").dims());
            assertEquals(List.of(7L), file.array("b_enc").dims());
            assertEquals(List.of(7L, 5L), file.array("W_dec").dims());
            assertEquals(List.of(5L), file.array("b_dec").dims());
            float[] encoder = file.array("W_enc").read().toFloats();
            float[] decoder = file.array("W_dec").read().toFloats();
            for (int d = 0; d < 5; d++) {
                for (int j = 0; j < 7; j++) {
                    assertEquals(encoder[d * 7 + j], decoder[j * 5 + d]);
                }
            }
        }
        String json = Files.readString(folder.resolve("cfg.json"));
        for (String part : List.of(
                "\"architecture\":\"topk\"",
                "\"d_in\":5",
                "\"d_sae\":7",
                "\"k\":3",
                "\"dtype\":\"float32\"",
                "\"apply_b_dec_to_input\":true",
                "\"normalize_activations\":\"none\"",
                "\"metadata\":{}")) {
            assertTrue(json.contains(part), json);
        }
    }

    @Test
    void badFoldersAreRefused(@TempDir Path folder) throws Exception {
        assertThrows(DataException.class, () -> SaeLens.read(folder));
        SaeLens.write(folder, Dictionary.of(5, 7, 7, KEY));
        Path file = folder.resolve("cfg.json");
        String good = Files.readString(file);
        refused(folder, good.replace("\"standard\"", "\"gated\""), "expected architecture to be standard or topk");
        refused(
                folder,
                good.replace("\"standard\"", "\"topk\""),
                "expected k to be a whole number above 0, found none");
        refused(folder, good.replace("\"d_in\":5", "\"d_in\":6"), "W_enc");
        refused(folder, good.replace("true", "false"), "expected apply_b_dec_to_input to be true, found false");
        refused(folder, good.replace("\"d_in\":5", "\"d_in\":5,\"d_in\":5"), "expected JSON");
        refused(folder, good.substring(0, 40), "expected JSON");
        refused(folder, "[]", "expected a JSON object");
        Files.writeString(file, good);
        assertEquals(Shape.of(5, 7), SaeLens.read(folder).wEnc().shape());
    }

    private static void refused(Path folder, String json, String message) throws Exception {
        Files.writeString(folder.resolve("cfg.json"), json);
        DataException wrong = assertThrows(DataException.class, () -> SaeLens.read(folder), json);
        assertTrue(String.valueOf(wrong.getMessage()).contains(message), wrong.getMessage());
    }
}
