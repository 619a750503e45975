package org.softmin.studies;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Tells on standard error how far the runs of a study are, and how long the rest will take: a bar on a terminal, a line
 * per epoch elsewhere, nothing when quiet.
 *
 * <p>Thread-safe: runs in several threads report to one instance. Control codes are written to terminals only.
 */
public final class Progress implements AutoCloseable {
    /** How progress is shown. */
    enum Style {
        BAR,
        COLOURED_BAR,
        LINES,
        QUIET
    }

    private static final int BAR = 20;
    private static final long REDRAW_NANOS = 100_000_000;
    private static final String ERASE_LINE = "\r\u001b[K";

    private final PrintStream out;
    private final Style style;
    private final int width;
    private final LongSupplier nanoTime;
    private final long start;
    private long drawn;
    private long epochs;
    private long done;
    private String latest = "";

    Progress(PrintStream out, Style style, int width, LongSupplier nanoTime) {
        this.out = out;
        this.style = style;
        this.width = width;
        this.nanoTime = nanoTime;
        this.start = nanoTime.getAsLong();
        this.drawn = start - REDRAW_NANOS;
    }

    /** Progress on standard error, in the style that suits it. */
    public static Progress onStandardError(boolean quiet) {
        Map<String, String> environment = System.getenv();
        Style style = quiet ? Style.QUIET : style(environment, isTerminal());
        return new Progress(System.err, style, width(environment), System::nanoTime);
    }

    static Style style(Map<String, String> environment, boolean terminal) {
        if (!terminal || environment.getOrDefault("TERM", "dumb").equals("dumb")) {
            return Style.LINES;
        }
        return environment.getOrDefault("NO_COLOR", "").isEmpty() ? Style.COLOURED_BAR : Style.BAR;
    }

    static int width(Map<String, String> environment) {
        String columns = environment.getOrDefault("COLUMNS", "");
        return columns.matches("[1-9][0-9]{1,3}") ? Integer.parseInt(columns) : 80;
    }

    /** Whether standard error is a character device, as terminals are; {@code System.console()} asks about input. */
    private static boolean isTerminal() {
        try {
            int mode = (int) Files.getAttribute(Path.of("/dev/fd/2"), "unix:mode");
            return (mode & 0170000) == 0020000;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException unknown) {
            return false;
        }
    }

    /**
     * Announces a run. Announce all before the first begins: the time left is that of all announced runs.
     *
     * @param name what is being run, such as {@code "B seed 2"}
     */
    public synchronized Run run(String name, int epochs) {
        this.epochs += epochs;
        return new Run(name, epochs);
    }

    /** Prints a line of its own. */
    public synchronized void say(String line) {
        switch (style) {
            case BAR, COLOURED_BAR -> {
                out.println(ERASE_LINE + line);
                draw();
            }
            case LINES -> out.println(line);
            case QUIET -> {}
        }
    }

    /** Removes the bar. */
    @Override
    public synchronized void close() {
        switch (style) {
            case BAR, COLOURED_BAR -> out.print(ERASE_LINE);
            case LINES, QUIET -> {}
        }
        out.flush();
    }

    /** One of the runs; used by one thread at a time. */
    public final class Run {
        private final String name;
        private final int of;
        private int epoch;

        private Run(String name, int of) {
            this.name = name;
            this.of = of;
        }

        /** Says that so many epochs were done before, by a process that was stopped: they take no time now. */
        public void resumed(int epochs) {
            epoch += epochs;
            skip(epochs);
        }

        /**
         * Reports that one more epoch is done.
         *
         * @param note how it went, such as {@code "loss 12.3"}, or empty
         */
        public void epoch(String note) {
            epoch++;
            report(name + ": epoch " + epoch + "/" + of + (note.isEmpty() ? "" : ", " + note));
        }
    }

    private synchronized void skip(int epochs) {
        this.epochs -= epochs;
    }

    private synchronized void report(String line) {
        done++;
        latest = line;
        switch (style) {
            case BAR, COLOURED_BAR -> {
                if (nanoTime.getAsLong() - drawn >= REDRAW_NANOS || done == epochs) {
                    draw();
                }
            }
            case LINES -> out.println(line + ", " + pace());
            case QUIET -> {}
        }
    }

    private void draw() {
        drawn = nanoTime.getAsLong();
        int filled = epochs == 0 ? 0 : (int) (BAR * Math.min(done, epochs) / epochs);
        String bar = "#".repeat(filled) + "-".repeat(BAR - filled);
        String text =
                String.format(Locale.ROOT, " %3d %% %s  %s", epochs == 0 ? 0 : 100 * done / epochs, pace(), latest);
        // One column less than there are: some terminals wrap when the last is written to.
        int room = Math.max(0, width - 1 - BAR);
        String shown = text.substring(0, Math.min(room, text.length()));
        out.print(ERASE_LINE + (style == Style.COLOURED_BAR ? "\u001b[36m" + bar + "\u001b[0m" : bar) + shown);
        out.flush();
    }

    /** Epochs per second, and the time that the rest takes at this rate. */
    private String pace() {
        double seconds = (nanoTime.getAsLong() - start) / 1e9;
        if (done == 0 || seconds <= 0) {
            return "";
        }
        double rate = done / seconds;
        long left = Math.round(Math.max(0, epochs - done) / rate);
        String time = left < 3600
                ? String.format(Locale.ROOT, "%d:%02d left", left / 60, left % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d left", left / 3600, left / 60 % 60, left % 60);
        return String.format(Locale.ROOT, "%.1f epochs/s, %s", rate, time);
    }
}
