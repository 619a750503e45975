package org.softmin.studies.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.softmin.studies.figure.Axis;
import org.softmin.studies.figure.Bars;
import org.softmin.studies.figure.Figure;
import org.softmin.studies.figure.Lines;
import org.softmin.studies.figure.Series;
import org.softmin.studies.report.Results.Measurement;
import org.softmin.studies.report.Section.Picture;
import org.softmin.studies.report.Section.Table;
import org.softmin.studies.report.Section.Text;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportTest {
    private static final String HOSTILE = "</p></table><script>alert(1)</script><img src=x onerror='y'>\"&amp;";

    private static final Provenance PROVENANCE = new Provenance(
            HOSTILE, HOSTILE, List.of(1, 2, 3), HOSTILE, 2, HOSTILE, HOSTILE, "", Duration.ofSeconds(3725));

    private static Report report() {
        List<Measurement> rows = List.of(
                new Measurement(HOSTILE, "e", HOSTILE, 1, "good", 1.0),
                new Measurement(HOSTILE, "e", HOSTILE, 2, "good", 1.5),
                new Measurement("d", "e", "c", 1, "bad", 2.0),
                new Measurement("d", "e", "c", 1, "refuted", 3.0),
                new Measurement("d", "e", "c", 1, "free", 4.0));
        List<Expectation> expectations = List.of(
                new Expectation(HOSTILE, "e", HOSTILE, "good", Expectation.Kind.NUMBER, 1.25, 0.25),
                new Expectation("second", "e", "c", "bad", Expectation.Kind.NUMBER, 1, 0),
                new Expectation("third", "e", "c", "refuted", Expectation.Kind.AT_MOST, 1, 0),
                new Expectation("unmeasured", "e", "c", "nothing", Expectation.Kind.AT_MOST, 1, 0));
        Figure lines = new Lines(
                HOSTILE, HOSTILE, Axis.linear("x"), Axis.linear("y"), List.of(Series.of("s", new double[] {1, 2})));
        Figure bars = new Bars(
                "bars",
                "two bars",
                Axis.linear("x"),
                List.of("s", "t"),
                List.of(new Bars.Group("g", List.of(Bars.Value.of(1), Bars.Value.of(2)))));
        return new Report(
                HOSTILE,
                HOSTILE,
                PROVENANCE,
                Results.of(rows, expectations),
                expectations,
                List.of(
                        Section.of(
                                HOSTILE,
                                new Text(HOSTILE),
                                new Picture("lines", lines, HOSTILE),
                                new Picture("bars", bars, HOSTILE),
                                new Table(HOSTILE, List.of(HOSTILE, "n"), List.of(List.of(HOSTILE, HOSTILE)))),
                        Section.of("second", new Picture("more-bars", bars, "caption"))));
    }

    @Test
    void thePageIsWellFormedAndHoldsNoMarkupFromText() throws Exception {
        Document page = parse(report().html());
        assertEquals(0, page.getElementsByTagName("script").getLength());
        for (Element element : elements(page, "*")) {
            assertFalse(element.hasAttribute("src") || element.hasAttribute("onerror"), element.getTagName());
        }
        assertEquals(HOSTILE, page.getElementsByTagName("h1").item(0).getTextContent());
        assertEquals(3, page.getElementsByTagName("svg").getLength());
    }

    @Test
    void idsAreUniqueAndLinksLeadSomewhere() throws Exception {
        Document page = parse(report().html());
        Set<String> ids = new HashSet<>();
        List<String> targets = new ArrayList<>();
        for (Element element : elements(page, "*")) {
            if (element.hasAttribute("id")) {
                assertTrue(ids.add(element.getAttribute("id")), "twice: " + element.getAttribute("id"));
            }
            if (element.getTagName().equals("a")) {
                targets.add(element.getAttribute("href"));
            }
            if (element.hasAttribute("aria-labelledby")) {
                for (String id : element.getAttribute("aria-labelledby").split(" ", -1)) {
                    targets.add("#" + id);
                }
            }
        }
        assertTrue(targets.size() >= 6);
        for (String target : targets) {
            assertTrue(target.startsWith("#") && ids.contains(target.substring(1)), target);
        }
    }

    @Test
    void thePageNeedsNothingElse() {
        String html = report().html().replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        assertFalse(html.contains("http:") || html.contains("https:") || html.contains("@import"), "a reference");
        assertTrue(html.contains("<meta charset=\"utf-8\"/>"));
        assertTrue(html.contains("prefers-color-scheme:dark"));
    }

    @Test
    void verdictsAreShownInWords() throws Exception {
        Document page = parse(report().html());
        Element claims = elements(page, "table").getFirst();
        List<Element> rows = elements(claims, "tr");
        assertEquals(1 + 3, rows.size(), "the claim that was not measured is left out");
        assertRow(rows.get(1), "1.25 ± 0.25", "1.25 [−1.927,\u00a04.427]", "✓ reproduced");
        assertRow(rows.get(2), "1", "2", "✗ not reproduced");
        assertRow(rows.get(3), "≤ 1", "3", "≠ claim refuted");
        String tally = elements(page, "ul")
                .getFirst()
                .getTextContent()
                .replaceAll("\\s+", " ")
                .strip();
        assertEquals("1 reproduced 1 not reproduced 1 claim refuted", tally);
    }

    @Test
    void withoutVerdictsTheExpectedNumbersStillStand() throws Exception {
        Report judged = report();
        Results unjudged = Results.of(List.of(new Measurement("d", "e", "c", 1, "bad", 2.0)), List.of());
        Document page = parse(new Report("t", "s", PROVENANCE, unjudged, judged.expectations(), List.of()).html());
        assertRow(elements(page, "tr").get(1), "1", "2", "– not judged");
        assertFalse(page.getDocumentElement().getTextContent().contains("not reproduced"));
    }

    @Test
    void tablesSayWhatTheirHeadsHead() throws Exception {
        for (Element head : elements(parse(report().html()), "th")) {
            assertTrue(Set.of("row", "col").contains(head.getAttribute("scope")));
        }
        for (Element table : elements(parse(report().html()), "table")) {
            assertEquals(1, table.getElementsByTagName("caption").getLength());
        }
    }

    @Test
    void provenanceIsComplete() throws Exception {
        Document page = parse(report().html());
        List<String> names =
                elements(page, "dt").stream().map(Element::getTextContent).toList();
        assertEquals(List.of("Command", "Data", "Seeds", "Backend", "Threads", "JDK", "CPU", "Duration"), names);
        assertTrue(page.getDocumentElement().getTextContent().contains("1 h 2 min 5 s"));
        assertFalse(Provenance.thisJdk().isBlank());
        assertFalse(Provenance.thisCpu().isBlank());
    }

    @Test
    void aFolderHoldsTheWholeReport(@TempDir Path folder) throws Exception {
        report().write(folder.resolve("new/run"), Map.of());
        try (var files = Files.walk(folder)) {
            assertEquals(
                    List.of(
                            "figures/bars.svg",
                            "figures/lines.svg",
                            "figures/more-bars.svg",
                            "metrics.csv",
                            "report.html",
                            "results.json"),
                    files.filter(Files::isRegularFile)
                            .map(file -> folder.resolve("new/run")
                                    .relativize(file)
                                    .toString()
                                    .replace('\\', '/'))
                            .sorted()
                            .toList());
        }
        assertEquals(report().html(), Files.readString(folder.resolve("new/run/report.html")));
    }

    @Test
    void thePageIsTheSameInEveryLocale() {
        String expected = report().html();
        Locale before = Locale.getDefault();
        try {
            for (String tag : List.of("de-DE", "tr-TR", "ar-EG")) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                assertEquals(expected, report().html());
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void namesOfFiguresMustDiffer() {
        Report report = report();
        List<Section> twice =
                List.of(report.sections().getFirst(), report.sections().getFirst());
        assertThrows(
                IllegalArgumentException.class,
                () -> new Report("t", "s", PROVENANCE, report.results(), List.of(), twice));
        Figure figure = new Lines("t", "d", Axis.linear("x"), Axis.linear("y"), List.of());
        assertThrows(IllegalArgumentException.class, () -> new Picture("../up", figure, ""));
        assertThrows(IllegalArgumentException.class, () -> new Table("", List.of("a"), List.of(List.of("b", "c"))));
    }

    private static void assertRow(Element row, String... cells) {
        List<String> texts =
                elements(row, "td").stream().map(Element::getTextContent).toList();
        assertEquals(List.of(cells), texts);
    }

    private static List<Element> elements(org.w3c.dom.Node root, String name) {
        NodeList nodes = root instanceof Document page
                ? page.getElementsByTagName(name)
                : ((Element) root).getElementsByTagName(name);
        List<Element> list = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            list.add((Element) nodes.item(i));
        }
        return list;
    }

    private static Document parse(String html) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(html.getBytes(StandardCharsets.UTF_8)));
    }
}
