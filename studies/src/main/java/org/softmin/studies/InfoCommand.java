package org.softmin.studies;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.softmin.studies.Softmin.Session;
import org.softmin.studies.data.Cifar10;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.data.DataSource;
import org.softmin.studies.data.ImageFolder;
import org.softmin.studies.data.Picture;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.io.ArrayFile;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.StoredArray;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code softmin info}: what is in a file of arrays. */
@Command(
        name = "info",
        mixinStandardHelpOptions = true,
        versionProvider = Softmin.Version.class,
        description = {
            "Shows the arrays in a safetensors, npy, npz or IDX file, told by its content, not its name,",
            "or the images in a PGM, PNG or CIFAR-10 file (.bin, .bin.gz) or in a folder that run takes as --data."
        })
final class InfoCommand implements Callable<Integer> {
    /** Elements that are read at once: a row at least, and no row may have more than the most. */
    private static final int BLOCK = 1 << 16;

    private static final int MOST = 1 << 26;

    private final Session session;

    @Parameters(paramLabel = "FILE|DIR", description = "File or folder to look into.")
    private @Nullable Path file;

    @Option(
            names = "--values",
            description = "Read all elements, too, and show their range, their mean, NaN and infinities.")
    private boolean values;

    InfoCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws DataException {
        if (file == null) {
            throw new IllegalArgumentException("info: which file? use softmin info FILE");
        }
        if (Files.isDirectory(file) || Cifar10.isNamed(file)) {
            set(DataSource.at(file, "info").load(Integer.MAX_VALUE, Integer.MAX_VALUE));
            return ExitCode.OK.status();
        }
        if (ImageFolder.isNamed(file)) {
            session.out().println(Picture.read(file).kind());
            return ExitCode.OK.status();
        }
        try (ArrayFile in = ArrayFile.open(file)) {
            long bytes = 0;
            for (StoredArray array : in.arrays()) {
                session.out()
                        .printf(Locale.ROOT, "%s  %d bytes%s%n", array, array.bytes(), values ? range(in, array) : "");
                bytes += array.bytes();
            }
            in.metadata().forEach((name, value) -> session.out().println(oneLine(name) + ": " + oneLine(value)));
            int count = in.arrays().size();
            session.out().printf(Locale.ROOT, "%d array%s, %d bytes%n", count, count == 1 ? "" : "s", bytes);
        }
        return ExitCode.OK.status();
    }

    private void set(DataSet data) {
        session.out().println(oneLine(data.description()));
        session.out()
                .printf(
                        Locale.ROOT,
                        "channels %d, rows %d, columns %d: %d inputs%n",
                        data.channels(),
                        data.rows(),
                        data.columns(),
                        data.trainImages().shape().dim(1));
        int[] train = counts(data.trainLabels(), data.classes());
        int[] test = counts(data.testLabels(), data.classes());
        for (int k = 0; k < data.classes(); k++) {
            session.out().printf(Locale.ROOT, "label %d  %d training, %d test%n", k, train[k], test[k]);
        }
    }

    private static int[] counts(HostArray labels, int classes) {
        int[] counts = new int[classes];
        for (int label : labels.toInts()) {
            counts[label]++;
        }
        return counts;
    }

    private static String range(ArrayFile in, StoredArray array) throws DataException {
        if (array.size() == 0) {
            return "  no elements";
        }
        long width = array.rowSize();
        if (width > MOST) {
            throw new DataException(in.file(), array + ": its rows are too long to be read; leave out --values");
        }
        int most = (int) Math.max(1, BLOCK / width);
        float[] block = new float[(int) (most * width)];
        Range range = new Range();
        for (long row = 0; row < array.rows(); row += most) {
            int count = (int) Math.min(most, array.rows() - row);
            array.rows(row, count, block);
            for (int i = 0; i < count * width; i++) {
                range.add(block[i]);
            }
        }
        return range.toString();
    }

    /** Texts in a file may hold what would move the cursor of a terminal. */
    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    private static final class Range {
        private double least = Double.POSITIVE_INFINITY;
        private double greatest = Double.NEGATIVE_INFINITY;
        private double sum;
        private long finite;
        private long nan;
        private long infinite;

        void add(double value) {
            if (Double.isNaN(value)) {
                nan++;
            } else if (Double.isInfinite(value)) {
                infinite++;
            } else {
                least = Math.min(least, value);
                greatest = Math.max(greatest, value);
                sum += value;
                finite++;
            }
        }

        @Override
        public String toString() {
            String numbers = finite == 0
                    ? "  no finite elements"
                    : String.format(Locale.ROOT, "  %.6g to %.6g, mean %.6g", least, greatest, sum / finite);
            return numbers
                    + (nan == 0 ? "" : ", " + nan + " NaN")
                    + (infinite == 0 ? "" : ", " + infinite + " infinite");
        }
    }
}
