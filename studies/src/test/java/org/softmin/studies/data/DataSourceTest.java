package org.softmin.studies.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.Idx;

class DataSourceTest {
    @TempDir
    Path work;

    /** Both studies take them, so both are named. */
    @Test
    void activationsAreNoImages() {
        DataSource activations = new DataSource.Activations(work.resolve("acts.npy"), "layer");
        DataException e = assertThrows(DataException.class, () -> activations.load(10, 10));
        assertEquals(
                work.resolve("acts.npy")
                        + ": expected images; --data activations:FILE[:ARRAY] is for: softmin run activations, and"
                        + " softmin run decoder-free-sae",
                e.getMessage());
    }

    @Test
    void argumentComesFirst() throws IOException {
        Path given = mnist("given");
        Path named = mnist("named");
        mnist("data/mnist");
        assertEquals(
                new DataSource.Folder(given, "--data"), DataSource.choose(given.toString(), named.toString(), work));
        assertEquals(
                new DataSource.Synthetic("--data synthetic"), DataSource.choose("synthetic", named.toString(), work));
        assertEquals(new DataSource.Folder(named, "SOFTMIN_DATA"), DataSource.choose(null, named.toString(), work));
        for (String unset : new String[] {null, "", " "}) {
            assertEquals(
                    new DataSource.Folder(work.resolve("data/mnist"), "found in data/mnist"),
                    DataSource.choose(null, unset, work));
        }
    }

    @Test
    void folderMayContainMnist() throws IOException {
        Path inner = mnist("all/mnist");
        String outer = work.resolve("all").toString();
        assertEquals(new DataSource.Folder(inner, "--data"), DataSource.choose(outer, null, work));
        assertEquals(new DataSource.Folder(inner, "SOFTMIN_DATA"), DataSource.choose(null, outer, work));
    }

    @Test
    void withoutFilesItIsTheBuiltInDigits() throws IOException {
        assertEquals(
                new DataSource.Synthetic("MNIST is not in data/mnist; see: softmin data"),
                DataSource.choose(null, null, work));
        assertEquals(
                new DataSource.Synthetic(
                        "MNIST is neither in SOFTMIN_DATA, /none, nor in data/mnist; see: softmin data"),
                DataSource.choose(null, "/none", work));
    }

    @Test
    void argumentThatHoldsNoMnistIsRefused() throws IOException {
        assertFails(
                "none", "no such folder or file; --data takes a folder with MNIST, CIFAR-10 or images, or synthetic");
        Files.createDirectory(work.resolve("empty"));
        assertFails(
                "empty",
                "expected the files of MNIST (train-images-idx3-ubyte.gz, ...) or CIFAR-10 (data_batch_1.bin, ...), or"
                        + " PGM");
        Files.createFile(work.resolve("file"));
        assertFails("file", "expected a folder, a CIFAR-10 file (.bin, .bin.gz), or synthetic, found another file");
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> DataSource.choose("a\0b", null, work));
        assertEquals("--data: \"a\0b\" is not the name of a folder or file", e.getMessage());
    }

    @Test
    void incompleteFolderIsAnErrorAndNotPassedOver() throws IOException {
        Files.delete(mnist("data/mnist").resolve("t10k-images-idx3-ubyte.gz"));
        DataSource source = DataSource.choose(null, null, work);
        assertThrows(DataException.class, () -> source.load(1, 1));
    }

    @Test
    void loadsTheFirstImages() throws IOException {
        DataSource source = new DataSource.Folder(mnist("set"), "a test");
        DataSet all = source.load(100, 100);
        assertEquals(Shape.of(5, 4), all.trainImages().shape());
        DataSet part = source.load(2, 1);
        assertEquals(Shape.of(2, 4), part.trainImages().shape());
        assertArrayEquals(new int[] {1, 2}, part.trainLabels().toInts());
        assertEquals(1, part.testLabels().size());
        assertEquals(all.description() + ", the first 2 and 1 of them", part.description());
        assertThrows(IllegalArgumentException.class, () -> source.load(0, 1));
        assertThrows(IllegalArgumentException.class, () -> source.load(1, 0));
    }

    @Test
    void builtInDigitsAreAlwaysTheSame() throws IOException {
        DataSource source = new DataSource.Synthetic("a test");
        DataSet small = source.load(20, 10);
        DataSet large = source.load(40, 20);
        assertEquals("synthetic-digits", small.name());
        assertEquals("synthetic-digits: 20 training and 10 test images, built in (a test)", small.description());
        assertEquals(Shape.of(20, 784), small.trainImages().shape());
        assertArrayEquals(
                small.trainImages().toFloats(), large.trainImages().rows(0, 20).toFloats());
        assertArrayEquals(
                small.testImages().toFloats(), large.testImages().rows(0, 10).toFloats());
        assertArrayEquals(
                small.testLabels().toInts(), large.testLabels().rows(0, 10).toInts());
        SyntheticDigits digits = new SyntheticDigits(1);
        assertArrayEquals(digits.labels(0, 20), small.trainLabels().toInts());
        assertArrayEquals(digits.labels(60_000, 10), small.testLabels().toInts());
        assertArrayEquals(
                new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                Arrays.stream(small.testLabels().toInts()).sorted().toArray());
    }

    private void assertFails(String name, String problem) {
        Path folder = work.resolve(name);
        DataException e = assertThrows(DataException.class, () -> DataSource.choose(folder.toString(), null, work));
        assertEquals(folder + ": " + problem, e.getMessage().substring(0, (folder + ": " + problem).length()));
    }

    private Path mnist(String name) throws IOException {
        Path folder = Files.createDirectories(work.resolve(name));
        for (String part : new String[] {"train", "t10k"}) {
            Idx.write(
                    folder.resolve(part + "-images-idx3-ubyte.gz"),
                    Idx.Type.UNSIGNED_BYTE,
                    HostArray.zeros(DType.I32, Shape.of(5, 2, 2)));
            Idx.write(
                    folder.resolve(part + "-labels-idx1-ubyte.gz"),
                    Idx.Type.UNSIGNED_BYTE,
                    HostArray.of(DType.I32, Shape.of(5), 1, 2, 3, 4, 5));
        }
        return folder;
    }
}
