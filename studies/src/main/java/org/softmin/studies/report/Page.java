package org.softmin.studies.report;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.softmin.studies.figure.Figure;
import org.softmin.studies.figure.Markup;
import org.softmin.studies.figure.Numbers;
import org.softmin.studies.report.Results.Mean;
import org.softmin.studies.report.Section.Block;
import org.softmin.studies.report.Section.Picture;
import org.softmin.studies.report.Section.Table;
import org.softmin.studies.report.Section.Text;

/** Lays a report out as one HTML page. */
final class Page {
    private static final String STYLE = """
        :root{color-scheme:light dark;--paper:#fff;--ink:#1c2127;--soft:#56606b;--line:#d5dae0;--tint:#f4f6f8;\
        --link:#0059a8;--good:#0b6b3a;--bad:#a3280c;--open:#6b4fa0}
        @media screen and (prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e8ebef;--soft:#a3adb8;\
        --line:#333b44;--tint:#1c2229;--link:#7cc0ff;--good:#63d297;--bad:#ff9a7a;--open:#c4a8f5}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
        body{margin:0;background:var(--paper);color:var(--ink);overflow-wrap:break-word;\
        font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        header,main,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}
        header{padding-top:2.5rem}
        h1{font-size:clamp(1.6rem,4.5vw,2.3rem);line-height:1.2;margin:0 0 .75rem;text-wrap:balance}
        h2{font-size:1.4rem;line-height:1.3;margin:3rem 0 .75rem;padding-top:1.25rem;border-top:1px solid var(--line)}
        p{max-width:44rem;margin:0 0 1rem}
        .lead{font-size:1.1rem}
        a{color:var(--link);text-underline-offset:.15em}
        :focus-visible{outline:3px solid var(--link);outline-offset:2px}
        .skip{position:absolute;left:-100rem}
        .skip:focus{left:1rem;top:1rem;padding:.5rem 1rem;background:var(--paper);border:1px solid var(--line)}
        nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;list-style:none;margin:1rem 0 0;padding:0}
        .tally{display:flex;flex-wrap:wrap;gap:.75rem;list-style:none;margin:1.25rem 0;padding:0}
        .tally li{padding:.6rem 1.1rem;background:var(--tint);border-radius:.5rem;border-left:.3rem solid}
        .tally b{font-size:1.5rem;line-height:1.2;display:block}
        .tally span{color:var(--ink)}
        .good{color:var(--good)}.bad{color:var(--bad)}.open{color:var(--open)}.none{color:var(--soft)}
        .badge{display:inline-block;white-space:nowrap;font-weight:600;font-size:.92em;line-height:1.4;\
        padding:.1rem .6rem;border:1.5px solid;border-radius:1rem}
        .scroll{overflow-x:auto;margin:0 0 1.5rem}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.95rem}
        .claims{width:100%}
        caption{text-align:left;color:var(--soft);padding-bottom:.5rem}
        caption span{display:inline-block;position:sticky;left:0;max-width:min(44rem,100vw - 2.5rem)}
        th,td{padding:.45rem .9rem .45rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
        thead th{color:var(--soft);font-weight:600;border-bottom-width:2px;vertical-align:bottom}
        tbody th{font-weight:500}th:last-child,td:last-child{padding-right:0}
        .claims td,.claims th+th{padding-left:.5rem}
        .number{text-align:right;white-space:nowrap}
        .where{display:block;color:var(--soft);font-size:.92em;font-weight:400}
        .figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,26rem),1fr));gap:1rem 2.5rem;\
        align-items:start}
        figure{margin:0 0 1.5rem;max-width:40rem;min-width:0}
        figure svg{display:block;width:100%;height:auto}
        figcaption{color:var(--soft);font-size:.95rem;line-height:1.5;margin-top:.6rem}
        figcaption b{color:var(--ink)}
        summary{cursor:pointer;margin-bottom:1rem;color:var(--link)}
        dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.35rem 1.5rem;margin:0 0 1.5rem}
        dt{color:var(--soft)}dd{margin:0}
        code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
        footer{padding-bottom:3rem}
        @media (max-width:44rem){
        .claims,.claims tbody,.claims tr,.claims th,.claims td{display:block}
        .claims thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        .claims caption{display:block}
        .claims tr{padding:.9rem 0;border-bottom:1px solid var(--line)}
        .claims tbody th,.claims tbody td{border:0;padding:.15rem 0}
        .claims .number{text-align:left;white-space:normal}
        .claims td[data-label]::before{content:attr(data-label) ": ";color:var(--soft)}
        dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}
        }
        @media print{
        html{font-size:9.5pt}header{padding-top:0}nav,.skip,summary{display:none}
        header,main,footer{max-width:none;padding:0}
        h2{margin-top:1.5rem}h2,caption{break-after:avoid}figure,tr,.tally{break-inside:avoid}
        .figures{grid-template-columns:1fr 1fr}.scroll{overflow:visible}table{font-size:.85rem}.number{white-space:normal}
        svg,.tally li{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        }
        """;

