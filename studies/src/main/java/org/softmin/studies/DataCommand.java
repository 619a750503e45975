package org.softmin.studies;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.softmin.studies.Softmin.Session;
import org.softmin.studies.data.DataCatalog;
import org.softmin.studies.data.DataCatalog.Check;
import org.softmin.studies.data.DataCatalog.OfficialFile;
import org.softmin.studies.data.DataCatalog.Status;
import org.softmin.studies.data.DataSource;
import org.softmin.tensor.io.DataException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code softmin data}: where data sets come from, and whether those in a folder are whole. */
@Command(
        name = "data",
        mixinStandardHelpOptions = true,
        versionProvider = Softmin.Version.class,
        description = "Shows where to get each data set and on what terms, or checks the files in a folder.")
final class DataCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(
            arity = "0..1",
            paramLabel = "DIR",
            description = "Folder to check: one that holds a data set, or folders named as softmin data lists them.")
    private @Nullable Path folder;

    DataCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws DataException {
        if (folder != null) {
            return check(folder);
        }
        for (DataCatalog data : DataCatalog.values()) {
            session.out().println(data.id() + ": " + data.title());
            session.out().println("  from    " + data.page());
            session.out().println("  terms   " + data.terms());
            session.out().println("  credit  " + data.credit());
            session.out().println("  files   put into a folder such as data/" + data.id() + ":");
            for (OfficialFile file : shown(data.files())) {
                String md5 = file.md5().isEmpty() ? "" : "  MD5 " + file.md5().getFirst();
                session.out().println("    " + file.name() + md5);
            }
            if (shown(data.files()).size() < data.files().size()) {
                session.out().println("    and so on, " + data.files().size() + " files");
            }
        }
        session.out()
                .println("softmin run takes MNIST from --data DIR, the folder that SOFTMIN_DATA names, or data/mnist;");
        session.out().println("without it, or with --data " + DataSource.SYNTHETIC + ", it draws digits of its own.");
        session.out()
                .println("--data DIR may also hold CIFAR-10, or PGM or PNG images of one size: each sub-folder is a");
        session.out()
                .println("class, and a fifth of each is kept for testing unless there are folders train and test.");
        session.out()
                .println("softmin data DIR checks whether a data set is whole, softmin info DIR shows what is in it.");
        return ExitCode.OK.status();
    }

    private static List<OfficialFile> shown(List<OfficialFile> files) {
        return files.subList(0, Math.min(8, files.size()));
    }

    private int check(Path folder) throws DataException {
        if (!Files.isDirectory(folder)) {
            throw new DataException(
                    folder, "expected a folder, found " + (Files.exists(folder) ? "a file" : "nothing"));
        }
        Map<DataCatalog, Path> found = find(folder);
        if (found.isEmpty()) {
            throw new DataException(
                    folder, "expected a data set, found none; softmin data shows the names of the files");
        }
        List<String> broken = new ArrayList<>();
        for (Map.Entry<DataCatalog, Path> entry : found.entrySet()) {
            List<Check> checks = entry.getKey().check(entry.getValue());
            boolean whole = isWhole(checks);
            session.out().println(entry.getKey().id() + ": " + entry.getValue() + (whole ? "" : ": not whole"));
            for (Check check : checks) {
                String status = check.status().name().toLowerCase(Locale.ROOT);
                session.out().printf(Locale.ROOT, "  %-10s%s  %s%n", status, check.file(), check.detail());
            }
            if (!whole) {
                broken.add(entry.getKey().id());
            }
        }
        if (!broken.isEmpty()) {
            throw new DataException(
                    folder,
                    "not whole: " + String.join(", ", broken)
                            + "; fetch the files again, softmin data shows from where");
        }
        return ExitCode.OK.status();
    }

    /** The data sets in sub-folders of their names, or else the one in the folder itself. */
    private static Map<DataCatalog, Path> find(Path folder) throws DataException {
        Map<DataCatalog, Path> found = new EnumMap<>(DataCatalog.class);
        Optional<DataCatalog> itself = Optional.empty();
        long most = -1;
        for (DataCatalog data : DataCatalog.values()) {
            if (Files.isDirectory(folder.resolve(data.id()))) {
                found.put(data, folder.resolve(data.id()));
            }
            // Two sets may have the same file names: the one of which more files are right.
            if (data.files().stream().anyMatch(file -> file.in(folder).isPresent())) {
                long right = count(data.check(folder), Status.OK);
                if (right > most) {
                    most = right;
                    itself = Optional.of(data);
                }
            }
        }
        itself.ifPresent(data -> found.put(data, folder));
        return found;
    }

    /** All files that have a check sum, or what they unpack to. */
    private static boolean isWhole(List<Check> checks) {
        return count(checks, Status.DIFFERENT) == 0
                && (count(checks, Status.MISSING) == 0 || count(checks, Status.PRESENT) > 0);
    }

    private static long count(List<Check> checks, Status status) {
        return checks.stream().filter(check -> check.status() == status).count();
    }
}
