package org.softmin.tornado.kernel;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.OperatorInstruction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.softmin.tensor.DType;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tornado.kernel.Expression.Apply;
import org.softmin.tornado.kernel.Expression.Convert;
import org.softmin.tornado.kernel.Expression.Element;
import org.softmin.tornado.kernel.Expression.Literal;
import org.softmin.tornado.kernel.Expression.SharedElement;
import org.softmin.tornado.kernel.Expression.ShiftRight;
import org.softmin.tornado.kernel.Expression.Variable;

/**
 * Byte code of the expressions and plain statements of a kernel; what depends on the machine that it runs on (where
 * elements lie, how the items of a group take turns, which class has the functions) is left to a {@link Form}.
 */
final class KernelCompiler {
    /** How a kernel meets its machine. */
    interface Form {
        /** Pushes the array that {@code buffer} lies in. */
        void array(Buffer buffer);

        /** Index of the first element of {@code buffer} in its array. */
        int offset(Buffer buffer);

        /** Replaces array and index on the stack by the element. */
        void load(DType type);

        /** Writes the value on the stack to the array and index below it. */
        void store(DType type);

        /** Replaces the operands on the stack by a function of them that is no instruction. */
        void call(Scalar function, DType type);

        /** Pushes an infinity or NaN. */
        void nonFinite(DType type, double value);

        /** Makes the items of a group wait for each other; with {@code stored}, what they stored in buffers is seen by all. */
        void barrier(boolean stored);
    }

    /** A local variable of the generated code, or an array of them with one for each item of the group. */
    private record Place(int slot, boolean forEachItem) {}

    private final CodeBuilder code;
    private final Form form;
    private final Map<String, Place> places = new HashMap<>();

    KernelCompiler(CodeBuilder code, Form form) {
        this.code = code;
        this.form = form;
    }

    static void number(CodeBuilder code, DType type, double value) {
        switch (type) {
            case F32 -> code.loadConstant((float) value);
            case F64 -> code.loadConstant(value);
            case I32, BOOL -> code.loadConstant((int) value);
        }
    }

    static TypeKind kind(DType type) {
        return switch (type) {
            case F32 -> TypeKind.FLOAT;
            case F64 -> TypeKind.DOUBLE;
            case I32, BOOL -> TypeKind.INT;
        };
    }

    /** A new local variable; {@code forEachItem} if the local holds an array of its values in all items of a group. */
    int define(Variable variable, boolean forEachItem) {
        int slot = code.allocateLocal(forEachItem ? TypeKind.REFERENCE : kind(variable.type()));
        places.put(variable.name(), new Place(slot, forEachItem));
        return slot;
    }

