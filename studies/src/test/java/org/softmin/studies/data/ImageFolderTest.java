package org.softmin.studies.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.DataException;

class ImageFolderTest {
    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void folder() throws IOException {
        folder = Files.createDirectory(temp.resolve("faces é"));
    }

    /** A grey image of 2 × 1 pixels: {@code value} / 100 and 1. */
    private Path pgm(String name, int value) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "P2 2 1 100 " + value + " 100\n");
    }

    private void classes(int... sizes) throws IOException {
        for (int k = 0; k < sizes.length; k++) {
            for (int i = 0; i < sizes[k]; i++) {
                pgm("s" + (k + 1) + "/" + i + ".pgm", Math.min(100, 10 * (k + 1) + i));
            }
        }
    }

    private DataSet load() throws IOException {
        return DataSource.at(folder, "a test").load(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    private void assertFails(Path file, String problem) {
        DataException e = assertThrows(DataException.class, this::load);
        assertTrue(e.getMessage().startsWith(file + ": " + problem), e.getMessage());
    }

    private static long[] counts(HostArray labels, int classes) {
        return IntStream.range(0, classes)
                .mapToLong(k -> Arrays.stream(labels.toInts())
                        .filter(label -> label == k)
                        .count())
                .toArray();
    }

    @Test
    void subFoldersAreClassesAndAFifthOfEachIsTested() throws IOException {
        classes(5, 10, 2, 1);
        DataSet data = load();
        assertEquals(List.of(1, 1, 2, 4), List.of(data.channels(), data.rows(), data.columns(), data.classes()));
        assertEquals(Shape.of(14, 2), data.trainImages().shape());
        assertArrayEquals(new long[] {4, 8, 1, 1}, counts(data.trainLabels(), 4));
        assertArrayEquals(new long[] {1, 2, 1, 0}, counts(data.testLabels(), 4));
        // Each image with its own label, and none twice.
        List<Integer> seen = new ArrayList<>();
        for (List<HostArray> part : List.of(
                List.of(data.trainImages(), data.trainLabels()), List.of(data.testImages(), data.testLabels()))) {
            for (int i = 0; i < part.get(1).size(); i++) {
                int value = (int) Math.round(100 * part.get(0).get(2 * i));
                int label = (int) part.get(1).get(i);
                assertTrue(value >= 10 * (label + 1) && value < 10 * (label + 2), value + " has label " + label);
                assertEquals(1, part.get(0).get(2 * i + 1));
                seen.add(value);
            }
        }
        assertEquals(18, seen.stream().distinct().count());
        assertEquals(
                "faces é-unverified: 14 training and 4 test images (grey, 2 x 1) of 4 classes from " + folder
                        + " (a test), split by a fixed key",
                data.description());
        assertEquals(data.checksum(), load().checksum(), "always the same split");
        assertFalse(
                Arrays.stream(data.trainLabels().toInts())
                        .boxed()
                        .sorted()
                        .toList()
                        .equals(Arrays.stream(data.trainLabels().toInts())
                                .boxed()
                                .toList()),
                "the first are of all classes");
    }

    @Test
    void namesSortByUnicodeAndOthersArePassedOver() throws IOException {
        for (String name : List.of("s2/a.pgm", "s2/b.pgm", "s10/a.PGM", "s10/b.pgm")) {
            pgm(name, name.startsWith("s2") ? 20 : 10);
        }
        pgm(".hidden/a.pgm", 1);
        Files.writeString(folder.resolve("s2/._a.pgm"), "not an image");
        Files.writeString(folder.resolve("README"), "text");
        Files.writeString(folder.resolve("s10/notes.txt"), "text");
        Files.createDirectories(folder.resolve("empty/deeper.png"));
        DataSet data = load();
        assertEquals(2, data.classes());
        assertEquals(0.1f, data.testImages().get(data.testLabels().get(0) == 0 ? 0 : 2), "s10 is class 0");
    }

    @Test
    void trainAndTestMayBeFolders() throws IOException {
        for (int i = 0; i < 4; i++) {
            pgm("train/a/" + i + ".pgm", 1);
            pgm("train/b/" + i + ".pgm", 2);
        }
        pgm("test/a/x.pgm", 1);
        Path other = pgm("test/c/x.pgm", 3);
        assertFails(folder.resolve("test"), "expected the classes of training, a, b, found a, c");
        Files.move(Files.createDirectories(folder.resolve("test/b")), folder.resolve("test/.b"));
        Files.move(other.getParent(), folder.resolve("test/b"));
        DataSet data = load();
        assertArrayEquals(new long[] {4, 4}, counts(data.trainLabels(), 2));
        assertArrayEquals(new long[] {1, 1}, counts(data.testLabels(), 2));
    }

    @Test
    void imagesWithoutSubFoldersAreOneClass() throws IOException {
        pgm("a.pgm", 1);
        pgm("b.pgm", 2);
        assertEquals(1, load().classes());
        Path own = folder.resolve("a.pgm");
        pgm("c/d.pgm", 3);
        assertFails(own, "expected images in sub-folders only, as in c/");
    }

    @Test
    void brokenFileAmongGoodOnesIsNamed() throws IOException {
        classes(100, 100, 100, 99);
        Path broken = pgm("s3/50.pgm", 101);
        assertFails(broken, "offset 11: expected a pixel from 0 to 100, found 101");
    }

    @Test
    void otherSizesAndColoursAreNamed() throws IOException {
        classes(3, 3);
        Path other = folder.resolve("s2/1.pgm");
        Files.writeString(other, "P2 1 2 100 1 2");
        Path first = folder.resolve("s1/0.pgm");
        assertFails(other, "expected an image like " + first + " (grey, 2 x 1), found grey, 1 x 2; bring all");
        Files.write(other, PictureTest.png(new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB)));
        assertFails(other, "expected an image like " + first + " (grey, 2 x 1), found colour, 2 x 1");
        Files.write(other, PictureTest.png(new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY)));
        assertEquals(6, load().trainLabels().size() + load().testLabels().size(), "a PNG of another name");
    }

    @Test
    void linksAreFollowed() throws IOException {
        classes(3);
        Files.createSymbolicLink(folder.resolve("s2"), folder.resolve("s1"));
        assertEquals(2, load().classes());
        Path dangling = Files.createSymbolicLink(folder.resolve("s1/z.pgm"), folder.resolve("nowhere"));
        assertFails(dangling, "no such file");
        Files.delete(dangling);
        Files.createSymbolicLink(folder.resolve("loop"), folder);
        assertEquals(2, load().classes(), "a loop is not walked");
    }

    @Test
    void emptyFolderAndTooFewImagesAreErrors() throws IOException {
        assertFails(folder, "expected the files of MNIST");
        pgm("a/1.pgm", 1);
        assertFails(folder, "found 1 images; expected two or more of a class");
    }

    @Test
    void coloursAreThreeChannels() throws IOException {
        for (int i = 0; i < 2; i++) {
            BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
            image.setRGB(1, 0, 0xFF0033);
            Files.write(folder.resolve(i + ".png"), PictureTest.png(image));
        }
        DataSet data = load();
        assertEquals(3, data.channels());
        assertArrayEquals(new float[] {0, 1, 0, 0, 0, 0.2f}, data.testImages().toFloats());
    }

    @Test
    void readsTheRealFaces() throws IOException {
        folder = LocalMnist.folder("orl-faces");
        DataSet data = load();
        assertEquals(List.of(1, 112, 92, 40), List.of(data.channels(), data.rows(), data.columns(), data.classes()));
        assertEquals(320, data.trainLabels().size());
        assertEquals(80, data.testLabels().size());
        assertTrue(Arrays.stream(counts(data.testLabels(), 40)).allMatch(n -> n == 2));
    }
}
