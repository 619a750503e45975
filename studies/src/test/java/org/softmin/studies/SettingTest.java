package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingTest {
    private enum Reduction {
        SUM,
        BATCH_MEAN
    }

    private static final Setting<Integer> EPOCHS = Setting.integer("epochs", "", 0, Integer.MAX_VALUE, 5, 100);
    private static final Setting<Integer> BATCH = Setting.integer("batch", "", 2, 60_000, 128, 128);
    private static final Setting<Double> RATE = Setting.realAbove("learning-rate", "", 0, 1e-3, 1e-3);
    private static final Setting<Double> LAMBDA = Setting.realAtLeast("lambda", "", 0, 1, 1);
    private static final Setting<Double> DROPOUT = Setting.fraction("dropout", "", 0, 0.5);
    private static final Setting<List<Integer>> WIDTHS =
            Setting.integers("widths", "", 1, 4096, List.of(64), List.of(16, 32, 64));
    private static final Setting<Reduction> REDUCTION =
            Setting.choice("reduction", "", Reduction.class, Reduction.SUM, Reduction.SUM);
    private static final Setting<Boolean> BIAS = Setting.flag("bias", "", true, true);
    private static final List<Setting<?>> ALL = List.of(EPOCHS, BATCH, RATE, LAMBDA, DROPOUT, WIDTHS, REDUCTION, BIAS);

    @Test
    void readsWhatIsInItsRange() {
        assertEquals(0, EPOCHS.parse("0"));
        assertEquals(Integer.MAX_VALUE, EPOCHS.parse(" 2147483647 "));
        assertEquals(2, BATCH.parse("2"));
        assertEquals(60_000, BATCH.parse("60000"));
        assertEquals(1e-3, RATE.parse("1e-3"));
        assertEquals(0.5, RATE.parse(".5"));
        assertEquals(Double.MIN_VALUE, RATE.parse("4.9e-324"));
        assertEquals(0.0, LAMBDA.parse("0"));
        assertEquals(0.0, DROPOUT.parse("0.0"));
        assertEquals(0.999, DROPOUT.parse("0.999"));
        assertEquals(List.of(1, 4096), WIDTHS.parse("1,4096"));
        assertEquals(Reduction.BATCH_MEAN, REDUCTION.parse("batch-mean"));
        assertFalse(BIAS.parse("false"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "epochs=-1",
                "epochs=2147483648",
                "epochs=99999999999999999999",
                "epochs=1e3",
                "epochs=0x10",
                "epochs=\u0663",
                "epochs=+1",
                "batch=0",
                "batch=1",
                "batch=60001",
                "learning-rate=NaN",
                "learning-rate=Infinity",
                "learning-rate=1e999",
                "learning-rate=0",
                "learning-rate=-0.0",
                "learning-rate=1e-400",
                "learning-rate=-1",
                "learning-rate=1f",
                "learning-rate=0,1",
                "learning-rate=.",
                "learning-rate=",
                "lambda=-1e-9",
                "lambda=-Infinity",
                "dropout=1",
                "dropout=1.0",
                "dropout=-0.1",
                "widths=",
                "widths=64,",
                "widths=64,0",
                "widths=64;32",
                "reduction=SUM",
                "reduction=batch_mean",
                "reduction=mean",
                "bias=yes",
                "bias=True",
            })
    void refusesWhatIsNot(String assignment) {
        String[] parts = assignment.split("=", 2);
        UsageException refused =
                assertThrows(UsageException.class, () -> new Settings(ALL, Preset.QUICK, Map.of(parts[0], parts[1])));
        String range = Names.find("setting", parts[0], ALL, Setting::key).range();
        assertEquals(parts[0] + ": \"" + parts[1] + "\" is not allowed; use " + range, refused.getMessage());
    }

    @Test
    void rangesReadLikeASentence() {
        assertEquals("a whole number, 0 or more", EPOCHS.range());
        assertEquals("a whole number from 2 to 60000", BATCH.range());
        assertEquals("a finite number above 0", RATE.range());
        assertEquals("a finite number, 0 or more", LAMBDA.range());
        assertEquals("a list such as 16,32,64, each a whole number from 1 to 4096", WIDTHS.range());
        assertEquals("one of sum, batch-mean", REDUCTION.range());
    }

    @Test
    void thePresetGivesTheRest() {
        Settings quick = new Settings(ALL, Preset.QUICK, Map.of("batch", "64"));
        Settings full = new Settings(ALL, Preset.FULL, Map.of("batch", "64"));
        assertEquals(5, quick.get(EPOCHS));
        assertEquals(100, full.get(EPOCHS));
        assertEquals(64, full.get(BATCH));
        assertFalse(full.arePreset());
        assertTrue(new Settings(ALL, Preset.FULL, Map.of("batch", "128", "lambda", "1.0")).arePreset());
        assertEquals(
                "{epochs=100, batch=64, learning-rate=0.001, lambda=1, dropout=0.5, widths=16,32,64, reduction=sum,"
                        + " bias=true}",
                full.texts().toString());
        full.texts()
                .forEach((key, text) -> assertEquals(
                        text,
                        Setting.text(
                                Names.find("setting", key, ALL, Setting::key).parse(text))));
    }

    @Test
    void aSettingThatTheStudyDoesNotListIsABug() {
        Settings settings = new Settings(List.of(EPOCHS), Preset.QUICK, Map.of());
        assertThrows(IllegalArgumentException.class, () -> settings.get(BATCH));
    }

    @Test
    void namesAreMatchedByTypingErrors() {
        assertEquals(0, Names.distance("abc", "abc"));
        assertEquals(1, Names.distance("abc", "acb"));
        assertEquals(1, Names.distance("abc", "ab"));
        assertEquals(1, Names.distance("abc", "abbc"));
        assertEquals(1, Names.distance("abc", "axc"));
        assertEquals(3, Names.distance("", "abc"));
        assertEquals(3, Names.distance("kitten", "sitting"));
        assertEquals(
                "decoder-free-sae",
                Names.nearest("decoder-fre-sea", List.of("other", "decoder-free-sae"))
                        .orElseThrow());
        assertTrue(Names.nearest("generative", List.of("decoder-free-sae")).isEmpty());
    }
}
