package org.softmin.studies.activations;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.softmin.tensor.io.ArrayFile;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.StoredArray;

/**
 * Activations in a file: the one array of two dimensions, rows × width, of an npy, npz or safetensors file.
 *
 * <p>Rows are read when they are asked for, so the file may be larger than memory.
 */
final class ActivationFile implements ActivationSource {
    private final Path path;
    private final ArrayFile file;
    private final StoredArray array;

    private ActivationFile(Path path, ArrayFile file, StoredArray array) {
        this.path = path;
        this.file = file;
        this.array = array;
    }

    /**
     * Opens a file; only its header is read.
     *
     * @throws DataException if it is malformed, or holds no array of two dimensions or several
     */
    static ActivationFile open(Path path) throws DataException {
        ArrayFile file = ArrayFile.open(path);
        List<StoredArray> matrices =
                file.arrays().stream().filter(array -> array.dims().size() == 2).toList();
        if (matrices.size() == 1
                && matrices.getFirst().rowSize() > 0
                && matrices.getFirst().rowSize() <= 1 << 20) {
            return new ActivationFile(path, file, matrices.getFirst());
        }
        String found = file.arrays().stream()
                .limit(8)
                .map(array -> (array.name().isEmpty() ? "" : array.name() + " ") + array.dims())
                .collect(Collectors.joining(", "));
        file.close();
        throw new DataException(
                path,
                "expected one array of rows × width, at most 2^20 wide, found "
                        + (found.isEmpty() ? "no array" : found)
                        + "; save the activations as one array of two dimensions");
    }

    @Override
    public String description() {
        return path.getFileName() + ": " + rows() + " rows of " + width() + " elements, " + array.type();
    }

    @Override
    public long rows() {
        return array.rows();
    }

    @Override
    public int width() {
        return (int) array.rowSize();
    }

    @Override
    public void read(long from, int count, float[] into) throws DataException {
        array.rows(from, count, into);
        for (int i = 0; i < count * width(); i++) {
            if (!Float.isFinite(into[i])) {
                throw new DataException(
                        path,
                        "expected finite activations, found " + into[i] + " in row " + (from + i / width())
                                + ", element " + i % width() + "; remove that row");
            }
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
