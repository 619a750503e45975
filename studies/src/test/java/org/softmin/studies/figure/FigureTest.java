package org.softmin.studies.figure;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class FigureTest {
    static Stream<Figure> all() {
        return Samples.all().stream();
    }

    @ParameterizedTest
    @MethodSource("all")
    void isWellFormedAndSaysWhatItShows(Figure figure) throws Exception {
        for (String text : List.of(figure.svg(), figure.inline("p-1"))) {
            Element svg = parse(text).getDocumentElement();
            assertEquals("svg", svg.getTagName());
            assertEquals("img", svg.getAttribute("role"));
            String[] labels = svg.getAttribute("aria-labelledby").split(" ", -1);
            assertEquals(
                    figure.title().replace('\u0000', '\ufffd'),
                    byId(svg, labels[0]).getTextContent());
            assertEquals(
                    figure.description().replace('\u0000', '\ufffd'),
                    byId(svg, labels[1]).getTextContent());
            assertEquals(0, svg.getElementsByTagName("script").getLength(), "markup in a name became an element");
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void drawsNothingThatIsNotANumber(Figure figure) {
        String svg = figure.svg();
        assertFalse(svg.contains("=\"NaN") || svg.contains("MNaN") || svg.contains("Infinity"), svg);
    }

    @ParameterizedTest
    @MethodSource("all")
    void asksForNothingOutside(Figure figure) {
        for (String target : Samples.between(figure.svg(), "href=\"", "\"")) {
            assertTrue(target.startsWith("data:image/png;base64,"), target);
        }
        for (String target : Samples.between(figure.inline("p-1"), "url(", ")")) {
            assertTrue(figure.inline("p-1").contains(" id=\"" + target.substring(1) + "\""), target);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void isSmall(Figure figure) {
        int bytes = figure.svg().getBytes(StandardCharsets.UTF_8).length;
        assertTrue(bytes < 60_000, bytes + " bytes");
    }

    @ParameterizedTest
    @MethodSource("all")
    void putsEveryIdUnderItsPrefix(Figure figure) {
        Set<String> ids = new HashSet<>();
        for (String id : Samples.between(figure.inline("p-1"), " id=\"", "\"")) {
            assertTrue(id.startsWith("p-1-"), id);
            assertTrue(ids.add(id), "twice: " + id);
        }
        assertTrue(ids.size() >= 2);
    }

    @Test
    void isTheSameTextInEveryLocale() {
        List<String> expected = all().map(Figure::svg).toList();
        Locale before = Locale.getDefault();
        try {
            for (String tag : List.of("de-DE", "tr-TR", "ar-EG", "hi-IN-u-nu-deva")) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                assertEquals(expected, all().map(Figure::svg).toList(), tag);
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void refusesAPrefixThatIsNoId() {
        Figure figure = Samples.bars(Axis.linear("x"));
        assertThrows(IllegalArgumentException.class, () -> figure.inline("a b"));
        assertThrows(IllegalArgumentException.class, () -> figure.inline("1a"));
        assertThrows(IllegalArgumentException.class, () -> figure.inline(""));
        assertDoesNotThrow(() -> figure.inline("a1-B"));
    }

    static Document parse(String xml) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(false);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
    }

    private static Element byId(Element root, String id) {
        NodeList all = root.getElementsByTagName("*");
        for (int i = 0; i < all.getLength(); i++) {
            if (((Element) all.item(i)).getAttribute("id").equals(id)) {
                return (Element) all.item(i);
            }
        }
        throw new AssertionError("no element has the id " + id);
    }
}
