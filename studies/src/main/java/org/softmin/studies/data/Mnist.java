package org.softmin.studies.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.Idx;

/** Reader of data sets in the four files of MNIST: MNIST itself, Fashion-MNIST, and others of the same names. */
public final class Mnist {
    private static final int CLASSES = 10;

    private Mnist() {}

    /** The folder that holds at least one of the four files: {@code folder} itself or its sub-folder {@code mnist}. */
    public static Optional<Path> find(Path folder) {
        for (Path candidate : List.of(folder, folder.resolve("mnist"))) {
            for (DataCatalog.OfficialFile file : DataCatalog.MNIST.files()) {
                if (file.in(candidate).isPresent()) {
                    return Optional.of(candidate);
                }
            }
        }
        return Optional.empty();
    }

    /**
     * Reads the four files, gzip or not, from {@code folder}.
     *
     * <p>The name of the result is that of a known data set only if all files have their official check sums; otherwise
     * it is the name of the folder, marked as unverified.
     *
     * @param why how the folder was chosen, for the description
     * @throws DataException if a file is missing or damaged, the numbers of images and labels differ, images of training
     *     and test differ in size, or a label is not 0 to 9
     */
    public static DataSet load(Path folder, String why) throws DataException {
        List<DataCatalog.OfficialFile> files = DataCatalog.MNIST.files();
        HostArray train = images(folder, files.get(0));
        HostArray trainLabels = labels(folder, files.get(1), train);
        HostArray test = images(folder, files.get(2));
        HostArray testLabels = labels(folder, files.get(3), test);
        int rows = train.shape().dim(1);
        int columns = train.shape().dim(2);
        if (test.shape().dim(1) != rows || test.shape().dim(2) != columns) {
            throw new DataException(
                    path(folder, files.get(2)),
                    "expected images of " + rows + " x " + columns + " pixels as in training, found "
                            + test.shape().dim(1) + " x " + test.shape().dim(2));
        }
        String name = name(folder);
        return new DataSet(
                name,
                1,
                rows,
                columns,
                CLASSES,
                train.reshape(Shape.of(trainLabels.size(), rows * columns)),
                trainLabels,
                test.reshape(Shape.of(testLabels.size(), rows * columns)),
                testLabels,
                name + ": " + trainLabels.size() + " training and " + testLabels.size() + " test images from " + folder
                        + " (" + why + ")");
    }

    private static String name(Path folder) throws DataException {
        for (DataCatalog known : List.of(DataCatalog.MNIST, DataCatalog.FASHION_MNIST)) {
            if (known.isWhole(folder)) {
                return known.id();
            }
        }
        return folder.toAbsolutePath().normalize().getFileName() + "-unverified";
    }

    private static Path path(Path folder, DataCatalog.OfficialFile file) throws DataException {
        if (!Files.isDirectory(folder)) {
            throw new DataException(folder, "no such folder");
        }
        return file.in(folder)
                .orElseThrow(() -> new DataException(
                        folder.resolve(file.name()), "no such file, unpacked neither; see: softmin data"));
    }

    private static HostArray images(Path folder, DataCatalog.OfficialFile file) throws DataException {
        Path path = path(folder, file);
        HostArray images = Idx.readImages(path);
        if (images.size() == 0) {
            throw new DataException(path, "expected images, found none: " + images.shape());
        }
        return images;
    }

    private static HostArray labels(Path folder, DataCatalog.OfficialFile file, HostArray images) throws DataException {
        Path path = path(folder, file);
        HostArray labels = Idx.readLabels(path, CLASSES);
        if (labels.size() != images.shape().dim(0)) {
            throw new DataException(
                    path, "expected " + images.shape().dim(0) + " labels, one for each image, found " + labels.size());
        }
        return labels;
    }
}
