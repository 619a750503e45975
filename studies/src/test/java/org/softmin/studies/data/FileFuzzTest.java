package org.softmin.studies.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.softmin.tensor.io.ArrayFile;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.Idx;
import org.softmin.tensor.io.Npy;
import org.softmin.tensor.io.Npz;
import org.softmin.tensor.io.Safetensors;
import org.softmin.tensor.io.StoredArray;

/**
 * Targets for Jazzer: whatever the bytes of a file, arrays or images come of it, or a {@link DataException}.
 *
 * <p>A plain build runs the files in {@code src/test/resources/…/FileFuzzTestInputs}; with {@code JAZZER_FUZZ=1} Jazzer
 * searches for others. Gzip is met through IDX and CIFAR-10, zip through npz.
 */
@Tag("fuzz") // in a virtual machine of its own: see the pom
class FileFuzzTest {
    @FunctionalInterface
    private interface Reader {
        void read(Path file) throws IOException;
    }

    @FunctionalInterface
    private interface Opener {
        ArrayFile open(Path file) throws IOException;
    }

    @FuzzTest
    void idx(byte[] content) throws IOException {
        check(content, Idx::read);
        check(content, arrays(Idx::open));
    }

    @FuzzTest
    void npy(byte[] content) throws IOException {
        check(content, arrays(Npy::open));
    }

    @FuzzTest
    void npz(byte[] content) throws IOException {
        check(content, arrays(Npz::open));
    }

    @FuzzTest
    void safetensors(byte[] content) throws IOException {
        check(content, arrays(Safetensors::open));
    }

    @FuzzTest
    void cifar(byte[] content) throws IOException {
        check(content, Cifar10::read);
    }

    @FuzzTest
    void pgm(byte[] content) throws IOException {
        check(content, FileFuzzTest::picture);
    }

    @FuzzTest
    void png(byte[] content) throws IOException {
        check(content, FileFuzzTest::picture);
    }

    private static void picture(Path file) throws IOException {
        Picture picture = Picture.read(file);
        assertEquals(picture.channels() * picture.rows() * picture.columns(), picture.pixels().length);
    }

    private static Reader arrays(Opener opener) {
        return file -> {
            try (ArrayFile in = opener.open(file)) {
                for (StoredArray array : in.arrays()) {
                    assertEquals(array.size(), array.read().size());
                }
            }
        };
    }

    private static void check(byte[] content, Reader reader) throws IOException {
        Path file = Files.createTempFile("fuzz", "");
        try {
            Files.write(file, content);
            reader.read(file);
        } catch (DataException e) {
            assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        } finally {
            Files.delete(file);
        }
    }
}
