package org.softmin.tensor.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/** One piece of work of a compiled program. */
public sealed interface Step {
    /** The views that this step reads. */
    List<View> reads();

    /** The buffers that this step fills. */
    List<Buffer> writes();

    /** Arithmetic operations; a scalar function counts as one. */
    double flops();

    /** Bytes that this step reads and writes, each element once. */
    default double bytes() {
        double bytes = 0;
        for (View view : reads()) {
            double elements = 1;
            for (int i = 0; i < view.shape().rank(); i++) {
                elements *= view.strides()[i] == 0 ? 1 : view.shape().dim(i);
            }
            bytes += elements * view.buffer().dtype().bytes();
        }
        for (Buffer buffer : writes()) {
            bytes += (double) buffer.size() * buffer.dtype().bytes();
        }
        return bytes;
    }

    /**
     * Elementwise work over one shape in a single pass: registers are computed from loads, and some are stored or folded.
     *
     * <p>Registers are numbered: first the loads, then one for each instruction.
     *
     * @param folding over what all the folds go; null without folds
     */
    record Fused(
            Shape shape,
            List<Load> loads,
            List<Instruction> code,
            List<Store> stores,
            Nest.@Nullable Folding folding,
            List<Folded> folds)
            implements Step {
        @Override
        public List<View> reads() {
            List<View> views = new ArrayList<>();
            for (Load load : loads) {
                if (load instanceof View view) {
                    views.add(view);
                }
            }
            return views;
        }

        @Override
        public List<Buffer> writes() {
            return Stream.concat(
                            stores.stream().map(Store::target), folds.stream().map(Folded::target))
                    .toList();
        }

        @Override
        public double flops() {
            return (double) shape.size() * (code.size() + folds.size());
        }

        /** Element type of a register. */
        public DType type(int register) {
            if (register >= loads.size()) {
                return code.get(register - loads.size()).type();
            }
            return switch (loads.get(register)) {
                case View view -> view.buffer().dtype();
                case Load.Splat splat -> splat.dtype();
            };
        }

        @Override
        public String toString() {
            return "fused " + shape + " " + loads + " "
                    + code.stream().map(i -> i.op().label()).collect(Collectors.joining(" ")) + " -> "
                    + Stream.concat(
                                    stores.stream().map(s -> s.target().toString()),
                                    folds.stream().map(Folded::toString))
                            .collect(Collectors.joining(" "));
        }
    }

    /** One elementwise op ({@link Op.Map} or {@link Op.Cast}) on registers; its result is a register of {@code type}. */
    record Instruction(Op op, DType type, List<Integer> operands) {}

    /** A register written to a whole buffer. */
    record Store(int register, Buffer target) {}

    /** A register folded into a whole buffer. */
    record Folded(int register, Fold fold, Buffer target) {
        @Override
        public String toString() {
            return fold.name().toLowerCase(Locale.ROOT) + ":" + target;
        }
    }

    /** An op with a kernel of its own. */
    record Kernel(Tensor node, List<View> operands, Buffer target) implements Step {
        @Override
        public List<View> reads() {
            return operands;
        }

        @Override
        public List<Buffer> writes() {
            return List.of(target);
        }

        @Override
        public double flops() {
            double read = operands.getFirst().shape().size();
            if (node.op() instanceof Op.MatMul) {
                return 2.0
                        * node.shape().size()
                        * node.inputs().getFirst().shape().dim(-1);
            }
            return node.op() instanceof Op.Composite ? 4 * read : node.op() instanceof Op.Reduce ? read : 0;
        }

        @Override
        public String toString() {
            return node.op().label() + " " + operands + " -> " + target + node.shape();
        }
    }
}
