package org.softmin.studies.figure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is drawn stands where its value says. */
class ChartTest {
    @Test
    void ticksAreRoundAndInsideTheRange() {
        assertEquals(List.of("0", "0.05", "0.1", "0.15"), labels(Axis.linear(""), 6, 0, 0.17));
        assertEquals(List.of("−400", "−200", "0"), labels(Axis.linear(""), 4, -450, 80));
        assertEquals(List.of("1000.1", "1000.2", "1000.3"), labels(Axis.linear(""), 4, 1000.05, 1000.35));
        assertEquals(List.of("10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01"), labels(Axis.log(""), 5, 1e-8, 0.2));
        assertEquals(List.of("20", "50", "100", "200"), labels(Axis.log(""), 6, 15, 300));
        assertEquals(List.of("2", "3", "4"), labels(Axis.log(""), 4, 2, 4.2));
    }

    @Test
    void aTickStandsAtItsValue() {
        Axis.Ruler linear = Axis.linear("").over(DoubleStream.of(0, 8), 100, 500);
        assertEquals(
                List.of(100.0, 200.0, 300.0, 400.0, 500.0),
                linear.ticks(4).stream().map(Axis.Tick::at).toList());
        Axis.Ruler log = Axis.log("").over(DoubleStream.of(1, 100), 0, 200);
        assertEquals(100, log.at(10), 1e-9);
        assertEquals(0, log.clamped(0), 1e-9);
    }

    @Test
    void equalCoordinatesLieOnTheDiagonal() {
        double[] values = IntStream.range(1, 5000).mapToDouble(i -> i / 5000.0).toArray();
        Figure figure = new Scatter("t", "d", Axis.log("x"), Axis.log("y"), List.of(Series.of("s", values, values)));
        String[] rule = Samples.between(figure.svg(), "class=\"rule\" d=\"M", "L")
                .getFirst()
                .split(" ", -1);
        double diagonal = Double.parseDouble(rule[0]) + Double.parseDouble(rule[1]);
        for (String mark : longestPath(figure).substring(1).split("M", -1)) {
            String[] xy = mark.substring(0, mark.indexOf('h')).split(" ", -1);
            assertEquals(diagonal, Double.parseDouble(xy[0]) + Double.parseDouble(xy[1]), 0.02);
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> new Scatter("t", "d", Axis.log("x"), Axis.linear("y"), List.of()));
    }

    @Test
    void thePointsOfAScatterAreDrawnOnce() {
        double[] same = new double[1000];
        Arrays.fill(same, 0.5);
        same[0] = 0.25;
        Figure figure = new Scatter("t", "d", Axis.linear("x"), Axis.linear("y"), List.of(Series.of("s", same, same)));
        assertEquals(2, Samples.between(figure.svg(), "h.1", "").size());
    }

    @Test
    void aLineHasAGapWhereAValueIsMissing() {
        double[] y = {1, 2, Double.NaN, 4, 5, -1, 6, 0, 7};
        assertEquals(2, segments(Axis.linear("y"), y));
        assertEquals(4, segments(Axis.log("y"), y));
    }

    @Test
    void aLongLineKeepsItsExtremes() {
        double[] y = new double[50_000];
        y[12_345] = 1000;
        y[33_333] = -1000;
        Figure figure = lines(Axis.linear("y"), y);
        double[] heights = Arrays.stream(longestPath(figure).substring(1).split("[ML]", -1))
                .mapToDouble(point -> Double.parseDouble(point.split(" ", -1)[1]))
                .toArray();
        double zero = heights[0];
        double top = Arrays.stream(heights).min().orElseThrow();
        double bottom = Arrays.stream(heights).max().orElseThrow();
        assertEquals(zero - top, bottom - zero, 0.02);
        assertTrue(bottom - top > 200, "the extremes span the plot");
        assertTrue(heights.length < 1100, heights.length + " points");
    }

