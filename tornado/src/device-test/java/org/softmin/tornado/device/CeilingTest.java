package org.softmin.tornado.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.softmin.tornado.Devices;

class CeilingTest {
    @Test
    void theFirstDeviceMultipliesAddsAndLaunches() {
        TornadoDevices devices = new TornadoDevices();
        Devices.Limits limits = devices.measure(devices.list().getFirst());
        assertTrue(limits.flops() > 0 && Double.isFinite(limits.flops()), limits::toString);
        assertEquals(Set.of(1, 10, 20), limits.launches().keySet());
        assertTrue(limits.launches().values().stream().allMatch(seconds -> seconds > 0), limits::toString);
    }
}
