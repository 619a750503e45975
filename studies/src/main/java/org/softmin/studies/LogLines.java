package org.softmin.studies;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/**
 * Shows what the engine logs as one line each on standard error, where Java by itself prints two.
 *
 * <p>Java finds it through its service loader, so it holds for every class of an application with the studies in it.
 */
public final class LogLines extends System.LoggerFinder {
    private static volatile boolean quiet;
    private static volatile @Nullable Progress progress;

    /** Called by the service loader. */
    public LogLines() {}

    /** Whether to leave out what is not at least a warning. */
    static void setQuiet(boolean quiet) {
        LogLines.quiet = quiet;
    }

    /** Lines go through what shows progress, in whose bar they would end up otherwise; null when nothing does. */
    static void setProgress(@Nullable Progress progress) {
        LogLines.progress = progress;
    }

    @Override
    public System.Logger getLogger(String name, Module module) {
        return new Line(name);
    }

    private record Line(String getName) implements System.Logger {
        @Override
        public boolean isLoggable(Level level) {
            // Java's own classes log here, too, and have little to say to the user of a study.
            boolean ours = getName.startsWith("org.softmin") && !quiet;
            return level != Level.OFF && level.compareTo(ours ? Level.INFO : Level.WARNING) >= 0;
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String message, @Nullable Throwable thrown) {
            if (isLoggable(level)) {
                String line = "softmin: " + message + (thrown == null ? "" : ": " + thrown);
                Progress shown = progress;
                if (shown == null) {
                    System.err.println(line);
                } else {
                    shown.say(line);
                }
            }
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String format, @Nullable Object... values) {
            boolean plain = format == null || values == null || values.length == 0;
            String message = plain ? format : new MessageFormat(format, Locale.ROOT).format(values);
            log(level, bundle, message, (Throwable) null);
        }
    }
}
