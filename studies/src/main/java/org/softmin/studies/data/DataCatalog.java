package org.softmin.studies.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.softmin.tensor.io.DataException;

/** The public data sets that the studies know: where to get them, on what terms, and how to tell that they are whole. */
public enum DataCatalog {
    /** Handwritten digits, 28 × 28. */
    MNIST(
            "mnist",
            "MNIST, handwritten digits, 28 x 28",
            "http://yann.lecun.com/exdb/mnist/",
            "CC BY-SA 3.0",
            "Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits",
            idx(
                    "f68b3c2dcbeaaa9fbdd348bbdeb94873 6bbc9ace898e44ae57da46a324031adb",
                    "d53e105ee54ea40749a09fcbcd1e9432 a25bea736e30d166cdddb491f175f624",
                    "9fb629c4189551a2d022fa330f9573f3 2646ac647ad5339dbf082846283269ea",
                    "ec29112dd5afa0611ce80d1b7f02629c 27ae3e4e09519cfbb04c329615203637")),
    /** Articles of clothing, 28 × 28, in the files and names of MNIST. */
    FASHION_MNIST(
            "fashion-mnist",
            "Fashion-MNIST, articles of clothing, 28 x 28",
            "https://github.com/zalandoresearch/fashion-mnist",
            "MIT",
            "Zalando Research: H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST (arXiv 1708.07747)",
            idx(
                    "8d4fb7e6c68d591d4c3dfef9ec88bf0d f4a8712d7a061bf5bd6d2ca38dc4d50a",
                    "25c81989df183df01b3e8a0aad5dffbe 9018921c3c673c538a1fc5bad174d6f9",
                    "bef4ecab320f06d8554ea6380940ec79 8181f5470baa50b63fa0f6fddb340f0a",
                    "bb300cfdad3c16e7a12a480ee83cd310 15d484375f8d13e6eb1aabb0c3f46965")),
    /** Colour photographs of ten kinds of things, 32 × 32. */
    CIFAR_10(
            "cifar-10",
            "CIFAR-10, colour photographs of ten kinds of things, 32 x 32",
            "https://www.cs.toronto.edu/~kriz/cifar.html",
            "no licence is stated; cite the report",
            "A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009",
            Stream.concat(
                            Stream.of(new OfficialFile(
                                    "cifar-10-binary.tar.gz", List.of("c32a1d4ab5d03f1284b67883e8d87530"))),
                            Stream.of(
                                            "data_batch_1",
                                            "data_batch_2",
                                            "data_batch_3",
                                            "data_batch_4",
                                            "data_batch_5",
                                            "test_batch")
                                    .map(batch -> new OfficialFile(batch + ".bin", List.of())))
                    .toList()),
    /** Grey photographs of 40 people, ten of each, 92 × 112. */
    ORL_FACES(
            "orl-faces",
            "ORL database of faces, 40 people, ten photographs each, 92 x 112",
            "https://www.cl.cam.ac.uk/research/dtg/attarchive/facedatabase.html",
            "free to use with credit",
            "Olivetti Research Laboratory, Cambridge: F. Samaria, A. Harter, Parameterisation of a stochastic model for"
                    + " human face identification, 1994",
            IntStream.range(0, 400)
                    .mapToObj(i -> new OfficialFile("s" + (1 + i / 10) + "/" + (1 + i % 10) + ".pgm", List.of()))
                    .toList());

    /** What a local file is, compared with the official one. */
    public enum Status {
        /** The official bytes. */
        OK,
        /** There, but no check sum of it has been published. */
        PRESENT,
        /** Not there. */
        MISSING,
        /** Other bytes: damaged, altered or compressed anew. */
        DIFFERENT
    }

