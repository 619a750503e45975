package org.softmin.studies.activations;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.softmin.studies.data.DataSource;
import org.softmin.tensor.io.ArrayFile;
import org.softmin.tensor.io.DataException;
import org.softmin.tensor.io.StoredArray;

/**
 * Activations in a file: an array of two dimensions, rows × width, of an npy, npz or safetensors file.
 *
 * <p>Rows are read when they are asked for, so the file may be larger than memory.
 */
final class ActivationFile implements ActivationSource {
    /** How many names a message lists. */
    private static final int LISTED = 16;

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
     * @throws DataException if it is malformed, or that array is missing or not of two dimensions, or none was named and
     *     not exactly one is
     */
    static ActivationFile open(DataSource.Activations data) throws DataException {
        ArrayFile file = ArrayFile.open(data.file());
        try {
            return new ActivationFile(data.file(), file, chosen(file, data.array()));
        } catch (DataException e) {
            file.close();
            throw e;
        }
    }

    private static StoredArray chosen(ArrayFile file, String name) throws DataException {
        List<StoredArray> named = name.isEmpty() ? file.arrays() : List.of(file.array(name));
        List<StoredArray> fitting =
                named.stream().filter(ActivationFile::isMatrix).toList();
        if (fitting.size() == 1) {
            return fitting.getFirst();
        }
        if (fitting.isEmpty()) {
            throw new DataException(
                    file.file(),
                    "expected an array of rows × width, at most 2^20 wide, found " + listed(named)
                            + "; save the activations as an array of two dimensions");
        }
        throw new DataException(
                file.file(),
                "expected one array of rows × width, found " + listed(fitting)
                        + "; name one of them after the file, as in " + DataSource.ACTIVATIONS
                        + file.file().getFileName() + ":" + fitting.getFirst().name());
    }

    private static boolean isMatrix(StoredArray array) {
        return array.dims().size() == 2 && array.rowSize() > 0 && array.rowSize() <= 1 << 20;
    }

    private static String listed(List<StoredArray> arrays) {
        String first = arrays.stream()
                .limit(LISTED)
                .map(array -> (array.name().isEmpty() ? "" : array.name() + " ") + array.dims())
                .collect(Collectors.joining(", "));
        return arrays.isEmpty()
                ? "no array"
                : arrays.size() > LISTED ? first + " and " + (arrays.size() - LISTED) + " more" : first;
    }

    @Override
    public String description() {
        return path.getFileName() + (array.name().isEmpty() ? ": " : ", " + array.name() + ": ") + rows() + " rows of "
                + width() + " elements, " + array.type();
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
