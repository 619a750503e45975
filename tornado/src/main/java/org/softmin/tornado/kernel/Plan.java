package org.softmin.tornado.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Decompose;
import org.softmin.tensor.plan.MemoryPlan;
import org.softmin.tensor.plan.Schedule;
import org.softmin.tensor.plan.Simplify;
import org.softmin.tensor.plan.Verifier;

/**
 * A program ready for a device: kernels in order, and the memory that they work in.
 *
 * @param storages arrays on the device: first one for each kind of element that holds all that the caller never sees,
 *     then one for each input, captured input and output, then the faults
 * @param places where each buffer lies, by its id
 * @param kernels in the order in which they are launched
 * @param fixed how many of the first kernels are launched once
 * @param checks what kernels found out of range; check i writes to elements 2 i (a mark) and 2 i + 1 (the position) of
 *     the last storage
 */
public record Plan(
        Schedule schedule,
        List<Storage> storages,
        List<Place> places,
        List<Kernel> kernels,
        int fixed,
        List<Check> checks) {
    /** An array on the device. */
    public record Storage(DType type, int size) {
        /** What TornadoVM puts before the elements of an array; 24 bytes where Java's pointers are not compressed. */
        private static final int HEADER = 24;

        public long bytes() {
            return HEADER + (long) size * type.bytes();
        }
    }

    /** A buffer's storage and its first element in it. */
    public record Place(int storage, int offset) {}

    /** Something that only the run shows to be wrong. */
    public sealed interface Check {
        /** Division of integers by 0. */
        Check DIVISION = new Division();

        /** What is thrown when {@code found} was found. */
        RuntimeException error(int found);

        /** A position that {@code op} reads and that must lie on {@code axis} of {@code shape}. */
        record Position(Op op, int axis, Shape shape) implements Check {
            @Override
            public RuntimeException error(int found) {
                return op.outOfRange(found, axis, shape);
            }
        }

        /** {@link #DIVISION}. */
        record Division() implements Check {
            @Override
            public RuntimeException error(int found) {
                return new ArithmeticException("div: integer division of " + found + " by 0; guard it with where");
            }
        }
    }

    /** Plans {@code program}, through the same passes as on the CPU. */
    public static Plan of(Program program, boolean fuse, boolean reuse) {
        Program simplified = Simplify.apply(Verifier.check(program));
        Program primitive = Verifier.check(Simplify.apply(Decompose.apply(simplified, composite -> false)));
        Schedule schedule = Schedule.of(primitive, fuse);
        MemoryPlan memory = MemoryPlan.of(schedule, reuse);
        Lowering lowering = new Lowering(schedule);
        List<Buffer> scratch = lowering.scratch();
        int faults = schedule.buffers().size();
        Place[] places = new Place[faults + 1 + scratch.size()];
        for (Buffer buffer : schedule.buffers()) {
            int offset = memory.offsets()[buffer.id()];
            if (offset >= 0) {
                places[buffer.id()] = new Place(arena(buffer.dtype()), offset);
            }
        }
        int[] sizes = {memory.floats(), memory.doubles(), memory.ints()};
        for (Buffer buffer : scratch) {
            int arena = arena(buffer.dtype());
            places[buffer.id()] = new Place(arena, sizes[arena]);
            sizes[arena] = Math.addExact(sizes[arena], buffer.size());
        }
        List<Storage> storages = new ArrayList<>();
        storages.add(new Storage(DType.F32, sizes[0]));
        storages.add(new Storage(DType.F64, sizes[1]));
        storages.add(new Storage(DType.I32, sizes[2]));
        for (int j = 0; j < schedule.outputs().size(); j++) {
            places[schedule.outputs().get(j).id()] = new Place(storages.size(), 0);
            storages.add(storage(schedule.outputs().get(j)));
        }
        for (int i = 0; i < schedule.inputs().size(); i++) {
            int output = outputOf(program, i);
            Buffer input = schedule.inputs().get(i);
            if (output >= 0) { // updated in place
                places[input.id()] = places[schedule.outputs().get(output).id()];
            } else {
                places[input.id()] = new Place(storages.size(), 0);
                storages.add(storage(input));
            }
        }
        places[faults] = new Place(storages.size(), 0);
        storages.add(new Storage(DType.I32, 2 * lowering.checks().size()));
        List<Place> placed = new ArrayList<>();
        for (Place place : places) {
            placed.add(place == null ? new Place(0, 0) : place); // nobody reads a buffer without a place
        }
        return new Plan(
                schedule, List.copyOf(storages), placed, lowering.kernels(), lowering.fixed(), lowering.checks());
    }

    /** The output that input {@code i} is donated to, or −1; captured inputs come after the program's own. */
    private static int outputOf(Program program, int i) {
        for (int j = 0; j < program.outputs().size(); j++) {
            if (program.donatedTo(j) == i) {
                return j;
            }
        }
        return -1;
    }

    private static Storage storage(Buffer buffer) {
        return new Storage(buffer.dtype() == DType.BOOL ? DType.I32 : buffer.dtype(), buffer.size());
    }

    private static int arena(DType type) {
        return switch (type) {
            case F32 -> 0;
            case F64 -> 1;
            case I32, BOOL -> 2;
        };
    }

    public Place place(Buffer buffer) {
        return places.get(buffer.id());
    }

    /** The storages that {@code kernel} works in, in ascending order. */
    public List<Integer> storagesOf(Kernel kernel) {
        return kernel.buffers().stream()
                .map(buffer -> place(buffer).storage())
                .distinct()
                .sorted()
                .toList();
    }

    /** What lies in memory before the first launch: constants, and the values of captured inputs. */
    public Map<Buffer, HostArray> contents() {
        Map<Buffer, HostArray> contents = new HashMap<>();
        schedule.constants().forEach((buffer, node) -> contents.put(buffer, values(node)));
        List<Tensor> captured = schedule.program().captured();
        int own = schedule.inputs().size() - captured.size();
        for (int i = 0; i < captured.size(); i++) {
            if (captured.get(i).op() instanceof Op.Input input && input.value() != null) {
                contents.put(schedule.inputs().get(own + i), input.value());
            }
        }
        return contents;
    }

    private static HostArray values(Tensor constant) {
        HostArray array = HostArray.zeros(constant.dtype(), constant.shape());
        if (constant.op() instanceof Op.Constant c) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, c.values().get(i));
            }
        } else if (constant.op() instanceof Op.Iota iota) {
            int n = constant.shape().dim(iota.axis());
            int inner = constant.shape().size(iota.axis() + 1, constant.shape().rank());
            for (int i = 0; i < array.size(); i++) {
                array.set(i, i / inner % n);
            }
        }
        return array;
    }

    /** Memory that the program takes on the device, and for the twins of its arrays as much on the host. */
    public long bytes() {
        return used().mapToLong(Storage::bytes).sum();
    }

    /** Memory that the largest array takes. */
    public long largestBytes() {
        return used().mapToLong(Storage::bytes).max().orElse(0);
    }

    /** Storages that kernels work in: no array is made of the others. */
    private Stream<Storage> used() {
        return kernels.stream()
                .flatMap(kernel -> storagesOf(kernel).stream())
                .distinct()
                .map(storages::get);
    }

    /** Bytes that go to the device in each run, where nothing stays on it. */
    private long bytesUp() {
        return bytes(schedule.inputs().subList(0, schedule.program().inputs().size()));
    }

    private static long bytes(List<Buffer> buffers) {
        return buffers.stream()
                .mapToLong(b -> (long) b.size() * b.dtype().bytes())
                .sum();
    }

    /** The plan for people: memory, transfers, and kernels with their grids. */
    public String explain() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%d kernels, %d of them launched once; memory %.1f kB; at most %.1f kB up and %.1f kB down a run%n",
                kernels.size(),
                fixed,
                bytes() / 1e3,
                bytesUp() / 1e3,
                bytes(schedule.outputs()) / 1e3));
        for (int i = 0; i < kernels.size(); i++) {
            text.append(i < fixed ? "     once  " : "           ")
                    .append(kernels.get(i))
                    .append('\n');
        }
        return text.toString();
    }
}
