package org.softmin.studies;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The values of a study's settings in one run: what the user set, and the preset's defaults for the rest. Immutable. */
public final class Settings {
    /** What other programs call a choice that there is not here. */
    private static final Set<String> ELEMENT_TYPE = Set.of("dtype", "precision");

    private final List<Setting<?>> known;
    private final Preset preset;
    private final Map<String, String> given;

    /**
     * Checks every value that is given.
     *
     * @param known the study's settings
     * @param given texts by key
     * @throws UsageException if a key is unknown or a value not in its range
     */
    public Settings(List<Setting<?>> known, Preset preset, Map<String, String> given) {
        this.known = List.copyOf(known);
        this.preset = preset;
        this.given = Map.copyOf(given);
        given.forEach((key, text) -> {
            if (ELEMENT_TYPE.contains(key)
                    && known.stream().noneMatch(setting -> setting.key().equals(key))) {
                throw new UsageException(
                        key + ": \"" + text + "\" cannot be chosen: studies compute in F32, and F16 and BF16"
                                + " are not supported but in files, from which they are read as F32; leave it out");
            }
            Names.find("setting", key, known, Setting::key).parse(text);
        });
    }

    /** The value of a setting. */
    public <T> T get(Setting<T> setting) {
        if (!known.contains(setting)) {
            throw new IllegalArgumentException(
                    "settings: the study does not list " + setting.key() + " among its settings");
        }
        String text = given.get(setting.key());
        return text == null ? setting.preset(preset) : setting.parse(text);
    }

    /** Whether every value is the preset's: then the run is the one that the preset stands for. */
    public boolean arePreset() {
        return known.stream().allMatch(setting -> get(setting).equals(setting.preset(preset)));
    }

    /** All values as text, by key, in the order of the study: for the report. */
    public Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        known.forEach(setting -> texts.put(setting.key(), Setting.text(get(setting))));
        return texts;
    }
}
