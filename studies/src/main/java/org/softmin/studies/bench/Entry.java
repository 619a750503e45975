package org.softmin.studies.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.softmin.studies.bench.Row.Check;
import org.softmin.studies.bench.Row.Goal;
import org.softmin.studies.bench.Row.Unit;

/**
 * A workload of the table and what is asked of Softmin there.
 *
 * @param unit what is shown
 * @param reference the contender beside Softmin
 * @param beside what the ratio to it should be: of rates ours to its, of times likewise
 * @param peer what the ratio to PyTorch should be, above 1 where Softmin is faster
 * @param large whether it is too much for a quick look
 * @param spread whether it is work enough for two cores
 */
record Entry(
        Workload workload,
        Unit unit,
        String reference,
        @Nullable Goal beside,
        @Nullable Goal peer,
        boolean large,
        boolean spread) {
    /** Share of the multiply-add ceiling beyond which nobody can ask for more. */
    private static final double SATURATED = 0.95;

    String name() {
        return workload.name();
    }

    /** Measures it. */
    Row run(Contest contest, List<Contender> contenders) throws InterruptedException {
        return row(contest.run(workload, contenders));
    }

    /** The line for measured times. */
    Row row(Map<String, Contest.Time> times) {
        Map<String, Double> values = new LinkedHashMap<>();
        times.forEach((name, time) -> values.put(name, unit.of(time)));
        double ours = values.getOrDefault(SoftminContender.NAME, Double.NaN);
        List<Check> checks = new ArrayList<>();
        Double floor = values.get(reference);
        if (floor != null) {
            checks.add(new Check(reference, ours / floor, beside, ""));
        }
        Double theirs = values.get(Suite.PYTORCH);
        if (theirs != null) {
            Double ceiling = values.get(Suite.CEILING);
            boolean saturated = ceiling != null && ours > SATURATED * ceiling;
            double ratio = unit.isRate() ? ours / theirs : theirs / ours;
            checks.add(new Check(Suite.PYTORCH, ratio, peer, saturated ? "beyond 95 % of the ceiling" : ""));
        }
        double difference = times.entrySet().stream()
                .filter(entry -> !entry.getKey().equals(SoftminContender.NAME))
                .mapToDouble(entry -> entry.getValue().difference())
                .filter(value -> !Double.isNaN(value))
                .max()
                .orElse(Double.NaN);
        return new Row(name(), unit, values, reference, checks, difference);
    }
}
