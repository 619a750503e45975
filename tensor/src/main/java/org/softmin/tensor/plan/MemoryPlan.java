package org.softmin.tensor.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.softmin.tensor.DType;
import org.softmin.tensor.Program;

/**
 * Where the buffers of a schedule lie: the caller's arrays for inputs and outputs, and offsets in one arena for each
 * kind of element for all others, where buffers that are never needed at the same time share memory. A result that a step
 * writes element by element can lie where the step reads an operand for the last time.
 *
 * @param offsets element offset in the arena of its type, for each buffer id; −1 for inputs and outputs
 * @param floats elements of the F32 arena
 * @param doubles elements of the F64 arena
 * @param ints elements of the I32 and BOOL arena
 * @param inPlace results that lie in the memory of an operand which the step that fills them still reads, with that
 *     operand: outputs in inputs donated to them, and intermediate results in others
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record MemoryPlan(int[] offsets, int floats, int doubles, int ints, Map<Buffer, Buffer> inPlace) {
    private static final int LINE = 16; // elements of a cache line
    private static final int PAGE = 1024; // elements of 4 KiB, the distance at which addresses alias
    private static final int STAGGER = 5 * LINE;

    /** Plans the memory of {@code schedule}; without {@code reuse} no two buffers share memory. */
    public static MemoryPlan of(Schedule schedule, boolean reuse) {
        List<Lifetime> lifetimes = lifetimes(schedule, reuse);
        Map<Buffer, Buffer> inPlace = new InPlace(schedule, lifetimes).find();
        int[] offsets = new int[schedule.buffers().size()];
        Arrays.fill(offsets, -1);
        Map<Arena, Integer> sizes = new HashMap<>();
        List<Lifetime> placed = new ArrayList<>();
        for (Lifetime lifetime : joined(lifetimes, inPlace)) {
            Arena arena = Arena.of(lifetime.buffer().dtype());
            List<Lifetime> conflicts = new ArrayList<>();
            for (Lifetime other : placed) {
                if (Arena.of(other.buffer().dtype()) == arena && other.meets(lifetime)) {
                    conflicts.add(other);
                }
            }
            conflicts.sort(
                    Comparator.comparingInt(other -> offsets[other.buffer().id()]));
            long offset = 0;
            for (Lifetime other : conflicts) {
                int from = offsets[other.buffer().id()];
                if (offset + lifetime.buffer().size() > from) {
                    offset = Math.max(offset, after(from, other.buffer(), lifetime.buffer()));
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
        for (Lifetime lifetime : lifetimes) {
            offsets[lifetime.buffer().id()] =
                    offsets[place(lifetime.buffer(), inPlace).id()];
        }
        for (Program.Donation donation : schedule.program().donations()) {
            inPlace.put(
                    schedule.outputs().get(donation.output()), schedule.inputs().get(donation.input()));
        }
        return new MemoryPlan(
                offsets,
                sizes.getOrDefault(Arena.FLOATS, 0),
                sizes.getOrDefault(Arena.DOUBLES, 0),
                sizes.getOrDefault(Arena.INTS, 0),
                Map.copyOf(inPlace));
    }

    /** One lifetime for all buffers that lie in one place, large places first, then in the order of time. */
    private static List<Lifetime> joined(List<Lifetime> lifetimes, Map<Buffer, Buffer> inPlace) {
        Map<Buffer, Lifetime> joined = new LinkedHashMap<>();
        for (Lifetime lifetime : lifetimes) {
            Buffer place = place(lifetime.buffer(), inPlace);
            joined.merge(place, new Lifetime(place, lifetime.first, lifetime.last), Lifetime::with);
        }
        List<Lifetime> sorted = new ArrayList<>(joined.values());
        sorted.sort(Comparator.comparingInt((Lifetime l) -> -l.buffer().size())
                .thenComparingInt(Lifetime::first)
                .thenComparingInt(l -> l.buffer().id()));
        return sorted;
    }

    /** The first of the buffers that lie one over the other. */
    private static Buffer place(Buffer buffer, Map<Buffer, Buffer> inPlace) {
        Buffer first = buffer;
        for (Buffer below = first; below != null; below = inPlace.get(below)) {
            first = below;
        }
        return first;
    }

    /**
     * First place for {@code buffer} after another: on a cache line, and for large buffers one step further on the 4 KiB
     * grid than the other, so that what lies beside each other does not alias and what was freed is filled again.
     */
    private static long after(int offset, Buffer other, Buffer buffer) {
        long end = (long) offset + other.size();
        if (buffer.size() < PAGE) {
            return Math.ceilDiv(end, LINE) * LINE;
        }
        int phase = (offset + STAGGER) % PAGE / LINE * LINE;
        return Math.ceilDiv(end - phase, PAGE) * PAGE + phase;
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

        Lifetime with(Lifetime other) {
            return new Lifetime(buffer, Math.min(first, other.first), Math.max(last, other.last));
        }
    }

    /** Lifetimes of all buffers that lie in an arena. */
    static List<Lifetime> lifetimes(Schedule schedule, boolean reuse) {
        int n = schedule.buffers().size();
        int[] first = new int[n];
        int[] last = new int[n];
        Arrays.fill(first, Integer.MAX_VALUE);
        List<Step> steps = schedule.steps();
        int[] begin = schedule.begin();
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
