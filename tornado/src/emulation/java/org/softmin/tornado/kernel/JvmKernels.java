package org.softmin.tornado.kernel;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.softmin.tensor.DType;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tornado.kernel.Expression.Variable;

/**
 * Kernels as methods over plain arrays, {@code void run(Object[] storages, int group)}: the work of one group, without
 * any device.
 *
 * <p>The items of a group take turns, and a turn lasts until the item comes to a barrier, wherever that is: the end of a
 * loop's body makes nobody wait, so that a barrier missing there is noticed. At its next turn an item goes on behind the
 * barrier; what lives across one is an array with an element for each item.
 */
final class JvmKernels implements KernelCompiler.Form {
    private static final ClassDesc THIS = ClassDesc.of(JvmKernels.class.getPackageName(), "GeneratedKernel");
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(CD_void, CD_Object.arrayType(), CD_int);

    private final CodeBuilder code;
    private final Plan plan;
    private final KernelCompiler compiler;
    private final int reached; // local: the number of the barrier where this turn ended, 0 at the end of the kernel
    private final Label pause; // ends a turn
    private final Deque<SwitchCase> barriers = new ArrayDeque<>(); // those still to be written; an item goes on behind

    private JvmKernels(CodeBuilder code, Plan plan) {
        this.code = code;
        this.plan = plan;
        this.compiler = new KernelCompiler(code, this);
        this.reached = code.allocateLocal(TypeKind.INT);
        this.pause = code.newLabel();
    }

    /** The method of {@code kernel}; {@code backwards} if the last item of a group has the first turn. */
    static MethodHandle compile(Kernel kernel, Plan plan, boolean backwards) {
        byte[] bytes = ClassFile.of()
                .build(
                        THIS,
                        type -> type.withMethodBody(
                                "run",
                                RUN,
                                ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                                code -> new JvmKernels(code, plan).write(kernel, backwards)));
        try {
            MethodHandles.Lookup defined = MethodHandles.lookup().defineHiddenClass(bytes, true);
            MethodType run = MethodType.methodType(void.class, Object[].class, int.class);
            return defined.findStatic(defined.lookupClass(), "run", run);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IllegalStateException("kernel: the code generated for " + kernel + " is broken", e);
        }
    }

    private void write(Kernel kernel, boolean backwards) {
        code.iload(1).istore(compiler.define(Kernel.GROUP, false));
        for (Kernel.Shared array : kernel.shared()) {
            newArray(array.type(), array.size());
            code.astore(compiler.define(array));
        }
        keep(kernel.body(), kernel.items());
        Variable turn = new Variable(DType.I32, "turn");
        Expression last = Functions.integer(kernel.items() - 1);
        int from = code.allocateLocal(TypeKind.INT);
        Label round = code.newLabel();
        Label start = code.newLabel();
        code.iconst_0().istore(reached).labelBinding(round);
        code.iload(reached).istore(from);
        compiler.loop(
                new Statement.For(turn, Functions.integer(0), Functions.integer(kernel.items()), 1, List.of()), () -> {
                    compiler.write(List.of(
                            new Statement.Declare(Kernel.ITEM, backwards ? Functions.minus(last, turn) : turn)));
                    code.iload(from).lookupswitch(start, List.copyOf(barriers)).labelBinding(start);
                    compiler.write(kernel.body());
                    code.iconst_0().istore(reached).labelBinding(pause);
                });
        code.iload(reached).ifne(round).return_();
    }

    /** Makes room for what lives across the barriers of {@code body}, and numbers these. */
    private void keep(List<Statement> body, int items) {
        boolean waits = Statement.waits(body);
        for (Statement statement : body) {
            if (statement instanceof Statement.Barrier) {
                barriers.add(SwitchCase.of(barriers.size() + 1, code.newLabel()));
            } else if (waits && statement instanceof Statement.Declare(Variable variable, Expression value)) {
                keep(variable, items);
            } else if (statement instanceof Statement.For loop && Statement.waits(loop.body())) {
                keep(loop.counter(), items);
                keep(loop.body(), items);
            }
        }
    }

    private void keep(Variable variable, int items) {
        newArray(variable.type(), items);
        code.astore(compiler.define(variable, true));
    }

    private void newArray(DType type, int size) {
        code.loadConstant(size).newarray(KernelCompiler.kind(type));
    }

    @Override
    public void array(Buffer buffer) {
        ClassDesc element = KernelCompiler.kind(buffer.dtype()).upperBound();
        code.aload(0).loadConstant(plan.place(buffer).storage()).aaload().checkcast(element.arrayType());
    }

    @Override
    public int offset(Buffer buffer) {
        return plan.place(buffer).offset();
    }

    @Override
    public void load(DType type) {
        code.arrayLoad(KernelCompiler.kind(type));
    }

    @Override
    public void store(DType type) {
        code.arrayStore(KernelCompiler.kind(type));
    }

    @Override
    public void call(Scalar function, DType type) {
        TypeKind kind = KernelCompiler.kind(type);
        if (function == Scalar.POW) {
            int exponent = code.allocateLocal(TypeKind.DOUBLE);
            code.conversion(kind, TypeKind.DOUBLE).dstore(exponent);
            code.conversion(kind, TypeKind.DOUBLE).dload(exponent);
        } else {
            code.conversion(kind, TypeKind.DOUBLE);
        }
        MethodTypeDesc signature = function == Scalar.POW
                ? MethodTypeDesc.of(CD_double, CD_double, CD_double)
                : MethodTypeDesc.of(CD_double, CD_double);
        String name = function.name().toLowerCase(Locale.ROOT);
        code.invokestatic(ClassDesc.of("java.lang.StrictMath"), name, signature);
        code.conversion(TypeKind.DOUBLE, kind);
    }

    @Override
    public void nonFinite(DType type, double value) {
        KernelCompiler.number(code, type, value);
    }

    @Override
    public void barrier(boolean stored) {
        if (barriers.isEmpty()) {
            throw new IllegalStateException("kernel: a barrier where items may differ");
        }
        SwitchCase barrier = barriers.remove();
        code.loadConstant(barrier.caseValue()).istore(reached).goto_(pause).labelBinding(barrier.target());
    }
}
