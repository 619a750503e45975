package org.softmin.studies.figure;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.softmin.studies.figure.Axis.Ruler;
import org.softmin.studies.figure.Axis.Tick;

/** Collects the SVG text of one figure; coordinates are in user units, {@link #WIDTH} to the figure's width. */
final class Canvas {
    /** Width of every figure: with 14-unit text still readable when a telephone shows it 370 pixels wide. */
    static final double WIDTH = 480;

    static final double LINE = 20;
    private static final double CHARACTER = 7.8;

    /**
     * Colours of series {@code s0} to {@code s5} differ in lightness as well as in hue, at 3:1 or more against their
     * ground; lines differ in their dashes, too.
     */
    static final String STYLE = """
        .sf{--paper:#fff;--ink:#1c2127;--soft:#56606b;--grid:#dfe3e8;\
        font:14px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--ink)}
        .sf .s0{--c:#0063a6}.sf .s1{--c:#c44d00}.sf .s2{--c:#007a58}.sf .s3{--c:#a8327f}.sf .s4{--c:#7a6000}\
        .sf .s5{--c:#4b5563}
        @media screen and (prefers-color-scheme:dark){.sf{--paper:#14181d;--ink:#e8ebef;--soft:#a3adb8;--grid:#333b44}
        .sf .s0{--c:#5cb3f0}.sf .s1{--c:#f59152}.sf .s2{--c:#3ecf9f}.sf .s3{--c:#ee8fc8}.sf .s4{--c:#e0c04a}\
        .sf .s5{--c:#aab4c0}}
        .sf .paper{fill:var(--paper)}.sf .soft{fill:var(--soft)}.sf .head{font-weight:600}.sf .small{font-size:13px}
        .sf .fill{fill:var(--c)}.sf .open{fill:var(--paper);stroke:var(--ink);stroke-width:1.5}
        .sf .line,.sf .dots,.sf .thin{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}
        .sf .line.s1{stroke-dasharray:7 4}.sf .line.s2{stroke-dasharray:2 3}.sf .line.s3{stroke-dasharray:9 3 2 3}\
        .sf .line.s4{stroke-dasharray:4 2}.sf .line.s5{stroke-dasharray:12 4}
        .sf .dots{stroke-opacity:.75;stroke-width:3.6;stroke-linecap:round}.sf .dots.s1{stroke-linecap:square}
        .sf .dots.s2,.sf .dots.s3,.sf .thin{stroke-width:1.25}
        .sf .grid,.sf .axis,.sf .rule,.sf .ink,.sf .frame,.sf .hatch{fill:none;stroke:var(--soft)}
        .sf .grid{stroke:var(--grid)}.sf .rule{stroke-dasharray:5 4}.sf .frame{stroke-opacity:.5}
        .sf .ink{stroke:var(--ink);stroke-width:1.5}.sf .hatch{stroke:var(--paper);stroke-width:1.5}
        .sf image{image-rendering:pixelated}
        """;

    private static final String[] HATCHES = {
        "", "M-1 7L7 -1M5 13L13 5M-1 19L19 -1", "M0 3h12M0 9h12", "M-1 -1L13 13M-1 11L1 13M11 -1L13 1"
    };

    private final StringBuilder body = new StringBuilder();
    private final String idPrefix;
    private double height;

    Canvas(String idPrefix) {
        if (!idPrefix.matches("[A-Za-z][A-Za-z0-9-]*")) {
            throw new IllegalArgumentException("figure: id prefix \"" + idPrefix
                    + "\" is not usable in HTML; begin with a letter and use letters, digits and hyphens");
        }
        this.idPrefix = idPrefix;
    }

    void height(double height) {
        this.height = height;
    }

    /** The id, made unique on the page. */
    String id(String name) {
        return idPrefix + "-" + name;
    }

    Canvas path(String classes, String d) {
        return raw("<path class=\"" + classes + "\" d=\"" + d + "\"/>\n");
    }

