package org.softmin.studies.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.DataException;

class Cifar10Test {
    private static final int RECORD = 3073;

    @TempDir
    Path folder;

    /** Images whose labels count from {@code first}, with a red of 255, a green of 51 and a blue that is the index. */
    static byte[] images(int first, int n) {
        byte[] content = new byte[n * RECORD];
        for (int i = 0; i < n; i++) {
            content[i * RECORD] = (byte) ((first + i) % 10);
            Arrays.fill(content, i * RECORD + 1, i * RECORD + 1025, (byte) 255);
            Arrays.fill(content, i * RECORD + 1025, i * RECORD + 2049, (byte) 51);
            Arrays.fill(content, i * RECORD + 2049, i * RECORD + 3073, (byte) i);
        }
        return content;
    }

    static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(zipped)) {
            out.write(content);
        }
        return zipped.toByteArray();
    }

    private static DataSet load(Path path) throws IOException {
        return DataSource.at(path, "a test").load(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    private void assertFails(byte[] content, String problem) throws IOException {
        Path file = Files.write(folder.resolve("x.bin"), content);
        DataException e = assertThrows(DataException.class, () -> load(file));
        assertTrue(e.getMessage().startsWith(file + ": " + problem), e.getMessage());
    }

    @Test
    void readsTheBatchesInOrder() throws IOException {
        Files.write(folder.resolve("data_batch_2.bin"), images(7, 2));
        Files.write(folder.resolve("data_batch_1.bin.gz"), gzip(images(0, 150)));
        Files.write(folder.resolve("test_batch.bin"), gzip(images(3, 1))); // a name that lies
        DataSet data = load(folder);
        assertEquals(Shape.of(152, 3072), data.trainImages().shape());
        assertArrayEquals(
                IntStream.range(0, 152).map(i -> i < 150 ? i % 10 : i - 143).toArray(),
                data.trainLabels().toInts());
        assertArrayEquals(new int[] {3}, data.testLabels().toInts());
        assertEquals(3, data.channels());
        float[] image = data.trainImages().rows(102, 103).toFloats();
        assertEquals(1, image[1]);
        assertEquals(1, image[1023]);
        assertEquals(0.2f, image[1024]);
        assertEquals(0.4f, image[2048]);
        assertEquals(0.4f, image[3071]);
    }

    @Test
    void onePartIsSplit() throws IOException {
        Path file = Files.write(folder.resolve("data_batch_1.bin"), images(0, 50));
        for (Path path : new Path[] {file, folder}) {
            DataSet data = load(path);
            assertEquals(40, data.trainLabels().size());
            assertArrayEquals(
                    new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                    Arrays.stream(data.testLabels().toInts()).sorted().toArray());
            assertTrue(data.description().endsWith(", split by a fixed key"), data.description());
        }
    }

    @Test
    void brokenFilesAreNamed() throws IOException {
        assertFails(new byte[0], "expected images of 3073 bytes, a label and 3072 pixels, found 0 bytes");
        assertFails(Arrays.copyOf(images(0, 2), 2 * RECORD - 1), "expected images of 3073 bytes");
        byte[] wrong = images(0, 3);
        wrong[2 * RECORD] = 10;
        assertFails(wrong, "offset 6146: label 10; expected labels from 0 to 9");
        wrong[2 * RECORD] = -1;
        assertFails(gzip(wrong), "offset 6146: label 255; expected labels from 0 to 9");
        assertFails(gzip(Arrays.copyOf(wrong, RECORD + 5)), "offset 3078: the content ends here; expected images");
        assertFails(gzip(new byte[0]), "expected images of 3073 bytes, a label and 3072 pixels, found nothing");
        byte[] zipped = gzip(images(0, 2));
        assertFails(Arrays.copyOf(zipped, zipped.length - 9), "");
        zipped[zipped.length - 6] ^= 1;
        assertFails(zipped, "");
    }

    @Test
    void readsTheRealImages() throws IOException {
        DataSet data = DataSource.at(LocalMnist.folder("cifar-10"), "a test").load(1000, 500);
        assertEquals(Shape.of(1000, 3072), data.trainImages().shape());
        assertEquals(Shape.of(500, 3072), data.testImages().shape());
        // Photographs: neighbours are alike along rows, which they would not be in another order of the pixels.
        double along = 0;
        double across = 0;
        float[] pixels = data.trainImages().toFloats();
        for (int i = 0; i < pixels.length - 1024; i++) {
            along += Math.abs(pixels[i] - pixels[i + 1]);
            across += Math.abs(pixels[i] - pixels[i + 16]);
        }
        assertTrue(2 * along < across, along + " and " + across);
    }
}
