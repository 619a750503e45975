package org.softmin.studies.report;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.softmin.studies.figure.Figure;
import org.softmin.studies.figure.Numbers;
import org.softmin.studies.report.Results.Measurement;

/** A part of a report under its own heading. */
public record Section(String title, List<Block> blocks) {
    /** Copies the list. */
    public Section {
        blocks = List.copyOf(blocks);
    }

    /** A section from its blocks. */
    public static Section of(String title, Block... blocks) {
        return new Section(title, List.of(blocks));
    }

    /** One thing that a section shows. */
    public sealed interface Block permits Text, Table, Picture {}

    /** A paragraph of plain text. */
    public record Text(String paragraph) implements Block {}

    /**
     * A table; its first column names the rows.
     *
     * @param caption what the table says, in one sentence
     */
    public record Table(String caption, List<String> header, List<List<String>> rows) implements Block {
        /** Checks that rows are as long as the header and copies the lists. */
        public Table {
            header = List.copyOf(header);
            rows = rows.stream().map(List::copyOf).toList();
            for (List<String> row : rows) {
                if (row.size() != header.size()) {
                    throw new IllegalArgumentException("table: the row " + row + " has " + row.size()
                            + " cells under a header of " + header.size() + "; give one for each column");
                }
            }
        }

        /**
         * A row for each configuration, a column for each metric: means over seeds and, of several, half the width of their
         * 95 % intervals; undefined ones are dashes.
         */
        public static Table ofMeans(String caption, List<Measurement> measurements, List<String> metrics) {
            List<Results.Mean> means = Results.of(measurements, List.of()).means();
            List<List<String>> rows = new ArrayList<>();
            for (String configuration :
                    means.stream().map(Results.Mean::configuration).distinct().toList()) {
                List<String> row = new ArrayList<>(List.of(configuration));
                for (String metric : metrics) {
                    row.add(means.stream()
                            .filter(m -> m.configuration().equals(configuration)
                                    && m.metric().equals(metric))
                            .map(m -> cell(m.value(), m.high()))
                            .findFirst()
                            .orElse("–"));
                }
                rows.add(row);
            }
            List<String> header = new ArrayList<>(List.of("configuration"));
            header.addAll(metrics);
            return new Table(caption, header, rows);
        }

        private static String cell(@Nullable Double value, @Nullable Double high) {
            if (value == null) {
                return "–";
            }
            return Numbers.format(value) + (high == null ? "" : " ± " + Numbers.format(high - value));
        }
    }

    /**
     * A figure with its caption.
     *
     * @param name file name without its ending, unique in the report: lower-case letters, digits and hyphens
     */
    public record Picture(String name, Figure figure, String caption) implements Block {
        /** Checks the name. */
        public Picture {
            if (!name.matches("[a-z][a-z0-9-]*")) {
                throw new IllegalArgumentException("picture: the name \"" + name
                        + "\" is not usable in a file name; begin with a letter and use lower-case letters, digits and"
                        + " hyphens");
            }
        }
    }
}