    Canvas line(String classes, double x1, double y1, double x2, double y2) {
        return path(classes, "M" + number(x1) + " " + number(y1) + "L" + number(x2) + " " + number(y2));
    }

    Canvas rect(String classes, double x, double y, double width, double height) {
        return raw("<rect class=\"" + classes + "\"" + box(x, y, width, height) + "/>\n");
    }

    private static String box(double x, double y, double width, double height) {
        return " x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(width) + "\" height=\""
                + number(height) + "\"";
    }

    /** Text that starts, ends or has its middle at x. */
    Canvas text(double x, double y, String anchor, String classes, String text) {
        raw("<text x=\"" + number(x) + "\" y=\"" + number(y) + "\"");
        raw(anchor.equals("start") ? "" : " text-anchor=\"" + anchor + "\"");
        raw(classes.isEmpty() ? "" : " class=\"" + classes + "\"");
        return raw(">" + Markup.escape(text) + "</text>\n");
    }

    /** A picture of hard-edged pixels, embedded as data. */
    Canvas image(double x, double y, double width, double height, byte[] png) {
        String data = Base64.getEncoder().encodeToString(png);
        return raw("<image" + box(x, y, width, height) + " preserveAspectRatio=\"none\" href=\"data:image/png;base64,"
                + data + "\"/>\n");
    }

    /** Class that gives a series its colour and its dashes. */
    static String colour(int series) {
        return "s" + series % 6;
    }

    /** A small sign of the series, so that colour is not the only thing that tells it apart. */
    Canvas marker(int series, double x, double y) {
        return path("fill " + colour(series), sign(series, x, y, 4));
    }

    /** Outline of a series' sign about a point. */
    static String sign(int series, double x, double y, double r) {
        String at = "M" + number(x) + " " + number(y);
        String full = number(r);
        String twice = number(2 * r);
        return switch (series % 4) {
            case 0 ->
                at + "m-" + full + " 0a" + full + " " + full + " 0 1 0 " + twice + " 0a" + full + " " + full + " 0 1 0-"
                        + twice + " 0";
            case 1 -> at + "m-" + full + "-" + full + "h" + twice + "v" + twice + "h-" + twice + "z";
            case 2 -> at + "m0-" + full + "l" + full + " " + twice + "h-" + twice + "z";
            case 3 ->
                at + "m0-" + number(1.3 * r) + "l" + number(1.3 * r) + " " + number(1.3 * r) + "l-" + number(1.3 * r)
                        + " " + number(1.3 * r) + "l-" + number(1.3 * r) + "-" + number(1.3 * r) + "z";
            default -> throw new AssertionError(series);
        };
    }

    /** What a legend entry looks like. */
    enum Key {
        LINE,
        SIGN,
        BAR
    }

    /** Writes the names of the series from {@code y} on, in as many lines as they need. Returns the y below them. */
    double legend(double y, Key key, List<String> names) {
        double x = 4;
        double top = y;
        for (int i = 0; i < names.size(); i++) {
            double length = 36 + width(names.get(i)) + 14;
            if (x > 4 && x + length > WIDTH) {
                x = 4;
                top += LINE;
            }
            double middle = top + 10;
            switch (key) {
                case LINE -> {
                    line("line " + colour(i), x, middle, x + 30, middle);
                    marker(i, x + 15, middle);
                }
                case SIGN -> marker(i, x + 20, middle);
                case BAR -> bar(i, x + 8, middle - 6, 22, 12);
            }
            text(x + 36, middle + 5, "start", "", names.get(i));
            x += length;
        }
        return names.isEmpty() ? y : top + LINE + 6;
    }

    /** A filled rectangle in the series' colour and hatching. */
    Canvas bar(int series, double x, double y, double width, double height) {
        rect("fill " + colour(series), x, y, width, height);
        int hatch = series % HATCHES.length;
        return hatch == 0
                ? this
                : raw("<rect" + box(x, y, width, height) + " fill=\"url(#" + id("hatch" + hatch) + ")\"/>\n");
    }

