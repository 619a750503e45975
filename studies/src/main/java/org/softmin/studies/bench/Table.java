package org.softmin.studies.bench;

import java.util.Locale;
import java.util.Optional;
import org.softmin.studies.bench.Row.Check;
import org.softmin.studies.bench.Row.Goal;
import org.softmin.studies.figure.Numbers;

/** The table as text: one line a row, complete as soon as the row is measured. */
final class Table {
    private Table() {}

    static String head() {
        return line(
                "workload",
                "unit",
                "Softmin",
                "beside",
                "",
                "ratio",
                "must (aim)",
                "",
                "PyTorch",
                "ratio",
                "must (aim)",
                "",
                "differ by");
    }

    static String line(Row row) {
        Optional<Check> first = check(row, row.reference());
        Optional<Check> second = check(row, Suite.PYTORCH);
        return line(
                row.name(),
                row.unit().symbol(),
                number(row.softmin()),
                row.reference(),
                value(row, row.reference()),
                first.map(Table::ratio).orElse(""),
                first.map(Table::goal).orElse(""),
                first.map(Check::verdict).orElse(""),
                value(row, Suite.PYTORCH),
                second.map(Table::ratio).orElse(""),
                second.map(Table::goal).orElse(""),
                second.map(Check::verdict).orElse(""),
                Double.isNaN(row.difference()) ? "" : String.format(Locale.ROOT, "%.0e", row.difference()));
    }

    private static String line(Object... cells) {
        return String.format(Locale.ROOT, "%-36s %-8s %9s | %-8s %9s %7s %-14s %-6s | %9s %7s %-14s %-6s %9s", cells)
                .stripTrailing();
    }

    private static String value(Row row, String contender) {
        return row.values().containsKey(contender) ? number(row.values().get(contender)) : "";
    }

    private static Optional<Check> check(Row row, String against) {
        return row.checks().stream()
                .filter(check -> check.against().equals(against))
                .findFirst();
    }

    private static String ratio(Check check) {
        return check.against().isEmpty() ? "" : String.format(Locale.ROOT, "%.2f", check.value());
    }

    private static String goal(Check check) {
        Goal goal = check.goal();
        if (goal == null) {
            return "";
        }
        return (goal.atLeast() ? ">= " : "<= ") + Numbers.format(goal.must()) + " (" + Numbers.format(goal.aim()) + ")";
    }

    private static String number(double value) {
        return Numbers.format(value, 3);
    }
}
