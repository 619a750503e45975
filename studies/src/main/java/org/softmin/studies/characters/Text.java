package org.softmin.studies.characters;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/**
 * A text as symbols: the position of each character in {@code vocabulary}, which holds those of the text in order.
 *
 * <p>Immutable.
 */
public record Text(String characters, String vocabulary) {
    private static final String BUILT_IN = "text.txt";

    /** A text with the characters that occur in it. */
    public static Text of(String characters) {
        return new Text(
                characters,
                characters
                        .chars()
                        .sorted()
                        .distinct()
                        .mapToObj(Character::toString)
                        .collect(Collectors.joining()));
    }

    /** The first characters of the built-in text: the sources of Softmin's tensors and layers, as they once were. */
    public static Text builtIn(int characters) throws IOException {
        try (InputStream in = Text.class.getResourceAsStream(BUILT_IN)) {
            if (in == null) {
                throw new IllegalStateException("text: " + BUILT_IN + " is missing; build Softmin again");
            }
            String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return of(all.substring(0, Math.min(characters, all.length())));
        }
    }

    /** Entropy of single characters in nats: the loss of one who knows how frequent they are, and nothing else. */
    public double entropy() {
        double[] counts = new double[vocabulary.length()];
        characters.chars().forEach(c -> counts[vocabulary.indexOf(c)]++);
        return -Arrays.stream(counts)
                .map(count -> count / characters.length())
                .map(p -> p * Math.log(p))
                .sum();
    }

    /** How many windows {@link #windows} gives: a multiple of ten, so that a tenth of them is a tenth of the text. */
    int count(int length) {
        return (characters.length() - 1) / length / 10 * 10;
    }

    /**
     * The text in pieces, I32 [windows, length], from character {@code offset} on: 1 gives what follows each symbol of 0.
     *
     * @throws IllegalArgumentException if the text is too short for ten windows
     */
    public HostArray windows(int length, int offset) {
        int windows = count(length);
        if (windows == 0) {
            throw new IllegalArgumentException("text: " + characters.length() + " characters make no ten windows of "
                    + length + "; use a longer text");
        }
        int[] symbols = characters
                .substring(offset, offset + windows * length)
                .chars()
                .map(vocabulary::indexOf)
                .toArray();
        return HostArray.of(Shape.of(windows, length), symbols);
    }
}
