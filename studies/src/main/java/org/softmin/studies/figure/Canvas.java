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

    /** Series colours differ in lightness as well as in hue, at 3:1 or more against their ground. */
    static final String STYLE = """
        .sf{--paper:#fff;--ink:#1c2127;--soft:#56606b;--grid:#dfe3e8;\
        --s0:#0063a6;--s1:#c44d00;--s2:#007a58;--s3:#a8327f;--s4:#7a6000;--s5:#4b5563;\
        font:14px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--ink)}
        @media screen and (prefers-color-scheme:dark){.sf{--paper:#14181d;--ink:#e8ebef;--soft:#a3adb8;--grid:#333b44;\
        --s0:#5cb3f0;--s1:#f59152;--s2:#3ecf9f;--s3:#ee8fc8;--s4:#e0c04a;--s5:#aab4c0}}
        .sf .paper{fill:var(--paper)}.sf .soft{fill:var(--soft)}.sf .head{font-weight:600}.sf .small{font-size:13px}
        .sf .grid{stroke:var(--grid);fill:none}.sf .axis{stroke:var(--soft);fill:none}
        .sf .rule{stroke:var(--soft);stroke-dasharray:5 4;fill:none}.sf .ink{stroke:var(--ink);fill:none}
        .sf .frame{fill:none;stroke:var(--soft);stroke-opacity:.5}.sf image{image-rendering:pixelated}
        """;

    private static final String[] DASHES = {"", "7 4", "2 3", "9 3 2 3", "4 2", "12 4"};

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

    /** One element without content; attributes alternate name and value. */
    Canvas element(String name, Object... attributes) {
        return start(name, attributes).raw("/>\n");
    }

    Canvas open(String name, Object... attributes) {
        return start(name, attributes).raw(">\n");
    }

    Canvas close(String name) {
        return raw("</" + name + ">\n");
    }

    Canvas text(double x, double y, String anchor, String style, String text) {
        start("text", "x", x, "y", y);
        if (!anchor.equals("start")) {
            attribute("text-anchor", anchor);
        }
        if (!style.isEmpty()) {
            attribute("class", style);
        }
        return raw(">").raw(Markup.escape(text)).raw("</text>\n");
    }

    /** A picture of hard-edged pixels, embedded as data. */
    Canvas image(double x, double y, double width, double height, byte[] png) {
        return element(
                "image",
                "x",
                x,
                "y",
                y,
                "width",
                width,
                "height",
                height,
                "preserveAspectRatio",
                "none",
                "href",
                "data:image/png;base64," + Base64.getEncoder().encodeToString(png));
    }

    /** A small sign of the series, so that colour is not the only thing that tells it apart. */
    Canvas marker(int series, double x, double y) {
        return element("path", "class", "mark", "fill", colour(series), "stroke", "none", "d", sign(series, x, y, 4));
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

    static String colour(int series) {
        return "var(--s" + series % 6 + ")";
    }

    static String dash(int series) {
        return DASHES[series % DASHES.length];
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
                    element(
                            "path",
                            "d",
                            "M" + number(x) + " " + number(middle) + "h30",
                            "fill",
                            "none",
                            "stroke",
                            colour(i),
                            "stroke-width",
                            2.25,
                            "stroke-dasharray",
                            dash(i));
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
        element("rect", "x", x, "y", y, "width", width, "height", height, "fill", colour(series));
        if (series > 0) {
            element(
                    "rect",
                    "x",
                    x,
                    "y",
                    y,
                    "width",
                    width,
                    "height",
                    height,
                    "fill",
                    "url(#" + id("hatch" + series % 4) + ")");
        }
        return this;
    }

    /** Hatching that {@link #bar} refers to. */
    Canvas hatches(int series) {
        if (series < 2) {
            return this;
        }
        open("defs");
        String[] strokes = {
            "", "M-1 7L7 -1M5 13L13 5M-1 19L19 -1", "M0 3h12M0 9h12", "M-1 -1L13 13M-1 11L1 13M11 -1L13 1"
        };
        for (int i = 1; i < Math.min(series, 4); i++) {
            open("pattern", "id", id("hatch" + i), "width", 12, "height", 12, "patternUnits", "userSpaceOnUse");
            element("path", "d", strokes[i], "stroke", "var(--paper)", "stroke-width", 1.5, "fill", "none");
            close("pattern");
        }
        return close("defs");
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

    Canvas line(String style, double x1, double y1, double x2, double y2) {
        return element(
                "path", "class", style, "d", "M" + number(x1) + " " + number(y1) + "L" + number(x2) + " " + number(y2));
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

    private Canvas start(String name, Object... attributes) {
        body.append('<').append(name);
        for (int i = 0; i < attributes.length; i += 2) {
            attribute(attributes[i].toString(), attributes[i + 1]);
        }
        return this;
    }

    private void attribute(String name, Object value) {
        String text = value instanceof Number number ? number(number.doubleValue()) : Markup.escape(value.toString());
        if (!text.isEmpty()) {
            body.append(' ').append(name).append("=\"").append(text).append('"');
        }
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
