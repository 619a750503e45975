package org.softmin.studies.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.softmin.studies.data.DataCatalog.Check;
import org.softmin.studies.data.DataCatalog.OfficialFile;
import org.softmin.studies.data.DataCatalog.Status;
import org.softmin.tensor.io.DataException;

class DataCatalogTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void saysAllThatAReaderNeeds(DataCatalog set) {
        assertTrue(set.page().startsWith("http"));
        assertFalse(
                set.title().isBlank() || set.terms().isBlank() || set.credit().isBlank());
        Set<String> sums = new HashSet<>();
        for (OfficialFile file : set.files()) {
            for (String md5 : file.md5()) {
                assertTrue(md5.matches("[0-9a-f]{32}"), md5);
                assertTrue(sums.add(md5), "twice: " + md5);
            }
        }
    }

    @Test
    void missingAndDifferentFilesAreTold() throws IOException {
        Files.writeString(folder.resolve("t10k-labels-idx1-ubyte.gz"), "Softmin");
        List<Check> checks = DataCatalog.MNIST.check(folder);
        assertEquals(4, checks.size());
        assertEquals(
                new Check(
                        "train-images-idx3-ubyte.gz", Status.MISSING, "expected MD5 f68b3c2dcbeaaa9fbdd348bbdeb94873"),
                checks.getFirst());
        assertEquals(
                new Check(
                        "t10k-labels-idx1-ubyte.gz",
                        Status.DIFFERENT,
                        "expected MD5 ec29112dd5afa0611ce80d1b7f02629c, found 6860318faea1e92477ac7c964e5bee10"),
                checks.getLast());
        assertFalse(DataCatalog.MNIST.isWhole(folder));
    }

    @Test
    void filesWithoutCheckSumsAreCounted() throws IOException {
        Files.createDirectory(folder.resolve("s1"));
        for (int i : IntStream.rangeClosed(1, 10).toArray()) {
            Files.createFile(folder.resolve("s1/" + i + ".pgm"));
        }
        assertEquals(
                List.of(new Check(
                        "s1/1.pgm to s40/10.pgm", Status.MISSING, "10 of 400 files; no check sums are published")),
                DataCatalog.ORL_FACES.check(folder));
        for (String batch : List.of(
                "data_batch_1.bin.gz",
                "data_batch_2.bin",
                "data_batch_3.bin",
                "data_batch_4.bin",
                "data_batch_5.bin",
                "test_batch.bin.gz")) {
            Files.createFile(folder.resolve(batch));
        }
        assertEquals(
                List.of(Status.MISSING, Status.PRESENT),
                DataCatalog.CIFAR_10.check(folder).stream().map(Check::status).toList());
    }

    @Test
    void packedAndUnpackedFilesAreFound() throws IOException {
        OfficialFile file = DataCatalog.MNIST.files().getLast();
        assertTrue(file.in(folder).isEmpty());
        for (String name : List.of("t10k-labels.idx1-ubyte", "t10k-labels-idx1-ubyte", "t10k-labels-idx1-ubyte.gz")) {
            Files.createFile(folder.resolve(name));
            assertEquals(folder.resolve(name), file.in(folder).orElseThrow());
        }
    }

    @Test
    void unreadableFileIsNamed() throws IOException {
        Path inTheWay = Files.createDirectory(folder.resolve("train-images-idx3-ubyte.gz"));
        DataException e = assertThrows(DataException.class, () -> DataCatalog.MNIST.check(folder));
        assertTrue(e.getMessage().startsWith(inTheWay + ": cannot be read: "), e.getMessage());
    }

    @ParameterizedTest
    @EnumSource(names = {"MNIST", "FASHION_MNIST"})
    void realSetsAreWhole(DataCatalog set) throws IOException {
        Path real = LocalMnist.folder(set.id());
        assertTrue(set.isWhole(real));
        DataCatalog other = set == DataCatalog.MNIST ? DataCatalog.FASHION_MNIST : DataCatalog.MNIST;
        assertFalse(other.isWhole(real));
    }

    @ParameterizedTest
    @EnumSource(names = {"MNIST", "FASHION_MNIST"})
    void realFileIsRightUnpackedAsWell(DataCatalog set) throws IOException {
        OfficialFile labels = set.files().getLast();
        Path packed = labels.in(LocalMnist.folder(set.id())).orElseThrow();
        Path unpacked = folder.resolve("t10k-labels-idx1-ubyte");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
            Files.copy(in, unpacked);
        }
        assertEquals(Status.OK, set.check(folder).getLast().status());
        Files.write(unpacked, new byte[1], StandardOpenOption.APPEND);
        assertEquals(Status.DIFFERENT, set.check(folder).getLast().status());
    }

    @Test
    void realFacesAreThere() throws IOException {
        assertEquals(
                Status.PRESENT,
                DataCatalog.ORL_FACES
                        .check(LocalMnist.folder("orl-faces"))
                        .getFirst()
                        .status());
    }
}