    /**
     * A file as the official page offers it.
     *
     * @param name path below the folder of the data set
     * @param md5 check sums that are right: that of the file as offered first, then that of its unpacked content; none
     *     where none is published
     */
    public record OfficialFile(String name, List<String> md5) {
        /** Where this file lies in {@code folder}, packed or unpacked. */
        public Optional<Path> in(Path folder) {
            String unpacked = name.replaceFirst("\\.gz$", "");
            // Some unpackers write train-images.idx3-ubyte.
            return Stream.of(name, unpacked, unpacked.replace("-idx", ".idx"), name + ".gz")
                    .map(folder::resolve)
                    .filter(Files::exists)
                    .findFirst();
        }
    }

    /**
     * Result of comparing a file, or all files without a check sum taken together.
     *
     * @param file its name, or {@code first to last}
     * @param detail what was found, in a few words
     */
    public record Check(String file, Status status, String detail) {}

    private final String id;
    private final String title;
    private final String page;
    private final String terms;
    private final String credit;

    @SuppressWarnings("ImmutableEnumChecker") // lists and records that nothing can change
    private final List<OfficialFile> files;

    DataCatalog(String id, String title, String page, String terms, String credit, List<OfficialFile> files) {
        this.id = id;
        this.title = title;
        this.page = page;
        this.terms = terms;
        this.credit = credit;
        this.files = files;
    }

    private static List<OfficialFile> idx(
            String trainImages, String trainLabels, String testImages, String testLabels) {
        return List.of(
                new OfficialFile("train-images-idx3-ubyte.gz", List.of(trainImages.split(" ", -1))),
                new OfficialFile("train-labels-idx1-ubyte.gz", List.of(trainLabels.split(" ", -1))),
                new OfficialFile("t10k-images-idx3-ubyte.gz", List.of(testImages.split(" ", -1))),
                new OfficialFile("t10k-labels-idx1-ubyte.gz", List.of(testLabels.split(" ", -1))));
    }

    /** Name in {@code results.json}, and the usual name of the folder. */
    public String id() {
        return id;
    }

    /** What it is, in one line. */
    public String title() {
        return title;
    }

    /** Address of the official page. */
    public String page() {
        return page;
    }

    /** Licence or terms of use. */
    public String terms() {
        return terms;
    }

    /** Whom to name. */
    public String credit() {
        return credit;
    }

    /** The official files. */
    public List<OfficialFile> files() {
        return files;
    }

    /**
     * Compares the files in {@code folder} with the official ones.
     *
     * @throws DataException if a file is there but cannot be read
     */
    public List<Check> check(Path folder) throws DataException {
        List<Check> checks = new ArrayList<>();
        for (OfficialFile file : files) {
            if (!file.md5.isEmpty()) {
                checks.add(check(file, folder));
            }
        }
        List<OfficialFile> unpublished =
                files.stream().filter(file -> file.md5.isEmpty()).toList();
        if (!unpublished.isEmpty()) {
            long found = unpublished.stream()
                    .filter(file -> file.in(folder).isPresent())
                    .count();
            checks.add(new Check(
                    unpublished.getFirst().name + " to " + unpublished.getLast().name,
                    found == unpublished.size() ? Status.PRESENT : Status.MISSING,
                    found + " of " + unpublished.size() + " files; no check sums are published"));
        }
        return checks;
    }

    /** Whether every file in {@code folder} is there with the official bytes. */
    boolean isWhole(Path folder) throws DataException {
        return check(folder).stream().allMatch(check -> check.status == Status.OK);
    }

    private static Check check(OfficialFile file, Path folder) throws DataException {
        Path local = file.in(folder).orElse(null);
        if (local == null) {
            return new Check(file.name, Status.MISSING, "expected MD5 " + file.md5.getFirst());
        }
        String found = md5(local);
        return file.md5.contains(found)
                ? new Check(file.name, Status.OK, "MD5 " + found)
                : new Check(file.name, Status.DIFFERENT, "expected MD5 " + file.md5.getFirst() + ", found " + found);
    }

    /** Not a protection against forgery, but what the pages publish. */
    private static String md5(Path file) throws DataException {
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                in.transferTo(OutputStream.nullOutputStream());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new DataException(file, "cannot be read: " + e, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("data: this Java has no MD5, which every Java must have", e);
        }
    }
}
