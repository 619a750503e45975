package org.softmin.studies.figure;

/**
 * A picture that writes itself as SVG.
 *
 * <p>The text depends on the figure's values alone (not on locale, time or machine), scales to any width, follows the
 * reader's light or dark preference, and tells series apart by shape as well as by colour. Figures are immutable and
 * thread-safe.
 */
public sealed interface Figure permits Scatter, Lines, Bars, Usage, HeatMap, ImageGrid {
    /** Style sheet that {@link #inline} figures need once per page; {@link #svg} brings its own copy. */
    String STYLE = Canvas.STYLE;

    /** Short name, read out first by a screen reader and printed above a stand-alone figure. */
    String title();

    /** What the picture shows, for a reader who does not see it. */
    String description();

    /** The figure as a complete SVG document that can be opened on its own. */
    default String svg() {
        return draw(this, "figure").document(title(), description());
    }

    /**
     * The figure as an {@code <svg>} element for an HTML page that holds {@link #STYLE}.
     *
     * @param idPrefix letters, digits and hyphens, different for every figure of the page
     */
    default String inline(String idPrefix) {
        return draw(this, idPrefix).element(title(), description());
    }

    private static Canvas draw(Figure figure, String idPrefix) {
        Canvas canvas = new Canvas(idPrefix);
        switch (figure) {
            case Scatter scatter -> scatter.draw(canvas);
            case Lines lines -> lines.draw(canvas);
            case Bars bars -> bars.draw(canvas);
            case Usage usage -> usage.draw(canvas);
            case HeatMap map -> map.draw(canvas);
            case ImageGrid grid -> grid.draw(canvas);
        }
        return canvas;
    }
}
