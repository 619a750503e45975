package org.softmin.studies.activations;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.studies.data.DataSource;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.Npy;
import org.softmin.tensor.io.Npz;
import org.softmin.tensor.io.Safetensors;

/** Where rows come from, how they are normalised, and in which order they are trained on. */
final class ActivationSourceTest {
    private static final Backend CPU = Backend.named("cpu");

    /** Row i holds i and −i. */
    private record Counting(long rows) implements ActivationSource {
        @Override
        public String description() {
            return "counting";
        }

        @Override
        public int width() {
            return 2;
        }

        @Override
        public void read(long from, int count, float[] into) {
            for (int i = 0; i < count; i++) {
                into[2 * i] = from + i;
                into[2 * i + 1] = -(from + i);
            }
        }

        @Override
        public void close() {}
    }

    @Test
    void normalizedRowsAreCentredWithRootMeanSquareOne() throws IOException {
        ActivationSource source = new Counting(3000);
        Normalization normalization = Normalization.of(new ActivationSource.Range(source, 0, 3000));
        assertArrayEquals(new float[] {1499.5f, -1499.5f}, normalization.mean());
        assertEquals(Math.sqrt(12 / (3000.0 * 3000 - 1)), normalization.scale(), 1e-12);
        float[] rows = {1499.5f, -1499.5f, 1500.5f, -1500.5f};
        normalization.apply(rows, 2);
        assertArrayEquals(new float[] {0, 0, (float) normalization.scale(), -(float) normalization.scale()}, rows);
        assertEquals(
                1, Normalization.of(new ActivationSource.Range(source, 5, 6)).scale());
    }

    /** An epoch holds every row of every whole strip once; order and epochs differ, and a key fixes both. */
    @Test
    void batchesHoldEveryRowOncePerEpoch() throws IOException {
        ActivationSource.Range rows = new ActivationSource.Range(new Counting(1000), 100, 503);
        int[] first = epoch(batches(rows, 1), 0);
        assertEquals(400, new TreeSet<>(Arrays.stream(first).boxed().toList()).size());
        assertTrue(Arrays.stream(first).allMatch(row -> row >= 100 && row < 503));
        ShuffledBatches again = batches(rows, 1);
        assertArrayEquals(first, epoch(again, 0));
        int[] second = epoch(again, 1);
        assertEquals(400, new TreeSet<>(Arrays.stream(second).boxed().toList()).size());
        assertNotEquals(Arrays.toString(first), Arrays.toString(second));
        assertNotEquals(Arrays.toString(first), Arrays.toString(epoch(batches(rows, 2), 0)));
        // Neighbours in the source come into different batches.
        int neighbours = 0;
        for (int i = 1; i < first.length; i++) {
            neighbours += Math.abs(first[i] - first[i - 1]) == 1 ? 1 : 0;
        }
        assertTrue(neighbours < 20, neighbours + " of 400");
        assertThrows(
                IllegalArgumentException.class,
                () -> new ShuffledBatches(rows, new Normalization(new float[2], 1), 404, RandomKey.of(1)));
    }

    /** Training that goes on in the middle gets what it would have got: whatever was asked for before. */
    @Test
    void aBatchDependsOnItsStepAlone() throws IOException {
        ActivationSource.Range rows = new ActivationSource.Range(new Counting(1000), 100, 503);
        ShuffledBatches inOrder = batches(rows, 1);
        List<float[]> expected = new ArrayList<>();
        for (int step = 0; step < 50; step++) { // two and a half epochs of one whole pool of strips and a smaller one
            expected.add(inOrder.batch(step).copy().floats());
        }
        for (int first : new int[] {49, 3, 16, 20, 35}) {
            assertArrayEquals(
                    expected.get(first), batches(rows, 1).batch(first).copy().floats(), "step " + first);
            assertArrayEquals(expected.get(first), inOrder.batch(first).copy().floats(), "back to step " + first);
        }
    }

    private static ShuffledBatches batches(ActivationSource.Range rows, int seed) {
        return new ShuffledBatches(rows, new Normalization(new float[2], 1), 20, RandomKey.of(seed));
    }

    private static int[] epoch(ShuffledBatches batches, int epoch) throws IOException {
        int[] seen = new int[400];
        for (int b = 0; b < 20; b++) {
            HostArray batch = batches.batch(20 * epoch + b);
            for (int i = 0; i < 20; i++) {
                seen[b * 20 + i] = (int) batch.get(2 * i);
                assertEquals(-batch.get(2 * i), batch.get(2 * i + 1));
            }
        }
        return seen;
    }

    @Test
    void superposedRowsAreTheSameWhateverIsReadBefore() {
        try (Superposition source = new Superposition(5000, 8, 16, 3, 1, CPU);
                Superposition again = new Superposition(5000, 8, 16, 3, 1, CPU);
                Superposition other = new Superposition(5000, 8, 16, 3, 2, CPU)) {
            float[] whole = new float[3000 * 8];
            source.read(0, 3000, whole);
            float[] part = new float[1500 * 8];
            again.read(1000, 1500, part);
            assertArrayEquals(Arrays.copyOfRange(whole, 1000 * 8, 2500 * 8), part);
            other.read(1000, 1500, part);
            assertNotEquals(whole[8000], part[0]);
        }
    }

    /** With one feature in one dimension a row is its size or 0: their frequency and mean are known. */
    @Test
    void superposedFeaturesHaveTheirFrequencyAndSize() {
        try (Superposition source = new Superposition(20_000, 1, 1, 0.25, 3, CPU)) {
            float[] rows = new float[20_000];
            source.read(0, 20_000, rows);
            int on = 0;
            double sum = 0;
            for (float row : rows) {
                on += row != 0 ? 1 : 0;
                sum += Math.abs(row);
            }
            // Five standard errors each.
            assertEquals(0.25, on / 20_000.0, 5 * Math.sqrt(0.25 * 0.75 / 20_000));
            assertEquals(0.5, sum / on, 5 * Math.sqrt(1 / 12.0 / on));
        }
        assertThrows(IllegalArgumentException.class, () -> new Superposition(10, 1, 2, 3, 1, CPU));
    }

