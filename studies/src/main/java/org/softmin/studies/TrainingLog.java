package org.softmin.studies;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import org.softmin.nn.Listener;

/**
 * The course of a training in two files that grow as it goes: {@code metrics.jsonl}, a JSON object a line, and an event
 * file for TensorBoard.
 *
 * <p>A line has the step, from 1, and either {@code batch_loss}, the loss of every 100th step, or {@code epoch} and
 * {@code loss}, the mean of an epoch; both have the learning rate. Checkpoints remember how long the files were:
 * a training that goes on from one cuts off what came after it, so that no step occurs twice.
 */
final class TrainingLog implements Listener, Closeable {
    static final String METRICS = "metrics.jsonl";
    /** TensorBoard reads files that have "tfevents" in their names. */
    static final String EVENTS = "events.out.tfevents.softmin";

    private static final int STEPS = 100;
    private static final String POSITION = "log.";

    private final RandomAccessFile metrics; // unlike a channel, it stays open if its thread is interrupted
    private final RandomAccessFile events;
    private final InstantSource clock;
    private long step;

    private TrainingLog(RandomAccessFile metrics, RandomAccessFile events, long step, InstantSource clock) {
        this.metrics = metrics;
        this.events = events;
        this.step = step;
        this.clock = clock;
    }

    /**
     * Opens both files.
     *
     * @param step steps so far
     * @param checkpoint texts that hold the {@link #position} from which to go on, or none to begin
     * @param clock for the times in the event file
     */
    static TrainingLog open(Path folder, long step, Map<String, String> checkpoint, InstantSource clock)
            throws IOException {
        RandomAccessFile metrics = open(folder.resolve(METRICS), checkpoint);
        try {
            TrainingLog log = new TrainingLog(metrics, open(folder.resolve(EVENTS), checkpoint), step, clock);
            if (log.events.length() == 0) {
                log.events.write(EventRecord.version(log.seconds()));
            }
            return log;
        } catch (IOException e) {
            metrics.close();
            throw e;
        }
    }

    private static RandomAccessFile open(Path file, Map<String, String> checkpoint) throws IOException {
        String position = checkpoint.getOrDefault(POSITION + file.getFileName(), "0");
        long length = position.matches("[0-9]{1,18}") ? Long.parseLong(position) : 0;
        RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw");
        // After a power cut it may be shorter than it was. That costs lines of the log, and no result.
        opened.setLength(Math.min(length, opened.length()));
        opened.seek(opened.length());
        return opened;
    }

    /** How long the files are, as texts for a checkpoint; all of it is on the disk when this returns. */
    Map<String, String> position() throws IOException {
        metrics.getFD().sync();
        events.getFD().sync();
        return Map.of(
                POSITION + METRICS, Long.toString(metrics.length()), POSITION + EVENTS, Long.toString(events.length()));
    }

    @Override
    public void onStep(long step, double loss, double rate) {
        this.step = step;
        if (step % STEPS == 0) {
            write(
                    "{\"step\":" + step + ",\"batch_loss\":" + loss + ",\"rate\":" + rate + "}\n",
                    EventRecord.scalars(seconds(), step, Map.of("batch_loss", loss)));
        }
    }

    @Override
    public void onEpoch(int epoch, double loss, double rate) {
        write(
                "{\"step\":" + step + ",\"epoch\":" + epoch + ",\"loss\":" + loss + ",\"rate\":" + rate + "}\n",
                EventRecord.scalars(seconds(), step, Map.of("loss", loss)));
    }

    private void write(String line, byte[] event) {
        try {
            metrics.write(line.getBytes(StandardCharsets.UTF_8));
            events.write(event);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    new EnvironmentException("the log of a training could not be written: " + ExitCode.describe(e), e));
        }
    }

    private double seconds() {
        return clock.millis() / 1e3;
    }

    /** Four digits, for people. */
    static String rounded(double loss) {
        return String.format(Locale.ROOT, "%.4g", loss);
    }

    @Override
    public void close() throws IOException {
        try (metrics) {
            events.close();
        }
    }
}
