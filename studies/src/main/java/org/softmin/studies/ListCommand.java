package org.softmin.studies;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.softmin.studies.Softmin.Session;
import picocli.CommandLine.Command;

/** {@code softmin list}: what can be run and what can be changed about it. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        versionProvider = Softmin.Version.class,
        description = "Shows the studies, their experiments and their settings.")
final class ListCommand implements Runnable {
    private final Session session;

    ListCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.studies().forEach(this::show);
    }

    private void show(Study study) {
        PrintWriter out = session.out();
        out.println(study.name() + ": " + study.description());
        for (Preset preset : Preset.values()) {
            out.println("  --preset " + preset.text() + ": " + study.cost(preset));
        }
        out.println("  --experiment");
        rows(study.experiments().stream()
                .map(experiment -> List.of(experiment.name(), experiment.description()))
                .toList());
        out.println("  --set");
        rows(study.settings().stream().map(ListCommand::row).toList());
    }

    private static List<String> row(Setting<?> setting) {
        String defaults = Arrays.stream(Preset.values())
                .map(preset -> Setting.text(setting.preset(preset)))
                .distinct()
                .collect(Collectors.joining(" / "));
        return List.of(setting.key() + "=" + defaults, setting.help() + " (" + setting.range() + ")");
    }

    private void rows(List<List<String>> rows) {
        int width = rows.stream().mapToInt(row -> row.getFirst().length()).max().orElse(0);
        rows.forEach(row -> session.out()
                .println("    " + row.getFirst()
                        + " ".repeat(width - row.getFirst().length() + 2) + row.getLast()));
    }
}