    /** Hatching that {@link #bar} refers to. */
    Canvas hatches(int series) {
        raw("<defs>\n");
        for (int i = 1; i < Math.min(series, HATCHES.length); i++) {
            raw("<pattern id=\"" + id("hatch" + i)
                    + "\" width=\"12\" height=\"12\" patternUnits=\"userSpaceOnUse\">\n");
            path("hatch", HATCHES[i]).raw("</pattern>\n");
        }
        return raw("</defs>\n");
    }

    /** Grid lines, tick labels and names of two axes around a plot. */
    Canvas axes(Ruler x, Ruler y, String xLabel, String yLabel) {
        text(4, y.end() - 12, "start", "soft", yLabel);
        for (Tick tick : y.ticks(6)) {
            line("grid", x.start(), tick.at(), x.end(), tick.at());
            text(x.start() - 7, tick.at() + 5, "end", "soft", tick.label());
        }
        for (Tick tick : x.ticks(6)) {
            line("grid", tick.at(), y.start(), tick.at(), y.end());
            text(tick.at(), y.start() + 19, "middle", "soft", tick.label());
        }
        line("axis", x.start(), y.start(), x.end(), y.start());
        line("axis", x.start(), y.start(), x.start(), y.end());
        return text((x.start() + x.end()) / 2, y.start() + 40, "middle", "soft", xLabel);
    }

    /** Space that the longest of the tick labels takes beside an axis. */
    static double widest(List<Tick> ticks) {
        return ticks.stream().mapToDouble(tick -> width(tick.label())).max().orElse(0);
    }

    /** About as wide as the text will be: fonts differ, so this errs on the wide side. */
    static double width(String text) {
        return CHARACTER * text.codePointCount(0, text.length());
    }

    /** The text broken into lines at spaces. */
    static List<String> wrap(String text, double width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (!line.isEmpty() && width(line + " " + word) > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    String element(String title, String description) {
        return frame(title, description, 0, "") + body + "</svg>\n";
    }

    String document(String title, String description) {
        List<String> lines = wrap(title, WIDTH - 8);
        double head = 6 + LINE * lines.size();
        StringBuilder svg = new StringBuilder(frame(title, description, head, "<style>" + STYLE + "</style>\n"));
        svg.append("<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n");
        for (int i = 0; i < lines.size(); i++) {
            svg.append("<text class=\"head\" x=\"4\" y=\"")
                    .append(number(LINE * (i + 1) - 4))
                    .append("\">");
            svg.append(Markup.escape(lines.get(i))).append("</text>\n");
        }
        svg.append("<g transform=\"translate(0 ").append(number(head)).append(")\">\n");
        return svg.append(body).append("</g>\n</svg>\n").toString();
    }

    private String frame(String title, String description, double head, String style) {
        String titleId = id("title");
        String descriptionId = id("desc");
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"sf\" role=\"img\" viewBox=\"0 0 " + number(WIDTH)
                + " "
                + number(height + head) + "\" aria-labelledby=\"" + titleId + " " + descriptionId + "\">\n<title id=\""
                + titleId + "\">" + Markup.escape(title) + "</title>\n<desc id=\"" + descriptionId + "\">"
                + Markup.escape(description) + "</desc>\n" + style;
    }

    private Canvas raw(String text) {
        body.append(text);
        return this;
    }

    /** A coordinate with at most two decimals. */
    static String number(double value) {
        long hundredths = Math.round(value * 100);
        long whole = Math.abs(hundredths) / 100;
        long rest = Math.abs(hundredths) % 100;
        String sign = hundredths < 0 ? "-" : "";
        if (rest == 0) {
            return sign + whole;
        }
        String decimals = rest % 10 == 0 ? Long.toString(rest / 10) : (rest < 10 ? "0" : "") + rest;
        return sign + (whole == 0 ? "" : whole) + "." + decimals;
    }
}
