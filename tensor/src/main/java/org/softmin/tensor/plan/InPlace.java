package org.softmin.tensor.plan;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.softmin.tensor.plan.MemoryPlan.Lifetime;

/**
 * Finds results of fused steps that can be written over an operand: one that is read by this step for the last time,
 * and by all that is done together with it element for element only.
 */
final class InPlace {
    private final Schedule schedule;
    private final Map<Buffer, Lifetime> lifetimes;
    private final Map<Buffer, Buffer> result = new HashMap<>();

    /** Only buffers with a lifetime are considered. */
    InPlace(Schedule schedule, List<Lifetime> lifetimes) {
        this.schedule = schedule;
        this.lifetimes = lifetimes.stream().collect(Collectors.toMap(Lifetime::buffer, lifetime -> lifetime));
    }

    /** For each such result the buffer whose place it takes; no buffer's place is taken twice. */
    Map<Buffer, Buffer> find() {
        int[] begin = schedule.begin();
        for (int s = schedule.fixed(); s < begin.length; s++) {
            if (schedule.steps().get(s) instanceof Step.Fused step) {
                Set<Buffer> free = dying(step, s, schedule.steps().subList(begin[s], s + 1));
                for (Step.Store store : step.stores()) {
                    place(store.target(), free);
                }
            }
        }
        return result;
    }

    /** Operands of {@code step} that nobody needs afterwards, and that the steps with it read as it does. */
    private Set<Buffer> dying(Step.Fused step, int index, List<Step> together) {
        Set<Buffer> dying = new HashSet<>();
        for (View view : step.reads()) {
            Lifetime lifetime = lifetimes.get(view.buffer());
            if (lifetime != null && lifetime.last() == index) {
                dying.add(view.buffer());
            }
        }
        for (Step other : together) {
            for (View view : other.reads()) {
                if (!(other instanceof Step.Fused) || !view.isWhole()) {
                    dying.remove(view.buffer());
                }
            }
        }
        return dying;
    }

    private void place(Buffer target, Set<Buffer> free) {
        if (!lifetimes.containsKey(target)) {
            return;
        }
        free.stream()
                .filter(operand -> operand.dtype() == target.dtype() && operand.size() == target.size())
                .min((a, b) -> Integer.compare(a.id(), b.id()))
                .ifPresent(operand -> {
                    free.remove(operand);
                    result.put(target, operand);
                });
    }
}
