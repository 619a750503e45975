package org.softmin.studies;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Finds things by the name that a user typed. */
final class Names {
    private Names() {}

    /**
     * The thing of that name.
     *
     * @param kind what it is, in a word, for the message
     * @throws UsageException if there is none, with the nearest name
     */
    static <T> T find(String kind, String name, List<T> things, Function<T, String> nameOf) {
        return things.stream()
                .filter(thing -> nameOf.apply(thing).equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        unknown(kind, name, things.stream().map(nameOf).toList())));
    }

    /** One line that says that a name is unknown, and which known one it may have been. */
    static String unknown(String kind, String name, Collection<String> known) {
        String remedy = nearest(name, known)
                .map(near -> "did you mean " + near + "?")
                .orElseGet(() -> known.isEmpty()
                        ? "there is none"
                        : "use " + known.stream().collect(Collectors.joining(", ")));
        return "unknown " + kind + " \"" + name + "\"; " + remedy;
    }

    /** The known name that fewest typing errors lead from, if that is few enough to be a typing error. */
    static Optional<String> nearest(String name, Collection<String> known) {
        String typed = name.toLowerCase(Locale.ROOT);
        return known.stream()
                .min(Comparator.comparingInt(other -> distance(typed, other)))
                .filter(other -> distance(typed, other) <= Math.max(1, Math.max(typed.length(), other.length()) / 3));
    }

    /** Insertions, deletions, replacements and swaps of neighbours that lead from one text to the other. */
    static int distance(String from, String to) {
        int[][] table = new int[from.length() + 1][to.length() + 1];
        Arrays.setAll(table[0], j -> j);
        for (int i = 1; i <= from.length(); i++) {
            table[i][0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int same = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                int best = Math.min(table[i - 1][j - 1] + same, 1 + Math.min(table[i - 1][j], table[i][j - 1]));
                boolean swapped = i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1);
                table[i][j] = swapped ? Math.min(best, 1 + table[i - 2][j - 2]) : best;
            }
        }
        return table[from.length()][to.length()];
    }
}
