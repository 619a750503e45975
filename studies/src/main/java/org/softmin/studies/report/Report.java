package org.softmin.studies.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.softmin.studies.report.Section.Picture;
import org.softmin.tensor.io.WholeFile;

/**
 * A study as a reader gets it: claims and verdicts first, then the sections, then where the numbers come from.
 *
 * @param summary what was found, in one paragraph
 * @param expectations the claims of the verdict table, in its order; those without a measured mean are left out
 */
public record Report(
        String title,
        String summary,
        Provenance provenance,
        Results results,
        List<Expectation> expectations,
        List<Section> sections) {
    /** Name of the page in a run's folder. */
    public static final String HTML = "report.html";

    /** Checks that the figures' names differ and copies the lists. */
    public Report {
        expectations = List.copyOf(expectations);
        sections = List.copyOf(sections);
        Set<String> names = new HashSet<>();
        for (Picture picture : pictures(sections)) {
            if (!names.add(picture.name())) {
                throw new IllegalArgumentException(
                        "report: two figures are named \"" + picture.name() + "\"; give each a name of its own");
            }
        }
    }

    /** The report as one HTML page that needs no other file, no network and no script. */
    public String html() {
        return new Page(this).html();
    }

    /**
     * Writes the results, {@code figures/*.svg} and, last, {@value #HTML} into a folder; each file is replaced as a
     * whole or not at all.
     *
     * @param labels as {@link Results#write} takes them
     * @throws IOException where the folder cannot be written
     */
    public void write(Path folder, Map<String, String> labels) throws IOException {
        results.write(folder, labels);
        for (Picture picture : pictures(sections)) {
            WholeFile.write(
                    folder.resolve("figures").resolve(picture.name() + ".svg"),
                    picture.figure().svg());
        }
        WholeFile.write(folder.resolve(HTML), html());
    }

    private static List<Picture> pictures(List<Section> sections) {
        return sections.stream()
                .flatMap(section -> section.blocks().stream())
                .filter(Picture.class::isInstance)
                .map(Picture.class::cast)
                .toList();
    }
}
