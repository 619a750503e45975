package org.softmin.tensor.io;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.softmin.tensor.HostArray;

/**
 * The npz format of NumPy: a zip archive of npy files, stored or compressed.
 *
 * <p>Rows of stored arrays are read from any place. Compressed ones are decompressed from front to back, and their check
 * sum is compared when the last byte has been read.
 */
public final class Npz {
    private static final String SUFFIX = ".npy";

    private Npz() {}

    /**
     * Opens a file: its directory and the header of each array are read and checked, the elements are not read. An array
     * is called after its member, without {@code .npy}.
     *
     * @throws DataException if the file is missing, unreadable or not a well-formed archive of npy files
     */
    public static ArrayFile open(Path file) throws DataException {
        FileSource source = FileSource.open(file);
        List<StoredArray> arrays = new ArrayList<>();
        try {
            for (ZipDirectory.Member member : ZipDirectory.read(source)) {
                if (!member.name().endsWith(SUFFIX)) {
                    throw source.fail("expected members called " + SUFFIX + ", found " + member.name());
                }
                String name = member.name().substring(0, member.name().length() - SUFFIX.length());
                arrays.add(array(source, member, name));
            }
            return new ArrayFile(source, arrays, Map.of());
        } catch (DataException e) {
            source.close();
            throw e;
        }
    }

    private static StoredArray array(FileSource archive, ZipDirectory.Member member, String name) throws DataException {
        if (!member.deflated()) {
            return Npy.parse(name, archive, member.start(), member.size());
        }
        try (InflatedSource content = new InflatedSource(archive, member)) {
            // Closed, it begins anew when it is read again.
            return Npy.parse(name, content, 0, member.size());
        }
    }

    /**
     * Writes arrays by name, uncompressed as {@code numpy.savez} does; the file appears whole or not at all, as
     * {@link WholeFile} says. The same content gives the same bytes.
     *
     * @throws IllegalArgumentException if a name is empty, absolute, or holds {@code ..}, a backslash or control characters
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, Map<String, HostArray> arrays) throws IOException {
        for (String name : arrays.keySet()) {
            String problem = ZipDirectory.problem(name + SUFFIX);
            if (name.isEmpty() || !problem.isEmpty()) {
                throw new IllegalArgumentException(
                        "npz: an array cannot be called \"" + name.replaceAll("\\p{Cntrl}", "?") + "\"; rename it");
            }
        }
        WholeFile.write(file, out -> {
            ZipOutputStream zip = new ZipOutputStream(out);
            for (Map.Entry<String, HostArray> entry : new TreeMap<>(arrays).entrySet()) {
                zip.putNextEntry(member(entry.getKey() + SUFFIX, entry.getValue()));
                Npy.writeTo(zip, entry.getValue());
                zip.closeEntry();
            }
            zip.finish();
        });
    }

    private static ZipEntry member(String name, HostArray array) throws IOException {
        long[] size = {0};
        CheckedOutputStream counted = new CheckedOutputStream(
                new OutputStream() {
                    @Override
                    public void write(int b) {
                        size[0]++;
                    }

                    @Override
                    public void write(byte[] bytes, int offset, int length) {
                        size[0] += length;
                    }
                },
                new CRC32());
        Npy.writeTo(counted, array);
        ZipEntry member = new ZipEntry(name);
        member.setMethod(ZipEntry.STORED);
        member.setSize(size[0]);
        member.setCrc(counted.getChecksum().getValue());
        // Always the same time, so that the same arrays give the same bytes.
        member.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
        return member;
    }
}