    @Test
    void barsAreAsLongAsTheirValues() {
        Figure figure = new Bars(
                "t",
                "d",
                Axis.linear("x"),
                List.of("s"),
                List.of(
                        new Bars.Group("a", List.of(Bars.Value.of(10))),
                        new Bars.Group("b", List.of(Bars.Value.of(-5))),
                        new Bars.Group("c", List.of(Bars.Value.of(Double.NaN)))));
        List<Double> widths = Samples.between(figure.inline("p"), "<rect", "/>").stream()
                .map(rect -> Double.parseDouble(
                        Samples.between(rect, "width=\"", "\"").getFirst()))
                .toList();
        assertEquals(2, widths.size());
        assertEquals(2, widths.get(0) / widths.get(1), 0.001);
        assertTrue(figure.svg().contains(">10</text>"));
        assertTrue(figure.svg().contains(">−5</text>"));
        assertTrue(figure.svg().contains(">undefined</text>"));
    }

    @Test
    void barsNeedAValueForEachSeries() {
        List<Bars.Group> groups = List.of(new Bars.Group("a", List.of(Bars.Value.of(10))));
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> new Bars("t", "d", Axis.linear("x"), List.of("s", "t"), groups));
        assertEquals("bars: group \"a\" has 1 values for 2 series; give one each", refused.getMessage());
    }

    @Test
    void usageIsSortedAndCountsTheUnused() {
        Figure figure = new Usage("t", "d", "q", List.of(Series.of("A", new double[] {0, 1, 0, 4, 2})));
        String bars = Samples.between(figure.svg(), "d=\"", "\"").stream()
                .filter(path -> path.contains("V"))
                .findFirst()
                .orElseThrow();
        double[] tops = Arrays.stream(bars.split("M", -1))
                .skip(1)
                .mapToDouble(bar -> Double.parseDouble(bar.substring(bar.indexOf('V') + 1, bar.indexOf('h'))))
                .toArray();
        double[] sorted = Arrays.stream(tops).sorted().toArray();
        assertEquals(3, tops.length);
        assertEquals(Arrays.toString(sorted), Arrays.toString(tops), "tallest first");
        assertTrue(figure.svg().contains(">2 of 5 unused</text>"));
    }

    @Test
    void valuesAreCopied() {
        double[] y = {1, 2, 3};
        Series series = Series.of("s", y);
        Figure figure = new Lines("t", "d", Axis.linear("x"), Axis.linear("y"), List.of(series));
        String before = figure.svg();
        y[1] = 100;
        assertEquals(before, figure.svg());
    }

    @Test
    void coordinatesHaveTwoDecimals() {
        assertEquals("0", Canvas.number(-0.001));
        assertEquals("-.5", Canvas.number(-0.5));
        assertEquals(".05", Canvas.number(0.049));
        assertEquals("-12.34", Canvas.number(-12.341));
        assertEquals("7", Canvas.number(6.999));
    }

    @Test
    void eachSeriesIsToldApartByMoreThanColour() {
        List<Series> series = IntStream.range(0, 6)
                .mapToObj(i -> Series.of("s" + i, new double[] {i, i + 1}))
                .toList();
        String svg = new Lines("t", "d", Axis.linear("x"), Axis.linear("y"), series).svg();
        for (int i = 1; i < 6; i++) {
            assertTrue(svg.contains("class=\"line s" + i + "\""), "line " + i);
            assertTrue(Figure.STYLE.contains(".line.s" + i + "{stroke-dasharray:"), "dashes of line " + i);
        }
        assertFalse(Canvas.sign(0, 0, 0, 4).equals(Canvas.sign(1, 0, 0, 4)));
    }

    private static List<String> labels(Axis axis, int most, double low, double high) {
        return axis.over(DoubleStream.of(low, high), 0, 1).ticks(most).stream()
                .map(Axis.Tick::label)
                .toList();
    }

    private static Figure lines(Axis axis, double[] y) {
        return new Lines("t", "d", Axis.linear("x"), axis, List.of(Series.of("s", y)));
    }

    private static int segments(Axis axis, double[] y) {
        return (int) longestPath(lines(axis, y)).chars().filter(c -> c == 'M').count();
    }

    /** The outline with the most points: the data. */
    private static String longestPath(Figure figure) {
        return Samples.between(figure.svg(), " d=\"", "\"").stream()
                .filter(path -> !path.contains("a") && !path.contains("z"))
                .max((a, b) -> Integer.compare(a.length(), b.length()))
                .orElseThrow();
    }
}
