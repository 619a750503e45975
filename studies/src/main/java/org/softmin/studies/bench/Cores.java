package org.softmin.studies.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.softmin.studies.bench.Row.Check;
import org.softmin.studies.bench.Row.Goal;
import org.softmin.studies.bench.Row.Unit;

/**
 * How many times faster Softmin is with all threads than with one, beside what the machine gives multiply-adds in
 * registers in the same rounds: where its cores are not free, nothing can do better than that.
 */
final class Cores {
    private static final String NAME = "cores, ";
    private static final String OF_ONE = ", one thread";

    private final int threads;
    private final List<Contender> contenders = new ArrayList<>();

    /** Opens Softmin and, where it is there, the ceiling, each with all threads and with one. */
    Cores(int threads) {
        this.threads = threads;
        for (int count : new int[] {threads, 1}) {
            contenders.add(opened(new SoftminContender(), count));
        }
        for (int count : new int[] {threads, 1}) {
            Contender.peers().stream()
                    .filter(peer -> peer.name().equals(Suite.CEILING))
                    .forEach(ceiling -> contenders.add(opened(ceiling, count)));
        }
    }

    static String name(Entry entry) {
        return NAME + entry.name();
    }

    private static Contender opened(Contender contender, int threads) {
        contender.open(threads);
        return new Renamed(contender, contender.name() + (threads == 1 ? OF_ONE : ""));
    }

    /** A contender under another name; the ceiling does multiply-adds, whatever is asked of Softmin. */
    private record Renamed(Contender contender, String name) implements Contender {
        @Override
        public String describe() {
            return contender.describe();
        }

        @Override
        public void open(int threads) {
            contender.open(threads);
        }

        @Override
        public Optional<Task> task(Workload workload) {
            boolean ceiling = contender.name().equals(Suite.CEILING);
            return contender.task(ceiling ? Workload.Product.of(1, 1, 1) : workload);
        }
    }

    Row row(Entry entry, Contest contest) throws InterruptedException {
        Map<String, Contest.Time> times = contest.run(entry.workload(), contenders);
        Contest.Time all = Objects.requireNonNull(times.get(SoftminContender.NAME));
        Contest.Time one = Objects.requireNonNull(times.get(SoftminContender.NAME + OF_ONE));
        double ours = one.seconds() / all.seconds();
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(SoftminContender.NAME, ours);
        Contest.Time limit = times.get(Suite.CEILING);
        Contest.Time limitOfOne = times.get(Suite.CEILING + OF_ONE);
        if (limit != null && limitOfOne != null) {
            values.put(Suite.CEILING, limit.rate() / limitOfOne.rate());
        }
        Goal goal = threads == 2 ? Goal.atLeast(1.85, 1.95) : null;
        return new Row(
                name(entry),
                Unit.TIMES,
                values,
                Suite.CEILING,
                List.of(new Check(Suite.CEILING, ours, goal, "")),
                one.difference());
    }
}
