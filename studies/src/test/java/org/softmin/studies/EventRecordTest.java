package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.softmin.studies.EventFile.Event;

/** What is written for TensorBoard, read back by {@link EventFile}, which shares nothing with the writer. */
class EventRecordTest {
    private static byte[] file() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(EventRecord.version(1.5));
        file.writeBytes(EventRecord.scalars(1.7e9 + 0.25, 1, Map.of("loss", -0.1, "rate", 1e-3)));
        file.writeBytes(EventRecord.scalars(2, 127, Map.of("loss", 1e300)));
        file.writeBytes(EventRecord.scalars(3, 128, Map.of("loss", Double.NaN)));
        file.writeBytes(EventRecord.scalars(4, 1L << 40, Map.of("λ-var", 0.0)));
        return file.toByteArray();
    }

    @Test
    void theDecoderReadsWhatWasWritten() {
        assertEquals(
                List.of(
                        new Event(1.5, 0, "brain.Event:2", Map.of()),
                        new Event(1.7e9 + 0.25, 1, "", Map.of("loss", -0.1f, "rate", 1e-3f)),
                        new Event(2, 127, "", Map.of("loss", Float.POSITIVE_INFINITY)),
                        new Event(3, 128, "", Map.of("loss", Float.NaN)),
                        new Event(4, 1L << 40, "", Map.of("λ-var", 0f))),
                EventFile.decode(file()));
    }

    @Test
    void theChecksumIsTheOneOfTheFormat() {
        // The check value of CRC-32C, from the catalogue of parametrised CRC algorithms.
        assertEquals(0xE3069283, EventFile.crc("123456789".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void anyByteThatIsChangedIsNoticed() {
        byte[] file = file();
        for (int i = 0; i < file.length; i++) {
            byte[] damaged = file.clone();
            damaged[i] ^= 1;
            AssertionError e = assertThrows(AssertionError.class, () -> EventFile.decode(damaged), "byte " + i);
            assertTrue(e.getMessage().contains("checksum"), e.getMessage());
        }
    }
}
