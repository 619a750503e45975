package org.softmin.tensor.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.softmin.tensor.DType;

/**
 * Where the buffers of a schedule lie: the caller's arrays for inputs and outputs, and offsets in one arena for each
 * kind of element for all others, where buffers that are never needed at the same time share memory.
 *
 * @param offsets element offset in the arena of its type, for each buffer id; −1 for inputs and outputs
 * @param floats elements of the F32 arena
 * @param doubles elements of the F64 arena
 * @param ints elements of the I32 and BOOL arena
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record MemoryPlan(int[] offsets, int floats, int doubles, int ints) {
    private static final int LINE = 16; // elements of a cache line
    private static final int PAGE = 1024; // elements of 4 KiB, the distance at which addresses alias
    private static final int STAGGER = 5 * LINE;

    /** Plans the memory of {@code schedule}; without {@code reuse} no two buffers share memory. */
    public static MemoryPlan of(Schedule schedule, boolean reuse) {
        List<Lifetime> lifetimes = lifetimes(schedule, reuse);
        lifetimes.sort(Comparator.comparingInt((Lifetime l) -> -l.buffer().size())
                .thenComparingInt(l -> l.buffer().id()));
        int[] offsets = new int[schedule.buffers().size()];
        Arrays.fill(offsets, -1);
        Map<Arena, Integer> sizes = new HashMap<>();
        List<Lifetime> placed = new ArrayList<>();
        for (Lifetime lifetime : lifetimes) {
            Arena arena = Arena.of(lifetime.buffer().dtype());
            List<Lifetime> conflicts = new ArrayList<>();
            for (Lifetime other : placed) {
                if (Arena.of(other.buffer().dtype()) == arena && other.meets(lifetime)) {
                    conflicts.add(other);
                }
            }
            conflicts.sort(
                    Comparator.comparingInt(other -> offsets[other.buffer().id()]));
            long offset = start(0, lifetime.buffer());
            for (Lifetime other : conflicts) {
                int from = offsets[other.buffer().id()];
                if (offset + lifetime.buffer().size() > from) {
                    offset = Math.max(offset, start((long) from + other.buffer().size(), lifetime.buffer()));
                }
            }
            if (offset + lifetime.buffer().size() > Integer.MAX_VALUE - 8) {
                throw new IllegalArgumentException("plan: intermediate results need more than 2147483639 elements at"
                        + " once; use smaller batches");
            }
            offsets[lifetime.buffer().id()] = (int) offset;
            placed.add(lifetime);
            sizes.merge(arena, (int) offset + lifetime.buffer().size(), Math::max);
        }
        return new MemoryPlan(
                offsets,
                sizes.getOrDefault(Arena.FLOATS, 0),
                sizes.getOrDefault(Arena.DOUBLES, 0),
                sizes.getOrDefault(Arena.INTS, 0));
    }

    /** First place at or after {@code from}: on a cache line, and for large buffers off the 4 KiB grid of the others. */
    private static long start(long from, Buffer buffer) {
        if (buffer.size() < PAGE) {
            return Math.ceilDiv(from, LINE) * LINE;
        }
        int phase = Math.floorMod(buffer.id() * STAGGER, PAGE);
        return Math.ceilDiv(from - phase, PAGE) * PAGE + phase;
    }

    private enum Arena {
        FLOATS,
        DOUBLES,
        INTS;

        static Arena of(DType dtype) {
            return switch (dtype) {
                case F32 -> FLOATS;
                case F64 -> DOUBLES;
                case I32, BOOL -> INTS;
            };
        }
    }

    /** Steps from the one that fills a buffer to the last one that reads it, both included. */
    record Lifetime(Buffer buffer, int first, int last) {
        boolean meets(Lifetime other) {
            return first <= other.last && other.first <= last;
        }
    }

    /** Lifetimes of all buffers that lie in an arena. */
    static List<Lifetime> lifetimes(Schedule schedule, boolean reuse) {
        int n = schedule.buffers().size();
        int[] first = new int[n];
        int[] last = new int[n];
        Arrays.fill(first, Integer.MAX_VALUE);
        List<Step> steps = schedule.steps();
        int[] begin = new int[steps.size()]; // the first of the steps that one is done together with
        for (int s = 0; s < steps.size(); s++) {
            begin[s] = schedule.epilogue(s) != null ? s - 1 : s;
        }
        for (Sweep sweep : schedule.sweeps()) {
            Arrays.fill(begin, sweep.from(), sweep.to(), sweep.from());
        }
        for (int s = 0; s < steps.size(); s++) {
            for (Buffer written : steps.get(s).writes()) {
                first[written.id()] = Math.min(first[written.id()], begin[s]);
                last[written.id()] = Math.max(last[written.id()], s);
            }
            for (View read : steps.get(s).reads()) {
                last[read.buffer().id()] = Math.max(last[read.buffer().id()], s);
            }
        }
        Set<Buffer> callers = new HashSet<>(schedule.inputs());
        callers.addAll(schedule.outputs());
        List<Lifetime> result = new ArrayList<>();
        for (Buffer buffer : schedule.buffers()) {
            int id = buffer.id();
            boolean constant = schedule.constants().containsKey(buffer);
            if (callers.contains(buffer) || (!constant && first[id] == Integer.MAX_VALUE)) {
                continue;
            }
            // constants are filled before the first step, and steps done once must be remembered for each run
            boolean fixed = constant || first[id] < schedule.fixed();
            boolean whole = !reuse || (fixed && last[id] >= schedule.fixed());
            result.add(
                    whole
                            ? new Lifetime(buffer, 0, Integer.MAX_VALUE)
                            : new Lifetime(buffer, constant ? 0 : first[id], last[id]));
        }
        return result;
    }
}