    @Test
    void recoveryIsTheMeanOfTheLargestCosines() {
        Tensor truth = Tensor.of(new float[][] {{1, 0}, {0, 1}});
        Tensor learned = Tensor.of(new float[][] {{0.6f, 0.8f}, {0, -1}, {1, 0}, {0, 0}});
        assertEquals((1 + 0.8) / 2, Superposition.meanMaxCosine(truth, learned), 1e-7);
        assertEquals(1, Superposition.meanMaxCosine(truth, truth), 1e-7);
    }

    @Test
    void filesAreReadByRows(@TempDir Path folder) throws IOException {
        HostArray values = HostArray.of(DType.F32, Shape.of(3, 2), 1, 2, 3, 4, 5, 6);
        Path tensors = folder.resolve("a.safetensors");
        Safetensors.write(
                tensors, Map.of("acts", values, "tokens", HostArray.of(DType.I32, Shape.of(3), 7, 8, 9)), Map.of());
        Path npy = folder.resolve("a.npy");
        Npy.write(npy, values);
        for (Path file : new Path[] {tensors, npy}) {
            try (ActivationFile source = open(file, "")) {
                assertEquals(3, source.rows());
                assertEquals(2, source.width());
                float[] rows = new float[4];
                source.read(1, 2, rows);
                assertArrayEquals(new float[] {3, 4, 5, 6}, rows);
            }
        }
    }

    @Test
    void badFilesAreRefusedWithTheReason(@TempDir Path folder) throws IOException {
        HostArray flat = HostArray.of(DType.F32, Shape.of(6), 1, 2, 3, 4, 5, 6);
        HostArray matrix = flat.reshape(Shape.of(3, 2));
        refused(folder, Map.of("flat", flat), "found flat [6]");
        refused(
                folder,
                Map.of("a", matrix, "b", matrix),
                "name one of them after the file, as in activations:bad.safetensors:");
        refused(folder, Map.of(), "found no array");
        Path file = folder.resolve("nan.safetensors");
        Safetensors.write(file, Map.of("acts", HostArray.of(DType.F32, Shape.of(2, 2), 1, 2, 3, Double.NaN)), Map.of());
        try (ActivationFile source = open(file, "")) {
            DataException wrong = assertThrows(DataException.class, () -> source.read(0, 2, new float[4]));
            assertTrue(
                    String.valueOf(wrong.getMessage()).contains("found NaN in row 1, element 1"), wrong.getMessage());
        }
        assertThrows(DataException.class, () -> open(folder.resolve("missing"), ""));
    }

    private static ActivationFile open(Path file, String array) throws DataException {
        return ActivationFile.open(new DataSource.Activations(file, array));
    }

    /** Of several arrays one is taken by name; without a name all that fit are listed. */
    @Test
    void anArrayIsChosenByName(@TempDir Path folder) throws IOException {
        HostArray first = HostArray.of(DType.F32, Shape.of(3, 2), 1, 2, 3, 4, 5, 6);
        HostArray second = HostArray.of(DType.F32, Shape.of(2, 3), 6, 5, 4, 3, 2, 1);
        HostArray tokens = HostArray.of(DType.I32, Shape.of(3), 7, 8, 9);
        Map<String, HostArray> arrays = Map.of("layer.1", first, "layer:2", second, "tokens", tokens);
        Path tensors = folder.resolve("a.safetensors");
        Safetensors.write(tensors, arrays, Map.of());
        Path npz = folder.resolve("a.npz");
        Npz.write(npz, arrays);
        for (Path file : new Path[] {tensors, npz}) {
            DataSource chosen = DataSource.choose("activations:" + file + ":layer:2", null, folder);
            try (ActivationFile source = ActivationFile.open((DataSource.Activations) chosen)) {
                assertEquals(3, source.width());
                float[] row = new float[3];
                source.read(1, 1, row);
                assertArrayEquals(new float[] {3, 2, 1}, row);
                assertTrue(source.description().contains("layer:2"), source.description());
            }
            DataSource whole = DataSource.choose("activations:" + file, null, folder);
            assertEquals(new DataSource.Activations(file, ""), whole);
            String several = message(file, "");
            assertTrue(several.contains("layer.1 [3, 2]") && several.contains("layer:2 [2, 3]"), several);
            assertTrue(!several.contains("tokens"), several);
            assertTrue(message(file, "tokens").contains("found tokens [3]"), message(file, "tokens"));
            String unknown = message(file, "layer.7");
            assertTrue(unknown.contains("called layer.7, found layer.1, layer:2, tokens"), unknown);
        }
        Path missing = folder.resolve("none.npz");
        assertEquals(
                new DataSource.Activations(Path.of(missing + ":x"), ""),
                DataSource.choose("activations:" + missing + ":x", null, folder));
    }

    private static String message(Path file, String array) {
        return String.valueOf(
                assertThrows(DataException.class, () -> open(file, array)).getMessage());
    }

    private static void refused(Path folder, Map<String, HostArray> arrays, String message) throws IOException {
        Path file = folder.resolve("bad.safetensors");
        Safetensors.write(file, arrays, Map.of());
        DataException wrong = assertThrows(DataException.class, () -> open(file, ""));
        assertTrue(String.valueOf(wrong.getMessage()).contains(message), wrong.getMessage());
    }
}
