package org.softmin.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.softmin.tensor.Backend;
import org.softmin.tornado.TornadoBackend.Absent;
import org.softmin.tornado.TornadoBackend.Present;

class TornadoBackendTest {
    @Test
    void anOrdinaryJvmHasNoTornado() {
        assertInstanceOf(Absent.class, TornadoBackend.detect());
    }

    @Test
    void withoutAnInstallationSaysHowToInstallAndStartIt() {
        assertEquals(
                "TornadoVM is not running in this JVM: install it (sdk install tornadovm), then start Java with"
                        + " @$TORNADOVM_HOME/tornado-argfile",
                TornadoBackend.detect(null, null).describe());
    }

    @Test
    void withAnInstallationSaysHowToStartIt() {
        assertEquals(
                "TornadoVM is not running in this JVM: start Java with @/opt/tornado/tornado-argfile",
                TornadoBackend.detect(null, "/opt/tornado").describe());
    }

    @Test
    void aRunningTornadoIsFoundAndItsLimitSaid() {
        TornadoBackend.Detection detection = TornadoBackend.detect("a.Runtime", null);
        assertEquals(new Present("a.Runtime"), detection);
        assertEquals(
                "TornadoVM is running (a.Runtime), but this version of Softmin does not compile programs for it; use"
                        + " cpu",
                detection.describe());
    }

    @Test
    void isListedAmongTheBackendsAndRefusedWithTheReason() {
        Backend.Provider provider = Backend.providers().stream()
                .filter(candidate -> candidate.name().equals("tornado"))
                .findFirst()
                .orElseThrow();
        assertFalse(provider.available());
        String refusal = assertThrows(IllegalArgumentException.class, () -> Backend.named("tornado"))
                .getMessage();
        assertTrue(refusal.endsWith(provider.describe()), refusal);
        assertThrows(IllegalStateException.class, () -> provider.open(Backend.Options.DEFAULT));
    }
}
