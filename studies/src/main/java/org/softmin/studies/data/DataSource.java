package org.softmin.studies.data;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.DataException;

/** Where the images of a run come from: what {@code --data} means, and what is taken without it. Immutable. */
public sealed interface DataSource {
    /** The built-in digits. */
    String SYNTHETIC = "synthetic";

    /** What stands before the name of a file of activations. */
    String ACTIVATIONS = "activations:";

    /** The four files of MNIST in a folder. */
    record Folder(Path path, String why) implements DataSource {}

    /** A folder with the files of CIFAR-10, or one file of that layout. */
    record Cifar(Path path, String why) implements DataSource {}

    /** A folder of PGM and PNG images. */
    record Images(Path path, String why) implements DataSource {}

    /**
     * Activations of a model in a file. They are no images and cannot be loaded as such: studies of activations take them.
     *
     * @param array name of an array in the file; empty for the only one that fits
     */
    record Activations(Path file, String array) implements DataSource {}

    /** {@link SyntheticDigits}, always the same: as many as MNIST has at most. */
    record Synthetic(String why) implements DataSource {}

    /**
     * Chooses the source of a run.
     *
     * <p>An argument is {@value #SYNTHETIC}, {@value #ACTIVATIONS} and a file, which a colon and the name of an array may
     * follow, a file in the layout of CIFAR-10 ({@code .bin} or {@code .bin.gz}), or a folder. A folder is, in this order,
     * one that is or contains MNIST, one that is or contains CIFAR-10, or one of PGM and PNG images ({@link ImageFolder}).
     * Without an argument: MNIST in the folder that {@code SOFTMIN_DATA} names, then in {@code data/mnist}, then the
     * built-in digits.
     *
     * @param argument of {@code --data}, or null
     * @param softminData value of the environment variable {@code SOFTMIN_DATA}, or null
     * @param workingFolder where {@code data/mnist} is looked for
     * @throws DataException if the argument is a folder without such files, or nothing of the kind
     * @throws IllegalArgumentException if it cannot be the name of a folder
     */
    static DataSource choose(@Nullable String argument, @Nullable String softminData, Path workingFolder)
            throws DataException {
        if (argument != null && argument.startsWith(ACTIVATIONS)) {
            return activations(argument.substring(ACTIVATIONS.length()));
        }
        if (argument != null) {
            return argument.equals(SYNTHETIC)
                    ? new Synthetic("--data " + SYNTHETIC)
                    : at(path("--data", argument), "--data");
        }
        String named = softminData == null ? "" : softminData.strip();
        if (!named.isEmpty()) {
            Optional<Path> found = Mnist.find(path("SOFTMIN_DATA", named));
            if (found.isPresent()) {
                return new Folder(found.get(), "SOFTMIN_DATA");
            }
        }
        String searched =
                named.isEmpty() ? "not in data/mnist" : "neither in SOFTMIN_DATA, " + named + ", nor in data/mnist";
        return Mnist.find(workingFolder.resolve("data/mnist"))
                .<DataSource>map(folder -> new Folder(folder, "found in data/mnist"))
                .orElseGet(() -> new Synthetic("MNIST is " + searched + "; see: softmin data"));
    }

    /** A name begins after the last colon before which there is a file; the names of files and arrays may hold colons. */
    private static Activations activations(String text) {
        for (int end = text.length(); end > 0; end = text.lastIndexOf(':', end - 1)) {
            Path file = path("--data", text.substring(0, end));
            if (Files.exists(file)) {
                return new Activations(file, text.substring(Math.min(end + 1, text.length())));
            }
        }
        return new Activations(path("--data", text), "");
    }

    /**
     * The images in a folder or file, as {@link #choose} tells what they are.
     *
     * @param why how it was chosen, for the description
     * @throws DataException if there are none
     */
    static DataSource at(Path path, String why) throws DataException {
        if (!Files.isDirectory(path)) {
            if (Files.isRegularFile(path) && Cifar10.isNamed(path)) {
                return new Cifar(path, why);
            }
            throw new DataException(
                    path,
                    Files.exists(path)
                            ? "expected a folder, a CIFAR-10 file (.bin, .bin.gz), or " + SYNTHETIC
                                    + ", found another file"
                            : "no such folder or file; --data takes a folder with MNIST, CIFAR-10 or images, or "
                                    + SYNTHETIC);
        }
        Optional<DataSource> found = Mnist.find(path).map(folder -> new Folder(folder, why));
        if (found.isEmpty()) {
            found = Cifar10.find(path).map(folder -> new Cifar(folder, why));
        }
        if (found.isEmpty() && ImageFolder.isOne(path)) {
            found = Optional.of(new Images(path, why));
        }
        return found.orElseThrow(() -> new DataException(
                path,
                "expected the files of MNIST (train-images-idx3-ubyte.gz, ...) or CIFAR-10 (data_batch_1.bin, ...), or"
                        + " PGM or PNG images in one sub-folder for each class, found none; see: softmin data"));
    }

    private static Path path(String what, String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(what + ": \"" + text + "\" is not the name of a folder or file");
        }
    }

    /**
     * Loads the data: at most {@code train} training and {@code test} test images, the first ones.
     *
     * @throws DataException if the files are not what they should be
     */
    default DataSet load(int train, int test) throws DataException {
        if (train < 1 || test < 1) {
            throw new IllegalArgumentException(
                    "data: " + train + " training and " + test + " test images; use 1 or more");
        }
        return switch (this) {
            case Folder(Path path, String why) -> first(Mnist.load(path, why), train, test);
            case Cifar(Path path, String why) -> first(Cifar10.load(path, why), train, test);
            case Images(Path path, String why) -> first(ImageFolder.load(path, why), train, test);
            case Activations(Path file, String _) ->
                throw new DataException(
                        file,
                        "expected images; --data " + ACTIVATIONS
                                + "FILE[:ARRAY] is for: softmin run activations, and softmin run decoder-free-sae");
            case Synthetic(String why) -> synthetic(Math.min(train, 60_000), Math.min(test, 10_000), why);
        };
    }

    private static DataSet synthetic(int train, int test, String why) {
        SyntheticDigits digits = new SyntheticDigits(1);
        int size = SyntheticDigits.SIZE;
        // The test images begin where the largest training set would end: always the same, and never trained on.
        return new DataSet(
                "synthetic-digits",
                1,
                size,
                size,
                10,
                HostArray.of(Shape.of(train, size * size), digits.images(0, train)),
                HostArray.of(Shape.of(train), digits.labels(0, train)),
                HostArray.of(Shape.of(test, size * size), digits.images(60_000, test)),
                HostArray.of(Shape.of(test), digits.labels(60_000, test)),
                "synthetic-digits: " + train + " training and " + test + " test images, built in (" + why + ")");
    }

    private static DataSet first(DataSet data, int train, int test) {
        int trainCount = Math.min(train, data.trainLabels().size());
        int testCount = Math.min(test, data.testLabels().size());
        boolean all = trainCount == data.trainLabels().size()
                && testCount == data.testLabels().size();
        return new DataSet(
                data.name(),
                data.channels(),
                data.rows(),
                data.columns(),
                data.classes(),
                data.trainImages().rows(0, trainCount),
                data.trainLabels().rows(0, trainCount),
                data.testImages().rows(0, testCount),
                data.testLabels().rows(0, testCount),
                data.description() + (all ? "" : ", the first " + trainCount + " and " + testCount + " of them"));
    }
}
