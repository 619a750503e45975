package org.softmin.studies.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.Idx;

class MnistTest {
    @TempDir
    Path folder;

    @BeforeEach
    void writeSet() throws IOException {
        write("train-images-idx3-ubyte.gz", Shape.of(3, 2, 2), 0, 51, 102, 255, 1, 2, 3, 4, 5, 6, 7, 8);
        write("train-labels-idx1-ubyte.gz", Shape.of(3), 7, 0, 9);
        write("t10k-images-idx3-ubyte.gz", Shape.of(1, 2, 2), 255, 0, 0, 0);
        write("t10k-labels-idx1-ubyte.gz", Shape.of(1), 4);
    }

    @Test
    void readsTheFourFiles() throws IOException {
        DataSet data = Mnist.load(folder, "a test");
        assertEquals(2, data.rows());
        assertEquals(2, data.columns());
        assertEquals(10, data.classes());
        assertEquals(Shape.of(3, 4), data.trainImages().shape());
        assertArrayEquals(
                new float[] {0, 0.2f, 0.4f, 1}, data.trainImages().rows(0, 1).toFloats());
        assertArrayEquals(new int[] {7, 0, 9}, data.trainLabels().toInts());
        assertArrayEquals(new float[] {1, 0, 0, 0}, data.testImages().toFloats());
        assertArrayEquals(new int[] {4}, data.testLabels().toInts());
        String name = folder.getFileName() + "-unverified";
        assertEquals(name, data.name());
        assertEquals(name + ": 3 training and 1 test images from " + folder + " (a test)", data.description());
    }

    @Test
    void readsUnpackedFilesUnderBothNames() throws IOException {
        for (String name : new String[] {"train-images-idx3-ubyte", "train-images.idx3-ubyte"}) {
            Files.delete(DataCatalog.MNIST.files().getFirst().in(folder).orElseThrow());
            write(name, Shape.of(3, 2, 2), new double[12]);
            assertEquals(0, Mnist.load(folder, "a test").trainImages().get(3));
        }
    }

    @Test
    void isFoundInAFolderOrInItsMnistFolder() throws IOException {
        assertEquals(Optional.of(folder), Mnist.find(folder));
        assertEquals(Optional.empty(), Mnist.find(folder.getParent().resolve("none")));
        Path above = Files.createDirectory(folder.resolve("above"));
        assertEquals(Optional.empty(), Mnist.find(above));
        Path mnist = Files.createDirectory(above.resolve("mnist"));
        Files.copy(folder.resolve("t10k-labels-idx1-ubyte.gz"), mnist.resolve("t10k-labels-idx1-ubyte"));
        assertEquals(Optional.of(mnist), Mnist.find(above));
    }

    @Test
    void missingFileIsNamed() throws IOException {
        Files.delete(folder.resolve("t10k-labels-idx1-ubyte.gz"));
        assertFails("t10k-labels-idx1-ubyte.gz: no such file, unpacked neither; see: softmin data");
        assertEquals(
                folder.resolve("none") + ": no such folder",
                assertThrows(DataException.class, () -> Mnist.load(folder.resolve("none"), ""))
                        .getMessage());
    }

    @ParameterizedTest
    @CsvSource({"train, 3", "t10k, 1"})
    void labelsMustBeAsManyAsImages(String part, int images) throws IOException {
        write(part + "-labels-idx1-ubyte.gz", Shape.of(2), 1, 2);
        assertFails(part + "-labels-idx1-ubyte.gz: expected " + images + " labels, one for each image, found 2");
    }

    @Test
    void labelOutOfRangeIsNamed() throws IOException {
        write("train-labels-idx1-ubyte.gz", Shape.of(3), 7, 10, 9);
        assertFails("train-labels-idx1-ubyte.gz: offset 9: label 10; expected labels from 0 to 9");
    }

    @Test
    void imagesMustHaveOneSize() throws IOException {
        write("t10k-images-idx3-ubyte.gz", Shape.of(1, 4, 1), 0, 0, 0, 0);
        assertFails("t10k-images-idx3-ubyte.gz: expected images of 2 x 2 pixels as in training, found 4 x 1");
        write("t10k-images-idx3-ubyte.gz", Shape.of(0, 2, 2));
        assertFails("t10k-images-idx3-ubyte.gz: expected images, found none: [0, 2, 2]");
        Files.write(folder.resolve("t10k-images-idx3-ubyte.gz"), new byte[0]);
        assertFails("t10k-images-idx3-ubyte.gz: offset 0: expected an IDX header");
    }

    @ParameterizedTest
    @CsvSource({"mnist, 33.318421, 980", "fashion-mnist, 72.940351, 1000"})
    void readsTheRealSets(String name, double meanByte, int zeros) throws IOException {
        DataSet data = Mnist.load(LocalMnist.folder(name), "a test");
        assertEquals(name, data.name());
        assertEquals(Shape.of(60_000, 784), data.trainImages().shape());
        assertEquals(Shape.of(10_000, 784), data.testImages().shape());
        double sum = 0;
        for (float pixel : data.trainImages().floats()) {
            sum += pixel;
        }
        assertEquals(meanByte, 255 * sum / 47_040_000, 1e-5);
        assertEquals(
                zeros,
                Arrays.stream(data.testLabels().ints())
                        .filter(label -> label == 0)
                        .count());
    }

    @Test
    void partsThatDoNotFitAreNoDataSet() {
        HostArray images = HostArray.zeros(DType.F32, Shape.of(2, 4));
        HostArray labels = HostArray.zeros(DType.I32, Shape.of(2));
        HostArray fewer = HostArray.zeros(DType.I32, Shape.of(1));
        HostArray floats = HostArray.zeros(DType.F32, Shape.of(2));
        assertThrows(
                IllegalArgumentException.class, () -> new DataSet("a", 1, 2, 2, 10, images, fewer, images, labels, ""));
        assertThrows(
                IllegalArgumentException.class,
                () -> new DataSet("a", 1, 2, 2, 10, images, labels, images, floats, ""));
        assertThrows(
                IllegalArgumentException.class,
                () -> new DataSet("a", 1, 2, 3, 10, images, labels, images, labels, ""));
    }

    private void assertFails(String message) {
        DataException e = assertThrows(DataException.class, () -> Mnist.load(folder, "a test"));
        assertTrue(e.getMessage().startsWith(folder + "/" + message), e.getMessage());
    }

    private void write(String name, Shape shape, double... values) throws IOException {
        Idx.write(folder.resolve(name), Idx.Type.UNSIGNED_BYTE, HostArray.of(DType.I32, shape, values));
    }
}
