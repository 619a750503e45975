package org.softmin.tensor.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * A program as steps in order, with the buffers that they read and fill.
 *
 * <p>Movements that only change the view disappear into the reads of other steps. An elementwise node with a single
 * elementwise user becomes part of that user's loop; neighbouring loops over one shape become one. Each output has a
 * buffer of its own, filled in place of the input donated to it where nothing reads that input later. Immutable.
 *
 * @param buffers all buffers, by id
 * @param steps in an order in which each reads only what was filled before
 * @param inputs buffers of the program's inputs and then of its captured inputs
 * @param outputs buffers of the program's outputs, all distinct
 * @param constants buffers that are filled once with a {@link Op.Constant} or {@link Op.Iota}
 * @param origins which node's value a buffer holds
 */
public record Schedule(
        Program program,
        List<Buffer> buffers,
        List<Step> steps,
        List<Buffer> inputs,
        List<Buffer> outputs,
        Map<Buffer, Tensor> constants,
        Map<Buffer, Tensor> origins) {
    /** More ops in one loop spill registers, and a generated kernel must stay small enough to be compiled. */
    static final int MAX_CODE = 32;

    static final int MAX_LOADS = 16;

    /** Schedules {@code program}; without {@code fuse} each elementwise node is a step of its own. */
    public static Schedule of(Program program, boolean fuse) {
        return new Builder(program, fuse).build();
    }

    private static boolean isElementwise(Tensor node) {
        return node.op() instanceof Op.Map || node.op() instanceof Op.Cast;
    }

    private static boolean isView(Tensor node) {
        return switch (node.op()) {
            case Op.Reshape r -> true;
            case Op.Permute p -> true;
            case Op.Expand e -> true;
            case Op.Slice s -> true;
            case Op.Input i -> false;
            case Op.Constant c -> false;
            case Op.Map m -> false;
            case Op.Reduce r -> false;
            case Op.ArgReduce a -> false;
            case Op.MatMul m -> false;
            case Op.DynamicSlice d -> false;
            case Op.DynamicUpdate d -> false;
            case Op.Pad p -> false;
            case Op.Concat c -> false;
            case Op.Gather g -> false;
            case Op.ScatterAdd s -> false;
            case Op.ArgSort a -> false;
            case Op.Cast c -> false;
            case Op.Iota i -> false;
            case Op.RandomBits r -> false;
            case Op.Composite c -> false;
        };
    }

    /** Whether the kernel of {@code node} reads operand views of any strides, or only dense ones. */
    private static boolean readsAnyStrides(Tensor node) {
        return node.op() instanceof Op.MatMul
                || node.op() instanceof Op.Concat
                || node.op() instanceof Op.Pad
                || node.op() instanceof Op.DynamicUpdate;
    }

    private static final class Builder {
        private final Program program;
        private final boolean fuse;
        private final List<Buffer> buffers = new ArrayList<>();
        private final List<Step> steps = new ArrayList<>();
        private final Map<Tensor, View> views = new HashMap<>();
        private final Map<Buffer, Tensor> constants = new HashMap<>();
        private final Map<Buffer, Tensor> origins = new HashMap<>();
        private final Set<Tensor> inlined = new HashSet<>();
        private @Nullable Loop open;

        Builder(Program program, boolean fuse) {
            this.program = program;
            this.fuse = fuse;
        }

        Schedule build() {
            List<Buffer> inputs = new ArrayList<>();
            for (Tensor node : program.nodes()) {
                if (node.op() instanceof Op.Input) {
                    inputs.add(define(node).buffer());
                } else if (node.op() instanceof Op.Constant || node.op() instanceof Op.Iota) {
                    constants.put(define(node).buffer(), node);
                }
            }
            chooseInlined();
            for (Tensor root : order()) {
                emit(root);
            }
            close();
            List<Buffer> outputs = new ArrayList<>();
            for (Tensor output : program.outputs()) {
                View view = view(output);
                boolean own = view.isWhole()
                        && !inputs.contains(view.buffer())
                        && !constants.containsKey(view.buffer())
                        && !outputs.contains(view.buffer());
                outputs.add(own ? view.buffer() : copy(view));
            }
            for (int j = 0; j < outputs.size(); j++) {
                int i = program.donatedTo(j);
                if (i >= 0 && overwritesTooEarly(inputs.get(i), outputs.get(j))) {
                    outputs.set(
                            j,
                            copy(View.of(
                                    outputs.get(j), program.outputs().get(j).shape())));
                }
            }
            return new Schedule(program, buffers, steps, inputs, outputs, constants, origins);
        }

        private View define(Tensor node) {
            View view = View.of(buffer(node.dtype(), node.shape().size()), node.shape());
            views.put(node, view);
            origins.put(view.buffer(), node);
            return view;
        }

        private Buffer buffer(DType dtype, int size) {
            Buffer buffer = new Buffer(buffers.size(), dtype, size);
            buffers.add(buffer);
            return buffer;
        }

        // ---- what is computed where

        /** Elementwise nodes whose only user is elementwise over the same shape live in that user's loop. */
        private void chooseInlined() {
            Map<Tensor, Set<Tensor>> users = new HashMap<>();
            for (Tensor node : program.nodes()) {
                for (Tensor operand : node.inputs()) {
                    users.computeIfAbsent(operand, x -> new LinkedHashSet<>()).add(node);
                }
            }
            Map<Tensor, int[]> sizes = new HashMap<>(); // ops and loads of the loop that ends in a node
            for (Tensor node : program.nodes()) {
                if (!fuse || !isElementwise(node)) {
                    continue;
                }
                int code = 1;
                int loads = 0;
                for (Tensor operand : new LinkedHashSet<>(node.inputs())) {
                    int[] size = sizes.getOrDefault(operand, new int[] {0, 1});
                    boolean only = isElementwise(operand)
                            && operand.shape().equals(node.shape())
                            && users.getOrDefault(operand, Set.of()).size() == 1
                            && !program.outputs().contains(operand);
                    if (only && code + size[0] <= MAX_CODE - 2 && loads + size[1] <= MAX_LOADS - 2) {
                        inlined.add(operand);
                        code += size[0];
                        loads += size[1];
                    } else {
                        loads++;
                    }
                }
                sizes.put(node, new int[] {code, loads});
            }
        }

        /** Nodes that fill a buffer, ordered so that loops over one shape come one after the other where they can. */
        private List<Tensor> order() {
            Map<Tensor, Set<Tensor>> users = new HashMap<>();
            Map<Tensor, Integer> waiting = new HashMap<>();
            Map<Integer, Tensor> positions = new HashMap<>();
            TreeSet<Integer> ready = new TreeSet<>();
            for (Tensor node : program.nodes()) {
                if (!isComputed(node)) {
                    continue;
                }
                positions.put(program.position(node), node);
                Set<Tensor> sources = new LinkedHashSet<>();
                collectSources(node, sources);
                for (Tensor source : sources) {
                    users.computeIfAbsent(source, x -> new LinkedHashSet<>()).add(node);
                }
                waiting.put(node, sources.size());
                if (sources.isEmpty()) {
                    ready.add(program.position(node));
                }
            }
            List<Tensor> order = new ArrayList<>();
            Tensor last = null;
            while (!ready.isEmpty()) {
                int next = ready.first();
                if (last != null && isElementwise(last)) {
                    Shape shape = last.shape();
                    next = ready.stream()
                            .filter(p -> isElementwise(at(positions, p))
                                    && at(positions, p).shape().equals(shape))
                            .findFirst()
                            .orElse(next);
                }
                ready.remove(next);
                last = at(positions, next);
                order.add(last);
                for (Tensor user : users.getOrDefault(last, Set.of())) {
                    if (waiting.merge(user, -1, Integer::sum) == 0) {
                        ready.add(program.position(user));
                    }
                }
            }
            return order;
        }

        private static Tensor at(Map<Integer, Tensor> positions, int position) {
            return Objects.requireNonNull(positions.get(position));
        }

        private boolean isComputed(Tensor node) {
            boolean given =
                    node.op() instanceof Op.Input || node.op() instanceof Op.Constant || node.op() instanceof Op.Iota;
            return !given && !isView(node) && !inlined.contains(node);
        }

        /** The computed nodes that the step of {@code node} reads, through views and inlined nodes. */
        private void collectSources(Tensor node, Set<Tensor> sources) {
            List<Tensor> pending = new ArrayList<>(node.inputs());
            while (!pending.isEmpty()) {
                Tensor operand = pending.removeLast();
                if (isComputed(operand)) {
                    sources.add(operand);
                } else {
                    pending.addAll(operand.inputs());
                }
            }
        }

        // ---- steps

        private void emit(Tensor root) {
            if (isElementwise(root)) {
                List<Tensor> nodes = new ArrayList<>();
                collectLoop(root, nodes);
                Set<Tensor> outside = outsideOperands(nodes);
                if (open != null && (!fuse || !open.accepts(root.shape(), nodes.size(), outside))) {
                    close();
                }
                Loop loop = open != null ? open : new Loop(root.shape());
                open = loop;
                for (Tensor node : nodes) {
                    loop.add(node);
                }
                loop.store(root, define(root).buffer());
                return;
            }
            List<View> operands = new ArrayList<>();
            for (Tensor operand : root.inputs()) {
                View view = view(operand);
                operands.add(readsAnyStrides(root) || view.isContiguous() ? view : View.of(copy(view), view.shape()));
            }
            close();
            steps.add(new Step.Kernel(root, operands, define(root).buffer()));
        }

        /** The nodes of the loop that ends in {@code root}, operands first. */
        private void collectLoop(Tensor root, List<Tensor> nodes) {
            for (Tensor operand : new LinkedHashSet<>(root.inputs())) {
                if (inlined.contains(operand)) { // at most MAX_CODE deep
                    collectLoop(operand, nodes);
                }
            }
            nodes.add(root);
        }

        /** What the loop over {@code nodes} reads; copies that this takes come before the loop. */
        private Set<Tensor> outsideOperands(List<Tensor> nodes) {
            Set<Tensor> outside = new LinkedHashSet<>();
            nodes.forEach(node -> outside.addAll(node.inputs()));
            nodes.forEach(outside::remove);
            outside.forEach(this::view);
            return outside;
        }

        private void close() {
            if (open != null) {
                Step step = open.step();
                open = null;
                steps.add(step);
            }
        }

        /** A step that copies {@code view} to a dense buffer of its own. */
        private Buffer copy(View view) {
            close();
            Buffer target = buffer(view.buffer().dtype(), view.shape().size());
            Tensor origin = origins.get(view.buffer());
            if (origin != null) {
                origins.put(target, origin);
            }
            steps.add(new Step.Fused(view.shape(), List.of(view), List.of(), List.of(new Step.Store(0, target))));
            return target;
        }

        /** Where the value of a node that is not inlined lies. */
        private View view(Tensor node) {
            List<Tensor> chain = new ArrayList<>(); // iterative: movements can be chained deeply
            Tensor source = node;
            while (!views.containsKey(source)) {
                chain.add(source);
                source = source.inputs().getFirst();
            }
            View view = Objects.requireNonNull(views.get(source));
            for (Tensor movement : chain.reversed()) {
                view = move(movement, view);
                views.put(movement, view);
            }
            return view;
        }

        private View move(Tensor movement, View view) {
            return switch (movement.op()) {
                case Op.Permute p -> view.permute(p, movement.shape());
                case Op.Expand e -> view.expand(movement.shape());
                case Op.Slice s -> view.slice(s, movement.shape());
                case Op.Reshape r -> {
                    View reshaped = view.reshape(r.to());
                    yield reshaped != null ? reshaped : View.of(copy(view), r.to());
                }
                default ->
                    throw new IllegalStateException("schedule: " + movement.op().label() + " was not computed");
            };
        }

        /** Whether some step still reads {@code input} when {@code output}, in the same memory, is being filled. */
        private boolean overwritesTooEarly(Buffer input, Buffer output) {
            boolean filled = false;
            for (Step step : steps) {
                boolean fills = step.writes().contains(output);
                for (View view : step.reads()) {
                    boolean sameElement = step instanceof Step.Fused && view.isWhole();
                    if (view.buffer().equals(input) && (filled || (fills && !sameElement))) {
                        return true;
                    }
                }
                filled |= fills;
            }
            return false;
        }

        /** An elementwise step under construction. */
        private final class Loop {
            private final Shape shape;
            private final List<Load> loads = new ArrayList<>();
            private final Map<Tensor, Integer> loaded = new HashMap<>();
            private final Map<Tensor, Integer> computed = new HashMap<>();
            private final List<Tensor> code = new ArrayList<>();
            private final Map<Tensor, Buffer> stores = new HashMap<>();

            Loop(Shape shape) {
                this.shape = shape;
            }

            /** Other elements than its own of what this loop stores can be read only after the loop. */
            boolean accepts(Shape other, int nodes, Set<Tensor> operands) {
                return shape.equals(other)
                        && code.size() + nodes <= MAX_CODE
                        && loads.size() + operands.size() <= MAX_LOADS
                        && operands.stream()
                                .allMatch(x -> computed.containsKey(x) || !stores.containsValue(view(x).buffer()));
            }

            void add(Tensor node) {
                for (Tensor operand : node.inputs()) {
                    if (!computed.containsKey(operand) && !loaded.containsKey(operand)) {
                        var splat = Simplify.splat(operand);
                        loaded.put(operand, loads.size());
                        loads.add(
                                splat.isPresent()
                                        ? new Load.Splat(operand.dtype(), splat.getAsDouble())
                                        : view(operand));
                    }
                }
                computed.put(node, code.size());
                code.add(node);
            }

            void store(Tensor node, Buffer target) {
                stores.put(node, target);
            }

            Step step() {
                List<Step.Instruction> instructions = new ArrayList<>();
                List<Step.Store> written = new ArrayList<>();
                for (Tensor node : code) {
                    instructions.add(new Step.Instruction(
                            node.op(),
                            node.dtype(),
                            node.inputs().stream().map(this::register).toList()));
                    Buffer target = stores.get(node);
                    if (target != null) {
                        written.add(new Step.Store(register(node), target));
                    }
                }
                return new Step.Fused(shape, List.copyOf(loads), instructions, written);
            }

            private int register(Tensor node) {
                Integer own = computed.get(node);
                return own != null
                        ? loads.size() + own
                        : Objects.requireNonNull(loaded.get(node), () -> "no register for " + node.type());
            }
        }
    }
}
