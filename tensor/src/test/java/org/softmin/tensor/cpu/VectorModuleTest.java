package org.softmin.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VectorModuleTest {

    @ParameterizedTest
    @CsvSource({
        "25,               G1 Young Generation, true",
        "25+36-LTS,        G1 Concurrent GC,    true",
        "25.0.1,           G1 Old Generation,   true",
        "25.0.2+10-LTS,    G1 Young Generation, true",
        "25.0.2,           PS Scavenge,         false",
        "25.0.3+9-LTS,     G1 Young Generation, false",
        "25.0.2.1,         G1 Young Generation, true",
        "25.1.0.1,         G1 Young Generation, false",
        "26,               G1 Young Generation, false",
        "24.0.2,           G1 Young Generation, false",
    })
    void refusesTheJavaThatCorruptsArrays(String version, String collector, boolean refused) {
        assertEquals(
                refused,
                VectorModule.refusal(Runtime.Version.parse(version), List.of("other", collector))
                        .isPresent());
    }

    @Test
    void refusalSaysWhatToDo() {
        String sentence = VectorModule.refusal(Runtime.Version.parse("25.0.1"), List.of("G1 Young Generation"))
                .orElseThrow();
        assertTrue(sentence.contains("25.0.1") && sentence.contains("JDK-8377811"), sentence);
        assertTrue(sentence.contains("25.0.3 or later") && sentence.contains("-XX:+UseParallelGC"), sentence);
    }

    @Test
    void describesTheChoice() {
        assertTrue(VectorModule.available(), "tests run with --add-modules jdk.incubator.vector");
        assertTrue(
                VectorModule.describe(2).matches("CPU backend: \\S+ \\(" + Lanes.BITS + " bit\\), 2 threads"),
                VectorModule.describe(2));
        assertTrue(VectorModule.describe(1).endsWith(", 1 thread"), VectorModule.describe(1));
        assertEquals("AVX-512 (512 bit)", VectorModule.instructionSet("amd64", 512));
        assertEquals("AVX2 (256 bit)", VectorModule.instructionSet("amd64", 256));
        assertEquals("SSE (128 bit)", VectorModule.instructionSet("amd64", 128));
        assertEquals("NEON (128 bit)", VectorModule.instructionSet("aarch64", 128));
        assertEquals("SVE (256 bit)", VectorModule.instructionSet("aarch64", 256));
    }

    @Test
    void widthCanBeOverridden() {
        assertEquals(512, VectorModule.bits(512, ""));
        assertEquals(128, VectorModule.bits(64, ""));
        assertEquals(512, VectorModule.bits(2048, ""));
        assertEquals(256, VectorModule.bits(512, "256"));
        assertEquals(512, VectorModule.bits(256, "512"));
        for (String wrong : List.of("64", "1024", "wide", " 256", "-128")) {
            String message = assertThrows(IllegalArgumentException.class, () -> VectorModule.bits(512, wrong))
                    .getMessage();
            assertEquals("softmin.vector.bits: " + wrong + " is not a vector width; use 128, 256 or 512", message);
        }
    }

    @Test
    void speciesAgreeInLanes() {
        assertEquals(Lanes.BITS, Lanes.F32.vectorBitSize());
        assertEquals(Lanes.F32.length(), Lanes.I32.length());
        assertEquals(Lanes.F64.length(), Lanes.I64.length());
        assertEquals(Lanes.F64.length(), Lanes.I32_HALF.length());
        assertEquals(Lanes.F32.length(), 2 * Lanes.F64.length());
    }
}