    private final Report report;
    private final StringBuilder out = new StringBuilder();

    Page(Report report) {
        this.report = report;
    }

    String html() {
        out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
        out.append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>\n");
        out.append("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
        // An empty icon: without it a browser asks the server for one.
        out.append("<link rel=\"icon\" href=\"data:,\"/>\n");
        tag("title", report.title());
        out.append("<style>\n").append(STYLE).append(Figure.STYLE).append("</style>\n</head>\n<body>\n");
        out.append("<a class=\"skip\" href=\"#content\">Skip to the content</a>\n<header>\n");
        tag("h1", report.title());
        out.append("<p class=\"lead\">").append(escape(report.summary())).append("</p>\n");
        tally();
        contents();
        out.append("</header>\n<main id=\"content\">\n");
        claims();
        for (int i = 0; i < report.sections().size(); i++) {
            section(report.sections().get(i), i + 1);
        }
        means();
        out.append("</main>\n<footer>\n<h2 id=\"provenance\">Where the numbers come from</h2>\n<dl>\n");
        report.provenance().lines().forEach((name, value) -> {
            tag("dt", name);
            String shown = name.equals("Command") ? "<code>" + escape(value) + "</code>" : escape(value);
            out.append("<dd>").append(shown).append("</dd>\n");
        });
        out.append("</dl>\n</footer>\n</body>\n</html>\n");
        return out.toString();
    }

    private void tally() {
        if (report.results().means().stream().allMatch(mean -> mean.verdict() == null)) {
            return;
        }
        out.append("<ul class=\"tally\">\n");
        for (Verdict verdict : Verdict.values()) {
            out.append("<li class=\"").append(style(verdict)).append("\"><b>");
            out.append(report.results().count(verdict)).append("</b> <span>").append(verdict.text());
            out.append("</span></li>\n");
        }
        out.append("</ul>\n");
    }

    private void contents() {
        out.append("<nav aria-label=\"Sections\">\n<ul>\n");
        if (!report.expectations().isEmpty()) {
            link("claims", "Claims and verdicts");
        }
        for (int i = 0; i < report.sections().size(); i++) {
            link("section-" + (i + 1), report.sections().get(i).title());
        }
        link("means", "All numbers");
        link("provenance", "Where the numbers come from");
        out.append("</ul>\n</nav>\n");
    }

    private void link(String id, String text) {
        out.append("<li><a href=\"#")
                .append(id)
                .append("\">")
                .append(escape(text))
                .append("</a></li>\n");
    }

    private void claims() {
        if (report.expectations().isEmpty()) {
            return;
        }
        out.append("<h2 id=\"claims\">Claims and verdicts</h2>\n");
        out.append("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"claims\">\n");
        // The roles keep it a table for a screen reader when a narrow window lays it out as cards.
        out.append("<table class=\"claims\" role=\"table\">\n<caption>Means over seeds with their 95 % intervals, ");
        out.append("against the published values.</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">");
        head("Claim", "");
        head("Expected", " class=\"number\"");
        head("Measured", " class=\"number\"");
        head("Verdict", "");
        out.append("</tr></thead>\n<tbody role=\"rowgroup\">\n");
        for (Expectation expectation : report.expectations()) {
            report.results()
                    .mean(expectation.experiment(), expectation.configuration(), expectation.metric())
                    .ifPresent(mean -> claim(expectation, mean));
        }
        out.append("</tbody>\n</table>\n</div>\n");
    }

    private void claim(Expectation expectation, Mean mean) {
        out.append("<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">").append(escape(expectation.claim()));
        out.append("<span class=\"where\">");
        out.append(
                escape(expectation.experiment() + " · " + expectation.configuration() + " · " + expectation.metric()));
        out.append("</span></th>");
        claimCell("Expected", expected(expectation));
        claimCell("Measured", measured(mean));
        Verdict verdict = mean.verdict();
        out.append("<td role=\"cell\"><span class=\"badge ").append(verdict == null ? "none" : style(verdict));
        out.append("\">").append(verdict == null ? "– not judged" : sign(verdict) + " " + verdict.text());
        out.append("</span></td></tr>\n");
    }

    private void claimCell(String label, String text) {
        out.append("<td role=\"cell\" class=\"number\" data-label=\"")
                .append(label)
                .append("\">");
        out.append(escape(text)).append("</td>");
    }

    private static String expected(Expectation expectation) {
        String relation = switch (expectation.kind()) {
            case NUMBER -> "";
            case AT_MOST -> "≤ ";
            case AT_LEAST -> "≥ ";
        };
        String tolerance = expectation.tolerance() == 0 ? "" : " ± " + Numbers.format(expectation.tolerance());
        return relation + Numbers.format(expectation.expected(), 6) + tolerance;
    }

    private static String measured(Mean mean) {
        String interval = mean.low() == null || mean.low().equals(mean.high())
                ? ""
                : " [" + number(mean.low()) + ",\u00a0" + number(mean.high()) + "]";
        return number(mean.value()) + interval;
    }

    private void section(Section section, int number) {
        out.append("<h2 id=\"section-")
                .append(number)
                .append("\">")
                .append(escape(section.title()))
                .append("</h2>\n");
        boolean inFigures = false;
        for (Block block : section.blocks()) {
            boolean isFigure = block instanceof Picture;
            if (isFigure != inFigures) {
                out.append(isFigure ? "<div class=\"figures\">\n" : "</div>\n");
                inFigures = isFigure;
            }
            switch (block) {
                case Text text -> tag("p", text.paragraph());
                case Table table -> table(table);
                case Picture picture -> picture(picture);
            }
        }
        out.append(inFigures ? "</div>\n" : "");
    }

    private void picture(Picture picture) {
        out.append("<figure id=\"figure-").append(picture.name()).append("\">\n");
        out.append(picture.figure().inline("svg-" + picture.name())).append("<figcaption><b>");
        out.append(escape(picture.figure().title())).append(".</b> ");
        out.append(escape(picture.caption())).append("</figcaption>\n</figure>\n");
    }

    private void table(Table table) {
        out.append("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
        out.append(escape(table.caption()))
                .append("\">\n<table>\n<caption><span>")
                .append(escape(table.caption()));
        out.append("</span></caption>\n<thead><tr>");
        for (int i = 0; i < table.header().size(); i++) {
            head(table.header().get(i), isNumeric(table, i) ? " class=\"number\"" : "");
        }
        out.append("</tr></thead>\n<tbody>\n");
        for (List<String> row : table.rows()) {
            out.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                String style = isNumeric(table, i) ? " class=\"number\"" : "";
                out.append(i == 0 ? "<th scope=\"row\"" : "<td").append(style).append('>');
                out.append(escape(row.get(i))).append(i == 0 ? "</th>" : "</td>");
            }
            out.append("</tr>\n");
        }
        out.append("</tbody>\n</table>\n</div>\n");
    }

    /** Whether every cell of the column begins like a number or says that there is none. */
    private static boolean isNumeric(Table table, int column) {
        return column > 0
                && table.rows().stream().allMatch(row -> row.get(column).matches("(?s)[−+≤≥-]? ?[0-9].*|[–∞]?"));
    }

    private void means() {
        List<List<String>> rows = report.results().means().stream()
                .map(mean -> List.of(
                        mean.experiment(),
                        mean.configuration(),
                        mean.metric(),
                        number(mean.value()),
                        number(mean.low()),
                        number(mean.high())))
                .toList();
        out.append("<h2 id=\"means\">All numbers</h2>\n<details>\n<summary>Show all ")
                .append(rows.size());
        out.append(" means</summary>\n");
        table(new Table(
                "Means over seeds with their 95 % intervals by Student's t; the single runs are in " + Results.JSON
                        + " and " + Results.CSV + ".",
                List.of("Experiment", "Configuration", "Metric", "Mean", "Low", "High"),
                rows));
        out.append("</details>\n");
    }

    private void head(String text, String attributes) {
        out.append("<th scope=\"col\"")
                .append(attributes)
                .append('>')
                .append(escape(text))
                .append("</th>");
    }

    private void tag(String name, String text) {
        out.append('<')
                .append(name)
                .append('>')
                .append(escape(text))
                .append("</")
                .append(name)
                .append(">\n");
    }

    private static String number(@Nullable Double value) {
        return Numbers.format(Optional.ofNullable(value).orElse(Double.NaN));
    }

    private static String style(Verdict verdict) {
        return switch (verdict) {
            case REPRODUCED -> "good";
            case NOT_REPRODUCED -> "bad";
            case CLAIM_REFUTED -> "open";
        };
    }

    private static String sign(Verdict verdict) {
        return switch (verdict) {
            case REPRODUCED -> "✓";
            case NOT_REPRODUCED -> "✗";
            case CLAIM_REFUTED -> "≠";
        };
    }

    private static String escape(String text) {
        return Markup.escape(text);
    }
}