    /** A new local for an array that a group shares. */
    int define(Kernel.Shared array) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        places.put(array.name(), new Place(slot, false));
        return slot;
    }

    private Place place(String name) {
        return Objects.requireNonNull(places.get(name), name);
    }

    /** Statements one after the other. */
    void write(List<Statement> body) {
        body.forEach(this::write);
    }

    private void write(Statement statement) {
        switch (statement) {
            case Statement.Declare(var variable, var value) -> {
                if (!places.containsKey(variable.name())) {
                    define(variable, false);
                }
                set(variable, value);
            }
            case Statement.Assign(var variable, var value) -> set(variable, value);
            case Statement.Store(var buffer, var index, var value) -> {
                form.array(buffer);
                push(index);
                shift(buffer);
                push(value);
                form.store(buffer.dtype());
            }
            case Statement.Share(var array, var index, var value) -> {
                code.aload(place(array.name()).slot());
                push(index);
                push(value);
                code.arrayStore(kind(array.type()));
            }
            case Statement.For loop -> loop(loop, () -> write(loop.body()));
            case Statement.If(var condition, var then) -> {
                push(condition);
                var end = code.newLabel();
                code.ifeq(end);
                write(then);
                code.labelBinding(end);
            }
            case Statement.Barrier(boolean stored) -> form.barrier(stored);
        }
    }

    /** A counted loop around whatever {@code body} writes. */
    void loop(Statement.For loop, Runnable body) {
        Variable counter = loop.counter();
        write(new Statement.Declare(counter, loop.from()));
        var test = code.newLabel();
        var end = code.newLabel();
        code.labelBinding(test);
        push(counter);
        push(loop.to());
        code.if_icmpge(end);
        body.run();
        set(counter, Functions.plus(counter, Functions.integer(loop.step())));
        code.goto_(test);
        code.labelBinding(end);
    }

    private void set(Variable variable, Expression value) {
        Place place = place(variable.name());
        if (place.forEachItem()) {
            code.aload(place.slot()).iload(place(Kernel.ITEM.name()).slot());
            push(value);
            code.arrayStore(kind(variable.type()));
        } else {
            push(value);
            code.storeLocal(kind(variable.type()), place.slot());
        }
    }

    private void shift(Buffer buffer) {
        if (form.offset(buffer) != 0) {
            code.loadConstant(form.offset(buffer)).iadd();
        }
    }

    private void push(Expression expression) {
        switch (expression) {
            case Literal(var type, var value) -> {
                if (Double.isFinite(value)) {
                    number(code, type, value);
                } else {
                    form.nonFinite(type, value);
                }
            }
            case Variable variable -> {
                Place place = place(variable.name());
                if (place.forEachItem()) {
                    code.aload(place.slot()).iload(place(Kernel.ITEM.name()).slot());
                    code.arrayLoad(kind(variable.type()));
                } else {
                    code.loadLocal(kind(variable.type()), place.slot());
                }
            }
            case Element(var buffer, var index) -> {
                form.array(buffer);
                push(index);
                shift(buffer);
                form.load(buffer.dtype());
            }
            case SharedElement(var array, var index) -> {
                code.aload(place(array.name()).slot());
                push(index);
                code.arrayLoad(kind(array.type()));
            }
            case ShiftRight(var value, var bits) -> {
                push(value);
                push(bits);
                code.ishr();
            }
            case Convert(var type, var value) -> {
                push(value);
                code.conversion(kind(value.type()), kind(type));
            }
            case Apply apply -> apply(apply);
        }
    }

    private void apply(Apply apply) {
        List<Expression> operands = apply.operands();
        if (apply.function() == Scalar.WHERE) {
            push(operands.getFirst());
            var otherwise = code.newLabel();
            var end = code.newLabel();
            code.ifeq(otherwise);
            push(operands.get(1));
            code.goto_(end);
            code.labelBinding(otherwise);
            push(operands.get(2));
            code.labelBinding(end);
            return;
        }
        operands.forEach(this::push);
        TypeKind kind = kind(operands.getFirst().type());
        switch (apply.function()) {
            case NEG -> code.with(arithmetic(kind, Opcode.INEG, Opcode.FNEG, Opcode.DNEG));
            case ADD -> code.with(arithmetic(kind, Opcode.IADD, Opcode.FADD, Opcode.DADD));
            case SUB -> code.with(arithmetic(kind, Opcode.ISUB, Opcode.FSUB, Opcode.DSUB));
            case MUL -> code.with(arithmetic(kind, Opcode.IMUL, Opcode.FMUL, Opcode.DMUL));
            case DIV -> code.with(arithmetic(kind, Opcode.IDIV, Opcode.FDIV, Opcode.DDIV));
            case AND -> code.iand();
            case OR -> code.ior();
            case XOR -> code.ixor();
            case SHL -> code.ishl();
            case LT -> compare(kind, Opcode.IFLT, Opcode.IF_ICMPLT);
            case LE -> compare(kind, Opcode.IFLE, Opcode.IF_ICMPLE);
            case EQ -> compare(kind, Opcode.IFEQ, Opcode.IF_ICMPEQ);
            case NE -> compare(kind, Opcode.IFNE, Opcode.IF_ICMPNE);
            case ABS, SQRT, EXP, LOG, SIN, COS, TANH, FLOOR, POW -> form.call(apply.function(), apply.type());
            case SIGN, LOG1P, ERF, CEIL, ROUND, NOT, MIN, MAX, SHR, WHERE ->
                throw new IllegalStateException("kernel: no device has " + apply.function());
        }
    }

    private static OperatorInstruction arithmetic(TypeKind kind, Opcode onInts, Opcode onFloats, Opcode onDoubles) {
        return OperatorInstruction.of(kind == TypeKind.INT ? onInts : kind == TypeKind.FLOAT ? onFloats : onDoubles);
    }

    /** Leaves 1 or 0; with NaN the floating-point instructions give 1, which only {@code !=} takes for true. */
    private void compare(TypeKind kind, Opcode floating, Opcode onInts) {
        Opcode jump = onInts;
        if (kind != TypeKind.INT) {
            if (kind == TypeKind.FLOAT) {
                code.fcmpg();
            } else {
                code.dcmpg();
            }
            jump = floating;
        }
        code.ifThenElse(jump, CodeBuilder::iconst_1, CodeBuilder::iconst_0);
    }
}
