package org.softmin.tensor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A traced function: which tensors go in, which come out, and which inputs are given away to be overwritten.
 *
 * <p>A program is data. It prints as a listing, compares and hashes by structure (names and bound values do not
 * count), and is transformed by {@link #rewrite}. {@link Backend#compile} turns it into an {@link Executable}. Shapes
 * are fixed; trace again for others. Immutable and thread-safe.
 */
public final class Program {
    /** Output {@code output} takes the place of input {@code input}, whose old contents are lost. */
    public record Donation(int input, int output) {}

    private final List<Tensor> inputs;
    private final List<Tensor> captured;
    private final List<Tensor> outputs;
    private final List<Donation> donations;
    private final List<Tensor> nodes;
    private final Map<Tensor, Integer> positions;
    private final boolean[] donated;
    private final int[] giver;
    private final int hash;

    private Program(List<Tensor> inputs, List<Tensor> outputs, List<Donation> donations) {
        this.inputs = List.copyOf(inputs);
        this.outputs = List.copyOf(outputs);
        this.donations = List.copyOf(donations);
        this.donated = new boolean[inputs.size()];
        this.giver = new int[outputs.size()];
        Set<Tensor> listed = new HashSet<>();
        for (Tensor input : inputs) {
            if (!(input.op() instanceof Op.Input)) {
                throw new IllegalArgumentException(
                        "program: an input is the result of " + input.op().label() + "; use Tensor.input for inputs");
            }
            if (!listed.add(input)) {
                throw new IllegalArgumentException("program: input " + name(input) + " is listed twice");
            }
        }
        List<Tensor> reached = topological(outputs);
        List<Tensor> hidden = new ArrayList<>();
        for (Tensor node : reached) {
            if (node.op() instanceof Op.Input && !listed.contains(node)) {
                if (node.bound() == null) {
                    throw new IllegalArgumentException("program: input " + name(node)
                            + " is used by an output but not listed; add it to the inputs");
                }
                hidden.add(node);
            }
        }
        this.captured = List.copyOf(hidden);
        List<Tensor> all = new ArrayList<>(inputs);
        all.addAll(hidden);
        reached.removeIf(node -> node.op() instanceof Op.Input);
        all.addAll(reached);
        this.nodes = List.copyOf(all);
        this.positions = new HashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            positions.put(nodes.get(i), i);
        }
        takeDonations();
        int h = donations.hashCode();
        for (Tensor node : nodes) {
            h = 31 * h + (node.op() instanceof Op.Input input ? input.type() : node.op()).hashCode();
            h = 31 * h + Arrays.hashCode(references(node.inputs()));
        }
        this.hash = 31 * h + Arrays.hashCode(references(outputs));
    }

    /** The program with these inputs (made by {@link Tensor#input}) and outputs. */
    public static Program of(List<Tensor> inputs, List<Tensor> outputs) {
        return new Program(inputs, outputs, List.of());
    }

    /** Calls {@code function} once on fresh inputs of the given types and records what it builds. */
    public static Program trace(List<Type> types, Function<List<Tensor>, List<Tensor>> function) {
        List<Tensor> inputs = new ArrayList<>();
        for (Type type : types) {
            inputs.add(Tensor.input("x" + inputs.size(), type.dtype(), type.shape()));
        }
        return of(inputs, function.apply(List.copyOf(inputs)));
    }

    /** Calls {@code function} once on a fresh input of the given type and records what it builds. */
    public static Program trace(Type type, UnaryOperator<Tensor> function) {
        return trace(List.of(type), x -> List.of(function.apply(x.getFirst())));
    }

    /**
     * This program with input {@code input} given away to output {@code output} of the same type: the output is written
     * where the input was, as a parameter and its update want it.
     */
    public Program donate(int input, int output) {
        List<Donation> more = new ArrayList<>(donations);
        more.add(new Donation(input, output));
        return new Program(inputs, outputs, more);
    }

    private void takeDonations() {
        Arrays.fill(giver, -1);
        for (Donation d : donations) {
            Tensor from = inputs.get(d.input());
            Tensor to = outputs.get(d.output());
            if (!from.type().equals(to.type())) {
                throw new IllegalArgumentException("donate: input " + d.input() + " is " + from.type() + " but output "
                        + d.output() + " is " + to.type() + "; only equal types share a buffer");
            }
            if (donated[d.input()] || giver[d.output()] >= 0) {
                throw new IllegalArgumentException("donate: input " + d.input() + " or output " + d.output()
                        + " is donated twice; each goes to one place");
            }
            donated[d.input()] = true;
            giver[d.output()] = d.input();
        }
    }

    /** Inputs, in the order in which a run takes their arrays. */
    public List<Tensor> inputs() {
        return inputs;
    }

    /** Bound inputs that the outputs use beyond {@link #inputs}: constants too large to be written into the program. */
    public List<Tensor> captured() {
        return captured;
    }

    /** Outputs, in the order in which a run gives their arrays. */
    public List<Tensor> outputs() {
        return outputs;
    }

    /** Which outputs take the place of which inputs. */
    public List<Donation> donations() {
        return donations;
    }

    /** The input that is given away to output {@code output}, or −1. */
    public int donatedTo(int output) {
        return giver[output];
    }

    /** Whether input {@code input} is given away. */
    public boolean isDonated(int input) {
        return donated[input];
    }

    /** All nodes, each after its operands: inputs, captured inputs, then the rest in a fixed order. */
    public List<Tensor> nodes() {
        return nodes;
    }

    /** Position of a node of this program in {@link #nodes}. */
    public int position(Tensor node) {
        Integer position = positions.get(node);
        if (position == null) {
            throw new IllegalArgumentException(
                    "program: " + node.op().label() + " " + node.type() + " is not part of it");
        }
        return position;
    }

    /**
     * A program in which {@code rule} has replaced nodes one by one, operands first.
     *
     * @param rule gets a node and its replaced operands; gives the node to use instead, of the same type. Inputs are
     *     kept.
     */
    public Program rewrite(BiFunction<Tensor, List<Tensor>, Tensor> rule) {
        Map<Tensor, Tensor> replaced = new HashMap<>();
        for (Tensor node : nodes) {
            Tensor result = node;
            if (!(node.op() instanceof Op.Input)) {
                result = rule.apply(
                        node, node.inputs().stream().map(replaced::get).toList());
                if (!result.type().equals(node.type())) {
                    throw new IllegalStateException("rewrite: " + node.op().label() + " " + node.type()
                            + " was replaced by " + result.op().label() + " " + result.type());
                }
            }
            replaced.put(node, result);
        }
        return new Program(inputs, outputs.stream().map(replaced::get).toList(), donations);
    }

    /** This program with every captured input listed as an unbound input at the end: structure without data. */
    Program lift() {
        Map<Tensor, Tensor> replaced = new HashMap<>();
        List<Tensor> all = new ArrayList<>();
        for (Tensor input : nodes.subList(0, inputs.size() + captured.size())) {
            Tensor fresh = Tensor.input("x" + all.size(), input.dtype(), input.shape());
            replaced.put(input, fresh);
            all.add(fresh);
        }
        for (Tensor node : nodes.subList(all.size(), nodes.size())) {
            replaced.put(
                    node,
                    Tensor.of(
                            node.op(), node.inputs().stream().map(replaced::get).toList()));
        }
        return new Program(all, outputs.stream().map(replaced::get).toList(), donations);
    }

    /**
     * Checks arrays for a run: their number, types, and that none was given away before or is given away while it sits
     * in another place as well.
     *
     * @throws IllegalArgumentException naming the first array that does not fit
     */
    public void check(List<HostArray> arrays) {
        check("input", inputs, arrays);
        for (int i = 0; i < arrays.size(); i++) {
            for (int j = 0; j < arrays.size(); j++) {
                if (i != j && isDonated(i) && arrays.get(i).sharesStorage(arrays.get(j))) {
                    throw new IllegalArgumentException("run: inputs " + i + " and " + j + " share one array, and input "
                            + i + " is donated; pass a copy()");
                }
            }
        }
    }

    /** Checks arrays for a run into given outputs, which may coincide only with the input donated to them. */
    public void check(List<HostArray> arrays, List<HostArray> results) {
        check(arrays);
        check("output", outputs, results);
        for (int j = 0; j < results.size(); j++) {
            for (int i = 0; i < arrays.size(); i++) {
                if (results.get(j).sharesStorage(arrays.get(i)) && donatedTo(j) != i) {
                    throw new IllegalArgumentException("run: output " + j + " shares its array with input " + i
                            + ", which is not donated to it; pass another array");
                }
            }
            for (int i = 0; i < j; i++) {
                if (results.get(j).sharesStorage(results.get(i))) {
                    throw new IllegalArgumentException(
                            "run: outputs " + i + " and " + j + " share one array; pass two");
                }
            }
        }
    }

    private static void check(String kind, List<Tensor> wanted, List<HostArray> arrays) {
        if (arrays.size() != wanted.size()) {
            throw new IllegalArgumentException("run: the program has " + wanted.size() + " " + kind + "s, but "
                    + arrays.size() + " arrays are given");
        }
        for (int i = 0; i < arrays.size(); i++) {
            Type type = wanted.get(i).type();
            HostArray array = arrays.get(i);
            array.checkNotDonated();
            if (array.dtype() != type.dtype() || !array.shape().equals(type.shape())) {
                throw new IllegalArgumentException("run: " + kind + " " + i + " is " + array + ", but the program"
                        + " was traced for " + type + "; trace it again for other types");
            }
        }
    }

    /** Nodes that {@code outputs} need, operands first, in an order that depends on the structure alone. */
    public static List<Tensor> topological(List<Tensor> outputs) {
        List<Tensor> order = new ArrayList<>();
        Set<Tensor> done = new HashSet<>();
        Deque<Tensor> stack = new ArrayDeque<>(); // iterative: graphs are deeper than the Java stack
        for (Tensor output : outputs) {
            stack.push(output);
            while (!stack.isEmpty()) {
                Tensor node = stack.peek();
                if (done.contains(node)) {
                    stack.pop();
                    continue;
                }
                boolean ready = true;
                List<Tensor> operands = node.inputs();
                for (int i = operands.size() - 1; i >= 0; i--) {
                    if (!done.contains(operands.get(i))) {
                        stack.push(operands.get(i));
                        ready = false;
                    }
                }
                if (ready) {
                    stack.pop();
                    done.add(node);
                    order.add(node);
                }
            }
        }
        return order;
    }

    private static String name(Tensor input) {
        return input.op() instanceof Op.Input i
                ? i.name() + " " + i.type()
                : input.type().toString();
    }

    private int[] references(List<Tensor> tensors) {
        return tensors.stream().mapToInt(this::position).toArray();
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** Whether {@code other} computes the same with the same nodes; names and bound values do not count. */
    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof Program p)
                || p.hash != hash
                || p.nodes.size() != nodes.size()
                || p.inputs.size() != inputs.size()
                || p.captured.size() != captured.size()
                || !p.donations.equals(donations)
                || !Arrays.equals(references(outputs), p.references(p.outputs))) {
            return false;
        }
        for (int i = 0; i < nodes.size(); i++) {
            Tensor a = nodes.get(i);
            Tensor b = p.nodes.get(i);
            boolean input = a.op() instanceof Op.Input;
            if (!a.type().equals(b.type())
                    || !(input ? b.op() instanceof Op.Input : a.op().equals(b.op()))
                    || !Arrays.equals(references(a.inputs()), p.references(b.inputs()))) {
                return false;
            }
        }
        return true;
    }

    /** The listing: one line a node, {@code %3 = matmul %0 %2 : F32[8, 4]}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("program\n");
        for (int i = 0; i < nodes.size(); i++) {
            Tensor node = nodes.get(i);
            text.append("  %").append(i).append(" = ").append(describe(node.op()));
            for (Tensor operand : node.inputs()) {
                text.append(" %").append(position(operand));
            }
            text.append(" : ").append(node.type());
            if (i < inputs.size() && isDonated(i)) {
                text.append(" donated");
            }
            text.append('\n');
        }
        text.append("  return");
        for (Tensor output : outputs) {
            text.append(" %").append(position(output));
        }
        return text.append('\n').toString();
    }

    private static String describe(Op op) {
        return switch (op) {
            case Op.Input(var id, var name, var type, var value) -> value == null ? "input " + name : "data " + name;
            case Op.Constant c ->
                "constant " + (c.values().size() == 1 ? c.values().getFirst() : c.values());
            case Op.Map m -> m.label();
            case Op.MatMul m -> m.label();
            case Op.Reduce r -> r.label() + " axis=" + r.axis();
            case Op.ArgReduce r -> r.label() + " axis=" + r.axis();
            case Op.Reshape r -> r.label();
            case Op.Expand e -> e.label();
            case Op.Cast c -> c.label();
            case Op.Permute p -> p.label() + " " + p.order();
            case Op.Slice s -> s.label() + " " + s.start() + " to " + s.limit() + " by " + s.step();
            case Op.Pad p -> p.label() + " " + p.low() + " " + p.high() + " " + p.interior() + " with " + p.value();
            case Op.DynamicSlice d -> d.label();
            case Op.DynamicUpdate d -> d.label();
            case Op.Concat c -> c.label() + " axis=" + c.axis();
            case Op.Gather g -> g.label() + " axis=" + g.axis();
            case Op.ScatterAdd s -> s.label() + " axis=" + s.axis();
            case Op.Unfold u ->
                u.label() + " axis=" + u.axis() + " size=" + u.size() + " stride=" + u.stride() + " dilation="
                        + u.dilation();
            case Op.FoldWindows f ->
                f.label() + " axis=" + f.axis() + " extent=" + f.extent() + " stride=" + f.stride() + " dilation="
                        + f.dilation();
            case Op.ArgSort s -> s.label() + " axis=" + s.axis() + (s.descending() ? " descending" : "");
            case Op.Iota i -> i.label() + " axis=" + i.axis();
            case Op.RandomBits r -> r.label();
            case Op.Composite c -> c.toString();
        };
    }
}
