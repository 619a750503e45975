package org.softmin.studies.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.DataFile;

/**
 * Reader of the binary layout of CIFAR-10: for each image a byte with its label, 0 to 9, then 1024 bytes of red, 1024 of
 * green and 1024 of blue, each from top to bottom and from left to right.
 *
 * <p>Files may be gzip, whatever their name says. A byte b becomes b / 255. Layout: A. Krizhevsky, "Learning multiple layers
 * of features from tiny images", 2009.
 */
public final class Cifar10 {
    private static final int CHANNELS = 3;
    private static final int SIZE = 32;
    private static final int CLASSES = 10;
    private static final int PIXELS = CHANNELS * SIZE * SIZE;
    private static final int RECORD = 1 + PIXELS;

    /** Images of a compressed file, of which the number is not known, for which storage is taken at first. */
    private static final int FIRST = 64;

    private Cifar10() {}

    /** Whether a file has a name such as {@code data_batch_1.bin} or {@code data_batch_1.bin.gz}. */
    public static boolean isNamed(Path file) {
        return file.toString().matches("(?s).*\\.bin(\\.gz)?");
    }

    /**
     * The folder that holds at least one file of the set: {@code folder} itself or its sub-folder {@code cifar-10} or, as it
     * is unpacked, {@code cifar-10-batches-bin}.
     */
    static Optional<Path> find(Path folder) {
        return List.of(folder, folder.resolve("cifar-10"), folder.resolve("cifar-10-batches-bin")).stream()
                .filter(candidate -> !files(candidate, "").isEmpty())
                .findFirst();
    }

    /** The files whose names begin so, packed or unpacked, in the order of the catalogue. */
    private static List<Path> files(Path folder, String start) {
        return DataCatalog.CIFAR_10.files().stream()
                .filter(file -> file.name().endsWith(".bin") && file.name().startsWith(start))
                .flatMap(file -> file.in(folder).stream())
                .toList();
    }

    /**
     * Reads the files {@code data_batch_1} to {@code 5}, as many as there are, for training and {@code test_batch} for
     * testing. Where there is but one of the two parts, and of a single file, a fifth of each class, drawn by a fixed key, is
     * kept for testing.
     *
     * @param path folder or file
     * @param why how it was chosen, for the description
     * @throws DataException if a file is damaged, empty, or not of whole images, or a label is not 0 to 9
     */
    public static DataSet load(Path path, String why) throws DataException {
        boolean single = !Files.isDirectory(path);
        List<Path> trainFiles = single ? List.of(path) : files(path, "data_batch");
        List<Path> testFiles = single ? List.of() : files(path, "test_batch");
        LabelledImages.Parts parts;
        boolean split = trainFiles.isEmpty() || testFiles.isEmpty();
        if (split) {
            parts = read(path, trainFiles.isEmpty() ? testFiles : trainFiles).split(path, CLASSES);
        } else {
            parts = new LabelledImages.Parts(read(path, trainFiles), read(path, testFiles));
        }
        // No check sums are published of the files inside the archive.
        String name = path.toAbsolutePath().normalize().getFileName() + "-unverified";
        return new DataSet(
                name,
                CHANNELS,
                SIZE,
                SIZE,
                CLASSES,
                parts.train().pixels(),
                parts.train().labels(),
                parts.test().pixels(),
                parts.test().labels(),
                name + ": " + parts.train().size() + " training and "
                        + parts.test().size() + " test images of CIFAR-10" + " from " + path + " (" + why + ")"
                        + (split ? ", split by a fixed key" : ""));
    }

    private static LabelledImages read(Path path, List<Path> files) throws DataException {
        List<LabelledImages> parts = new ArrayList<>();
        for (Path file : files) {
            parts.add(read(file));
        }
        return LabelledImages.join(path, parts);
    }

    /** Reads one file. */
    static LabelledImages read(Path file) throws DataException {
        String expected = "images of " + RECORD + " bytes, a label and " + PIXELS + " pixels";
        try (DataFile in = DataFile.open(file)) {
            long length = DataFile.length(file);
            if (!in.compressed() && (length % RECORD != 0 || length == 0)) {
                throw in.fail("expected " + expected + ", found " + length + " bytes");
            }
            long count = in.compressed() ? FIRST : length / RECORD;
            if (count > Integer.MAX_VALUE / PIXELS) {
                throw in.fail("found " + count + " images; expected at most " + Integer.MAX_VALUE / PIXELS);
            }
            LabelledImages images = LabelledImages.allocate(file, (int) count, PIXELS);
            byte[] bytes = new byte[RECORD];
            int n = 0;
            for (int got; (got = in.readUpTo(bytes, RECORD)) > 0; n++) {
                if (got < RECORD) {
                    throw in.fail((long) n * RECORD + got, "the content ends here; expected " + expected);
                }
                if (n == images.size()) {
                    LabelledImages larger = LabelledImages.allocate(file, 2 * n, PIXELS);
                    larger.pixels().rows(0, n).copyFrom(images.pixels());
                    larger.labels().rows(0, n).copyFrom(images.labels());
                    images = larger;
                }
                int label = bytes[0] & 0xFF;
                if (label >= CLASSES) {
                    throw in.fail((long) n * RECORD, "label " + label + "; expected labels from 0 to " + (CLASSES - 1));
                }
                images.labels().ints()[n] = label;
                float[] pixels = images.pixels().floats();
                for (int i = 0; i < PIXELS; i++) {
                    pixels[n * PIXELS + i] = (bytes[1 + i] & 0xFF) / 255f;
                }
            }
            if (n == 0) {
                throw in.fail("expected " + expected + ", found nothing");
            }
            return new LabelledImages(
                    images.pixels().rows(0, n), images.labels().rows(0, n));
        }
    }
}
