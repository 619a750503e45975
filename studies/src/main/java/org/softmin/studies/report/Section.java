package org.softmin.studies.report;

import java.util.List;
import org.softmin.studies.figure.Figure;

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
