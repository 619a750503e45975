package org.softmin.studies.characters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.studies.TrainingFolder;
import org.softmin.studies.Trainings;
import org.softmin.tensor.Backend;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

final class LanguageModelTest {
    private static final Backend CPU = Backend.named("cpu");

    @TempDir
    private Path temp;

    @Test
    void aTextIsCutIntoWindowsAndWhatFollows() {
        Text text = Text.of("abcab".repeat(6) + "!");
        assertEquals("!abc", text.vocabulary());
        assertEquals(Shape.of(10, 3), text.windows(3, 0).shape());
        assertArrayEquals(new int[] {1, 2, 3}, Arrays.copyOf(text.windows(3, 0).ints(), 3));
        assertArrayEquals(new int[] {2, 3, 1}, Arrays.copyOf(text.windows(3, 1).ints(), 3));
        assertEquals(0, text.windows(3, 1).ints()[29]);
        assertEquals(Math.log(2), Text.of("abab").entropy(), 1e-12);
        assertThrows(IllegalArgumentException.class, () -> text.windows(4, 0));
    }

    /** A change of one symbol changes no prediction before it, and all that is known of it after it. */
    @Test
    void predictionsDoNotLookAhead() {
        CharacterTransformer model = CharacterTransformer.of(5, 6, 8, 2, RandomKey.of(1));
        float[] before = logits(model, 1, 2, 3, 4, 0, 1);
        float[] after = logits(model, 1, 2, 3, 0, 0, 1);
        for (int t = 0; t < 6; t++) {
            boolean equal = Arrays.equals(before, 5 * t, 5 * t + 5, after, 5 * t, 5 * t + 5);
            assertEquals(t < 3, equal, "character " + t);
        }
    }

    private TrainingFolder folder(String name) {
        return new Trainings(temp, false, Duration.ofDays(1)).training(name, Map.of());
    }

    private static HostArray residual(LanguageModel model) {
        return model.residual(1, 0, model.windows());
    }

    private static float[] logits(CharacterTransformer model, int... symbols) {
        return model.apply(Tensor.of(HostArray.of(Shape.of(1, symbols.length), symbols)))
                .toFloats();
    }

    /** In a text of period 7, whose next character is known, the loss falls to almost nothing, and what is written goes on. */
    @Test
    void itLearnsAndWrites() throws InterruptedException, IOException {
        Text text = Text.of("softmin".repeat(120));
        LanguageModel model = LanguageModel.train(text, 8, 16, 2, 250, RandomKey.of(1), CPU, folder("model"));
        HostArray heldOut = model.residual(1, model.windows() - model.windows() / 10, model.windows());
        double loss = model.heldOutLoss(heldOut, 1);
        assertEquals(Math.log(7), text.entropy(), 1e-9);
        assertTrue(loss < 0.1, "loss " + loss);
        // The blocks before the cut are in the residual stream: without it nothing is known.
        HostArray nothing = HostArray.zeros(heldOut.dtype(), heldOut.shape());
        assertTrue(model.heldOutLoss(nothing, 1) > 1);
        assertTrue(model.generate("so", 12, RandomKey.of(1)).startsWith("softminsoft"));
    }

    @Test
    void aKeyFixesTheModelAndWhatItWrites() throws InterruptedException, IOException {
        Text text = Text.builtIn(3000);
        LanguageModel model = LanguageModel.train(text, 16, 8, 1, 20, RandomKey.of(1), CPU, folder("model"));
        LanguageModel again = LanguageModel.train(text, 16, 8, 1, 20, RandomKey.of(1), CPU, folder("again"));
        LanguageModel other = LanguageModel.train(text, 16, 8, 1, 20, RandomKey.of(2), CPU, folder("other"));
        assertArrayEquals(residual(model).floats(), residual(again).floats());
        assertNotEquals(residual(model).get(0), residual(other).get(0));
        String written = model.generate("import ", 40, RandomKey.of(3));
        assertEquals(written, again.generate("import ", 40, RandomKey.of(3)));
        assertNotEquals(written, model.generate("import ", 40, RandomKey.of(4)));
    }
}
