package org.softmin.studies;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A value that {@code --set key=value} can change, with a default for each preset. A study keeps its settings as
 * constants and asks {@link Settings#get} for their values.
 *
 * @param key name on the command line
 * @param help one line: what it is, with its unit
 * @param range what is allowed, as it stands after "use" in an error message
 * @param parser from text to value; throws {@link IllegalArgumentException} where the text is not in the range
 */
public record Setting<T>(String key, String help, String range, T quick, T full, Function<String, T> parser) {
    /** A whole number from {@code least} to {@code most}. */
    public static Setting<Integer> integer(String key, String help, int least, int most, int quick, int full) {
        return new Setting<>(key, help, integers(least, most), quick, full, text -> integer(text, least, most));
    }

    /** A list of whole numbers from {@code least} to {@code most}, at least one, separated by commas. */
    public static Setting<List<Integer>> integers(
            String key, String help, int least, int most, List<Integer> quick, List<Integer> full) {
        String range = "a list such as " + text(full) + ", each " + integers(least, most);
        return new Setting<>(
                key,
                help,
                range,
                quick,
                full,
                text -> Arrays.stream(text.split(",", -1))
                        .map(item -> integer(item, least, most))
                        .toList());
    }

    /** A finite number larger than {@code bound}. */
    public static Setting<Double> realAbove(String key, String help, double bound, double quick, double full) {
        return new Setting<>(
                key, help, "a finite number above " + text(bound), quick, full, text -> real(text, v -> v > bound));
    }

    /** A finite number that is {@code least} or more. */
    public static Setting<Double> realAtLeast(String key, String help, double least, double quick, double full) {
        String range = "a finite number, " + text(least) + " or more";
        return new Setting<>(key, help, range, quick, full, text -> real(text, v -> v >= least));
    }

    /** A number from 0 to below 1, such as a share that is dropped. */
    public static Setting<Double> fraction(String key, String help, double quick, double full) {
        return new Setting<>(
                key, help, "a number from 0 to below 1", quick, full, text -> real(text, v -> v >= 0 && v < 1));
    }

    /** One of the constants of an enum, written in lower case with hyphens. */
    public static <E extends Enum<E>> Setting<E> choice(String key, String help, Class<E> type, E quick, E full) {
        E[] constants = type.getEnumConstants();
        String range = Arrays.stream(constants).map(Setting::text).collect(Collectors.joining(", "));
        return new Setting<>(
                key,
                help,
                "one of " + range,
                quick,
                full,
                text -> Arrays.stream(constants)
                        .filter(constant -> text(constant).equals(text))
                        .findFirst()
                        .orElseThrow(IllegalArgumentException::new));
    }

    /** Yes or no. */
    public static Setting<Boolean> flag(String key, String help, boolean quick, boolean full) {
        return new Setting<>(key, help, "true or false", quick, full, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        });
    }

    /** The value where {@code --set} does not give one. */
    public T preset(Preset preset) {
        return switch (preset) {
            case QUICK -> quick;
            case FULL -> full;
        };
    }

    /**
     * The value that a text stands for.
     *
     * @throws UsageException if it is not in the range
     */
    public T parse(String text) {
        try {
            return parser.apply(text.strip());
        } catch (IllegalArgumentException outOfRange) {
            throw new UsageException(key + ": \"" + text + "\" is not allowed; use " + range);
        }
    }

    /** A value as {@link #parse} reads it. */
    static String text(Object value) {
        return switch (value) {
            case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
            case List<?> list -> list.stream().map(Setting::text).collect(Collectors.joining(","));
            case Double number
            when number == Math.rint(number) && Math.abs(number) < 1e6 -> Long.toString(number.longValue());
            default -> value.toString();
        };
    }

    private static String integers(int least, int most) {
        return most == Integer.MAX_VALUE
                ? "a whole number, " + least + " or more"
                : "a whole number from " + least + " to " + most;
    }

    private static int integer(String text, int least, int most) {
        // Digits of other scripts are numbers for parseInt; a command line should mean the same to every reader.
        if (!text.matches("-?[0-9]+")) {
            throw new IllegalArgumentException(text);
        }
        int value = Integer.parseInt(text);
        if (value < least || value > most) {
            throw new IllegalArgumentException(text);
        }
        return value;
    }

    private static double real(String text, Function<Double, Boolean> allowed) {
        // Not what parseDouble also takes: NaN, Infinity, 1f, 0x1p3.
        if (!text.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?")) {
            throw new IllegalArgumentException(text);
        }
        double value = Double.parseDouble(text);
        if (!Double.isFinite(value) || !allowed.apply(value)) {
            throw new IllegalArgumentException(text);
        }
        return value;
    }
}
