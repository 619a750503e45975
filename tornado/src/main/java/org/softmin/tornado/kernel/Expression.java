package org.softmin.tornado.kernel;

import java.util.List;
import java.util.Set;
import org.softmin.tensor.DType;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.plan.Buffer;

/** What a work item computes: a value without side effects. Truth values are the integers 0 and 1. */
sealed interface Expression {
    /** Element type of the value. */
    DType type();

    /** The same number for all. */
    record Literal(DType type, double value) implements Expression {}

    /** A variable of the work item. */
    record Variable(DType type, String name) implements Expression {}

    /** An element of a buffer in the memory of the device. */
    record Element(Buffer buffer, Expression index) implements Expression {
        @Override
        public DType type() {
            return buffer.dtype();
        }
    }

    /** An element of the memory that a work group shares. */
    record SharedElement(Kernel.Shared array, Expression index) implements Expression {
        @Override
        public DType type() {
            return array.type();
        }
    }

    /** A function that every device has; the others are made of these by {@link Functions}. */
    record Apply(Scalar function, DType type, List<Expression> operands) implements Expression {}

    /** Arithmetic shift to the right: the device has no other. */
    record ShiftRight(Expression value, Expression bits) implements Expression {
        @Override
        public DType type() {
            return DType.I32;
        }
    }

    /** A value converted to another element type. */
    record Convert(DType type, Expression value) implements Expression {}

    /** Adds the buffers that {@code expression} reads. */
    static void buffers(Expression expression, Set<Buffer> into) {
        switch (expression) {
            case Literal l -> {}
            case Variable v -> {}
            case Element(var buffer, var index) -> {
                into.add(buffer);
                buffers(index, into);
            }
            case SharedElement(var array, var index) -> buffers(index, into);
            case Apply apply -> apply.operands().forEach(operand -> buffers(operand, into));
            case ShiftRight(var value, var bits) -> {
                buffers(value, into);
                buffers(bits, into);
            }
            case Convert(var type, var value) -> buffers(value, into);
        }
    }
}
