package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.softmin.studies.Progress.Style;

class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long now;

    private Progress progress(Style style, int width) {
        return new Progress(new PrintStream(bytes, true, StandardCharsets.UTF_8), style, width, () -> now);
    }

    private String written() {
        return bytes.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
    }

    @Test
    void linesSayWhichEpochHowFastAndHowLong() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try (Progress progress = progress(Style.LINES, 80)) {
            Progress.Run a = progress.run("A seed 1", 2);
            Progress.Run b = progress.run("B seed 1", 4000);
            now += 500_000_000L;
            a.epoch("loss 3.5");
            now += 3_500_000_000L;
            b.epoch("");
            progress.say("half way");
        } finally {
            Locale.setDefault(before);
        }
        assertEquals("""
            A seed 1: epoch 1/2, loss 3.5, 2.0 epochs/s, 33:21 left
            B seed 1: epoch 1/4000, 0.5 epochs/s, 2:13:20 left
            half way
            """, written());
    }

    @Test
    void epochsOfAnEarlierProcessAreCountedButTakeNoTime() {
        try (Progress progress = progress(Style.LINES, 80)) {
            Progress.Run run = progress.run("A", 10);
            run.resumed(7);
            now += 1_000_000_000L;
            run.epoch("");
        }
        assertEquals("A: epoch 8/10, 1.0 epochs/s, 0:02 left\n", written());
    }

    @Test
    void theBarFitsTheTerminalAndIsErasedInTheEnd() {
        try (Progress progress = progress(Style.BAR, 60)) {
            Progress.Run run = progress.run("a name that is much too long to fit into the line", 10);
            for (int i = 0; i < 10; i++) {
                now += 1_000_000_000L;
                run.epoch("loss 1");
            }
        }
        String[] frames = written().split("\r\u001b\\[K", -1);
        assertEquals(1 + 10 + 1, frames.length);
        assertTrue(frames[1].startsWith("##------------------  10 % 1.0 epochs/s, 0:09 left  a name"), frames[1]);
        assertTrue(frames[10].startsWith("#################### 100 % 1.0 epochs/s, 0:00 left"), frames[10]);
        assertEquals("", frames[11]);
        for (String frame : frames) {
            assertTrue(frame.length() < 60 && !frame.contains("\n"), frame);
        }
    }

    @Test
    void theBarIsNotDrawnMoreOftenThanItCanBeSeen() {
        Progress progress = progress(Style.BAR, 80);
        Progress.Run run = progress.run("A", 10_000);
        for (int i = 0; i < 10_000; i++) {
            now += 1_000_000L;
            run.epoch("");
        }
        int frames = written().split("\r", -1).length - 1;
        assertTrue(frames >= 90 && frames <= 102, frames + " frames in 10 s");
        assertTrue(written().endsWith("A: epoch 10000/10000"), "the last state is shown");
    }

    @Test
    void controlCodesGoToTerminalsOnlyAndColoursWhereWanted() {
        Map<String, String> xterm = Map.of("TERM", "xterm");
        assertEquals(Style.COLOURED_BAR, Progress.style(xterm, true));
        assertEquals(Style.LINES, Progress.style(xterm, false));
        assertEquals(Style.LINES, Progress.style(Map.of("TERM", "dumb"), true));
        assertEquals(Style.LINES, Progress.style(Map.of(), true));
        assertEquals(Style.BAR, Progress.style(Map.of("TERM", "xterm", "NO_COLOR", "1"), true));
        assertEquals(Style.COLOURED_BAR, Progress.style(Map.of("TERM", "xterm", "NO_COLOR", ""), true));
        assertEquals(132, Progress.width(Map.of("COLUMNS", "132")));
        assertEquals(80, Progress.width(Map.of("COLUMNS", "wide")));
        try (Progress progress = progress(Style.LINES, 80)) {
            progress.run("A", 1).epoch("loss 1");
        }
        assertFalse(written().contains("\u001b") || written().contains("\r"), written());
    }

    @Test
    void colourIsSwitchedOffAgain() {
        try (Progress progress = progress(Style.COLOURED_BAR, 80)) {
            progress.run("A", 1).epoch("");
        }
        assertTrue(written().contains("\u001b[36m####################\u001b[0m 100 %"), written());
    }

    @Test
    void quietIsQuiet() {
        try (Progress progress = progress(Style.QUIET, 80)) {
            progress.run("A", 1).epoch("loss 1");
            progress.say("hello");
        }
        assertEquals("", written());
    }

    @Test
    void runsInSeveralThreadsTakeTurns() throws InterruptedException {
        Queue<Boolean> locked = new ConcurrentLinkedQueue<>();
        AtomicReference<Progress> lock = new AtomicReference<>();
        LongSupplier clock = () -> {
            if (lock.get() != null) {
                locked.add(Thread.holdsLock(lock.get()));
            }
            return 0;
        };
        Progress progress = new Progress(new PrintStream(bytes, true, StandardCharsets.UTF_8), Style.BAR, 80, clock);
        lock.set(progress);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Progress.Run run = progress.run("run " + t, 500);
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 500; i++) {
                    run.epoch("");
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(locked.size() >= 2000 && !locked.contains(false), "an epoch was counted without the lock");
        // Time stands still, so that after the first frame only the completed bar is drawn: when none was lost.
        String[] frames = written().split("\r\u001b\\[K", -1);
        assertTrue(frames[frames.length - 1].startsWith("#################### 100 %"), frames[frames.length - 1]);
    }
}
