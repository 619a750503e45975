package org.softmin.studies.data;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.softmin.tensor.io.DataException;

/**
 * Reader of a folder of PGM and PNG images.
 *
 * <p>Each sub-folder with images is a class. Classes are numbered in the order of their names, by Unicode, so that
 * {@code s10} comes before {@code s2}. A folder with images of its own and none below is one class. If it has sub-folders
 * {@code train} and {@code test}, they hold the classes of each part; otherwise a fifth of each class, drawn by a fixed key,
 * is kept for testing. Images come in an order drawn by that key, too.
 *
 * <p>All images must have one size, and be grey or all in colour: nothing is scaled, cut or converted. A file counts as an
 * image by the ending of its name, {@code .pgm} or {@code .png}; others, hidden ones and folders without images are passed
 * over, and links are followed. One image that cannot be read is an error that names it.
 */
public final class ImageFolder {
    private static final String TRAIN = "train";
    private static final String TEST = "test";

    private ImageFolder() {}

    /** Whether there are images in it, in its sub-folders, or in theirs if it is split into training and test. */
    static boolean isOne(Path folder) throws DataException {
        return isSplit(folder) || !classes(folder).isEmpty();
    }

    private static boolean isSplit(Path folder) throws DataException {
        return Files.isDirectory(folder.resolve(TRAIN))
                && Files.isDirectory(folder.resolve(TEST))
                && !classes(folder.resolve(TRAIN)).isEmpty();
    }

    /**
     * Reads all images.
     *
     * @param why how the folder was chosen, for the description
     * @throws DataException if a file or folder cannot be read, images differ in size or colours, there are images both in
     *     the folder and below it, or training and test have other classes
     */
    public static DataSet load(Path folder, String why) throws DataException {
        boolean split = isSplit(folder);
        SequencedMap<String, List<Path>> train = classes(split ? folder.resolve(TRAIN) : folder);
        List<String> names = List.copyOf(train.keySet());
        if (names.isEmpty()) {
            throw new DataException(folder, "expected PGM or PNG images here or in sub-folders, found none");
        }
        Path first = train.firstEntry().getValue().getFirst();
        Picture model = Picture.read(first);
        LabelledImages.Parts parts;
        if (split) {
            SequencedMap<String, List<Path>> test = classes(folder.resolve(TEST));
            if (!names.equals(List.copyOf(test.keySet()))) {
                throw new DataException(
                        folder.resolve(TEST),
                        "expected the classes of training, " + listed(names) + ", found "
                                + listed(List.copyOf(test.keySet())));
            }
            parts = new LabelledImages.Parts(
                    read(folder, train, first, model).shuffled(folder),
                    read(folder, test, first, model).shuffled(folder));
        } else {
            parts = read(folder, train, first, model).split(folder, names.size());
        }
        String name = folder.toAbsolutePath().normalize().getFileName() + "-unverified";
        return new DataSet(
                name,
                model.channels(),
                model.rows(),
                model.columns(),
                names.size(),
                parts.train().pixels(),
                parts.train().labels(),
                parts.test().pixels(),
                parts.test().labels(),
                name + ": " + parts.train().size() + " training and "
                        + parts.test().size() + " test images ("
                        + model.kind() + ") of " + names.size() + " classes from " + folder + " (" + why + ")"
                        + (split ? "" : ", split by a fixed key"));
    }

    private static LabelledImages read(Path folder, SequencedMap<String, List<Path>> classes, Path first, Picture model)
            throws DataException {
        int n = classes.values().stream().mapToInt(List::size).sum();
        int width = model.pixels().length;
        LabelledImages images = LabelledImages.allocate(folder, n, width);
        int i = 0;
        int label = 0;
        for (List<Path> files : classes.values()) {
            for (Path file : files) {
                Picture picture = Picture.read(file);
                if (!picture.kind().equals(model.kind())) {
                    throw new DataException(
                            file,
                            "expected an image like " + first + " (" + model.kind() + "), found " + picture.kind()
                                    + "; bring all images to one size and kind");
                }
                System.arraycopy(picture.pixels(), 0, images.pixels().floats(), i * width, width);
                images.labels().ints()[i++] = label;
            }
            label++;
        }
        return images;
    }

    /** The images of each class, in order; of the folder itself under an empty name. */
    private static SequencedMap<String, List<Path>> classes(Path folder) throws DataException {
        SequencedMap<String, List<Path>> classes = new TreeMap<>();
        List<Path> own = new ArrayList<>();
        for (Path entry : entries(folder)) {
            if (isImage(entry)) {
                own.add(entry);
            } else if (Files.isDirectory(entry)) {
                List<Path> images =
                        entries(entry).stream().filter(ImageFolder::isImage).toList();
                if (!images.isEmpty()) {
                    classes.put(name(entry), images);
                }
            }
        }
        if (!own.isEmpty() && !classes.isEmpty()) {
            throw new DataException(
                    own.getFirst(),
                    "expected images in sub-folders only, as in "
                            + classes.firstEntry().getKey() + "/; move this one into the folder of its class");
        }
        if (!own.isEmpty()) {
            classes.put("", own);
        }
        return classes;
    }

    /** Everything in a folder that is not hidden, in the order of the names. */
    private static List<Path> entries(Path folder) throws DataException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> all =
                Files.newDirectoryStream(folder, path -> !name(path).startsWith("."))) {
            all.forEach(entries::add);
        } catch (IOException | DirectoryIteratorException e) {
            throw new DataException(folder, "cannot be read: " + e, e);
        }
        entries.sort(Comparator.comparing(ImageFolder::name));
        return entries;
    }

    /** Whether a file has a name such as {@code 1.pgm} or {@code 1.PNG}. */
    public static boolean isNamed(Path file) {
        String name = name(file).toLowerCase(Locale.ROOT);
        return name.endsWith(".pgm") || name.endsWith(".png");
    }

    /** By the name alone: a link that leads nowhere is an image that cannot be read, and not no image. */
    private static boolean isImage(Path file) {
        return isNamed(file) && !Files.isDirectory(file);
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    private static String listed(List<String> names) {
        return names.size() > 8
                ? String.join(", ", names.subList(0, 8)) + " and " + (names.size() - 8) + " more"
                : names.isEmpty() ? "none" : String.join(", ", names);
    }
}
