package org.softmin.tensor.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
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
 * Puts a program in order: which nodes become views, which become one loop, what is done once, what nobody needs.
 *
 * <p>Nodes are emitted one by one. A loop stays open as long as the next node fits into it; whatever else comes closes
 * it first.
 */
final class Scheduler {
    private static final int SMALL = 16;

    /** Elements that no cache holds: it takes longer to fetch a value than to compute it again by a few instructions. */
    static final int LARGE = 1 << 20;

    private static final int CHEAP = 8;

    private final Program program;
    private final boolean fuse;
    private final int large;
    private final List<Buffer> buffers = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final Map<Tensor, View> views = new HashMap<>();
    private final Map<Buffer, Tensor> constants = new HashMap<>();
    private final Map<Buffer, Tensor> origins = new HashMap<>();
    private final Set<Tensor> inlined = new HashSet<>();
    private final Set<Tensor> fixed = new HashSet<>(); // what depends on constants alone
    private @Nullable Loop open;

    /** With {@code fuse}, cheap values of {@code large} elements or more are not kept but computed where they are used. */
    Scheduler(Program program, boolean fuse, int large) {
        this.program = program;
        this.fuse = fuse;
        this.large = large;
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
        chooseFixed();
        chooseInlined();
        List<Tensor> order = order();
        order.stream().filter(this::isConstant).forEach(this::emit);
        order.stream().filter(root -> !isConstant(root)).forEach(this::emit);
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
                        j, copy(View.of(outputs.get(j), program.outputs().get(j).shape())));
            }
        }
        List<Step> needed = withoutDeadStores(outputs);
        List<Step> ordered = new ArrayList<>();
        Set<Buffer> known = new HashSet<>(constants.keySet());
        for (Step step : needed) {
            if (Collections.disjoint(step.writes(), outputs)
                    && step.reads().stream().allMatch(view -> known.contains(view.buffer()))) {
                known.addAll(step.writes());
                ordered.add(step);
            }
        }
        int fixedSteps = ordered.size();
        Set<Step> first = Collections.newSetFromMap(new IdentityHashMap<>());
        first.addAll(ordered);
        needed.stream().filter(step -> !first.contains(step)).forEach(ordered::add);
        return new Schedule(program, buffers, ordered, fixedSteps, inputs, outputs, constants, origins);
    }

    /** The steps without what is computed in a loop and read by nobody outside. */
    private List<Step> withoutDeadStores(List<Buffer> outputs) {
        Set<Buffer> read = new HashSet<>(outputs);
        steps.forEach(step -> step.reads().forEach(view -> read.add(view.buffer())));
        List<Step> needed = new ArrayList<>();
        for (Step step : steps) {
            needed.add(
                    switch (step) {
                        case Step.Fused f ->
                            new Step.Fused(
                                    f.shape(),
                                    f.loads(),
                                    f.code(),
                                    f.stores().stream()
                                            .filter(store -> read.contains(store.target()))
                                            .toList(),
                                    f.folding(),
                                    f.folds());
                        case Step.Kernel k -> k;
                    });
        }
        return needed;
    }

    private void chooseFixed() {
        for (Tensor node : program.nodes()) {
            boolean leaf = node.op() instanceof Op.Constant || node.op() instanceof Op.Iota;
            if (leaf || (!node.inputs().isEmpty() && fixed.containsAll(node.inputs()))) {
                fixed.add(node);
            }
        }
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

    /** Elementwise nodes that are used in loops over the same elements, in one or cheaply in each, live in those loops. */
    private void chooseInlined() {
        if (!fuse) {
            return;
        }
        Map<Tensor, Set<Tensor>> users = users();
        Set<Tensor> outputs = new HashSet<>();
        program.outputs().forEach(output -> outputs.add(Loop.through(output)));
        Map<Tensor, Size> sizes = new HashMap<>(); // of the loop that ends in a node
        Set<Tensor> kept = new HashSet<>(outputs);
        for (Tensor node : program.nodes()) {
            if (!inLoop(node)) {
                continue;
            }
            Size size = new Size(Loop.kind(node), 1, 0, 0, Loop.weight(node));
            Nest.Folding folding = Loop.folding(node);
            for (Tensor operand : new LinkedHashSet<>(Loop.operands(node))) {
                Size more = sizes.get(operand);
                boolean inline = Loop.isElementwise(operand)
                        && Loop.shape(operand).equals(Loop.shape(node))
                        && isConstant(operand) == isConstant(node)
                        && !kept.contains(operand);
                if (inline && more != null && size.takes(more) && (folding == null || foldsWhole(operand, folding))) {
                    inlined.add(operand);
                    size = size.with(more);
                } else {
                    inlined.remove(operand); // also where an earlier user could have computed it
                    kept.add(operand);
                    boolean dense =
                            source(operand).shape().size() >= Loop.shape(node).size();
                    size = new Size(size.kind, size.code, size.loads + 1, size.dense + (dense ? 1 : 0), size.weight);
                }
            }
            Set<Tensor> all = users.getOrDefault(node, Set.of());
            if (all.size() > 1 && !(isCheap(node, size) && all.stream().allMatch(user -> isWithin(user, node)))) {
                kept.add(node);
            }
            sizes.put(node, size);
        }
    }

    /**
     * Whether {@code node}, at the end of a loop of {@code size}, is quickly computed from at most one operand of as many
     * elements: then it takes no more memory to keep that one instead.
     */
    private boolean isCheap(Tensor node, Size size) {
        return node.shape().size() >= large && size.dense <= 1 && size.weight <= CHEAP;
    }

    /** What {@code node} is a view of. */
    private static Tensor source(Tensor node) {
        Tensor source = node;
        while (isView(source)) {
            source = source.inputs().getFirst();
        }
        return source;
    }

    private boolean isWithin(Tensor user, Tensor node) {
        return inLoop(user) && Loop.shape(user).equals(Loop.shape(node));
    }

    /** Who reads the value of a node; reshapes that a loop looks through are nobody. */
    private Map<Tensor, Set<Tensor>> users() {
        Map<Tensor, Set<Tensor>> users = new HashMap<>();
        Set<Tensor> needed = new HashSet<>(program.outputs());
        for (Tensor node : program.nodes().reversed()) {
            if (needed.contains(node)) {
                for (Tensor operand : inLoop(node) ? Loop.operands(node) : node.inputs()) {
                    needed.add(operand);
                    users.computeIfAbsent(operand, x -> new LinkedHashSet<>()).add(node);
                }
            }
        }
        return users;
    }

    /** What a loop holds: limits keep it compilable; dense loads are those of as many elements as the loop has. */
    private record Size(Loop.Kind kind, int code, int loads, int dense, int weight) {
        boolean takes(Size other) {
            return kind.joins(other.kind)
                    && code + other.code <= Loop.MAX_CODE - 2
                    && loads + other.loads <= Loop.MAX_LOADS - 2
                    && weight + other.weight <= Loop.MAX_WEIGHT;
        }

        Size with(Size other) {
            return new Size(
                    kind.with(other.kind),
                    code + other.code,
                    loads + other.loads,
                    dense + other.dense,
                    weight + other.weight);
        }
    }

    /** Whether no load of the loop that ends in {@code node} is in pieces along the folded dimension. */
    private boolean foldsWhole(Tensor node, Nest.Folding folding) {
        List<Load> loads = new ArrayList<>();
        List<Tensor> pending = new ArrayList<>(List.of(node));
        while (!pending.isEmpty()) {
            for (Tensor operand : Loop.operands(pending.removeLast())) {
                if (inlined.contains(operand)) {
                    pending.add(operand);
                } else {
                    loads.add(outline(operand, Loop.shape(node)));
                }
            }
        }
        return Nest.of(Loop.shape(node), folding, loads) != null;
    }

    /** How {@code node}, whose place is not known yet, will be read: dense, or through the views above its buffer. */
    private static Load outline(Tensor node, Shape shape) {
        if (Simplify.splat(node).isPresent()) {
            return new Load.Splat(node.dtype(), 0);
        }
        Tensor source = node;
        List<Tensor> chain = new ArrayList<>();
        while (isView(source)) {
            chain.add(source);
            source = source.inputs().getFirst();
        }
        View view = View.of(new Buffer(-1, source.dtype(), source.shape().size()), source.shape());
        for (Tensor movement : chain.reversed()) {
            View moved = moveInPlace(movement, view);
            view = moved != null ? moved : View.of(view.buffer(), movement.shape());
        }
        View reshaped = view.reshape(shape);
        return reshaped != null ? reshaped : View.of(view.buffer(), shape);
    }

    /** Whether {@code node} becomes part of a loop. */
    private boolean inLoop(Tensor node) {
        return fuse ? Loop.takes(node) : Loop.isElementwise(node);
    }

    private boolean isConstant(Tensor node) {
        return fixed.contains(node);
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
            // small ones first: they hold up larger loops that could become one
            int next = ready.stream()
                    .filter(p -> inLoop(at(positions, p))
                            && Loop.shape(at(positions, p)).size() <= SMALL)
                    .findFirst()
                    .orElse(ready.first());
            if (last != null && inLoop(last)) {
                Shape shape = Loop.shape(last);
                next = ready.stream()
                        .filter(p -> inLoop(at(positions, p))
                                && Loop.shape(at(positions, p)).equals(shape))
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
        if (inLoop(root)) {
            List<Tensor> nodes = new ArrayList<>();
            collectLoop(root, nodes);
            prepare(nodes);
            Loop loop = open;
            if (loop == null || !fuse || !loop.accepts(nodes, isConstant(root))) {
                close();
                loop = new Loop(Loop.shape(root), isConstant(root), this::view);
                if (Loop.isElementwise(root) || loop.accepts(nodes, isConstant(root))) {
                    open = loop;
                } else { // a fold in pieces: of a buffer then
                    Loop.operands(root).stream().filter(inlined::remove).forEach(this::emit);
                    emitKernel(root);
                    return;
                }
            }
            loop.add(nodes, define(root).buffer());
            return;
        }
        emitKernel(root);
    }

    private void emitKernel(Tensor root) {
        List<View> operands = new ArrayList<>();
        for (Tensor operand : root.inputs()) {
            View windows = root.op() instanceof Op.MatMul ? windows(operand) : null;
            View view = windows != null ? windows : view(operand);
            operands.add(readsAnyStrides(root) || view.isContiguous() ? view : View.of(copy(view), view.shape()));
        }
        close();
        steps.add(new Step.Kernel(root, operands, define(root).buffer()));
    }

    /**
     * The operand of a product that has its rows or its columns in several dimensions, as {@link Matrices} reads it, or null
     * if it is not such a one: a reshape that would take a copy, or its transpose.
     */
    private @Nullable View windows(Tensor operand) {
        boolean transposed =
                Simplify.isTransposition(operand.op(), operand.shape().rank());
        Tensor matrices = transposed ? operand.inputs().getFirst() : operand;
        if (!(matrices.op() instanceof Op.Reshape) || views.containsKey(matrices)) {
            return null;
        }
        View view = view(matrices.inputs().getFirst());
        if (view.reshape(matrices.shape()) != null || Matrices.of(view, matrices.shape()) == null) {
            return null;
        }
        return transposed ? Matrices.transpose(view, matrices.shape()) : view;
    }

    /** The nodes of the loop that ends in {@code root}, operands first. */
    private void collectLoop(Tensor root, List<Tensor> nodes) {
        for (Tensor operand : new LinkedHashSet<>(Loop.operands(root))) {
            if (inlined.contains(operand) && !nodes.contains(operand)) { // at most MAX_CODE deep
                collectLoop(operand, nodes);
            }
        }
        nodes.add(root);
    }

    /** Makes the copies that the loop over {@code nodes} will read, so that they come before the loop. */
    private void prepare(List<Tensor> nodes) {
        for (Tensor node : nodes) {
            for (Tensor operand : Loop.operands(node)) {
                if (!inlined.contains(operand)) {
                    view(operand);
                }
            }
        }
    }

    private void close() {
        if (open != null) {
            steps.add(open.step());
            open = null;
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
        Step.Store store = new Step.Store(0, target);
        steps.add(new Step.Fused(view.shape(), List.of(view), List.of(), List.of(store), null, List.of()));
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
        View moved = moveInPlace(movement, view);
        return moved != null ? moved : View.of(copy(view), movement.shape());
    }

    /** The view of a movement, or null if it takes a copy. */
    private static @Nullable View moveInPlace(Tensor movement, View view) {
        return switch (movement.op()) {
            case Op.Permute p -> view.permute(p, movement.shape());
            case Op.Expand e -> view.expand(movement.shape());
            case Op.Slice s -> view.slice(s, movement.shape());
            case Op.Unfold u -> view.unfold(u, movement.shape());
            case Op.Reshape r -> view.reshape(r.to());
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

    private static boolean isView(Tensor node) {
        return switch (node.op()) {
            case Op.Reshape r -> true;
            case Op.Permute p -> true;
            case Op.Expand e -> true;
            case Op.Slice s -> true;
            case Op.Unfold u -> true;
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
            case Op.FoldWindows f -> false;
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
}
